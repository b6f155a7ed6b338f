//! Two people who changed one mapping.
//!
//! Owns what the second is shown: each setting in which the two differ, with both values, and who saved the other.

use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use maud::{Markup, html};
use web::ApiError;

use super::{BOXES, fields_of};
use crate::mappings;
use crate::pages::fields::FormFields;
use crate::pages::parts::moment;
use crate::state::State;

/// Settings that are no field of the form.
const NOT_SHOWN: [&str; 4] = ["owner", "repo", "repoId", "version"];

/// What another person saved meanwhile.
pub(super) struct Conflict {
    /// The version that is there now.
    pub(super) version: u64,
    by: String,
    at: Timestamp,
    now: Timestamp,
    differences: Vec<Difference>,
}

struct Difference {
    field: String,
    theirs: String,
    yours: String,
}

/// The conflict between what is stored and what was typed; `None` where nothing is stored any more.
pub(super) async fn between(
    state: &State,
    name: &RepoFullName,
    typed: &FormFields,
) -> Result<Option<Conflict>, ApiError> {
    let Some(entry) = mappings::stored_if_any(state, name).await? else { return Ok(None) };
    let differences = differences(&fields_of(&entry.draft), typed);
    let (version, by, at) = (entry.draft.version, entry.updated_by, entry.updated_at);
    Ok(Some(Conflict { version, by, at, now: state.clock.now(), differences }))
}

impl Conflict {
    pub(super) fn markup(&self) -> Markup {
        html! {
            div.notice.warn role="alert" {
                p {
                    strong { (self.by) " saved this mapping " (moment(self.at, self.now)) ", while you had it open." }
                    " Nothing of yours is saved yet. What you save now replaces what is there."
                }
                @if self.differences.is_empty() {
                    p { "What you typed is what is there now." }
                } @else {
                    table {
                        thead { tr { th scope="col" { "Setting" } th scope="col" { "There now" } th scope="col" { "Yours" } } }
                        tbody {
                            @for Difference { field, theirs, yours } in &self.differences {
                                tr { th scope="row" { (field) } td { (theirs) } td { (yours) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn differences(theirs: &FormFields, yours: &FormFields) -> Vec<Difference> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in theirs.iter().chain(yours.iter()) {
        let is_setting =
            !NOT_SHOWN.contains(&name) && name != crate::pages::submitted::CSRF_FIELD && name != "repository";
        if is_setting && !names.contains(&name) {
            names.push(name);
        }
    }
    let differs = |name: &&str| shown(theirs, name) != shown(yours, name);
    let told =
        |name: &str| Difference { field: name.to_owned(), theirs: shown(theirs, name), yours: shown(yours, name) };
    names.into_iter().filter(differs).map(told).collect()
}

/// A setting as it is shown: what isn't set has the default of all.
fn shown(fields: &FormFields, name: &str) -> String {
    match (BOXES.contains(&name), fields.text(name)) {
        (true, _) => if fields.is_ticked(name) { "yes" } else { "no" }.to_owned(),
        (false, "") if name == "provider" => "anthropic".to_owned(),
        (false, "") if name == "trigger" => "webhook".to_owned(),
        (false, "") => "the default".to_owned(),
        (false, text) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_both_values() {
        let theirs = FormFields::parse(b"provider=bedrock&awsRegion=eu-central-1&maxTurns=9&paused=on&version=3");
        let yours =
            FormFields::parse(b"csrf=x&provider=bedrock&awsRegion=us-west-2&maxTurns=9&dailyRuns=4&trigger=webhook");
        let told: Vec<_> = differences(&theirs, &yours).into_iter().map(|it| (it.field, it.theirs, it.yours)).collect();
        let told: Vec<_> =
            told.iter().map(|(field, theirs, yours)| (field.as_str(), theirs.as_str(), yours.as_str())).collect();
        assert_eq!(
            told,
            [("awsRegion", "eu-central-1", "us-west-2"), ("paused", "yes", "no"), ("dailyRuns", "the default", "4")]
        );
    }
}
