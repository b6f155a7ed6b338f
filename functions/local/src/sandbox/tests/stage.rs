//! What every test needs: a running sandbox, somebody who receives its webhooks, and calls with
//! credentials.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::header::IF_NONE_MATCH;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::sandbox::{Pace, Sandbox, SandboxConfig, WebhookTarget};

pub(super) const SECRET: &str = "It's a Secret to Everybody";
pub(super) const REPOSITORY: &str = "/repos/octo/anthropic";

/// Webhooks as they arrived: headers and raw body.
pub(super) type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) received: Received,
    http: reqwest::Client,
}

impl Stage {
    /// A sandbox in that pace, whose webhooks are received with 202.
    pub(super) async fn with_pace(pace: Pace) -> Self {
        let received = Received::default();
        let url = receiver(Arc::clone(&received)).await;
        let webhook = Some(WebhookTarget { url, secret: SECRET.to_owned() });
        let config = SandboxConfig { webhook, pace, ..SandboxConfig::default() };
        Self { sandbox: Sandbox::start(config).unwrap(), received, http: reqwest::Client::new() }
    }

    pub(super) async fn new() -> Self {
        Self::with_pace(Pace::Manual).await
    }

    /// An App JWT whose times lie that many seconds from now.
    pub(super) fn jwt(&self, issued: i64, expires: i64) -> String {
        signed_jwt(&self.sandbox.app().private_key_pem, issued, expires)
    }

    /// A token for everything that the installation holds.
    pub(super) async fn token(&self) -> String {
        let answer = self.mint(json!({})).await.json::<Value>().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn mint(&self, narrowing: Value) -> Response {
        let id = self.sandbox.look(|world| world.installation.id);
        let path = format!("/app/installations/{id}/access_tokens");
        self.call(Method::POST, &path, &self.jwt(-60, 500), Some(narrowing)).await
    }

    pub(super) async fn get(&self, path: &str, credential: &str) -> Response {
        self.call(Method::GET, path, credential, None).await
    }

    /// Reads what is no longer as that entity tag says.
    pub(super) async fn get_unless(&self, path: &str, credential: &str, tag: &str) -> Response {
        let request = self.http.get(self.sandbox.url() + path).bearer_auth(credential);
        request.header(IF_NONE_MATCH, tag).send().await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, credential: &str, body: Value) -> Response {
        self.call(Method::POST, path, credential, Some(body)).await
    }

    pub(super) async fn call(&self, method: Method, path: &str, credential: &str, body: Option<Value>) -> Response {
        self.try_call(method, path, credential, body).await.unwrap()
    }

    pub(super) async fn try_call(
        &self,
        method: Method,
        path: &str,
        credential: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Response> {
        let request = self.request(method, path, credential);
        body.iter().fold(request, RequestBuilder::json).send().await
    }

    /// A request that is still to be sent.
    pub(super) fn request(&self, method: Method, path: &str, credential: &str) -> RequestBuilder {
        self.http.request(method, self.sandbox.url() + path).bearer_auth(credential)
    }

    /// Events that arrived, as `event.action`.
    pub(super) fn events(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let name = |(headers, body): &(HeaderMap, Bytes)| {
            let payload: Value = serde_json::from_slice(body).unwrap();
            let event = headers["x-github-event"].to_str().unwrap();
            format!("{event}.{}", payload["action"].as_str().unwrap())
        };
        received.iter().map(name).collect()
    }

    /// Waits until that many deliveries are recorded.
    pub(super) async fn delivered(&self, count: usize) {
        let enough = |world: &crate::sandbox::World| (world.deliveries.len() >= count).then_some(());
        self.sandbox.wait_for(std::time::Duration::from_secs(5), enough).await.expect("deliveries arrive");
    }
}

pub(super) fn signed_jwt(private_key_pem: &str, issued: i64, expires: i64) -> String {
    let now = Timestamp::now().as_second();
    let claims = json!({ "iss": 424_242, "iat": now + issued, "exp": now + expires });
    let key = EncodingKey::from_rsa_pem(private_key_pem.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
}

/// The `message` of an error body.
pub(super) async fn message(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    body["message"].as_str().unwrap().to_owned()
}

async fn receiver(received: Received) -> String {
    let router = Router::new().route("/hook", post(receive)).with_state(received);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}/hook")
}

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    received.lock().unwrap().push((headers, body));
    StatusCode::ACCEPTED
}
