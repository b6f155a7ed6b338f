//! GitHub at its worst: what is scripted to fail, and what the commenter sees all the same.
//!
//! These scenes answer as GitHub's OpenAPI document doesn't say, so they are not part of the run through its proxy.

use domain::claim::State;
use domain::message::CommentCommand;
use jiff::SignedDuration;
use local::sandbox::world::RunDetails;
use local::sandbox::{Conclusion, Fault};
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![alone:
    an_answer_that_is_lost_is_never_asked_for_twice,
    an_error_after_the_effect_is_never_repeated,
    a_server_error_before_the_effect_is_not_repeated_either,
    an_unanswered_dispatch_frees_the_conversation_in_the_end,
    a_dispatch_that_names_no_run_is_found_by_its_own_event,
    an_older_server_that_refuses_the_field_is_asked_without_it,
    a_limit_is_obeyed_by_everybody_who_uses_the_installation,
    an_outage_of_six_hours_loses_nothing,
    a_run_that_nobody_told_of_is_found_by_looking,
    of_two_runs_for_one_call_one_is_cancelled,
    of_two_runs_that_nobody_told_of_one_is_cancelled,
    a_deleted_status_comment_is_made_anew_once,
    a_renamed_repository_is_answered_under_its_new_name,
    a_failed_permission_call_is_repeated_and_never_read_as_no,
    a_comment_that_fails_is_repeated_without_a_second_dispatch,
    a_comment_whose_answer_was_lost_is_found_not_repeated,
    a_lost_reaction_does_no_harm,
    a_revoked_token_is_replaced_once,
    a_token_that_can_not_be_had_is_no_doubt,
    a_github_that_is_down_for_a_while_loses_nothing,
    an_unknown_commenter_is_never_read_as_one_without_permission,
    slots_of_commands_in_doubt_are_given_back,
    a_slow_edit_does_not_turn_the_comment_back,
    an_app_that_is_not_installed_is_silent,
    an_installation_that_is_gone_is_silent_until_it_is_back,
];

const DISPATCHES: &str = "/repos/*/dispatches";

fn fault(method: &str, path: &str) -> Fault {
    Fault::on(method, path)
}

async fn is_in_doubt_and_dispatched_once(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
    stage.idle().await;
    let sent = stage.sandbox.requests().iter().filter(|it| it.path.ends_with("/dispatches")).count();
    assert_eq!(sent, 1, "a dispatch in doubt is never sent again");
}

