//! Why the system can't start.
//!
//! Owns the words for the person at the terminal, with what to do about it. Never the words of a running system.

use std::path::PathBuf;

use aws::StoreError;
use domain::admin_allow::AdminAllowError;
use thiserror::Error;

use crate::sandbox::SandboxError;

/// Why the system can't start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A port is taken.
    #[error("can't listen on 127.0.0.1:{port}; another port can be set in PORT")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The embedded database can't be opened.
    #[error("the embedded DynamoDB can't be opened: {0}; --fresh starts with an empty one")]
    Engine(String),
    /// A table can't be made or seeded.
    #[error("a table can't be prepared")]
    Store(#[from] StoreError),
    /// The sandbox can't start.
    #[error("the sandbox GitHub can't start; another port can be set in SANDBOX_PORT")]
    Sandbox(#[from] SandboxError),
    /// A file with mappings is at fault.
    #[error("{}: {problem}", file.display())]
    Mappings {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The App's credentials can't be used.
    #[error("the App's credentials can't be used")]
    Access(#[from] github_app::AccessError),
    /// One of the two secrets of the real GitHub is missing.
    #[error("the real GitHub needs both GITHUB_APP_SECRET_FILE and WEBHOOK_SECRET_FILE")]
    HalfTheSecrets,
    /// Who may sign in with GitHub can't be read.
    #[error(transparent)]
    Allow(#[from] AdminAllowError),
    /// The data folder can't be used.
    #[error("the data folder can't be used")]
    Folder(#[from] std::io::Error),
}
