//! What a program asks for.
//!
//! Owns the body's rules, all of which are told at once. Never looks anything up.

use domain::command::{Instructions, MAX_INSTRUCTION_CHARACTERS};
use domain::ids::{CommentId, IssueNumber};
use domain::planning_context::PlanningContext;
use domain::repo_name::RepoFullName;
use domain::request::digest;
use domain::run_kind::RunKind;
use domain::ticket::{Ticket, TicketOrigin};
use serde::{Deserialize, Serialize};
use web::{FieldProblem, Problem};

/// A tracker's id or a title that is longer is none.
const MAX_LINE_CHARACTERS: usize = 500;
/// GitHub takes no more as a workflow's inputs; a longer description is cut when they are built, and never here.
const MAX_TEXT_CHARACTERS: usize = 100_000;
/// What a plan is told of the tickets around it.
const MAX_CONTEXT_CHARACTERS: usize = 20_000;

/// The body of `POST /v1/dispatches`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DispatchBody {
    kind: RunKind,
    #[serde(default)]
    repo: Option<String>,
    #[serde(default)]
    team_key: Option<String>,
    #[serde(default)]
    issue: Option<IssueBody>,
    #[serde(default)]
    pr_number: Option<u64>,
    #[serde(default)]
    comment_id: Option<u64>,
    #[serde(default)]
    instructions: Option<String>,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    siblings: Option<String>,
    #[serde(default)]
    dependencies: Option<String>,
}

/// A ticket, as its tracker knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueBody {
    id: String,
    identifier: String,
    title: String,
    #[serde(default)]
    description: String,
}

/// Which repository a body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// By its name.
    Repository(RepoFullName),
    /// By the team whose tickets go there.
    Team(String),
}

/// What is asked for, within the rules.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) kind: RunKind,
    pub(crate) place: Place,
    pub(crate) number: Option<IssueNumber>,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) comment: Option<CommentId>,
    pub(crate) instructions: Instructions,
    pub(crate) planning: PlanningContext,
}

impl DispatchBody {
    /// What tells one request from another: SHA-256 of the body's meaning, whatever its layout.
    pub(crate) fn digest(&self) -> String {
        digest(&serde_json::to_vec(self).expect("plain JSON"))
    }

    /// The request, or everything that is wrong with it.
    pub(crate) fn judge(self) -> Result<Wanted, Problem> {
        let mut faults = Vec::new();
        let place = place(self.repo, self.team_key).map_err(|fault| faults.push(fault)).ok();
        let is_gap_fill = self.kind == RunKind::GapFill;
        let by_comment = self.comment_id.is_some();
        match (is_gap_fill, self.pr_number) {
            (true, None) if !by_comment => faults.push(fault("prNumber", "a gap-fill needs the pull request's number")),
            (_, Some(0)) => faults.push(fault("prNumber", "a number from 1 on")),
            (false, Some(_)) => faults.push(fault("prNumber", "only a gap-fill is about a pull request")),
            _ => {}
        }
        if !is_gap_fill && self.issue.is_none() && !by_comment {
            faults.push(fault("issue", "what is planned or implemented is described here"));
        }
        if self.kind != RunKind::Plan {
            let context =
                [("parent", &self.parent), ("siblings", &self.siblings), ("dependencies", &self.dependencies)];
            let given = context.into_iter().filter(|(_, text)| text.is_some());
            faults.extend(given.map(|(name, _)| fault(name, "only a plan is told of the tickets around it")));
        }
        let lengths = [
            ("instructions", self.instructions.as_deref(), MAX_INSTRUCTION_CHARACTERS),
            ("parent", self.parent.as_deref(), MAX_CONTEXT_CHARACTERS),
            ("siblings", self.siblings.as_deref(), MAX_CONTEXT_CHARACTERS),
            ("dependencies", self.dependencies.as_deref(), MAX_CONTEXT_CHARACTERS),
        ];
        faults.extend(lengths.into_iter().filter_map(|(name, text, max)| too_long(name, text?, max)));
        faults.extend(self.issue.as_ref().map(IssueBody::faults).unwrap_or_default());
        let Some(place) = place.filter(|_| faults.is_empty()) else { return Err(Problem::bad_fields(faults)) };
        Ok(Wanted {
            kind: self.kind,
            place,
            number: self.pr_number.map(IssueNumber::new),
            ticket: self.issue.map(IssueBody::ticket),
            comment: self.comment_id.map(CommentId::new),
            instructions: given(self.instructions),
            planning: PlanningContext { parent: self.parent, siblings: self.siblings, dependencies: self.dependencies },
        })
    }
}

impl IssueBody {
    fn faults(&self) -> Vec<FieldProblem> {
        let lines = [("issue.id", &self.id), ("issue.identifier", &self.identifier), ("issue.title", &self.title)];
        let empty = lines.iter().filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| fault(name, "it is empty"));
        let long = lines.iter().filter_map(|(name, text)| too_long(name, text, MAX_LINE_CHARACTERS));
        let broken = lines.iter().filter(|(_, text)| text.contains(['\n', '\r', '\0']));
        let broken = broken.map(|(name, _)| fault(name, "it is one line"));
        empty
            .chain(long)
            .chain(broken)
            .chain(too_long("issue.description", &self.description, MAX_TEXT_CHARACTERS))
            .collect()
    }

    fn ticket(self) -> Ticket {
        let Self { id, identifier, title, description } = self;
        Ticket { id, identifier, title, description, origin: TicketOrigin::Request }
    }
}

fn place(repo: Option<String>, team_key: Option<String>) -> Result<Place, FieldProblem> {
    match (repo, team_key) {
        (Some(repo), None) => {
            repo.parse().map(Place::Repository).map_err(|_| fault("repo", "owner/name, as GitHub has it"))
        }
        (None, Some(team)) if !team.trim().is_empty() => Ok(Place::Team(team)),
        (None, Some(_)) => Err(fault("teamKey", "it is empty")),
        (Some(_), Some(_)) => Err(fault("teamKey", "name the repository or the team, not both")),
        (None, None) => Err(fault("repo", "name the repository, or its `teamKey`")),
    }
}

fn given(text: Option<String>) -> Instructions {
    match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        Some(text) => Instructions::Given(text),
        None => Instructions::None,
    }
}

fn too_long(name: &str, text: &str, max: usize) -> Option<FieldProblem> {
    text.chars().nth(max).map(|_| fault(name, &format!("at most {max} characters")))
}

fn fault(field: &str, detail: &str) -> FieldProblem {
    FieldProblem { field: field.to_owned(), detail: detail.to_owned() }
}
