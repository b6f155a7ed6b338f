//! From facts to a decision, in one fixed order, without waiting.
//!
//! Owns the order of judgement: permission, age, what is asked, mapping, pause, subject, workflow, lock. The first
//! rule that speaks decides. Never performs: the room that a repository has, for example, is judged where its slots are
//! taken, in the same conditional write.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use crate::claim::{Claim, DispatchOrder, HeadPin};
use crate::command::{Instructions, MAX_INSTRUCTION_CHARACTERS, Verb};
use crate::doctor::{self, Check};
use crate::facts::{Authority, Facts, MappedFacts, PullRequest, RepositoryFacts, Subject, WorkflowFact};
use crate::feedback::Answer;
use crate::ids::IssueNumber;
use crate::inputs::{RunFacts, WorkflowInputs};
use crate::mapping::{Mapping, WorkflowFileName};
use crate::message::SubjectKind;
use crate::metadata::MetadataFault;
use crate::planning_context::PlanningContext;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::run_kind::RunKind;
use crate::task::Task;
use crate::ticket::{Conversation, Ticket};
use crate::workflow_file::WorkflowDeclaration;

/// A command older than this is not carried out any more.
pub const MAX_COMMAND_AGE: SignedDuration = SignedDuration::from_hours(6);

/// What follows from a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Start a run.
    Dispatch(Box<Dispatch>),
    /// Start none, and say why.
    Refuse(Refusal),
    /// Say something; no run was asked for.
    Answer(Answer),
    /// Cancel what waits or runs in the conversation.
    Cancel,
}

/// A run to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// What the claim remembers of it.
    pub order: DispatchOrder,
    /// What the workflow receives.
    pub inputs: WorkflowInputs,
    /// How many runs the repository may have, this one included.
    pub room: Room,
    /// A metadata block that couldn't be used; for the log.
    pub metadata_fault: Option<MetadataFault>,
}

/// How many runs a repository may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// In progress at once.
    pub slots: NonZeroU32,
    /// Started on one day of UTC; `None` without a budget.
    pub runs_a_day: Option<NonZeroU32>,
}

/// Whether a command asks for a run.
#[must_use]
pub const fn wants_a_run(claim: &Claim) -> bool {
    match &claim.request {
        Request::Comment(request) => matches!(
            (&request.command.verb, request.subject),
            (Verb::Implement | Verb::Retry, _) | (Verb::Plan, SubjectKind::Issue)
        ),
        Request::Api(_) => true,
    }
}

/// Whether a command asks for a look at the set-up.
#[must_use]
pub fn asks_for_a_look(claim: &Claim) -> bool {
    verb(claim) == Some(&Verb::Doctor)
}

/// Whether judging a command takes the conversation's earlier ones.
#[must_use]
pub const fn takes_earlier_commands(claim: &Claim) -> bool {
    matches!(verb(claim), Some(Verb::Status | Verb::Cancel))
}

const fn verb(claim: &Claim) -> Option<&Verb> {
    match &claim.request {
        Request::Comment(request) => Some(&request.command.verb),
        Request::Api(_) => None,
    }
}

/// Whether a command has waited for so long that it is not carried out any more.
#[must_use]
pub fn is_stale(claim: &Claim, now: Timestamp) -> bool {
    now.duration_since(claim.asked_at()) > MAX_COMMAND_AGE
}

/// Judges one command.
#[must_use]
pub fn decide(claim: &Claim, facts: &Facts, now: Timestamp) -> Decision {
    judge(claim, facts, now).unwrap_or_else(Decision::Refuse)
}

fn judge(claim: &Claim, facts: &Facts, now: Timestamp) -> Result<Decision, Refusal> {
    if let Authority::Commenter(permission) = &facts.authority
        && !permission.may_write()
    {
        let (login, role) = (claim.request.asker().to_owned(), permission.word().to_owned());
        return Err(Refusal::NotAuthorized { login, role });
    }
    if is_stale(claim, now) {
        return Err(Refusal::Stale);
    }
    if let Instructions::TooLong { characters } = claim.request.instructions() {
        let problem = format!(
            "The instructions under the command have {characters} characters, and at most {MAX_INSTRUCTION_CHARACTERS} are passed on."
        );
        return Err(Refusal::BadRequest(problem));
    }
    let Request::Comment(request) = &claim.request else { return judge_run(claim, &facts.repository, now) };
    match &request.command.verb {
        Verb::Help => Ok(Decision::Answer(Answer::Help)),
        Verb::Unknown(written) => Ok(Decision::Answer(Answer::UnknownVerb(written.clone()))),
        Verb::Plan if request.subject == SubjectKind::PullRequest => Ok(Decision::Answer(Answer::PlanNeedsAnIssue)),
        Verb::Status => Ok(Decision::Answer(Answer::Overview(facts.earlier.clone()))),
        Verb::Cancel => Ok(Decision::Cancel),
        Verb::Doctor => Ok(Decision::Answer(Answer::Doctor(looked(claim, facts)))),
        Verb::Implement | Verb::Plan | Verb::Retry => judge_run(claim, &facts.repository, now),
    }
}

