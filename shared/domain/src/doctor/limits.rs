//! Checks of how long things last: a session of the role, a token of the App's, a job.
//!
//! The numbers are those of `infra/target-repo/program/lib/provider.mjs`.

use super::facts::MappedFact;
use super::{Check, Finding, Seen, check, fail, pass, unknown, warn};
use crate::facts::WorkflowFact;
use crate::mapping::Mapping;
use crate::provider::Provider;
use crate::refusal::code;

const SESSION: &str = "AI_IMPLEMENT_SESSION_SECONDS";
/// What every role allows.
const DEFAULT_SESSION_SECONDS: u32 = 3_600;
/// What our role's template allows.
const TEMPLATE_SESSION_SECONDS: u32 = 7_200;
const SHORTEST_SESSION_SECONDS: u32 = 900;
const LONGEST_SESSION_SECONDS: u32 = 43_200;
/// The agent's step ends so long before its session does.
const SESSION_MARGIN_MINUTES: u32 = 5;
/// What setting up and handing over may take of a job.
const JOB_MARGIN_MINUTES: u32 = 10;
/// How long GitHub lets an installation's token live.
/// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
const APP_TOKEN_MINUTES: u32 = 60;

pub(super) fn checks(mapping: &Mapping, mapped: &MappedFact) -> Vec<Check> {
    vec![
        check("session", "Session length", session(mapping, mapped)),
        check("token-life", "Life of the App's token", token_life(mapping, mapped)),
    ]
}

fn session(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let value = mapped.variable(SESSION)?;
    let Some(seconds) = session_seconds(value) else {
        let told = format!("`{SESSION}` is {}: every run stops at it.", code(value.unwrap_or_default()));
        let remedy = format!("Set it to {SHORTEST_SESSION_SECONDS} to {LONGEST_SESSION_SECONDS}, or remove it.");
        return Ok(fail(told, remedy));
    };
    if mapping.provider == Provider::Anthropic {
        return Ok(pass("There is no session on the Anthropic API."));
    }
    let job = mapping.limits.max_job_minutes.get();
    let of_job = job.saturating_sub(JOB_MARGIN_MINUTES).max(job.div_ceil(2));
    let of_session = (seconds / 60).saturating_sub(SESSION_MARGIN_MINUTES);
    if of_session >= of_job {
        return Ok(pass(format!(
            "A session of {seconds} s outlives Claude's {of_job} minutes, where the role allows it."
        )));
    }
    let enough = ((of_job + SESSION_MARGIN_MINUTES) * 60).clamp(DEFAULT_SESSION_SECONDS, LONGEST_SESSION_SECONDS);
    let as_the_template = if enough <= TEMPLATE_SESSION_SECONDS {
        "as our role template does"
    } else {
        "`MaxSessionSeconds` of our template"
    };
    Ok(warn(
        format!(
            "A session lasts {seconds} s, so Claude's step ends after {of_session} minutes; the job would let it have {of_job}."
        ),
        format!(
            "Set the variable `{SESSION}` to {enough} where the role allows it ({as_the_template}), or lower `maxJobMinutes`."
        ),
    ))
}

/// As a run reads it; `None` for what a run refuses.
fn session_seconds(value: Option<&str>) -> Option<u32> {
    let Some(text) = value else { return Some(DEFAULT_SESSION_SECONDS) };
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number)?;
    (SHORTEST_SESSION_SECONDS..=LONGEST_SESSION_SECONDS).contains(&seconds).then_some(seconds)
}

/// Runs that redeem their claim are lent a token where they need one, for one job.
fn token_life(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let job = mapping.limits.max_job_minutes.get();
    let is_fenced = match mapped.implement.declaration.as_ref().map_err(|why| *why)? {
        WorkflowFact::Declared(declaration) => declaration.has_fence(),
        WorkflowFact::Missing | WorkflowFact::Undispatchable(_) => {
            return Ok(unknown("There is no workflow to look at.", "Mend the workflow first."));
        }
    };
    Ok(if is_fenced {
        pass("Each job asks for a token of its own when it needs one.")
    } else if job <= APP_TOKEN_MINUTES {
        pass(format!("It outlives a job of {job} minutes."))
    } else {
        warn(
            format!(
                "A token that a job makes at its beginning ends after {APP_TOKEN_MINUTES} minutes, and a job may take {job}."
            ),
            "Sync the workflows: theirs ask for a token when they need it. Or lower `maxJobMinutes`.",
        )
    })
}
