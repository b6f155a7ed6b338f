//! Telling a team's channel of a run.
//!
//! Owns when there is news, and that it goes its own way: news is a message of its own, so that a channel that can't be
//! reached holds nothing up, and is tried again by itself. It may be told twice; it never becomes a dead letter. Words and
//! shapes are the domain's.

use aws::StoredMapping;
use domain::announcement::Announcement;
use domain::claim::Claim;
use domain::message::{Message, News};

use crate::delivery::Delivery;
use crate::error::Undone;
use crate::state::State;

/// Puts a claim's news into the queue, where its repository wants to be told. What the queue doesn't take is let go.
#[failpoint::everywhere]
pub(crate) async fn announce(state: &State, claim: &Claim) {
    if !claim.order.as_ref().is_some_and(|order| order.is_announced) {
        return;
    }
    let (Some(news), Some(run)) = (Announcement::of(claim), claim.state.run()) else { return };
    let message = Message::News(News { claim: claim.id, attempt: run.attempt, news });
    if let Err(error) = state.queue.send(&message).await {
        tracing::warn!(claim.id = %claim.id, news = news.name(), error = %environment::chain(&error), "news is let go");
    }
}

/// Tells the channel that the mapping names now. The last delivery ends in the log.
#[failpoint::everywhere]
pub(crate) async fn tell_channel(state: &State, news: &News, delivery: Delivery) -> Result<(), Undone> {
    let Some(claim) = state.dispatches.claim(news.claim).await? else { return Ok(()) };
    let repo = claim.request.repo();
    let StoredMapping::Found(mapping) = state.mappings.of_repository(repo.id, &repo.name).await? else {
        return Ok(());
    };
    let Some(url) = &mapping.notify else { return Ok(()) };
    match state.notifier.post(url, &news.news.message(&claim, url.service())).await {
        Err(error) if error.is_transient() && delivery.received < state.max_receives.get() => Err(error.into()),
        Err(error) => {
            let code = "NEWS_UNTOLD";
            tracing::warn!(claim.id = %claim.id, news = news.news.name(), error = %environment::chain(&error), code, "a channel can't be told");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
