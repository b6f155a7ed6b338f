//! One delivery of one message: how often it was tried before, and how much time is left for it.
//!
//! Owns these two facts of the queue and of Lambda. Never looks into the message.

use std::time::Duration;

use jiff::Timestamp;

/// What is known of a message's delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    /// How often the message was received, this time included.
    pub(crate) received: u32,
    /// When Lambda ends the invocation.
    pub(crate) deadline: Timestamp,
}

impl Delivery {
    /// Whether nobody can have been at this message before.
    pub(crate) const fn is_first(self) -> bool {
        self.received <= 1
    }

    /// Whether something that takes so long can be brought to its end.
    pub(crate) fn leaves(self, needed: Duration, now: Timestamp) -> bool {
        Duration::try_from(self.deadline.duration_since(now)).is_ok_and(|left| left >= needed)
    }
}
