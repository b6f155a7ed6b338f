//! Which deliveries never arrived, as far as the list of attempts tells.
//!
//! Owns the rule: a delivery is missing while all of its attempts failed. Pure: never reads the list itself, never asks
//! for anything, and takes the time as an argument.

use std::collections::BTreeSet;
use std::mem;

use github::{DeliveryPage, DeliverySummary};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From one round to the next: a look at the list, and the requests that follow from it.
const ROUND: SignedDuration = SignedDuration::from_mins(5);
/// GitHub shows attempts of about the same time in no strict order, and a slow one late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(1);
/// GitHub keeps deliveries for so long.
const KEPT_BY_GITHUB: SignedDuration = SignedDuration::from_hours(72);
/// The events that we act on.
const EVENTS: [&str; 6] =
    ["issue_comment", "workflow_run", "pull_request", "repository", "installation", "installation_repositories"];
/// A requested attempt shows in the list after this time.
const ATTEMPT: SignedDuration = SignedDuration::from_mins(5);
/// The waits after the first request, the second, and so on; the last one holds for all that follow. A receiver that is
/// out for a night is asked again in the morning.
const WAITS: [SignedDuration; 5] = [
    ATTEMPT,
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(3),
    SignedDuration::from_hours(6),
];
/// How many are asked for in one round.
const REQUESTS_A_ROUND: usize = 50;
/// How many missing deliveries are remembered, how many lost and how many healed ones: the record is one item of a table.
const REMEMBERED: usize = 500;

/// What is known of the list of attempts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// When the last round ended.
    round_at: Option<Timestamp>,
    /// When the last look that went all the way began: what became of a remembered delivery until then is known.
    caught_up_at: Option<Timestamp>,
    /// The newest attempt of the last look that had room for everything, in GitHub's time.
    looked_to: Option<Timestamp>,
    /// The look that is not at its end yet.
    look: Option<Look>,
    missing: Vec<Missing>,
}

/// A look at the list, from its newest attempt backwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    began_at: Timestamp,
    newest: Option<Timestamp>,
    /// Where it goes on, once it has begun.
    next: Option<String>,
    /// Deliveries that a repeated attempt has healed: their failed attempts are still to come.
    healed: BTreeSet<String>,
    /// Whether there was no room for something that it saw.
    has_left_some: bool,
}

/// A delivery that never arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Missing {
    /// The same for every attempt at it.
    pub(super) guid: String,
    /// Its newest attempt.
    pub(super) delivery: u64,
    /// The event's name.
    pub(super) event: String,
    /// How often it was asked for.
    pub(super) asked: u32,
    first_failed_at: Timestamp,
    last_failed_at: Timestamp,
    last_asked_at: Option<Timestamp>,
    /// Whether it was given up. It is remembered for as long as GitHub shows its attempts.
    is_lost: bool,
}

impl Look {
    const fn from_the_newest(began_at: Timestamp) -> Self {
        Self { began_at, newest: None, next: None, healed: BTreeSet::new(), has_left_some: false }
    }
}

