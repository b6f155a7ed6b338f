//! Incoming webhooks of Slack and of Teams, so that people and tests see what they are told.
//!
//! Answers as the services do, and fails as it is scripted. Never counted among the requests to GitHub, and has none of
//! its headers.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use serde_json::Value;

use super::Sandbox;
use super::core::Core;
use super::gate;
use super::world::Notification;

const CARD_TYPE: &str = "application/vnd.microsoft.card.adaptive";

/// A service's answer.
type Answer = (StatusCode, &'static str);

/// A webhook for each channel that anybody names.
pub(super) fn router(core: &Arc<Core>) -> Router {
    Router::new()
        .route("/slack/{*channel}", post(to_slack))
        .route("/teams/{*channel}", post(to_teams))
        .layer(from_fn_with_state(Arc::clone(core), gate::fail_as_scripted))
        .with_state(Arc::clone(core))
}

impl Sandbox {
    /// The messages that were taken, oldest first.
    #[must_use]
    pub fn notifications(&self) -> Vec<Notification> {
        self.core.world().notifications.clone()
    }
}

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling-errors>
async fn to_slack(State(core): State<Arc<Core>>, uri: Uri, body: Bytes) -> Answer {
    let Ok(message @ Value::Object(_)) = serde_json::from_slice(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload");
    };
    if message["text"].as_str().is_none_or(str::is_empty) {
        return (StatusCode::BAD_REQUEST, "no_text");
    }
    keep(&core, &uri, message);
    (StatusCode::OK, "ok")
}

/// <https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook>
async fn to_teams(State(core): State<Arc<Core>>, uri: Uri, body: Bytes) -> Answer {
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let has_card = message["attachments"][0]["contentType"] == CARD_TYPE;
    if message["type"] != "message" || !has_card {
        return (StatusCode::BAD_REQUEST, "");
    }
    keep(&core, &uri, message);
    (StatusCode::ACCEPTED, "")
}

fn keep(core: &Core, uri: &Uri, body: Value) {
    core.edit(|world| world.add_notification(uri.path(), body));
}
