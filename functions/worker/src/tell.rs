//! Telling people: reactions and the one status comment.
//!
//! Owns when something is said, and that it is said once. The words are the domain's, made from the claim alone. A
//! failure here never leads back to a dispatch: it brings the message again, and only what wasn't said is said then.

use domain::claim::{Claim, State as ClaimState};
use domain::feedback::{self, Reaction};
use domain::refusal::Refusal;
use github::{GitHubError, Repository};
use jiff::SignedDuration;

use crate::attempt::Attempt;
use crate::error::Undone;
use crate::state::State;

/// A claim that moves more often than this while its comment is edited is left to the queue's next delivery.
const MAX_EDITS: u32 = 3;
/// The same refusal is explained to the same person in the same conversation once in this time.
const EXPLAINED_ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
/// An unmapped repository is told so once in this time.
const UNMAPPED_TOLD_ONCE_IN: SignedDuration = SignedDuration::from_hours(45 * 24);

/// Brings reaction and status comment in line with the claim.
pub(crate) async fn tell(state: &State, repository: &Repository, claim: Claim, attempt: Attempt) -> Result<(), Undone> {
    let repository = &voice(repository, &claim);
    let reacted = async {
        if let Some(reaction) = feedback::reaction(&claim.state) {
            react(repository, &claim, reaction).await;
        }
    };
    let (told, ()) = tokio::join!(say(state, repository, &claim, attempt), reacted);
    told
}

/// Edits the status comment, where there is one, until it shows the claim as it is stored: while one worker writes,
/// another may have moved the claim and have written before.
pub(crate) async fn keep_in_line(state: &State, repository: &Repository, mut claim: Claim) -> Result<(), Undone> {
    for _ in 0..MAX_EDITS {
        let (Some(comment), Some(text)) = (claim.status_comment, feedback::status_comment(&claim)) else {
            return Ok(());
        };
        heard(&claim, repository.update_comment(comment, &text).await)?;
        match state.dispatches.claim(claim.id).await? {
            Some(stored) if stored.revision != claim.revision => claim = stored,
            _ => return Ok(()),
        }
    }
    Err(Undone::Moved)
}

/// Reacts to the command's comment. Content is scarce at GitHub's, so a reaction that fails is let go.
pub(crate) async fn react(repository: &Repository, claim: &Claim, reaction: Reaction) {
    if let Err(error) = repository.react(claim.request.comment, reaction).await {
        tracing::warn!(claim.id = %claim.id, error = %environment::chain(&error), "a reaction was let go");
    }
}

/// Where the App lacks a permission of the work, it may still be allowed to speak.
fn voice(repository: &Repository, claim: &Claim) -> Repository {
    let missing = Refusal::AppPermissionMissing(String::new()).code();
    match &claim.state {
        ClaimState::Refused { code, .. } if code == missing => repository.speaking_only(),
        _ => repository.clone(),
    }
}

async fn say(state: &State, repository: &Repository, claim: &Claim, attempt: Attempt) -> Result<(), Undone> {
    let Some(text) = feedback::status_comment(claim) else { return Ok(()) };
    if claim.status_comment.is_some() {
        return keep_in_line(state, repository, claim.clone()).await;
    }
    if !may_say(state, claim).await? {
        return Ok(());
    }
    let request = &claim.request;
    let found = match attempt {
        // Nobody else has this claim: there can be no comment yet, so nothing is searched for.
        Attempt::First => None,
        Attempt::Later => {
            let marker = feedback::marker(claim.id);
            match repository.find_own_comment(request.number, request.commented_at, &marker).await {
                Ok(found) => found,
                Err(error) => return heard(claim, Err(error)),
            }
        }
    };
    let comment = match found {
        Some(comment) => comment,
        None => match repository.create_comment(request.number, &text).await {
            Ok(comment) => comment,
            Err(error) => return heard(claim, Err(error)),
        },
    };
    let noted = state.dispatches.note_status_comment(claim.id, comment).await?;
    // The run may have moved the claim before its comment was known: then nobody has told that yet.
    let has_moved = found.is_some() || noted.revision != claim.revision;
    if has_moved { keep_in_line(state, repository, noted).await } else { Ok(()) }
}

/// A repeated refusal gets its reaction only.
async fn may_say(state: &State, claim: &Claim) -> Result<bool, Undone> {
    let ClaimState::Refused { code, .. } = &claim.state else { return Ok(true) };
    let request = &claim.request;
    let (what, lifetime) = if *code == Refusal::MappingMissing.code() {
        (format!("{}#{code}", request.repo.id), UNMAPPED_TOLD_ONCE_IN)
    } else {
        (format!("{}#{}#{}#{code}", request.repo.id, request.number, request.commenter.id), EXPLAINED_ONCE_IN)
    };
    Ok(state.dispatches.say_once(&what, claim.id, state.clock.now(), lifetime).await?)
}

/// What GitHub will never let us say is let go, by name in the log; the rest comes again.
fn heard(claim: &Claim, said: Result<(), GitHubError>) -> Result<(), Undone> {
    match said {
        Err(error) if !error.is_transient() => {
            tracing::error!(claim.id = %claim.id, error = %environment::chain(&error), "a status comment can't be written");
            Ok(())
        }
        said => Ok(said?),
    }
}
