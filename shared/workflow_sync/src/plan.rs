//! What has to be done, from what stands where.
//!
//! Owns the comparison. Pure: it asks nobody.

use std::collections::BTreeMap;

use domain::claim::PullRequestRef;
use sha1::{Digest as _, Sha1};

use crate::files::{TargetFile, Upkeep};
use crate::refusal::SyncRefusal;

/// The files of a commit as far as they matter here: git's blob SHA by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing(pub(crate) BTreeMap<String, String>);

/// What is at GitHub.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The branch that the files are for.
    pub(crate) base: Standing,
    /// The branch that they come by, if it is there.
    pub(crate) branch: Option<OurBranch>,
    /// Its open pull request.
    pub(crate) pull_request: Option<PullRequestRef>,
}

/// The branch that the files come by.
#[derive(Debug, Clone)]
pub(crate) struct OurBranch {
    pub(crate) files: Standing,
    pub(crate) author: TipAuthor,
}

/// Who made the commit at a branch's tip.
#[derive(Debug, Clone)]
pub(crate) enum TipAuthor {
    /// An earlier sync, upon the base as it stood then.
    Sync(Standing),
    /// Somebody else.
    Other,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The base has it all.
    UpToDate,
    /// An open pull request brings it.
    Existing(PullRequestRef),
    /// The branch has it, and wants a pull request.
    Open,
    /// A commit has to be made of these files, the branch moved there, and a pull request opened if there is none.
    Write,
}

/// What has to be done so that these files come to the base.
pub(crate) fn plan(wanted: &[TargetFile], scene: &Scene) -> Result<Plan, SyncRefusal> {
    if missing(wanted, &scene.base).is_empty() {
        return Ok(Plan::UpToDate);
    }
    let Some(branch) = &scene.branch else {
        return Ok(Plan::Write);
    };
    let brings_it = branch.brings(wanted, &scene.base);
    match (&branch.author, brings_it, &scene.pull_request) {
        (_, true, Some(pull_request)) => Ok(Plan::Existing(pull_request.clone())),
        (TipAuthor::Sync(_), true, None) => Ok(Plan::Open),
        (TipAuthor::Sync(_), false, _) => Ok(Plan::Write),
        (TipAuthor::Other, _, _) => Err(SyncRefusal::BranchTaken),
    }
}

/// The files that a commit lacks, or has with another text than it should.
pub(crate) fn missing<'a>(wanted: &'a [TargetFile], standing: &Standing) -> Vec<&'a TargetFile> {
    wanted.iter().filter(|file| !standing.satisfies(file)).collect()
}

/// A path that two of the files have.
pub(crate) fn clash(wanted: &[TargetFile]) -> Option<&str> {
    let is_doubled = |(at, file): &(usize, &TargetFile)| wanted[..*at].iter().any(|earlier| earlier.path == file.path);
    wanted.iter().enumerate().find(is_doubled).map(|(_, file)| file.path.as_str())
}

impl Standing {
    fn satisfies(&self, file: &TargetFile) -> bool {
        let there = self.0.get(&file.path);
        match file.upkeep {
            Upkeep::Always => there.is_some_and(|sha| *sha == blob_sha(file.text)),
            Upkeep::Once => there.is_some(),
        }
    }

    /// Whether another commit has the same at a path.
    fn agrees(&self, other: &Self, path: &str) -> bool {
        self.0.get(path) == other.0.get(path)
    }
}

impl OurBranch {
    /// Whether merging it would bring the files as they are wanted, without a conflict.
    fn brings(&self, wanted: &[TargetFile], base: &Standing) -> bool {
        let began_here = match &self.author {
            TipAuthor::Sync(began_at) => wanted.iter().all(|file| began_at.agrees(base, &file.path)),
            TipAuthor::Other => true,
        };
        // What people have put there meanwhile is theirs, on the branch too.
        let keeps_theirs = wanted
            .iter()
            .filter(|file| file.upkeep == Upkeep::Once && base.0.contains_key(&file.path))
            .all(|file| self.files.agrees(base, &file.path));
        began_here && keeps_theirs && missing(wanted, &self.files).is_empty()
    }
}

