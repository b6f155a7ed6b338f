//! What was changed in a mapping: who, when, and each setting before and after.
//!
//! Owns the comparison of two versions. Never shows a webhook's address: whoever has it can post there.

use aws::{MappingAction, MappingChange};
use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use maud::{Markup, html};
use records::store_failed;
use serde_json::{Map, Value};
use web::ApiError;

use crate::pages::parts::moment;
use crate::state::State;

/// How many changes are shown.
const SHOWN: u32 = 10;
/// Part of every version, and no setting.
const NO_SETTING: &str = "version";
const SECRET: &str = "notify";

/// One setting that a change changed; what isn't set is `None`.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    name: String,
    before: Option<String>,
    after: Option<String>,
}

/// The newest changes, and one more, to compare the last of them with.
pub(super) async fn recent(state: &State, name: &RepoFullName) -> Result<Vec<MappingChange>, ApiError> {
    state.mappings.history(name, SHOWN + 1, None).await.map_err(store_failed)
}

/// The list of changes.
pub(super) fn list(changes: &[MappingChange], now: Timestamp) -> Markup {
    html! {
        ol.timeline {
            @for (place, change) in changes[..changes.len().min(SHOWN as usize)].iter().enumerate() {
                li {
                    p {
                        strong { (done(change)) } " by " (change.by) ", " (moment(change.at, now))
                        span.muted { " · version " (change.version) }
                    }
                    @if let Some(before) = changes.get(place + 1).filter(|_| change.action == MappingAction::Updated) {
                        ul.differences {
                            @for Difference { name, before, after } in differences(&before.draft, &change.draft) {
                                li { code { (name) } ": " (shown(before.as_deref())) " → " (shown(after.as_deref())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn done(change: &MappingChange) -> String {
    match (change.action, &change.renamed_from) {
        (MappingAction::Created, _) => "Made".to_owned(),
        (MappingAction::Updated, _) => "Changed".to_owned(),
        (MappingAction::Deleted, _) => "Deleted".to_owned(),
        (MappingAction::Renamed, Some(before)) => format!("Followed its repository from {before}"),
        (MappingAction::Renamed, None) => "Followed its repository".to_owned(),
    }
}

fn shown(value: Option<&str>) -> Markup {
    html! { @match value { Some(value) => b { (value) }, None => span.muted { "default" } } }
}

fn differences(before: &MappingDraft, after: &MappingDraft) -> Vec<Difference> {
    let (before, after) = (members(before), members(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).filter(|name| *name != NO_SETTING).collect();
    names.sort_unstable();
    names.dedup();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed
        .map(|name| Difference { name: name.clone(), before: text(name, &before), after: text(name, &after) })
        .collect()
}

fn members(draft: &MappingDraft) -> Map<String, Value> {
    match serde_json::to_value(draft) {
        Ok(Value::Object(members)) => members,
        _ => unreachable!("a draft is written as an object"),
    }
}

fn text(name: &str, members: &Map<String, Value>) -> Option<String> {
    let value = members.get(name)?;
    Some(match value {
        _ if name == SECRET => "an address".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(settings: Value) -> MappingDraft {
        serde_json::from_value(settings).expect("a draft")
    }

    #[test]
    fn a_change_is_told_setting_by_setting_and_shows_no_address() {
        let before = draft(json!({"owner": "o", "repo": "r", "provider": "anthropic", "maxTurns": 5, "version": 1}));
        let after = draft(json!({
            "owner": "o", "repo": "r", "provider": "bedrock", "awsRegion": "us-west-2", "version": 2,
            "notify": "https://hooks.slack.com/services/s3cret",
        }));
        let told = differences(&before, &after);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let told: Vec<_> =
            told.iter().map(|it| format!("{} {} {}", it.name, text(&it.before), text(&it.after))).collect();
        assert_eq!(told, ["awsRegion  us-west-2", "maxTurns 5 ", "notify  an address", "provider anthropic bedrock"]);
    }
}
