//! The webhook Lambda: wires the router to API Gateway.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    environment::start_json_log();
    let state = webhook::State::from_env().await?;
    lambda_http::run(webhook::router(state)).await
}
