//! Claims in the states in which their runs ask, and the runs at GitHub that ask.
//!
//! Owns the way there, which is the worker's: an intent on record, GitHub's answer, an event of the run. Never asserts more
//! than that each step is possible.

use domain::claim::{Cancelled, Claim, ClaimId, DispatchOrder, Nonce, RunRef};
use domain::decide::Room;
use domain::ids::RunId;
use domain::message::{RepoRef, RunAction, RunEvent};
use domain::request::{ApiRequest, Caller};
use domain::run_kind::RunKind;
use http::Method;
use local::sandbox::OidcRequest;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, PUBLIC_URL};

pub(crate) const REPOSITORY: &str = "octo/anthropic";

impl Desk {
    /// A claim of the first repository, as it was received.
    pub(crate) async fn received(&self, kind: RunKind) -> Claim {
        let number = self.sandbox.edit_world(local::sandbox::world::World::next_id);
        let request = ApiRequest {
            repo: RepoRef {
                id: self.repo_id(REPOSITORY),
                name: REPOSITORY.parse().expect("a name"),
                default_branch: "main".to_owned(),
            },
            installation: None,
            kind,
            number: (kind == RunKind::GapFill).then(|| domain::ids::IssueNumber::new(1)),
            ticket: None,
            instructions: domain::command::Instructions::Given("Be brief.".to_owned()),
            planning: domain::planning_context::PlanningContext::default(),
            caller: Caller { id: "token:1".to_owned(), name: "test".to_owned() },
            key: number.to_string(),
            payload: String::new(),
            retry_of: None,
            asked_at: self.time(),
        };
        let claim = Claim::receive(ClaimId::from_parts(1_800_000_000_000, number.into()), request, self.time());
        assert!(matches!(self.dispatches.take(claim.clone()).await, Ok(aws::Taken::New(_))));
        claim
    }

    /// The same with the intent to dispatch on record: from here on, a run may ask.
    pub(crate) async fn dispatching(&self, kind: RunKind) -> Claim {
        let claim = self.received(kind).await;
        let intended = claim.intend(order(kind), Nonce::new(1), self.time()).expect("from received");
        let room = Room { slots: std::num::NonZeroU32::new(50).expect("some"), runs_a_day: None };
        assert_eq!(self.dispatches.begin(&claim, &intended, room).await.expect("a table"), aws::Begun::Written);
        intended
    }

    /// The same with GitHub's answer: this is its run.
    pub(crate) async fn dispatched(&self, kind: RunKind) -> (Claim, u64) {
        let (claim, run) = (self.dispatching(kind).await, self.run_of(kind));
        let next = claim.dispatched(RunRef::first(RunId::new(run), page(run)), self.time()).expect("from dispatching");
        self.write(&claim, &next).await;
        (next, run)
    }

    /// The same with its run admitted.
    pub(crate) async fn redeemed(&self, kind: RunKind) -> (Claim, u64) {
        let (claim, run) = self.dispatched(kind).await;
        assert_eq!(self.redeem(&claim, run).await.status, 200);
        (self.stored(&claim).await, run)
    }

    pub(crate) async fn write(&self, from: &Claim, to: &Claim) {
        assert!(self.dispatches.advance(from, to).await.expect("a working table"));
    }

    pub(crate) async fn stored(&self, claim: &Claim) -> Claim {
        self.dispatches.claim(claim.id).await.expect("a working table").expect("a claim")
    }

    /// Somebody wants its run cancelled.
    pub(crate) async fn cancels(&self, claim: &Claim) {
        let Cancelled::Asked(next) = claim.cancelled("writer", self.time()) else { panic!("{}", claim.state.name()) };
        self.write(claim, &next).await;
    }

    /// GitHub tells of the end of a run's attempt.
    pub(crate) async fn ends(&self, claim: &Claim, run: u64) {
        let claim = self.stored(claim).await;
        let attempt = claim.state.run().map_or(1, |own| own.attempt);
        let event = RunEvent {
            run: RunId::new(run),
            attempt,
            action: RunAction::Completed,
            conclusion: Some("success".to_owned()),
            repo: claim.request.repo().clone(),
            installation: None,
            title: format!("AI-Implement ENG-42 [{}]", claim.id),
            html_url: page(run),
            started_at: None,
            updated_at: self.time(),
        };
        let next = claim.observe(&event).expect("it moves");
        self.write(&claim, &next).await;
    }

