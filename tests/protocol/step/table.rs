//! The table: conditional writes, and answers that may be lost.
//!
//! Owns that a write happens only on the claim that it was made from. Never chooses what is written.

use crate::edges;
use crate::rules::{Rules, Without};
use crate::state::{RunSet, Stage, State, Worker, WorkerId};

/// What becomes of a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// It is done, and the answer comes back.
    Answered,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It never arrives.
    RequestLost,
}

impl Wire {
    pub(crate) const ALL: [Self; 3] = [Self::Answered, Self::AnswerLost, Self::RequestLost];
}

/// What a worker knows of its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Yes,
    /// Somebody else has moved the claim.
    No,
    /// The answer was lost.
    Unsure,
}

impl State {
    /// A worker reads the claim.
    pub(super) const fn read(&mut self, by: WorkerId) {
        let worker = &mut self.workers[by.0 as usize];
        worker.current = true;
        worker.strays = self.claim.strays;
    }

    /// A worker's write, on the epoch and revision of the claim that it has read; further strays go on record with it.
    pub(super) fn write(&mut self, rules: &Rules, by: WorkerId, next: Stage, strays: RunSet, wire: Wire) -> Written {
        let allowed = self.may_write(rules, by);
        if allowed && wire != Wire::RequestLost {
            let writer = self.worker(by);
            self.advance(rules, next);
            self.workers[usize::from(by.0)] = Worker { current: true, ..writer };
            self.put_strays(rules, by, writer.strays, strays);
        }
        match wire {
            Wire::Answered if allowed => Written::Yes,
            Wire::Answered => Written::No,
            Wire::AnswerLost | Wire::RequestLost => Written::Unsure,
        }
    }

    /// A worker's write of strays, on the same condition: the claim stays where it is. Whether it was done.
    pub(super) fn keep(&mut self, rules: &Rules, by: WorkerId, known: RunSet, further: RunSet) -> bool {
        let allowed = self.may_write(rules, by);
        if allowed {
            self.put_strays(rules, by, known, further);
        }
        allowed
    }

    fn may_write(&self, rules: &Rules, by: WorkerId) -> bool {
        self.worker(by).current || rules.lacks(Without::Condition)
    }

    /// What the worker knew, and what it has learnt since. The set is written whole, so whoever has read another one has
    /// to read again.
    fn put_strays(&mut self, rules: &Rules, by: WorkerId, known: RunSet, further: RunSet) {
        let recorded = if rules.lacks(Without::StraysOnRecord) { known } else { known.and(further) };
        if recorded != self.claim.strays && !rules.lacks(Without::StraysKept) {
            let writer = self.worker(by);
            self.outdate_workers(rules);
            self.workers[usize::from(by.0)] = writer;
        }
        self.claim.strays = recorded;
        self.owed = self.owed.and(further);
        self.workers[usize::from(by.0)].strays = known.and(further);
    }

    /// A read and a conditional write with no effect in between are one step: what came between them fails the write,
    /// and it is done again.
    pub(super) fn advance(&mut self, rules: &Rules, next: Stage) {
        let from = self.claim.stage;
        let known = !rules.is_meant() || edges::leads(from, next, rules.fence);
        assert!(known, "no edge from {from:?} to {next:?}");
        self.claim.stage = next;
        self.claim.told = false;
        self.claim.writer = None;
        // A look that found nothing is remembered, but is no transition: the revision stays.
        if from.name() == next.name() && matches!(next, Stage::Reconciling { .. }) {
            return;
        }
        self.outdate_workers(rules);
    }

    fn outdate_workers(&mut self, rules: &Rules) {
        self.workers.iter_mut().for_each(|worker| worker.outdate(rules.forgets_old_readings()));
    }
}