/// What the set-up shows, and what the place of the question does.
fn looked(claim: &Claim, facts: &Facts) -> Vec<Check> {
    let Some((set_up, subject)) = facts.set_up.as_deref() else { return Vec::new() };
    let mut checks = doctor::look(set_up).checks;
    checks.push(doctor::look_at_subject(claim, subject));
    checks
}

fn judge_run(claim: &Claim, repository: &RepositoryFacts, now: Timestamp) -> Result<Decision, Refusal> {
    match repository {
        RepositoryFacts::Unmapped | RepositoryFacts::NotAsked => Err(Refusal::MappingMissing),
        RepositoryFacts::Invalid(faults) if faults.lack_a_region() => Err(Refusal::RegionMissing),
        RepositoryFacts::Invalid(faults) => Err(Refusal::MappingInvalid(faults.to_string())),
        RepositoryFacts::Mapped(mapped) => judge_mapped(claim, mapped, now),
    }
}

fn judge_mapped(claim: &Claim, facts: &MappedFacts, now: Timestamp) -> Result<Decision, Refusal> {
    let mapping = &facts.mapping;
    if mapping.paused {
        return Err(Refusal::Paused);
    }
    judge_subject(&facts.subject)?;
    let task = Task::of(claim, mapping, facts.last.as_ref())?;
    let (file, git_ref) = (task.workflow_file(mapping), dispatch_ref(claim, mapping));
    let declaration = judge_workflow(&facts.workflow, file, git_ref)?;
    let (order, metadata_fault) = order(claim, facts, &task, declaration);
    let callback = facts.callbacks.as_ref().map(|callbacks| callbacks.of(claim.id, &order, now));
    let run = RunFacts { callback: callback.as_ref(), ..run_facts(claim, mapping, &order) };
    let inputs = WorkflowInputs::fit(run, declaration)
        .map_err(|mismatch| Refusal::InputSchemaMismatch { file: file.to_string(), mismatch })?;
    if let Some(busy) = &facts.in_flight {
        return Err(Refusal::InFlight(busy.clone()));
    }
    let room = Room { slots: mapping.max_in_progress, runs_a_day: mapping.daily_runs };
    Ok(Decision::Dispatch(Box::new(Dispatch { order, inputs, room, metadata_fault })))
}

/// The branch that supplies the workflow file; never a pull request's.
#[must_use]
pub fn dispatch_ref<'a>(claim: &'a Claim, mapping: &'a Mapping) -> &'a str {
    mapping.default_branch.as_ref().unwrap_or(&claim.request.repo().default_branch)
}

/// Whether a run may work on it.
pub(crate) const fn judge_subject(subject: &Subject) -> Result<(), Refusal> {
    match subject {
        Subject::Issue(issue) if !issue.is_open => Err(Refusal::PrClosed(SubjectKind::Issue)),
        Subject::Issue(_) | Subject::Ticket => Ok(()),
        Subject::PullRequest(pull_request) => judge_pull_request(pull_request),
    }
}

const fn judge_pull_request(pull_request: &PullRequest) -> Result<(), Refusal> {
    if !pull_request.head_is_here {
        return Err(Refusal::ForkPr);
    }
    if !pull_request.is_open {
        return Err(Refusal::PrClosed(SubjectKind::PullRequest));
    }
    Ok(())
}

/// Whether the workflow can be dispatched at all.
pub(crate) fn judge_workflow<'a>(
    workflow: &'a WorkflowFact,
    file: &WorkflowFileName,
    branch: &str,
) -> Result<&'a WorkflowDeclaration, Refusal> {
    let file = file.to_string();
    match workflow {
        WorkflowFact::Declared(declaration) => Ok(declaration),
        WorkflowFact::Missing => Err(Refusal::WorkflowMissing { file, branch: branch.to_owned() }),
        WorkflowFact::Undispatchable(fault) => Err(Refusal::WorkflowNotDispatchable { file, fault: fault.to_string() }),
    }
}

