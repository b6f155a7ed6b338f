//! What a look at a repository's set-up shows, as far as a command can see it.
//!
//! Owns the checks and their order. Never guesses: what could not be looked at is unknown, and what this look doesn't cover
//! is said by whoever shows it. Whether a run would start is judged by the rules of [`decide`](crate::decide) themselves.

use crate::claim::Claim;
use crate::decide::{dispatch_ref, judge_subject, judge_workflow};
use crate::facts::{MappedFacts, RepositoryFacts, WorkflowFact};
use crate::inputs::{RunFacts, WorkflowInputs};
use crate::mapping::WorkflowFileName;
use crate::message::SubjectKind;
use crate::planning_context::PlanningContext;
use crate::refusal::Refusal;
use crate::run_callback::Callbacks;
use crate::ticket::{Ticket, TicketOrigin};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: String,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be, with what was seen.
    Pass(String),
    /// Runs start, but not as somebody may expect.
    Warn(Refusal),
    /// No run can start.
    Fail(Refusal),
}

/// Looks at what is known of a repository.
#[must_use]
pub fn look(claim: &Claim, repository: &RepositoryFacts) -> Vec<Check> {
    let mut checks = vec![pass("App", "it reads and writes here")];
    match repository {
        RepositoryFacts::NotAsked | RepositoryFacts::Unmapped => checks.push(fail("Mapping", Refusal::MappingMissing)),
        RepositoryFacts::Invalid(faults) if faults.lack_a_region() => {
            checks.push(fail("Mapping", Refusal::RegionMissing));
        }
        RepositoryFacts::Invalid(faults) => checks.push(fail("Mapping", Refusal::MappingInvalid(faults.to_string()))),
        RepositoryFacts::Mapped(facts) => look_at_mapped(claim, facts, &mut checks),
    }
    checks
}

fn look_at_mapped(claim: &Claim, facts: &MappedFacts, checks: &mut Vec<Check>) {
    let mapping = &facts.mapping;
    checks.push(pass("Mapping", &format!("{}, at most {} at once", mapping.provider, mapping.max_in_progress)));
    if mapping.paused {
        checks.push(fail("Paused", Refusal::Paused));
    }
    checks.push(workflow(claim, facts, &mapping.workflow_file, &facts.workflow));
    if let Some(planning) = &facts.planning {
        checks.push(workflow(claim, facts, &mapping.planning_workflow_file, planning));
    }
    let subject = match claim.request.subject() {
        Some((SubjectKind::PullRequest, _)) => "This pull request",
        Some((SubjectKind::Issue, _)) => "This issue",
        None => "This ticket",
    };
    checks.push(match judge_subject(&facts.subject) {
        Ok(()) => pass(subject, "a run may work on it"),
        Err(refusal) => Check { what: subject.into(), finding: Finding::Warn(refusal) },
    });
}

fn workflow(claim: &Claim, facts: &MappedFacts, file: &WorkflowFileName, fact: &WorkflowFact) -> Check {
    let what = format!("`{file}`");
    let branch = dispatch_ref(claim, &facts.mapping);
    let declaration = match judge_workflow(fact, file, branch) {
        Ok(declaration) => declaration,
        Err(refusal) => return fail(&what, refusal),
    };
    // Any ticket will do: what a workflow can't take doesn't depend on it.
    let ticket = Ticket {
        id: "1".into(),
        identifier: "1".into(),
        title: "1".into(),
        description: String::new(),
        origin: TicketOrigin::Conversation,
    };
    let callback = facts.callbacks.as_ref().map(Callbacks::any);
    let run = RunFacts {
        claim: claim.id,
        ticket: &ticket,
        pull_request: None,
        mapping: &facts.mapping,
        instructions: claim.request.instructions(),
        planning: &PlanningContext::default(),
        callback: callback.as_ref(),
    };
    match WorkflowInputs::fit(run, declaration) {
        Ok(_) => pass(&what, &format!("on {}, takes our inputs", crate::refusal::code(branch))),
        Err(mismatch) => fail(&what, Refusal::InputSchemaMismatch { file: file.to_string(), mismatch }),
    }
}

fn pass(what: &str, seen: &str) -> Check {
    Check { what: what.to_owned(), finding: Finding::Pass(seen.to_owned()) }
}

fn fail(what: &str, refusal: Refusal) -> Check {
    Check { what: what.to_owned(), finding: Finding::Fail(refusal) }
}
