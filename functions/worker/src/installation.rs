//! A change of where the App is installed: mappings show it.
//!
//! Owns which mappings are asked. Never touches a claim: one that needs the App finds out by itself.

use domain::message::InstallationChange;

use crate::error::Undone;
use crate::state::State;

/// Writes down what is known of the App in mapped repositories. Said twice, or late, it changes nothing.
#[failpoint::everywhere]
pub(crate) async fn note(state: &State, change: &InstallationChange) -> Result<(), Undone> {
    let bound = match &change.repositories {
        Some(repositories) => state.mappings.bound_among(repositories).await?,
        None => state.mappings.bound_at(&change.account).await?,
    };
    for mapping in bound {
        let Some(mark) = change.mark_after(mapping.installation) else { continue };
        state.mappings.note_installation(&mapping, mark).await?;
        tracing::info!(
            repo.id = %mapping.repo, installation = %change.installation, action = change.action.as_str(),
            installation.state = mark.state.as_str(), "a mapping shows where the App is"
        );
    }
    Ok(())
}