fn order(
    claim: &Claim,
    facts: &MappedFacts,
    task: &Task,
    declaration: &WorkflowDeclaration,
) -> (DispatchOrder, Option<MetadataFault>) {
    let mapping = &facts.mapping;
    let head = match &facts.subject {
        Subject::PullRequest(it) => Some(HeadPin { branch: it.head_branch.clone(), sha: it.head_sha.clone() }),
        Subject::Issue(_) | Subject::Ticket => None,
    };
    let (ticket, metadata_fault) = ticket(claim, facts, task.kind);
    let order = DispatchOrder {
        kind: task.kind,
        workflow_file: task.workflow_file(mapping).clone(),
        git_ref: dispatch_ref(claim, mapping).to_owned(),
        head,
        provider: mapping.provider.clone(),
        ticket,
        instructions: task.instructions.clone(),
        planning: planning(&claim.request),
        goes_on: task.goes_on,
        is_announced: mapping.notify.is_some(),
        is_budgeted: mapping.daily_runs.is_some(),
        is_fenced: declaration.has_fence(),
        max_job_minutes: Some(mapping.limits.max_job_minutes.get()),
        pinned_at: None,
    };
    (order, metadata_fault)
}

/// The ticket that a program names, else the one that the conversation is about.
fn ticket(claim: &Claim, facts: &MappedFacts, kind: RunKind) -> (Ticket, Option<MetadataFault>) {
    if let Request::Api(request) = &claim.request
        && let Some(ticket) = &request.ticket
    {
        return (ticket.clone(), None);
    }
    let repo = claim.request.repo();
    let (title, body) = match &facts.subject {
        Subject::Issue(issue) => (issue.title.as_str(), issue.body.as_str()),
        Subject::PullRequest(pull_request) => (pull_request.title.as_str(), pull_request.body.as_str()),
        Subject::Ticket => ("", ""),
    };
    let number = claim.request.number().unwrap_or(IssueNumber::new(0));
    let conversation = Conversation { repo_id: repo.id, repo: &repo.name, number, title, body };
    let last_ticket = facts.last.as_ref().and_then(|last| Some(&last.order.as_ref()?.ticket));
    match kind {
        RunKind::GapFill => Ticket::of_pull_request(conversation, last_ticket),
        RunKind::Implement | RunKind::Plan => (Ticket::of_issue(conversation), None),
    }
}

fn planning(request: &Request) -> PlanningContext {
    match request {
        Request::Comment(_) => PlanningContext::default(),
        Request::Api(request) => request.planning.clone(),
    }
}

