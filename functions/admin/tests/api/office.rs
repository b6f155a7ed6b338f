//! The admin with all that it needs: an embedded DynamoDB, a sandbox GitHub, secrets in files, a clock in the test's
//! hand.
//!
//! Owns the making of requests. Never asserts more than that the parts work.

use std::path::{Path, PathBuf};

use admin::{Parts, State};
use aws::{
    ApiTokens, AttemptKind, Attempts, Dispatches, InProcessQueue, Mappings, Queue, Sdk, SecretSource, SqsQueue,
    TableKind, create_table,
};
use axum::Router;
use axum::body::Body;
use clock::{Clock, ManualClock};
use domain::api_token::ApiTokenText;
use domain::claim::ClaimId;
use domain::public_url::PublicUrl;
use dynoxide::{Database, ImportOptions, Item};
use github_app::GitHubAccess;
use http::request::Builder;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use local::sandbox::{Pace, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub(crate) const ACCESS_CODE: &str = "open sesame";
pub(crate) const SESSION_KEY: &str = "0123456789abcdef0123456789abcdef";
/// Where GitHub sends people back.
pub(crate) const PUBLIC_URL: &str = "https://admin.example";
const MAPPINGS: &str = "mappings";
const DISPATCHES: &str = "dispatches";

pub(crate) struct Office {
    router: Router,
    pub(crate) sandbox: Sandbox,
    pub(crate) hand: ManualClock,
    /// What the dispatch API asks who calls it.
    pub(crate) api_tokens: ApiTokens,
    /// What the worker keeps, to put things there.
    pub(crate) dispatches: Dispatches,
    /// What the worker would receive.
    pub(crate) queue: InProcessQueue,
    engine: Database,
    sdk: Sdk,
    folder: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// One of the engine's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Table {
    Mappings,
    Dispatches,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Mappings => MAPPINGS,
            Self::Dispatches => DISPATCHES,
        }
    }
}

/// A session, as its owner holds it.
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) csrf_token: String,
}

impl Office {
    /// Everything there, well-formed and in reach.
    pub(crate) async fn open() -> Self {
        let (engine, sdk) = engine().await;
        Self::with(engine, &sdk, Queue::InProcess(InProcessQueue::default()))
    }

    /// The same with a list of those who may sign in with GitHub.
    pub(crate) async fn open_to(allow: &str) -> Self {
        let mut office = Self::open().await;
        office.starts_anew_with(allow);
        office
    }

    /// The same over a DynamoDB that nobody answers for.
    pub(crate) async fn without_a_table() -> Self {
        let (engine, _) = engine().await;
        Self::with(engine, &nobody().await, Queue::InProcess(InProcessQueue::default()))
    }

    /// The same over a queue that nobody answers for.
    pub(crate) async fn without_a_queue() -> Self {
        let (engine, sdk) = engine().await;
        Self::with(engine, &sdk, Queue::Sqs(SqsQueue::new(&nobody().await, "http://127.0.0.1/queue.fifo")))
    }

