//! Which run a command asks for.
//!
//! Owns what follows from what in a conversation: planning before implementing, and what is done again. Never asks: what was
//! dispatched last is handed in.

use crate::claim::{Claim, DispatchOrder};
use crate::command::{Instructions, Verb};
use crate::mapping::{Mapping, WorkflowFileName};
use crate::message::{CommentCommand, SubjectKind};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::run_kind::RunKind;

/// A run that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What it is for.
    pub kind: RunKind,
    /// The operator's words.
    pub instructions: Instructions,
    /// Whether the implementation follows it by itself.
    pub goes_on: bool,
}

impl Task {
    /// What a command asks for, given what was last dispatched in its conversation.
    pub fn of(claim: &Claim, mapping: &Mapping, last: Option<&Claim>) -> Result<Self, Refusal> {
        let request = match &claim.request {
            Request::Comment(request) => request,
            // A program says itself what it wants.
            Request::Api(request) => {
                return Ok(Self { kind: request.kind, instructions: request.instructions.clone(), goes_on: false });
            }
        };
        let command = &request.command;
        if command.verb == Verb::Retry {
            return Self::again(command.instructions.clone(), last);
        }
        let kind = match (request.subject, &command.verb) {
            (SubjectKind::PullRequest, _) => RunKind::GapFill,
            (SubjectKind::Issue, Verb::Plan) => RunKind::Plan,
            (SubjectKind::Issue, _) if plans_first(request, mapping, last) => RunKind::Plan,
            (SubjectKind::Issue, _) => RunKind::Implement,
        };
        let goes_on = kind == RunKind::Plan && command.verb == Verb::Implement && mapping.auto_approve_plans;
        Ok(Self { kind, instructions: command.instructions.clone(), goes_on })
    }

    /// The same as last time, unless that went well. New instructions take the place of the old ones.
    fn again(instructions: Instructions, last: Option<&Claim>) -> Result<Self, Refusal> {
        let order = last.filter(|last| !went_well(last)).and_then(|last| last.order.as_ref());
        let Some(DispatchOrder { kind, instructions: old, goes_on, .. }) = order else {
            return Err(Refusal::NothingToRetry);
        };
        let instructions = if instructions == Instructions::None { old.clone() } else { instructions };
        Ok(Self { kind: *kind, instructions, goes_on: *goes_on })
    }

    /// The workflow that does it.
    #[must_use]
    pub const fn workflow_file<'a>(&self, mapping: &'a Mapping) -> &'a WorkflowFileName {
        match self.kind {
            RunKind::Plan => &mapping.planning_workflow_file,
            RunKind::Implement | RunKind::GapFill => &mapping.workflow_file,
        }
    }
}

/// A plan that went well is approved by the next command; an implementation that did not is not planned anew.
fn plans_first(request: &CommentCommand, mapping: &Mapping, last: Option<&Claim>) -> bool {
    if request.after.is_some() || !mapping.planning_enabled {
        return false;
    }
    match last.and_then(|last| Some((last, last.order.as_ref()?.kind))) {
        Some((last, RunKind::Plan)) => !went_well(last),
        Some((last, RunKind::Implement)) => went_well(last),
        Some((_, RunKind::GapFill)) | None => true,
    }
}

