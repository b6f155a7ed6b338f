//! Telling people: reactions and the one status comment.
//!
//! Owns when something is said, that it is said once, and that a late word never stands. The words are the domain's,
//! made from the claim alone. A failure here never leads back to a dispatch: what people weren't told stays on record
//! as untold, and only that is said later.

use std::time::Duration;

use aws::Turn;
use domain::claim::{Claim, State as ClaimState};
use domain::feedback::{self, Reaction};
use domain::ids::CommentId;
use domain::rate::Content;
use domain::refusal::Refusal;
use github::{CALL_TIMEOUT, GitHubError, Repository};
use jiff::SignedDuration;

use crate::error::Undone;
use crate::put_off::meet;
use crate::state::{State, new_nonce};

/// A claim that moves more often than this while its comment is edited is left to the queue's next delivery.
const MAX_EDITS: u32 = 3;
/// The same refusal is explained to the same person in the same conversation once in this time.
const EXPLAINED_ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
/// An unmapped repository is told so once in this time.
const UNMAPPED_TOLD_ONCE_IN: SignedDuration = SignedDuration::from_hours(45 * 24);
/// How long one worker may take to write a comment: three calls that time out.
const TURN_LASTS: Duration = CALL_TIMEOUT.saturating_mul(3);
/// Where an installation has said too much, the next minute is another one.
const NO_WORDS_FOR: Duration = Duration::from_mins(1);

/// Brings reaction and status comment in line with the claim.
#[failpoint::everywhere]
pub(crate) async fn tell(state: &State, repository: &Repository, claim: Claim) -> Result<(), Undone> {
    let repository = &voice(repository, &claim);
    if claim.is_untold() && claim.is_telling_given_up(state.clock.now()) {
        tracing::error!(claim.id = %claim.id, code = "UNTOLD", "nobody could be told for three days");
        return Ok(state.dispatches.note_told(&claim).await.map(drop)?);
    }
    let reacted = async {
        if let Some(reaction) = feedback::reaction(&claim.state) {
            react(state, repository, &claim, reaction).await;
        }
    };
    // Boxed, as each call of GitHub's client is large.
    let (told, ()) = tokio::join!(Box::pin(say(state, repository, claim.clone())), reacted);
    told
}

/// Edits the status comment, where there is one. One that is still to be written will show the claim as it is then.
#[failpoint::everywhere]
pub(crate) async fn keep_in_line(state: &State, repository: &Repository, claim: Claim) -> Result<(), Undone> {
    if claim.status_comment.is_none() {
        return Ok(());
    }
    Box::pin(say(state, repository, claim)).await
}

/// Reacts to the command's comment. Content is scarce at GitHub's, so a reaction that fails is let go.
#[failpoint::everywhere]
pub(crate) async fn react(state: &State, repository: &Repository, claim: &Claim, reaction: Reaction) {
    let reacted = match afford(state, repository, Content::Reaction).await {
        Ok(()) => repository.react(claim.request.comment, reaction).await.map_err(Undone::from),
        Err(undone) => Err(undone),
    };
    if let Err(error) = reacted {
        tracing::warn!(claim.id = %claim.id, error = %environment::chain(&error), "a reaction was let go");
        if matches!(error, Undone::GitHub(GitHubError::RateLimited { .. })) {
            meet(state, Some(repository.installation()), error).await;
        }
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

/// Writes or edits the comment until it shows the claim as it is stored: while one worker writes, another may have
/// moved the claim and have written before.
#[failpoint::everywhere]
async fn say(state: &State, repository: &Repository, mut claim: Claim) -> Result<(), Undone> {
    for _ in 0..MAX_EDITS {
        let Some(text) = feedback::status_comment(&claim) else { return Ok(()) };
        if !may_say(state, &claim).await? {
            return Ok(state.dispatches.note_told(&claim).await.map(drop)?);
        }
        let said = match claim.status_comment {
            Some(comment) => edit(state, repository, &claim, comment, &text).await?,
            None => write(state, repository, claim.clone(), &text).await?,
        };
        let stored = state.dispatches.note_told(&said).await?;
        if !stored.is_untold() {
            return Ok(());
        }
        claim = stored;
    }
    Err(Undone::Moved)
}

#[failpoint::everywhere]
async fn edit(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    comment: CommentId,
    text: &str,
) -> Result<Claim, Undone> {
    let passing = if claim.state.is_over() { Content::Answer } else { Content::PassingEdit };
    afford(state, repository, passing).await?;
    match repository.update_comment(comment, text).await {
        // Somebody deleted it. It is made anew once; whoever deletes it again doesn't want it.
        Err(GitHubError::NotFound { .. }) if !claim.comment_made_anew => {
            let anew = Claim { status_comment: None, comment_made_anew: true, ..claim.clone() };
            write(state, repository, anew, text).await
        }
        edited => heard(claim, edited).map(|()| claim.clone()),
    }
}

/// The claim with the comment that shows it: the one that somebody wrote before, or a new one. One worker writes at a
/// time, as GitHub would take as many comments as it is sent.
#[failpoint::everywhere]
async fn write(state: &State, repository: &Repository, claim: Claim, text: &str) -> Result<Claim, Undone> {
    let (worker, now) = (new_nonce(), state.clock.now());
    let Some(turn) = state.dispatches.take_turn(claim.id, worker, now, now + TURN_LASTS).await? else {
        return Err(Undone::Leased { remaining: TURN_LASTS });
    };
    let id = claim.id;
    let written = write_in_turn(state, repository, claim, text, turn).await;
    if let Err(error) = state.dispatches.give_turn_back(id, worker, state.clock.now()).await {
        tracing::warn!(claim.id = %id, error = %environment::chain(&error), "nobody writes until a turn is over");
    }
    written
}

#[failpoint::everywhere]
async fn write_in_turn(
    state: &State,
    repository: &Repository,
    mut claim: Claim,
    text: &str,
    turn: Turn,
) -> Result<Claim, Undone> {
    afford(state, repository, Content::Answer).await?;
    let request = &claim.request;
    let found = match turn {
        Turn::First => Ok(None),
        Turn::Again => {
            repository.find_own_comment(request.number, request.commented_at, &feedback::marker(claim.id)).await
        }
    };
    let written = match found {
        Ok(Some(comment)) => repository.update_comment(comment, text).await.map(|()| comment),
        Ok(None) => repository.create_comment(request.number, text).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(comment) => claim.status_comment = Some(comment),
        Err(error) => heard(&claim, Err(error))?,
    }
    Ok(claim)
}

/// Counts a word that is about to be said, and whether it may be.
#[failpoint::everywhere]
async fn afford(state: &State, repository: &Repository, content: Content) -> Result<(), Undone> {
    let may_be_said = state.rates.spend(repository.installation(), content, state.clock.now()).await?;
    if may_be_said { Ok(()) } else { Err(Undone::Limited { remaining: NO_WORDS_FOR }) }
}

/// A repeated refusal gets its reaction only.
#[failpoint::everywhere]
async fn may_say(state: &State, claim: &Claim) -> Result<bool, Undone> {
    let ClaimState::Refused { code, .. } = &claim.state else { return Ok(true) };
    if claim.status_comment.is_some() {
        return Ok(true);
    }
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
