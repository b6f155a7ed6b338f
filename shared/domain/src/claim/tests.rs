//! The claim's transitions, one by one.

use proptest::prelude::*;

use super::*;
use crate::command::{Command, Instructions, Verb};
use crate::ids::{IssueNumber, RepoId, RunId, UserId};
use crate::message::{Commenter, RepoRef, RunAction, RunEvent, SubjectKind};
use crate::ticket::TicketOrigin;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
}

pub(crate) fn received() -> Claim {
    let request = CommentCommand {
        repo: RepoRef {
            id: RepoId::new(7),
            name: "Octo/Hello".parse().expect("a name"),
            default_branch: "main".into(),
        },
        installation: None,
        subject: SubjectKind::PullRequest,
        number: IssueNumber::new(5),
        comment: CommentId::new(900),
        commenter: Commenter { id: UserId::new(4), login: "writer".into() },
        commented_at: at(0),
        command: Command { verb: Verb::Implement, instructions: Instructions::None },
        after: None,
    };
    Claim::receive(ClaimId::from_parts(1_800_000_000_000, 42), request, at(0))
}

/// The command that a claim is of.
pub(crate) fn command_of(claim: &mut Claim) -> &mut CommentCommand {
    match &mut claim.request {
        Request::Comment(command) => command,
        Request::Api(_) => panic!("a person's claim"),
    }
}

pub(crate) fn order() -> DispatchOrder {
    DispatchOrder {
        kind: RunKind::GapFill,
        workflow_file: serde_json::from_str("\"claude-implement.yml\"").expect("a file name"),
        git_ref: "main".into(),
        head: Some(HeadPin { branch: "feature/retry".into(), sha: "0123456789abcdef0123456789abcdef01234567".into() }),
        provider: Provider::Bedrock { region: "us-west-2".parse().expect("a region") },
        ticket: Ticket {
            id: "1".into(),
            identifier: "ENG-42".into(),
            title: "Retry uploads".into(),
            description: String::new(),
            origin: TicketOrigin::MetadataBlock,
        },
        instructions: Instructions::None,
        planning: PlanningContext::default(),
        goes_on: false,
        is_announced: false,
        is_budgeted: false,
        is_fenced: false,
        max_job_minutes: None,
        pinned_at: None,
    }
}

pub(crate) fn run() -> RunRef {
    RunRef::first(RunId::new(31), "https://github.com/Octo/Hello/actions/runs/31".into())
}

pub(crate) fn event(claim: &Claim, action: RunAction, conclusion: Option<&str>, second: i64) -> RunEvent {
    RunEvent {
        repo: claim.request.repo().clone(),
        installation: None,
        run: run().id,
        attempt: 1,
        action,
        conclusion: conclusion.map(str::to_owned),
        title: format!("AI-Implement ENG-42 [{}]", claim.id),
        html_url: run().html_url,
        started_at: Some(at(10)),
        updated_at: at(second),
    }
}

pub(crate) fn dispatching() -> Claim {
    received().intend(order(), Nonce::new(1), at(1)).expect("from received")
}

pub(crate) fn dispatched() -> Claim {
    dispatching().dispatched(run(), at(2)).expect("from dispatching")
}

/// A dispatch that no run answered, after ten minutes.
pub(crate) fn unknown() -> Claim {
    let mut claim = dispatching().doubted(at(2)).expect("from dispatching");
    while let State::Reconciling { .. } = claim.state {
        claim = match claim.reconciled(&[], at(2) + SETTLE_WINDOW) {
            Ok(Reconciliation::NotYet(next) | Reconciliation::GivenUp(next)) => next,
            other => panic!("nothing is found, but {other:?}"),
        };
    }
    claim
}

pub(crate) fn queued() -> Claim {
    received().queued(&Line::default(), 3, at(1)).expect("from received")
}

