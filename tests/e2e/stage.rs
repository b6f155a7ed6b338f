//! The stage of every end-to-end test: the whole system in this process, with a sandbox GitHub whose runs move only
//! when told to, and a clock that the test holds.
//!
//! Owns waiting: for something to be seen, with a deadline that shows what was seen instead. Never sleeps.

use std::time::Duration;

use aws::{Saved, Taken};
use clock::{Clock, ManualClock};
use domain::claim::{Claim, ClaimId};
use domain::command::Command;
use domain::ids::{CommentId, InstallationId, IssueNumber, RepoId, UserId};
use domain::mapping::MappingDraft;
use domain::message::{CommentCommand, Commenter, Message, RepoRef, SubjectKind};
use domain::webhook::signature::Signature;
use jiff::{SignedDuration, Timestamp};
use local::sandbox::world::{Comment, Dispatch};
use local::sandbox::{Conclusion, Fault, Pace, RunStep, Sandbox, SandboxConfig, World};
use local::{GitHubChoice, Storage, System, SystemConfig};
use serde_json::{Value, json};
use sweeper::Swept;

/// Long enough for a slow machine and a few retries; nothing is waited for that isn't expected to come.
const PATIENCE: Duration = Duration::from_secs(40);

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9/";

/// The App's own name at the sandbox.
pub(crate) const APP: &str = "ai-implement[bot]";

pub(crate) struct Stage {
    pub(crate) system: System,
    pub(crate) sandbox: Sandbox,
    pub(crate) hand: ManualClock,
}

impl Stage {
    /// A stage with a sandbox of its own.
    pub(crate) async fn open() -> Self {
        let sandbox = fresh_sandbox();
        let api_url = sandbox.url();
        Self::on(sandbox, api_url).await
    }

    /// A stage on a running sandbox, whose API the product reaches at `api_url`.
    pub(crate) async fn on(sandbox: Sandbox, api_url: String) -> Self {
        // An earlier scene may have let it stand still.
        sandbox.set_time(None);
        let hand = ManualClock::at(Clock::System.now());
        let config = SystemConfig {
            port: 0,
            storage: Storage::Memory,
            github: GitHubChoice::Running { sandbox: sandbox.clone(), api_url },
            mappings: None,
            clock: Clock::Manual(hand.clone()),
        };
        Self { system: System::start(config).await.expect("the system starts"), sandbox, hand }
    }

    /// Somebody comments at a place such as `octo/bedrock#1`; returns when the webhook has answered.
    pub(crate) async fn says(&self, user: &str, at: &str, body: &str) -> u64 {
        let (repo, number) = place(at);
        self.sandbox.comment(repo, number, user, body).await.expect("the sandbox takes the comment")
    }

    /// Waits for a comment of the App's at a place that contains some words.
    pub(crate) async fn hears(&self, at: &str, words: &str) -> Comment {
        let found = self.sandbox.wait_for(PATIENCE, |world| {
            said_at(world, at).into_iter().find(|comment| comment.body.contains(words)).cloned()
        });
        match found.await {
            Some(comment) => comment,
            None => panic!("nothing with {words:?} was said at {at}, but {:#?}", self.said(at)),
        }
    }

    /// Waits for a reaction of the App's to a comment.
    pub(crate) async fn sees(&self, comment: u64, content: &str) {
        let found = self.sandbox.wait_for(PATIENCE, |world| {
            world
                .reactions
                .iter()
                .find(|reaction| reaction.comment_id == comment && reaction.content == content)
                .map(drop)
        });
        assert!(found.await.is_some(), "no {content} on {comment}, but {:?}", self.reactions(comment));
    }

    /// Waits until so many dispatches were taken, and shows the last one.
    pub(crate) async fn dispatched(&self, count: usize) -> Dispatch {
        let found = self.sandbox.wait_for(PATIENCE, |world| {
            (world.dispatches.len() >= count).then(|| world.dispatches.last().cloned()).flatten()
        });
        match found.await {
            Some(dispatch) => dispatch,
            None => panic!("{} of {count} dispatches; said: {:#?}", self.dispatches(), self.everything_said()),
        }
    }

    /// Waits until no message waits any more.
    pub(crate) async fn idle(&self) {
        let idle = tokio::time::timeout(PATIENCE, self.system.queue().idle()).await;
        assert!(idle.is_ok(), "messages still wait: {}", self.system.queue().depth());
    }

