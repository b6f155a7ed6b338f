//! A mapping's settings, for reading.
//!
//! Owns their words. A default is shown as what it amounts to, and as the default that it is.

use aws::MappingEntry;
use domain::mapping::{Mapping, Trigger};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::pages::parts::{Tone, moment, notice};
use crate::pages::repositories::provider;

/// The settings of a mapping, or why they can't be read.
pub(super) fn of(entry: &MappingEntry, mapping: Option<&Mapping>, now: Timestamp) -> Markup {
    html! {
        @match mapping {
            Some(mapping) => (settings(entry, mapping)),
            None => (notice(Tone::Bad, &html! {
                "The stored settings break a rule: " (faults(entry)) ". Edit them; until then every command is refused."
            })),
        }
        p.muted { "Version " (entry.draft.version) ", saved " (moment(entry.updated_at, now)) " by " (entry.updated_by) "." }
    }
}

fn settings(entry: &MappingEntry, mapping: &Mapping) -> Markup {
    let draft = &entry.draft;
    let limits = &mapping.limits;
    let or_default = |is_set: bool| html! { @if !is_set { " " span.muted { "default" } } };
    let yes = |is: bool| if is { "yes" } else { "no" };
    html! {
        dl.settings {
            div { dt { "Provider" } dd { (provider(mapping)) } }
            @if let Some(role) = &draft.role_arn { div { dt { "Role" } dd { code { (role) } } } }
            div { dt { "Implements" } dd { code { (mapping.workflow_file) } (or_default(draft.workflow_file.is_some())) } }
            div { dt { "Plans" } dd { code { (mapping.planning_workflow_file) } (or_default(draft.planning_workflow_file.is_some())) } }
            div { dt { "Workflow files from" } dd { @match &mapping.default_branch { Some(branch) => code { (branch) }, None => "the default branch" } } }
            div { dt { "Comments come by" } dd { @match mapping.trigger { Trigger::Webhook => "the App's webhook", Trigger::Workflow => "comment-trigger.yml" } } }
            div { dt { "Plans first" } dd { (yes(mapping.planning_enabled)) (or_default(draft.planning_enabled.is_some())) } }
            div { dt { "Goes on by itself" } dd { (yes(mapping.auto_approve_plans)) (or_default(draft.auto_approve_plans.is_some())) } }
            div { dt { "Runs at once" } dd { (mapping.max_in_progress) (or_default(draft.max_in_progress.is_some())) } }
            div { dt { "Runs a day" } dd { @match mapping.daily_runs { Some(runs) => (runs), None => "no limit" } } }
            div { dt { "Turns, rounds, minutes" } dd { (limits.max_turns) ", " (limits.max_iterations) ", " (limits.max_job_minutes) } }
            @if let Some(team) = &mapping.team_key { div { dt { "Team key" } dd { (team) } } }
            @if let Some(image) = &mapping.runner_image { div { dt { "Runner" } dd { code { (image) } } } }
            div { dt { "Tells a channel" } dd { (yes(mapping.notify.is_some())) } }
            div { dt { "GitHub's id" } dd { @match mapping.repo_id { Some(id) => (id), None => "not known yet; the first command binds it" } } }
        }
    }
}

fn faults(entry: &MappingEntry) -> String {
    let judged = entry.unreadable.clone().map_or_else(|| Mapping::try_from(entry.draft.clone()).err(), Some);
    judged.map(|faults| faults.to_string()).unwrap_or_default()
}
