//! Where the files lie that these tests read.

use std::path::{Path, PathBuf};

/// The top of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package lies in a folder of the repository")
}

/// A file of the test tools; one that npm brings is there after `make tools`.
pub(crate) fn tool(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(path);
    assert!(file.exists(), "{} is missing: run `make tools` first", file.display());
    file
}
