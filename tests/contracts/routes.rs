//! The template's routes, held against the router of the function that they lead to.
//!
//! Owns that nothing is led to the dispatch function which it has no answer for, that nothing it answers is out of reach,
//! and which addresses are the admin's.
//! Never looks at what an answer says beyond that.

use std::collections::BTreeSet;

use aws::{
    ApiTokens, AttemptKind, Attempts, Dispatches, InProcessQueue, Mappings, Queue, Sdk, SecretSource, TableKind,
    create_table,
};
use axum::Router;
use axum::body::Body;
use clock::Clock;
use dispatch::{Parts, PublicUrl, State};
use dynoxide::Database;
use github_app::GitHubAccess;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::template::template;

const MAPPINGS: &str = "mappings";
/// A router answers `HEAD` with `GET`, by itself.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// GitHub is not asked: nobody here proves who they are.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn api_gateway_leads_to_the_dispatch_function_what_it_answers_and_nothing_else() {
    let (_engine, router) = dispatch_router().await;
    let led = route_keys_to("DispatchIntegration");
    assert!(led.len() > 5, "only {led:?} were found");
    let led_to = led.iter().filter_map(|key| Some(key.split_once(' ')?.1.to_owned()));
    let addresses: BTreeSet<String> = led_to.chain(dispatch::addresses().map(str::to_owned)).collect();
    let mut answered = BTreeSet::new();
    for address in addresses {
        for method in METHODS {
            if answers(&router, &method, &address).await {
                answered.insert(format!("{method} {address}"));
            }
        }
    }
    assert_eq!(led, answered);
}

/// A page or a call that has no route ends at the gateway. The admin's own router says what there is below the others.
#[test]
fn api_gateway_leads_to_the_admin_what_begins_like_its_addresses() {
    let mut expected = BTreeSet::from(["GET /healthz".to_owned()]);
    for group in ["/admin", "/api/mappings", "/api/dispatches", "/api/tokens"] {
        expected.extend([format!("ANY {group}"), format!("ANY {group}/{{proxy+}}")]);
    }
    expected.insert("ANY /api/auth".to_owned());
    expected.extend(["GET /api/auth/github", "GET /api/auth/github/callback"].map(str::to_owned));
    expected.extend(["activity", "health", "checks/{owner}/{repo}"].map(|path| format!("GET /api/{path}")));
    assert_eq!(route_keys_to("AdminIntegration"), expected);
}

/// An address that is nobody's is told from one that is somebody's.
#[tokio::test]
async fn what_has_no_route_is_seen() {
    let (_engine, router) = dispatch_router().await;
    assert!(answers(&router, &Method::POST, "/v1/dispatches").await);
    assert!(!answers(&router, &Method::DELETE, "/v1/dispatches").await);
    assert!(!answers(&router, &Method::POST, "/v1/nothing").await);
}

/// Such as `POST /v1/dispatches`.
fn route_keys_to(integration: &str) -> BTreeSet<String> {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let target = format!("integrations/${{{integration}}}");
    let routes = resources.values().filter(|it| it["Type"] == "AWS::ApiGatewayV2::Route");
    let routes = routes.map(|route| &route["Properties"]).filter(|route| route["Target"] == target.as_str());
    routes.map(|route| route["RouteKey"].as_str().expect("a route has a key").to_owned()).collect()
}

/// Whether there is something at an address, and it takes the method.
async fn answers(router: &Router, method: &Method, address: &str) -> bool {
    let path = address.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("a router always answers");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("a whole body").to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_nothing = body["detail"] == "There is nothing at this address.";
    assert!(!is_nothing || status == StatusCode::NOT_FOUND, "{status}: {body}");
    !is_nothing && status != StatusCode::METHOD_NOT_ALLOWED
}

async fn dispatch_router() -> (Database, Router) {
    let (engine, sdk) = engine().await;
    let clock = Clock::System;
    let state = State::new(Parts {
        mappings: Mappings::new(&sdk, MAPPINGS),
        api_tokens: ApiTokens::new(&sdk, MAPPINGS),
        attempts: Attempts::new(&sdk, MAPPINGS, AttemptKind::ApiToken),
        dispatches: Dispatches::new(&sdk, "dispatches"),
        queue: Queue::InProcess(InProcessQueue::default()),
        github: GitHubAccess::new(NOWHERE.to_owned(), SecretSource::Given("{}".to_owned().into()), clock.clone()),
        verifier: oidc::Verifier::new(oidc::Issuer::github(), clock.clone()),
        run_secret: SecretSource::Given(json!({"run_token_key": "k".repeat(32)}).to_string().into()),
        public_url: PublicUrl::new(NOWHERE),
        web_url: NOWHERE.to_owned(),
        clock,
    });
    (engine, dispatch::router(state))
}

/// Requests without a token are counted in a table.
async fn engine() -> (Database, Sdk) {
    let database = Database::memory().expect("an engine in memory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let sdk = Sdk::local(&format!("http://{}", listener.local_addr().expect("an address")));
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    create_table(&sdk, TableKind::Mappings, MAPPINGS).await.expect("a table");
    (database, sdk)
}
