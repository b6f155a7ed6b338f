//! Keeps the world in a file, so that the local system's data and the sandbox agree over restarts.
//!
//! Writes shortly after a change and by atomic rename; never writes the App's key.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::world::World;

/// Changes within this time are written together.
const SETTLE_TIME: Duration = Duration::from_millis(100);

/// The world of the file; `None` when there is no file yet.
///
/// # Errors
/// When the file can't be read or holds something else.
pub(super) fn load(path: &Path) -> io::Result<Option<World>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the world beside its place and then moves it there, so that a crash leaves a whole file.
/// Without a state file, there is nothing to do.
///
/// # Errors
/// When the folder can't be written.
pub(super) fn save(core: &Core) -> io::Result<()> {
    let Some(path) = &core.state_file else {
        return Ok(());
    };
    let world = serde_json::to_vec(&*core.world())?;
    let beside = path.with_extension("new");
    std::fs::write(&beside, world)?;
    std::fs::rename(&beside, path)
}

/// Saves after every change, for as long as the sandbox lives.
pub(super) async fn keep(core: Arc<Core>) {
    let mut changes = core.watch();
    while changes.changed().await.is_ok() {
        tokio::time::sleep(SETTLE_TIME).await;
        changes.mark_unchanged();
        // A few hundred kilobytes at most: quicker written here than handed to another thread.
        if let Err(error) = save(&core) {
            tracing::warn!(%error, "sandbox.state_not_saved");
        }
    }
}
