//! A repository's new name: its mapping follows.
//!
//! Owns what the log says of it. Never touches a claim: a claim learns the name when its work meets it.

use aws::Followed;
use domain::message::RepositoryRenamed;

use crate::error::Undone;
use crate::state::State;

/// Lets a mapping follow its repository. Said twice, or late, it changes nothing.
#[failpoint::everywhere]
pub(crate) async fn follow(state: &State, renamed: &RepositoryRenamed) -> Result<(), Undone> {
    let (repo, old) = (&renamed.repo.name, &renamed.old_name);
    match state.mappings.follow_name(renamed, state.clock.now()).await? {
        Followed::Moved { version } => {
            tracing::info!(repo.id = %renamed.repo.id, %repo, repo.before = %old, mapping.version = version, "a mapping has followed its repository");
        }
        Followed::Unchanged => {}
        Followed::NameTaken => tracing::error!(
            repo.id = %renamed.repo.id, %repo, repo.before = %old, code = "NAME_TAKEN",
            "a renamed repository's mapping keeps its old name: another mapping has the new one"
        ),
        Followed::LeftBehind => tracing::error!(
            repo.id = %renamed.repo.id, %repo, repo.before = %old, code = "MAPPING_LEFT_BEHIND",
            "a renamed repository's mapping still lies under its old name: save it once"
        ),
    }
    Ok(())
}
