//! What a caller decides before a sandbox starts. Never read after that, but for the webhook, which
//! may move.

use std::path::PathBuf;
use std::time::Duration;

/// How a sandbox is to be started.
#[derive(Debug, Default)]
pub struct SandboxConfig {
    /// Loopback port; 0 takes any free one.
    pub port: u16,
    /// Where the App's webhooks go; none are sent without it.
    pub webhook: Option<WebhookTarget>,
    /// How runs progress.
    pub pace: Pace,
    /// File that keeps the world over restarts.
    pub state_file: Option<PathBuf>,
}

/// The receiver of the App's webhooks.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    /// Address of the receiver, plain HTTP.
    pub url: String,
    /// Secret that signs the bodies.
    pub secret: String,
}

/// How runs progress.
#[derive(Debug, Clone, Copy, Default)]
pub enum Pace {
    /// Only by [`super::Sandbox::advance_run`].
    #[default]
    Manual,
    /// By themselves, to success.
    Auto {
        /// Time in the queue.
        queued_for: Duration,
        /// Time at work.
        running_for: Duration,
    },
}
