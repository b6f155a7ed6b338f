//! The worker Lambda: wires the handler to SQS.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    environment::start_json_log();
    let state = worker::State::from_env().await?;
    let handler = service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, lambda_runtime::Error>(worker::handle(&state, event.payload).await)
    });
    lambda_runtime::run(handler).await
}
