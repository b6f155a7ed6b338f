//! The folder of one run: its logs, the homes of the programs it starts, what `sam build` made.
//!
//! Owns what a program sees of this machine: nothing but PATH and places in this folder. Removed after a green run, kept
//! after a red one.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

/// A run's folder.
pub(crate) struct RunFolder {
    folder: TempDir,
}

impl RunFolder {
    /// A new one, below the system's folder for temporary files.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("ai-implement-stack-").tempdir().expect("a writable folder");
        for name in ["home", "tmp", "state", "logs"] {
            std::fs::create_dir(folder.path().join(name)).expect("a writable folder");
        }
        Self { folder }
    }

    /// A place in it.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file for a program to read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.at(name);
        std::fs::write(&path, text).expect("a writable folder");
        path
    }

    /// A program that knows nothing of this machine but where programs are.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").expect("a PATH"))
            .env("LANG", "C.UTF-8")
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("tmp"))
            .current_dir(self.folder.path());
        command
    }

    /// Keeps it for somebody to look into; the logs are worth keeping, the built functions are not.
    pub(crate) fn keep(self) -> PathBuf {
        for built in ["build", "tmp"] {
            drop(std::fs::remove_dir_all(self.at(built)));
        }
        self.folder.keep()
    }
}

/// The top of the clone.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the repository")
}
