//! A limit that GitHub set to the App itself, not to one of its installations.
//!
//! Owns that every sweep knows of it: while it lasts, nobody calls as the App. Never judges how long that is; the domain
//! does.

use std::time::Duration;

use aws::StoreError;
use domain::rate::RateLimit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::State;

const CURSOR: &str = "app-limit";

/// The limit that was met last, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Met {
    until: Timestamp,
    strikes: u32,
}

/// Whether the App has to be silent.
#[failpoint::everywhere]
pub(crate) async fn lasts(state: &State, now: Timestamp) -> Result<bool, StoreError> {
    let cursor = state.cursors.read::<Option<Met>>(CURSOR).await?;
    let lasts = cursor.place.is_some_and(|met| met.until > now);
    if lasts {
        tracing::debug!("GitHub is left alone: it limits the App");
    }
    Ok(lasts)
}

/// GitHub has refused a call for the App's rate, and may have said for how long.
#[failpoint::everywhere]
pub(crate) async fn meet(state: &State, asked: Option<Duration>, now: Timestamp) -> Result<(), StoreError> {
    let mut cursor = state.cursors.read::<Option<Met>>(CURSOR).await?;
    let previous = cursor.place.map(|Met { until, strikes }| RateLimit { until, strikes });
    let RateLimit { until, strikes } = RateLimit::after(previous, asked, now);
    tracing::warn!(%until, "GitHub limits the App");
    cursor.place = Some(Met { until, strikes });
    // Whoever wrote meanwhile has met it too.
    state.cursors.write(&mut cursor, now).await.map(drop)
}
