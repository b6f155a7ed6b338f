//! Webhook payloads with the shape of GitHub's own.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use serde_json::{Value, json};

use crate::sandbox::render;
use crate::sandbox::world::{Comment, Issue, MovedHead, Repository, Run, World};

/// Something that the App may want to know.
pub(in crate::sandbox) struct Event {
    /// `X-GitHub-Event`.
    pub(in crate::sandbox) name: &'static str,
    /// The payload's `action`.
    pub(in crate::sandbox) action: &'static str,
    /// Repository it happened in, if it did in one.
    pub(in crate::sandbox) repository_id: Option<u64>,
    /// The body.
    pub(in crate::sandbox) payload: Value,
}

/// `issue_comment` created. `None` when the comment is gone already.
pub(in crate::sandbox) fn comment_created(world: &World, comment_id: u64) -> Option<Event> {
    let comment = world.comment(comment_id)?;
    comment_event(world, comment, "created", &comment.user)
}

/// `issue_comment` edited, with the text that it had before.
pub(in crate::sandbox) fn comment_edited(world: &World, comment_id: u64, editor: &str, before: &str) -> Option<Event> {
    let mut event = comment_event(world, world.comment(comment_id)?, "edited", editor)?;
    event.payload["changes"] = json!({ "body": { "from": before } });
    Some(event)
}

/// `issue_comment` deleted. The comment is gone from the world.
pub(in crate::sandbox) fn comment_deleted(world: &World, comment: &Comment) -> Option<Event> {
    comment_event(world, comment, "deleted", &comment.user)
}

/// `workflow_run` requested, `in_progress` or completed, as the run stands.
pub(in crate::sandbox) fn run_moved(world: &World, run: &Run, action: &'static str) -> Option<Event> {
    let repository = world.repository_by_id(run.repository_id)?;
    let mut payload = envelope(world, repository, action, &run.actor);
    payload["workflow"] = render::workflow(world, repository, &run.workflow);
    payload["workflow_run"] = render::run(world, repository, run);
    Some(Event { name: "workflow_run", action, repository_id: Some(repository.id), payload })
}

/// `pull_request` opened, reopened or closed. `None` for a plain issue.
pub(in crate::sandbox) fn pull_request(
    world: &World,
    repository_id: u64,
    number: u64,
    action: &'static str,
    sender: &str,
) -> Option<Event> {
    let repository = world.repository_by_id(repository_id)?;
    let mut payload = envelope(world, repository, action, sender);
    payload["number"] = json!(number);
    payload["pull_request"] = render::pull_request(world, repository, repository.issue(number)?)?;
    Some(Event { name: "pull_request", action, repository_id: Some(repository.id), payload })
}

/// `pull_request` edited, with the title and text that it had before, where they changed.
pub(in crate::sandbox) fn pull_request_edited(
    world: &World,
    repository_id: u64,
    before: &Issue,
    sender: &str,
) -> Option<Event> {
    let mut event = pull_request(world, repository_id, before.number, "edited", sender)?;
    let now = world.repository_by_id(repository_id)?.issue(before.number)?;
    let mut changes = json!({});
    if now.title != before.title {
        changes["title"] = json!({ "from": before.title });
    }
    if now.body != before.body {
        changes["body"] = json!({ "from": before.body.as_deref().unwrap_or_default() });
    }
    event.payload["changes"] = changes;
    Some(event)
}

/// `pull_request` synchronize: its head has moved.
pub(in crate::sandbox) fn pull_request_moved(world: &World, moved: &MovedHead, sender: &str) -> Option<Event> {
    let mut event = pull_request(world, moved.repository_id, moved.number, "synchronize", sender)?;
    event.payload["before"] = json!(moved.before);
    event.payload["after"] = event.payload["pull_request"]["head"]["sha"].clone();
    Some(event)
}

fn comment_event(world: &World, comment: &Comment, action: &'static str, sender: &str) -> Option<Event> {
    let repository = world.repository_by_id(comment.repository_id)?;
    let issue = repository.issue(comment.number)?;
    let mut payload = envelope(world, repository, action, sender);
    payload["issue"] = render::issue(world, repository, issue);
    payload["comment"] = render::comment(world, repository, comment);
    Some(Event { name: "issue_comment", action, repository_id: Some(repository.id), payload })
}

/// What every payload carries.
pub(super) fn envelope(world: &World, repository: &Repository, action: &str, sender: &str) -> Value {
    let mut payload = json!({
        "action": action,
        "repository": render::for_webhook(world, repository),
        "sender": render::user(world, sender),
    });
    let organization = render::organization(world, &repository.owner);
    if !organization.is_null() {
        payload["organization"] = organization;
    }
    if let Some(installation) = render::installation_lite(world) {
        payload["installation"] = installation;
    }
    payload
}
