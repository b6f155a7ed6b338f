//! The form of a mapping: a new one, and one that is there.
//!
//! Owns the fields, and how a fault or another person's save is told where it belongs. Every rule is the domain's.

mod conflict;
mod markup;

use aws::MappingEntry;
use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;
use http::StatusCode;
use serde_json::{Map, Value};
use web::{ApiError, FieldProblem, Problem};

use self::markup::Form;
use super::chrome::{Section, page as framed};
use super::failure::Failure;
use super::fields::FormFields;
use super::repository::address_of;
use super::submitted::Submitted;
use super::visitor::Visitor;
use crate::caller::SignedIn;
use crate::mappings::{self, RepoIdIs, RepoPath, SavedMapping};
use crate::state::State;

const TEXTS: [&str; 6] = ["teamKey", "workflowFile", "planningWorkflowFile", "defaultBranch", "runnerImage", "notify"];
const NUMBERS: [&str; 6] = ["version", "maxInProgress", "maxTurns", "maxIterations", "maxJobMinutes", "dailyRuns"];
const BOXES: [&str; 3] = ["planningEnabled", "autoApprovePlans", "paused"];
/// What a new mapping's form is ticked with.
const TICKED_AT_FIRST: [(&str, &str); 2] = [("planningEnabled", "on"), ("autoApprovePlans", "on")];

/// `GET /admin/repositories/new`
pub(super) async fn empty(Visitor(visitor): Visitor) -> Response {
    let fields = FormFields::of(&TICKED_AT_FIRST);
    show(StatusCode::OK, &visitor, &Form { name: None, fields: &fields, faults: &[], told: None, conflict: None })
}

/// `POST /admin/repositories/new`
pub(super) async fn create(
    extract::State(state): extract::State<State>,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let name = match fields.text("repository").parse::<RepoFullName>() {
        Ok(name) => name,
        Err(error) => {
            let fault = FieldProblem { field: "repository".into(), detail: error.to_string() };
            let form = Form { name: None, fields: &fields, faults: &[fault], told: None, conflict: None };
            return Ok(show(StatusCode::BAD_REQUEST, &by, &form));
        }
    };
    Sent { state: &state, by, name, fields }.answer(None).await
}

/// `GET /admin/repositories/{owner}/{repo}/edit`
pub(super) async fn filled(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
) -> Result<Response, Failure> {
    let entry = mappings::stored(&state, &name).await?;
    let told = entry.unreadable.as_ref().map(|faults| {
        format!("The stored settings can't be read ({faults}). Saving replaces them with what stands here.")
    });
    let fields = fields_of(&entry.draft);
    let form = Form { name: Some(&name), fields: &fields, faults: &[], told: told.as_deref(), conflict: None };
    Ok(show(StatusCode::OK, &visitor, &form))
}

/// `POST /admin/repositories/{owner}/{repo}/edit`
pub(super) async fn save(
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    match mappings::stored_if_any(&state, &name).await {
        Ok(before) => Sent { state: &state, by, name, fields }.answer(before.as_ref()).await,
        Err(error) => Ok(Sent { state: &state, by, name, fields }.answer_problem(&error.into_problem(), true)),
    }
}

/// A form that was sent.
struct Sent<'a> {
    state: &'a State,
    by: SignedIn,
    name: RepoFullName,
    fields: FormFields,
}

impl Sent<'_> {
    /// What came of it: the repository's page, or the form with all that was typed, and why it wasn't taken.
    async fn answer(mut self, before: Option<&MappingEntry>) -> Result<Response, Failure> {
        let problem = match self.write(before).await {
            Ok(saved) => return Ok(Redirect::to(&saved_address(&self.name, &saved)).into_response()),
            Err(error) => error.into_problem(),
        };
        if problem.code() == "VERSION_CONFLICT" {
            return self.answer_conflict(&problem).await;
        }
        Ok(self.answer_problem(&problem, before.is_some()))
    }

    /// The form with all that was typed, and why it wasn't taken.
    fn answer_problem(&self, problem: &Problem, is_there: bool) -> Response {
        // Each fault stands at its field; the sentence that joins them would say it twice.
        let told = problem.errors().is_empty().then(|| problem.detail());
        let name = is_there.then_some(&self.name);
        let form = Form { name, fields: &self.fields, faults: problem.errors(), told, conflict: None };
        show(problem.status(), &self.by, &form)
    }

    /// Saves what the form says. A repository that is known by its id stays known by it, also while GitHub is out.
    async fn write(&self, before: Option<&MappingEntry>) -> Result<SavedMapping, ApiError> {
        let mut draft = mappings::judged(&self.name, members_of(&self.fields, before.map(|entry| &entry.draft)))?;
        draft.repo_id = before.and_then(|entry| entry.draft.repo_id);
        let repo_id = if draft.repo_id.is_some() { RepoIdIs::Stored } else { RepoIdIs::Unchecked };
        mappings::save(self.state, &self.by.session, &self.name, draft, repo_id).await
    }

    /// Whoever was faster has saved, or deleted; what is sent next is meant to follow that.
    async fn answer_conflict(&mut self, problem: &Problem) -> Result<Response, Failure> {
        let conflict = match conflict::between(self.state, &self.name, &self.fields).await {
            Ok(conflict) => conflict,
            Err(error) => return Ok(self.answer_problem(&error.into_problem(), true)),
        };
        let Some(conflict) = conflict else {
            self.fields.set("version", "");
            self.fields.set("repository", &self.name.to_string());
            let told = Some("Somebody deleted this mapping meanwhile. Saving makes it anew.");
            let form = Form { name: None, fields: &self.fields, faults: &[], told, conflict: None };
            return Ok(show(problem.status(), &self.by, &form));
        };
        self.fields.set("version", &conflict.version.to_string());
        let (name, conflict) = (Some(&self.name), Some(&conflict));
        Ok(show(problem.status(), &self.by, &Form { name, fields: &self.fields, faults: &[], told: None, conflict }))
    }
}