    /// Waits until something holds that no event of GitHub's tells.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let mut looks = tokio::time::interval(Duration::from_millis(5));
        let held = tokio::time::timeout(PATIENCE, async {
            while !holds() {
                looks.tick().await;
            }
        });
        assert!(held.await.is_ok(), "it never came that {what}");
    }

    /// Sweeps once, without a failure, and lets the worker do what was found.
    pub(crate) async fn sweeps(&self) -> Swept {
        let swept = sweeper::sweep(self.system.sweeper()).await.expect("every part of the sweep is done");
        self.idle().await;
        swept
    }

    /// So many minutes go by, with a sweep in each.
    pub(crate) async fn sweeps_for(&self, minutes: u32) {
        self.idle().await;
        for _ in 0..minutes {
            self.passes(1);
            // GitHub may be down in such a scene: what a sweep can't do, a later one does.
            let _ = sweeper::sweep(self.system.sweeper()).await;
            self.idle().await;
        }
    }

    /// From now on GitHub delivers nothing: comments are still delivered by hand.
    pub(crate) fn is_not_told_of_runs(&self) {
        self.at_github(|world| world.app.events.retain(|event| event != "workflow_run"));
    }

    /// Waits until so many runs were cancelled.
    pub(crate) async fn cancelled_runs(&self, count: usize) -> Vec<u64> {
        let found = self.sandbox.wait_for(PATIENCE, |world| {
            let cancelled = world.runs.iter().filter(|run| run.conclusion == Some(Conclusion::Cancelled));
            let cancelled: Vec<u64> = cancelled.map(|run| run.id).collect();
            (cancelled.len() >= count).then_some(cancelled)
        });
        found.await.expect("runs were cancelled")
    }

    /// Somebody deletes the App's comments, everywhere.
    pub(crate) fn deletes_what_was_said(&self) {
        self.at_github(|world| world.comments.retain(|comment| comment.user != APP));
    }

    /// The repository gets another name; its id stays.
    pub(crate) fn renames(&self, repo: &str, to: &str) {
        let (owner, name) = to.split_once('/').expect("owner/name");
        self.at_github(|world| {
            let id = world.repository(repo).expect("a repository of the sandbox").id;
            let repository = world.repositories.iter_mut().find(|it| it.id == id).expect("it was there");
            (repository.owner, repository.name) = (owner.to_owned(), name.to_owned());
        });
        let moved = Fault { status: Some(301), times: 1_000, ..Fault::on("*", &format!("/repos/{repo}/*")) };
        self.sandbox.script_fault(moved);
    }

    /// Hands the worker a command as SQS would, past the queue's own deduplication; whether it is done.
    pub(crate) async fn works_on(&self, command: &CommentCommand) -> bool {
        works_on(self.system.worker(), command).await
    }

    /// A command that stands at GitHub and was not delivered yet.
    pub(crate) fn unheard(&self, user: &str, at: &str) -> CommentCommand {
        let (repo, number) = place(at);
        let id = self.repo_id(repo);
        let comment = self.at_github(|world| world.add_comment(id.get(), number, user, "/ai-implement"));
        let user_id = self.sandbox.look(|world| world.account(user).expect("an account of the sandbox").id);
        CommentCommand {
            repo: RepoRef { id, name: repo.parse().expect("a name"), default_branch: "main".into() },
            installation: Some(InstallationId::new(self.sandbox.look(|world| world.installation.id))),
            subject: SubjectKind::PullRequest,
            number: IssueNumber::new(number),
            comment: CommentId::new(comment),
            commenter: Commenter { id: UserId::new(user_id), login: user.into() },
            commented_at: self.hand_time(),
            after: None,
            command: Command::parse("/ai-implement").expect("a command"),
        }
    }

    /// The claim that was taken for a command.
    pub(crate) async fn claim_of(&self, command: &CommentCommand) -> Claim {
        let probe = Claim::receive(ClaimId::from_parts(0, 0), command.clone(), self.hand_time());
        match self.system.worker().dispatches.take(probe).await.expect("a working table") {
            Taken::Existing(claim) => claim,
            Taken::New(_) => panic!("nobody had taken {}", command.comment),
        }
    }

    /// Sends a payload to the webhook, signed with its secret; the status of the answer.
    pub(crate) async fn delivers(&self, event: &str, payload: &Value) -> u16 {
        let body = payload.to_string();
        let secret = self.system.webhook_secret().expect("the sandbox's secret");
        let answer = reqwest::Client::new()
            .post(format!("{}/webhooks/github", self.system.url()))
            .header("content-type", "application/json")
            .header("x-github-event", event)
            .header("x-hub-signature-256", Signature::of(body.as_bytes(), secret).header_value())
            .body(body)
            .send()
            .await
            .expect("the webhook answers");
        answer.status().as_u16()
    }

    /// Lets so many minutes pass, here and at GitHub, whose time stands still from now on but for this.
    pub(crate) fn passes(&self, minutes: i64) {
        self.hand.advance(SignedDuration::from_mins(minutes));
        self.sandbox.set_time(Some(self.hand_time()));
    }

    /// GitHub delivers nowhere, or here again.
    pub(crate) fn is_reachable(&self, is_reachable: bool) {
        let secret = self.system.webhook_secret().expect("the sandbox's secret");
        let here = format!("{}/webhooks/github", self.system.url());
        self.sandbox.set_webhook(if is_reachable { &here } else { NOWHERE }, secret);
    }

    /// What the product's clock shows.
    pub(crate) fn hand_time(&self) -> Timestamp {
        Clock::Manual(self.hand.clone()).now()
    }

    /// Moves a run on; returns when its webhook has answered.
    pub(crate) async fn run_starts(&self, run: u64) {
        self.sandbox.advance_run(run, RunStep::InProgress).await.expect("the run can start");
    }

    /// Ends a run; returns when its webhook has answered.
    pub(crate) async fn run_ends(&self, run: u64, conclusion: Conclusion) {
        self.sandbox.advance_run(run, RunStep::Completed(conclusion)).await.expect("the run can end");
    }

    /// Changes what GitHub knows, without an event.
    pub(crate) fn at_github<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.sandbox.edit_world(change)
    }

    /// Writes a repository's mapping, valid or not.
    pub(crate) async fn maps(&self, repo: &str, settings: Value) {
        let (owner, name) = repo.split_once('/').expect("owner/name");
        let mut draft = json!({"owner": owner, "repo": name, "repoId": self.repo_id(repo).get()});
        draft.as_object_mut().expect("an object").extend(settings.as_object().expect("settings").clone());
        let draft: MappingDraft = serde_json::from_value(draft).expect("the draft's shape");
        let mappings = &self.system.worker().mappings;
        let stored = mappings.named(&repo.parse().expect("a name")).await.expect("a working table");
        let draft = MappingDraft { version: stored.map_or(0, |entry| entry.draft.version), ..draft };
        let saved = mappings.save(&draft, "stage", self.hand_time()).await.expect("a working table");
        assert!(matches!(saved, Saved::Created(_) | Saved::Updated(_)), "{saved:?}");
    }

    pub(crate) fn repo_id(&self, repo: &str) -> RepoId {
        RepoId::new(self.sandbox.look(|world| world.repository(repo).expect("a repository of the sandbox").id))
    }

    /// Everything that the App said at a place, as it reads now.
    pub(crate) fn said(&self, at: &str) -> Vec<String> {
        self.sandbox.look(|world| said_at(world, at).into_iter().map(|comment| comment.body.clone()).collect())
    }

    /// The App's reactions to a comment.
    pub(crate) fn reactions(&self, comment: u64) -> Vec<String> {
        self.sandbox.look(|world| {
            let own = world.reactions.iter().filter(|reaction| reaction.comment_id == comment && reaction.user == APP);
            own.map(|reaction| reaction.content.clone()).collect()
        })
    }

    pub(crate) fn dispatches(&self) -> usize {
        self.sandbox.look(|world| world.dispatches.len())
    }

    fn everything_said(&self) -> Vec<String> {
        self.sandbox.look(|world| world.comments.iter().map(|comment| comment.body.clone()).collect())
    }
}

