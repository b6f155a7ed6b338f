//! The line before a repository's slots: whose turn it is.
//!
//! Owns the order, which is the order of the commands. Never gives a slot away: that is the store's condition.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Claim, ClaimId, State, Wait, WrongState};

/// A queued claim is looked at this often, should nobody call it.
const LOOKED_AT_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Who has the repository's slots, and who waits for one. Ids sort by the time of their commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Claims with a slot.
    pub holders: BTreeSet<ClaimId>,
    /// Claims that wait.
    pub waiting: BTreeSet<ClaimId>,
}

impl Line {
    /// How many wait before this claim.
    #[must_use]
    pub fn before(&self, claim: ClaimId) -> usize {
        self.waiting.range(..claim).count()
    }

    /// Those who wait before this claim, the next one first.
    pub fn ahead_of(&self, claim: ClaimId) -> impl Iterator<Item = ClaimId> {
        self.waiting.range(..claim).copied()
    }

    /// How many slots nobody has.
    #[must_use]
    pub fn free(&self, slots: u32) -> usize {
        usize::try_from(slots).unwrap_or(usize::MAX).saturating_sub(self.holders.len())
    }

    /// Whether a claim's turn has come.
    #[must_use]
    pub fn is_turn_of(&self, claim: ClaimId, slots: u32) -> bool {
        self.before(claim) < self.free(slots)
    }

    /// Its place, from 1, as people count.
    #[must_use]
    pub fn position_of(&self, claim: ClaimId) -> u32 {
        u32::try_from(self.before(claim) + 1).unwrap_or(u32::MAX)
    }

    /// Those whose turn has come.
    pub fn next(&self, slots: u32) -> impl Iterator<Item = ClaimId> {
        self.waiting.iter().copied().take(self.free(slots))
    }
}

impl Claim {
    /// The repository has as many runs in progress as it may: the claim has its place in the line, and keeps it. It is
    /// looked at again in a while.
    pub fn queued(&self, line: &Line, limit: u32, now: Timestamp) -> Result<Self, WrongState> {
        if !self.state.may_be_decided() {
            return Err(self.wrong_state("queued"));
        }
        let position = line.position_of(self.id);
        let (since, is_news) = match self.state {
            State::Queued { since, position: was, limit: limit_was, .. } => {
                (since, (was, limit_was) != (position, limit))
            }
            _ => (now, true),
        };
        let retry_by = self.state.retry_by().map(str::to_owned);
        let state = State::Queued { since, position, limit, retry_by };
        let next = if is_news { self.moved(state, now) } else { self.clone() };
        Ok(next.resting(now + LOOKED_AT_AFTER))
    }

    /// The claim, to be looked at then: nothing stands in its way.
    #[must_use]
    pub fn resting(self, until: Timestamp) -> Self {
        Self { wait: Some(Wait { until, count: 0, obstacle: None }), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dispatched, received, unknown};
    use super::*;

    fn ids(random: &[u128]) -> BTreeSet<ClaimId> {
        random.iter().map(|random| ClaimId::from_parts(1, *random)).collect()
    }

    fn line(holders: &[u128], waiting: &[u128]) -> Line {
        Line { holders: ids(holders), waiting: ids(waiting) }
    }

    fn id(random: u128) -> ClaimId {
        ClaimId::from_parts(1, random)
    }

    #[test]
    fn the_first_in_the_line_are_next() {
        let line = line(&[1, 2], &[5, 3, 4]);
        assert_eq!(line.next(4).collect::<Vec<_>>(), [id(3), id(4)]);
        assert_eq!(line.next(2).count(), 0);
        assert!(line.is_turn_of(id(4), 4) && !line.is_turn_of(id(5), 4));
        assert_eq!(line.position_of(id(5)), 3);
        assert_eq!(line.ahead_of(id(5)).collect::<Vec<_>>(), [id(3), id(4)]);
    }

    #[test]
    fn a_newcomer_stands_behind_everybody() {
        assert_eq!(line(&[1], &[2]).position_of(id(9)), 2);
        assert!(!line(&[1], &[2]).is_turn_of(id(9), 2));
    }

    #[test]
    fn a_limit_that_was_lowered_leaves_no_room() {
        assert_eq!(line(&[1, 2, 3], &[4]).free(2), 0);
    }

    #[test]
    fn only_a_new_place_is_news() {
        let mut line = Line { holders: ids(&[1]), waiting: ids(&[2]) };
        line.waiting.insert(received().id);
        let queued = received().queued(&line, 1, at(1)).expect("from received");
        let again = queued.queued(&line, 1, at(61)).expect("from queued");
        assert_eq!((again.revision, again.due_at()), (queued.revision, Some(at(121))));
        line.waiting.remove(&id(2));
        let moved_up = again.queued(&line, 1, at(121)).expect("from queued");
        assert_eq!(moved_up.revision, queued.revision + 1);
        let State::Queued { since, position: 1, .. } = moved_up.state else { panic!("queued: {:?}", moved_up.state) };
        assert_eq!(since, at(1));
    }

    #[test]
    fn a_retry_at_the_cap_is_still_looked_for() {
        let retried = unknown().retried("ops", at(9_000)).expect("from unknown");
        let queued = retried.queued(&Line::default(), 1, at(9_001)).expect("from unknown");
        assert!(queued.state.may_have_run());
        assert!(!received().queued(&Line::default(), 1, at(1)).expect("from received").state.may_have_run());
        assert!(dispatched().queued(&Line::default(), 1, at(3)).is_err());
    }
}
