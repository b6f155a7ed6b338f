//! What the schedule does on AWS: starts the sweeper every minute.
//!
//! Owns the minute. Never looks into a sweep: what failed is logged there, and the next one takes it up.

use std::time::Duration;

use tokio::time::MissedTickBehavior;

/// As the schedule on AWS.
const EVERY: Duration = Duration::from_mins(1);

/// Sweeps at once, and then for as long as the system runs.
pub(crate) async fn keep(state: sweeper::State) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sweeper::sweep(&state).await {
            tracing::warn!(%error, "the next sweep tries again");
        }
    }
}