impl Record {
    /// Whether it is time for a round.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.round_at.is_none_or(|round_at| round_at + ROUND <= now)
    }

    /// A round ends. One that has something left to look at or to ask for goes on with the next sweep.
    pub(super) fn end_round(&mut self, now: Timestamp) {
        if self.next_page().is_none() && self.to_ask(now).is_empty() {
            self.round_at = Some(now);
        }
    }

    /// Goes on with the look that was cut short, or begins one.
    pub(super) fn begin_look(&mut self, now: Timestamp) {
        if self.next_page().is_none() {
            self.start_over(now);
        }
    }

    /// Begins with the newest attempt.
    pub(super) fn start_over(&mut self, now: Timestamp) {
        self.look = Some(Look::from_the_newest(now));
    }

    /// Where the look goes on; `None` at the newest attempt.
    pub(super) fn next_page(&self) -> Option<&str> {
        self.look.as_ref()?.next.as_deref()
    }

    /// Takes in the next page of the look; whether the look went as far back as it has to. What it had no room for is
    /// left to a later look, which goes as far back again.
    pub(super) fn look_at(&mut self, page: &DeliveryPage, now: Timestamp) -> bool {
        let end = self.looked_to.map_or(Timestamp::MIN, |looked_to| looked_to - OVERLAP).max(now - KEPT_BY_GITHUB);
        let mut look = mem::take(&mut self.look).unwrap_or_else(|| Look::from_the_newest(now));
        for attempt in page.deliveries.iter().take_while(|attempt| attempt.delivered_at >= end) {
            look.newest = look.newest.max(Some(attempt.delivered_at));
            if attempt.is_ok() {
                self.heal(attempt, &mut look);
            } else if EVENTS.contains(&attempt.event.as_str()) && !look.healed.contains(&attempt.guid) {
                look.has_left_some |= !self.miss(attempt);
            }
        }
        let reached_end = page.deliveries.last().is_none_or(|last| last.delivered_at < end);
        match &page.next {
            Some(next) if !reached_end => {
                self.look = Some(Look { next: Some(next.clone()), ..look });
                false
            }
            _ => {
                self.caught_up_at = Some(look.began_at);
                if look.has_left_some {
                    tracing::warn!("more deliveries failed than are remembered; the others are looked for again");
                } else {
                    self.looked_to = look.newest.max(self.looked_to);
                }
                true
            }
        }
    }

    /// Only a repeated attempt has failed ones before it.
    fn heal(&mut self, attempt: &DeliverySummary, look: &mut Look) {
        if attempt.redelivery && look.healed.len() < REMEMBERED {
            look.healed.insert(attempt.guid.clone());
        }
        self.missing.retain(|missing| missing.guid != attempt.guid);
    }

    /// Remembers a failed attempt; whether there was room for it.
    fn miss(&mut self, attempt: &DeliverySummary) -> bool {
        if let Some(known) = self.missing.iter_mut().find(|missing| missing.guid == attempt.guid) {
            known.delivery = known.delivery.max(attempt.id);
            known.first_failed_at = known.first_failed_at.min(attempt.delivered_at);
            known.last_failed_at = known.last_failed_at.max(attempt.delivered_at);
            return true;
        }
        if self.missing.iter().filter(|missing| !missing.is_lost).count() >= REMEMBERED {
            return false;
        }
        self.missing.push(Missing {
            guid: attempt.guid.clone(),
            delivery: attempt.id,
            event: attempt.event.clone(),
            asked: 0,
            first_failed_at: attempt.delivered_at,
            last_failed_at: attempt.delivered_at,
            last_asked_at: None,
            is_lost: false,
        });
        true
    }

    /// The missing deliveries to ask for now, those that failed first at their head.
    pub(super) fn to_ask(&self, now: Timestamp) -> Vec<Missing> {
        let is_next = |missing: &&Missing| !missing.is_lost && missing.came_to_nothing(self.caught_up_at, now);
        let mut next: Vec<Missing> = self.missing.iter().filter(is_next).cloned().collect();
        next.sort_by_key(|missing| missing.first_failed_at);
        next.truncate(REQUESTS_A_ROUND);
        next
    }

    /// GitHub has taken a request.
    pub(super) fn was_asked(&mut self, guid: &str, now: Timestamp) {
        if let Some(missing) = self.missing.iter_mut().find(|missing| missing.guid == guid) {
            missing.asked += 1;
            missing.last_asked_at = Some(now);
        }
    }

    /// Gives a delivery up, and shows it.
    pub(super) fn lose(&mut self, guid: &str) -> Option<Missing> {
        self.missing.iter_mut().find(|missing| missing.guid == guid).map(Missing::lost)
    }

    /// Gives up, and shows, the deliveries that GitHub won't keep any longer.
    pub(super) fn give_up(&mut self, now: Timestamp) -> Vec<Missing> {
        let is_gone = |missing: &&mut Missing| !missing.is_lost && missing.first_failed_at + KEPT_BY_GITHUB <= now;
        let lost = self.missing.iter_mut().filter(is_gone).map(Missing::lost).collect();
        self.missing.retain(|missing| missing.last_failed_at + KEPT_BY_GITHUB > now);
        self.forget_the_oldest_lost();
        lost
    }

    /// Those that are lost are remembered only so that nobody is told of them twice.
    fn forget_the_oldest_lost(&mut self) {
        let mut too_many = self.missing.iter().filter(|missing| missing.is_lost).count().saturating_sub(REMEMBERED);
        self.missing.sort_by_key(|missing| missing.last_failed_at);
        self.missing.retain(|missing| {
            let is_too_old = missing.is_lost && too_many > 0;
            too_many -= usize::from(is_too_old);
            !is_too_old
        });
    }
}

impl Missing {
    /// Whether nothing has come of the last request, and the wait after it is over: only a look that began some time
    /// after the request can tell.
    fn came_to_nothing(&self, caught_up_at: Option<Timestamp>, now: Timestamp) -> bool {
        let is_over = |asked_at: Timestamp| {
            asked_at + self.wait() <= now && caught_up_at.is_some_and(|caught_up_at| asked_at + ATTEMPT <= caught_up_at)
        };
        self.last_asked_at.is_none_or(is_over)
    }

    fn wait(&self) -> SignedDuration {
        let longest = WAITS.len() - 1;
        let requests = usize::try_from(self.asked).unwrap_or(usize::MAX);
        WAITS[requests.saturating_sub(1).min(longest)]
    }

    fn lost(&mut self) -> Self {
        self.is_lost = true;
        self.clone()
    }
}

#[cfg(test)]
mod tests;
