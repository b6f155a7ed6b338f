//! One sweep: four parts, side by side.
//!
//! Owns that a part which fails is named with its cause and stops no other. Never looks into one.

use std::pin::Pin;
use std::time::Duration;

use environment::chain;
use thiserror::Error;

use crate::error::Undone;
use crate::state::{Arrival, State};
use crate::{activity, deliveries, due, repositories};

/// What a part may take of a sweep's minute.
const TIME_LIMIT: Duration = Duration::from_secs(50);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Due claims that were queued.
    pub due: usize,
    /// Deliveries that GitHub was asked to attempt again.
    pub redelivered: usize,
    /// Commands that nobody had told us of, and that were queued.
    pub unheard: usize,
}

/// Parts of the sweep failed; the next sweep takes them up again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("parts of the sweep failed: {}", .0.join(", "))]
pub struct SweepError(Vec<&'static str>);

/// Looks for everything that was forgotten.
#[failpoint::everywhere]
pub async fn sweep(state: &State) -> Result<Swept, SweepError> {
    let now = state.clock.now();
    let mut swept = Swept::default();
    let redeliver = async {
        match state.arrival {
            Arrival::Pushed => deliveries::redeliver(state, now, &mut swept.redelivered).await,
            Arrival::Pulled => Ok(()),
        }
    };
    let (due, deliveries, comments, activity) = tokio::join!(
        in_time(Box::pin(due::queue(state, now, &mut swept.due))),
        in_time(Box::pin(redeliver)),
        in_time(Box::pin(repositories::look_round(state, now, &mut swept.unheard))),
        in_time(Box::pin(activity::count(state, now))),
    );
    let mut failed = Vec::new();
    for (part, outcome) in [("due", due), ("deliveries", deliveries), ("comments", comments), ("activity", activity)] {
        if let Err(undone) = outcome {
            tracing::error!(part, error = %chain(&undone), "a part of the sweep failed");
            forget_refused_key(state, &undone).await;
            failed.push(part);
        }
    }
    tracing::info!(
        swept.due = swept.due,
        swept.redelivered = swept.redelivered,
        swept.unheard = swept.unheard,
        "swept"
    );
    if failed.is_empty() { Ok(swept) } else { Err(SweepError(failed)) }
}

/// A part that hangs takes neither the others' results with it nor its own: what it has kept is kept.
#[failpoint::everywhere]
async fn in_time(part: Pin<Box<impl Future<Output = Result<(), Undone>> + Send>>) -> Result<(), Undone> {
    tokio::time::timeout(TIME_LIMIT, part).await.unwrap_or(Err(Undone::OutOfTime))
}

/// The next sweep reads the secret anew.
#[failpoint::everywhere]
async fn forget_refused_key(state: &State, undone: &Undone) {
    if undone.is_refused_key() {
        state.github.forget().await;
    }
}
