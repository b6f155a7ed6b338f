//! What each rule of the protocol is for: without it, a promise is broken, and here is the shortest way there.
//!
//! Owns the pairs of rule and promise. A rule that could be left out unnoticed would make the exploration worthless.

use crate::properties::{ENDS_ARE_TRUE, NO_STRAY_LIVES, NOTHING_IS_LOST, ONE_CALL, ONE_RUN_ACTS, OWN_RUN_LIVES};
use crate::report::breaks;
use crate::rules::{Rules, Without};

#[test]
fn without_the_epoch_two_workers_dispatch() {
    breaks("no condition on epoch and revision", Rules::UNFENCED.but(Without::Condition), ONE_CALL);
}

#[test]
fn with_the_intent_after_the_call_two_workers_dispatch() {
    breaks("the intent after the call", Rules::UNFENCED.but(Without::IntentFirst), ONE_CALL);
}

#[test]
fn if_a_lease_led_back_to_the_call_a_lost_answer_would_dispatch_twice() {
    breaks("a lease leads back to the call", Rules::UNFENCED.but(Without::DoubtAfterLease), ONE_CALL);
}

#[test]
fn if_nobody_came_back_to_a_doubt_the_command_would_be_lost() {
    breaks("no looks", Rules::UNFENCED.but(Without::Looks), NOTHING_IS_LOST);
}

#[test]
fn without_the_fence_two_runs_of_one_call_act() {
    breaks("no run asks", Rules::FENCED.but(Without::Fence), ONE_RUN_ACTS);
}

#[test]
fn without_the_fence_a_doubt_that_a_person_has_dispatched_again_makes_two_runs_act() {
    let rules = Rules { runs_of_a_call: 1, ..Rules::FENCED.but(Without::Fence) };
    breaks("no run asks, one run of each call", rules, ONE_RUN_ACTS);
}

#[test]
fn without_its_condition_the_fence_lets_two_runs_through() {
    breaks("every redemption succeeds", Rules::FENCED.but(Without::OneRedemption), ONE_RUN_ACTS);
}

#[test]
fn if_the_first_to_ask_is_let_through_although_another_is_named_it_is_cancelled_while_it_acts() {
    breaks("the first to ask is let through", Rules::FENCED.but(Without::NamedRunOnly), OWN_RUN_LIVES);
}

#[test]
fn if_a_run_may_not_ask_after_its_start_was_heard_of_nobody_acts() {
    let rules = Rules::FENCED.but(Without::RedemptionAfterStart);
    breaks("no redemption from `started`", rules, ENDS_ARE_TRUE);
}

#[test]
fn if_other_runs_are_cancelled_before_one_is_recorded_a_cancelled_run_becomes_the_claims() {
    breaks("cancel, then record", Rules::UNFENCED.but(Without::RecordBeforeCancel), OWN_RUN_LIVES);
}

#[test]
fn if_a_run_is_a_stray_while_its_claim_waits_to_be_dispatched_again_a_cancelled_run_becomes_the_claims() {
    let rules = Rules { runs_of_a_call: 1, ..Rules::UNFENCED.but(Without::PatienceWithRuns) };
    breaks("strays while `authorized`", rules, OWN_RUN_LIVES);
}

#[test]
fn if_nobody_looked_at_silent_runs_a_claim_whose_events_are_lost_would_never_end() {
    breaks("no looks at runs", Rules::UNFENCED.but(Without::RunLooks), NOTHING_IS_LOST);
}

#[test]
fn if_a_deleted_run_were_only_silent_its_claim_would_never_end() {
    breaks("what is gone has not ended", Rules::UNFENCED.but(Without::EndOfTheGone), NOTHING_IS_LOST);
}

#[test]
fn if_strays_were_not_on_record_a_dead_workers_would_live() {
    breaks("no strays on record", Rules::UNFENCED.but(Without::StraysOnRecord), NO_STRAY_LIVES);
}

#[test]
fn if_a_write_replaced_the_strays_that_were_noted_since_they_would_live() {
    breaks("a write replaces the strays", Rules::UNFENCED.but(Without::StraysKept), NO_STRAY_LIVES);
}

#[test]
fn if_a_run_were_judged_on_the_claim_before_its_event_the_loser_of_two_would_live() {
    breaks("judged on the claim before the event", Rules::UNFENCED.but(Without::JudgementAfter), NO_STRAY_LIVES);
}