    /// A run at GitHub that a dispatch started.
    pub(crate) fn run_of(&self, kind: RunKind) -> u64 {
        let run = self.ci_run(REPOSITORY);
        self.sandbox.edit_world(|world| {
            let run = world.run_mut(run).expect("a run");
            "workflow_dispatch".clone_into(&mut run.event);
            workflow_file(kind).clone_into(&mut run.workflow);
        });
        run
    }

    /// Somebody runs it again.
    pub(crate) fn runs_again(&self, run: u64) {
        self.sandbox.edit_world(|world| world.run_mut(run).expect("a run").attempt += 1);
    }

    /// What GitHub gives a job of that run to redeem its claim with.
    pub(crate) fn own_proof(&self, run: u64, change: impl FnOnce(OidcRequest) -> OidcRequest) -> String {
        let audience = format!("{PUBLIC_URL}/v1/claims");
        self.sandbox.oidc_token(&change(OidcRequest::new(run, &audience))).expect("a run of the sandbox")
    }

    pub(crate) async fn redeem(&self, claim: &Claim, run: u64) -> Answer {
        self.redeem_with(claim, &self.own_proof(run, |it| it)).await
    }

    pub(crate) async fn redeem_with(&self, claim: &Claim, proof: &str) -> Answer {
        let bearer = format!("Bearer {proof}");
        self.send(Method::POST, &redeem_path(claim), &[("authorization", &bearer)], "").await
    }

    pub(crate) async fn token_for(&self, claim: &Claim, run: u64, purpose: &str) -> Answer {
        let proof = self.own_proof(run, |it| it);
        self.tells(&token_path(claim), &proof, &json!({"for": purpose})).await
    }

    /// The token by which that run reports.
    pub(crate) async fn run_token(&self, claim: &Claim, run: u64) -> String {
        let answer = self.token_for(claim, run, "report").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["runToken"].as_str().expect("a text").to_owned()
    }

    /// Sends JSON with a bearer and no key.
    pub(crate) async fn tells(&self, path: &str, bearer: &str, body: &Value) -> Answer {
        self.tells_text(path, bearer, &body.to_string()).await
    }

    pub(crate) async fn tells_text(&self, path: &str, bearer: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {bearer}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Whether GitHub knows a token that was lent.
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.sandbox.look(|world| world.tokens.iter().any(|known| known.token == token))
    }
}

pub(crate) fn redeem_path(claim: &Claim) -> String {
    format!("/v1/claims/{}/redeem", claim.id)
}

pub(crate) fn token_path(claim: &Claim) -> String {
    format!("/v1/claims/{}/token", claim.id)
}

/// Where GitHub's answer says that a run is to be seen.
pub(crate) fn page(run: u64) -> String {
    format!("https://github.example/{REPOSITORY}/actions/runs/{run}")
}

pub(crate) const fn workflow_file(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Plan => "claude-plan.yml",
        RunKind::Implement | RunKind::GapFill => "claude-implement.yml",
    }
}

fn order(kind: RunKind) -> DispatchOrder {
    let mut order = json!({
        "kind": kind, "workflow_file": workflow_file(kind), "git_ref": "main", "provider": {"name": "anthropic"},
        "ticket": {"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads", "description": "At length.", "origin": "request"},
        "instructions": domain::command::Instructions::Given("Be brief.".to_owned()),
        "is_fenced": true, "max_job_minutes": 90,
    });
    match kind {
        RunKind::GapFill => order["head"] = json!({"branch": "feature/retry", "sha": "abc123"}),
        RunKind::Plan => order["planning"] = json!({"parent": "ENG-1"}),
        RunKind::Implement => {}
    }
    serde_json::from_value(order).expect("an order")
}