fn saved_address(name: &RepoFullName, saved: &SavedMapping) -> String {
    let done = if saved.warning.is_some() { "saved-unbound" } else { "saved" };
    format!("{}?done={done}", address_of(name))
}

fn show(status: StatusCode, visitor: &SignedIn, form: &Form<'_>) -> Response {
    let title = form.name.map_or_else(|| "Map a repository".to_owned(), |name| format!("Edit {name}"));
    (status, framed(&title, Section::Repositories, visitor, &form.markup(visitor))).into_response()
}

/// What a form's fields are as the API's members. A default that wasn't set stays one: opening and saving changes nothing.
fn members_of(fields: &FormFields, before: Option<&MappingDraft>) -> Map<String, Value> {
    let mut members = Map::new();
    for name in TEXTS {
        fields.put_text(name, &mut members);
    }
    for name in NUMBERS {
        fields.put_number(name, &mut members);
    }
    for name in BOXES {
        members.insert(name.to_owned(), fields.is_ticked(name).into());
    }
    fields.put_text("provider", &mut members);
    fields.put_text("trigger", &mut members);
    // The fields aren't shown with another provider, so what they hold isn't meant.
    if fields.text("provider") == "bedrock" {
        fields.put_text("awsRegion", &mut members);
        fields.put_text("roleArn", &mut members);
    }
    let was_set = before.map(settings_of).unwrap_or_default();
    for (name, default) in defaults() {
        if members.get(name) == Some(&default) && !was_set.contains_key(name) {
            members.remove(name);
        }
    }
    members
}

/// What boxes and choices are while nobody sets them.
fn defaults() -> [(&'static str, Value); 5] {
    [
        ("provider", "anthropic".into()),
        ("trigger", "webhook".into()),
        ("planningEnabled", true.into()),
        ("autoApprovePlans", true.into()),
        ("paused", false.into()),
    ]
}

/// The settings of a mapping that are set.
fn settings_of(draft: &MappingDraft) -> Map<String, Value> {
    let Ok(Value::Object(members)) = serde_json::to_value(draft) else {
        unreachable!("a draft is written as an object");
    };
    members
}

/// What a mapping's settings are as a form's fields: only what is set, so that a default stays one.
fn fields_of(draft: &MappingDraft) -> FormFields {
    let mut fields = FormFields::of(&TICKED_AT_FIRST);
    for (name, value) in settings_of(draft) {
        match value {
            Value::Bool(false) => fields.remove(&name),
            Value::Bool(true) => fields.set(&name, "on"),
            Value::String(text) => fields.set(&name, &text),
            other => fields.set(&name, &other.to_string()),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn draft(settings: Value) -> MappingDraft {
        serde_json::from_value(settings).expect("a draft")
    }

    #[test]
    fn a_forms_fields_make_the_mapping_that_they_were_made_from() {
        let name: RepoFullName = "octo/hello".parse().expect("a name");
        let before = draft(json!({
            "owner": "octo", "repo": "hello", "provider": "bedrock", "awsRegion": "eu-central-1", "maxTurns": 7, "paused": true,
            "planningEnabled": false, "autoApprovePlans": true, "trigger": "workflow", "version": 4,
            "notify": "https://hooks.slack.com/services/T0/B0/x",
        }));
        let after = mappings::judged(&name, members_of(&fields_of(&before), Some(&before))).expect("valid settings");
        assert_eq!(after, before);
    }

    #[test]
    fn opening_and_saving_changes_nothing() {
        let name: RepoFullName = "octo/hello".parse().expect("a name");
        for settings in [json!({}), json!({"paused": false, "planningEnabled": true, "provider": "anthropic"})] {
            let mut before = draft(settings);
            (before.owner, before.repo) = ("octo".into(), "hello".into());
            let mut fields = fields_of(&before);
            // A browser sends a choice always.
            for choice in ["provider", "trigger"] {
                if fields.text(choice).is_empty() {
                    fields.set(choice, if choice == "provider" { "anthropic" } else { "webhook" });
                }
            }
            let after = mappings::judged(&name, members_of(&fields, Some(&before))).expect("valid settings");
            assert_eq!(after, before);
        }
    }

    #[test]
    fn a_region_that_is_not_shown_is_not_meant() {
        let fields = FormFields::parse(b"provider=anthropic&awsRegion=us-west-2");
        assert!(!members_of(&fields, None).contains_key("awsRegion"));
    }

    #[test]
    fn a_box_that_is_not_ticked_is_a_no_and_one_that_was_never_set_shows_its_default() {
        let fields = fields_of(&draft(json!({"owner": "octo", "repo": "hello"})));
        assert!(fields.is_ticked("planningEnabled") && !fields.is_ticked("paused"));
        assert_eq!(members_of(&FormFields::default(), None)["planningEnabled"], false);
    }
}
