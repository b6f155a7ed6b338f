//! What the runs of claims know and did: who asked, what each was answered, and which of them act.
//!
//! Owns this record, from the runs' side. Never decides what a run does, nor judges it.

use std::collections::{BTreeMap, BTreeSet};

use domain::claim::ClaimId;

use crate::stage::Answer;

/// One attempt of a run that carries a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attempt {
    pub(crate) claim: ClaimId,
    pub(crate) run: u64,
    pub(crate) attempt: u64,
}

/// The record of one schedule.
#[derive(Debug, Default)]
pub(crate) struct Runners {
    /// Whether runs act whatever they are answered.
    act_anyway: bool,
    /// What each knows; the answer to a question may be lost.
    heard: BTreeMap<Attempt, Answer>,
    /// Those that were answered that they may act, whether they heard it or not.
    pub(crate) admitted: BTreeSet<Attempt>,
    pub(crate) turned_away: BTreeSet<Attempt>,
    /// The runs that act, by their claims: a later attempt is the same run.
    acting: BTreeMap<ClaimId, BTreeSet<u64>>,
    /// Those that somebody cancelled at GitHub.
    pub(crate) cancelled_by_people: BTreeSet<Attempt>,
    /// Those that weren't known as what they are.
    pub(crate) mistaken: Vec<String>,
}

impl Runners {
    pub(crate) fn new(act_anyway: bool) -> Self {
        Self { act_anyway, ..Self::default() }
    }

    /// What it was last answered; [`Answer::Unclear`] says that it has asked in vain.
    pub(crate) fn has_heard(&self, attempt: Attempt) -> Option<Answer> {
        self.heard.get(&attempt).copied()
    }

    /// Whether it is still to ask.
    pub(crate) fn is_to_ask(&self, attempt: Attempt) -> bool {
        matches!(self.has_heard(attempt), None | Some(Answer::Unclear))
    }

    /// It was answered; whoever is admitted may act from now on, even if the answer is lost.
    pub(crate) fn is_answered(&mut self, attempt: Attempt, answer: Answer) {
        match answer {
            Answer::GoOn => {
                self.admitted.insert(attempt);
            }
            Answer::NothingToDo => {
                self.turned_away.insert(attempt);
            }
            Answer::Unclear => {}
            Answer::Mistaken(status) => self.mistaken.push(format!("{attempt:?} is answered {status}")),
        }
        if answer == Answer::GoOn || self.act_anyway {
            self.acts(attempt);
        }
    }

    /// It hears what it was answered.
    pub(crate) fn hears(&mut self, attempt: Attempt, answer: Answer) {
        let heard = if self.act_anyway { Answer::GoOn } else { answer };
        self.heard.insert(attempt, heard);
    }

    /// It works.
    pub(crate) fn acts(&mut self, attempt: Attempt) {
        self.acting.entry(attempt.claim).or_default().insert(attempt.run);
    }

    /// The claim's runs that act.
    pub(crate) fn acting(&self, claim: ClaimId) -> impl Iterator<Item = u64> {
        self.acting.get(&claim).into_iter().flatten().copied()
    }
}
