//! Pull requests as their own address answers them: with head, base and merge state.
//!
//! The short form inside issues is not here: that is `issue`.

use serde_json::{Map, Value, json};

use super::account::user;
use super::issue::{author_association, closed_at, comment_count};
use super::repository::{api_url, html_url, plain};
use super::{fields, node_id};
use crate::sandbox::diff::{self, FileChange};
use crate::sandbox::world::{Issue, PullRequest, Repository, World};

/// A pull request. `None` for a plain issue.
pub(in crate::sandbox) fn pull_request(world: &World, repository: &Repository, issue: &Issue) -> Option<Value> {
    let pull = issue.pull_request.as_ref()?;
    let mut rendered = conversation(world, repository, issue);
    rendered.extend(links(world, repository, issue, pull));
    rendered.extend(merge_state(issue, pull));
    rendered.extend(size(&diff::of_pull(world, repository, pull)));
    rendered.insert("head".to_owned(), head(world, pull));
    rendered.insert("base".to_owned(), base(world, repository, pull));
    Some(Value::Object(rendered))
}

fn conversation(world: &World, repository: &Repository, issue: &Issue) -> Map<String, Value> {
    fields(json!({
        "id": issue.id,
        "node_id": node_id("PR", issue.id),
        "number": issue.number,
        "state": if issue.open { "open" } else { "closed" },
        "locked": issue.locked,
        "active_lock_reason": null,
        "title": issue.title,
        "user": user(world, &issue.author),
        "body": issue.body,
        "labels": [],
        "milestone": null,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": closed_at(issue),
        "author_association": author_association(repository, &issue.author),
        "comments": comment_count(world, repository, issue),
        "review_comments": 0,
    }))
}

fn links(world: &World, repository: &Repository, issue: &Issue, pull: &PullRequest) -> Map<String, Value> {
    let repository_api = api_url(world, repository);
    let api = format!("{repository_api}/pulls/{}", issue.number);
    let issue_api = format!("{repository_api}/issues/{}", issue.number);
    let page = format!("{}/pull/{}", html_url(world, repository), issue.number);
    let statuses = format!("{repository_api}/statuses/{}", pull.head_sha);
    let link = |href: String| json!({ "href": href });
    fields(json!({
        "url": api,
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue_api,
        "commits_url": format!("{api}/commits"),
        "review_comments_url": format!("{api}/comments"),
        "review_comment_url": format!("{repository_api}/pulls/comments{{/number}}"),
        "comments_url": format!("{issue_api}/comments"),
        "statuses_url": statuses,
        "_links": {
            "self": link(api.clone()),
            "html": link(page.clone()),
            "issue": link(issue_api.clone()),
            "comments": link(format!("{issue_api}/comments")),
            "review_comments": link(format!("{api}/comments")),
            "review_comment": link(format!("{repository_api}/pulls/comments{{/number}}")),
            "commits": link(format!("{api}/commits")),
            "statuses": link(statuses.clone()),
        },
    }))
}

fn merge_state(issue: &Issue, pull: &PullRequest) -> Map<String, Value> {
    fields(json!({
        "draft": pull.draft,
        "merged": pull.merged,
        "merged_at": if pull.merged { closed_at(issue) } else { None },
        "merged_by": null,
        "merge_commit_sha": null,
        "mergeable": issue.open.then_some(true),
        "rebaseable": issue.open.then_some(true),
        "mergeable_state": if issue.open { "clean" } else { "unknown" },
        "maintainer_can_modify": false,
        "auto_merge": null,
    }))
}

fn size(changes: &[FileChange]) -> Map<String, Value> {
    let counts = changes.iter().map(FileChange::counts);
    let (additions, deletions) = counts.fold((0, 0), |(all, gone), (more, less)| (all + more, gone + less));
    fields(json!({
        "commits": 1,
        "additions": additions,
        "deletions": deletions,
        "changed_files": changes.len(),
    }))
}

fn head(world: &World, pull: &PullRequest) -> Value {
    let repository = pull.head_repository_id.and_then(|id| world.repository_by_id(id));
    json!({
        "label": format!("{}:{}", pull.head_owner, pull.head_branch),
        "ref": pull.head_branch,
        "sha": pull.head_sha,
        "user": user(world, &pull.head_owner),
        "repo": repository.map(|repository| plain(world, repository)),
    })
}

fn base(world: &World, repository: &Repository, pull: &PullRequest) -> Value {
    let tip = repository.branches.get(&pull.base_branch).map(|branch| branch.head_sha.as_str());
    json!({
        "label": format!("{}:{}", repository.owner, pull.base_branch),
        "ref": pull.base_branch,
        "sha": tip.unwrap_or_default(),
        "user": user(world, &repository.owner),
        "repo": plain(world, repository),
    })
}
