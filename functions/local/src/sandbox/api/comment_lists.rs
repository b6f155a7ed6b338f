//! Lists of comments: of one conversation, and of a whole repository.
//!
//! Never writes one: that is `comments`.
//! <https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository>

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::comments::CONVERSATION;
use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::{Comment, Repository, World};

#[derive(Deserialize)]
pub(super) struct ListQuery {
    sort: Option<Sort>,
    direction: Option<Direction>,
    since: Option<Timestamp>,
    per_page: Option<usize>,
    page: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Created,
    Updated,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Asc,
    Desc,
}

/// `GET /repos/{owner}/{repo}/issues/{issue_number}/comments`, in the order of ids
pub(super) async fn of_conversation(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Vec<Value>>), GithubError> {
    let world = core.world();
    let repository = caller.reads_one_of(&world, &format!("{owner}/{repo}"), &CONVERSATION)?;
    repository.issue(number).ok_or_else(GithubError::not_found)?;
    let comments: Vec<&Comment> = query.found(&world, repository).filter(|comment| comment.number == number).collect();
    let (page, links) = query.cut(&comments, &world, &format!("{}/issues/{number}/comments", repository.full_name()));
    Ok((links, Json(page.iter().map(|comment| render::comment(&world, repository, comment)).collect())))
}

/// `GET /repos/{owner}/{repo}/issues/comments`, in the order of ids unless another one is asked for
pub(super) async fn of_repository(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Vec<Value>>), GithubError> {
    let world = core.world();
    let repository = caller.reads_one_of(&world, &format!("{owner}/{repo}"), &CONVERSATION)?;
    let mut comments: Vec<&Comment> = query.found(&world, repository).collect();
    query.order(&mut comments);
    let (page, links) = query.cut(&comments, &world, &format!("{}/issues/comments", repository.full_name()));
    Ok((links, Json(page.iter().map(|comment| render::comment(&world, repository, comment)).collect())))
}

impl ListQuery {
    /// The repository's comments that were written or edited at the time asked for, or later.
    fn found<'w>(&self, world: &'w World, repository: &Repository) -> impl Iterator<Item = &'w Comment> + use<'w> {
        let (id, since) = (repository.id, self.since);
        let new_enough = move |comment: &&Comment| since.is_none_or(|since| comment.updated_at >= since);
        world.comments.iter().filter(move |comment| comment.repository_id == id).filter(new_enough)
    }

    /// GitHub takes no notice of a direction without a field to sort by.
    fn order(&self, comments: &mut [&Comment]) {
        let Some(sort) = self.sort else {
            return;
        };
        comments.sort_by_key(|comment| match sort {
            Sort::Created => (comment.created_at, comment.id),
            Sort::Updated => (comment.updated_at, comment.id),
        });
        if self.direction == Some(Direction::Desc) {
            comments.reverse();
        }
    }

    /// The page asked for, with links to the others that ask for the same.
    fn cut<'a, 'w>(&self, found: &'a [&'w Comment], world: &World, path: &str) -> (&'a [&'w Comment], HeaderMap) {
        let sort = self.sort.map(|sort| match sort {
            Sort::Created => "sort=created".to_owned(),
            Sort::Updated => "sort=updated".to_owned(),
        });
        let direction = self.direction.map(|direction| match direction {
            Direction::Asc => "direction=asc".to_owned(),
            Direction::Desc => "direction=desc".to_owned(),
        });
        let since = self.since.map(|since| format!("since={since}"));
        let query = [sort, direction, since].into_iter().flatten().collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        PageQuery::new(self.per_page, self.page).cut(found, &format!("{}/repos/{path}{mark}{query}", world.url))
    }
}
