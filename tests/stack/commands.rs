//! The main job on the deployed stack: a comment becomes the right run, once, or is told why not.

use domain::command::Command;
use domain::ids::{CommentId, InstallationId, IssueNumber, RepoId, UserId};
use domain::message::{CommentCommand, Commenter, Message, RepoRef, SubjectKind};
use local::sandbox::{Conclusion, RunStep};
use reqwest::Method;
use serde_json::{Value, json};

use crate::logs::MARKER;
use crate::mappings::{ask, sign_in};
use crate::queues::Depth;
use crate::stage::{PATIENCE, Stage, WEBHOOK_SECRET};
use crate::wait::until;

/// A comment on a pull request of a Bedrock repository, followed to the end of its run.
pub(crate) async fn a_comment_becomes_a_run(stage: &Stage<'_>) {
    let before = stage.dispatches();
    let comment = stage.says("writer", "octo/bedrock#1", &format!("/ai-implement\n{MARKER}")).await;
    let dispatch = stage.dispatched("octo/bedrock#1", before).await;
    assert_eq!((dispatch.workflow.as_str(), dispatch.reference.as_str()), ("claude-implement.yml", "main"));
    for (name, value) in [
        ("provider", "bedrock"),
        ("aws_region", "us-west-2"),
        ("pr_number", "1"),
        ("issue_identifier", "ENG-42"),
        ("instructions", MARKER),
    ] {
        assert_eq!(dispatch.inputs.get(name).map(String::as_str), Some(value), "{name}");
    }
    stage.sees(comment, "rocket").await;
    assert_eq!(stage.reactions(comment), ["eyes", "rocket"]);

    let run = dispatch.run_id;
    let told = stage.hears("octo/bedrock#1", "**Dispatched.**").await;
    assert!(told.body.contains(&format!("/actions/runs/{run}")), "{}", told.body);
    stage.sandbox.advance_run(run, RunStep::InProgress).await.expect("the run can start");
    stage.hears("octo/bedrock#1", "**Running.**").await;
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Success)).await.expect("the run can end");
    let last = stage.hears("octo/bedrock#1", "**Succeeded.**").await;
    assert_eq!((last.id, stage.said("octo/bedrock#1").len()), (told.id, 1), "one comment follows the run");
}

/// Who may not, what may not, and where nobody said how: the comment, the record and the log name one reason, and the
/// metric is made from the log.
pub(crate) async fn refusals_name_their_reason(stage: &Stage<'_>) {
    let before = stage.dispatches();
    let token = sign_in(stage).await;
    for (user, at, code) in [
        ("reader", "octo/bedrock#5", "NOT_AUTHORIZED"),
        ("writer", "octo/bedrock#2", "FORK_PR"),
        ("writer", "octo/bedrock#3", "PR_CLOSED"),
        ("writer", "octo/unmapped#1", "MAPPING_MISSING"),
    ] {
        let comment = stage.says(user, at, "/ai-implement").await;
        let told = stage.hears(at, &format!("`{code}`")).await;
        stage.sees(comment, "confused").await;
        let (_, marked) = told.body.split_once("ai-implement:status ").expect("the marker");
        let claim = marked.split(' ').next().expect("a claim's id");
        let (status, record) = ask(stage, Method::GET, &format!("/api/dispatches/{claim}"), Some(&token), None).await;
        assert_eq!((status, &record["code"]), (200, &json!(code)), "{record}");
        until(PATIENCE, "the log has the reason", async || {
            let log = stage.log_of("worker").await;
            let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.any(|line| line["claim.id"] == claim && line["code"] == code).then_some(())
        })
        .await;
    }
    assert_eq!(stage.dispatches(), before, "a refusal never dispatches");
}

/// A delivery that GitHub did not sign: 401 at both addresses, and not a trace behind it.
pub(crate) async fn a_forged_delivery_leaves_no_trace(stage: &Stage<'_>) {
    until(PATIENCE, "the queue is empty", async || (stage.depth("CommandQueue").await == Depth::EMPTY).then_some(()))
        .await;
    let requests = stage.sandbox.requests().len();
    let genuine = stage.sandbox.deliveries().into_iter().find(|it| it.event == "issue_comment");
    let body = genuine.expect("somebody commented").payload;
    for path in ["/webhooks/github", "/api/github/webhook"] {
        let (status, answer) = stage.posts(path, "issue_comment", &body, "a guess").await;
        assert_eq!(status, 401, "{answer}");
    }
    assert_eq!(stage.depth("CommandQueue").await, Depth::EMPTY);
    assert_eq!(stage.sandbox.requests().len(), requests, "nobody asked GitHub anything");
    let (status, _) = stage.posts("/api/github/webhook", "ping", r#"{"zen": "…", "hook_id": 1}"#, WEBHOOK_SECRET).await;
    assert_eq!(status, 200, "the same secret opens both addresses");
}

/// GitHub delivers again; SQS delivers again, past its own deduplication: still one run.
pub(crate) async fn what_comes_twice_runs_once(stage: &Stage<'_>) {
    let before = stage.dispatches();
    let (_, delivery) = stage.delivers("writer", "octo/anthropic#1", "/ai-implement").await;
    let again = stage.sandbox.redeliver(delivery.id).await.expect("a kept delivery");
    assert_eq!((delivery.status_code, again.status_code), (202, 202));
    let first = stage.dispatched("octo/anthropic#1", before).await;
    stage.hears("octo/anthropic#1", &format!("/actions/runs/{}", first.run_id)).await;

    let command = unheard(stage, "writer", "octo/anthropic", 5, "/ai-implement");
    for attempt in ["first", "second"] {
        let body = Message::Comment(command.clone()).to_json();
        stage.queues(&body, &format!("{}#5", command.repo.id), &format!("{}-{attempt}", command.comment)).await;
    }
    let second = stage.dispatched("octo/anthropic#5", before).await;
    stage.hears("octo/anthropic#5", &format!("/actions/runs/{}", second.run_id)).await;
    until(PATIENCE, "the queue is empty", async || (stage.depth("CommandQueue").await == Depth::EMPTY).then_some(()))
        .await;
    assert_eq!(stage.dispatches(), before + 2);
    for run in [first.run_id, second.run_id] {
        let ended = RunStep::Completed(Conclusion::Success);
        stage.sandbox.advance_run(run, ended).await.expect("the run can end");
    }
    for at in ["octo/anthropic#1", "octo/anthropic#5"] {
        stage.hears(at, "**Succeeded.**").await;
    }
}

/// A command that stands at GitHub, and whose delivery never came.
pub(crate) fn unheard(stage: &Stage<'_>, user: &str, repo: &str, number: u64, text: &str) -> CommentCommand {
    let id = stage.repo_id(repo);
    let comment = stage.sandbox.edit_world(|world| world.add_comment(id, number, user, text));
    let (commenter, installation) =
        stage.sandbox.look(|world| (world.account(user).expect("an account of the sandbox").id, world.installation.id));
    CommentCommand {
        repo: RepoRef { id: RepoId::new(id), name: repo.parse().expect("a name"), default_branch: "main".into() },
        installation: Some(InstallationId::new(installation)),
        subject: SubjectKind::PullRequest,
        number: IssueNumber::new(number),
        comment: CommentId::new(comment),
        commenter: Commenter { id: UserId::new(commenter), login: user.into() },
        commented_at: jiff::Timestamp::now(),
        after: None,
        command: Command::parse(text).expect("a command"),
    }
}
