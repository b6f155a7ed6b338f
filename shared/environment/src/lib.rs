//! What every function's main needs before it starts: its variables and its log.
//!
//! Owns the reading of environment variables by name, and the log's form. Never reads a secret: variables hold the
//! names of secrets only.

use std::env;
use std::error::Error;
use std::fmt;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields};

/// The crates whose lines are ours.
pub const OUR_CRATES: [&str; 14] = [
    "admin",
    "aws",
    "clock",
    "dispatch",
    "domain",
    "environment",
    "gather",
    "github",
    "github_app",
    "local",
    "sweeper",
    "web",
    "webhook",
    "worker",
];

/// Crates of others whose names begin like one of ours.
const BEGIN_LIKE_OURS: [&str; 11] = [
    "aws_config",
    "aws_credential_types",
    "aws_lambda_events",
    "aws_lc",
    "aws_runtime",
    "aws_sdk",
    "aws_sigv4",
    "aws_smithy",
    "aws_types",
    "web_time",
    "webpki",
];

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

/// The version of the function that Lambda runs, where it is Lambda: `$LATEST`, or a number.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
#[must_use]
pub fn function_version() -> Option<String> {
    optional("AWS_LAMBDA_FUNCTION_VERSION")
}

/// Starts a log of one JSON object a line, at the level that `LOG_LEVEL` says (`info` without it).
pub fn start_json_log() {
    json_log().with_env_filter(log_filter("info")).init();
}

/// Fields stand beside the message, not below it: the template's metrics are made of them.
fn json_log() -> SubscriberBuilder<JsonFields, Format<Json, ()>> {
    // CloudWatch has the time of every line.
    tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).without_time()
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

/// The target of lines that carry a claim's reason code. They are written whatever `LOG_LEVEL` says: metrics and alarms are
/// made of them.
pub const REASONS: &str = "reasons";

/// The filter that `LOG_LEVEL` asks for: a level, or the directives of
/// [`tracing_subscriber`](https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter/struct.EnvFilter.html).
#[must_use]
pub fn log_filter(default: &str) -> EnvFilter {
    EnvFilter::new(directives(&optional("LOG_LEVEL").unwrap_or_else(|| default.to_owned())))
}

/// A level beyond `info` is meant for our own words: other crates would write dozens of lines about one call, and at
/// `trace` what went over the wire.
fn directives(asked: &str) -> String {
    format!("{},{REASONS}=info", of_lines_for_people(asked))
}

fn of_lines_for_people(asked: &str) -> String {
    match asked.parse::<LevelFilter>() {
        Ok(level) if level > LevelFilter::INFO => {
            let ours: Vec<String> = OUR_CRATES.iter().map(|name| format!("{name}={level}")).collect();
            // A directive holds for all names that begin like its own, and the longest one wins.
            let theirs: Vec<String> = BEGIN_LIKE_OURS.iter().map(|name| format!("{name}=info")).collect();
            format!("info,{},{}", ours.join(","), theirs.join(","))
        }
        _ => asked.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was logged. Clones are the same log.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("nobody panicked").clone()).expect("a text")
        }
    }

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
        assert_eq!(of_lines_for_people("warn"), "warn");
        assert_eq!(of_lines_for_people("hyper=trace"), "hyper=trace");
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(directives("trace")))
            .with_writer({
                let log = log.clone();
                move || log.clone()
            })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "aws::mappings", "ours");
            tracing::debug!(target: "github_app", "ours");
            tracing::debug!(target: "aws_smithy_runtime::client", "theirs");
            tracing::trace!(target: "aws_sdk_secretsmanager", "theirs");
            tracing::debug!(target: "hyper_util::client", "theirs");
            tracing::debug!(target: "webpki", "theirs");
            tracing::info!(target: "aws_config", "of everybody");
        });
        let written = log.text();
        assert_eq!(written.matches("ours").count(), 2, "{written}");
        assert!(!written.contains("theirs") && written.contains("of everybody"), "{written}");
    }

    #[test]
    fn reasons_are_logged_at_every_level() {
        for level in ["off", "error", "hyper=trace"] {
            let log = Log::default();
            let subscriber = json_log().with_env_filter(EnvFilter::new(directives(level))).with_writer({
                let log = log.clone();
                move || log.clone()
            });
            tracing::subscriber::with_default(subscriber.finish(), || {
                tracing::info!(target: REASONS, code = "UNKNOWN_OUTCOME", "a claim moves");
                tracing::info!(target: "worker", "something else");
            });
            assert!(log.text().contains("UNKNOWN_OUTCOME") && !log.text().contains("else"), "{level}: {}", log.text());
        }
    }

    /// The template's metric filters read `$.code`.
    #[test]
    fn a_lines_code_stands_at_its_top() {
        let log = Log::default();
        let subscriber = json_log()
            .with_writer({
                let log = log.clone();
                move || log.clone()
            })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(target: "sweeper", code = "DELIVERY_LOST", delivery.guid = "g", "a delivery is given up");
        });
        let line = r#"{"level":"ERROR","message":"a delivery is given up","code":"DELIVERY_LOST","delivery.guid":"g","target":"sweeper"}"#;
        assert_eq!(log.text().trim_end(), line);
    }
}
