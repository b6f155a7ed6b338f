//! GitHub at its worst: what is scripted to fail, and what the commenter sees all the same.
//!
//! These scenes answer as GitHub's OpenAPI document doesn't say, so they are not part of the run through its proxy.

use domain::claim::State;
use domain::message::CommentCommand;
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
    a_rate_limit_is_waited_for,
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
    an_installation_that_is_gone_is_silent,
];

const DISPATCHES: &str = "/repos/*/dispatches";

fn fault(method: &str, path: &str) -> Fault {
    Fault::on(method, path)
}

async fn is_in_doubt_and_dispatched_once(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`UNKNOWN_OUTCOME`").await;
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
    stage.hand.advance(domain::claim::SETTLE_WINDOW);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "a newer command was given").await;
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

async fn a_rate_limit_is_waited_for(stage: &Stage) {
    let headers = [("retry-after".to_owned(), "1".to_owned())].into();
    stage.sandbox.script_fault(Fault { status: Some(429), headers, ..fault("POST", DISPATCHES) });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    let sent: Vec<_> = stage.sandbox.requests().into_iter().filter(|it| it.path.ends_with("/dispatches")).collect();
    assert_eq!(sent.len(), 2);
    let first_answer = sent[0].ended.expect("it was answered");
    assert!(sent[1].started >= first_answer + std::time::Duration::from_millis(900), "it came again too soon");
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

async fn an_installation_that_is_gone_is_silent(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(404), times: 9, ..fault("POST", "*/access_tokens") });
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(stage.works_on(&command).await);
    is_refused_in_silence(stage, &command).await;
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
    stage.hand.advance(domain::claim::SETTLE_WINDOW);
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched(1).await;
}

/// The worker of the command is late twice: its comment is written when the run has started already, and its edit to
/// "Running" has its effect when the worker of the run's events has long written "Succeeded".
async fn a_slow_edit_does_not_turn_the_comment_back(stage: &Stage) {
    stage.sandbox.script_fault(Fault { delay_ms: Some(500), ..fault("POST", "/repos/*/issues/1/comments") });
    stage.sandbox.script_fault(Fault { delay_ms: Some(800), ..fault("PATCH", "*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.run_starts(run).await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.idle().await;
    let edits = stage.sandbox.requests().iter().filter(|it| it.method == "PATCH").count();
    assert!(edits >= 3, "the edits did not meet: {edits}");
    assert!(stage.said("octo/anthropic#1")[0].contains("**Succeeded.**"), "{:?}", stage.said("octo/anthropic#1"));
}
