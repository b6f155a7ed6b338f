//! Repositories as GitHub shows them, from the short form inside runs to the full one.
//!
//! Never shows files: that is the contents route.

use serde_json::{Map, Value, json};

use super::account::user;
use super::{fields, node_id};
use crate::sandbox::world::{Repository, World};

/// Links of a repository by what follows its API address.
const LINKS: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

/// Where the API serves a repository.
pub(in crate::sandbox) fn api_url(world: &World, repository: &Repository) -> String {
    format!("{}/repos/{}", world.url, repository.full_name())
}

/// Where people would read it.
pub(in crate::sandbox) fn html_url(world: &World, repository: &Repository) -> String {
    format!("{}/{}", world.url, repository.full_name())
}

/// The short form, as runs carry it.
pub(super) fn minimal(world: &World, repository: &Repository) -> Value {
    Value::Object(minimal_fields(world, repository))
}

/// The usual form, as pull requests and token answers carry it.
pub(in crate::sandbox) fn plain(world: &World, repository: &Repository) -> Value {
    Value::Object(plain_fields(world, repository))
}

/// The usual form with what only webhook payloads add.
pub(in crate::sandbox) fn for_webhook(world: &World, repository: &Repository) -> Value {
    let mut webhook = plain_fields(world, repository);
    webhook.insert("custom_properties".to_owned(), json!({}));
    Value::Object(webhook)
}

/// The full form, as the repository's own address answers it.
pub(in crate::sandbox) fn full(world: &World, repository: &Repository) -> Value {
    let mut full = plain_fields(world, repository);
    full.extend(fields(json!({
        "network_count": 0,
        "subscribers_count": 0,
        "organization": user(world, &repository.owner),
    })));
    Value::Object(full)
}

fn minimal_fields(world: &World, repository: &Repository) -> Map<String, Value> {
    let url = api_url(world, repository);
    let mut minimal = fields(json!({
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name(),
        "private": repository.private,
        "owner": user(world, &repository.owner),
        "html_url": html_url(world, repository),
        "description": null,
        "fork": repository.fork,
    }));
    for (name, path) in LINKS {
        minimal.insert(name.to_owned(), json!(format!("{url}{path}")));
    }
    minimal
}

fn plain_fields(world: &World, repository: &Repository) -> Map<String, Value> {
    let mut plain = minimal_fields(world, repository);
    plain.extend(addresses_and_times(world, repository));
    plain.extend(counts(repository));
    plain.extend(settings(repository));
    plain
}

fn addresses_and_times(world: &World, repository: &Repository) -> Map<String, Value> {
    let html_url = html_url(world, repository);
    let git_host = world.url.trim_start_matches("http://");
    fields(json!({
        "git_url": format!("git://{git_host}/{}.git", repository.full_name()),
        "ssh_url": format!("git@{git_host}:{}.git", repository.full_name()),
        "clone_url": format!("{html_url}.git"),
        "svn_url": html_url,
        "mirror_url": null,
        "homepage": null,
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        "pushed_at": repository.created_at,
    }))
}

fn counts(repository: &Repository) -> Map<String, Value> {
    let open_issues = repository.issues.iter().filter(|issue| issue.open).count();
    fields(json!({
        "size": 128,
        "stargazers_count": 0,
        "watchers_count": 0,
        "forks_count": 0,
        "open_issues_count": open_issues,
        "forks": 0,
        "open_issues": open_issues,
        "watchers": 0,
    }))
}

fn settings(repository: &Repository) -> Map<String, Value> {
    fields(json!({
        "default_branch": repository.default_branch,
        "visibility": if repository.private { "private" } else { "public" },
        "language": null,
        "license": null,
        "topics": [],
        "has_issues": true,
        "has_projects": true,
        "has_downloads": true,
        "has_wiki": true,
        "has_pages": false,
        "has_discussions": false,
        "archived": repository.archived_at.is_some(),
        "disabled": false,
        "is_template": false,
        "allow_forking": true,
        "web_commit_signoff_required": false,
    }))
}
