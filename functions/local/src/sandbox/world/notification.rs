//! What was posted to the chat services that live here beside GitHub.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One message to an incoming webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Path of the webhook: the service, then its channel.
    pub path: String,
    /// The message.
    pub body: Value,
    /// When it arrived.
    pub at: Timestamp,
}
