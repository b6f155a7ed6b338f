//! The dispatch Lambda: wires the router to API Gateway.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    environment::start_json_log();
    let state = dispatch::State::from_env().await?;
    lambda_http::run(dispatch::router(state)).await
}
