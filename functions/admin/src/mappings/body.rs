//! From a body's fields to a mapping that keeps every rule.
//!
//! Owns the joining of all that is wrong with a body into one answer: unknown fields, wrong kinds, broken rules, a
//! name that isn't the address's. The rules themselves are the domain's.

use domain::mapping::{Mapping, MappingDraft};
use domain::repo_name::RepoFullName;
use serde_json::{Map, Value};
use web::{FieldProblem, Problem, field_fault};

/// The members of a body.
pub(crate) type Fields = Map<String, Value>;

pub(super) const NEEDS_VERSION: &str = "it is needed: the version that this change was made from";

/// The draft that these fields make for the repository of an address. Every fault is told at once.
pub(crate) fn judged(name: &RepoFullName, mut fields: Fields) -> Result<MappingDraft, Problem> {
    let mut faults: Vec<FieldProblem> =
        fields.iter().filter_map(|(field, value)| fault_of(name, field, value)).collect();
    for fault in &faults {
        fields.remove(&fault.field);
    }
    for (field, of_address) in [("owner", name.owner()), ("repo", name.repo())] {
        fields.entry(field).or_insert_with(|| of_address.into());
    }
    let draft: MappingDraft = serde_json::from_value(Value::Object(fields))
        .map_err(|error| Problem::bad_fields(vec![field_fault("body", &error)]))?;
    if let Err(broken) = Mapping::try_from(draft.clone()) {
        let broken =
            broken.iter().map(|fault| FieldProblem { field: fault.field.into(), detail: fault.problem.clone() });
        // A field that had to be left out has its explanation already.
        let new: Vec<FieldProblem> =
            broken.filter(|fault| faults.iter().all(|known| known.field != fault.field)).collect();
        faults.extend(new);
    }
    if faults.is_empty() { Ok(draft) } else { Err(Problem::bad_fields(faults)) }
}

/// What is wrong with one field, taken alone.
fn fault_of(name: &RepoFullName, field: &str, value: &Value) -> Option<FieldProblem> {
    let alone = Value::Object(Map::from_iter([(field.to_owned(), value.clone())]));
    if let Err(error) = serde_json::from_value::<MappingDraft>(alone) {
        return Some(field_fault(field, &error));
    }
    let of_address = match field {
        "owner" => name.owner(),
        "repo" => name.repo(),
        _ => return None,
    };
    let agrees = value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(of_address));
    (!agrees).then(|| FieldProblem { field: field.to_owned(), detail: format!("the address says `{of_address}`") })
}

/// The version that a patch was made from.
pub(super) fn version(patch: &Fields) -> Result<u64, Problem> {
    match patch.get("version") {
        None | Some(Value::Null) => Err(Problem::bad_field("version", NEEDS_VERSION)),
        Some(version) => version.as_u64().ok_or_else(|| Problem::bad_field("version", "expected a whole number")),
    }
}

/// The fields of a stored mapping under a merge patch. A null stays one: it reads as a setting that isn't there, and
/// an unknown field with it is still refused.
pub(super) fn patched(stored: &MappingDraft, patch: Fields) -> Fields {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(stored) else {
        unreachable!("a draft is written as an object");
    };
    fields.extend(patch);
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judge(body: Value) -> Result<MappingDraft, Vec<String>> {
        let Value::Object(fields) = body else { panic!("an object") };
        let name = "octo/hello".parse().expect("a name");
        judged(&name, fields).map_err(|problem| {
            let told = format!("{problem:?}");
            told.split("FieldProblem { field: \"")
                .skip(1)
                .map(|it| it.split('"').next().unwrap_or_default().into())
                .collect()
        })
    }

    #[test]
    fn the_address_names_what_the_body_leaves_out() {
        let draft = judge(json!({})).expect("a mapping");
        assert_eq!((draft.owner.as_str(), draft.repo.as_str(), draft.version), ("octo", "hello", 0));
        let draft = judge(json!({"owner": "Octo", "repo": "Hello"})).expect("a mapping");
        assert_eq!((draft.owner.as_str(), draft.repo.as_str()), ("Octo", "Hello"));
    }

    #[test]
    fn every_fault_is_told_at_once_and_each_field_once() {
        let body = json!({
            "awsRegion": 5, "maxTurns": 0, "owner": "else", "paused": "yes", "provider": "bedrock", "regoin": "us-west-2",
        });
        assert_eq!(
            judge(body),
            Err(["awsRegion", "owner", "paused", "regoin", "maxTurns"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_null_is_a_setting_that_is_not_there_and_no_way_around_a_name() {
        assert_eq!(judge(json!({"maxTurns": null})).expect("a mapping").max_turns, None);
        for field in ["regoin", "owner", "version"] {
            assert_eq!(judge(json!({field: null})), Err(vec![field.to_owned()]));
        }
    }
}
