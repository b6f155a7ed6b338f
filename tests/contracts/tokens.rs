//! Tokens of runs, ours against the sandbox's: one implementation makes them, the other verifies them.
//!
//! Owns what both must agree on. What is wrong with a token is told by the tests of `shared/oidc`.

use clock::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};
use local::sandbox::world::{Run, RunStatus};
use local::sandbox::{OidcRequest, Sandbox, SandboxConfig};
use oidc::{FETCH_INTERVAL, OidcError, Verifier};

const AUDIENCE: &str = "https://implement.example/v1/claims";
const REPOSITORY: &str = "octo/anthropic";

struct Stage {
    sandbox: Sandbox,
    verifier: Verifier,
    hand: ManualClock,
    asked: OidcRequest,
}

impl Stage {
    /// A sandbox with one run, and a verifier at the same time.
    fn new() -> Self {
        let sandbox = Sandbox::start(SandboxConfig::default()).expect("a sandbox");
        let noon: Timestamp = "2026-11-01T12:00:00Z".parse().expect("a time");
        sandbox.set_time(Some(noon));
        let hand = ManualClock::at(noon);
        let issuer = sandbox.url().parse().expect("an issuer");
        let asked = OidcRequest::new(add_run(&sandbox, noon), AUDIENCE);
        Self { verifier: Verifier::new(issuer, Clock::Manual(hand.clone())), sandbox, hand, asked }
    }

    fn passes(&self, time: SignedDuration) {
        self.hand.advance(time);
        self.sandbox.set_time(Some(Clock::Manual(self.hand.clone()).now()));
    }

    fn token(&self, request: &OidcRequest) -> String {
        self.sandbox.oidc_token(request).expect("a token")
    }
}

fn add_run(sandbox: &Sandbox, now: Timestamp) -> u64 {
    sandbox.edit_world(|world| {
        let repository_id = world.repository(REPOSITORY).expect("the seed has it").id;
        let (id, actor) = (world.next_id(), "writer".to_owned());
        world.runs.push(Run {
            id,
            repository_id,
            workflow: "claude.yml".to_owned(),
            name: "Claude".to_owned(),
            display_title: "Claude".to_owned(),
            run_number: 1,
            attempt: 3,
            event: "workflow_dispatch".to_owned(),
            head_branch: "main".to_owned(),
            head_sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            actor,
            status: RunStatus::InProgress,
            conclusion: None,
            created_at: now,
            started_at: now,
            updated_at: now,
        });
        id
    })
}

#[tokio::test]
async fn a_runs_token_is_believed_with_either_form_of_its_subject() {
    let stage = Stage::new();
    let repository_id = stage.sandbox.look(|world| world.repository(REPOSITORY).expect("the seed has it").id);
    for request in [stage.asked.clone(), stage.asked.clone().with_immutable_subject()] {
        let told = stage.verifier.verify(&stage.token(&request), AUDIENCE).await.expect("it is believed");
        assert_eq!((told.run_id.get(), told.run_attempt), (request.run_id, 3));
        assert_eq!((told.repository_id.get(), told.repository.to_string()), (repository_id, REPOSITORY.to_owned()));
        assert_eq!((told.actor.as_str(), told.event_name.as_str()), ("writer", "workflow_dispatch"));
        assert_eq!(told.subject.contains('@'), request.immutable_subject, "{}", told.subject);
        let workflow = told.workflow().expect("a workflow");
        assert_eq!((workflow.file, workflow.git_ref), ("claude.yml", "refs/heads/main"));
    }
}

#[tokio::test]
async fn a_token_ends_after_five_minutes_and_the_leeway() {
    let stage = Stage::new();
    let token = stage.token(&stage.asked);
    stage.passes(SignedDuration::from_secs(359));
    stage.verifier.verify(&token, AUDIENCE).await.expect("it is believed");
    stage.passes(SignedDuration::from_secs(1));
    let refused = stage.verifier.verify(&token, AUDIENCE).await;
    assert!(matches!(refused, Err(OidcError::Invalid("it has expired"))), "{refused:?}");
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_is_believed_while_it_is_published() {
    let stage = Stage::new();
    let before = stage.token(&stage.asked);
    stage.verifier.verify(&before, AUDIENCE).await.expect("it is believed");
    stage.sandbox.rotate_oidc_key().expect("a key");
    stage.passes(FETCH_INTERVAL);
    let after = stage.token(&stage.asked);
    for token in [&after, &before] {
        stage.verifier.verify(token, AUDIENCE).await.expect("it is believed");
    }
    stage.sandbox.rotate_oidc_key().expect("a key");
    stage.passes(FETCH_INTERVAL);
    stage.verifier.verify(&stage.token(&stage.asked), AUDIENCE).await.expect("it is believed");
    let refused = stage.verifier.verify(&before, AUDIENCE).await;
    assert!(matches!(refused, Err(OidcError::Invalid("the issuer has no such key"))), "{refused:?}");
}

#[tokio::test]
async fn a_repository_that_is_not_the_subjects_is_not_believed() {
    let stage = Stage::new();
    let other = stage.asked.clone().with_immutable_subject();
    let subject = format!("repo:octo@710000/anthropic@{}:ref:refs/heads/main", u64::MAX);
    let refused = stage.verifier.verify(&stage.token(&other.claiming("sub", subject)), AUDIENCE).await;
    assert!(matches!(refused, Err(OidcError::Invalid("its subject contradicts its repository"))), "{refused:?}");
}
