//! The worker Lambda: wires the handler to SQS.

use aws_lambda_events::event::sqs::SqsEvent;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    environment::start_json_log();
    let state = worker::State::from_env().await?;
    let handler = service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = Timestamp::from_millisecond(i64::try_from(event.context.deadline)?)?;
        Ok::<_, lambda_runtime::Error>(worker::handle(&state, event.payload, deadline).await)
    });
    lambda_runtime::run(handler).await
}
