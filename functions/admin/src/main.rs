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
    let given = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.as_deref().and_then(|id| id.try_into().ok()),
        _ => None,
    };
    // Whatever the caller sent there is not it.
    request.headers_mut().remove(web::REQUEST_ID);
    request.headers_mut().extend(given.map(|id| (web::REQUEST_ID, id)));
    request
}
