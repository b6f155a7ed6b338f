//! From a plan to its implementation.
//!
//! Owns when the one follows the other by itself, and that it follows once: the implementation has a claim of its own, whose
//! natural key is the plan's. Never judges whether it may start: that is decided anew.

use jiff::Timestamp;

use super::{Claim, ClaimId, Outcome, State};
use crate::command::{Command, Verb};
use crate::message::CommentCommand;
use crate::run_kind::RunKind;

impl Claim {
    /// Whether this is a plan that succeeded.
    #[must_use]
    pub fn is_a_good_plan(&self) -> bool {
        self.is_good(RunKind::Plan)
    }

    /// Whether a run of that kind succeeded.
    #[must_use]
    pub fn is_good(&self, kind: RunKind) -> bool {
        matches!(self.state, State::Ended { outcome: Outcome::Succeeded, .. })
            && self.order.as_ref().is_some_and(|order| order.kind == kind)
    }

    /// Whether the implementation is still to be given its claim.
    #[must_use]
    pub fn is_to_go_on(&self) -> bool {
        self.is_a_good_plan() && !self.has_gone_on && self.order.as_ref().is_some_and(|order| order.goes_on)
    }

    /// The implementation that follows this plan: asked for by the same person, from now on, due at once. `None` for a plan
    /// that a program asked for: it asks for the implementation too.
    #[must_use]
    pub fn implementation(&self, id: ClaimId, now: Timestamp) -> Option<Self> {
        let planned = self.request.command()?;
        let command = Command { verb: Verb::Implement, instructions: planned.command.instructions.clone() };
        let request = CommentCommand { command, after: Some(self.id), ..planned.clone() };
        let claim = Self { asked_anew_at: Some(now), ..Self::receive(id, request, now) };
        Some(claim.resting(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dispatched, event, received};
    use super::*;
    use crate::message::RunAction;

    fn ended(kind: RunKind, goes_on: bool, conclusion: &str) -> Claim {
        let mut claim = dispatched();
        let order = claim.order.as_mut().expect("an order");
        (order.kind, order.goes_on) = (kind, goes_on);
        claim.observe(&event(&received(), RunAction::Completed, Some(conclusion), 40)).expect("it moves")
    }

    #[test]
    fn a_good_plan_goes_on_once_where_that_is_wanted() {
        assert!(ended(RunKind::Plan, true, "success").is_to_go_on());
        assert!(!ended(RunKind::Plan, false, "success").is_to_go_on());
        assert!(!ended(RunKind::Plan, true, "failure").is_to_go_on());
        assert!(!ended(RunKind::Implement, true, "success").is_to_go_on());
        let gone_on = Claim { has_gone_on: true, ..ended(RunKind::Plan, true, "success") };
        assert!(!gone_on.is_to_go_on());
    }

    #[test]
    fn a_plan_that_is_to_go_on_stays_open() {
        let plan = ended(RunKind::Plan, true, "success");
        let told = Claim { told: Some(plan.revision), ..plan };
        assert_eq!((told.open_key(), told.due_at()), (Some("going-on"), Some(told.updated_at)));
    }

    #[test]
    fn an_implementation_is_due_at_once_and_its_age_counts_from_the_plans_end() {
        let plan = ended(RunKind::Plan, true, "success");
        let next = plan.implementation(ClaimId::from_parts(2, 2), at(50_000)).expect("a person's plan");
        assert_eq!((next.due_at(), next.asked_at()), (Some(at(50_000)), at(50_000)));
        assert_eq!(next.request.natural_key(), format!("p:{}", plan.id));
        assert_ne!(plan.request.natural_key(), next.request.natural_key());
    }
}
