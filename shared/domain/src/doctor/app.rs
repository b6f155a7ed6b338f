//! Checks of the App: whether it is here, may do its work, and is told of what happens.

use std::collections::BTreeSet;

use super::facts::{DeliveryFact, InstallationFact, MappingFact, SetUpFacts};
use super::{Check, Finding, Seen, Unseen, check, fail, pass, unknown, warn};
use crate::ids::RepoId;
use crate::mapping::Mapping;
use crate::public_url::PublicUrl;
use crate::refusal::code;

/// What no run can do without.
const NEEDED: [(&str, &str); 5] =
    [("actions", "write"), ("contents", "read"), ("issues", "write"), ("metadata", "read"), ("pull_requests", "write")];
/// What something can do without, and what that is.
const OPTIONAL: [(&str, &str, &str); 6] = [
    ("contents", "write", "runs can't push by the App's token, and what they push starts no checks"),
    ("workflows", "write", "the repository can't be brought its workflows"),
    ("checks", "read", "why a run failed is told less well"),
    ("secrets", "read", "secrets can't be checked"),
    ("actions_variables", "read", "variables can't be checked"),
    ("administration", "read", "what Actions may do can't be checked"),
];
/// Where GitHub's deliveries come in.
const HOOK_PATHS: [&str; 2] = ["/webhooks/github", "/api/github/webhook"];
/// So many of the newest events are looked at.
const NEWEST: usize = 30;

pub(super) fn checks(facts: &SetUpFacts) -> Vec<Check> {
    vec![
        check("app", "App", app(facts)),
        check("permissions", "Permissions", permissions(facts)),
        check("optional-permissions", "Optional permissions", optional_permissions(facts)),
        check("webhook", "Webhook", webhook(facts)),
        check("events", "Events", events(facts)),
        check("deliveries", "Deliveries", deliveries(facts)),
    ]
}

fn app(facts: &SetUpFacts) -> Seen<Finding> {
    match &facts.installation {
        Ok(installation) => Ok(pass(format!("It is installed here (installation {}).", installation.id))),
        Err(
            why @ (Unseen::NoCredentials
            | Unseen::CredentialsRefused
            | Unseen::NotInstalled
            | Unseen::Suspended
            | Unseen::Moved),
        ) => Ok(fail(why.why(), why.remedy())),
        Err(why) => Err(*why),
    }
}

fn permissions(facts: &SetUpFacts) -> Seen<Finding> {
    let installation = installation(facts)?;
    let lacking: Vec<(&str, &str)> =
        NEEDED.into_iter().filter(|(name, access)| !installation.permissions.allow(name, access)).collect();
    if lacking.is_empty() {
        return Ok(pass("It may do all that a run takes."));
    }
    let words: Vec<String> = lacking.iter().map(|(name, access)| format!("`{name}: {access}`")).collect();
    Ok(fail(format!("The App lacks {}.", words.join(", ")), how_to_grant(facts, &lacking)))
}

fn optional_permissions(facts: &SetUpFacts) -> Seen<Finding> {
    let installation = installation(facts)?;
    let lacking: Vec<_> =
        OPTIONAL.into_iter().filter(|(name, access, _)| !installation.permissions.allow(name, access)).collect();
    if lacking.is_empty() {
        return Ok(pass("It may do all else that is useful."));
    }
    let words: Vec<String> =
        lacking.iter().map(|(name, access, without)| format!("without `{name}: {access}`, {without}")).collect();
    let lacking: Vec<(&str, &str)> = lacking.iter().map(|(name, access, _)| (*name, *access)).collect();
    let told = words.join("; ");
    Ok(warn(format!("W{}.", told.strip_prefix('w').unwrap_or(&told)), how_to_grant(facts, &lacking)))
}

/// What the App doesn't ask for, nobody can accept.
fn how_to_grant(facts: &SetUpFacts, lacking: &[(&str, &str)]) -> String {
    let asks = |(name, access): &(&str, &str)| facts.app.as_ref().is_ok_and(|app| app.permissions.allow(name, access));
    if lacking.iter().all(asks) {
        "The App asks for it: have an owner accept the App's permissions.".into()
    } else {
        "Add it to the App's permissions, and have an owner accept them.".into()
    }
}

fn webhook(facts: &SetUpFacts) -> Seen<Finding> {
    let url = facts.hook_url.as_ref().map_err(|why| *why)?;
    let Some(ours) = &facts.public_url else {
        return Ok(unknown("This function doesn't know the control plane's address.", "Look in the admin."));
    };
    let expected = format!("{}{}", ours.as_str(), HOOK_PATHS[0]);
    let remedy = format!("In the App's settings, make the webhook active and its URL {}.", code(&expected));
    let Some(url) = url else { return Ok(fail("The App has no webhook.", remedy)) };
    if HOOK_PATHS.iter().any(|path| *url == format!("{}{path}", ours.as_str())) {
        return Ok(pass(format!("It sends to {}.", code(url))));
    }
    if is_on_loopback(ours) {
        let why = format!("It sends to {}, and this control plane is on a loopback address.", code(url));
        return Ok(unknown(why, "Nothing, where deliveries are pulled: the local system does that."));
    }
    Ok(sends_elsewhere(facts, url, remedy))
}

