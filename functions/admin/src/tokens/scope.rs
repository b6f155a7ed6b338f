//! From the names of repositories to their ids, which are what a token is for.
//!
//! Owns what is said where a name has no id here. Never asks GitHub: a token is for what is mapped.

use aws::Mappings;
use domain::api_token::{RepositoryList, RepositoryScope};
use domain::message::NamedRepository;
use domain::repo_name::RepoFullName;
use records::store_failed;
use web::{ApiError, FieldProblem, Problem};

use super::body::{AskedRepositories, REPOSITORIES};

/// The scope that these names make. All that stands in the way is told at once, each at its place.
pub(super) async fn bound(mappings: &Mappings, asked: AskedRepositories) -> Result<RepositoryScope, ApiError> {
    let AskedRepositories::Named(names) = asked else { return Ok(RepositoryScope::All) };
    let (mut bound, mut faults) = (Vec::new(), Vec::new());
    for (place, name) in names.into_iter().enumerate() {
        let entry = mappings.named(&name).await.map_err(store_failed)?;
        match entry.map(|entry| entry.draft.repo_id) {
            Some(Some(id)) => bound.push(NamedRepository { id, name }),
            Some(None) => faults.push(fault(place, unbound(&name))),
            None => faults.push(fault(place, unmapped(&name))),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::bad_fields(faults).into());
    }
    let list = RepositoryList::new(bound).map_err(|error| Problem::bad_field(REPOSITORIES, error.to_string()))?;
    Ok(RepositoryScope::Listed(list))
}

fn unmapped(name: &RepoFullName) -> String {
    format!("{name} has no mapping; PUT one to /api/mappings/{name} first")
}

fn unbound(name: &RepoFullName) -> String {
    format!(
        "the mapping of {name} is not bound to its repository yet; install the App there, then save the mapping once more"
    )
}

fn fault(place: usize, detail: String) -> FieldProblem {
    FieldProblem { field: format!("{REPOSITORIES}[{place}]"), detail }
}
