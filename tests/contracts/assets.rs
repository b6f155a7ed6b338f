//! What the pages load that others wrote.
//!
//! Owns that it is what its package has, to the byte.

use std::fs;

use crate::place::{repository, tool};

#[test]
fn htmx_is_as_it_was_published() {
    let ours = fs::read(repository().join("functions/admin/assets/htmx.min.js")).expect("the file");
    let published = fs::read(tool("node_modules/htmx.org/dist/htmx.min.js")).expect("the package's file");
    assert!(ours == published, "functions/admin/assets/htmx.min.js is not that of the pinned package");
}
