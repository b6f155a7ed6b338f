//! One repository: which of its comments are commands that nobody told us of.
//!
//! Owns the questions to GitHub, and what its refusals mean here. The token can read conversations and nothing else. What
//! a comment has to be like is the place's to say.

mod bookmark;
mod command;
mod home;
mod place;

use aws::MappingEntry;
use domain::repo_name::RepoFullName;
use environment::chain;
use github::{GitHubError, RecentComments};
use jiff::Timestamp;

use self::bookmark::Bookmark;
use self::command::queue_unless_known;
use self::home::home_of;
use self::place::{Home, Step};
use crate::error::{Undone, is_refusal};
use crate::state::State;

/// How many pages of a hundred comments are read in one round; the next one goes on there.
const PAGES: usize = 3;

/// What came of a look at a repository.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// Commands that were queued.
    pub(crate) found: usize,
    /// Whether the look has to be repeated; the log says why.
    pub(crate) has_failed: bool,
}

/// Asks a mapped repository for the comments since the last look, and queues the commands among them that are new.
#[failpoint::everywhere]
pub(crate) async fn look(state: &State, mapping: MappingEntry, now: Timestamp) -> Look {
    let mut look = Look::default();
    let name = mapping.draft.name_key();
    match look_into(state, &mapping, now, &mut look.found).await {
        Ok(()) => {}
        Err(Undone::GitHub(error @ (GitHubError::NotInstalled { .. } | GitHubError::NotFound { .. }))) => {
            tracing::info!(repository = name, error = %chain(&error), "a mapped repository is not there for us");
        }
        // The mapping's people have to see to it; a sweep that failed until they do would hide everybody else's failures.
        Err(Undone::GitHub(error)) if is_refusal(&error) => {
            tracing::warn!(repository = name, error = %chain(&error), "GitHub doesn't let us look at a repository");
        }
        Err(undone) => {
            tracing::warn!(repository = name, error = %chain(&undone), "a repository could not be looked at");
            if undone.is_refused_key() {
                state.github.forget().await;
            }
            look.has_failed = true;
        }
    }
    look
}

#[failpoint::everywhere]
async fn look_into(state: &State, mapping: &MappingEntry, now: Timestamp, found: &mut usize) -> Result<(), Undone> {
    let Ok(name) = format!("{}/{}", mapping.draft.owner, mapping.draft.repo).parse::<RepoFullName>() else {
        return Ok(());
    };
    let mut bookmark = Bookmark::read(state, &name).await?;
    if !bookmark.place().is_of_version(mapping.draft.version) {
        // A mapping that was deleted a moment ago has nobody to be asked for.
        let Some(made_at) = state.mappings.made_at(&name).await? else { return Ok(()) };
        bookmark.place().start_under(mapping.draft.version, made_at);
    }
    let Some(home) = home_of(state, &name, mapping.draft.repo_id, bookmark.place(), now).await? else {
        bookmark.write(state, now).await?;
        return Ok(());
    };
    let outcome = ask(state, &home, &mut bookmark, now, found).await;
    if let Err(Undone::GitHub(error)) = &outcome
        && is_refusal(error)
    {
        bookmark.place().doubt_home();
    }
    // Before anything else that may fail: what was read is read.
    bookmark.write(state, now).await?;
    match outcome {
        Err(Undone::GitHub(GitHubError::RateLimited { retry_after })) => {
            let limit = state.rates.meet(home.installation, retry_after, now).await?;
            tracing::warn!(installation = home.installation.get(), until = %limit.until, "GitHub limits an installation");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Asks, unless GitHub limits the installation, page by page. The place moves behind each comment that is dealt with, and
/// is written down after each page: a sweep may be cut off.
#[failpoint::everywhere]
async fn ask(
    state: &State,
    home: &Home,
    bookmark: &mut Bookmark,
    now: Timestamp,
    found: &mut usize,
) -> Result<(), Undone> {
    if state.rates.limit(home.installation).await?.is_some_and(|limit| limit.remaining(now).is_some()) {
        tracing::debug!(installation = home.installation.get(), "an installation is left alone: GitHub limits it");
        return Ok(());
    }
    let github = state.github.client().await?;
    let repository = github.repository(home.installation, home.id, home.name.clone()).reading_only();
    for _ in 0..PAGES {
        let place = bookmark.place();
        let since = place.since(now);
        let answer = repository.comments_since(since, place.etag()).await?;
        let RecentComments::Changed { etag, comments, is_all } = answer else { return Ok(()) };
        for comment in &comments {
            match place.judge(comment, now) {
                Step::TooEarly => return Ok(()),
                Step::Nothing => {}
                Step::Command(command) => {
                    *found += usize::from(queue_unless_known(state, home, &repository, comment, command).await?);
                }
            }
            place.pass(comment);
        }
        if is_all {
            place.end_of_list(since, etag);
            return Ok(());
        }
        place.end_of_full_page(since);
        if !bookmark.write(state, now).await? {
            return Ok(());
        }
    }
    Ok(())
}
