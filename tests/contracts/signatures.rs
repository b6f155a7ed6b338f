//! Webhook signatures, ours against GitHub's own JavaScript implementation.
//!
//! Owns the words and secrets on which two implementations must agree. Asks the other one through `sign.mjs`, in one
//! process for each test.

use std::io::Write as _;
use std::process::{Command, Stdio};

use domain::webhook::signature::Signature;
use serde_json::{Value, json};

use crate::place;

const SECRETS: [&str; 5] = [
    "It's a Secret to Everybody",
    "x",
    " leading, inner and trailing spaces ",
    "Schlüssel-鍵-🔑-e\u{301}",
    // Longer than a block of SHA-256, so that HMAC hashes the key first.
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef and more",
];

/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
const GITHUBS_SECRET: &str = "It's a Secret to Everybody";
const GITHUBS_BODY: &str = "Hello, World!";
const GITHUBS_SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn bodies() -> Vec<String> {
    let mut bodies: Vec<String> = [
        " ",
        "{}",
        "\n",
        "{\"body\":\"/ai-implement\"}\n",
        "{\r\n  \"body\": \"/ai-implement\\r\\nnow\"\r\n}\r\n",
        "{\"body\":\"für 日本語 🚀 e\u{301} \u{202e}\"}",
        "\u{feff}{\"zen\":\"a byte order mark\"}",
        "\u{0}\u{1}\u{7f}\u{80}\u{ff}\u{fffd}\u{fffe}\u{ffff}\u{10ffff}",
        "payload=%7B%22zen%22%3A%22a+b%22%7D",
    ]
    .map(str::to_owned)
    .into();
    bodies.push(format!("{{\"body\":\"{}\"}}", "0123456789abcdé".repeat(14 * 1024 / 16)));
    bodies
}

/// A body, and the secret that it is signed with.
struct Case {
    secret: &'static str,
    body: String,
}

impl Case {
    fn all() -> Vec<Self> {
        let of_secret = |secret| bodies().into_iter().map(move |body| Self { secret, body });
        SECRETS.into_iter().flat_map(of_secret).collect()
    }

    fn signed_by_us(&self) -> String {
        Signature::of(self.body.as_bytes(), self.secret).header_value()
    }

    fn signed_by_them(cases: &[Self]) -> Vec<String> {
        let answers = octokit(cases.iter().map(|Self { secret, body }| sign(secret, body)).collect());
        answers.iter().map(|answer| answer["signature"].as_str().expect("Octokit signs this").to_owned()).collect()
    }

    /// The same body with a character behind it, one before it, and its last one changed.
    fn altered_bodies(&self) -> [String; 3] {
        let mut shorter = self.body.clone();
        shorter.pop();
        [format!("{} ", self.body), format!("\u{feff}{}", self.body), format!("{shorter}?")]
    }

    fn altered_secrets(&self) -> [String; 2] {
        // HMAC pads a key with zeros, so a zero at its end alone makes no other key.
        [format!("{} ", self.secret), format!("{}\u{0}x", self.secret)]
    }
}

fn sign(secret: &str, body: &str) -> Value {
    json!({"mode": "sign", "secret": secret, "body": body})
}

fn verify(secret: &str, body: &str, signature: &str) -> Value {
    json!({"mode": "verify", "secret": secret, "body": body, "signature": signature})
}

fn we_accept(secret: &str, body: &str, signature: &str) -> bool {
    Signature::parse(signature).is_some_and(|signature| signature.matches_any(body.as_bytes(), [secret]))
}

/// Octokit's answers to all questions of a test, in their order.
fn octokit(questions: Vec<Value>) -> Vec<Value> {
    place::tool("node_modules/@octokit/webhooks-methods");
    let mut node = Command::new("node")
        .arg(place::tool("sign.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js 20 or newer is installed; `make tools` says where to get it");
    let mut input = node.stdin.take().expect("its standard input is piped");
    let count = questions.len();
    // From a thread of its own: two processes that write before they read would wait for each other.
    let writer = std::thread::spawn(move || {
        questions.iter().try_for_each(|question| writeln!(input, "{question}")).expect("sign.mjs reads every line");
    });
    let output = node.wait_with_output().expect("sign.mjs ends with its input");
    writer.join().expect("every question was asked");
    assert!(output.status.success(), "sign.mjs ended with {}", output.status);
    let answers = String::from_utf8(output.stdout).expect("sign.mjs writes UTF-8");
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).expect("an answer is a line of JSON")).collect();
    assert_eq!(answers.len(), count, "one answer for each question");
    answers
}

