//! What stands at GitHub, asked for.
//!
//! Owns which calls that takes: the folders of a repository that are nobody's business here are not listed. Never writes.

use github::{Depth, GitHubError, Repository, Sha, Signature};

use crate::BRANCH;
use crate::plan::{OurBranch, Scene, Standing, TipAuthor};

/// The folder that all but the files at the top are in.
const FOLDER: &str = ".github";

/// What the plan is made from, and the commits to go on from.
pub(crate) struct Found {
    pub(crate) scene: Scene,
    pub(crate) base: Sha,
    pub(crate) base_tree: Sha,
    pub(crate) tip: Option<Sha>,
}

/// Looks at the base, and at the branch and the pull request that the files come by. `None` where there is no such base.
pub(crate) async fn find(
    repository: &Repository,
    base_branch: &str,
    app_slug: &str,
) -> Result<Option<Found>, GitHubError> {
    let (base, tip, pull_request) = tokio::try_join!(
        repository.tip_of(base_branch),
        repository.tip_of(BRANCH),
        repository.open_pull_request_of(BRANCH, base_branch),
    )?;
    let Some(base) = base else {
        return Ok(None);
    };
    let base_commit = repository.commit(&base).await?;
    let standing = standing(repository, &base_commit.tree).await?;
    let branch = match &tip {
        Some(tip) => Some(our_branch(repository, tip, (&base, &standing), app_slug).await?),
        None => None,
    };
    let scene = Scene { base: standing, branch, pull_request };
    Ok(Some(Found { scene, base, base_tree: base_commit.tree, tip }))
}

async fn our_branch(
    repository: &Repository,
    tip: &Sha,
    (base, base_standing): (&Sha, &Standing),
    app_slug: &str,
) -> Result<OurBranch, GitHubError> {
    let commit = repository.commit(tip).await?;
    let files = standing(repository, &commit.tree).await?;
    // A sync names the base last.
    let is_ours = is_by_sync(&commit.author, &commit.committer, app_slug);
    let author = match commit.parents.last().filter(|_| is_ours) {
        None => TipAuthor::Other,
        Some(began_at) if began_at == base => TipAuthor::Sync(base_standing.clone()),
        Some(began_at) => {
            let began_at = repository.commit(began_at).await?;
            TipAuthor::Sync(standing(repository, &began_at.tree).await?)
        }
    };
    Ok(OurBranch { files, author })
}

/// The files at the top, and those in the one folder.
async fn standing(repository: &Repository, tree: &Sha) -> Result<Standing, GitHubError> {
    let top = repository.tree(tree, Depth::Here).await?;
    let folder = top.iter().find(|entry| entry.is_folder && entry.path == FOLDER);
    let below = match folder {
        Some(folder) => repository.tree(&folder.sha, Depth::All).await?,
        None => Vec::new(),
    };
    let in_folder = below.into_iter().map(|mut entry| {
        entry.path = format!("{FOLDER}/{}", entry.path);
        entry
    });
    let files = top.into_iter().chain(in_folder).filter(|entry| !entry.is_folder);
    Ok(Standing(files.map(|entry| (entry.path, entry.sha.to_string())).collect()))
}

/// Whether a sync has made a commit: the App is its author, and nobody has made another one of it, as a rebase does.
/// GitHub is the committer where it signs for the App.
/// <https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots>
fn is_by_sync(author: &Signature, committer: &Signature, app_slug: &str) -> bool {
    let bot = format!("{app_slug}[bot]");
    let is_bot = author.name == bot && author.email.contains(&format!("+{bot}@"));
    is_bot && (committer == author || committer.email.starts_with("noreply@"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOT: (&str, &str) = ("ai-implement[bot]", "710100+ai-implement[bot]@users.noreply.github.com");
    const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");
    const PERSON: (&str, &str) = ("maintainer", "710002+maintainer@users.noreply.github.com");

    #[test]
    fn a_commit_is_a_syncs_when_the_app_made_it_and_nobody_has_made_it_again() {
        for (author, committer, expected) in [
            (BOT, GITHUB, true),
            (BOT, BOT, true),
            // Rebased or amended by somebody.
            (BOT, PERSON, false),
            (PERSON, GITHUB, false),
            (PERSON, PERSON, false),
            (("other[bot]", "1+other[bot]@users.noreply.github.com"), GITHUB, false),
            (("ai-implement[bot]", PERSON.1), GITHUB, false),
        ] {
            let signature = |(name, email): (&str, &str)| Signature { name: name.into(), email: email.into() };
            assert_eq!(
                is_by_sync(&signature(author), &signature(committer), "ai-implement"),
                expected,
                "{author:?} {committer:?}"
            );
        }
    }
}
