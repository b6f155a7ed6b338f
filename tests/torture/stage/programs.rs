//! A program, as the dispatch function meets it: with its token and a key of its own for what it wants.
//!
//! Owns how it asks, and how its claim is found. Never chooses when.

use aws::ApiTokens;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::api_token::{ApiToken, ApiTokenId, ApiTokenText, KindScope, RepositoryScope};
use domain::claim::Claim;
use domain::request::{ApiRequest, Caller};
use domain::run_kind::RunKind;
use serde_json::json;
use tower::ServiceExt as _;

use super::{REPOSITORIES, Stage};
use crate::engine_proxy::MAPPINGS;

const NAME: &str = "nightly";
const KEY: &str = "2026-11-28";

/// What a program wants, and what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It has heard nothing that it could rely on.
    Uncertain,
    /// It was told that it is on record.
    Acknowledged,
}

impl Stage<'_> {
    /// Somebody who is signed in has made it a token.
    pub(crate) async fn mint(&self) -> ApiTokenText {
        let text = ApiTokenText::from_random([7; 32]);
        let token = ApiToken {
            id: token_id(),
            name: NAME.parse().expect("a name"),
            repositories: RepositoryScope::All,
            kinds: KindScope::new([RunKind::Implement]).expect("some"),
            created_at: self.time.now(),
            created_by: "torture".to_owned(),
            expires_at: None,
            revoked: None,
            last_used_at: None,
        };
        ApiTokens::new(&self.house.sdk, MAPPINGS).mint(text.hash(), &token).await.expect("a working table");
        text
    }

    /// It asks for an implementation of a ticket that GitHub doesn't know.
    pub(crate) async fn wish(&self, token: &ApiTokenText) -> Wish {
        let issue = json!({"id": "42", "identifier": "ENG-42", "title": "Retry uploads"});
        let body = json!({"kind": "implement", "repo": self.name_of(REPOSITORIES[0]), "issue": issue});
        let request = Request::post("/v1/dispatches")
            .header("authorization", format!("Bearer {}", token.expose()))
            .header("content-type", "application/json")
            .header("idempotency-key", KEY)
            .body(Body::from(body.to_string()));
        let asked = self.desk.clone().oneshot(request.expect("a request"));
        let answer = self.time.wait_for(asked).await.expect("a router always answers");
        match answer.status() {
            StatusCode::OK | StatusCode::ACCEPTED => Wish::Acknowledged,
            _ => Wish::Uncertain,
        }
    }

    /// What came of it, past the faults.
    pub(crate) async fn claim_of_the_wish(&self) -> Option<Claim> {
        let caller = Caller { id: format!("token:{}", token_id()), name: NAME.to_owned() };
        let key = ApiRequest::natural_key_of(&caller, KEY);
        self.dispatches.claim_of_natural_key(&key).await.expect("a working table")
    }
}

fn token_id() -> ApiTokenId {
    ApiTokenId::from_parts(1_800_000_000_000, 7)
}