/// One claim in each state.
pub(crate) fn in_every_state() -> Vec<Claim> {
    let see = |claim: &Claim, action, conclusion| {
        claim.observe(&event(&received(), action, conclusion, 10)).expect("it moves")
    };
    let started = see(&dispatched(), RunAction::InProgress, None);
    let mut all = vec![
        received(),
        dispatching().not_sent(at(2)).expect("from dispatching"),
        queued(),
        dispatching(),
        dispatching().doubted(at(2)).expect("from dispatching"),
        unknown(),
        unknown().dropped("ops", at(9_000)).expect("from unknown"),
        dispatched(),
        started.clone(),
        dispatched().run_is_gone(at(20)).expect("a run was under way"),
        received().refused("PAUSED", String::new(), at(1)).expect("from received"),
        received().answered(String::new(), at(1)).expect("from received"),
    ];
    let conclusions = ["success", "failure", "cancelled", "timed_out"];
    all.extend(conclusions.map(|conclusion| see(&started, RunAction::Completed, Some(conclusion))));
    all
}

#[test]
fn each_intent_has_a_new_epoch() {
    let again = dispatching()
        .not_sent(at(2))
        .and_then(|claim| claim.intend(order(), Nonce::new(2), at(3)))
        .expect("tried again");
    assert_eq!((dispatching().epoch, again.epoch), (1, 2));
}

#[test]
fn doubt_never_leads_back_to_a_dispatch() {
    let doubted = dispatching().doubted(at(2)).expect("from dispatching");
    assert!(doubted.intend(order(), Nonce::new(2), at(3)).is_err());
    assert!(doubted.not_sent(at(3)).is_err());
    assert!(doubted.refused("X", String::new(), at(3)).is_err());
}

#[test]
fn a_dispatched_claim_is_not_dispatched_again() {
    assert!(dispatched().intend(order(), Nonce::new(2), at(3)).is_err());
    assert!(dispatched().dispatched(run(), at(3)).is_err());
}

#[test]
fn time_alone_leads_into_doubt_never_to_a_dispatch() {
    assert_eq!(dispatching().overdue(at(1)), None);
    let doubted = dispatching().overdue(at(1) + DISPATCH_LEASE).expect("the lease is out");
    assert_eq!((doubted.state.name(), doubted.overdue(doubted.updated_at)), ("reconciling", None));
    assert_eq!(dispatched().overdue(at(9_999_999)), None);
}

#[test]
fn only_a_persons_word_leads_from_an_unknown_outcome_to_another_dispatch() {
    assert!(unknown().intend(order(), Nonce::new(2), at(9_000)).is_err());
    let retried = unknown().retried("ops", at(9_000)).expect("from unknown");
    assert_eq!((retried.state.name(), retried.asked_at()), ("unknown", at(9_000)));
    let again = retried.intend(order(), Nonce::new(2), at(9_001)).expect("a person wants it");
    assert_eq!((again.state.name(), again.epoch), ("dispatching", 2));
}

#[test]
fn a_retry_that_was_not_sent_is_still_looked_for() {
    let retried = unknown().retried("ops", at(9_000)).expect("from unknown");
    let again = retried.intend(order(), Nonce::new(2), at(9_001)).expect("a person wants it");
    let back = again.not_sent(at(9_002)).expect("from dispatching");
    assert_eq!(back.state, State::Unknown { since: at(9_002), retry_by: Some("ops".into()) });
    assert!(back.state.holds_lock() && back.intend(order(), Nonce::new(3), at(9_003)).is_ok());
}

#[test]
fn saying_it_twice_changes_nothing() {
    let retried = unknown().retried("ops", at(9_000)).expect("from unknown");
    assert_eq!(retried.retried("ops", at(9_005)).expect("from unknown"), retried);
    assert!(unknown().dropped("ops", at(9_000)).and_then(|claim| claim.dropped("ops", at(9_001))).is_err());
}

