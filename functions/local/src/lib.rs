//! The whole product in one process: the same routers, the same worker, an embedded DynamoDB, a queue in memory, and
//! a sandbox GitHub in place of the real one.
//!
//! Owns what stands around the functions on one machine. Never behaves differently from them: what runs here is what
//! runs on Lambda, wired to other parts. Listens on the loopback interface only.

pub mod command;
mod consumer;
pub mod demo;
mod engine;
mod front;
mod greeting;
mod options;
mod puller;
pub mod sandbox;
mod schedule;
mod seed;
mod start_error;
mod system;

pub use engine::Storage;
pub use start_error::StartError;
pub use system::{GitHubChoice, System, SystemConfig};
