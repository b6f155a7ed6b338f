//! Claims that nobody has got on with, although their time has come.
//!
//! Owns that each is queued. What is to be done follows from the claim when its message arrives; one that could not be
//! queued is still due at the next sweep.

use domain::message::Message;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::error::Undone;
use crate::state::State;

/// The most claims of one kind in one sweep; the others are due in the next.
const LIMIT: i32 = 100;
const AT_ONCE: usize = 8;

/// Queues what is due, and counts it.
#[failpoint::everywhere]
pub(crate) async fn queue(state: &State, now: Timestamp, queued: &mut usize) -> Result<(), Undone> {
    let due = state.dispatches.due(now, LIMIT).await?;
    let sends = due.into_iter().map(|claim| async move { state.queue.send(&Message::Due(claim)).await });
    let mut sends = stream::iter(sends).buffer_unordered(AT_ONCE);
    let mut failure = None;
    while let Some(sent) = sends.next().await {
        match sent {
            Ok(()) => *queued += 1,
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}
