//! Whether those who signed in with GitHub may still be here.
//!
//! Owns how often that is asked, and for how long an answer holds while GitHub is out. It is kept in memory: each
//! instance asks for itself. Never lets anybody in: a session is there before.

use std::collections::HashMap;
use std::sync::Arc;

use github::User;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::denial::Denial;
use super::let_in::is_let_in;
use crate::state::State;

/// An answer is taken for the present this long.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// While GitHub is out, the last "yes" holds this long.
const HOLDS: SignedDuration = SignedDuration::from_mins(15);
/// After a question that came to nothing, the next one waits this long.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// As many people are remembered; beyond them all are asked about anew.
const MAX_PEOPLE: usize = 1_000;

/// What is known of people. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<HashMap<User, Arc<Mutex<Standing>>>>>);

/// What is known of one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standing {
    yes_at: Option<Timestamp>,
    no_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
}

/// What follows from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Stays,
    Goes,
    /// Nobody knows, and nobody has for too long.
    Unknown,
    Ask,
}

impl Standings {
    /// Refuses whoever may no longer be here. Who is listed in person is looked up in the list alone.
    pub(crate) async fn check(&self, state: &State, user: &User, began: Timestamp) -> Result<(), Denial> {
        if state.allow.names(user.id, &user.login) {
            return Ok(());
        }
        if state.allow.memberships().next().is_none() {
            return Err(gone(user));
        }
        let cell = self.cell(user).await;
        // Whoever asks about the same person meanwhile waits for the same answer.
        let mut standing = cell.lock().await;
        let now = state.clock.now();
        let mut verdict = standing.verdict(began, now);
        if verdict == Verdict::Ask {
            standing.ask(state, user, now).await;
            verdict = standing.verdict(began, now);
        }
        match verdict {
            Verdict::Stays => Ok(()),
            Verdict::Goes => Err(gone(user)),
            Verdict::Unknown | Verdict::Ask => Err(Denial::GitHubOut),
        }
    }

    async fn cell(&self, user: &User) -> Arc<Mutex<Standing>> {
        let mut people = self.0.lock().await;
        if people.len() >= MAX_PEOPLE && !people.contains_key(user) {
            people.clear();
        }
        Arc::clone(people.entry(user.clone()).or_default())
    }
}

impl Standing {
    /// To sign in is to be let in, so that a session's beginning is a "yes" too.
    fn verdict(self, began: Timestamp, now: Timestamp) -> Verdict {
        let yes = self.yes_at.map_or(began, |yes| yes.max(began));
        let is_within = |since: Timestamp, limit| now.duration_since(since) < limit;
        // A session's beginning is known to the second.
        let no = self.no_at.filter(|no| no.as_second() > yes.as_second());
        match no {
            Some(no) if is_within(no, FRESH) => return Verdict::Goes,
            None if is_within(yes, FRESH) => return Verdict::Stays,
            _ => {}
        }
        if !self.failed_at.is_some_and(|failed| is_within(failed, PAUSE)) {
            return Verdict::Ask;
        }
        if no.is_none() && is_within(yes, HOLDS) { Verdict::Stays } else { Verdict::Unknown }
    }

    async fn ask(&mut self, state: &State, user: &User, now: Timestamp) {
        match is_let_in(state, user).await {
            Ok(true) => *self = Self { yes_at: Some(now), ..Self::default() },
            Ok(false) => *self = Self { no_at: Some(now), ..Self::default() },
            Err(error) => {
                tracing::warn!(error = %environment::chain(&*error), github.id = %user.id, "memberships can't be read");
                self.failed_at = Some(now);
            }
        }
    }
}

fn gone(user: &User) -> Denial {
    tracing::warn!(subject = %format_args!("@{}", user.login), github.id = %user.id, "somebody is no longer allowed");
    Denial::NoLongerAllowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn yes(seconds: i64) -> Standing {
        Standing { yes_at: Some(at(seconds)), ..Standing::default() }
    }

    fn no(seconds: i64) -> Standing {
        Standing { no_at: Some(at(seconds)), ..Standing::default() }
    }

    fn failed(standing: Standing, seconds: i64) -> Standing {
        Standing { failed_at: Some(at(seconds)), ..standing }
    }

    #[test]
    fn a_yes_holds_for_five_minutes_and_so_does_a_beginning() {
        for standing in [Standing::default(), yes(-900), yes(0)] {
            assert_eq!(standing.verdict(at(0), at(299)), Verdict::Stays, "{standing:?}");
            assert_eq!(standing.verdict(at(0), at(300)), Verdict::Ask, "{standing:?}");
        }
        assert_eq!(yes(1_000).verdict(at(0), at(1_299)), Verdict::Stays);
    }

    #[test]
    fn a_no_holds_for_five_minutes_and_a_new_sign_in_overrules_it() {
        assert_eq!(no(400).verdict(at(0), at(699)), Verdict::Goes);
        assert_eq!(no(400).verdict(at(0), at(700)), Verdict::Ask);
        assert_eq!(no(400).verdict(at(401), at(500)), Verdict::Stays);
    }

    #[test]
    fn while_nobody_answers_a_yes_holds_for_a_quarter_of_an_hour() {
        for standing in [failed(Standing::default(), 890), failed(yes(0), 890)] {
            assert_eq!(standing.verdict(at(0), at(899)), Verdict::Stays, "{standing:?}");
            assert_eq!(standing.verdict(at(0), at(900)), Verdict::Unknown, "{standing:?}");
            assert_eq!(standing.verdict(at(0), at(920)), Verdict::Ask, "{standing:?}");
        }
    }

    #[test]
    fn a_no_is_never_followed_by_a_yes_that_nobody_gave() {
        let standing = failed(no(400), 800);
        assert_eq!(standing.verdict(at(0), at(801)), Verdict::Unknown);
        assert_eq!(standing.verdict(at(0), at(830)), Verdict::Ask);
    }
}
