//! Checks of the workflows: there, switched on, startable with what we send, and asking before they act.

use super::facts::{ActionsFact, MappedFact, UsableActions, WorkflowSeen, WorkflowState};
use super::{Check, Finding, Seen, check, fail, pass, unknown, warn};
use crate::claim::ClaimId;
use crate::command::Instructions;
use crate::decide::judge_workflow;
use crate::facts::WorkflowFact;
use crate::ids::IssueNumber;
use crate::inputs::{RunFacts, SchemaMismatch, WorkflowInputs};
use crate::mapping::{COMMENT_TRIGGER_FILE, Mapping, WorkflowFileName};
use crate::planning_context::PlanningContext;
use crate::public_url::PublicUrl;
use crate::refusal::{Refusal, code};
use crate::run_callback::Callback;
use crate::ticket::{Ticket, TicketOrigin};
use crate::workflow_file::{DeclarationFault, WorkflowDeclaration};

/// One workflow and the ids of its checks.
struct Subject<'a> {
    seen: &'a WorkflowSeen,
    file: &'a WorkflowFileName,
    mapping: &'a Mapping,
    branch: Seen<&'a str>,
    public_url: Option<&'a PublicUrl>,
    /// Whether it works on pull requests too.
    fills_gaps: bool,
}

pub(super) fn checks(public_url: Option<&PublicUrl>, mapping: &Mapping, mapped: &MappedFact) -> Vec<Check> {
    let mut checks = vec![check("actions-enabled", "Actions", actions(mapped))];
    let branch = mapped.dispatch_branch(mapping);
    let (file, seen) = (&mapping.workflow_file, &mapped.implement);
    let implement = Subject { seen, file, mapping, branch, public_url, fills_gaps: true };
    checks.extend(implement.checks(["implement-workflow", "implement-workflow-active", "implement-workflow-fence"]));
    if let Some(seen) = &mapped.planning {
        let planning = Subject { seen, file: &mapping.planning_workflow_file, fills_gaps: false, ..implement };
        checks.extend(planning.checks(["planning-workflow", "planning-workflow-active", "planning-workflow-fence"]));
    }
    if let Some(seen) = &mapped.comment_trigger {
        checks.push(check("comment-workflow", code(COMMENT_TRIGGER_FILE), comment_trigger(seen, branch)));
        let what = format!("{} is active", code(COMMENT_TRIGGER_FILE));
        checks.push(check("comment-workflow-active", what, active(seen, COMMENT_TRIGGER_FILE)));
    }
    checks.push(check("pull-requests", "Pull requests by a job's own token", pull_requests(mapped)));
    checks
}

impl Subject<'_> {
    fn checks(&self, [there, active_id, fence]: [&'static str; 3]) -> [Check; 3] {
        let file = code(self.file.as_str());
        [
            check(there, file.clone(), self.takes_inputs()),
            check(active_id, format!("{file} is active"), active(self.seen, self.file.as_str())),
            check(fence, format!("{file} asks before it acts"), self.fence()),
        ]
    }

    fn takes_inputs(&self) -> Seen<Finding> {
        let branch = self.branch?;
        let fact = self.seen.declaration.as_ref().map_err(|why| *why)?;
        let declaration = match judge_workflow(fact, self.file, branch) {
            Ok(declaration) => declaration,
            Err(refusal) => return Ok(refusal.into()),
        };
        let pull_requests = if self.fills_gaps { vec![None, Some((IssueNumber::new(1), "1"))] } else { vec![None] };
        for pull_request in pull_requests {
            if let Err(mismatch) = self.fits(declaration, pull_request) {
                return Ok(Refusal::InputSchemaMismatch { file: self.file.to_string(), mismatch }.into());
            }
        }
        Ok(pass(format!("It is on {} and takes our inputs.", code(branch))))
    }

    /// Any ticket will do: what a workflow can't take doesn't depend on it.
    fn fits(
        &self,
        declaration: &WorkflowDeclaration,
        pull_request: Option<(IssueNumber, &str)>,
    ) -> Result<(), SchemaMismatch> {
        let ticket = Ticket {
            id: "1".into(),
            identifier: "1".into(),
            title: "1".into(),
            description: String::new(),
            origin: TicketOrigin::Conversation,
        };
        let callback = self.public_url.map(|url| Callback { url: url.as_str().to_owned(), token: "1".into() });
        let run = RunFacts {
            claim: ClaimId::from_parts(0, 0),
            ticket: &ticket,
            pull_request,
            mapping: self.mapping,
            instructions: &Instructions::None,
            planning: &PlanningContext::default(),
            callback: callback.as_ref(),
        };
        WorkflowInputs::fit(run, declaration).map(drop)
    }

    fn fence(&self) -> Seen<Finding> {
        let declaration = match self.seen.declaration.as_ref().map_err(|why| *why)? {
            WorkflowFact::Declared(declaration) => declaration,
            WorkflowFact::Missing | WorkflowFact::Undispatchable(_) => {
                return Ok(unknown("There is no workflow to look at.", "Mend the workflow first."));
            }
        };
        let remedy = "Sync the workflows, and merge the pull request.";
        Ok(if declaration.has_fence() {
            pass("Its first job redeems the claim.")
        } else if declaration.input("claim_id").is_some() {
            warn(
                "It takes `claim_id`, and its first job doesn't ask whether the run may act: a run that GitHub started twice works twice.",
                remedy,
            )
        } else {
            warn(
                "It doesn't declare `claim_id`: a run that GitHub started twice works twice, and gets no token of the App's.",
                remedy,
            )
        })
    }
}

