//! What arrives at the webhook's door, from raw bytes to a closed set of events.
//!
//! Owns the signature check, the two body encodings and the shapes of the payloads that we act on. Never decides what
//! follows from an event. Order matters to the caller: [`signature`] first, on the raw bytes, then [`body`], then
//! [`event`].

pub mod body;
pub mod event;
mod installation;
mod outline;
mod payload;
mod rename;
pub mod signature;
