//! What there is at one moment: the claim in its table, two workers, and the runs at GitHub.
//!
//! Owns the shapes and what can be read off them. Never changes anything: that is `step`'s.
//!
//! There is no queue among them. It may hand the claim to any worker at any time, twice or never, so there is nothing to
//! remember of it. There is no revision either: it only grows, so a condition on it holds exactly while nobody has
//! written since the worker read, and that is what a worker carries.

/// How many runs GitHub may make in all.
pub(crate) const RUNS: usize = 3;
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

/// A run, by the order in which GitHub made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RunId(pub(crate) u8);

/// Where a run at GitHub stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Run {
    /// Not made.
    None,
    Queued,
    /// A runner has it; behind a fence it hasn't asked yet.
    Started,
    Acting,
    /// It asked, and was told that it may not.
    TurnedAway,
    /// Green; it acted unless it was turned away.
    Ended {
        acted: bool,
    },
    /// It ended before it asked.
    Failed,
    /// By us.
    Cancelled {
        acted: bool,
    },
}

/// One of the two workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WorkerId(pub(crate) u8);

/// A worker, and whether the claim is still as it read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) step: Step,
    pub(crate) current: bool,
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
    /// Cancels the runs that it found beside the one that it recorded, or that it is to record then.
    Cancel {
        runs: RunSet,
        then: Option<Kept>,
    },
    /// Writes the status comment.
    Tell,
}

/// What a worker has learnt, and writes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Finding {
    /// This is the run, and how it stood when GitHub named or listed it; the others are to be cancelled.
    Run { kept: Kept, others: RunSet },
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

/// How far a run is, as a list or `workflow_run`'s `action` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Event {
    Requested,
    InProgress,
    Completed,
}

/// Some of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct RunSet(pub(crate) u8);

impl State {
    /// A comment was received, and nothing was done.
    pub(crate) const fn initial() -> Self {
        Self {
            claim: Claim { stage: Stage::Received, writer: None, redeemed: None, told: false },
            workers: [Worker::IDLE; 2],
            runs: [Run::None; RUNS],
            calls: 0,
            retries: 0,
        }
    }

    pub(crate) const fn run(&self, id: RunId) -> Run {
        self.runs[id.0 as usize]
    }

    pub(crate) const fn worker(&self, id: WorkerId) -> Worker {
        self.workers[id.0 as usize]
    }

    /// The runs that exist.
    pub(crate) fn existing(&self) -> impl Iterator<Item = RunId> + use<> {
        let runs = self.runs;
        RunId::all().filter(move |id| runs[usize::from(id.0)] != Run::None)
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
    /// Whether the sweeper finds something to do: what waits for a worker, what is in doubt, what ended untold.
    pub(crate) const fn is_due(self) -> bool {
        match self.stage {
            Stage::Received | Stage::Authorized | Stage::Reconciling { .. } | Stage::Unknown { retry: true } => true,
            // The lease runs out only after its writer's life.
            Stage::Dispatching => self.writer.is_none(),
            Stage::Dispatched(_) | Stage::Started(_) => false,
            Stage::Unknown { .. } | Stage::Ended(_) | Stage::Refused | Stage::Dropped => !self.told,
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

impl Run {
    pub(crate) const fn acted(self) -> bool {
        matches!(self, Self::Acting | Self::Ended { acted: true } | Self::Cancelled { acted: true })
    }

    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::None | Self::Ended { .. } | Self::Failed | Self::Cancelled { .. })
    }
}

impl RunId {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..RUNS).map(|index| Self(u8::try_from(index).expect("few runs")))
    }
}

impl WorkerId {
    pub(crate) const ALL: [Self; 2] = [Self(0), Self(1)];

    const fn other(self) -> Self {
        Self(1 - self.0)
    }
}

impl Worker {
    pub(crate) const IDLE: Self = Self { step: Step::Idle, current: true };

    pub(crate) const fn at(step: Step) -> Self {
        Self { step, current: true }
    }
}

impl RunSet {
    pub(crate) const fn contains(self, run: RunId) -> bool {
        self.0 & (1 << run.0) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn with(self, run: RunId) -> Self {
        Self(self.0 | 1 << run.0)
    }

    pub(crate) const fn without(self, run: RunId) -> Self {
        Self(self.0 & !(1 << run.0))
    }

    pub(crate) fn lowest(self) -> Option<RunId> {
        RunId::all().find(|run| self.contains(*run))
    }
}
