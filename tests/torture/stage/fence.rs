//! The fence, as runs meet it: workflow files whose first job asks, and the dispatch function that answers.
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

use super::{House, REPOSITORIES, Stage};
use crate::engine_proxy::{DISPATCHES, MAPPINGS};
use crate::time::Time;

const PUBLIC_URL: &str = "https://ai-implement.example";
const RUN_TOKEN_KEY: &str = "0123456789abcdef0123456789abcdef";
const WORKFLOWS: [&str; 2] = ["claude-implement.yml", "claude-plan.yml"];
/// What the first job of the sandbox's workflow files does, and of those whose runs ask.
const ASKS_NOBODY: &str = r#"echo "redeems the claim""#;
const ASKS: &str = "curl --fail -X POST ${{ vars.AI_IMPLEMENT_URL }}/v1/claims/${{ inputs.claim_id }}/redeem";

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
    /// The first repository's workflow files as our template has them: their runs ask first.
    pub(super) fn fence_the_workflows(&self) {
        self.sandbox.edit_world(|world| {
            let repository = world.repository_mut(REPOSITORIES[0]).expect("a repository of the sandbox");
            for file in WORKFLOWS {
                let text = repository.workflow_text(file).expect("a workflow of the sandbox");
                assert!(text.contains(ASKS_NOBODY), "{file} has another first job");
                let text = text.replace(ASKS_NOBODY, ASKS);
                repository.set_workflow(file, Some(&text));
            }
        });
    }

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
            run_secret: SecretSource::Given(json!({"run_token_key": RUN_TOKEN_KEY}).to_string().into()),
            public_url: PublicUrl::new(PUBLIC_URL),
            web_url: "https://github.com".to_owned(),
            clock: time.clock(),
        }))
    }
}

impl Stage<'_> {
    /// A run that is there asks whether it may act on a claim.
    pub(crate) async fn redeem(&self, claim: ClaimId, run: u64) -> Answer {
        let audience = PublicUrl::new(PUBLIC_URL).claims_audience();
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
