//! The admin Lambda: wires the router to API Gateway.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    environment::start_json_log();
    let state = admin::State::from_env().await?;
    lambda_http::run(admin::router(state)).await
}
