//! What a run says of itself: on its way, and at its end.
//!
//! Owns the phases' names, the shape of a report and its bounds. Never believes a report about the run's own end: that is
//! GitHub's to say, and a report can only make a green run a failed one.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::run_kind::RunKind;

/// A report has at most so many comments.
const MAX_COMMENTS: usize = 20;
/// All of its texts together have at most so many bytes: they are kept on the claim's record.
const MAX_BYTES: usize = 48 * 1024;
/// No run costs as much as this, in US dollars. A table holds no number of every size that JSON has.
const MAX_COST_USD: f64 = 1_000_000.0;
/// A word on the way has at most so many characters.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// What a run is at work on, in the word of the reference product's runners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It plans.
    Planning,
    /// It implements.
    Implementation,
    /// It fills the gaps of a pull request.
    #[serde(alias = "gap-analysis")]
    GapFill,
}

/// How a run says it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedOutcome {
    /// It did what was asked.
    Success,
    /// It did not.
    Failure,
}

/// A run's last word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunReport {
    /// What it was at work on.
    pub phase: Phase,
    /// How it went.
    pub outcome: ReportedOutcome,
    /// What it wants people to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<ReportComment>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The pull request that it opened or pushed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr_url: Option<String>,
    /// There was nothing to change, so there is no pull request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_work: bool,
    /// What it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// A text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportComment {
    /// In Markdown.
    pub body: String,
}

/// What a run took of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Usage {
    /// Turns of the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<u32>,
    /// Its price in US dollars, as the agent counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<serde_json::Number>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// A word on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Progress {
    /// What the run is at work on.
    pub phase: Phase,
    /// What it does just now, in one line.
    pub message: String,
}

/// Why a report can't be taken. None of these uses the run's token up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReportFault {
    /// It is about another phase than the run's.
    #[error("the report is about another phase than the run that the token was made for")]
    PhaseMismatch,
    /// An implementation that went well has a pull request.
    #[error("an implementation that succeeded names its pull request in `prUrl`, or says `noWork`")]
    MissingPrUrl,
    /// It is no address of a pull request.
    #[error("`prUrl` is the address of a pull request, https://…/pull/<number>")]
    BadPrUrl,
    /// Its price is none.
    #[error("`costUsd` is a price in US dollars, from 0")]
    BadCost,
    /// It says more than is kept.
    #[error(
        "a report has at most {MAX_COMMENTS} comments and {MAX_BYTES} bytes of text, a word on the way {MAX_MESSAGE_CHARACTERS} characters"
    )]
    TooLong,
}

impl Phase {
    /// The phase of a kind of run.
    #[must_use]
    pub const fn of(kind: RunKind) -> Self {
        match kind {
            RunKind::Plan => Self::Planning,
            RunKind::Implement => Self::Implementation,
            RunKind::GapFill => Self::GapFill,
        }
    }

    /// Its stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Implementation => "implementation",
            Self::GapFill => "gap-fill",
        }
    }
}

impl ReportFault {
    /// The stable code, as runners of the reference product know it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PhaseMismatch => "phase_mismatch",
            Self::MissingPrUrl => "missing_prUrl",
            Self::BadPrUrl => "bad_prUrl",
            Self::BadCost => "bad_costUsd",
            Self::TooLong => "report_too_long",
        }
    }
}

impl RunReport {
    /// Judges a report of a run of that phase.
    pub fn judge(&self, phase: Phase) -> Result<(), ReportFault> {
        if self.phase != phase {
            return Err(ReportFault::PhaseMismatch);
        }
        let has_gone_well = self.outcome == ReportedOutcome::Success;
        if has_gone_well && phase == Phase::Implementation && self.pr_url.is_none() && !self.no_work {
            return Err(ReportFault::MissingPrUrl);
        }
        if self.pr_url.as_deref().is_some_and(|url| pull_request_number(url).is_none()) {
            return Err(ReportFault::BadPrUrl);
        }
        let usage = self.usage.as_ref();
        if usage.and_then(|usage| usage.cost_usd.as_ref()).is_some_and(|cost| !is_price(cost)) {
            return Err(ReportFault::BadCost);
        }
        let texts = self.comments.iter().map(|comment| &comment.body).chain(&self.failure_reason).chain(&self.pr_url);
        let texts = texts.chain(usage.and_then(|usage| usage.model.as_ref()));
        if self.comments.len() > MAX_COMMENTS || texts.map(String::len).sum::<usize>() > MAX_BYTES {
            return Err(ReportFault::TooLong);
        }
        Ok(())
    }
}

