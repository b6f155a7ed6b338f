//! Octokit's example payloads, each signed and sent through the webhook's own router.
//!
//! Owns the table of what becomes of every event that GitHub has, and the two turns that make an example ours: a
//! command in a comment on a pull request. Never builds a payload from nothing.
//! <https://github.com/octokit/webhooks/tree/main/payload-examples>

use std::collections::BTreeMap;

use aws::{InProcessQueue, Queue, Received, SecretSource};
use axum::Router;
use axum::body::Body;
use clock::Clock;
use domain::ids::InstallationId;
use domain::message::{Message, SubjectKind};
use domain::webhook::signature::Signature;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::place;

const EXAMPLES: &str = "node_modules/@octokit/webhooks-examples/api.github.com/index.json";
const EXAMPLE_COUNT: usize = 329;
const SECRET: &str = "It's a Secret to Everybody";

/// One of Octokit's payloads, under the event that GitHub sends it as.
struct Example {
    event: String,
    payload: Value,
}

impl Example {
    fn all() -> Vec<Self> {
        let text = std::fs::read_to_string(place::tool(EXAMPLES)).expect("the examples are readable");
        let events: Vec<Value> = serde_json::from_str(&text).expect("the examples are a JSON array");
        events.iter().flat_map(Self::of_event).collect()
    }

    fn of_event(event: &Value) -> impl Iterator<Item = Self> {
        let name = event["name"].as_str().expect("an event has a name");
        let payloads = event["examples"].as_array().expect("an event has examples");
        payloads.iter().map(|payload| Self { event: name.to_owned(), payload: payload.clone() })
    }

    fn action(&self) -> &str {
        self.payload["action"].as_str().unwrap_or("-")
    }

    /// The comments of the examples, each turned into a command of one person on a pull request.
    fn commands(actions: &[&str]) -> Vec<Self> {
        let mut examples = Self::all();
        examples.retain(|example| example.event == "issue_comment" && actions.contains(&example.action()));
        for Self { payload, .. } in &mut examples {
            let person = json!({"id": 4, "login": "writer", "type": "User"});
            payload["issue"]["pull_request"] = json!({"url": "https://api.github.com/repos/octo/hello/pulls/1"});
            payload["comment"]["body"] = json!("/ai-implement");
            payload["comment"]["user"] = person.clone();
            payload["sender"] = person;
        }
        examples
    }
}

/// What the webhook answered to one delivery, and what it left in the queue.
struct Outcome {
    status: u16,
    word: String,
    queued: Vec<Received>,
}

impl Outcome {
    async fn of(example: &Example) -> Self {
        let queue = InProcessQueue::default();
        let response = door(&queue).oneshot(delivery(example)).await.expect("a router always answers");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("an answer ends").to_bytes();
        let body: Value = serde_json::from_slice(&body).expect("an answer is JSON");
        let word = ["reason", "code", "status"].iter().find_map(|key| body[key].as_str());
        let queued = if queue.depth() == 0 { Vec::new() } else { queue.receive().await };
        Self { status, word: word.expect("an answer says why").to_owned(), queued }
    }

    /// The one message that an accepted delivery leaves.
    fn message(&self) -> Message {
        let [received] = self.queued.as_slice() else { panic!("one message, got {}", self.queued.len()) };
        Message::from_json(&received.body).expect("the queue holds a message of ours")
    }
}

fn door(queue: &InProcessQueue) -> Router {
    let secret = SecretSource::Given(json!({"secrets": [SECRET]}).to_string().into());
    webhook::router(webhook::State::new(secret, Queue::InProcess(queue.clone()), Clock::System))
}

fn delivery(example: &Example) -> Request<Body> {
    let body = example.payload.to_string();
    Request::post("/webhooks/github")
        .header("content-type", "application/json")
        .header("x-github-event", &example.event)
        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        .header("x-hub-signature-256", Signature::of(body.as_bytes(), SECRET).header_value())
        .body(Body::from(body))
        .expect("an example makes a request")
}

#[test]
fn no_example_has_come_or_gone() {
    assert_eq!(Example::all().len(), EXAMPLE_COUNT);
}

#[tokio::test]
async fn every_event_of_github_is_answered_as_the_table_says() {
    let mut counts: BTreeMap<[String; 4], usize> = BTreeMap::new();
    for example in Example::all() {
        let Outcome { status, word, .. } = Outcome::of(&example).await;
        let row = [example.event.clone(), example.action().to_owned(), status.to_string(), word];
        *counts.entry(row).or_default() += 1;
    }
    insta::assert_snapshot!("what_becomes_of_each_event", table(&counts));
}

fn table(counts: &BTreeMap<[String; 4], usize>) -> String {
    let mut lines = vec![line("event", "action", "examples", "status", "answer")];
    for ([event, action, status, word], count) in counts {
        lines.push(line(event, action, &count.to_string(), status, word));
    }
    lines.join("\n")
}

fn line(event: &str, action: &str, examples: &str, status: &str, answer: &str) -> String {
    format!("{event:<31}{action:<27}{examples:>8}  {status:<6}  {answer}")
}

#[tokio::test]
async fn only_what_is_accepted_is_queued() {
    for example in Example::all() {
        let outcome = Outcome::of(&example).await;
        let expected = usize::from(outcome.status == 202);
        assert_eq!(outcome.queued.len(), expected, "{} {}", example.event, example.action());
    }
}

#[tokio::test]
async fn a_new_comment_with_a_command_on_a_pull_request_is_accepted() {
    let commands = Example::commands(&["created"]);
    assert_eq!(commands.len(), 5);
    for example in commands {
        let outcome = Outcome::of(&example).await;
        assert_eq!((outcome.status, outcome.word.as_str()), (202, "accepted"));
    }
}

#[tokio::test]
async fn an_accepted_comment_is_queued_with_the_ids_that_github_signed() {
    for example in Example::commands(&["created"]) {
        let Message::Comment(command) = Outcome::of(&example).await.message() else { panic!("a comment") };
        let signed = |pointer: &str| example.payload.pointer(pointer).and_then(Value::as_u64);
        assert_eq!(Some(command.repo.id.get()), signed("/repository/id"));
        assert_eq!(Some(command.number.get()), signed("/issue/number"));
        assert_eq!(Some(command.comment.get()), signed("/comment/id"));
        assert_eq!(command.installation.map(InstallationId::get), signed("/installation/id"));
        assert_eq!(command.subject, SubjectKind::PullRequest);
    }
}

#[tokio::test]
async fn a_dispatched_run_is_queued_with_the_ids_that_github_signed() {
    let mut examples = Example::all();
    examples.retain(|example| example.payload["workflow_run"]["event"] == "workflow_dispatch");
    for example in &examples {
        let Message::Run(event) = Outcome::of(example).await.message() else { panic!("a run") };
        assert_eq!(Some(event.run.get()), example.payload["workflow_run"]["id"].as_u64());
        assert_eq!(Some(event.repo.id.get()), example.payload["repository"]["id"].as_u64());
    }
    assert_eq!(examples.len(), 1);
}

#[tokio::test]
async fn a_command_that_was_edited_in_or_deleted_never_counts() {
    let commands = Example::commands(&["edited", "deleted"]);
    assert_eq!(commands.len(), 4);
    for example in commands {
        let outcome = Outcome::of(&example).await;
        assert_eq!((outcome.status, outcome.word.as_str()), (200, "action-not-handled"));
        assert!(outcome.queued.is_empty(), "{} left a message", example.action());
    }
}
