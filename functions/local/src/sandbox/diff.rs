//! What a pull request changes, as a list of files and as a unified diff.
//!
//! Never renders JSON, and knows no renames: a moved file is one removed and one added.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::digest::git_blob_sha;
use super::world::{PullRequest, Repository, World};

/// Lines shown around a change.
const CONTEXT_LINES: usize = 3;
/// Git's name for no file.
const NO_BLOB: &str = "0000000";

/// One file that differs.
pub(super) struct FileChange {
    /// Its path.
    pub(super) path: String,
    /// Its text before; `None` for a new file.
    pub(super) before: Option<String>,
    /// Its text now; `None` for a removed one.
    pub(super) after: Option<String>,
}

impl FileChange {
    /// The hunks, from the first `@@` on.
    pub(super) fn patch(&self) -> String {
        let (before, after) = self.texts();
        TextDiff::from_lines(before, after).unified_diff().context_radius(CONTEXT_LINES).to_string()
    }

    /// How many lines were added, and how many removed.
    pub(super) fn counts(&self) -> (usize, usize) {
        let (before, after) = self.texts();
        let diff = TextDiff::from_lines(before, after);
        let count = |tag: ChangeTag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        (count(ChangeTag::Insert), count(ChangeTag::Delete))
    }

    fn texts(&self) -> (&str, &str) {
        (self.before.as_deref().unwrap_or_default(), self.after.as_deref().unwrap_or_default())
    }
}

/// The files that differ between the head of a pull request and its base. A head that is gone shows none.
pub(super) fn of_pull(world: &World, repository: &Repository, pull: &PullRequest) -> Vec<FileChange> {
    let head_repository = pull.head_repository_id.and_then(|id| world.repository_by_id(id));
    let head = head_repository.and_then(|found| found.branches.get(&pull.head_branch));
    let base = repository.branches.get(&pull.base_branch);
    let Some((base, head)) = base.zip(head) else {
        return Vec::new();
    };
    // What the base has got since is no change of the pull request's.
    let fork_point = repository.merge_base(&base.head_sha, &head.head_sha).and_then(|sha| repository.commit(&sha));
    between(fork_point.as_ref().map_or(&base.files, |commit| &commit.files), &head.files)
}

/// The files that differ, in the order of their paths.
fn between(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<FileChange> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    let change = |path: &String| FileChange {
        path: path.clone(),
        before: before.get(path).cloned(),
        after: after.get(path).cloned(),
    };
    differing.map(change).collect()
}

/// All of them as `git diff` prints them.
pub(super) fn unified(changes: &[FileChange]) -> String {
    changes.iter().fold(String::new(), |mut text, change| {
        write_file(&mut text, change).expect("writing to a string can't fail");
        text
    })
}

fn write_file(text: &mut String, change: &FileChange) -> std::fmt::Result {
    let FileChange { path, before, after } = change;
    let blob =
        |text: &Option<String>| text.as_deref().map_or(NO_BLOB.to_owned(), |it| git_blob_sha(it)[..7].to_owned());
    let name =
        |side: char, text: &Option<String>| text.as_ref().map_or("/dev/null".into(), |_| format!("{side}/{path}"));
    writeln!(text, "diff --git a/{path} b/{path}")?;
    let mode = match (before, after) {
        (None, _) => {
            writeln!(text, "new file mode 100644")?;
            ""
        }
        (_, None) => {
            writeln!(text, "deleted file mode 100644")?;
            ""
        }
        _ => " 100644",
    };
    writeln!(text, "index {}..{}{mode}", blob(before), blob(after))?;
    writeln!(text, "--- {}\n+++ {}", name('a', before), name('b', after))?;
    text.write_str(&change.patch())
}
