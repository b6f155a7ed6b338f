//! The fence, as runs meet it: the dispatch function, which answers whoever asks.
//!
//! Owns how a run asks, and what an answer means to it. Never chooses who asks, or when.

use aws::{ApiTokens, AttemptKind, Attempts, Dispatches, InProcessQueue, Mappings, Queue, SecretSource};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dispatch::{Parts, PublicUrl, State};
use domain::claim::ClaimId;
use local::sandbox::OidcRequest;
use serde_json::json;
use tower::ServiceExt as _;

use super::{House, Stage};
use crate::engine_proxy::{DISPATCHES, MAPPINGS};
use crate::time::Time;

const PUBLIC_URL: &str = "https://ai-implement.example";
const RUN_TOKEN_KEY: &str = "0123456789abcdef0123456789abcdef";

/// What a run hears when it asks whether it may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It may.
    GoOn,
    /// It has nothing to do, and ends green.
    NothingToDo,
    /// Nothing that it could go by: it asks again, or fails.
    Unclear,
    /// It isn't known as what it is.
    Mistaken(StatusCode),
}

impl House {
    /// A fresh process of the dispatch function's.
    pub(super) fn desk(&self, queue: &InProcessQueue, time: &Time) -> Router {
        let issuer = self.sandbox.url().parse().expect("an issuer");
        dispatch::router(State::new(Parts {
            mappings: Mappings::new(&self.sdk, MAPPINGS),
            api_tokens: ApiTokens::new(&self.sdk, MAPPINGS),
            attempts: Attempts::new(&self.sdk, MAPPINGS, AttemptKind::ApiToken),
            dispatches: Dispatches::new(&self.sdk, DISPATCHES),
            queue: Queue::InProcess(queue.clone()),
            github: self.github(time),
            verifier: oidc::Verifier::new(issuer, time.clock()),
            run_secret: run_secret(),
            public_url: public_url(),
            web_url: "https://github.com".to_owned(),
            clock: time.clock(),
        }))
    }
}

/// Where the control plane is.
pub(super) fn public_url() -> PublicUrl {
    PublicUrl::new(PUBLIC_URL)
}

/// What signs the tokens that runs report with.
pub(super) fn run_secret() -> SecretSource {
    SecretSource::Given(json!({"run_token_key": RUN_TOKEN_KEY}).to_string().into())
}

impl Stage<'_> {
    /// A run that is there asks whether it may act on a claim.
    pub(crate) async fn redeem(&self, claim: ClaimId, run: u64) -> Answer {
        let audience = public_url().claims_audience();
        let proof = self.sandbox.oidc_token(&OidcRequest::new(run, &audience)).expect("a run of the sandbox");
        let request = Request::post(format!("/v1/claims/{claim}/redeem"));
        let request = request.header("authorization", format!("Bearer {proof}")).body(Body::empty());
        let asked = self.desk.clone().oneshot(request.expect("a request"));
        let answer = self.time.wait_for(asked).await.expect("a router always answers");
        let may_ask_again = answer.headers().contains_key("retry-after");
        match answer.status() {
            StatusCode::OK => Answer::GoOn,
            status if status.is_server_error() || may_ask_again => Answer::Unclear,
            StatusCode::CONFLICT | StatusCode::GONE => Answer::NothingToDo,
            status => Answer::Mistaken(status),
        }
    }
}
