//! The App and its installation as GitHub shows them.
//!
//! Never renders a key or a token.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::user;
use super::node_id;
use crate::sandbox::world::World;

/// 2026-01-05T09:00:00Z: the App is as old as the seed's repositories.
const FOUNDED: Timestamp = Timestamp::constant(1_767_603_600, 0);

/// The App.
pub(in crate::sandbox) fn app(world: &World) -> Value {
    let app = &world.app;
    json!({
        "id": app.id,
        "client_id": app.client_id,
        "slug": app.slug,
        "node_id": node_id("A", app.id),
        "owner": user(world, &app.owner),
        "name": app.name,
        "description": "Puts Claude to work from a comment.",
        "external_url": world.url,
        "html_url": format!("{}/apps/{}", world.url, app.slug),
        "created_at": FOUNDED,
        "updated_at": FOUNDED,
        "permissions": world.installation.permissions,
        "events": app.events,
    })
}

/// The App of GitHub Actions, in whose name a job's `GITHUB_TOKEN` acts.
pub(super) fn actions_app(world: &World) -> Value {
    json!({
        "id": 15_368,
        "client_id": "Iv1.05c79e9ad1f6bdfa",
        "slug": "github-actions",
        "node_id": node_id("A", 15_368),
        "owner": user(world, &world.app.owner),
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": world.url,
        "html_url": format!("{}/apps/github-actions", world.url),
        "created_at": FOUNDED,
        "updated_at": FOUNDED,
        "permissions": { "contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write" },
        "events": [],
    })
}

/// The installation.
pub(in crate::sandbox) fn installation(world: &World) -> Value {
    let installation = &world.installation;
    let account = world.account(&installation.account);
    let kind = account.map_or("Organization", |account| account.kind.as_str());
    json!({
        "id": installation.id,
        "account": user(world, &installation.account),
        "repository_selection": installation.repositories.as_str(),
        "access_tokens_url": format!("{}/app/installations/{}/access_tokens", world.url, installation.id),
        "repositories_url": format!("{}/installation/repositories", world.url),
        "html_url": format!(
            "{}/organizations/{}/settings/installations/{}", world.url, installation.account, installation.id
        ),
        "app_id": world.app.id,
        "client_id": world.app.client_id,
        "app_slug": world.app.slug,
        "target_id": account.map_or(0, |account| account.id),
        "target_type": kind,
        "permissions": installation.permissions,
        "events": world.app.events,
        "created_at": FOUNDED,
        "updated_at": installation.updated_at.unwrap_or(FOUNDED),
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": installation.suspended_at.map(|_| user(world, "admin")),
        "suspended_at": installation.suspended_at,
    })
}

/// The installation as webhook payloads name it; null when they don't.
pub(in crate::sandbox) fn installation_lite(world: &World) -> Option<Value> {
    let installation = &world.installation;
    installation.named_in_payloads.then(|| json!({ "id": installation.id, "node_id": node_id("II", installation.id) }))
}
