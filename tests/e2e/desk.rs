//! How a program and a run call the product over HTTP, on the stage of every conversation.
//!
//! Owns the requests. Never asserts more than that they are answered.

use local::sandbox::OidcRequest;
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::Operator;
use crate::stage::Stage;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stage {
    /// An API token for everything, minted as an operator does.
    pub(crate) async fn api_token(&self) -> String {
        let wish = json!({"name": "ci", "repositories": "all", "kinds": ["implement", "plan", "gap-fill"]});
        let (status, minted) = Operator::of(self).await.does(Method::POST, "tokens", Some(wish)).await;
        assert_eq!(status, 201, "{minted:?}");
        minted["token"].as_str().expect("a token").to_owned()
    }

    /// A program asks for something, with an `Idempotency-Key` where it has one.
    pub(crate) async fn calls(
        &self,
        method: Method,
        path: &str,
        bearer: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Answer {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut request = client.request(method, format!("{}{path}", self.system.url())).json(body);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.expect("the product answers");
        let status = answer.status().as_u16();
        Answer { status, body: answer.json().await.unwrap_or(Value::Null) }
    }

    /// A job of a run asks for something of its claim, with GitHub's proof of it.
    pub(crate) async fn run_asks(&self, run: u64, claim: &str, what: &str, body: &Value) -> Answer {
        let audience = format!("{}/v1/claims", self.system.url());
        let proof = self.sandbox.oidc_token(&OidcRequest::new(run, &audience)).expect("a run of the sandbox");
        self.calls(Method::POST, &format!("/v1/claims/{claim}/{what}"), &proof, None, body).await
    }

    /// Whether GitHub takes a token.
    pub(crate) async fn is_token_of_github(&self, token: &str) -> bool {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.get(format!("{}/repos/octo/anthropic", self.sandbox.url())).bearer_auth(token).send().await;
        answer.expect("the sandbox answers").status().is_success()
    }

    /// From now on the repository's runs ask whether they may work, as our template's do.
    pub(crate) fn fences(&self, repo: &str) {
        self.at_github(|world| {
            let repository = world.repository_mut(repo).expect("a repository of the sandbox");
            let text = repository.workflow_text("claude-implement.yml").expect("its workflow").to_owned();
            let fenced = text.replace(
                "    steps:\n      - run: echo \"redeems the claim\"",
                "    env:\n      CONTROL_PLANE: ${{ vars.AI_IMPLEMENT_URL }}\n    steps:\n      - run: echo \"redeems the claim\"",
            );
            assert_ne!(text, fenced, "the workflow has another first job");
            repository.set_workflow("claude-implement.yml", Some(&fenced));
        });
    }
}
