//! Which protocol is explored: the one we run, with or without the fence, and what it would be without one of its rules.
//!
//! Owns the flags. Never says what they do: that stands at the step which reads them.

use crate::state::RUNS;

/// One configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// A run asks before it acts, and only one is let through.
    pub(crate) fence: bool,
    /// How many runs GitHub may make.
    pub(crate) runs: usize,
    /// How often the person may send a doubtful claim off again.
    pub(crate) retries: u8,
    /// How many runs one call may make.
    pub(crate) runs_of_a_call: u8,
    /// Whether states are one that differ in the workers' names only. Not where a path is to be read.
    pub(crate) workers_are_alike: bool,
    /// The rule that is left out.
    pub(crate) without: Option<Without>,
}

/// A rule of the protocol, left out to see what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Without {
    /// The condition of a write on the epoch and revision that it was made from.
    Condition,
    /// The order of intent and call: here the call is made first.
    IntentFirst,
    /// The way from a lease that ran out into doubt: here it leads back to the call.
    DoubtAfterLease,
    /// That somebody comes back to a claim in doubt.
    Looks,
    /// The order of a look's two effects: here the other runs are cancelled before the kept one is on record.
    RecordBeforeCancel,
    /// That a claim whose run is silent is due: here only events move it.
    RunLooks,
    /// That a run which is no longer there has ended.
    EndOfTheGone,
    /// That strays are on the claim's record: here only whoever found them knows of them.
    StraysOnRecord,
    /// That a write leaves the strays that were put on record since it was made: here it replaces them.
    StraysKept,
    /// That a run is judged on the claim as it stands after its event: here on the claim as it was read before.
    JudgementAfter,
    /// That a run asks: here it goes on alone, as where a repository's variable is unset.
    Fence,
    /// The condition of a redemption: here every run that asks may act.
    OneRedemption,
    /// That a named run alone is let through: here the first that asks is, and becomes the claim's.
    NamedRunOnly,
    /// That a run may ask although its start was heard of first.
    RedemptionAfterStart,
    /// That a run is a stray only where its claim names another or is over: here also where a person's retry was not
    /// taken, and waits to be made again.
    PatienceWithRuns,
}

impl Rules {
    /// With a template that lacks the fence.
    pub(crate) const UNFENCED: Self =
        Self { fence: false, runs: RUNS, retries: 1, runs_of_a_call: 2, workers_are_alike: true, without: None };

    /// With our template.
    pub(crate) const FENCED: Self = Self { fence: true, ..Self::UNFENCED };

    /// The same, small and readable, with one rule left out.
    pub(crate) const fn but(self, without: Without) -> Self {
        Self { runs: 2, workers_are_alike: false, without: Some(without), ..self }
    }

    /// Whether this is a protocol that we mean, and not one that shows what a rule is for.
    pub(crate) const fn is_meant(&self) -> bool {
        self.without.is_none()
    }

    /// Whether a worker with an old reading begins anew at once. Not where the rule that is left out is what an old
    /// reading leads to.
    pub(crate) const fn forgets_old_readings(&self) -> bool {
        use Without::{Condition, JudgementAfter, StraysKept, StraysOnRecord};
        !matches!(self.without, Some(Condition | JudgementAfter | StraysKept | StraysOnRecord))
    }

    /// Whether a rule is left out.
    pub(crate) fn lacks(&self, rule: Without) -> bool {
        self.without == Some(rule)
    }
}
