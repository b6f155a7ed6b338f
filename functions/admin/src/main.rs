//! The admin Lambda: wires the router to API Gateway.

use lambda_http::request::RequestContext;
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Request, RequestExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    environment::start_json_log();
    let state = admin::State::from_env().await?;
    lambda_http::run(ServiceBuilder::new().map_request(name).service(admin::router(state))).await
}

/// Gives the request the name that it has in API Gateway's own log.
fn name(mut request: Request) -> Request {
    if let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref()
        && let Some(Ok(id)) = context.request_id.as_deref().map(TryInto::try_into)
    {
        request.headers_mut().insert(web::REQUEST_ID, id);
    }
    request
}
