//! The deployed sweeper: started by hand, so that no scene meets a sweep that it doesn't expect.
//!
//! Owns switching its schedule off. That the schedule is there, and switched on, is shown before.

use serde_json::Value;

use crate::sam::STACK;
use crate::stage::Stage;

/// The schedule is the template's; from here on it rests.
pub(crate) async fn are_scheduled_every_minute(stage: &Stage<'_>) {
    let prefix = format!("{STACK}-SweeperFunction");
    let answer = stage.aws.call(&["events", "list-rules", "--name-prefix", &prefix]).await;
    let [rule] = answer["Rules"].as_array().map_or([].as_slice(), Vec::as_slice) else {
        panic!("not one schedule: {answer}")
    };
    assert_eq!((&rule["ScheduleExpression"], &rule["State"]), (&"rate(1 minute)".into(), &"ENABLED".into()));
    let name = rule["Name"].as_str().expect("a name");
    stage.aws.call(&["events", "disable-rule", "--name", name]).await;
}

/// The comments that got 503 while the secrets were missing: GitHub is asked for them, and their command runs.
pub(crate) async fn bring_back_what_was_not_acknowledged(stage: &Stage<'_>) {
    let before = stage.dispatches();
    let deliveries = stage.sandbox.deliveries();
    let failed = deliveries.iter().filter(|it| it.event == "issue_comment" && it.status_code == 503 && !it.redelivery);
    assert!(failed.count() > 0, "there is nothing to bring back");
    let words = ["lambda", "invoke", "--function-name", &format!("{STACK}-sweeper"), "/dev/null"];
    let answer: Value = stage.aws.call(&words).await;
    assert!(answer["FunctionError"].is_null(), "{answer}: {}", stage.log_of("sweeper").await);
    stage.dispatched("octo/bedrock#1", before).await;
    assert!(stage.log_of("sweeper").await.contains("\"swept.redelivered\""), "the sweep is logged with its counts");
}
