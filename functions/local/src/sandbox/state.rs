//! The part of the world that `GET /_sandbox/state` shows; its shape is relied upon by the demo and
//! the tests.
//!
//! Only reads. Never shows keys, tokens or raw payloads.

use serde_json::{Value, json};

use super::world::{Comment, Dispatch, Issue, Reaction, Repository, Run, World};

/// The document. `requests` is the count of REST requests.
pub(super) fn document(world: &World, requests: usize) -> Value {
    let repositories = world.repositories.iter().filter(|repository| !repository.fork);
    json!({
        "revision": world.revision,
        "repos": repositories.map(repository).collect::<Vec<_>>(),
        "comments": world.comments.iter().map(|it| comment(world, it)).collect::<Vec<_>>(),
        "reactions": world.reactions.iter().map(reaction).collect::<Vec<_>>(),
        "dispatches": world.dispatches.iter().map(|it| dispatch(world, it)).collect::<Vec<_>>(),
        "runs": world.runs.iter().map(|it| run(world, it)).collect::<Vec<_>>(),
        "notifications": world.notifications,
        "requests": requests,
    })
}

fn repository(repository: &Repository) -> Value {
    let (pulls, issues): (Vec<&Issue>, Vec<&Issue>) =
        repository.issues.iter().partition(|issue| issue.pull_request.is_some());
    json!({
        "id": repository.id,
        "full_name": repository.full_name(),
        "default_branch": repository.default_branch,
        "pulls": pulls.into_iter().map(|it| issue(repository, it)).collect::<Vec<_>>(),
        "issues": issues.into_iter().map(|it| issue(repository, it)).collect::<Vec<_>>(),
    })
}

fn issue(repository: &Repository, issue: &Issue) -> Value {
    let mut brief = json!({
        "number": issue.number,
        "title": issue.title,
        "state": if issue.open { "open" } else { "closed" },
        "user": issue.author,
    });
    if let Some(pull) = &issue.pull_request {
        brief["head_sha"] = json!(pull.head_sha);
        brief["from_fork"] = json!(pull.head_repository_id != Some(repository.id));
    }
    brief
}

fn comment(world: &World, comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "repo": world.full_name_of(comment.repository_id),
        "number": comment.number,
        "user": comment.user,
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
    })
}

fn reaction(reaction: &Reaction) -> Value {
    json!({ "comment_id": reaction.comment_id, "user": reaction.user, "content": reaction.content })
}

fn dispatch(world: &World, dispatch: &Dispatch) -> Value {
    json!({
        "repo": world.full_name_of(dispatch.repository_id),
        "workflow": dispatch.workflow,
        "ref": dispatch.reference,
        "inputs": dispatch.inputs,
        "run_id": dispatch.run_id,
        "at": dispatch.at,
    })
}

fn run(world: &World, run: &Run) -> Value {
    json!({
        "id": run.id,
        "repo": world.full_name_of(run.repository_id),
        "name": run.name,
        "display_title": run.display_title,
        "attempt": run.attempt,
        "status": run.status,
        "conclusion": run.conclusion,
    })
}
