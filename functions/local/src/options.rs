//! What the command was asked for: its arguments and its environment.
//!
//! Owns names, defaults and the help text. Never starts anything.

use std::path::PathBuf;

use lexopt::Arg;
use thiserror::Error;

/// The help text.
pub(crate) const HELP: &str = "\
AI-Implement on this machine: the whole control plane in one process, with a sandbox GitHub.

usage: ai-implement [--fresh] [--mappings FILE]   start the system and keep it running
       ai-implement demo                          watch comments become runs

  --fresh            empty the data folder .local/ first
  --mappings FILE    add the mappings of a JSON list, each with its repoId
  --help             show this text

environment
  PORT, SANDBOX_PORT       where to listen on 127.0.0.1 (8787, 8788)
  LOG_LEVEL                what to log on standard error
  GITHUB_APP_SECRET_FILE   the App's credentials as JSON: use the real GitHub, not the sandbox;
  WEBHOOK_SECRET_FILE      the webhook's secrets as JSON: needed with the former
  GITHUB_API_URL           the real GitHub's API, if it isn't https://api.github.com
  GITHUB_WEB_URL           its pages, if they aren't at https://github.com
  ADMIN_ALLOW              who may sign in with GitHub: org:NAME, team:ORG/SLUG, user:LOGIN, user-id:NUMBER;
                           user:admin with the sandbox, nobody with the real GitHub unless it is set
";

/// A well-formed request to the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// Show the help text.
    Help,
    /// Tell the story.
    Demo(Ports),
    /// Start the system.
    Serve(Serve),
}

/// How to start the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Serve {
    pub(crate) ports: Ports,
    pub(crate) fresh: bool,
    pub(crate) mappings: Option<PathBuf>,
}

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) product: u16,
    pub(crate) sandbox: u16,
}

/// Why a request isn't well-formed.
#[derive(Debug, Error)]
pub(crate) enum OptionError {
    #[error("{0}; --help shows what there is")]
    Argument(#[from] lexopt::Error),
    #[error("{name} is not a port number: {value}")]
    Port { name: &'static str, value: String },
}

impl Request {
    /// Reads arguments and environment.
    pub(crate) fn from_command_line() -> Result<Self, OptionError> {
        let ports = Ports { product: port("PORT", 8787)?, sandbox: port("SANDBOX_PORT", 8788)? };
        Self::parse(lexopt::Parser::from_env(), ports)
    }

    fn parse(mut arguments: lexopt::Parser, ports: Ports) -> Result<Self, OptionError> {
        let mut serve = Serve { ports, fresh: false, mappings: None };
        let mut demo = false;
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("fresh") => serve.fresh = true,
                Arg::Long("mappings") => serve.mappings = Some(arguments.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => return Ok(Self::Help),
                Arg::Value(word) if word == "demo" => demo = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(if demo { Self::Demo(ports) } else { Self::Serve(serve) })
    }
}

fn port(name: &'static str, default: u16) -> Result<u16, OptionError> {
    match environment::optional(name) {
        Some(value) => value.parse().map_err(|_| OptionError::Port { name, value }),
        None => Ok(default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Ports = Ports { product: 1, sandbox: 2 };

    fn parse(arguments: &[&str]) -> Result<Request, String> {
        Request::parse(lexopt::Parser::from_args(arguments), PORTS).map_err(|error| error.to_string())
    }

    #[test]
    fn every_request_is_understood() {
        let serve = |fresh, mappings: Option<&str>| {
            Ok(Request::Serve(Serve { ports: PORTS, fresh, mappings: mappings.map(PathBuf::from) }))
        };
        assert_eq!(parse(&[]), serve(false, None));
        assert_eq!(parse(&["--fresh", "--mappings", "m.json"]), serve(true, Some("m.json")));
        assert_eq!(parse(&["demo"]), Ok(Request::Demo(PORTS)));
        assert_eq!(parse(&["demo", "--help"]), Ok(Request::Help));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (arguments, named) in [(vec!["--frsh"], "--frsh"), (vec!["dmo"], "dmo"), (vec!["--mappings"], "--mappings")]
        {
            let error = parse(&arguments).expect_err("not understood");
            assert!(error.contains(named) && error.contains("--help"), "{error}");
        }
    }
}
