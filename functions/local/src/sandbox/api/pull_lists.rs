//! The list of a repository's pull requests, the newest first unless another order is asked for.
//!
//! Never shows one alone: that is `repositories`.
//! <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests>

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::Issue;

#[derive(Deserialize)]
pub(super) struct ListQuery {
    state: Option<String>,
    head: Option<String>,
    base: Option<String>,
    direction: Option<String>,
    per_page: Option<usize>,
    page: Option<usize>,
}

/// `GET /repos/{owner}/{repo}/pulls`, in the order of their making
pub(super) async fn of_repository(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Vec<Value>>), GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "pull_requests")?;
    let state = query.state.as_deref().unwrap_or("open");
    let is_asked_for = |is_open: bool| state == "all" || (state == "open") == is_open;
    let mut pulls: Vec<_> =
        repository.issues.iter().filter(|issue| is_asked_for(issue.open) && query.fits(issue)).collect();
    pulls.sort_by_key(|issue| issue.number);
    let direction = query.direction.as_deref().unwrap_or("desc");
    if direction != "asc" {
        pulls.reverse();
    }
    let pulls: Vec<Value> = pulls.into_iter().filter_map(|it| render::pull_request(&world, repository, it)).collect();
    let mut url = format!("{}/pulls?state={state}&direction={direction}", render::api_url(&world, repository));
    for (name, value) in [("head", &query.head), ("base", &query.base)] {
        url.extend(value.iter().map(|value| format!("&{name}={value}")));
    }
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(&pulls, &url);
    Ok((links, Json(page.to_vec())))
}

impl ListQuery {
    /// Whether a pull request has the head (`owner:branch`) and the base asked for.
    fn fits(&self, issue: &Issue) -> bool {
        issue.pull_request.as_ref().is_some_and(|pull| {
            let head = format!("{}:{}", pull.head_owner, pull.head_branch);
            self.head.as_ref().is_none_or(|asked| *asked == head)
                && self.base.as_ref().is_none_or(|asked| *asked == pull.base_branch)
        })
    }
}
