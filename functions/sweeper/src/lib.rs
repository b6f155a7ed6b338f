//! The sweeper: looks every minute for what was forgotten, and has it done.
//!
//! Owns finding: claims that are due, deliveries that never arrived, commands that nobody was told of. It counts, too. Never performs an
//! effect of a claim: it queues for the worker, and asks GitHub to deliver again. Its tokens can't write.
//!
//! ```text
//! sweep ─▶ due          what the table says is due ─────────▶ queue
//!      ├─▶ deliveries   what GitHub could not deliver ──────▶ GitHub delivers it again
//!      ├─▶ repositories ─▶ comments   what was never sent ──▶ queue
//!      └─▶ activity     what the last days came to ────────▶ table
//! ```

mod activity;
mod app_limit;
mod comments;
mod deliveries;
mod due;
mod error;
mod repositories;
mod state;
mod sweep;

pub use state::{Arrival, State};
pub use sweep::{SweepError, Swept, sweep};
