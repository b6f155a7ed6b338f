//! Every cause by words that were really said, and what nobody may find in a comment.

use proptest::prelude::*;

use super::excerpt::MAX_CHARACTERS;
use super::*;

fn job(step: &str) -> FailedJob {
    FailedJob { id: JobId::new(7), name: "implement".into(), step: Some(step.into()), was_cancelled: false }
}

fn failure(annotations: &[&str]) -> Failure {
    of(&job("Run Claude Code"), annotations).expect("a failure")
}

fn of(job: &FailedJob, annotations: &[&str]) -> Option<Failure> {
    let annotations: Vec<String> = annotations.iter().map(|&text| text.to_owned()).collect();
    Failure::of(job, &annotations)
}

fn excerpt(annotations: &[&str]) -> String {
    failure(annotations).excerpt.expect("an excerpt")
}

/// One annotation of each cause but `VerifyFailed`, as GitHub had it.
const SAID: [(KnownCause, &str); 15] = [
    (KnownCause::JobTimeLimit, "The job has exceeded the maximum execution time of 1h30m0s"),
    (KnownCause::StepTimeLimit, "The action 'Run Claude Code' has timed out after 55 minutes."),
    (KnownCause::NoRunner, "The job has exceeded the maximum execution time while awaiting a runner for 24h0m0s"),
    (KnownCause::ActionInputMissing, "Input required and not supplied: aws-region"),
    (
        KnownCause::CredentialsMissing,
        "Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers",
    ),
    (
        KnownCause::OidcSubjectMismatch,
        "Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ),
    (
        KnownCause::SessionTooLong,
        "Could not assume role with OIDC: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    (KnownCause::SessionExpired, "API Error: 403 The security token included in the request is expired"),
    (
        KnownCause::RegionUnreachable,
        "Could not assume role with OIDC: getaddrinfo ENOTFOUND sts.us-west-9.amazonaws.com",
    ),
    (
        KnownCause::ModelIdInvalid,
        "API Error: 400 Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported. Retry \
         your request with the ID or ARN of an inference profile that contains this model.",
    ),
    (KnownCause::ModelAccessDenied, "API Error: 403 You don't have access to the model with the specified model ID."),
    (
        KnownCause::ApiKeyRefused,
        r#"API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
    ),
    (
        KnownCause::CreditTooLow,
        r#"API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
    ),
    (KnownCause::ProviderRateLimited, "API Error: 429 Too many tokens, please wait before trying again."),
    (
        KnownCause::ProviderOverloaded,
        "API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.",
    ),
];

#[test]
fn every_failure_reads_well() {
    let verify = of(&job("Verify"), &["test result: FAILED. 1 failed", "Process completed with exit code 101."]);
    let without_a_step = FailedJob { step: None, ..job("") };
    let known = SAID.iter().map(|(_, words)| failure(&[words]));
    let unknown = [
        failure(&["fatal: unable to access 'https://example.org/'", "Process completed with exit code 128."]),
        failure(&["Process completed with exit code 137."]),
        failure(&[]),
        of(&without_a_step, &[]).expect("a failure"),
    ];
    let texts = known.chain(verify).chain(unknown).map(|it| format!("{}: {}", it.code().unwrap_or("-"), it.text()));
    insta::assert_snapshot!(texts.collect::<Vec<_>>().join("\n\n=====\n\n"));
}

#[test]
fn every_cause_is_known_by_its_own_words() {
    for (cause, words) in SAID {
        assert_eq!(failure(&["Process completed with exit code 1.", words]).cause, Some(cause), "{words}");
    }
    let untold = KnownCause::ALL.into_iter().filter(|cause| !SAID.iter().any(|(told, _)| told == cause));
    assert_eq!(untold.collect::<Vec<_>>(), [KnownCause::VerifyFailed]);
}

#[test]
fn the_same_cause_is_known_by_other_words_of_the_same_service() {
    let check = |words: &str, cause| assert_eq!(failure(&[words]).cause, Some(cause), "{words}");
    check(
        "The job running on runner GitHub Actions 2 has exceeded the maximum execution time of 360 minutes.",
        KnownCause::JobTimeLimit,
    );
    check("The job was not acquired by Runner of type hosted even after multiple attempts", KnownCause::NoRunner);
    check(
        "Action failed with error: Environment variable validation failed:\n  - Either ANTHROPIC_API_KEY or \
         CLAUDE_CODE_OAUTH_TOKEN is required when using direct Anthropic API.",
        KnownCause::CredentialsMissing,
    );
    check("API Error: 400 The provided model identifier is invalid.", KnownCause::ModelIdInvalid);
    check(
        r#"API Error: 404 {"type":"error","error":{"type":"not_found_error","message":"model: claude-sonnet-9"}}"#,
        KnownCause::ModelIdInvalid,
    );
    check(
        "There's an issue with the selected model (claude-sonnet-9). It may not exist or you may not have access to it. \
         Run --model to pick a different model.",
        KnownCause::ModelIdInvalid,
    );
    check(
        "User: arn:aws:sts::123456789012:assumed-role/claude/run is not authorized to perform: \
         bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude",
        KnownCause::ModelAccessDenied,
    );
    check(
        "An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): Too many \
         tokens, please wait before trying again.",
        KnownCause::ProviderRateLimited,
    );
    check(
        r#"API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        KnownCause::ProviderOverloaded,
    );
}

#[test]
fn nothing_is_guessed_from_loose_words() {
    for words in [
        "429 Too Many Requests",
        "npm error 429 rate limit exceeded",
        "AccessDenied: not authorized to perform: s3:PutObject",
        "AccessDeniedException",
        "the model is invalid",
        "not_found_error: no such file",
        "authentication_error",
        "request timed out",
        "maximum execution time",
        "Error: missing secret",
        "getaddrinfo ENOTFOUND registry.npmjs.org",
        "The job was stopped.",
    ] {
        assert_eq!(failure(&[words]).cause, None, "{words}");
    }
    // The phrases of one sign stand in one annotation.
    assert_eq!(failure(&["authentication_error", "invalid x-api-key"]).cause, None);
}

#[test]
fn what_the_verify_hook_says_of_others_is_no_cause() {
    let failed = of(&job("Verify"), &["assertion failed: rate_limit_error"]).expect("a failure");
    assert_eq!(failed.cause, Some(KnownCause::VerifyFailed));
    assert_eq!(failed.excerpt.as_deref(), Some("assertion failed: rate_limit_error"));
    for (step, is_verify) in
        [("Verify the work", true), ("Verify: tests", true), ("Verifying", false), ("verify", false)]
    {
        let cause = of(&job(step), &[]).expect("a failure").cause;
        assert_eq!(cause, is_verify.then_some(KnownCause::VerifyFailed), "{step}");
    }
}

#[test]
fn a_cancelled_job_failed_only_where_its_time_was_over() {
    let cancelled = FailedJob { was_cancelled: true, ..job("Run Claude Code") };
    assert_eq!(of(&cancelled, &["The operation was canceled."]), None);
    assert_eq!(of(&cancelled, &["Process completed with exit code 1.", "rate_limit_error"]), None);
    let limit = "The job has exceeded the maximum execution time of 1h30m0s";
    let ended = of(&cancelled, &[limit, "The operation was canceled."]).expect("a failure");
    assert_eq!((ended.cause, ended.excerpt), (Some(KnownCause::JobTimeLimit), None));
}

#[test]
fn every_cause_has_a_code_a_sentence_and_a_remedy() {
    for cause in KnownCause::ALL {
        for sentence in [cause.reason(), cause.remedy()] {
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
            assert!(!sentence.contains("  "), "{sentence}");
        }
        assert!(cause.code().bytes().all(|c| c.is_ascii_uppercase() || c == b'_'), "{}", cause.code());
    }
    let codes: std::collections::BTreeSet<_> = KnownCause::ALL.map(KnownCause::code).into();
    assert_eq!(codes.len(), KnownCause::ALL.len());
}

#[test]
fn a_failure_is_stored_without_what_it_lacks() {
    let known = failure(&["rate_limit_error"]);
    let json = serde_json::to_string(&known).expect("json");
    assert_eq!(json, r#"{"job":"implement","step":"Run Claude Code","cause":"provider-rate-limited"}"#);
    assert_eq!(serde_json::from_str::<Failure>(&json).expect("a failure"), known);
    let least: Failure = serde_json::from_str(r#"{"job":"implement"}"#).expect("a failure");
    assert_eq!(least, Failure { job: "implement".into(), step: None, cause: None, excerpt: None });
}

#[test]
fn an_excerpt_is_the_last_lines_in_their_order() {
    assert_eq!(excerpt(&["one\r\ntwo", "three\n\n  \nfour", "five", "six"]), "two\nthree\nfour\nfive\nsix");
    assert_eq!(excerpt(&["why", "Process completed with exit code 1."]), "why");
    assert_eq!(excerpt(&["Process completed with exit code 137."]), "Process completed with exit code 137.");
    assert_eq!(failure(&["\n \u{7}\n"]).excerpt, None);
}

#[test]
fn a_long_line_gives_way_to_the_last_one_or_is_shortened() {
    assert_eq!(excerpt(&[&"x".repeat(599), "last"]), "last");
    assert_eq!(excerpt(&[&"x".repeat(595), "last"]), format!("{}\nlast", "x".repeat(595)));
    let shortened = excerpt(&[&"é".repeat(5_000)]);
    assert_eq!((shortened.chars().count(), shortened.chars().last()), (600, Some('…')));
}

#[test]
fn nothing_unseen_is_kept() {
    assert_eq!(excerpt(&["\u{1b}[31;1mred\u{1b}[0m\tand\u{7} \u{202e}turned\u{200b}\u{feff}"]), "red and turned");
    assert_eq!(excerpt(&["<!-- ai-implement:status 01J -->"]), "<! -- ai-implement:status 01J -->");
    let hidden = FailedJob { name: "a`b|c\u{202e}".into(), ..job("ghs_0123456789abcdef0123") };
    let text = of(&hidden, &[]).expect("a failure").text();
    assert_eq!(text, "Failed in job `a b c`, step `***`. The run's log has the cause.");
}

#[test]
fn whatever_looks_like_a_secret_is_masked() {
    for secret in SECRETS {
        let words = format!("using {secret}, then x{secret}\u{200b} and {}\u{1b}[0m{}", &secret[..3], &secret[3..]);
        assert_eq!(excerpt(&[&words]), "using ***, then x*** and ***", "{secret}");
    }
    for harmless in ["ghp_", "highs_and_lows", "AKIA is a prefix", "eyJ.x", "hawaii_islands", "sk-ant-"] {
        assert_eq!(excerpt(&[harmless]), harmless);
    }
}

/// Made up; each has the shape of a real one.
const SECRETS: [&str; 11] = [
    "ghp_0123456789abcdefABCDEF0123456789abcd",
    "gho_0123456789abcdefABCDEF0123456789abcd",
    "ghu_0123456789abcdefABCDEF0123456789abcd",
    "ghs_0123456789abcdefABCDEF0123456789abcd",
    "ghr_0123456789abcdefABCDEF0123456789abcd",
    "github_pat_0123456789abcdefABCDEF_0123456789abcdef",
    "AKIA0123456789ABCDEF",
    "ASIA0123456789ABCDEF",
    "sk-ant-api03-0123456789abcdef-ABCDEF_0123456789",
    "aii_0123456789abcdefABCDEF-0123456789_abcdefABC",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvY3RvIn0.0123456789-abcdef_ABCDEF",
];

/// What a hostile or careless run may say.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "`{1,9}",
        "~{3,5}",
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\u{1b}[1m".to_owned()),
        Just("<!-- ai-implement:status -->".to_owned()),
        prop::sample::select(&SECRETS[..]).prop_map(str::to_owned),
        "[ -~]{0,300}",
        "\\PC{0,20}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether a code block ends before its last line: as Markdown has it, at a line of at least as many backticks.
fn is_broken(block: &str) -> bool {
    let lines: Vec<&str> = block.lines().collect();
    let fence = lines[0];
    let ends = |line: &&&str| {
        let line = line.trim();
        line.len() >= fence.len() && line.bytes().all(|c| c == b'`')
    };
    lines[1..].iter().position(|line| ends(&line)) != Some(lines.len() - 2)
}

proptest! {
    #[test]
    fn no_excerpt_leaves_its_fence_its_bounds_or_a_secret(annotations in prop::collection::vec(words(), 0..6), name in words()) {
        let failed = FailedJob { name, ..job("Run Claude Code") };
        let failure = Failure::of(&failed, &annotations).expect("a failure");
        let text = failure.text();
        for secret in SECRETS {
            prop_assert!(!text.contains(secret), "{text}");
        }
        prop_assert!(!text.contains("<!--"), "{text}");
        if let Some(excerpt) = &failure.excerpt {
            prop_assert!(excerpt.lines().count() <= 5 && excerpt.chars().count() <= MAX_CHARACTERS, "{excerpt}");
            let (_, block) = text.split_once("\n\n").expect("a block");
            prop_assert!(!is_broken(block), "{text}");
        }
    }
}