/// The address may be another name of this one, such as a proxy's. What comes of the deliveries tells.
fn sends_elsewhere(facts: &SetUpFacts, url: &str, remedy: String) -> Finding {
    let sends = format!("It sends to {}, which is not this control plane's own address", code(url));
    let Ok(all) = &facts.deliveries else {
        return unknown(format!("{sends}. Whether deliveries are taken there could not be read."), remedy);
    };
    if about(repository_id(facts), all).first().is_some_and(|newest| was_taken(all, &newest.guid)) {
        let seen = format!("{sends}. The newest delivery was taken there.");
        return warn(seen, format!("Nothing, if that leads here, as a proxy does. If it doesn't: {remedy}"));
    }
    fail(format!("{sends}, and no newest delivery was taken there."), remedy)
}

fn is_on_loopback(url: &PublicUrl) -> bool {
    ["http://127.", "http://localhost", "http://[::1]"].iter().any(|loopback| url.as_str().starts_with(loopback))
}

fn events(facts: &SetUpFacts) -> Seen<Finding> {
    let installation = installation(facts)?;
    let comments =
        if mapping(facts).is_some_and(Mapping::is_triggered_by_workflow) { None } else { Some("issue_comment") };
    let lacks = |event: &&str| !installation.events.contains(*event);
    let lacking: Vec<&str> =
        comments.into_iter().chain(["workflow_run", "pull_request", "repository"]).filter(lacks).collect();
    let words = lacking.iter().map(|event| code(event)).collect::<Vec<_>>().join(", ");
    let remedy = "Subscribe to it in the App's settings, under *Permissions & events*.";
    Ok(match lacking.first() {
        None => pass("It is told of all that matters."),
        // The sweep reads the comments that nobody told of.
        Some(&"issue_comment") => warn(
            format!("The App is not told of {words}: commands are found minutes later, and their runs start late."),
            remedy,
        ),
        Some(_) => warn(format!("The App is not told of {words}: what changes there is noticed late."), remedy),
    })
}

fn deliveries(facts: &SetUpFacts) -> Seen<Finding> {
    let all = facts.deliveries.as_ref().map_err(|why| *why)?;
    let about_it = about(repository_id(facts), all);
    let Some(newest) = about_it.first() else {
        let why = "GitHub lists no delivery of the last three days: nothing happened, or the webhook is switched off.";
        return Ok(unknown(why, "See that the App's webhook is active, comment `/ai-implement help`, and look again."));
    };
    let mut events: Vec<&str> = about_it.iter().map(|attempt| attempt.guid.as_str()).collect();
    let mut known = BTreeSet::new();
    events.retain(|guid| known.insert(*guid));
    events.truncate(NEWEST);
    let lost = events.iter().filter(|guid| !was_taken(all, guid)).count();
    let remedy = "Compare the webhook's secret with the webhook secret here, and read the log; GitHub is asked to deliver again by itself.";
    Ok(if lost == 0 {
        pass(format!(
            "The newest {} were taken, the last at {}.",
            events.len(),
            newest.at.strftime("%Y-%m-%d %H:%M UTC")
        ))
    } else if was_taken(all, &newest.guid) {
        warn(format!("Of the newest {} events, {lost} were not taken; the last one was.", events.len()), remedy)
    } else {
        let (event, status) = (code(&newest.event), newest.status_code);
        fail(format!("The newest, {event}, was answered {status}; {lost} of {} were not taken.", events.len()), remedy)
    })
}

/// Whether any attempt at an event was taken.
fn was_taken(all: &[DeliveryFact], guid: &str) -> bool {
    all.iter().any(|attempt| attempt.guid == guid && attempt.is_ok())
}

/// Those about the repository, else all: the hook is one for the whole App.
fn about(repository: Option<RepoId>, all: &[DeliveryFact]) -> Vec<&DeliveryFact> {
    let about_it: Vec<&DeliveryFact> =
        all.iter().filter(|it| repository.is_some() && it.repository == repository).collect();
    if about_it.is_empty() { all.iter().collect() } else { about_it }
}

fn repository_id(facts: &SetUpFacts) -> Option<RepoId> {
    mapping(facts).and_then(|mapping| mapping.repo_id)
}

fn mapping(facts: &SetUpFacts) -> Option<&Mapping> {
    match &facts.mapping {
        MappingFact::Found(mapping) => Some(mapping),
        _ => None,
    }
}

fn installation(facts: &SetUpFacts) -> Seen<&InstallationFact> {
    facts.installation.as_ref().map_err(|why| *why)
}

impl DeliveryFact {
    const fn is_ok(&self) -> bool {
        matches!(self.status_code, 200..=299)
    }
}
