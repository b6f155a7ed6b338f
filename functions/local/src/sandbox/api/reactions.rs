//! Reactions to comments: the second same one of a user changes nothing.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::parameters::FromPath;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::Reaction;

#[derive(Deserialize)]
struct ReactionBody {
    content: String,
}

/// `POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions`
pub(super) async fn create(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, comment_id)): FromPath<(String, String, u64)>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), GithubError> {
    let ReactionBody { content } = body::parse(&body)?;
    core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["issues", "pull_requests"])?;
        let known = world.comment(comment_id).filter(|comment| comment.repository_id == repository.id);
        known.ok_or_else(GithubError::not_found)?;
        if !render::REACTION_CONTENTS.contains(&content.as_str()) {
            return Err(GithubError::invalid_field("Reaction", "content", "invalid"));
        }
        let user = world.app.bot_login();
        let same = |given: &&Reaction| given.comment_id == comment_id && given.user == user && given.content == content;
        if let Some(given) = world.reactions.iter().find(same) {
            return Ok((StatusCode::OK, Json(render::reaction(world, given))));
        }
        let reaction = Reaction { id: world.next_id(), comment_id, user, content, created_at: world.now() };
        world.reactions.push(reaction.clone());
        Ok((StatusCode::CREATED, Json(render::reaction(world, &reaction))))
    })
}