#[test]
fn a_claim_that_waits_keeps_its_lock_and_has_no_slot() {
    for claim in in_every_state() {
        let (lock, slot) = (claim.state.holds_lock(), claim.state.holds_slot());
        let expected = match claim.state.name() {
            "dispatching" | "reconciling" | "dispatched" | "started" => (true, true),
            "unknown" | "queued" => (true, false),
            _ => (false, false),
        };
        assert_eq!((lock, slot), expected, "{}", claim.state.name());
        assert!(!(lock && claim.state.is_over()), "{}", claim.state.name());
    }
}

#[test]
fn conclusions_have_their_outcomes() {
    for (conclusion, name) in [
        (Some("success"), "succeeded"),
        (Some("failure"), "failed"),
        (Some("startup_failure"), "failed"),
        (Some("cancelled"), "cancelled"),
        (Some("timed_out"), "timed-out"),
        (None, "failed"),
    ] {
        let ended = dispatched().observe(&event(&received(), RunAction::Completed, conclusion, 9)).expect("it moves");
        assert_eq!(ended.state.name(), name, "{conclusion:?}");
    }
}

#[test]
fn a_claim_survives_its_written_form() {
    for claim in [received(), dispatching(), dispatched()] {
        let json = serde_json::to_string(&claim).expect("serialisable");
        assert_eq!(serde_json::from_str::<Claim>(&json).expect("its own form"), claim);
    }
}

#[test]
fn the_claim_id_is_found_at_a_titles_end_only() {
    let id = received().id;
    assert_eq!(ClaimId::in_run_title(&format!("AI-Implement [x] ENG-42 [{id}]")), Some(id));
    for title in ["", "[", "[]", "]x[", &id.to_string(), "[01ARZ3NDEKTSV4RRFFQ69G5FAVX]"] {
        assert_eq!(ClaimId::in_run_title(title), None, "{title}");
    }
}

#[test]
fn a_run_that_somebody_runs_again_moves_its_claim_once_more() {
    let ended = dispatched().observe(&event(&received(), RunAction::Completed, Some("failure"), 40)).expect("it moves");
    let mut again = event(&received(), RunAction::Requested, None, 50);
    again.attempt = 2;
    let waiting = ended.observe(&again).expect("a later attempt");
    assert_eq!(waiting.state.name(), "dispatched");
    assert!(ended.is_run_again(&waiting) && !dispatched().is_run_again(&ended));
    assert_eq!(waiting.observe(&event(&received(), RunAction::Completed, Some("failure"), 40)), None);
    again.action = RunAction::Completed;
    again.conclusion = Some("success".into());
    assert_eq!(waiting.observe(&again).expect("it moves").state.name(), "succeeded");
}

/// The six events of a run that somebody runs again.
fn two_attempts() -> Vec<RunEvent> {
    let story = [
        (1, RunAction::Requested, None, 3),
        (1, RunAction::InProgress, None, 10),
        (1, RunAction::Completed, Some("failure"), 99),
        (2, RunAction::Requested, None, 200),
        (2, RunAction::InProgress, None, 210),
        (2, RunAction::Completed, Some("success"), 300),
    ];
    let told = |(attempt, action, conclusion, second)| RunEvent {
        attempt,
        started_at: Some(at(if attempt == 1 { 3 } else { 200 })),
        ..event(&received(), action, conclusion, second)
    };
    story.into_iter().map(told).collect()
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_events_ends_alike(order in proptest::collection::vec(0_usize..6, 0..24)) {
        let events = two_attempts();
        let last = order.iter().fold(dispatched(), |claim, index| claim.observe(&events[*index]).unwrap_or(claim));
        let told = |claim: &Claim| crate::feedback::status_comment(claim);
        let furthest = order.iter().max().map_or_else(dispatched, |index| {
            dispatched().observe(&events[*index]).unwrap_or_else(dispatched)
        });
        prop_assert_eq!(told(&last), told(&furthest));
        prop_assert_eq!(&last.state, &furthest.state);
    }
}
