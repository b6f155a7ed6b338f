//! The last attempt at a command: what its commenter reads before the message is a dead letter, and that nobody carries
//! the command out behind their back later.

use aws::{Dispatches, Mappings, Sdk};
use domain::message::{CommentCommand, Message};
use domain::refusal::Obstacle;
use local::sandbox::Fault;

use crate::conversation::conversations;
use crate::crashes::intended;
use crate::stage::{Stage, tries_for_the_last_time, works_on, works_on_text};

conversations![alone:
    a_command_that_we_fail_for_good_is_told_and_over,
    the_attempts_before_the_last_say_nothing,
    a_failing_github_uses_up_no_message,
    what_may_have_been_dispatched_is_not_called_refused,
    a_dispatch_whose_worker_died_is_called_uncertain_whatever_is_left_of_its_lease,
    without_its_table_the_worker_tells_the_commenter_all_the_same,
    a_message_of_another_release_is_answered_in_the_end,
    what_could_not_be_said_is_said_when_it_is_due,
];

async fn last_try(stage: &Stage, command: &CommentCommand) -> bool {
    tries_for_the_last_time(stage.system.worker(), command).await
}

/// The table of mappings is out, and nothing else.
fn without_mappings(stage: &Stage) -> worker::State {
    let mappings = Mappings::new(&Sdk::local("http://127.0.0.1:9"), "nowhere");
    worker::State { mappings, ..stage.system.worker().clone() }
}

async fn a_command_that_we_fail_for_good_is_told_and_over(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!tries_for_the_last_time(&without_mappings(stage), &command).await, "it is to be a dead letter");
    let said = stage.hears("octo/anthropic#1", "`GAVE_UP`").await.body;
    assert!(said.contains("AI-Implement itself failed each time. Nothing was started."), "{said}");
    stage.sees(command.comment.get(), "confused").await;
    assert!(stage.works_on(&command).await, "a redriven message is done");
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (0, 1));
}

async fn the_attempts_before_the_last_say_nothing(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!works_on(&without_mappings(stage), &command).await);
    assert_eq!(stage.said("octo/anthropic#1"), Vec::<String>::new());
}

/// What GitHub doesn't let us do now is never a dead letter: the wait is on record.
async fn a_failing_github_uses_up_no_message(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), times: 100, ..Fault::on("GET", "*/permission") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(last_try(stage, &command).await, "the wait is on record");
    let wait = stage.claim_of(&command).await.wait.expect("it waits");
    assert_eq!((wait.count, wait.obstacle), (1, Some(Obstacle::GitHub)));
    stage.sandbox.clear_faults();
    stage.sweeps_for(1).await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
}

async fn what_may_have_been_dispatched_is_not_called_refused(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/repos/*/dispatches") });
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/repos/*/issues/1/comments") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(last_try(stage, &command).await, "what is still to be said is on record");
    assert_eq!(stage.claim_of(&command).await.state.name(), "reconciling");
    stage.sweeps_for(1).await;
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
}

/// Nobody can say what another release's message asks for; who asked is told all the same.
async fn a_message_of_another_release_is_answered_in_the_end(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    let body = Message::Comment(command).to_json().replace(r#"{"v":1,"#, r#"{"v":9,"#);
    for _ in 0..2 {
        assert!(!works_on_text(stage.system.worker(), &body, stage.system.worker().max_receives.get()).await);
    }
    let said = stage.said("octo/anthropic#1");
    assert!(said.len() == 1 && said[0].contains("it can't tell what became of this command"), "{said:?}");
}

async fn a_dispatch_whose_worker_died_is_called_uncertain_whatever_is_left_of_its_lease(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    intended(stage, &command).await;
    assert!(!last_try(stage, &command).await);
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
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

async fn what_could_not_be_said_is_said_when_it_is_due(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), times: 100, ..Fault::on("*", "*") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!tries_for_the_last_time(&without_mappings(stage), &command).await);
    assert_eq!(stage.said("octo/anthropic#1"), Vec::<String>::new());
    assert_eq!(stage.claim_of(&command).await.state.name(), "refused");
    stage.sandbox.clear_faults();
    stage.sweeps_for(2).await;
    stage.hears("octo/anthropic#1", "`GAVE_UP`").await;
    assert_eq!(stage.dispatches(), 0);
}