fn comment_trigger(seen: &WorkflowSeen, branch: Seen<&str>) -> Seen<Finding> {
    let branch = branch?.to_owned();
    Ok(match seen.declaration.as_ref().map_err(|why| *why)? {
        WorkflowFact::Missing => Refusal::WorkflowMissing { file: COMMENT_TRIGGER_FILE.into(), branch }.into(),
        WorkflowFact::Undispatchable(fault @ DeclarationFault::NotYaml) => {
            fail(format!("It can't be read: {fault}."), "Sync the workflows, and merge the pull request.")
        }
        WorkflowFact::Declared(_) | WorkflowFact::Undispatchable(DeclarationFault::NotDispatchable) => {
            pass(format!("It is on {}.", code(&branch)))
        }
    })
}

fn active(seen: &WorkflowSeen, file: &str) -> Seen<Finding> {
    let state = seen.state?;
    Ok(match state {
        Some(WorkflowState::Active) => pass("It is."),
        Some(WorkflowState::DisabledManually) => Refusal::WorkflowDisabled(file.to_owned()).into(),
        Some(WorkflowState::DisabledByInactivity) => {
            fail("GitHub has disabled it, because nothing happened for long.", "Enable it on the Actions tab.")
        }
        Some(WorkflowState::Other) => fail("GitHub does not run it here.", "Look at it on the Actions tab."),
        None => fail(
            "GitHub knows no such workflow: its file is not on the default branch.",
            "Add it to the default branch.",
        ),
    })
}

fn actions(mapped: &MappedFact) -> Seen<Finding> {
    let ActionsFact { is_enabled, usable } = mapped.actions?;
    let place = "under *Settings → Actions → General*";
    Ok(match usable {
        _ if !is_enabled => fail("Actions are switched off.", format!("Allow them {place}.")),
        UsableActions::All => pass("They are switched on."),
        UsableActions::LocalOnly => {
            let seen = "Workflows may use the owner's own actions only, and ours use others.";
            fail(seen, format!("Allow `actions/*` and `aws-actions/configure-aws-credentials` {place}."))
        }
        UsableActions::Selected => {
            let why = "Workflows may use selected actions only, and which ones is not looked at.";
            unknown(
                why,
                format!("See {place} that `actions/*` and `aws-actions/configure-aws-credentials` are among them."),
            )
        }
    })
}

fn pull_requests(mapped: &MappedFact) -> Seen<Finding> {
    Ok(if mapped.may_open_pull_requests? {
        pass("They are allowed.")
    } else {
        warn(
            "They are not allowed. A run that pushes by GitHub's own token, because the control plane lends it none, can't open its pull request.",
            "Allow it under *Settings → Actions → General → Allow GitHub Actions to create and approve pull requests*.",
        )
    })
}
