//! The calls against the sandbox GitHub: what a caller learns of runs, conversations and deliveries.
//!
//! Owns no rule of GitHub's: those are the sandbox's, which shares no code with the client. Never waits for a time.

mod conversations;
mod deliveries;
mod git;
mod jobs;
mod runs;
mod stage;
