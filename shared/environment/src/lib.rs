//! What every function's main needs before it starts: its variables and its log.
//!
//! Owns the reading of environment variables by name, and the log's form. Never reads a secret: variables hold the
//! names of secrets only.

use std::env;
use std::error::Error;
use std::fmt;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The crates whose lines are ours.
pub const OUR_CRATES: [&str; 11] =
    ["admin", "aws", "clock", "domain", "environment", "github", "github_app", "local", "web", "webhook", "worker"];

/// A variable that the function can't do without.
#[derive(Debug, thiserror::Error)]
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

/// An error with all its causes on one line, for a log field: the JSON log shows nothing but an error's own words.
#[must_use]
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl fmt::Display + use<'a> {
    struct Chain<'a>(&'a (dyn Error + 'static));

    impl fmt::Display for Chain<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)?;
            let mut cause = self.0.source();
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
            Ok(())
        }
    }

    Chain(error)
}

/// The filter that `LOG_LEVEL` asks for: a level, or the directives of
/// [`tracing_subscriber`](https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html).
#[must_use]
pub fn log_filter(default: &str) -> EnvFilter {
    EnvFilter::new(directives(&optional("LOG_LEVEL").unwrap_or_else(|| default.to_owned())))
}

/// A level beyond `info` is meant for our own words: other crates would write dozens of lines about one call, and at
/// `trace` what went over the wire.
fn directives(asked: &str) -> String {
    match asked.parse::<LevelFilter>() {
        Ok(level) if level > LevelFilter::INFO => {
            let ours: Vec<String> = OUR_CRATES.iter().map(|name| format!("{name}={level}")).collect();
            format!("info,{}", ours.join(","))
        }
        _ => asked.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("a table failed")]
    struct Outer(#[source] MissingVariable);

    #[test]
    fn a_chain_shows_every_cause() {
        let text = chain(&Outer(MissingVariable("QUEUE_URL"))).to_string();
        assert_eq!(text, "a table failed: the environment variable QUEUE_URL is not set");
    }

    #[test]
    fn a_level_beyond_info_is_for_our_own_crates() {
        assert_eq!(directives("warn"), "warn");
        assert_eq!(directives("hyper=trace"), "hyper=trace");
        let debug = directives("debug");
        assert!(debug.starts_with("info,") && debug.contains(",worker=debug") && !debug.contains("hyper"), "{debug}");
    }
}