#[test]
fn what_octokit_signs_we_accept() {
    let cases = Case::all();
    for (Case { secret, body }, signature) in cases.iter().zip(Case::signed_by_them(&cases)) {
        assert!(we_accept(secret, body, &signature), "{secret:?} {body:?} {signature}");
    }
}

#[test]
fn what_we_sign_octokit_accepts() {
    let cases = Case::all();
    let questions = cases.iter().map(|case| verify(case.secret, &case.body, &case.signed_by_us())).collect();
    for (Case { secret, body }, answer) in cases.iter().zip(octokit(questions)) {
        assert_eq!(answer, json!({"valid": true}), "{secret:?} {body:?}");
    }
}

#[test]
fn neither_accepts_an_altered_body() {
    let mut questions = Vec::new();
    for case in Case::all() {
        let signature = case.signed_by_us();
        for body in case.altered_bodies() {
            assert!(!we_accept(case.secret, &body, &signature), "{:?} {body:?}", case.secret);
            questions.push(verify(case.secret, &body, &signature));
        }
    }
    assert_all_invalid(questions);
}

#[test]
fn neither_accepts_another_secret() {
    let mut questions = Vec::new();
    for case in Case::all() {
        let signature = case.signed_by_us();
        for secret in case.altered_secrets() {
            assert!(!we_accept(&secret, &case.body, &signature), "{secret:?} {:?}", case.body);
            questions.push(verify(&secret, &case.body, &signature));
        }
    }
    assert_all_invalid(questions);
}

#[test]
fn neither_accepts_another_way_to_write_the_header() {
    let digits = &GITHUBS_SIGNATURE["sha256=".len()..];
    let mut questions = Vec::new();
    for header in [
        digits.to_owned(),
        format!("sha256={}", digits.to_uppercase()),
        format!("SHA256={digits}"),
        format!("sha256= {digits}"),
        format!("{GITHUBS_SIGNATURE}\n"),
        format!("sha1={}", &digits[..40]),
    ] {
        assert!(!we_accept(GITHUBS_SECRET, GITHUBS_BODY, &header), "{header:?}");
        questions.push(verify(GITHUBS_SECRET, GITHUBS_BODY, &header));
    }
    assert_all_invalid(questions);
}

#[test]
fn an_empty_secret_is_none_to_either() {
    let forged = Signature::of(GITHUBS_BODY.as_bytes(), "").header_value();
    assert!(!we_accept("", GITHUBS_BODY, &forged));
    let answers = octokit(vec![verify("", GITHUBS_BODY, &forged)]);
    assert!(answers[0]["error"].is_string(), "{}", answers[0]);
}

#[test]
fn both_sign_githubs_own_example_as_github_does() {
    let signature = Signature::of(GITHUBS_BODY.as_bytes(), GITHUBS_SECRET);
    assert_eq!(signature.header_value(), GITHUBS_SIGNATURE);
    let answers = octokit(vec![sign(GITHUBS_SECRET, GITHUBS_BODY)]);
    assert_eq!(answers, [json!({"signature": GITHUBS_SIGNATURE})]);
}

#[test]
fn both_accept_githubs_own_example() {
    assert!(we_accept(GITHUBS_SECRET, GITHUBS_BODY, GITHUBS_SIGNATURE));
    let answers = octokit(vec![verify(GITHUBS_SECRET, GITHUBS_BODY, GITHUBS_SIGNATURE)]);
    assert_eq!(answers, [json!({"valid": true})]);
}

fn assert_all_invalid(questions: Vec<Value>) {
    for (question, answer) in questions.clone().iter().zip(octokit(questions)) {
        assert_eq!(answer, json!({"valid": false}), "{question}");
    }
}
