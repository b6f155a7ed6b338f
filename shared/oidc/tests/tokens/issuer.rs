//! An issuer on this machine: its keys, the claims of its tokens, how it behaves, and how often it is asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use clock::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};
use oidc::{ActionsToken, OidcError, Verifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use crate::signing::{FIRST, SigningKey};

pub(crate) const AUDIENCE: &str = "https://implement.example/v1/claims";
pub(crate) const SUBJECT: &str = "repo:octo-org/octo-repo:ref:refs/heads/main";
pub(crate) const IMMUTABLE_SUBJECT: &str = "repo:octo-org@65/octo-repo@74:ref:refs/heads/main";

/// What the issuer does when it is asked for its keys.
#[derive(Clone)]
pub(crate) enum Behaviour {
    Answers,
    Status(u16),
    Redirects,
    Says(&'static str),
    /// With its keys, and more than a key set has.
    Floods,
    /// For ever, and timers run as fast as they can meanwhile.
    FallsSilent,
    /// Answers when it is let.
    Waits(Arc<Semaphore>),
}

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    pub(crate) hand: ManualClock,
    pub(crate) arrived: Arc<Notify>,
    state: Arc<Mutex<(Vec<Value>, Behaviour)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Issuer {
    /// Has the first key and answers, at noon.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = Self {
            url: format!("http://{}", listener.local_addr().expect("a bound port")),
            hand: ManualClock::at("2026-11-01T12:00:00Z".parse().expect("a time")),
            arrived: Arc::default(),
            state: Arc::new(Mutex::new((vec![FIRST.jwk()], Behaviour::Answers))),
            asked: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        issuer
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(self.url.parse().expect("an issuer"), Clock::Manual(self.hand.clone()))
    }

    /// What a verifier of its own makes of a token.
    pub(crate) async fn judge(&self, token: &str) -> Result<ActionsToken, OidcError> {
        self.verifier().verify(token, AUDIENCE).await
    }

    pub(crate) fn behaves(&self, behaviour: Behaviour) {
        self.state.lock().expect("nobody panics").1 = behaviour;
    }

    pub(crate) fn has_keys(&self, keys: &[&SigningKey]) {
        self.state.lock().expect("nobody panics").0 = keys.iter().map(|key| key.jwk()).collect();
    }

    /// The paths that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Clock::Manual(self.hand.clone()).now()
    }

    pub(crate) fn passes(&self, time: SignedDuration) {
        self.hand.advance(time);
    }

    /// The claims of a run, after GitHub's example.
    /// <https://docs.github.com/en/actions/reference/security/oidc>
    pub(crate) fn claims(&self) -> Value {
        let now = self.now().as_second();
        json!({
            "jti": "5a2c7c0e-5d1c-4ab0-9d5e-5d1f0e3a7b11",
            "sub": SUBJECT,
            "aud": AUDIENCE,
            "ref": "refs/heads/main",
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "repository": "octo-org/octo-repo",
            "repository_owner": "octo-org",
            "repository_visibility": "private",
            "repository_id": "74",
            "repository_owner_id": "65",
            "run_id": "9007199254740993",
            "run_number": "10",
            "run_attempt": "2",
            "runner_environment": "github-hosted",
            "actor": "octocat",
            "actor_id": "12",
            "workflow": "Claude",
            "workflow_ref": "octo-org/octo-repo/.github/workflows/claude.yml@refs/heads/main",
            "workflow_sha": "0123456789abcdef0123456789abcdef01234567",
            "job_workflow_ref": "octo-org/octo-repo/.github/workflows/claude.yml@refs/heads/main",
            "job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
            "head_ref": "",
            "base_ref": "",
            "ref_type": "branch",
            "ref_protected": "false",
            "event_name": "workflow_dispatch",
            "iss": self.url,
            "nbf": now - 600,
            "iat": now,
            "exp": now + 300,
        })
    }

    /// The same, with some of them changed; null leaves one out.
    pub(crate) fn claims_but(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        claims
    }
}

async fn answer(State(issuer): State<Issuer>, uri: Uri) -> Response {
    issuer.asked.lock().expect("nobody panics").push(uri.path().to_owned());
    issuer.arrived.notify_one();
    let behaviour = issuer.state.lock().expect("nobody panics").1.clone();
    let keys = json!({ "keys": issuer.state.lock().expect("nobody panics").0 }).to_string();
    match behaviour {
        Behaviour::Answers => keys.into_response(),
        // What comes with these would be good, if it were to be read.
        Behaviour::Status(status) => (StatusCode::from_u16(status).expect("a status"), keys).into_response(),
        Behaviour::Redirects => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")], keys).into_response(),
        Behaviour::Floods => (keys + &" ".repeat(1 << 20)).into_response(),
        Behaviour::Says(text) => text.into_response(),
        Behaviour::FallsSilent => {
            tokio::time::pause();
            std::future::pending().await
        }
        Behaviour::Waits(leave) => {
            leave.acquire().await.expect("it is never closed").forget();
            keys.into_response()
        }
    }
}
