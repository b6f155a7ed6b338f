//! Deliveries that GitHub could not make: GitHub tries each once, and again only when it is asked to.
//!
//! Owns the round: a bounded look at the list, then a bounded number of requests. Which deliveries are missing, and which
//! are asked for, is the record's to say.
//! <https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries>

mod record;

use std::time::Duration;

use environment::chain;
use futures::future::join_all;
use github::{GitHub, GitHubError};
use jiff::Timestamp;
use tokio::time::Instant;

use self::record::{Missing, Record};
use crate::app_limit;
use crate::error::Undone;
use crate::state::State;

const CURSOR: &str = "deliveries";
/// A sweep looks at this many pages, a hundred attempts each; the next one goes on there.
const PAGES: usize = 20;
/// After this time no page is read any more …
const LOOKING_TIME: Duration = Duration::from_secs(20);
/// … and after this one nothing is asked for: a sweep has a minute.
const ASKING_TIME: Duration = Duration::from_secs(35);
const AT_ONCE: usize = 4;

/// A round on its way.
struct Round<'a> {
    github: GitHub,
    record: &'a mut Record,
    now: Timestamp,
    began: Instant,
    asked: usize,
    lost: Vec<Missing>,
}

/// Looks for deliveries that failed, asks GitHub for them, and counts those requests.
#[failpoint::everywhere]
pub(crate) async fn redeliver(state: &State, now: Timestamp, asked: &mut usize) -> Result<(), Undone> {
    let mut cursor = state.cursors.read::<Record>(CURSOR).await?;
    if !cursor.place.is_due(now) || app_limit::lasts(state, now).await? {
        return Ok(());
    }
    let github = state.github.client().await?;
    let began = Instant::now();
    let mut round = Round { github, record: &mut cursor.place, now, began, asked: 0, lost: Vec::new() };
    let outcome = round.make().await;
    *asked = round.asked;
    round.lost.iter().for_each(report);
    if !state.cursors.write(&mut cursor, now).await? {
        tracing::info!("another sweeper looked after the deliveries meanwhile");
    }
    match outcome {
        Err(GitHubError::RateLimited { retry_after }) => Ok(app_limit::meet(state, retry_after, now).await?),
        outcome => Ok(outcome?),
    }
}

impl Round<'_> {
    #[failpoint::everywhere]
    async fn make(&mut self) -> Result<(), GitHubError> {
        let looked = self.look().await;
        self.lost.extend(self.record.give_up(self.now));
        let outcome = match looked {
            Err(limited @ GitHubError::RateLimited { .. }) => Err(limited),
            looked => self.ask().await.and(looked),
        };
        // A round that failed is taken up by the next sweep.
        if outcome.is_ok() {
            self.record.end_round(self.now);
        }
        outcome
    }

    /// Goes back in the list to what was looked at before, or as far as a round may.
    #[failpoint::everywhere]
    async fn look(&mut self) -> Result<(), GitHubError> {
        self.record.begin_look(self.now);
        for _ in 0..PAGES {
            let page = match self.github.deliveries(self.record.next_page()).await {
                Ok(page) => page,
                // GitHub doesn't know the place any more.
                Err(error) if self.record.next_page().is_some() && !error.is_transient() => {
                    tracing::warn!(error = %chain(&error), "the look at the deliveries starts over");
                    self.record.start_over(self.now);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.record.look_at(&page, self.now) || self.began.elapsed() > LOOKING_TIME {
                break;
            }
        }
        Ok(())
    }

    /// Asks for those whose turn it is, until GitHub fails: the next sweep goes on there.
    #[failpoint::everywhere]
    async fn ask(&mut self) -> Result<(), GitHubError> {
        let github = self.github.clone();
        for some in self.record.to_ask(self.now).chunks(AT_ONCE) {
            if self.began.elapsed() > ASKING_TIME {
                break;
            }
            let answers = join_all(some.iter().map(|missing| github.redeliver(missing.delivery))).await;
            let taken = some.iter().zip(answers).map(|(missing, answer)| self.take_in(missing, answer));
            taken.fold(Ok(()), Result::and)?;
        }
        Ok(())
    }

    /// What GitHub has no more is lost; what it refuses was asked for in vain.
    fn take_in(&mut self, missing: &Missing, answer: Result<(), GitHubError>) -> Result<(), GitHubError> {
        match answer {
            Ok(()) => {
                self.record.was_asked(&missing.guid, self.now);
                self.asked += 1;
            }
            Err(GitHubError::NotFound { .. }) => self.lost.extend(self.record.lose(&missing.guid)),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::warn!(delivery.guid = missing.guid, error = %chain(&error), "GitHub refuses to deliver again");
                self.record.was_asked(&missing.guid, self.now);
            }
        }
        Ok(())
    }
}

/// What an operator's alarm hangs on.
fn report(lost: &Missing) {
    tracing::error!(
        code = "DELIVERY_LOST",
        delivery.guid = lost.guid,
        delivery.event = lost.event,
        delivery.asked = lost.asked,
        "a delivery is given up"
    );
}
