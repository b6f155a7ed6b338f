//! Trying again within one request: because others wrote the same items, or because AWS left some of them out.
//!
//! Owns how often, and the pauses in between. Never decides whether another round is worth it.

use std::time::Duration;

/// How often something is tried altogether.
pub(crate) const ROUNDS: u32 = 5;
/// The wait before the second round; each further one takes twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Waits before a round; not before the first.
pub(crate) async fn pause_before(round: u32) {
    if round > 0 {
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(round - 1)).await;
    }
}
