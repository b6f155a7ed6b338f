//! Drives a sandbox from outside, over HTTP, as the product will.

mod auth;
mod comment_lists;
mod conversation;
mod dispatches;
mod faults;
mod git;
mod issuer;
mod jobs;
mod life;
mod notifications;
mod owners;
mod pulls;
mod sign_in;
mod stage;
mod time;