/// Hands a worker a command as SQS would the first time; whether it is done.
pub(crate) async fn works_on(worker: &worker::State, command: &CommentCommand) -> bool {
    works_on_receipt(worker, command, 1).await
}

/// Hands a worker a command as SQS would the last time before it is a dead letter; whether it is done.
pub(crate) async fn tries_for_the_last_time(worker: &worker::State, command: &CommentCommand) -> bool {
    works_on_receipt(worker, command, worker.max_receives.get()).await
}

async fn works_on_receipt(worker: &worker::State, command: &CommentCommand, receipt: u32) -> bool {
    works_on_text(worker, &Message::Comment(command.clone()).to_json(), receipt).await
}

/// Hands a worker a command whose invocation Lambda ends at a time; whether it is done.
pub(crate) async fn works_on_until(worker: &worker::State, command: &CommentCommand, deadline: Timestamp) -> bool {
    works_on_event(worker, &Message::Comment(command.clone()).to_json(), 1, deadline).await
}

/// Hands a worker any text as SQS would, for the so-manieth time; whether it is done.
pub(crate) async fn works_on_text(worker: &worker::State, body: &str, receipt: u32) -> bool {
    works_on_event(worker, body, receipt, worker.clock.now() + Duration::from_mins(1)).await
}

async fn works_on_event(worker: &worker::State, body: &str, receipt: u32, deadline: Timestamp) -> bool {
    let event = json!({"Records": [{"messageId": "1", "receiptHandle": "1", "body": body,
        "attributes": {"MessageGroupId": "g", "ApproximateReceiveCount": receipt.to_string()}, "messageAttributes": {}}]});
    let event = serde_json::from_value(event).expect("an event of SQS");
    worker::handle(worker, event, deadline).await.batch_item_failures.is_empty()
}

/// A sandbox on a free port, at its seed, whose runs move only when told to.
pub(crate) fn fresh_sandbox() -> Sandbox {
    let config = SandboxConfig { port: 0, webhook: None, pace: Pace::Manual, state_file: None };
    Sandbox::start(config).expect("the sandbox starts")
}

fn said_at<'a>(world: &'a World, at: &str) -> Vec<&'a Comment> {
    let (repo, number) = place(at);
    let id = world.repository(repo).map(|repository| repository.id);
    let here =
        |comment: &&Comment| Some(comment.repository_id) == id && comment.number == number && comment.user == APP;
    world.comments.iter().filter(here).collect()
}

fn place(at: &str) -> (&str, u64) {
    let (repo, number) = at.split_once('#').expect("owner/name#number");
    (repo, number.parse().expect("a number"))
}
