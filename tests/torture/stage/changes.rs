//! What other hands do to GitHub's world and to the tables.
//!
//! Owns how each change is made, and taken back where it can be. Never chooses one.

use domain::claim::ClaimId;
use local::sandbox::Fault;
use serde_json::{Value, json};

use super::{REPOSITORIES, Stage};
use crate::engine_proxy::DISPATCHES;

/// A repository's later name, where it is renamed.
const RENAMED: (&str, &str) = (REPOSITORIES[0], "renamed");
/// GitHub redirects for as long as nobody takes the old name.
const FOR_EVER: u32 = u32::MAX;
/// No release of today knows it.
const FOREIGN_STATE: &str = "fenced";

impl Stage<'_> {
    /// GitHub has a new key, and the secret has it only later.
    pub(crate) fn rotate_key(&self, is_done: bool) {
        self.house.store_key(is_done);
        if !is_done {
            self.sandbox.edit_world(|world| world.tokens.clear());
        }
    }

    /// One of the repositories gets another name; GitHub redirects whoever uses the old one.
    pub(crate) async fn rename(&self) -> bool {
        let (repo, name) = RENAMED;
        self.sandbox.rename_repository(repo, name).await.is_ok()
    }

    /// The account takes the App away and gives it back: everybody is told of both.
    pub(crate) async fn let_the_app_go_and_come(&self) -> bool {
        let repo = self.name_of(REPOSITORIES[0]);
        self.sandbox.suspend().await;
        self.sandbox.unsuspend().await;
        let gone = self.sandbox.remove_from_installation(&repo).await;
        gone.is_ok() && self.sandbox.add_to_installation(&repo).await.is_ok()
    }

    /// Redirects the old name, where there is one: that is no fault, and nothing that heals.
    pub(crate) fn redirect(&self) {
        let (repo, _) = RENAMED;
        if self.name_of(repo) != repo {
            for path in [format!("/repos/{repo}"), format!("/repos/{repo}/*")] {
                self.sandbox.script_fault(Fault { status: Some(301), times: FOR_EVER, ..Fault::on("*", &path) });
            }
        }
    }

    /// The account removes the App, until everything heals: no token is good, and none is minted.
    pub(crate) fn uninstall(&self) {
        self.sandbox.edit_world(|world| world.tokens.clear());
        for (method, path) in [("POST", "*/access_tokens"), ("GET", "*/installation")] {
            self.sandbox.script_fault(Fault { status: Some(404), times: FOR_EVER, ..Fault::on(method, path) });
        }
    }

    /// Another release has kept its place in the round through the repositories.
    pub(crate) async fn turn_the_rounds_cursor(&self) {
        let mut cursor = self.house.foreign.read::<Value>("repositories").await.expect("a working table");
        cursor.place = json!({"round_at": null, "after": "another release's"});
        self.house.foreign.write(&mut cursor, self.time.now()).await.expect("a working table");
    }

    /// Another release has ended a claim without its place in the line.
    pub(crate) fn leave_in_line(&self) {
        let left = json!({":left": {"SS": [left_in_line().to_string()]}});
        let update = json!({"UpdateExpression": "ADD waiting :left", "ExpressionAttributeValues": left});
        self.proxy.change(DISPATCHES, &self.slots_partition(REPOSITORIES[0]), update);
    }

    /// Those who have a place in a repository's line, or one of its slots.
    pub(crate) fn in_the_slots(&self, repo: &str, attribute: &str) -> Vec<ClaimId> {
        let slots = self.proxy.item(&self.slots_partition(repo));
        let members = slots[attribute]["SS"].as_array().into_iter().flatten();
        members.map(|member| member.as_str().and_then(|id| id.parse().ok()).expect("a claim's id")).collect()
    }

    fn slots_partition(&self, repo: &str) -> String {
        format!("SLOT#{}", self.repo_id(repo))
    }

    /// Another release writes a claim's state in a way of its own; the state as it was.
    pub(crate) fn turn_a_record(&self, claim: ClaimId) -> Value {
        let state = self.proxy.item(&claim_partition(claim))["state"].take();
        self.write_state(claim, &json!({"M": {"name": {"S": FOREIGN_STATE}}}));
        state
    }

    /// That release is rolled back, and its record with it, unless somebody has written the claim since.
    pub(crate) fn turn_a_record_back(&self, claim: ClaimId, state: &Value) {
        let current = self.proxy.item(&claim_partition(claim));
        if current["state"]["M"]["name"]["S"] == FOREIGN_STATE {
            self.write_state(claim, state);
        }
    }

    fn write_state(&self, claim: ClaimId, state: &Value) {
        let update = json!({
            "UpdateExpression": "SET #state = :state",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":state": state},
        });
        self.proxy.change(DISPATCHES, &claim_partition(claim), update);
    }
}

/// A claim that isn't there, and came before every other.
pub(crate) fn left_in_line() -> ClaimId {
    ClaimId::from_parts(1, 1)
}

fn claim_partition(claim: ClaimId) -> String {
    format!("CLAIM#{claim}")
}
