//! Payloads of what owners do: a repository's new name, and the App's installation.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use serde_json::{Value, json};

use super::Event;
use super::events::envelope;
use crate::sandbox::render;
use crate::sandbox::world::{Repository, World};

/// Who owns the organisation.
const OWNER: &str = "admin";

/// `repository` renamed, with the name that it had before.
pub(in crate::sandbox) fn repository_renamed(world: &World, repository_id: u64, before: &str) -> Option<Event> {
    let repository = world.repository_by_id(repository_id)?;
    let mut payload = envelope(world, repository, "renamed", OWNER);
    payload["changes"] = json!({ "repository": { "name": { "from": before } } });
    Some(Event { name: "repository", action: "renamed", repository_id: Some(repository.id), payload })
}

/// `installation` created, deleted, suspend or unsuspend, as it stands now. The first two list its repositories.
pub(in crate::sandbox) fn installation_changed(world: &World, action: &'static str) -> Event {
    let mut payload = about_the_installation(world, action);
    if matches!(action, "created" | "deleted") {
        let covered = world
            .repositories
            .iter()
            .filter(|it| it.owner == world.installation.account && world.installation.repositories.contains(it.id));
        payload["repositories"] = covered.map(listed).collect();
    }
    Event { name: "installation", action, repository_id: None, payload }
}

/// `installation_repositories` added or removed, for one repository.
pub(in crate::sandbox) fn repositories_changed(world: &World, action: &'static str, repository: &Repository) -> Event {
    let mut payload = about_the_installation(world, action);
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    if action == "added" { &mut added } else { &mut removed }.push(listed(repository));
    payload["repository_selection"] = json!(world.installation.repositories.as_str());
    payload["repositories_added"] = json!(added);
    payload["repositories_removed"] = json!(removed);
    Event { name: "installation_repositories", action, repository_id: None, payload }
}

fn about_the_installation(world: &World, action: &str) -> Value {
    json!({
        "action": action,
        "installation": render::installation(world),
        "requester": null,
        "sender": render::user(world, OWNER),
    })
}

fn listed(repository: &Repository) -> Value {
    json!({
        "id": repository.id,
        "node_id": render::node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name(),
        "private": repository.private,
    })
}
