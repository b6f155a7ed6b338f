//! The claim's protocol as a model, explored until no state is left: what may go wrong, in every order.
//!
//! One claim, two workers, a table, a queue, GitHub, a sweeper and one person. The model has types of its own and no code
//! of the product; `conformance` holds its edges against the domain's. Nothing here waits, and nothing is sampled.
//!
//! What is bounded: three runs at GitHub; two runs by one call; one retry by a person; two looks of the reconciler; two
//! workers. What is not: crashes, lost answers of the table and of GitHub, calls that GitHub didn't
//! take, deliveries, redeliveries and losses of messages, listings that lag, and the order, repetition and loss of a run's
//! events. Each of these is possible wherever it makes sense, so none of them needs a count, and the space is finite all
//! the same.
//!
//! The fence is explored as a template has it whose runs all ask. Where a repository unsets the variable for it, its runs go
//! on alone, and what is promised is what is promised without the fence. A person's wish to cancel and a run that is run
//! again are left out: `conformance` walks both in the domain, and holds redemption to what they change of it.
//!
//! The events of a run may be lost for good: no promise counts on one that is still to come. Only the claim's own run is
//! ever deleted, because of another that would be no more than silence; a deleted repository is, for one claim, a deleted
//! run and looks that find nothing.
//!
//! A worker whose reading is old, and whose next write could only fail, begins anew at once. A stray that GitHub will never
//! let us cancel is left out, and so are a run that works for too long and an App that isn't installed any more.
//!
//! Nothing hangs on a clock. A lease is respected on the ordinary way, but a claim may also be given up into doubt while
//! the writer of its intent lives, and the settle window may be over while it does.
//!
//! A state is remembered by a 64-bit fingerprint. "Exhausted" therefore leaves out a collision, which at these sizes is
//! less likely than one in a million.

mod conformance;
mod edges;
mod health;
mod model;
mod mutations;
mod properties;
mod report;
mod rules;
mod sights;
mod state;
mod step;