fn run_facts<'a>(claim: &'a Claim, mapping: &'a Mapping, order: &'a DispatchOrder) -> RunFacts<'a> {
    RunFacts {
        claim: claim.id,
        ticket: &order.ticket,
        pull_request: claim.request.number().zip(order.head.as_ref().map(|head| head.sha.as_str())),
        mapping,
        instructions: &order.instructions,
        planning: &order.planning,
        callback: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::tests::{at, command_of, received};
    use crate::command::Command;
    use crate::facts::{Issue, Permission};
    use crate::mapping::MappingDraft;
    use crate::refusal::Busy;

    fn command(text: &str, subject: SubjectKind) -> Claim {
        let mut claim = received();
        let request = command_of(&mut claim);
        (request.command, request.subject) = (Command::parse(text).expect("a command"), subject);
        claim
    }

    fn permission(role: &str) -> Permission {
        Permission { role_name: Some(role.into()), legacy: role.into() }
    }

    fn mapped(settings: &str) -> MappedFacts {
        let draft: MappingDraft =
            serde_json::from_str(&format!(r#"{{"owner":"Octo","repo":"Hello"{settings}}}"#)).expect("json");
        MappedFacts {
            mapping: draft.try_into().expect("a valid mapping"),
            subject: Subject::PullRequest(PullRequest {
                is_open: true,
                head_branch: "feature/retry".into(),
                head_sha: "abc123".into(),
                head_is_here: true,
                title: "Retry uploads".into(),
                body: String::new(),
            }),
            workflow: WorkflowFact::Declared(
                WorkflowDeclaration::parse(include_str!("../tests/claude-implement.yml")).expect("dispatchable"),
            ),
            in_flight: None,
            last: None,
            callbacks: None,
        }
    }

    fn judged(claim: &Claim, role: &str, repository: RepositoryFacts) -> Decision {
        decide(
            claim,
            &Facts { authority: Authority::Commenter(permission(role)), earlier: Vec::new(), repository, set_up: None },
            at(1),
        )
    }

    fn with(change: impl FnOnce(&mut MappedFacts)) -> Decision {
        let mut facts = mapped(r#","planningEnabled":false"#);
        change(&mut facts);
        let subject = match facts.subject {
            Subject::PullRequest(_) => SubjectKind::PullRequest,
            Subject::Issue(_) | Subject::Ticket => SubjectKind::Issue,
        };
        judged(&command("/ai-implement", subject), "write", RepositoryFacts::Mapped(Box::new(facts)))
    }

    fn code_of(decision: Decision) -> &'static str {
        match decision {
            Decision::Refuse(refusal) => refusal.code(),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    fn pull_request(facts: &mut MappedFacts) -> &mut PullRequest {
        match &mut facts.subject {
            Subject::PullRequest(pull_request) => pull_request,
            Subject::Issue(_) | Subject::Ticket => panic!("the facts are of a pull request"),
        }
    }

    #[test]
    fn a_writers_command_on_an_open_pull_request_is_a_gap_fill_of_its_head() {
        let Decision::Dispatch(dispatch) = with(|_| ()) else { panic!("a dispatch") };
        assert_eq!(dispatch.order.kind, RunKind::GapFill);
        assert_eq!(dispatch.order.git_ref, "main");
        assert_eq!(dispatch.order.head.as_ref().map(|head| head.sha.as_str()), Some("abc123"));
        assert_eq!(dispatch.inputs.get("pr_number"), Some("5"));
        assert_eq!(dispatch.inputs.get("issue_identifier"), Some("Octo/Hello#5"));
    }

    #[test]
    fn the_mappings_branch_supplies_the_workflow_never_the_pull_request() {
        let decision = with(|facts| facts.mapping.default_branch = Some("trunk".into()));
        let Decision::Dispatch(dispatch) = decision else { panic!("a dispatch") };
        assert_eq!(dispatch.order.git_ref, "trunk");
    }

    #[test]
    fn an_issue_is_implemented_where_planning_is_off() {
        let decision = with(|facts| {
            facts.subject = Subject::Issue(Issue { is_open: true, title: "Add x".into(), body: "because".into() });
        });
        let Decision::Dispatch(dispatch) = decision else { panic!("a dispatch") };
        assert_eq!((dispatch.order.kind, &dispatch.order.head), (RunKind::Implement, &None));
        assert_eq!(dispatch.inputs.get("issue_description"), Some("because"));
    }

    #[test]
    fn each_fact_has_its_refusal() {
        assert_eq!(code_of(with(|facts| facts.mapping.paused = true)), "PAUSED");
        assert_eq!(code_of(with(|facts| pull_request(facts).head_is_here = false)), "FORK_PR");
        assert_eq!(code_of(with(|facts| pull_request(facts).is_open = false)), "PR_CLOSED");
        assert_eq!(code_of(with(|facts| facts.workflow = WorkflowFact::Missing)), "WORKFLOW_MISSING");
        let push_only = WorkflowDeclaration::parse("on: push").expect_err("not dispatchable");
        let undispatchable = WorkflowFact::Undispatchable(push_only);
        assert_eq!(code_of(with(|facts| facts.workflow = undispatchable)), "WORKFLOW_NOT_DISPATCHABLE");
        let foreign =
            WorkflowDeclaration::parse("on: {workflow_dispatch: {inputs: {pr_number: {}, x: {required: true}}}}");
        let foreign = WorkflowFact::Declared(foreign.expect("dispatchable"));
        assert_eq!(code_of(with(|facts| facts.workflow = foreign)), "INPUT_SCHEMA_MISMATCH");
        let in_flight = Some(Busy::Unclear);
        assert_eq!(code_of(with(|facts| facts.in_flight = in_flight)), "IN_FLIGHT");
        let closed = Subject::Issue(Issue { is_open: false, title: String::new(), body: String::new() });
        assert_eq!(code_of(with(|facts| facts.subject = closed)), "PR_CLOSED");
    }

    #[test]
    fn settings_that_somebody_broke_by_hand_are_told_apart() {
        let claim = command("/ai-implement", SubjectKind::PullRequest);
        let broken = |json: &str| {
            let draft: MappingDraft = serde_json::from_str(json).expect("json");
            RepositoryFacts::Invalid(Mapping::try_from(draft).expect_err("broken"))
        };
        let no_region = broken(r#"{"owner":"o","repo":"r","provider":"bedrock"}"#);
        assert_eq!(code_of(judged(&claim, "write", no_region)), "REGION_MISSING");
        let needless_region = broken(r#"{"owner":"o","repo":"r","awsRegion":"us-west-2"}"#);
        assert_eq!(code_of(judged(&claim, "write", needless_region)), "MAPPING_INVALID");
        let no_turns = broken(r#"{"owner":"o","repo":"r","maxTurns":0}"#);
        assert_eq!(code_of(judged(&claim, "write", no_turns)), "MAPPING_INVALID");
        assert_eq!(code_of(judged(&claim, "write", RepositoryFacts::Unmapped)), "MAPPING_MISSING");
    }

    #[test]
    fn permission_is_judged_before_everything_else() {
        for text in ["/ai-implement", "/ai-implement help", "/ai-implement status", "/ai-implement nonsense"] {
            let claim = command(text, SubjectKind::PullRequest);
            for role in ["read", "triage", "none"] {
                assert_eq!(code_of(judged(&claim, role, RepositoryFacts::Unmapped)), "NOT_AUTHORIZED", "{text} {role}");
            }
        }
    }

    #[test]
    fn an_old_command_is_answered_and_never_run() {
        let claim = command("/ai-implement", SubjectKind::PullRequest);
        let repository = RepositoryFacts::Mapped(Box::new(mapped("")));
        let facts = Facts {
            authority: Authority::Commenter(permission("write")),
            earlier: Vec::new(),
            repository,
            set_up: None,
        };
        let late = claim.request.asked_at() + MAX_COMMAND_AGE;
        assert!(matches!(decide(&claim, &facts, late), Decision::Dispatch(_)));
        assert_eq!(code_of(decide(&claim, &facts, late + SignedDuration::from_secs(1))), "STALE");
    }

    #[test]
    fn overlong_instructions_are_refused_not_cut() {
        let claim = command(&format!("/ai-implement\n{}", "x".repeat(4_001)), SubjectKind::PullRequest);
        assert_eq!(code_of(judged(&claim, "write", RepositoryFacts::Unmapped)), "BAD_REQUEST");
    }

    #[test]
    fn verbs_that_start_no_run_are_answered() {
        for (text, subject, wants) in [
            ("/ai-implement help", SubjectKind::PullRequest, Answer::Help),
            ("/ai-implement stauts", SubjectKind::Issue, Answer::UnknownVerb("stauts".into())),
            ("/ai-implement plan", SubjectKind::PullRequest, Answer::PlanNeedsAnIssue),
            ("/ai-implement status", SubjectKind::Issue, Answer::Overview(Vec::new())),
        ] {
            let claim = command(text, subject);
            assert!(!wants_a_run(&claim), "{text}");
            assert_eq!(judged(&claim, "write", RepositoryFacts::NotAsked), Decision::Answer(wants), "{text}");
        }
    }

    #[test]
    fn a_cancellation_is_performed_by_whoever_holds_the_records() {
        let claim = command("/ai-implement cancel", SubjectKind::PullRequest);
        assert!(!wants_a_run(&claim) && takes_earlier_commands(&claim));
        assert_eq!(judged(&claim, "write", RepositoryFacts::NotAsked), Decision::Cancel);
    }

    #[test]
    fn a_plan_is_dispatched_to_its_own_workflow_and_remembers_that_it_goes_on() {
        let decision = judged(&command("/ai-implement", SubjectKind::Issue), "write", {
            let mut facts = mapped("");
            facts.subject = Subject::Issue(Issue { is_open: true, title: "Add x".into(), body: "because".into() });
            RepositoryFacts::Mapped(Box::new(facts))
        });
        let Decision::Dispatch(dispatch) = decision else { panic!("a dispatch") };
        assert_eq!((dispatch.order.kind, dispatch.order.goes_on), (RunKind::Plan, true));
        assert_eq!(dispatch.order.workflow_file.as_str(), "claude-plan.yml");
        assert_eq!(dispatch.inputs.get("provider"), Some("anthropic"));
    }

    #[test]
    fn there_is_nothing_to_retry_where_nothing_was_dispatched() {
        let facts = RepositoryFacts::Mapped(Box::new(mapped("")));
        let claim = command("/ai-implement retry", SubjectKind::PullRequest);
        assert_eq!(code_of(judged(&claim, "write", facts)), "NOTHING_TO_RETRY");
    }
}
