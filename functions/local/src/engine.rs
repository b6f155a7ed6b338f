//! The embedded DynamoDB: a real engine, reached as on AWS, through the SDK and HTTP.
//!
//! Owns where its data lies and that both tables are there. Never reaches around the SDK.

use std::path::{Path, PathBuf};

use aws::{Sdk, TableKind, create_table};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::start_error::StartError;

pub(crate) const MAPPINGS: &str = "ai-implement-mappings";
pub(crate) const DISPATCHES: &str = "ai-implement-dispatches";

/// Where the local system keeps what has to last.
#[derive(Debug, Clone)]
pub enum Storage {
    /// Nowhere: it ends with the process.
    Memory,
    /// In a folder.
    Folder(PathBuf),
}

impl Storage {
    /// The file of that name, if there are files.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Folder(folder) => Some(folder.join(name)),
        }
    }

    /// Removes what earlier runs left there, and nothing else that may lie beside it.
    pub(crate) fn empty(folder: &Path) -> std::io::Result<()> {
        for name in ["dynamodb.sqlite", "dynamodb.sqlite-wal", "dynamodb.sqlite-shm", "sandbox.json"] {
            match std::fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Starts the engine and makes the tables; the SDK that comes back speaks to it.
pub(crate) async fn start(storage: &Storage, tasks: &mut JoinSet<()>) -> Result<Sdk, StartError> {
    let database = match storage.file("dynamodb.sqlite") {
        Some(file) => Database::new(&file.to_string_lossy()),
        None => Database::memory(),
    };
    let database = database.map_err(|error| StartError::Engine(error.to_string()))?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| StartError::Listen { port: 0, error })?;
    let address = listener.local_addr().map_err(|error| StartError::Listen { port: 0, error })?;
    tasks.spawn(dynoxide::server::serve_on(listener, database));
    let sdk = Sdk::local(&format!("http://{address}"));
    create_table(&sdk, TableKind::Mappings, MAPPINGS).await?;
    create_table(&sdk, TableKind::Dispatches, DISPATCHES).await?;
    Ok(sdk)
}
