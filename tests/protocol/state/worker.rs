//! The two workers.
//!
//! Owns what a worker can be about to do, and what it carries of its reading. Never does it.

use super::run::{Event, RunId, RunSet};

/// One of the two workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WorkerId(pub(crate) u8);

/// A worker, and what it has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) step: Step,
    /// Whether the claim is still as it read it.
    pub(crate) current: bool,
    /// The claim's strays, as it knows them. Forgotten where nothing follows from them any more.
    pub(crate) strays: RunSet,
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    Idle,
    /// Writes the intent.
    Intend,
    /// The answer to the intent was lost: reads whether it is its own.
    ReadBack,
    /// Calls GitHub.
    Call,
    /// Writes what GitHub answered, or what was found.
    Record(Finding),
    /// Asks GitHub for the runs that carry the claim's id.
    Look,
    /// Asks GitHub how the claim's own run stands, and for others that carry the claim's id.
    LookAtRun,
    /// A run's event moves the claim as it was read: writes that.
    Follow {
        run: RunId,
        event: Event,
    },
    /// The run is a stray: puts it on record.
    Note(RunId),
    /// Cancels a stray that it knows of.
    Cancel,
    /// The stray was cancelled: takes it from the record.
    Strike(RunId),
    /// Cancels the others before the kept one is on record: only where that rule is left out.
    CancelFirst {
        kept: Kept,
        others: RunSet,
    },
    /// Writes the status comment.
    Tell,
}

/// What a worker has learnt, and writes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Finding {
    /// This is the run, and how it stood when GitHub named or listed it; the others are strays.
    Run { kept: Kept, others: RunSet },
    /// The claim's run is no longer there.
    Gone,
    /// Beside the claim's run there are these.
    Strays(RunSet),
    /// GitHub definitely didn't take the call, and may take it later.
    NotTaken,
    /// GitHub refused.
    Refused,
    /// It is not known whether there is a run.
    Doubt,
    /// A look found nothing.
    Nothing,
}

/// The run that was kept of several, and how it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub(crate) run: RunId,
    pub(crate) stood: Event,
}

impl WorkerId {
    pub(crate) const ALL: [Self; 2] = [Self(0), Self(1)];

    pub(super) const fn other(self) -> Self {
        Self(1 - self.0)
    }
}

impl Worker {
    pub(crate) const IDLE: Self = Self::at(Step::Idle);

    /// At this step, with a claim in its hands that is as it read it and has no strays.
    pub(crate) const fn at(step: Step) -> Self {
        Self { step, current: true, strays: RunSet::NONE }
    }

    /// Somebody else has written: what it has read is old. A worker that can do nothing with an old reading but lose it
    /// begins anew: whatever brought it here comes again. A stray that it was about to cancel is on record.
    pub(crate) fn outdate(&mut self, forgets: bool) {
        match self.step {
            Step::Idle | Step::ReadBack => {}
            Step::Intend | Step::Call | Step::CancelFirst { .. } => self.lose(),
            // Which run it is will be judged anew; the rest is of no use.
            Step::Record(Finding::Run { kept: Kept { run, .. }, .. }) if forgets => {
                let kept = Kept { run, stood: Event::Requested };
                self.step = Step::Record(Finding::Run { kept, others: RunSet::NONE });
                self.lose();
            }
            _ if forgets => *self = Self::IDLE,
            _ => self.lose(),
        }
    }

    const fn lose(&mut self) {
        self.current = false;
        if !matches!(self.step, Step::Cancel | Step::Strike(_)) {
            self.strays = RunSet::NONE;
        }
    }
}
