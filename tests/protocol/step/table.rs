//! The table: conditional writes, and answers that may be lost.
//!
//! Owns that a write happens only on the claim that it was made from. Never chooses what is written.

use crate::edges;
use crate::rules::{Rules, Without};
use crate::state::{Stage, State, Step, WorkerId};

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
    /// A worker's write, on the epoch and revision of the claim that it has read.
    pub(super) fn write(&mut self, rules: &Rules, by: WorkerId, next: Stage, wire: Wire) -> Written {
        let allowed = self.worker(by).current || rules.lacks(Without::Condition);
        if allowed && wire != Wire::RequestLost {
            self.advance(rules, next);
            self.workers[usize::from(by.0)].current = true;
        }
        match wire {
            Wire::Answered if allowed => Written::Yes,
            Wire::Answered => Written::No,
            Wire::AnswerLost | Wire::RequestLost => Written::Unsure,
        }
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
        for worker in &mut self.workers {
            worker.current &= worker.step == Step::Idle;
        }
    }
}
