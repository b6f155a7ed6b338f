//! The sweeper Lambda: wires the sweep to its schedule.

use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    environment::start_json_log();
    let state = sweeper::State::from_env().await?;
    let handler = service_fn(async |_: LambdaEvent<IgnoredAny>| {
        sweeper::sweep(&state).await.map(drop).map_err(lambda_runtime::Error::from)
    });
    lambda_runtime::run(handler).await
}
