//! From a body's fields to a token that can be made.
//!
//! Owns the joining of all that is wrong with a body into one answer, as far as that can be told without a table. Never
//! quotes a value: somebody may have put a token there.

use domain::api_token::{ApiTokenName, KindScope, RepositoryList};
use domain::repo_name::RepoFullName;
use domain::run_kind::RunKind;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use web::{FieldProblem, Problem};

/// The members of a body.
pub(crate) type Fields = Map<String, Value>;

pub(super) const REPOSITORIES: &str = "repositories";
/// What is meant to last longer is meant to have no end.
const MAX_DAYS: i64 = 3_650;
const HOURS_OF_A_DAY: i64 = 24;

/// A token as it was asked for.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: ApiTokenName,
    pub(super) repositories: AskedRepositories,
    pub(super) kinds: KindScope,
    /// How long it is good; `None` for as long as nobody revokes it.
    pub(super) lasts: Option<SignedDuration>,
}

/// Repositories as people name them.
#[derive(Debug)]
pub(super) enum AskedRepositories {
    All,
    Named(Vec<RepoFullName>),
}

/// What a field holds, or what is wrong with it and where in it.
type Read<T> = Result<T, Vec<FieldProblem>>;

/// The draft that these fields make. Every fault is told at once.
pub(super) fn judged(mut fields: Fields) -> Result<Draft, Problem> {
    let mut faults = Vec::new();
    let name = needed(&mut fields, "name", &mut faults, name);
    let repositories = needed(&mut fields, REPOSITORIES, &mut faults, repositories);
    let kinds = needed(&mut fields, "kinds", &mut faults, kinds);
    let lasts = keep(fields.remove("expiresInDays").map_or(Ok(None), |days| lasts(&days)), &mut faults);
    faults.extend(fields.into_iter().map(|(field, _)| fault(field, "there is no such field")));
    match (name, repositories, kinds, lasts) {
        (Some(name), Some(repositories), Some(kinds), Some(lasts)) if faults.is_empty() => {
            Ok(Draft { name, repositories, kinds, lasts })
        }
        _ => Err(Problem::bad_fields(faults)),
    }
}

fn needed<T>(
    fields: &mut Fields,
    field: &str,
    faults: &mut Vec<FieldProblem>,
    read: fn(&Value) -> Read<T>,
) -> Option<T> {
    let value = fields.remove(field).ok_or_else(|| vec![fault(field, "it is needed")]);
    keep(value.and_then(|value| read(&value)), faults)
}

fn keep<T>(read: Read<T>, faults: &mut Vec<FieldProblem>) -> Option<T> {
    read.map_err(|more| faults.extend(more)).ok()
}

fn name(value: &Value) -> Read<ApiTokenName> {
    let text = value.as_str().ok_or_else(|| vec![fault("name", "expected a text")])?;
    text.parse().map_err(|error: domain::api_token::ApiTokenNameError| vec![fault("name", error.to_string())])
}

fn repositories(value: &Value) -> Read<AskedRepositories> {
    if value == "all" {
        return Ok(AskedRepositories::All);
    }
    let expected = "expected `all`, or a list of repositories, each written owner/repo";
    let list = value.as_array().ok_or_else(|| vec![fault(REPOSITORIES, expected)])?;
    RepositoryList::check_length(list.len()).map_err(|error| vec![fault(REPOSITORIES, error.to_string())])?;
    let named = each(REPOSITORIES, list, |text| text.parse::<RepoFullName>().map_err(|error| error.to_string()));
    named.map(AskedRepositories::Named)
}

fn kinds(value: &Value) -> Read<KindScope> {
    let one_of = || format!("one of {}", RunKind::ALL.map(|kind| kind.to_string()).join(", "));
    let list = value.as_array().ok_or_else(|| vec![fault("kinds", format!("expected a list, of {}", one_of()))])?;
    let known = |text: &str| RunKind::ALL.into_iter().find(|kind| kind.to_string() == text).ok_or_else(one_of);
    KindScope::new(each("kinds", list, known)?).map_err(|error| vec![fault("kinds", error.to_string())])
}

fn lasts(value: &Value) -> Read<Option<SignedDuration>> {
    if value.is_null() {
        return Ok(None);
    }
    let days = value.as_i64().filter(|days| (1..=MAX_DAYS).contains(days));
    let days = days.ok_or_else(|| {
        vec![fault(
            "expiresInDays",
            format!("a whole number from 1 to {MAX_DAYS}; leave it out for a token without an end"),
        )]
    })?;
    Ok(Some(SignedDuration::from_hours(days * HOURS_OF_A_DAY)))
}

/// Each text of a list; or what is wrong, at its place.
fn each<T>(field: &str, list: &[Value], read: impl Fn(&str) -> Result<T, String>) -> Read<Vec<T>> {
    let (mut sound, mut faults) = (Vec::new(), Vec::new());
    for (place, value) in list.iter().enumerate() {
        match value.as_str().map_or_else(|| Err("expected a text".to_owned()), &read) {
            Ok(value) => sound.push(value),
            Err(detail) => faults.push(fault(format!("{field}[{place}]"), detail)),
        }
    }
    if faults.is_empty() { Ok(sound) } else { Err(faults) }
}

fn fault(field: impl Into<String>, detail: impl Into<String>) -> FieldProblem {
    FieldProblem { field: field.into(), detail: detail.into() }
}
