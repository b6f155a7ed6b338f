//! A mapping's settings, for reading.
//!
//! Owns their words. A default is shown as what it amounts to, and as the default that it is.

use aws::MappingEntry;
use domain::mapping::{Mapping, Trigger};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::parts::{Tone, moment, notice};
use crate::pages::repositories::provider;

/// What stands in an id's place.
const NOT_BOUND: &str = "not known yet; the first command binds it";

/// The settings of a mapping, or why they can't be read.
pub(super) fn of(entry: &MappingEntry, mapping: Option<&Mapping>, now: Timestamp) -> Markup {
    html! {
        @match mapping {
            Some(mapping) => (settings(entry, mapping)),
            None => (notice(Tone::Bad, &html! {
                "The stored settings break a rule: " (faults(entry)) ". Edit them; until then every command is refused."
            })),
        }
        p.muted {
            "Version " (entry.draft.version) ", saved " (moment(entry.updated_at, now)) " by " (entry.updated_by) "."
        }
    }
}

fn settings(entry: &MappingEntry, mapping: &Mapping) -> Markup {
    let (draft, limits) = (&entry.draft, &mapping.limits);
    let row = |name: &str, value: &Markup| html! { div { dt { (name) } dd { (value) } } };
    let or_default = |value: &Markup, is_set: bool| html! { (value) @if !is_set { " " span.muted { "default" } } };
    let code = |text: &str| html! { code { (text) } };
    let yes = |is: bool| html! { (if is { "yes" } else { "no" }) };
    let comes_by = match mapping.trigger {
        Trigger::Webhook => "the App's webhook",
        Trigger::Workflow => "comment-trigger.yml",
    };
    let daily = mapping.daily_runs.map_or_else(|| "no limit".to_owned(), |runs| runs.to_string());
    let branch = mapping.default_branch.as_deref().map_or_else(|| html! { "the default branch" }, code);
    let bounds = format!("{}, {}, {}", limits.max_turns, limits.max_iterations, limits.max_job_minutes);
    let id = mapping.repo_id.map_or_else(|| NOT_BOUND.to_owned(), |id| id.to_string());
    let at_once = html! { (mapping.max_in_progress) };
    html! {
        dl.settings {
            (row("Provider", &provider(mapping)))
            @if let Some(role) = &draft.role_arn { (row("Role", &code(role))) }
            (row("Implements", &or_default(&code(mapping.workflow_file.as_str()), draft.workflow_file.is_some())))
            (row("Plans", &or_default(&code(mapping.planning_workflow_file.as_str()), draft.planning_workflow_file.is_some())))
            (row("Workflow files from", &branch))
            (row("Comments come by", &html! { (comes_by) }))
            (row("Plans first", &or_default(&yes(mapping.planning_enabled), draft.planning_enabled.is_some())))
            (row("Goes on by itself", &or_default(&yes(mapping.auto_approve_plans), draft.auto_approve_plans.is_some())))
            (row("Runs at once", &or_default(&at_once, draft.max_in_progress.is_some())))
            (row("Runs a day", &html! { (daily) }))
            (row("Turns, rounds, minutes", &html! { (bounds) }))
            @if let Some(team) = &mapping.team_key { (row("Team key", &html! { (team) })) }
            @if let Some(image) = &mapping.runner_image { (row("Runner", &code(image))) }
            (row("Tells a channel", &yes(mapping.notify.is_some())))
            (row("GitHub's id", &html! { (id) }))
        }
    }
}

fn faults(entry: &MappingEntry) -> String {
    let judged = entry.unreadable.clone().map_or_else(|| Mapping::try_from(entry.draft.clone()).err(), Some);
    judged.map(|faults| faults.to_string()).unwrap_or_default()
}
