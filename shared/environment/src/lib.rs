//! What every function's main needs before it starts: its variables and its log.
//!
//! Owns the reading of environment variables by name, and the log's form. Never reads a secret: variables hold the
//! names of secrets only.

use std::env;

use thiserror::Error;
use tracing_subscriber::EnvFilter;

/// A variable that the function can't do without.
#[derive(Debug, Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(&'static str);

/// The value of a variable; an empty one counts as missing.
pub fn required(name: &'static str) -> Result<String, MissingVariable> {
    optional(name).ok_or(MissingVariable(name))
}

/// The value of a variable, if it is set and not empty.
#[must_use]
pub fn optional(name: &'static str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The API's address: GitHub's own, unless `GITHUB_API_URL` names an Enterprise Server or a sandbox.
#[must_use]
pub fn github_api_url() -> String {
    optional("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned())
}

/// Starts a log of one JSON object a line, at the level that `LOG_LEVEL` says (`info` without it).
pub fn start_json_log() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        // CloudWatch has the time of every line.
        .without_time()
        .with_env_filter(log_filter("info"))
        .init();
}

/// The filter that `LOG_LEVEL` asks for.
#[must_use]
pub fn log_filter(default: &str) -> EnvFilter {
    EnvFilter::new(optional("LOG_LEVEL").unwrap_or_else(|| default.to_owned()))
}
