//! The App's delivery list, which GitHub pages by cursor, and redelivery.
//!
//! Never sends anything itself: `hooks` does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{link_header, per_page};
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::AppCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::{hooks, render};

#[derive(Deserialize)]
pub(super) struct DeliveryQuery {
    per_page: Option<usize>,
    cursor: Option<String>,
    status: Option<DeliveryStatus>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeliveryStatus {
    Success,
    Failure,
}

/// `GET /app/hook/deliveries`, newest first
pub(super) async fn list(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromQuery(query): FromQuery<DeliveryQuery>,
) -> Result<(HeaderMap, Json<Vec<Value>>), GithubError> {
    let before = match &query.cursor {
        None => u64::MAX,
        Some(cursor) => decoded(cursor)?,
    };
    let world = core.world();
    let wanted = |status: u16| match query.status {
        None => true,
        Some(DeliveryStatus::Success) => (200..400).contains(&status),
        Some(DeliveryStatus::Failure) => !(200..400).contains(&status),
    };
    let rest: Vec<_> =
        world.deliveries.iter().rev().filter(|delivery| delivery.id < before && wanted(delivery.status_code)).collect();
    let page = &rest[..rest.len().min(per_page(query.per_page))];
    let links = match page.last() {
        Some(last) if page.len() < rest.len() => next_link(&core.url, page.len(), last.id),
        _ => String::new(),
    };
    Ok((link_header(&links), Json(page.iter().map(|delivery| render::delivery_item(delivery)).collect())))
}

/// `GET /app/hook/deliveries/{delivery_id}`
pub(super) async fn show(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath(id): FromPath<u64>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    world.delivery(id).map(|delivery| Json(render::delivery(delivery))).ok_or_else(GithubError::not_found)
}

/// `POST /app/hook/deliveries/{delivery_id}/attempts`
pub(super) async fn redeliver(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath(id): FromPath<u64>,
) -> Result<Response, GithubError> {
    if core.world().delivery(id).is_none() {
        return Err(GithubError::not_found());
    }
    let background = Arc::clone(&core);
    core.spawn(async move {
        hooks::redeliver(&background, id).await;
    });
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

fn next_link(url: &str, per_page: usize, last_id: u64) -> String {
    format!("<{url}/app/hook/deliveries?per_page={per_page}&cursor=v1_{last_id}>; rel=\"next\"")
}

fn decoded(cursor: &str) -> Result<u64, GithubError> {
    let id = cursor.strip_prefix("v1_").and_then(|id| id.parse().ok());
    id.ok_or_else(|| GithubError::new(StatusCode::BAD_REQUEST, "Invalid cursor"))
}
