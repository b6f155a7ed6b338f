//! The dispatch function with all that it needs: an embedded DynamoDB, a sandbox GitHub, a clock in the test's hand.
//!
//! Owns the making of requests. Never asserts more than that the parts work, and that each answer is one that `openapi.json`
//! describes.

use std::collections::HashSet;

use aws::{
    ApiTokens, AttemptKind, Attempts, Dispatches, InProcessQueue, Mappings, Queue, Saved, Sdk, SecretSource, TableKind,
    create_table,
};
use axum::Router;
use axum::body::Body;
use clock::{Clock, ManualClock};
use dispatch::{Parts, PublicUrl, State};
use domain::api_token::{ApiToken, ApiTokenId, ApiTokenText, KindScope, RepositoryList, RepositoryScope};
use domain::ids::RepoId;
use domain::mapping::MappingDraft;
use domain::message::{Message, NamedRepository};
use domain::run_kind::RunKind;
use dynoxide::Database;
use github_app::GitHubAccess;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use local::sandbox::world::{Run, RunStatus};
use local::sandbox::{OidcRequest, Pace, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::description;

pub(crate) const PUBLIC_URL: &str = "https://ai-implement.example";
/// A key of thirty-two bytes and more.
pub(crate) const RUN_TOKEN_KEY: &str = "0123456789abcdef0123456789abcdef";
const MAPPINGS: &str = "mappings";
const DISPATCHES: &str = "dispatches";

pub(crate) struct Desk {
    router: Router,
    pub(crate) sandbox: Sandbox,
    pub(crate) hand: ManualClock,
    pub(crate) mappings: Mappings,
    pub(crate) tokens: ApiTokens,
    pub(crate) dispatches: Dispatches,
    /// What the worker would receive.
    pub(crate) queue: InProcessQueue,
    _engine: Database,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Desk {
    /// Everything there, with the sandbox's two mapped repositories; the first one's team is `ENG`.
    pub(crate) async fn open() -> Self {
        let run_secret = json!({"run_token_key": RUN_TOKEN_KEY}).to_string();
        Self::with_run_secret(SecretSource::Given(run_secret.into())).await
    }

    /// The same, with the runs' secret from elsewhere.
    pub(crate) async fn with_run_secret(run_secret: SecretSource) -> Self {
        let config = SandboxConfig { port: 0, webhook: None, pace: Pace::Manual, state_file: None };
        let sandbox = Sandbox::start(config).expect("the sandbox starts");
        let (engine, sdk) = engine().await;
        let hand = ManualClock::at(Clock::System.now());
        let clock = Clock::Manual(hand.clone());
        let app = sandbox.app();
        let app_secret = json!({"app_id": app.app_id, "private_key": app.private_key_pem}).to_string();
        let queue = InProcessQueue::default();
        let parts = Parts {
            mappings: Mappings::new(&sdk, MAPPINGS),
            api_tokens: ApiTokens::new(&sdk, MAPPINGS),
            attempts: Attempts::new(&sdk, MAPPINGS, AttemptKind::ApiToken),
            dispatches: Dispatches::new(&sdk, DISPATCHES),
            queue: Queue::InProcess(queue.clone()),
            github: GitHubAccess::new(sandbox.url(), SecretSource::Given(app_secret.into()), clock.clone()),
            verifier: oidc::Verifier::new(sandbox.url().parse().expect("an issuer"), clock.clone()),
            run_secret,
            public_url: PublicUrl::new(PUBLIC_URL),
            web_url: sandbox.url(),
            clock,
        };
        let (mappings, tokens, dispatches) =
            (parts.mappings.clone(), parts.api_tokens.clone(), parts.dispatches.clone());
        let router = dispatch::router(State::new(parts));
        let desk = Self { router, sandbox, hand, mappings, tokens, dispatches, queue, _engine: engine };
        let team_key = Some("ENG".to_owned());
        desk.map("octo/anthropic", MappingDraft { team_key, ..MappingDraft::default() }).await;
        let (provider, aws_region) = (Some("bedrock".to_owned()), Some("us-west-2".to_owned()));
        desk.map("octo/bedrock", MappingDraft { provider, aws_region, ..MappingDraft::default() }).await;
        desk
    }

    async fn map(&self, name: &str, settings: MappingDraft) {
        let repo_id = Some(self.repo_id(name));
        let (owner, repo) = name.split_once('/').expect("owner/name");
        let draft = MappingDraft { owner: owner.to_owned(), repo: repo.to_owned(), repo_id, ..settings };
        let saved = self.mappings.save(&draft, "test", self.time()).await.expect("a working table");
        assert!(matches!(saved, Saved::Created(_)), "{saved:?}");
    }

    /// Changes a mapping's settings.
    pub(crate) async fn remap(&self, name: &str, change: impl FnOnce(&mut MappingDraft)) {
        let entry = self.mappings.named(&name.parse().expect("a name")).await.expect("a working table");
        let mut draft = entry.expect("a mapping").draft;
        change(&mut draft);
        let saved = self.mappings.save(&draft, "test", self.time()).await.expect("a working table");
        assert!(matches!(saved, Saved::Updated(_)), "{saved:?}");
    }

    pub(crate) fn repo_id(&self, name: &str) -> RepoId {
        RepoId::new(self.sandbox.look(|world| world.repository(name).expect("a repository of the sandbox").id))
    }

    pub(crate) fn time(&self) -> Timestamp {
        Clock::Manual(self.hand.clone()).now()
    }

    /// A token for these repositories – all, where none is named – and kinds.
    pub(crate) async fn token(&self, number: u8, repositories: &[&str], kinds: &[RunKind]) -> String {
        let text = ApiTokenText::from_random([number; 32]);
        let named = |name: &&str| NamedRepository { id: self.repo_id(name), name: name.parse().expect("a name") };
        let repositories = match repositories {
            [] => RepositoryScope::All,
            some => RepositoryScope::Listed(RepositoryList::new(some.iter().map(named).collect()).expect("some")),
        };
        let token = ApiToken {
            id: ApiTokenId::from_parts(1_800_000_000_000, number.into()),
            name: format!("token {number}").parse().expect("a name"),
            repositories,
            kinds: KindScope::new(kinds.iter().copied()).expect("some"),
            created_at: self.time(),
            created_by: "test".to_owned(),
            expires_at: None,
            revoked: None,
            last_used_at: None,
        };
        self.tokens.mint(text.hash(), &token).await.expect("a working table");
        text.expose().to_owned()
    }

    /// A token that may do everything.
    pub(crate) async fn master(&self) -> String {
        self.token(1, &[], &RunKind::ALL).await
    }

    /// A run at GitHub that nobody dispatched, such as one of a repository's own CI.
    pub(crate) fn ci_run(&self, name: &str) -> u64 {
        let repository_id = self.repo_id(name).get();
        self.sandbox.edit_world(|world| {
            let (id, now) = (world.next_id(), world.now());
            world.runs.push(Run {
                id,
                repository_id,
                workflow: "ci.yml".to_owned(),
                name: "CI".to_owned(),
                display_title: "CI".to_owned(),
                run_number: 1,
                attempt: 1,
                event: "push".to_owned(),
                head_branch: "main".to_owned(),
                head_sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
                actor: "writer".to_owned(),
                status: RunStatus::InProgress,
                conclusion: None,
                created_at: now,
                started_at: now,
                updated_at: now,
            });
            id
        })
    }

    /// What GitHub gives a job of that run.
    pub(crate) fn proof(&self, run: u64, change: impl FnOnce(OidcRequest) -> OidcRequest) -> String {
        self.sandbox.oidc_token(&change(OidcRequest::new(run, PUBLIC_URL))).expect("a run of the sandbox")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let (parts, answered) = response.into_parts();
        let answered = answered.collect().await.expect("a whole body").to_bytes();
        let answered = serde_json::from_slice(&answered).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body: answered };
        if let Err(fault) = description::judge(&method, path, body, &answer) {
            panic!("{method} {path}: {fault}: {answer:?}");
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::GET, path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    /// A JSON body with a key.
    pub(crate) async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers =
            [("authorization", bearer.as_str()), ("idempotency-key", key), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, &body.to_string()).await
    }

    /// The messages that wait, and are not waited for.
    pub(crate) async fn queued(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        while self.queue.depth() > 0 {
            let batch = self.queue.receive().await;
            self.queue.settle(&batch, &HashSet::new());
            messages.extend(batch.iter().map(|it| Message::from_json(&it.body).expect("a message of ours")));
        }
        messages
    }
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The claim that was answered.
    pub(crate) fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no claim: {self:?}"))
    }

    pub(crate) fn faulty_fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }
}

/// What a program asks for, when it wants an issue implemented.
pub(crate) fn implement(repo: &str) -> Value {
    json!({
        "kind": "implement", "repo": repo,
        "issue": {"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads", "description": "At length."},
    })
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
