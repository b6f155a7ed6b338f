//! Steering while GitHub fails: what a person wanted is done all the same.

use std::pin::pin;
use std::time::Duration;

use domain::claim::State;
use domain::command::Command;
use domain::message::CommentCommand;
use failpoint::Invocation;
use local::sandbox::Fault;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    alone:
    a_cancellation_is_made_up_for_where_github_fails,
    a_cancellation_reaches_a_run_that_shows_itself_late,
    a_cancellation_that_meets_a_dispatch_to_be_repeated_withdraws_it,
    a_cancellation_that_meets_a_dispatch_reaches_its_run_at_once,
    a_run_that_github_refused_is_not_counted,
];

const HERE: &str = "octo/anthropic#1";

async fn a_cancellation_is_made_up_for_where_github_fails(stage: &Stage) {
    stage.says("writer", HERE, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(HERE, "**Dispatched.**").await;
    stage.sandbox.script_fault(Fault { status: Some(502), times: 2, ..Fault::on("POST", "*/cancel") });
    stage.says("maintainer", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "GitHub is asked to cancel").await;
    stage.sweeps_for(3).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
}

/// GitHub's answer to the dispatch is lost, and the run starts only after somebody has cancelled it.
async fn a_cancellation_reaches_a_run_that_shows_itself_late(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), after_effect: true, ..Fault::on("POST", "*/dispatches") });
    stage.is_not_told_of_runs();
    stage.says("writer", HERE, "/ai-implement").await;
    stage.hears(HERE, "**Not certain.**").await;
    stage.says("writer", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "Whether a run was started is not known yet").await;
    stage.sweeps_for(3).await;
    assert_eq!(stage.cancelled_runs(1).await.len(), 1);
}

/// Two workers have one message: one ends, and so the cancellation comes in while the other hears GitHub's answer.
async fn a_cancellation_that_meets_a_dispatch_to_be_repeated_withdraws_it(stage: &Stage) {
    stage.passes(0);
    let headers = [("retry-after".to_owned(), "600".to_owned())].into();
    stage.sandbox.script_fault(Fault { status: Some(429), headers, ..Fault::on("POST", "*/dispatches") });
    let command = stage.unheard("writer", HERE);
    is_cancelled_before_the_answer_is_on_record(stage, &command).await;
    assert_eq!(stage.claim_of(&command).await.state, State::Authorized, "nothing was started");
    stage.sweeps_for(11).await;
    stage.hears(HERE, "took this command back before anything was started").await;
    assert_eq!(stage.dispatches(), 0);
}

async fn a_cancellation_that_meets_a_dispatch_reaches_its_run_at_once(stage: &Stage) {
    stage.passes(0);
    stage.is_not_told_of_runs();
    let command = stage.unheard("writer", HERE);
    is_cancelled_before_the_answer_is_on_record(stage, &command).await;
    let run = stage.dispatched(1).await.run_id;
    assert_eq!(stage.claim_of(&command).await.state.run().map(|run| run.id.get()), Some(run));
    assert_eq!(stage.cancelled_runs(1).await, [run]);
}

/// A command that somebody takes back just before its worker records what GitHub has said of the dispatch.
async fn is_cancelled_before_the_answer_is_on_record(stage: &Stage, command: &CommentCommand) {
    let cancel = Command::parse("/ai-implement cancel").expect("a command");
    let invocation = Invocation::new(None);
    let mut work = pin!(invocation.clone().run(stage.works_on(command)));
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    let mut is_cancelled = false;
    loop {
        tokio::select! {
            _ = &mut work => break,
            _ = looks.tick() => {}
        }
        let Some(at) = invocation.stands_at_meanwhile().first().copied() else { continue };
        if at.place.starts_with("worker::start::record_answer") && !is_cancelled {
            is_cancelled = true;
            let cancel = CommentCommand { command: cancel.clone(), ..stage.unheard("maintainer", HERE) };
            assert!(stage.works_on(&cancel).await);
        }
        invocation.let_go(0);
    }
    assert!(is_cancelled, "the worker came by that place");
}

async fn a_run_that_github_refused_is_not_counted(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"dailyRuns": 1})).await;
    let fault = Fault { status: Some(422), times: 1, ..Fault::on("POST", "*/dispatches") };
    stage.sandbox.script_fault(fault);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`GITHUB_REJECTED`").await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
}
