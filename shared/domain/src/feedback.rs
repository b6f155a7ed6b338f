//! What people read on GitHub, as pure functions of what is known.
//!
//! Owns every sentence but a refusal's own, and the hidden marker by which a comment is found again: `status` has the one
//! comment of a claim, `answer` and `overview` what is said where no run was asked for. Never decides, and never shows a
//! foreign text outside a code span.

mod answer;
mod overview;
mod report;
mod status;

use crate::claim::{ClaimId, State};
use crate::ids::CommentId;
use crate::refusal::{Obstacle, Refusal};

pub use answer::{Answer, CancelledCommand};
pub use overview::overview;
pub(crate) use status::duration;
pub use status::status_comment;

/// A reaction on the command's comment.
/// <https://docs.github.com/en/rest/reactions/reactions#about-reactions>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// 👀: it is being looked at.
    Seen,
    /// 🚀: a run is dispatched.
    Dispatched,
    /// 😕: there will be none.
    Refused,
}

impl Reaction {
    /// GitHub's word.
    #[must_use]
    pub const fn content(self) -> &'static str {
        match self {
            Self::Seen => "eyes",
            Self::Dispatched => "rocket",
            Self::Refused => "confused",
        }
    }
}

/// The refusal as the status comment shows it.
#[must_use]
pub fn explanation(refusal: &Refusal) -> String {
    format!("{} **{}**", refusal.reason(), refusal.remedy())
}

/// What is said of a command whose record can't be read; the comment's whole body. It claims neither that a run was
/// started nor that none was.
#[must_use]
pub fn unrecorded(command: CommentId) -> String {
    let code = Refusal::GaveUp(Obstacle::Ourselves).code();
    format!(
        "❔ **Not certain.** AI-Implement could not read or write its own records in the end, so it can't tell what \
        became of this command. **Look at the Actions tab before you comment again, and tell whoever runs \
        AI-Implement, whose log has the cause.**{}\n\n{}",
        code_line(code),
        unrecorded_marker(command)
    )
}

/// The hidden line by which that comment is found again.
#[must_use]
pub fn unrecorded_marker(command: CommentId) -> String {
    format!("<!-- ai-implement:unrecorded {command} -->")
}

/// The hidden line by which a claim's status comment is found again; it counts only in comments of our own App.
#[must_use]
pub fn marker(claim: ClaimId) -> String {
    format!("<!-- ai-implement:status {claim} -->")
}

/// The reaction that belongs to a claim's state, beside 👀.
#[must_use]
pub const fn reaction(state: &State) -> Option<Reaction> {
    match state {
        State::Dispatched { .. } | State::Started { .. } | State::Ended { .. } => Some(Reaction::Dispatched),
        State::Refused { .. } => Some(Reaction::Refused),
        _ => None,
    }
}