fn went_well(claim: &Claim) -> bool {
    claim.order.as_ref().is_some_and(|order| claim.is_good(order.kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::tests::{command_of, dispatched, event, received};
    use crate::command::Command;
    use crate::mapping::MappingDraft;
    use crate::message::RunAction;

    fn mapping(settings: &str) -> Mapping {
        let draft: MappingDraft =
            serde_json::from_str(&format!(r#"{{"owner":"o","repo":"r"{settings}}}"#)).expect("json");
        draft.try_into().expect("a valid mapping")
    }

    fn command(text: &str, subject: SubjectKind) -> Claim {
        let mut claim = received();
        let request = command_of(&mut claim);
        (request.command, request.subject) = (Command::parse(text).expect("a command"), subject);
        claim
    }

    fn last(kind: RunKind, conclusion: Option<&str>) -> Claim {
        let mut claim = dispatched();
        let order = claim.order.as_mut().expect("an order");
        (order.kind, order.instructions) = (kind, Instructions::Given("as before".into()));
        match conclusion {
            Some(_) => claim.observe(&event(&received(), RunAction::Completed, conclusion, 40)).expect("it moves"),
            None => claim,
        }
    }

    fn kind_on_an_issue(settings: &str, last: Option<&Claim>) -> RunKind {
        Task::of(&command("/ai-implement", SubjectKind::Issue), &mapping(settings), last).expect("a task").kind
    }

    #[test]
    fn an_issue_is_planned_then_implemented_then_planned_again() {
        let (good, bad) = (Some("success"), Some("failure"));
        for (before, expected) in [
            (None, RunKind::Plan),
            (Some(last(RunKind::Plan, good)), RunKind::Implement),
            (Some(last(RunKind::Plan, bad)), RunKind::Plan),
            (Some(last(RunKind::Implement, bad)), RunKind::Implement),
            (Some(last(RunKind::Implement, good)), RunKind::Plan),
        ] {
            assert_eq!(kind_on_an_issue("", before.as_ref()), expected, "{before:?}");
            assert_eq!(kind_on_an_issue(r#","planningEnabled":false"#, before.as_ref()), RunKind::Implement);
        }
    }

    #[test]
    fn a_plan_goes_on_by_itself_where_an_implementation_was_asked_for() {
        let task =
            |text, settings| Task::of(&command(text, SubjectKind::Issue), &mapping(settings), None).expect("a task");
        assert!(task("/ai-implement", "").goes_on);
        assert!(!task("/ai-implement", r#","autoApprovePlans":false"#).goes_on);
        assert!(!task("/ai-implement plan", "").goes_on);
        assert!(!task("/ai-implement", r#","planningEnabled":false"#).goes_on);
    }

    #[test]
    fn the_implementation_after_a_plan_is_not_planned_again() {
        let mut after = command("/ai-implement", SubjectKind::Issue);
        command_of(&mut after).after = Some(received().id);
        assert_eq!(Task::of(&after, &mapping(""), None).expect("a task").kind, RunKind::Implement);
    }

    #[test]
    fn a_retry_is_the_same_again_with_newer_words_where_there_are_any() {
        let again = |text, last: Option<&Claim>| Task::of(&command(text, SubjectKind::Issue), &mapping(""), last);
        let failed = last(RunKind::Implement, Some("cancelled"));
        let task = again("/ai-implement retry", Some(&failed)).expect("a task");
        assert_eq!((task.kind, task.instructions), (RunKind::Implement, Instructions::Given("as before".into())));
        let task = again("/ai-implement retry\nbe brief", Some(&failed)).expect("a task");
        assert_eq!(task.instructions, Instructions::Given("be brief".into()));
        let good = last(RunKind::Implement, Some("success"));
        assert_eq!(again("/ai-implement retry", Some(&good)), Err(Refusal::NothingToRetry));
        assert_eq!(again("/ai-implement retry", None), Err(Refusal::NothingToRetry));
    }

    #[test]
    fn a_plan_has_its_own_workflow() {
        let mapping = mapping("");
        let file = |text| {
            let task = Task::of(&command(text, SubjectKind::Issue), &mapping, None).expect("a task");
            task.workflow_file(&mapping).to_string()
        };
        assert_eq!(file("/ai-implement plan"), "claude-plan.yml");
        let gap_fill = Task::of(&command("/ai-implement", SubjectKind::PullRequest), &mapping, None).expect("a task");
        assert_eq!(gap_fill.workflow_file(&mapping).as_str(), "claude-implement.yml");
    }
}
