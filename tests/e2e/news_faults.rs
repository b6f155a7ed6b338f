//! A channel that can't be told holds nothing up.

use local::sandbox::Fault;

use crate::conversation::conversations;
use crate::news::{tells_slack, told};
use crate::stage::Stage;

conversations![
    alone:
    a_channel_that_fails_for_a_while_is_told_later,
    a_channel_that_is_gone_fails_nothing,
];

async fn a_channel_that_fails_for_a_while_is_told_later(stage: &Stage) {
    tells_slack(stage).await;
    stage.sandbox.script_fault(Fault { status: Some(503), times: 1, ..Fault::on("POST", "/slack/*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    assert_eq!(told(stage, 1).await.len(), 1);
    assert_eq!(stage.dispatches(), 1);
}

async fn a_channel_that_is_gone_fails_nothing(stage: &Stage) {
    tells_slack(stage).await;
    stage.sandbox.script_fault(Fault { status: Some(404), times: u32::MAX, ..Fault::on("POST", "/slack/*") });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.sandbox.notifications().len(), stage.sandbox.fault_hits()), (1, 0, 1));
}