/// A stable reason code, for those who look it up.
fn code_line(code: &str) -> String {
    format!("\n\n<sub>`{code}`</sub>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::tests::{at, dispatched, event, in_every_state, order, queued, received, run, unknown};
    use crate::claim::{Cancelled, Claim, Line, Nonce, PullRequestRef, RunRef};
    use crate::doctor::{Check, Finding};
    use crate::failure::{FailedJob, Failure};
    use crate::ids::{IssueNumber, JobId};
    use crate::message::RunAction;
    use crate::run_kind::RunKind;

    fn every_status() -> Vec<Claim> {
        let started = dispatched().observe(&event(&received(), RunAction::InProgress, None, 10)).expect("it moves");
        let ended = |conclusion, second| {
            started.observe(&event(&received(), RunAction::Completed, Some(conclusion), second)).expect("it moves")
        };
        let doubted =
            received().intend(order(), Nonce::new(1), at(1)).and_then(|claim| claim.doubted(at(2))).expect("doubted");
        let retried = unknown().retried("maintainer", at(9_000)).expect("from unknown");
        let dropped = unknown().dropped("maintainer", at(9_000)).expect("from unknown");
        let gone = dispatched().run_is_gone(at(50)).expect("a run was under way");
        let late =
            received().intend(order(), Nonce::new(1), at(725)).and_then(|claim| claim.dispatched(run(), at(726)));
        let refusal = Refusal::WorkflowMissing { file: "claude-implement.yml".into(), branch: "main".into() };
        let refused = received().refused(refusal.code(), explanation(&refusal), at(1)).expect("from received");
        let line = Line { waiting: (0..3).map(|random| ClaimId::from_parts(1, random)).collect(), ..Line::default() };
        let third = received().queued(&line, 3, at(1)).expect("from received");
        let Cancelled::Withdrawn(withdrawn) = queued().cancelled("writer", at(30)) else { panic!("it waits") };
        let Cancelled::Asked(asked) = started.cancelled("maintainer", at(30)) else { panic!("it runs") };
        let by_hand =
            asked.observe(&event(&received(), RunAction::Completed, Some("cancelled"), 40)).expect("it moves");
        let again = RunRef { attempt: 2, ..run() };
        let again = Claim { state: State::Dispatched { run: again }, ..dispatched() };
        let failed_job = FailedJob {
            id: JobId::new(7),
            name: "implement".into(),
            step: Some("Run Claude Code".into()),
            was_cancelled: false,
        };
        let failure = |says: &str| Failure::of(&failed_job, &[says.to_owned()]);
        let known = Claim { failure: failure("The provided model identifier is invalid."), ..ended("failure", 35) };
        let unknown_cause = Claim { failure: failure("the flux capacitor is out"), ..ended("failure", 35) };
        let plan = |goes_on| {
            let mut claim = ended("success", 210);
            let order = claim.order.as_mut().expect("an order");
            (order.kind, order.head, order.goes_on) = (RunKind::Plan, None, goes_on);
            claim
        };
        let endings =
            [ended("success", 210), ended("failure", 35), ended("cancelled", 4_000), ended("timed_out", 5_410)];
        let late = late.expect("from dispatching");
        let before = vec![refused, doubted, unknown(), retried, dropped, dispatched(), late, started.clone()];
        let mut implemented = ended("success", 210);
        let order = implemented.order.as_mut().expect("an order");
        (order.kind, order.head) = (RunKind::Implement, None);
        let html_url = "https://github.com/Octo/Hello/pull/8".into();
        implemented.pull_request = Some(PullRequestRef { number: IssueNumber::new(8), html_url });
        let waits =
            vec![queued(), third, withdrawn, asked, by_hand, again, plan(true), plan(false), known, unknown_cause];
        [before, endings.to_vec(), vec![gone], waits, vec![implemented]].concat()
    }

    #[test]
    fn every_status_comment_reads_well() {
        let texts: Vec<String> = every_status().iter().filter_map(status_comment).collect();
        insta::assert_snapshot!(texts.join("\n\n=====\n\n"));
    }

    #[test]
    fn every_answer_reads_well() {
        let answers = [
            Answer::Help,
            Answer::UnknownVerb("stauts".into()),
            Answer::UnknownVerb("please fix the typo".into()),
            Answer::PlanNeedsAnIssue,
            Answer::Cancelled(Vec::new()),
            Answer::Cancelled(vec![
                CancelledCommand::Withdrawn,
                CancelledCommand::Run { url: run().html_url },
                CancelledCommand::Unclear,
            ]),
            Answer::Overview(Vec::new()),
            Answer::Overview(in_every_state()),
            Answer::Doctor(vec![Check {
                id: "mapping",
                what: "Mapping".into(),
                finding: Finding::Pass { seen: "Anthropic API, at most 3 at once.".into() },
            }]),
        ];
        insta::assert_snapshot!(answers.map(|answer| answer.text()).join("\n\n=====\n\n"));
    }

    #[test]
    fn nothing_is_said_before_there_is_something_to_say() {
        let intended = received().intend(order(), Nonce::new(1), at(1)).expect("from received");
        assert_eq!((status_comment(&received()), status_comment(&intended)), (None, None));
    }

    #[test]
    fn every_status_comment_carries_its_claims_marker_once() {
        for claim in every_status() {
            let text = status_comment(&claim).expect("a text");
            assert_eq!(text.matches(&marker(claim.id)).count(), 1);
        }
    }

    #[test]
    fn a_hostile_ticket_can_not_break_the_table() {
        let mut claim = dispatched();
        let order = claim.order.as_mut().expect("an order");
        order.ticket.identifier = "E|1`\n\n# x <!--".into();
        order.head.as_mut().expect("a head").branch = "x|@octo/team".into();
        let text = status_comment(&claim).expect("a text");
        assert!(text.contains("on `x @octo/team` at"), "{text}");
        assert!(text.contains("| Ticket | `E 1   # x <!--` |"), "{text}");
    }
}
