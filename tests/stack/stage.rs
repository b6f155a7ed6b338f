//! The stage of every scene: the deployed stack, the AWS CLI in the hands of the account's owner, and the sandbox GitHub
//! in front of it and behind it.
//!
//! Owns what people do and what they wait for. Never sleeps but between two looks.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use domain::webhook::signature::Signature;
use local::sandbox::world::{Comment, Dispatch};
use local::sandbox::{Delivery, Sandbox, World};
use reqwest::redirect::Policy;
use serde_json::Value;

use crate::aws_cli::AwsCli;
use crate::local_aws::LocalAws;
use crate::sam::STACK;

/// Long enough for cold starts on a busy machine; nothing is waited for that isn't expected to come.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// The App's own name at the sandbox.
pub(crate) const APP: &str = "ai-implement[bot]";
/// How often a message is received. The pauses in between, 30 s together, are longer than any outage of these scenes.
pub(crate) const RECEIVES: u64 = 5;
/// What the test puts into the stack's secrets.
pub(crate) const WEBHOOK_SECRET: &str = "the-webhook-secret-of-the-stack-test";

/// A function of the stack.
pub(crate) struct Function {
    /// Its logical id in the template.
    pub(crate) resource: &'static str,
    /// The end of its name.
    pub(crate) name: &'static str,
}

/// Every function of the stack.
pub(crate) const FUNCTIONS: [Function; 5] = [
    Function { resource: "WebhookFunction", name: "webhook" },
    Function { resource: "WorkerFunction", name: "worker" },
    Function { resource: "AdminFunction", name: "admin" },
    Function { resource: "SweeperFunction", name: "sweeper" },
    Function { resource: "DispatchFunction", name: "dispatch" },
];

/// The deployed stack and GitHub.
pub(crate) struct Stage<'a> {
    pub(crate) aws: AwsCli<'a>,
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    outputs: BTreeMap<String, String>,
}