/// The SHA-1 that git gives to a file of this text.
/// <https://git-scm.com/book/en/v2/Git-Internals-Git-Objects>
fn blob_sha(text: &str) -> String {
    let blob = Sha1::new().chain_update(format!("blob {}\0", text.len())).chain_update(text).finalize();
    blob.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use domain::ids::IssueNumber;

    use super::*;

    const KEPT: &str = ".github/workflows/claude-implement.yml";
    const SEEDED: &str = "WORKFLOW.md";

    fn wanted() -> Vec<TargetFile> {
        let file = |path: &str, upkeep| TargetFile { path: path.to_owned(), text: "new\n", upkeep };
        vec![file(KEPT, Upkeep::Always), file(SEEDED, Upkeep::Once)]
    }

    fn standing(files: &[(&str, &str)]) -> Standing {
        Standing(files.iter().map(|(path, text)| ((*path).to_owned(), blob_sha(text))).collect())
    }

    fn pull_request() -> PullRequestRef {
        PullRequestRef { number: IssueNumber::new(6), html_url: "https://github.example/octo/it/pull/6".to_owned() }
    }

    /// Upon a base without anything, the branch of an earlier sync that has these files.
    fn synced(files: &[(&str, &str)]) -> OurBranch {
        OurBranch { files: standing(files), author: TipAuthor::Sync(Standing::default()) }
    }

    fn check(base: &[(&str, &str)], branch: Option<OurBranch>, is_open: bool) -> Result<Plan, SyncRefusal> {
        let scene = Scene { base: standing(base), branch, pull_request: is_open.then(pull_request) };
        plan(&wanted(), &scene)
    }

    #[test]
    fn a_blob_has_the_sha_that_git_gives_it() {
        assert_eq!(blob_sha("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn a_base_that_has_it_all_is_up_to_date_whatever_people_made_of_their_files() {
        for theirs in ["new\n", "theirs\n"] {
            assert_eq!(check(&[(KEPT, "new\n"), (SEEDED, theirs)], None, false), Ok(Plan::UpToDate));
        }
    }

    #[test]
    fn whatever_is_missing_or_old_is_brought() {
        for base in [[(SEEDED, "theirs\n")].as_slice(), &[(KEPT, "new\n")], &[(KEPT, "old\n"), (SEEDED, "theirs\n")]] {
            assert_eq!(check(base, None, false), Ok(Plan::Write));
        }
        let names: Vec<_> = missing(&[], &Standing::default()).into_iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, [""; 0]);
    }

    #[test]
    fn an_open_pull_request_with_exactly_this_stays() {
        let branch = synced(&[(KEPT, "new\n"), (SEEDED, "new\n")]);
        assert_eq!(check(&[], Some(branch), true), Ok(Plan::Existing(pull_request())));
    }

    #[test]
    fn what_people_wrote_into_a_seeded_file_of_the_pull_request_stays() {
        let files = standing(&[(KEPT, "new\n"), (SEEDED, "edited\n")]);
        let branch = OurBranch { files, author: TipAuthor::Other };
        assert_eq!(check(&[], Some(branch), true), Ok(Plan::Existing(pull_request())));
    }

    #[test]
    fn a_branch_of_ours_with_something_else_is_written_anew() {
        for is_open in [true, false] {
            let branch = synced(&[(KEPT, "old\n"), (SEEDED, "new\n")]);
            assert_eq!(check(&[], Some(branch), is_open), Ok(Plan::Write));
        }
    }

    #[test]
    fn a_branch_that_was_left_without_a_pull_request_gets_one() {
        let branch = synced(&[(KEPT, "new\n"), (SEEDED, "new\n")]);
        assert_eq!(check(&[], Some(branch), false), Ok(Plan::Open));
    }

    #[test]
    fn a_branch_that_would_no_longer_merge_is_written_anew() {
        let branch = synced(&[(KEPT, "new\n"), (SEEDED, "new\n")]);
        assert_eq!(check(&[(KEPT, "changed there\n")], Some(branch), true), Ok(Plan::Write));
    }

    #[test]
    fn a_seed_makes_way_for_what_people_have_put_there_meanwhile() {
        let began_at = standing(&[(SEEDED, "theirs\n")]);
        let files = standing(&[(KEPT, "new\n"), (SEEDED, "new\n")]);
        let branch = OurBranch { files, author: TipAuthor::Sync(began_at) };
        assert_eq!(check(&[(SEEDED, "theirs\n")], Some(branch), true), Ok(Plan::Write));
    }

    #[test]
    fn somebody_elses_commits_are_not_written_over() {
        for (text, is_open) in [("old\n", true), ("old\n", false), ("new\n", false)] {
            let files = standing(&[(KEPT, text), (SEEDED, "new\n")]);
            let branch = OurBranch { files, author: TipAuthor::Other };
            assert_eq!(check(&[], Some(branch), is_open), Err(SyncRefusal::BranchTaken), "{text} {is_open}");
        }
    }

    #[test]
    fn two_files_of_one_path_are_seen() {
        let mut files = wanted();
        assert_eq!(clash(&files), None);
        files.push(TargetFile { path: KEPT.to_owned(), text: "other\n", upkeep: Upkeep::Always });
        assert_eq!(clash(&files), Some(KEPT));
    }
}
