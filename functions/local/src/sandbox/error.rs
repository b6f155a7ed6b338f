//! Why the sandbox could not do what was asked, in sentences for the person who asked.
//!
//! What GitHub's API would refuse is not here: that is `github_error`.

use std::io;

/// Why the sandbox could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Started outside of an asynchronous runtime.
    #[error("the sandbox needs a running tokio runtime")]
    NoRuntime,
    /// The port is taken.
    #[error("the sandbox can't listen on its port")]
    Listen(#[source] io::Error),
    /// The state file can't be read or written, or is of another version: without it, the sandbox
    /// starts afresh.
    #[error("the sandbox's state file can't be used")]
    StateFile(#[source] io::Error),
    /// No key could be made.
    #[error("a key could not be made, or not be signed with")]
    Key,
    /// No HTTP client could be built.
    #[error("the webhook client could not be built")]
    Client(#[source] reqwest::Error),
    /// No such repository.
    #[error("There is no repository {0} in the sandbox.")]
    NoSuchRepository(String),
    /// No such issue or pull request.
    #[error("There is no issue or pull request #{number} in {repo}.")]
    NoSuchIssue {
        /// The repository.
        repo: String,
        /// The number.
        number: u64,
    },
    /// No such account.
    #[error("There is no user {0} in the sandbox.")]
    NoSuchUser(String),
    /// Comments have a text.
    #[error("A comment can't be empty.")]
    EmptyComment,
    /// No such comment.
    #[error("There is no comment {0} in the sandbox.")]
    NoSuchComment(u64),
    /// No such delivery.
    #[error("There is no delivery {0} in the sandbox.")]
    NoSuchDelivery(u64),
    /// No such run.
    #[error("There is no run {0} in the sandbox.")]
    NoSuchRun(u64),
    /// The page to sign in on doesn't open.
    #[error("Nobody can sign in at {0}.")]
    NoSuchPage(String),
    /// GitHub's tokens have no such claim.
    #[error("A run's token has no claim {0}.")]
    NoSuchClaim(String),
    /// No such run, or it can't take that step now.
    #[error("Run {0} can't take that step.")]
    NoSuchStep(u64),
}