    fn with(engine: Database, sdk: &Sdk, queue: Queue) -> Self {
        let config = SandboxConfig { port: 0, webhook: None, pace: Pace::Manual, state_file: None };
        let sandbox = Sandbox::start(config).expect("the sandbox starts");
        sandbox.set_callback_url(&format!("{PUBLIC_URL}/api/auth/github/callback"));
        let hand = ManualClock::at(Clock::System.now());
        let folder = tempfile::tempdir().expect("a folder");
        let (api_tokens, dispatches) = (ApiTokens::new(sdk, MAPPINGS), Dispatches::new(sdk, DISPATCHES));
        let router = router(&sandbox, sdk, queue.clone(), &hand, folder.path(), "");
        let queue = if let Queue::InProcess(queue) = queue { queue } else { InProcessQueue::default() };
        let sdk = sdk.clone();
        let office = Self { router, sandbox, hand, api_tokens, dispatches, queue, engine, sdk, folder };
        office.put_secret("admin", &admin_secret(ACCESS_CODE, SESSION_KEY));
        office.put_secret("webhook", r#"{"secrets": ["signed with this"]}"#);
        let app = office.sandbox.app();
        office.put_app_secret(&app.client_secret);
        office
    }

    /// Another release, with another list of those who may sign in with GitHub: nothing is in its memory.
    pub(crate) fn starts_anew_with(&mut self, allow: &str) {
        let queue = Queue::InProcess(self.queue.clone());
        self.router = router(&self.sandbox, &self.sdk, queue, &self.hand, self.folder.path(), allow);
    }

    pub(crate) fn put_app_secret(&self, client_secret: &str) {
        let app = self.sandbox.app();
        let secret = json!({
            "app_id": app.app_id,
            "private_key": app.private_key_pem,
            "client_id": app.client_id,
            "client_secret": client_secret,
        });
        self.put_secret("github-app", &secret.to_string());
    }

    pub(crate) fn put_secret(&self, name: &str, text: &str) {
        std::fs::write(self.secret_file(name), text).expect("a writable folder");
    }

    pub(crate) fn remove_secret(&self, name: &str) {
        std::fs::remove_file(self.secret_file(name)).expect("the file was there");
    }

    fn secret_file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Another release, or somebody by hand, has written what this release can't read.
    pub(crate) fn spoil(&self, claim: ClaimId) {
        self.put_text(DISPATCHES, &format!("CLAIM#{claim}"), "epoch");
    }

    /// The same of a token.
    pub(crate) fn spoil_token(&self, text: &ApiTokenText) {
        self.put_text(MAPPINGS, &format!("TOKEN#{}", text.hash()), "kinds");
    }

    /// An item as the engine has it.
    pub(crate) fn item(&self, table: Table, partition: &str) -> Item {
        let get = json!({"TableName": table.name(), "Key": {"pk": {"S": partition}, "sk": {"S": "META"}}});
        let get = serde_json::from_value(get).expect("a request of DynamoDB's");
        self.engine.get_item(get).expect("a working engine").item.expect("it is there")
    }

    /// Puts items straight into the engine, past everything that makes one slow.
    pub(crate) fn import(&self, table: Table, items: Vec<Item>) {
        let options = ImportOptions { record_streams: false, set_cached_at: false };
        self.engine.import_items(table.name(), items, options).expect("a working engine");
    }

    /// Puts a text where another kind of value belongs.
    fn put_text(&self, table: &str, partition: &str, attribute: &str) {
        let update = json!({
            "TableName": table,
            "Key": {"pk": {"S": partition}, "sk": {"S": "META"}},
            "UpdateExpression": format!("SET {attribute} = :many"),
            "ExpressionAttributeValues": {":many": {"S": "many"}},
        });
        let update = serde_json::from_value(update).expect("an update of DynamoDB's");
        self.engine.update_item(update).expect("a working engine");
    }

    /// What the product's clock shows.
    pub(crate) fn time(&self) -> Timestamp {
        Clock::Manual(self.hand.clone()).now()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn answer(&self, request: Builder, body: impl Into<Body>) -> Answer {
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// An attempt with a code, from an address.
    pub(crate) async fn tries(&self, code: &str, forwarded_for: &str) -> Answer {
        let request = post("/api/auth").header("x-forwarded-for", forwarded_for);
        self.answer(request, json!({"accessCode": code}).to_string()).await
    }

    pub(crate) async fn signs_in(&self) -> Session {
        let answer = self.tries(ACCESS_CODE, "203.0.113.1").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = |name: &str| answer.body[name].as_str().expect("a text").to_owned();
        Session { token: text("token"), csrf_token: text("csrfToken") }
    }
}

impl Session {
    pub(crate) async fn get(&self, office: &Office, path: &str) -> Answer {
        office.answer(Request::get(path).header("authorization", self.bearer()), Body::empty()).await
    }

    pub(crate) async fn put(&self, office: &Office, path: &str, body: Value) -> Answer {
        office.answer(put(path).header("authorization", self.bearer()), body.to_string()).await
    }

    pub(crate) async fn patch(&self, office: &Office, path: &str, body: Value) -> Answer {
        let request = Request::patch(path).header("content-type", "application/merge-patch+json");
        office.answer(request.header("authorization", self.bearer()), body.to_string()).await
    }

    pub(crate) async fn post(&self, office: &Office, path: &str, body: Value) -> Answer {
        office.answer(post(path).header("authorization", self.bearer()), body.to_string()).await
    }

    pub(crate) async fn delete(&self, office: &Office, path: &str) -> Answer {
        office.answer(Request::delete(path).header("authorization", self.bearer()), Body::empty()).await
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub(crate) fn cookie(&self) -> String {
        format!("__Host-ai-implement={}", self.token)
    }
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The fields that a problem explains.
    pub(crate) fn faulty_fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }
}

pub(crate) fn admin_secret(access_code: &str, session_key: &str) -> String {
    json!({"access_code": access_code, "session_key": session_key}).to_string()
}

pub(crate) fn post(path: &str) -> Builder {
    Request::post(path).header("content-type", "application/json")
}

pub(crate) fn put(path: &str) -> Builder {
    Request::put(path).header("content-type", "application/json")
}

fn router(sandbox: &Sandbox, sdk: &Sdk, queue: Queue, hand: &ManualClock, folder: &Path, allow: &str) -> Router {
    let clock = Clock::Manual(hand.clone());
    let file = |name: &str| SecretSource::File(folder.join(name));
    admin::router(State::new(Parts {
        mappings: Mappings::new(sdk, MAPPINGS),
        api_tokens: ApiTokens::new(sdk, MAPPINGS),
        sign_ins: Attempts::new(sdk, MAPPINGS, AttemptKind::SignIn),
        dispatches: Dispatches::new(sdk, DISPATCHES),
        queue,
        github: GitHubAccess::new(sandbox.url(), file("github-app"), clock.clone()),
        admin_secret: file("admin"),
        webhook_secret: file("webhook"),
        allow: allow.parse(),
        public_url: PublicUrl::new(PUBLIC_URL),
        web_url: sandbox.url(),
        clock,
    }))
}

async fn engine() -> (Database, Sdk) {
    let database = Database::memory().expect("an engine in memory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let sdk = Sdk::local(&format!("http://{}", listener.local_addr().expect("an address")));
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    for (kind, name) in [(TableKind::Mappings, MAPPINGS), (TableKind::Dispatches, DISPATCHES)] {
        create_table(&sdk, kind, name).await.expect("a table");
    }
    (database, sdk)
}

/// An AWS that nobody answers for.
async fn nobody() -> Sdk {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    Sdk::local(&format!("http://{}", listener.local_addr().expect("an address")))
}
