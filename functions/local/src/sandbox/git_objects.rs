//! Trees and commits as git writes them, so that their SHAs are git's own.
//!
//! Owns the two formats. Every file is a plain one: no executables, links or submodules.
//! <https://git-scm.com/book/en/v2/Git-Internals-Git-Objects>

use std::collections::BTreeMap;

use super::digest::{git_blob_sha, git_object_digest, hexadecimal};
use super::world::{Commit, Files, Signature};

/// One line of a tree.
pub(super) struct TreeEntry {
    /// Path from that tree.
    pub(super) path: String,
    /// The object's SHA.
    pub(super) sha: String,
    /// Its bytes, for a file; `None` for a folder.
    pub(super) size: Option<usize>,
}

/// The SHA of the tree of these files.
pub(super) fn tree_sha(files: &Files) -> String {
    hexadecimal(&tree_digest(files))
}

/// The SHA of a commit.
pub(super) fn commit_sha(commit: &Commit) -> String {
    let mut lines = vec![format!("tree {}", tree_sha(&commit.files))];
    lines.extend(commit.parents.iter().map(|parent| format!("parent {parent}")));
    for (role, Signature { name, email, date }) in [("author", &commit.author), ("committer", &commit.committer)] {
        lines.push(format!("{role} {name} <{email}> {} +0000", date.as_second()));
    }
    let text = format!("{}\n\n{}", lines.join("\n"), commit.message);
    hexadecimal(&git_object_digest("commit", text.as_bytes()))
}

/// The files below the tree of that SHA, which is these files' or one of their folders'.
pub(super) fn subtree(files: &Files, sha: &str) -> Option<Files> {
    if tree_sha(files) == sha {
        return Some(files.clone());
    }
    folders(files).values().find_map(|below| subtree(below, sha))
}

/// What a tree lists: what is in it, and all that is below where that is asked for.
pub(super) fn listing(files: &Files, recursive: bool) -> Vec<TreeEntry> {
    let mut entries: Vec<TreeEntry> = files
        .iter()
        .filter(|(path, _)| !path.contains('/'))
        .map(|(path, text)| TreeEntry { path: path.clone(), sha: git_blob_sha(text), size: Some(text.len()) })
        .collect();
    for (folder, below) in folders(files) {
        entries.push(TreeEntry { path: folder.clone(), sha: tree_sha(&below), size: None });
        if recursive {
            let deeper = listing(&below, true);
            entries.extend(deeper.into_iter().map(|it| TreeEntry { path: format!("{folder}/{}", it.path), ..it }));
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    entries
}

/// The folders directly here, each with its files.
fn folders(files: &Files) -> BTreeMap<String, Files> {
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    for (path, text) in files {
        if let Some((folder, below)) = path.split_once('/') {
            folders.entry(folder.to_owned()).or_default().insert(below.to_owned(), text.clone());
        }
    }
    folders
}

fn tree_digest(files: &Files) -> Vec<u8> {
    // Git orders a folder as if its name ended with a slash.
    let mut lines: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let line = |mode: &str, name: &str, sha: &[u8]| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", sha].concat();
    for (path, text) in files.iter().filter(|(path, _)| !path.contains('/')) {
        lines.insert(path.clone(), line("100644", path, &git_object_digest("blob", text.as_bytes())));
    }
    for (folder, below) in folders(files) {
        lines.insert(format!("{folder}/"), line("40000", &folder, &tree_digest(&below)));
    }
    let content: Vec<u8> = lines.into_values().flatten().collect();
    git_object_digest("tree", &content)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn files() -> Files {
        [("a", "hello\n"), ("a-b", "hello\n"), ("a.d/c", "hello\n")]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into()
    }

    /// Told by `git write-tree` and `git hash-object -t commit`..
    #[test]
    fn trees_and_commits_have_the_shas_that_git_gives_them() {
        assert_eq!(tree_sha(&files()), "0003d237e7a50865820b1a0954cf1947e7581912");
        let who = Signature { name: "A".to_owned(), email: "a@b.c".to_owned(), date: Timestamp::UNIX_EPOCH };
        let commit = Commit {
            files: files(),
            parents: Vec::new(),
            author: who.clone(),
            committer: who,
            message: "Begin.".to_owned(),
        };
        assert_eq!(commit_sha(&commit), "e8803116ec6bc68871f648de7a734a5f1e00b63c");
    }

    #[test]
    fn a_folder_is_found_by_its_sha_and_listed_with_what_is_below() {
        let folder = listing(&files(), false).into_iter().find(|entry| entry.path == "a.d").expect("the folder");
        assert_eq!(subtree(&files(), &folder.sha).expect("its files").keys().collect::<Vec<_>>(), ["c"]);
        let paths: Vec<String> = listing(&files(), true).into_iter().map(|entry| entry.path).collect();
        assert_eq!(paths, ["a", "a-b", "a.d", "a.d/c"]);
    }
}
