//! What people read: the one status comment of a claim, as a pure function of the claim.
//!
//! Owns every sentence but a refusal's own, and the hidden marker by which the comment is found again. Never
//! decides, and never shows a foreign text outside a code span.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::claim::{Claim, ClaimId, DispatchOrder, Outcome, RunRef, State};
use crate::command::{COMMAND_WORD, Verb};
use crate::ids::CommentId;
use crate::refusal::{Obstacle, Refusal, code};
use crate::run_kind::RunKind;

/// A wait that people may have noticed.
const WORTH_A_WORD: SignedDuration = SignedDuration::from_mins(1);

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

/// An answer to a command that starts no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The list of commands.
    Help,
    /// The list of commands, and the nearest one.
    UnknownVerb(String),
    /// A verb that this release reads and can't do.
    NotBuiltYet(Verb),
    /// An implementation request where the mapping plans first.
    PlanningNotBuiltYet,
    /// `plan` on a pull request.
    PlanNeedsAnIssue,
}

impl Answer {
    /// The words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Help => help(),
            Self::UnknownVerb(written) => match Verb::nearest(written) {
                Some(nearest) => {
                    format!(
                        "There is no command {}. Did you mean `{COMMAND_WORD} {nearest}`?\n\n{}",
                        code(written),
                        help()
                    )
                }
                None => format!(
                    "There is no command {}. Instructions go on the lines below it.\n\n{}",
                    code(written),
                    help()
                ),
            },
            Self::NotBuiltYet(verb) => {
                format!("`{COMMAND_WORD} {}` is not built yet; nothing was done.", verb.word())
            }
            Self::PlanningNotBuiltYet => {
                "This repository plans first, and planning is not built yet; nothing was done. \
                With `planningEnabled` off in its mapping, issues are implemented directly."
                    .into()
            }
            Self::PlanNeedsAnIssue => format!(
                "Planning is for issues: comment `{COMMAND_WORD} plan` on one. Here, `{COMMAND_WORD}` fills this pull request's gaps."
            ),
        }
    }
}

fn help() -> String {
    let mut text =
        "The first line of a comment is the command; the lines below it are instructions for the run.\n".to_owned();
    for (word, _, does) in Verb::ALL {
        let command = format!("{COMMAND_WORD} {word}");
        let _ = write!(text, "\n- `{}` – {does}", command.trim_end());
    }
    text + "\n\nCommands are read from new comments of people with write permission, not from reviews or edits."
}

/// The refusal as the status comment shows it.
#[must_use]
pub fn explanation(refusal: &Refusal) -> String {
    format!("{} **{}**", refusal.reason(), refusal.remedy())
}

