//! A pull request is closed while a command waits there: it will have no run, and is told so.
//!
//! These scenes answer as GitHub's OpenAPI document doesn't say, so they are not part of the run through its proxy.

use domain::claim::State;
use domain::message::CommentCommand;
use local::sandbox::Fault;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![alone:
    a_command_that_waits_ends_with_its_pull_request,
    a_command_that_was_written_after_the_end_is_judged_by_what_is_then,
    a_command_that_waited_through_an_outage_finds_its_pull_request_closed,
];

/// A command whose dispatch met a limit of ten minutes.
async fn waiting(stage: &Stage) -> CommentCommand {
    stage.passes(0);
    let headers = [("retry-after".to_owned(), "600".to_owned())].into();
    stage.sandbox.script_fault(Fault { status: Some(429), headers, ..Fault::on("POST", "/repos/*/dispatches") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(stage.works_on(&command).await, "the wait is on record");
    assert_eq!(stage.claim_of(&command).await.state, State::Authorized);
    command
}

async fn a_command_that_waits_ends_with_its_pull_request(stage: &Stage) {
    let command = waiting(stage).await;
    stage.passes(1);
    stage.sandbox.close("octo/anthropic", 1, "maintainer").await.expect("it is there");
    stage.idle().await;
    assert_eq!(stage.claim_of(&command).await.code(), Some("PR_CLOSED"), "at once, whatever the limit");
    stage.sweeps_for(12).await;
    stage.hears("octo/anthropic#1", "`PR_CLOSED`").await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (0, 1));
}

/// The event of an earlier end comes late: somebody has opened the pull request again.
async fn a_command_that_was_written_after_the_end_is_judged_by_what_is_then(stage: &Stage) {
    stage.is_reachable(false);
    stage.passes(0);
    stage.sandbox.close("octo/anthropic", 1, "maintainer").await.expect("it is there");
    let missed = stage.sandbox.deliveries().pop().expect("a delivery").id;
    stage.at_github(|world| world.issue_mut("octo/anthropic", 1).expect("it is there").open = true);
    stage.passes(1);
    let command = waiting(stage).await;
    stage.is_reachable(true);
    stage.sandbox.redeliver(missed).await.expect("it was made");
    stage.idle().await;
    assert_eq!(stage.claim_of(&command).await.state, State::Authorized);
    stage.sweeps_for(12).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
}

async fn a_command_that_waited_through_an_outage_finds_its_pull_request_closed(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(503), times: 10_000, ..Fault::on("*", "*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.sweeps_for(5).await;
    stage.sandbox.close("octo/anthropic", 1, "maintainer").await.expect("it is there");
    stage.sandbox.clear_faults();
    stage.sweeps_for(15).await;
    stage.hears("octo/anthropic#1", "`PR_CLOSED`").await;
    assert_eq!(stage.dispatches(), 0);
}
