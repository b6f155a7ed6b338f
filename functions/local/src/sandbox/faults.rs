//! Scripted failures: which requests fail, how often and in which way.
//!
//! Only decides; `gate` carries a fault out. Never touches a control route.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A failure to come. Without `status` and `reset` the true answer arrives, after the delay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// HTTP method, or `*`.
    pub method: String,
    /// Path without query; `*` stands for any run of characters.
    pub path: String,
    /// How many requests it meets.
    #[serde(default = "once")]
    pub times: u32,
    /// False: instead of the effect. True: the effect happens, then the answer is lost or replaced.
    #[serde(default)]
    pub after_effect: bool,
    /// Status to answer with.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers to add to that answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Pause in milliseconds: before the effect, or after it where the fault comes after it.
    #[serde(default)]
    pub delay_ms: Option<u64>,
    /// Ends the connection without an answer.
    #[serde(default)]
    pub reset: bool,
    /// JSON body of the scripted answer; without it, an error of GitHub's shape.
    #[serde(default)]
    pub body: Option<Value>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that meets one request, instead of its effect, and does nothing yet.
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            times: 1,
            after_effect: false,
            status: None,
            headers: BTreeMap::new(),
            delay_ms: None,
            reset: false,
            body: None,
        }
    }

    /// The pause before the answer.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or_default())
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && glob_matches(&self.path, path)
    }
}

/// The faults that are still to come, in the order of scripting, and the count of those that came.
#[derive(Debug, Default)]
pub(super) struct FaultScript {
    waiting: Vec<Fault>,
    hits: u64,
}

impl FaultScript {
    pub(super) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.hits = 0;
    }

    pub(super) fn hits(&self) -> u64 {
        self.hits
    }

    /// Takes one use of the first fault that meets the request.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let met = self.waiting.iter_mut().find(|fault| fault.times > 0 && fault.meets(method, path))?;
        met.times -= 1;
        let fault = met.clone();
        self.hits += 1;
        self.waiting.retain(|fault| fault.times > 0);
        Some(fault)
    }
}

/// Whether a text fits a pattern in which `*` stands for any run of characters, slashes too.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut remaining) = text.strip_prefix(prefix) else {
        return false;
    };
    let (middles, suffix) = rest.rsplit_once('*').unwrap_or(("", rest));
    for middle in middles.split('*') {
        let Some(at) = remaining.find(middle) else {
            return false;
        };
        remaining = &remaining[at + middle.len()..];
    }
    remaining.ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(glob_matches(pattern, text), expected, "{pattern} on {text}");
        };
        check("/repos/octo/anthropic", "/repos/octo/anthropic", true);
        check("/repos/octo/anthropic", "/repos/octo/bedrock", false);
        check("*", "/app", true);
        check("*/dispatches", "/repos/o/r/actions/workflows/f.yml/dispatches", true);
        check("/repos/*/issues/*/comments", "/repos/o/r/issues/1/comments", true);
        check("/repos/*/issues/*/comments", "/repos/o/r/issues/1/labels", false);
        check("/a*a", "/a", false);
    }

    #[test]
    fn a_fault_meets_as_many_requests_as_it_says() {
        let mut script = FaultScript::default();
        script.add(Fault { times: 2, ..Fault::on("POST", "*") });
        assert!(script.take("GET", "/app").is_none());
        assert!(script.take("POST", "/app").is_some());
        assert!(script.take("post", "/app").is_some());
        assert!(script.take("POST", "/app").is_none());
        assert_eq!(script.hits(), 2);
    }
}