/// The status comment's whole body; `None` while there is nothing to say yet.
#[must_use]
pub fn status_comment(claim: &Claim) -> Option<String> {
    let text = match &claim.state {
        State::Received | State::Authorized | State::Dispatching { .. } => return None,
        State::Refused { explanation, .. } => format!("😕 **Not started.** {explanation}"),
        State::Answered { answer } => answer.clone(),
        State::Reconciling { .. } => {
            doubt(claim, "The run is looked for during ten minutes, and this comment will follow it.")
        }
        State::Unknown { retry_by: None, .. } => doubt(
            claim,
            "No run has shown itself for ten minutes. Look at the Actions tab: if there is none, comment again, which drops this command for the new one.",
        ),
        State::Unknown { retry_by: Some(by), .. } => {
            doubt(claim, &format!("No run has shown itself, and {} wants it started once more.", code(by)))
        }
        State::Dropped { by } => dropped(by),
        State::Dispatched { run } => told(claim, "🚀", "Dispatched", run, "is waiting for a runner"),
        State::Started { run, .. } => told(claim, "⏳", "Running", run, "is under way"),
        State::Ended { run, outcome, started_at, ended_at } => {
            let (sign, word) = outcome_words(outcome);
            let lasted =
                started_at.map(|started| format!(" after {}", duration(started, *ended_at))).unwrap_or_default();
            told(claim, sign, word, run, &format!("has ended{lasted}")) + &next_step(outcome)
        }
    };
    let code = claim.code().map(code_line).unwrap_or_default();
    Some(format!("{text}{code}\n\n{}", marker(claim.id)))
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

fn dropped(by: &str) -> String {
    format!(
        "⏹️ **Dropped.** Whether GitHub had started the run never became clear, and {} dropped this command. \
         **Should its run still show itself, it is cancelled.**",
        code(by)
    )
}

fn told(claim: &Claim, sign: &str, word: &str, run: &RunRef, stands: &str) -> String {
    let mut text = format!("{sign} **{word}.** [The run]({}) {stands}.", run.html_url);
    if let Some(order) = &claim.order {
        text.push_str(&facts(claim, order));
    }
    text
}

fn facts(claim: &Claim, order: &DispatchOrder) -> String {
    let what = match (order.kind, &order.head) {
        (RunKind::GapFill, Some(head)) => {
            format!("Fill the gaps of this pull request, on {} at {}", code(&head.branch), code(short(&head.sha)))
        }
        (RunKind::GapFill, None) => "Fill the gaps of this pull request".into(),
        (RunKind::Implement, _) => "Implement this issue".into(),
        (RunKind::Plan, _) => "Plan this issue".into(),
    };
    format!(
        "\n\n| | |\n|---|---|\n| Task | {what} |\n| Ticket | {} |\n| Provider | {} |\n| Workflow | {} on {} |\n| Asked by | {} |{}",
        code(&order.ticket.identifier),
        order.provider,
        code(order.workflow_file.as_str()),
        code(&order.git_ref),
        code(&claim.request.commenter.login),
        waited(claim, order),
    )
}

/// A command that waited is pinned anew when its turn comes.
fn waited(claim: &Claim, order: &DispatchOrder) -> String {
    let waited = order.pinned_at.map(|pinned_at| (pinned_at, pinned_at.duration_since(claim.asked_at())));
    match waited {
        Some((pinned_at, waited)) if waited > WORTH_A_WORD => {
            let waited = duration(claim.asked_at(), pinned_at);
            format!("\n| Waited | {waited}; all of this is as it was then |")
        }
        _ => String::new(),
    }
}

fn doubt(claim: &Claim, what_now: &str) -> String {
    let workflow =
        claim.order.as_ref().map(|order| format!(" of {}", code(order.workflow_file.as_str()))).unwrap_or_default();
    format!(
        "❔ **Not certain.** GitHub did not say clearly whether it started the run{workflow}, and it is not asked twice, \
         so that nothing runs twice. **{what_now}**"
    )
}

const fn outcome_words(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Succeeded => ("✅", "Succeeded"),
        Outcome::Failed(_) => ("❌", "Failed"),
        Outcome::Cancelled => ("⏹️", "Cancelled"),
        Outcome::TimedOut => ("⌛", "Timed out"),
        Outcome::Gone => ("🗑️", "Gone"),
    }
}

fn next_step(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded => String::new(),
        Outcome::Failed(conclusion) => {
            format!(
                "\n\nGitHub's word for it is {}; the run's log has the cause. Comment `{COMMAND_WORD}` to try again.",
                code(conclusion)
            )
        }
        Outcome::Gone => {
            format!("\n\nSomebody deleted it before its end was known. Comment `{COMMAND_WORD}` to start again.")
        }
        Outcome::Cancelled => format!("\n\nComment `{COMMAND_WORD}` to start again."),
        Outcome::TimedOut => {
            format!(
                "\n\nThe time limit ended it. Comment `{COMMAND_WORD}` to go on, or raise `maxJobMinutes` in the mapping."
            )
        }
    }
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

fn duration(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).max(SignedDuration::ZERO).as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Nonce;
    use crate::claim::tests::{at, dispatched, event, order, received, run, unknown};
    use crate::message::RunAction;

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
        let endings =
            [ended("success", 210), ended("failure", 35), ended("cancelled", 4_000), ended("timed_out", 5_410)];
        let late = late.expect("from dispatching");
        let before = vec![refused, doubted, unknown(), retried, dropped, dispatched(), late, started.clone()];
        [before, endings.to_vec(), vec![gone]].concat()
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
            Answer::NotBuiltYet(Verb::Cancel),
            Answer::PlanningNotBuiltYet,
            Answer::PlanNeedsAnIssue,
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
