//! What AI-Implement knows, decides and says, as pure functions over plain values.
//!
//! Owns the words of the field (repositories, comments, commands, mappings, claims), the rules that turn
//! [`Facts`](facts::Facts) into a [`Decision`](decide::Decision), and every sentence a person reads.
//!
//! Never waits, never reads the clock or the environment, never speaks to GitHub or AWS: `now` is an argument,
//! facts are gathered by the caller, and what follows from a decision is performed by the caller. The dependency
//! list in `Cargo.toml` is kept so poor that input and output cannot get in.
//!
//! Data flows one way through the modules:
//!
//! ```text
//! webhook ─▶ command ─▶ message ─▶ claim ─▶ facts ─▶ task ─▶ decide ─▶ inputs
//!                                    │                         ├─▶ refusal ─▶ feedback
//! ```

pub mod activity;
pub mod admin_allow;
pub mod announcement;
pub mod api_token;
pub mod bedrock_setup;
pub mod claim;
pub mod command;
pub mod decide;
pub mod doctor;
pub mod facts;
pub mod failure;
pub mod feedback;
pub mod ids;
pub mod inputs;
pub mod installation;
pub mod mapping;
pub mod message;
pub mod metadata;
pub mod notify_url;
pub mod planning_context;
pub mod provider;
pub mod public_url;
pub mod rate;
pub mod refusal;
pub mod repo_name;
pub mod report;
pub mod request;
pub mod run;
pub mod run_callback;
pub mod run_kind;
pub mod run_token;
pub mod task;
pub mod ticket;
pub mod webhook;
pub mod workflow_file;