impl<'a> Stage<'a> {
    /// Reads the stack's outputs, as an operator does, and points the App's webhook at it.
    pub(crate) async fn set(aws: AwsCli<'a>, local: &LocalAws, sandbox: Sandbox) -> Self {
        let stack = aws.call(&["cloudformation", "describe-stacks", "--stack-name", STACK]).await;
        let outputs = stack["Stacks"][0]["Outputs"].as_array().expect("a stack has outputs");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let outputs: BTreeMap<_, _> =
            outputs.iter().map(|output| (text(&output["OutputKey"]), text(&output["OutputValue"]))).collect();
        let host = outputs["ApiUrl"].trim_start_matches("http://").split(':').next().expect("a host").to_owned();
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, local.port()));
        let http = reqwest::Client::builder().no_proxy().resolve(&host, here).redirect(Policy::none());
        let http = http.build().expect("a client");
        sandbox.set_webhook(&outputs["WebhookUrl"], WEBHOOK_SECRET);
        Self { aws, sandbox, http, outputs }
    }

    /// An output of the stack.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("the stack has no output {name}"))
    }

    /// Somebody comments at a place such as `octo/bedrock#1`; the comment and how it was delivered.
    pub(crate) async fn delivers(&self, user: &str, at: &str, body: &str) -> (u64, Delivery) {
        let (repo, number) = place(at);
        let comment = self.sandbox.comment(repo, number, user, body).await.expect("the sandbox takes the comment");
        // The App is told of its own comments too, at any time.
        let of_it = |delivery: &Delivery| {
            let payload: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
            delivery.event == "issue_comment" && payload["comment"]["id"] == comment
        };
        let delivery = self.sandbox.deliveries().into_iter().rfind(of_it);
        (comment, delivery.expect("the App was told"))
    }

    /// Somebody comments, and the webhook takes it.
    pub(crate) async fn says(&self, user: &str, at: &str, body: &str) -> u64 {
        let (comment, delivery) = self.delivers(user, at, body).await;
        assert_eq!(delivery.status_code, 202, "{}", delivery.response_payload);
        comment
    }

    /// Posts to the webhook, signed with some secret; the status of the answer, and its text.
    pub(crate) async fn posts(&self, path: &str, event: &str, body: &str, secret: &str) -> (u16, String) {
        let request = self
            .http
            .post(format!("{}{path}", self.output("ApiUrl")))
            .header("content-type", "application/json")
            .header("x-github-event", event)
            .header("x-hub-signature-256", Signature::of(body.as_bytes(), secret).header_value())
            .body(body.to_owned());
        let answer = request.send().await.expect("API Gateway answers");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// Waits for a comment of the App's at a place that contains some words.
    pub(crate) async fn hears(&self, at: &str, words: &str) -> Comment {
        let find = |world: &World| said_at(world, at).into_iter().find(|it| it.body.contains(words)).cloned();
        let found = self.sandbox.wait_for(PATIENCE, find).await;
        found.unwrap_or_else(|| panic!("nothing with {words:?} was said at {at}, but {:#?}", self.said(at)))
    }

    /// Waits for a reaction of the App's to a comment.
    pub(crate) async fn sees(&self, comment: u64, content: &str) {
        let is_it = |own: &[String]| own.iter().any(|it| it == content);
        let found = self.sandbox.wait_for(PATIENCE, |world| is_it(&reactions_in(world, comment)).then_some(())).await;
        assert!(found.is_some(), "no {content} on {comment}, but {:?}", self.reactions(comment));
    }

    /// Waits for a dispatch for a pull request, the newest after the first `before` of all.
    pub(crate) async fn dispatched(&self, at: &str, before: usize) -> Dispatch {
        let (repo, number) = place(at);
        let find = |world: &World| {
            let id = world.repository(repo).expect("a repository of the sandbox").id;
            let new = world.dispatches.iter().skip(before);
            let of_it =
                |it: &&Dispatch| it.repository_id == id && it.inputs.get("pr_number") == Some(&number.to_string());
            new.rev().find(of_it).cloned()
        };
        let found = self.sandbox.wait_for(PATIENCE, find).await;
        found.unwrap_or_else(|| panic!("no dispatch for {at}; said there: {:#?}", self.said(at)))
    }

    /// How many dispatches GitHub took.
    pub(crate) fn dispatches(&self) -> usize {
        self.sandbox.look(|world| world.dispatches.len())
    }

    /// Everything that the App said at a place, as it reads now.
    pub(crate) fn said(&self, at: &str) -> Vec<String> {
        self.sandbox.look(|world| said_at(world, at).into_iter().map(|comment| comment.body.clone()).collect())
    }

    /// The App's reactions to a comment.
    pub(crate) fn reactions(&self, comment: u64) -> Vec<String> {
        self.sandbox.look(|world| reactions_in(world, comment))
    }

    /// A repository's id at GitHub.
    pub(crate) fn repo_id(&self, repo: &str) -> u64 {
        self.sandbox.look(|world| world.repository(repo).expect("a repository of the sandbox").id)
    }
}

fn reactions_in(world: &World, comment: u64) -> Vec<String> {
    let own = world.reactions.iter().filter(|reaction| reaction.comment_id == comment && reaction.user == APP);
    own.map(|reaction| reaction.content.clone()).collect()
}

/// The App's comments at a place, oldest first.
pub(crate) fn said_at<'w>(world: &'w World, at: &str) -> Vec<&'w Comment> {
    let (repo, number) = place(at);
    let id = world.repository(repo).map(|repository| repository.id);
    let here =
        |comment: &&Comment| Some(comment.repository_id) == id && comment.number == number && comment.user == APP;
    world.comments.iter().filter(here).collect()
}

/// A place's repository and number.
pub(crate) fn place(at: &str) -> (&str, u64) {
    let (repo, number) = at.split_once('#').expect("owner/name#number");
    (repo, number.parse().expect("a number"))
}
