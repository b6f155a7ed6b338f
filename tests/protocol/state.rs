//! What there is at one moment: the claim in its table, two workers, and the runs at GitHub.
//!
//! Owns the shapes and what can be read off them. Never changes anything: that is `step`'s.
//!
//! There is no queue among them. It may hand the claim or a run's event to any worker at any time, twice or never, so
//! there is nothing to remember of it. There is no revision either: it only grows, so a condition on it holds exactly
//! while nobody has written since the worker read, and that is what a worker carries.

mod run;
mod worker;

pub(crate) use run::{Event, RUNS, Run, RunId, RunSet};
pub(crate) use worker::{Finding, Kept, Step, Worker, WorkerId};

/// How many looks find nothing before the settle window is over.
pub(crate) const LOOKS: u8 = 2;

/// Everything at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) claim: Claim,
    pub(crate) workers: [Worker; 2],
    pub(crate) runs: [Run; RUNS],
    /// The calls that GitHub took or may have taken; it stops counting at three.
    pub(crate) calls: u8,
    /// How often the person sent the claim off again.
    pub(crate) retries: u8,
    /// Living runs that a worker has learnt to be strays, and was done with. No party reads it: it is what the record
    /// must not forget.
    pub(crate) owed: RunSet,
}

/// The item in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Claim {
    pub(crate) stage: Stage,
    /// The worker whose nonce the intent carries, while that worker lives.
    pub(crate) writer: Option<WorkerId>,
    /// The run that was let through the fence.
    pub(crate) redeemed: Option<RunId>,
    /// Whether the status comment says how it ended. Kept for the ends only.
    pub(crate) told: bool,
    /// Runs that carry the claim without being its run, and are still to be cancelled.
    pub(crate) strays: RunSet,
}

/// Where the claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Received,
    Authorized,
    Dispatching,
    Reconciling {
        looks: u8,
    },
    /// A person decides; `retry` once one has decided for another dispatch.
    Unknown {
        retry: bool,
    },
    Dispatched(RunId),
    Started(RunId),
    Ended(RunId),
    Refused,
    Dropped,
}

impl State {
    /// A comment was received, and nothing was done.
    pub(crate) const fn initial() -> Self {
        let stage = Stage::Received;
        Self {
            claim: Claim { stage, writer: None, redeemed: None, told: false, strays: RunSet::NONE },
            workers: [Worker::IDLE; 2],
            runs: [Run::None; RUNS],
            calls: 0,
            retries: 0,
            owed: RunSet::NONE,
        }
    }

    pub(crate) const fn run(&self, id: RunId) -> Run {
        self.runs[id.0 as usize]
    }

    pub(crate) const fn worker(&self, id: WorkerId) -> Worker {
        self.workers[id.0 as usize]
    }

    /// The runs that were made.
    pub(crate) fn made(&self) -> RunSet {
        self.runs_that(|run| run != Run::None)
    }

    /// The runs that GitHub shows to whoever lists them.
    pub(crate) fn shown(&self) -> RunSet {
        self.runs_that(Run::is_shown)
    }

    /// The runs that wait for a runner or are on one.
    pub(crate) fn alive(&self) -> RunSet {
        self.runs_that(Run::is_alive)
    }

    fn runs_that(&self, are: impl Fn(Run) -> bool) -> RunSet {
        RunId::all().filter(|id| are(self.run(*id))).fold(RunSet::NONE, |set, run| set.and(RunSet::of(run)))
    }

    /// How many runs act or have acted.
    pub(crate) fn acted(&self) -> usize {
        self.runs.iter().filter(|run| run.acted()).count()
    }

    /// The same, whichever of the two workers is called the first.
    pub(crate) fn canonical(self) -> Self {
        let [first, second] = self.workers;
        let writer = self.claim.writer.map(WorkerId::other);
        let mirrored = Self { workers: [second, first], claim: Claim { writer, ..self.claim }, ..self };
        if (mirrored.workers, writer) < (self.workers, self.claim.writer) { mirrored } else { self }
    }

    pub(crate) fn is_any_worker_busy(&self) -> bool {
        self.workers.iter().any(|worker| worker.step != Step::Idle)
    }
}

impl Claim {
    /// Whether the sweeper finds something to do, sooner or later: what waits for a worker, what is in doubt, a run that
    /// is silent, what ended untold, strays.
    pub(crate) const fn is_due(self) -> bool {
        match self.stage {
            Stage::Received
            | Stage::Authorized
            | Stage::Reconciling { .. }
            | Stage::Unknown { retry: true }
            | Stage::Dispatched(_)
            | Stage::Started(_) => true,
            // The lease runs out only after its writer's life.
            Stage::Dispatching => self.writer.is_none(),
            Stage::Unknown { .. } | Stage::Ended(_) | Stage::Refused | Stage::Dropped => {
                !self.told || !self.strays.is_empty()
            }
        }
    }
}

impl Stage {
    /// The run that the claim names.
    pub(crate) const fn run(self) -> Option<RunId> {
        match self {
            Self::Dispatched(run) | Self::Started(run) | Self::Ended(run) => Some(run),
            _ => None,
        }
    }

    /// Whether the conversation's lock is held. It moves in the transaction of the claim, so the stage alone says it.
    pub(crate) const fn holds_lock(self) -> bool {
        !matches!(self, Self::Received | Self::Authorized) && !self.is_over()
    }

    /// Whether nothing moves the claim any more.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Refused | Self::Dropped)
    }
}