async fn an_answer_that_is_lost_is_never_asked_for_twice(stage: &Stage) {
    stage.sandbox.script_fault(Fault { after_effect: true, reset: true, ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    // The run's own event names the claim, whatever became of the answer.
    stage.hears("octo/anthropic#1", &format!("/actions/runs/{run}")).await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

async fn an_error_after_the_effect_is_never_repeated(stage: &Stage) {
    stage.sandbox.script_fault(Fault { after_effect: true, status: Some(502), ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", &format!("/actions/runs/{run}")).await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_server_error_before_the_effect_is_not_repeated_either(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), ..fault("POST", DISPATCHES) });
    is_in_doubt_and_dispatched_once(stage).await;
    assert_eq!(stage.dispatches(), 0);
}

async fn an_unanswered_dispatch_frees_the_conversation_in_the_end(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(500), ..fault("POST", DISPATCHES) });
    is_in_doubt_and_dispatched_once(stage).await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`IN_FLIGHT`").await;
    stage.sweeps_for(10).await;
    stage.hears("octo/anthropic#1", "No run has shown itself for ten minutes").await;
    stage.says("reader", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`NOT_AUTHORIZED`").await;
    assert!(stage.said("octo/anthropic#1")[0].contains("Not certain"), "a reader decides nothing");
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "`writer` dropped this command").await;
}

/// Neither an answer nor an event names the run: only GitHub's list does, and late.
async fn a_run_that_nobody_told_of_is_found_by_looking(stage: &Stage) {
    stage.at_github(|world| world.dispatch_behaviour.listing_lag_seconds = 240);
    stage.is_not_told_of_runs();
    stage.sandbox.script_fault(Fault { after_effect: true, status: Some(502), ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
    stage.sweeps_for(8).await;
    stage.hears("octo/anthropic#1", &format!("/actions/runs/{run}")).await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(11).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

/// GitHub has been seen to start two runs for one call.
async fn of_two_runs_for_one_call_one_is_cancelled(stage: &Stage) {
    stage.at_github(|world| world.dispatch_behaviour.runs_per_call = 2);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let cancelled = stage.cancelled_runs(1).await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.idle().await;
    let said = stage.said("octo/anthropic#1");
    assert!(said.len() == 1 && !said[0].contains(&format!("/actions/runs/{}", cancelled[0])), "{said:?}");
    assert_eq!(stage.cancelled_runs(1).await.len(), 1);
}

async fn of_two_runs_that_nobody_told_of_one_is_cancelled(stage: &Stage) {
    stage.at_github(|world| world.dispatch_behaviour.runs_per_call = 2);
    stage.is_not_told_of_runs();
    stage.sandbox.script_fault(Fault { after_effect: true, reset: true, ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
    stage.sweeps_for(2).await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    assert_eq!(stage.cancelled_runs(1).await.len(), 1);
}

/// A second deletion is a wish.
async fn a_deleted_status_comment_is_made_anew_once(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.idle().await;
    stage.deletes_what_was_said();
    stage.run_starts(run).await;
    stage.hears("octo/anthropic#1", "**Running.**").await;
    stage.idle().await;
    stage.deletes_what_was_said();
    stage.run_ends(run, Conclusion::Success).await;
    stage.idle().await;
    stage.sweeps_for(15).await;
    assert_eq!(stage.said("octo/anthropic#1"), Vec::<String>::new());
}

async fn a_renamed_repository_is_answered_under_its_new_name(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    stage.renames("octo/anthropic", "octo/renamed");
    assert!(!stage.works_on(&command).await, "the old name leads nowhere");
    assert!(stage.works_on(&command).await);
    stage.dispatched(1).await;
    stage.hears("octo/renamed#1", "**Dispatched.**").await;
}

async fn a_dispatch_that_names_no_run_is_found_by_its_own_event(stage: &Stage) {
    stage.at_github(|world| world.dispatch_behaviour.run_details = RunDetails::Ignored);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", &format!("/actions/runs/{run}")).await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

async fn an_older_server_that_refuses_the_field_is_asked_without_it(stage: &Stage) {
    for status in [400, 422] {
        stage.at_github(|world| world.dispatch_behaviour.run_details = RunDetails::Rejected { status });
        let at = if status == 400 { "octo/anthropic#1" } else { "octo/anthropic#5" };
        let before = stage.dispatches();
        stage.says("writer", at, "/ai-implement").await;
        let run = stage.dispatched(before + 1).await.run_id;
        stage.hears(at, &format!("/actions/runs/{run}")).await;
        assert_eq!(stage.dispatches(), before + 1);
    }
}

async fn a_limit_is_obeyed_by_everybody_who_uses_the_installation(stage: &Stage) {
    // The wait is told to the second: GitHub's time stands still with ours.
    stage.passes(0);
    let headers = [("retry-after".to_owned(), "120".to_owned())].into();
    stage.sandbox.script_fault(Fault { status: Some(429), headers, ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.idle().await;
    stage.sandbox.clear_requests();
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.idle().await;
    stage.hand.advance(SignedDuration::from_secs(119));
    stage.sweeps().await;
    // What the App asks as itself has nothing to do with the installation's limit.
    let mut asked = stage.sandbox.requests();
    asked.retain(|it| !it.path.starts_with("/app/") && !it.path.ends_with("/installation"));
    assert!(asked.is_empty(), "{asked:?}");
    stage.hand.advance(SignedDuration::from_secs(1));
    stage.sweeps().await;
    stage.dispatched(2).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    let told = stage.hears("octo/anthropic#5", "Dispatched").await.body;
    assert!(told.contains("| Waited | 2 min 0 s; all of this is as it was then |"), "{told}");
}

/// Six hours are more than any message lives through in the queue.
async fn an_outage_of_six_hours_loses_nothing(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(503), times: 10_000, ..fault("*", "*") });
    let early = stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.sweeps_for(350).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.sweeps_for(15).await;
    stage.sandbox.clear_faults();
    stage.sweeps_for(15).await;
    stage.hears("octo/anthropic#1", "`STALE`").await;
    stage.hears("octo/anthropic#5", "Dispatched").await;
    stage.sees(early, "confused").await;
    assert_eq!((stage.dispatches(), stage.system.queue().dead_letters().len()), (1, 0));
}

async fn a_failed_permission_call_is_repeated_and_never_read_as_no(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(500), ..fault("GET", "*/permission") });
    let comment = stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    assert!(!stage.reactions(comment).contains(&"confused".to_owned()));
}

async fn an_unknown_commenter_is_never_read_as_one_without_permission(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(404), ..fault("GET", "*/permission") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`GITHUB_REJECTED`").await;
    assert_eq!(stage.dispatches(), 0);
}

async fn a_comment_that_fails_is_repeated_without_a_second_dispatch(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), times: 2, ..fault("POST", "/repos/*/issues/1/comments") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

async fn a_comment_whose_answer_was_lost_is_found_not_repeated(stage: &Stage) {
    let lost = Fault { after_effect: true, reset: true, ..fault("POST", "/repos/*/issues/1/comments") };
    stage.sandbox.script_fault(lost);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    // While nobody knows whether GitHub is still at it, nobody writes.
    stage.passes(1);
    stage.idle().await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    assert_eq!(stage.said("octo/anthropic#1").len(), 1);
}

async fn a_lost_reaction_does_no_harm(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(500), times: 2, ..fault("POST", "*/reactions") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_revoked_token_is_replaced_once(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    stage.at_github(|world| world.tokens.clear());
    stage.sandbox.clear_requests();
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched(2).await;
    stage.hears("octo/anthropic#5", "Dispatched").await;
    let minted = stage.sandbox.requests().iter().filter(|it| it.path.ends_with("/access_tokens")).count();
    assert_eq!(minted, 1, "the calls that were refused side by side share one new token");
}

/// The dispatch itself was never sent: it comes again, and nobody is told of a doubt.
async fn a_token_that_can_not_be_had_is_no_doubt(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(401), ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.idle().await;
    stage.sandbox.script_fault(Fault { status: Some(401), ..fault("POST", DISPATCHES) });
    stage.sandbox.script_fault(Fault { status: Some(502), ..fault("POST", "*/access_tokens") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(2).await;
    let told = stage.hears("octo/anthropic#1", "Dispatched").await.body;
    assert!(!told.contains("Not certain"), "{told}");
}

async fn a_github_that_is_down_for_a_while_loses_nothing(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(503), times: 4, ..fault("*", "*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

/// The App knows of no installation: a repository hook of somebody's own delivers all the same.
async fn an_app_that_is_not_installed_is_silent(stage: &Stage) {
    stage.at_github(|world| world.installation.installed = false);
    let mut command = stage.unheard("writer", "octo/anthropic#1");
    command.installation = None;
    let payload = json!({
        "action": "created",
        "comment": {"id": command.comment.get(), "body": "/ai-implement", "created_at": command.commented_at,
            "user": {"id": command.commenter.id.get(), "login": "writer", "type": "User"}},
        "issue": {"number": 1, "locked": false, "pull_request": {}},
        "repository": {"id": command.repo.id.get(), "full_name": "octo/anthropic", "default_branch": "main"},
        "sender": {"id": command.commenter.id.get(), "login": "writer", "type": "User"},
    });
    assert_eq!(stage.delivers("issue_comment", &payload).await, 202);
    stage.idle().await;
    is_refused_in_silence(stage, &command).await;
}

async fn an_installation_that_is_gone_is_silent_until_it_is_back(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(404), times: u32::MAX, ..fault("POST", "*/access_tokens") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(stage.works_on(&command).await);
    is_refused_in_silence(stage, &command).await;
    stage.sandbox.clear_faults();
    stage.sweeps_for(11).await;
    stage.hears("octo/anthropic#1", "`APP_NOT_INSTALLED`").await;
}

async fn is_refused_in_silence(stage: &Stage, command: &CommentCommand) {
    let State::Refused { code, .. } = stage.claim_of(command).await.state else { panic!("not refused") };
    assert_eq!(code, "APP_NOT_INSTALLED");
    let reactions = stage.reactions(command.comment.get());
    assert_eq!((reactions.len(), stage.said("octo/anthropic#1").len(), stage.dispatches()), (0, 0, 0));
}

async fn slots_of_commands_in_doubt_are_given_back(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"maxInProgress": 1})).await;
    stage.sandbox.script_fault(Fault { status: Some(502), ..fault("POST", DISPATCHES) });
    is_in_doubt_and_dispatched_once(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "`AT_CAPACITY`").await;
    stage.sweeps_for(10).await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!(dispatch.inputs["pr_number"], "5");
}

/// The worker of the command is late twice: its comment is written when the run has started already, and its edit to
/// "Running" has its effect when the worker of the run's events has long written "Succeeded".
async fn a_slow_edit_does_not_turn_the_comment_back(stage: &Stage) {
    stage.sandbox.script_fault(Fault { delay_ms: Some(500), ..fault("POST", "/repos/*/issues/1/comments") });
    stage.sandbox.script_fault(Fault { delay_ms: Some(800), ..fault("PATCH", "*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.run_starts(run).await;
    stage.until("the slow edit is on its way", || stage.sandbox.fault_hits() == 2).await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.idle().await;
    let edits = stage.sandbox.requests().iter().filter(|it| it.method == "PATCH").count();
    assert!(edits >= 3, "the edits did not meet: {edits}");
    assert!(stage.said("octo/anthropic#1")[0].contains("**Succeeded.**"), "{:?}", stage.said("octo/anthropic#1"));
}
