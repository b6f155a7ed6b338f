//! The last attempt at a command: what its commenter reads before the message is a dead letter, and that nobody carries
//! the command out behind their back later.

use aws::{Dispatches, Sdk};
use domain::message::CommentCommand;
use local::sandbox::Fault;

use crate::conversation::conversations;
use crate::crashes::intended;
use crate::stage::{Stage, tries_for_the_last_time};

conversations![alone:
    a_command_that_github_fails_for_good_is_told_and_over,
    the_attempts_before_the_last_say_nothing,
    a_limit_of_githubs_is_named_as_such,
    what_may_have_been_dispatched_is_not_called_refused,
    a_dispatch_whose_worker_died_is_called_uncertain_whatever_is_left_of_its_lease,
    without_its_table_the_worker_tells_the_commenter_all_the_same,
    a_comment_that_could_not_be_written_is_written_when_the_message_is_redriven,
];

fn permission_fails(stage: &Stage, status: u16) {
    stage.sandbox.script_fault(Fault { status: Some(status), times: 100, ..Fault::on("GET", "*/permission") });
}

async fn last_try(stage: &Stage, command: &CommentCommand) -> bool {
    tries_for_the_last_time(stage.system.worker(), command).await
}

async fn a_command_that_github_fails_for_good_is_told_and_over(stage: &Stage) {
    permission_fails(stage, 502);
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!last_try(stage, &command).await, "the message is to be a dead letter");
    let said = stage.hears("octo/anthropic#1", "`GAVE_UP`").await.body;
    assert!(said.contains("GitHub failed each time. Nothing was started."), "{said}");
    stage.sees(command.comment.get(), "confused").await;
    stage.sandbox.clear_faults();
    assert!(stage.works_on(&command).await, "a redriven message is done");
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (0, 1));
}

async fn the_attempts_before_the_last_say_nothing(stage: &Stage) {
    permission_fails(stage, 502);
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!stage.works_on(&command).await);
    assert_eq!(stage.said("octo/anthropic#1"), Vec::<String>::new());
}

async fn a_limit_of_githubs_is_named_as_such(stage: &Stage) {
    permission_fails(stage, 429);
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!last_try(stage, &command).await);
    stage.hears("octo/anthropic#1", "`RATE_LIMITED`").await;
}

async fn what_may_have_been_dispatched_is_not_called_refused(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/repos/*/dispatches") });
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/repos/*/issues/1/comments") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!last_try(stage, &command).await);
    stage.hears("octo/anthropic#1", "`UNKNOWN_OUTCOME`").await;
    assert_eq!(stage.claim_of(&command).await.state.name(), "reconciling");
}

async fn a_dispatch_whose_worker_died_is_called_uncertain_whatever_is_left_of_its_lease(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    intended(stage, &command).await;
    assert!(!last_try(stage, &command).await);
    stage.hears("octo/anthropic#1", "`UNKNOWN_OUTCOME`").await;
    assert_eq!((stage.claim_of(&command).await.state.name(), stage.dispatches()), ("reconciling", 0));
}

async fn without_its_table_the_worker_tells_the_commenter_all_the_same(stage: &Stage) {
    let mut worker = stage.system.worker().clone();
    worker.dispatches = Dispatches::new(&Sdk::local("http://127.0.0.1:9"), "nowhere");
    let command = stage.unheard("writer", "octo/anthropic#1");
    for _ in 0..2 {
        assert!(!tries_for_the_last_time(&worker, &command).await);
    }
    let said = stage.said("octo/anthropic#1");
    assert!(said.len() == 1 && said[0].contains("it can't tell what became of this command"), "{said:?}");
    assert!(!said[0].contains("Nothing was started"), "{said:?}");
}

async fn a_comment_that_could_not_be_written_is_written_when_the_message_is_redriven(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), times: 100, ..Fault::on("*", "*") });
    let mut command = stage.unheard("writer", "octo/anthropic#1");
    command.installation = None;
    assert!(!last_try(stage, &command).await);
    assert_eq!(stage.said("octo/anthropic#1"), Vec::<String>::new());
    assert_eq!(stage.claim_of(&command).await.state.name(), "refused");
    stage.sandbox.clear_faults();
    assert!(stage.works_on(&command).await);
    stage.hears("octo/anthropic#1", "`GAVE_UP`").await;
    assert_eq!(stage.dispatches(), 0);
}
