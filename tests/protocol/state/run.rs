//! The runs at GitHub.
//!
//! Owns where a run can stand, and sets of runs. Never knows the claim.

/// How many runs GitHub may make in all.
pub(crate) const RUNS: usize = 3;

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
    /// Somebody deleted it, or its repository: GitHub shows nothing of it and tells nothing more.
    Gone {
        acted: bool,
    },
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

impl Run {
    pub(crate) const fn acted(self) -> bool {
        matches!(
            self,
            Self::Acting | Self::Ended { acted: true } | Self::Cancelled { acted: true } | Self::Gone { acted: true }
        )
    }

    /// Whether it waits for a runner or is on one.
    pub(crate) const fn is_alive(self) -> bool {
        matches!(self, Self::Queued | Self::Started | Self::Acting | Self::TurnedAway)
    }

    /// Whether GitHub shows it.
    pub(crate) const fn is_shown(self) -> bool {
        !matches!(self, Self::None | Self::Gone { .. })
    }
}

impl RunId {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..RUNS).map(|index| Self(u8::try_from(index).expect("few runs")))
    }
}

impl RunSet {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(run: RunId) -> Self {
        Self(1 << run.0)
    }

    pub(crate) const fn contains(self, run: RunId) -> bool {
        self.0 & (1 << run.0) != 0
    }

    pub(crate) const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = RunId> {
        RunId::all().filter(move |run| self.contains(*run))
    }

    pub(crate) fn lowest(self) -> Option<RunId> {
        self.iter().next()
    }

    /// Every set of these runs.
    pub(crate) fn subsets(self) -> impl Iterator<Item = Self> {
        (0..=self.0).filter(move |some| some & !self.0 == 0).map(Self)
    }
}
