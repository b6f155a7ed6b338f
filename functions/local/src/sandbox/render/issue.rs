//! Issues, comments and reactions as GitHub shows them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::user;
use super::app::actions_app;
use super::repository::{api_url, html_url};
use super::{app, fields, node_id};
use crate::sandbox::world::{ACTIONS_BOT, Comment, Issue, PullRequest, Reaction, Repository, World};

/// The reactions that GitHub knows, in the order of its documentation.
pub(in crate::sandbox) const REACTION_CONTENTS: [&str; 8] =
    ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/// An issue; for a pull request, with the `pull_request` that only those carry.
pub(in crate::sandbox) fn issue(world: &World, repository: &Repository, issue: &Issue) -> Value {
    let api = format!("{}/issues/{}", api_url(world, repository), issue.number);
    let mut rendered = fields(json!({
        "id": issue.id,
        "node_id": node_id("I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": user(world, &issue.author),
        "state": if issue.open { "open" } else { "closed" },
        "state_reason": null,
        "locked": issue.locked,
        "active_lock_reason": null,
        "labels": [],
        "assignee": null,
        "assignees": [],
        "milestone": null,
        "comments": comment_count(world, repository, issue),
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": closed_at(issue),
        "author_association": author_association(repository, &issue.author),
        "performed_via_github_app": null,
        "url": api,
        "repository_url": api_url(world, repository),
        "html_url": issue_page(world, repository, issue),
        "reactions": rollup(&format!("{api}/reactions"), &[]),
    }));
    for (name, path) in [
        ("labels_url", "/labels{/name}"),
        ("comments_url", "/comments"),
        ("events_url", "/events"),
        ("timeline_url", "/timeline"),
    ] {
        rendered.insert(name.to_owned(), json!(format!("{api}{path}")));
    }
    if let Some(pull) = &issue.pull_request {
        rendered.extend(pull_request_fields(world, repository, issue, pull));
    }
    Value::Object(rendered)
}

/// A comment with its reactions.
pub(in crate::sandbox) fn comment(world: &World, repository: &Repository, comment: &Comment) -> Value {
    let repository_api = api_url(world, repository);
    let api = format!("{repository_api}/issues/comments/{}", comment.id);
    let page = repository
        .issue(comment.number)
        .map_or_else(|| html_url(world, repository), |issue| issue_page(world, repository, issue));
    let reactions: Vec<&str> = world
        .reactions
        .iter()
        .filter(|reaction| reaction.comment_id == comment.id)
        .map(|reaction| reaction.content.as_str())
        .collect();
    json!({
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "url": api,
        "html_url": format!("{page}#issuecomment-{}", comment.id),
        "issue_url": format!("{repository_api}/issues/{}", comment.number),
        "user": user(world, &comment.user),
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": author_association(repository, &comment.user),
        "reactions": rollup(&format!("{api}/reactions"), &reactions),
        "performed_via_github_app": app_of(world, &comment.user),
    })
}

/// A reaction.
pub(in crate::sandbox) fn reaction(world: &World, reaction: &Reaction) -> Value {
    json!({
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": user(world, &reaction.user),
        "content": reaction.content,
        "created_at": reaction.created_at,
    })
}

/// The App whose bot somebody is; null for people.
fn app_of(world: &World, login: &str) -> Value {
    match login {
        ACTIONS_BOT => actions_app(world),
        login if login == world.app.bot_login() => app(world),
        _ => Value::Null,
    }
}

/// When an issue was closed: closing is its last change here.
pub(super) fn closed_at(issue: &Issue) -> Option<Timestamp> {
    (!issue.open).then_some(issue.updated_at)
}

/// How many comments an issue has.
pub(super) fn comment_count(world: &World, repository: &Repository, issue: &Issue) -> usize {
    let on_issue = |comment: &&Comment| comment.repository_id == repository.id && comment.number == issue.number;
    world.comments.iter().filter(on_issue).count()
}

/// What GitHub says of an author's tie to the repository. It is no permission and must not be read
/// as one.
pub(super) fn author_association(repository: &Repository, login: &str) -> &'static str {
    if repository.collaborators.contains_key(login) { "COLLABORATOR" } else { "NONE" }
}

fn issue_page(world: &World, repository: &Repository, issue: &Issue) -> String {
    let kind = if issue.pull_request.is_some() { "pull" } else { "issues" };
    format!("{}/{kind}/{}", html_url(world, repository), issue.number)
}

fn pull_request_fields(
    world: &World,
    repository: &Repository,
    issue: &Issue,
    pull: &PullRequest,
) -> Map<String, Value> {
    let page = issue_page(world, repository, issue);
    fields(json!({
        "draft": pull.draft,
        "pull_request": {
            "url": format!("{}/pulls/{}", api_url(world, repository), issue.number),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "merged_at": if pull.merged { closed_at(issue) } else { None },
        },
    }))
}

fn rollup(url: &str, reactions: &[&str]) -> Value {
    let mut rollup = fields(json!({ "url": url, "total_count": reactions.len() }));
    for content in REACTION_CONTENTS {
        let count = reactions.iter().filter(|given| **given == content).count();
        rollup.insert(content.to_owned(), json!(count));
    }
    Value::Object(rollup)
}