impl Progress {
    /// Judges a word of a run of that phase.
    pub fn judge(&self, phase: Phase) -> Result<(), ReportFault> {
        if self.phase != phase {
            return Err(ReportFault::PhaseMismatch);
        }
        let is_short = self.message.chars().nth(MAX_MESSAGE_CHARACTERS).is_none();
        if is_short { Ok(()) } else { Err(ReportFault::TooLong) }
    }
}

/// Nothing lies between nothing and a billionth of a dollar: a table holds no number that is as small as JSON's.
fn is_price(cost: &serde_json::Number) -> bool {
    cost.as_f64().is_some_and(|cost| cost == 0.0 || (1e-9..MAX_COST_USD).contains(&cost))
}

/// The number at the end of a pull request's address; `None` where it is none, or could break out of a link.
#[must_use]
pub fn pull_request_number(url: &str) -> Option<u64> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://127.0.0.1:"))?;
    let is_plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/:".contains(&b));
    let (before, number) = rest.split_once("/pull/")?;
    let is_deep_enough = before.split('/').filter(|part| !part.is_empty()).count() >= 3;
    if is_plain && is_deep_enough { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(json: &str) -> RunReport {
        serde_json::from_str(json).expect("a report")
    }

    #[test]
    fn a_report_is_of_the_runs_own_phase() {
        let planned = report(r#"{"phase":"planning","outcome":"success"}"#);
        assert_eq!(planned.judge(Phase::Planning), Ok(()));
        assert_eq!(planned.judge(Phase::GapFill), Err(ReportFault::PhaseMismatch));
        let gaps = report(r#"{"phase":"gap-analysis","outcome":"failure","failureReason":"no"}"#);
        assert_eq!(gaps.judge(Phase::GapFill), Ok(()), "the reference product's word");
    }

    #[test]
    fn an_implementation_that_went_well_has_a_pull_request() {
        let phase = Phase::Implementation;
        let with = |rest: &str| report(&format!(r#"{{"phase":"implementation"{rest}}}"#)).judge(phase);
        assert_eq!(with(r#","outcome":"success""#), Err(ReportFault::MissingPrUrl));
        assert_eq!(with(r#","outcome":"success","noWork":true"#), Ok(()));
        assert_eq!(with(r#","outcome":"failure""#), Ok(()));
        assert_eq!(with(r#","outcome":"success","prUrl":"https://github.com/o/r/pull/7""#), Ok(()));
        assert_eq!(with(r#","outcome":"success","prUrl":"javascript:alert(1)""#), Err(ReportFault::BadPrUrl));
    }

    #[test]
    fn an_address_can_not_break_out_of_a_link() {
        assert_eq!(pull_request_number("https://github.com/o/r/pull/7"), Some(7));
        for url in [
            "https://github.com/o/r/pull/7) [x](https://evil.example",
            "https://github.com/o/r/issues/7",
            "https://github.com/pull/7",
            "https://user@github.com/o/r/pull/7",
            "http://github.com/o/r/pull/7",
            "",
        ] {
            assert_eq!(pull_request_number(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused_and_not_cut() {
        let long = "x".repeat(MAX_BYTES + 1);
        let comment = |body: String| RunReport {
            comments: vec![ReportComment { body }],
            ..report(r#"{"phase":"planning","outcome":"success"}"#)
        };
        assert_eq!(comment(long).judge(Phase::Planning), Err(ReportFault::TooLong));
        assert_eq!(comment("x".repeat(MAX_BYTES)).judge(Phase::Planning), Ok(()));
        let many = RunReport {
            comments: vec![ReportComment { body: "x".into() }; MAX_COMMENTS + 1],
            ..comment(String::new())
        };
        assert_eq!(many.judge(Phase::Planning), Err(ReportFault::TooLong));
    }

    #[test]
    fn a_usage_is_one_that_a_table_can_hold() {
        let with = |usage: &str| {
            report(&format!(r#"{{"phase":"planning","outcome":"success","usage":{usage}}}"#)).judge(Phase::Planning)
        };
        for cost in ["0", "0.42", "12"] {
            assert_eq!(with(&format!(r#"{{"costUsd":{cost}}}"#)), Ok(()), "{cost}");
        }
        for cost in ["-1", "1e300", "1e-300", "1000000"] {
            assert_eq!(with(&format!(r#"{{"costUsd":{cost}}}"#)), Err(ReportFault::BadCost), "{cost}");
        }
        let model = "x".repeat(MAX_BYTES + 1);
        assert_eq!(with(&format!(r#"{{"model":"{model}"}}"#)), Err(ReportFault::TooLong));
    }

    #[test]
    fn unknown_fields_are_refused() {
        let odd = r#"{"phase":"planning","outcome":"success","extra":1}"#;
        assert!(serde_json::from_str::<RunReport>(odd).is_err());
    }
}
