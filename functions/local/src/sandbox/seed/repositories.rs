//! The seed's repositories, each with the same five issues and pull requests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{COLLABORATORS, FORK_OWNER, ORGANIZATION};
use crate::sandbox::digest::git_blob_sha;
use crate::sandbox::world::{ActionsSettings, Branch, History, Issue, PullRequest, Repository, Role, workflow_path};

/// Repositories of the organisation, with their numeric ids.
const REPOSITORIES: [(&str, u64); 3] = [("anthropic", 810_001), ("bedrock", 810_002), ("unmapped", 810_003)];
/// The repository whose model is called on Bedrock, and what its variables say of it.
const BEDROCK: &str = "bedrock";
const BEDROCK_VARIABLES: [(&str, &str); 3] = [
    ("AI_IMPLEMENT_PROVIDER", "bedrock"),
    ("AI_IMPLEMENT_AWS_REGION", "us-west-2"),
    ("AI_IMPLEMENT_SESSION_SECONDS", "7200"),
];
/// A fork's id is that of its parent plus this.
const FORK_ID_OFFSET: u64 = 1_000;
/// The workflow files on every branch.
const WORKFLOW_FILES: [(&str, &str); 2] = [
    ("claude-implement.yml", include_str!("claude-implement.yml")),
    ("claude-plan.yml", include_str!("claude-plan.yml")),
];
/// 2026-01-05T09:00:00Z, when the organisation was founded.
const FOUNDED: Timestamp = Timestamp::constant(1_767_603_600, 0);
/// What every repository of the organisation holds.
const ISSUES: [SeedIssue; 5] = [
    SeedIssue {
        number: 1,
        author: "writer",
        title: "Retry failed uploads",
        // Carries the hidden block that names its ticket.
        body: include_str!("pull-request-1.md"),
        open: true,
        head: Some((ORGANIZATION, "ai-implement/eng-42")),
    },
    SeedIssue {
        number: 2,
        author: FORK_OWNER,
        title: "Fix a typo in the README",
        body: "Found while reading.",
        open: true,
        head: Some((FORK_OWNER, "readme-typo")),
    },
    SeedIssue {
        number: 3,
        author: "writer",
        title: "Cache the thumbnails",
        body: "Superseded.",
        open: false,
        head: Some((ORGANIZATION, "cache-thumbnails")),
    },
    SeedIssue {
        number: 4,
        author: "maintainer",
        title: "Export the audit log as CSV",
        body: "Auditors ask for the log as a file.\n\n- one row per event, newest first\n- times in UTC\n",
        open: true,
        head: None,
    },
    SeedIssue {
        number: 5,
        author: "maintainer",
        title: "Sort the member list by name",
        body: "A small one, no ticket.",
        open: true,
        head: Some((ORGANIZATION, "sort-members")),
    },
];

/// An issue as the seed writes it down; a pull request has a head, by owner and branch.
struct SeedIssue {
    number: u64,
    author: &'static str,
    title: &'static str,
    body: &'static str,
    open: bool,
    head: Option<(&'static str, &'static str)>,
}

/// Repositories of the organisation, then the forks of them.
pub(super) fn all() -> Vec<Repository> {
    let own = REPOSITORIES.iter().map(|(name, id)| repository(name, *id));
    own.chain(REPOSITORIES.iter().map(|(name, id)| fork(name, *id))).collect()
}

/// A public repository of the organisation with the seed's five issues and pull requests.
fn repository(name: &str, id: u64) -> Repository {
    let issues: Vec<Issue> = ISSUES.iter().map(|seed| issue(id, seed)).collect();
    Repository {
        id,
        owner: ORGANIZATION.to_owned(),
        name: name.to_owned(),
        private: false,
        fork: false,
        default_branch: "main".to_owned(),
        branches: branches(name, id, &issues),
        disabled_workflows: BTreeSet::new(),
        collaborators: COLLABORATORS.iter().map(|(login, role)| ((*login).to_owned(), *role)).collect(),
        issues,
        history: History::default(),
        archived_at: None,
        actions_may_not_open_pulls: false,
        settings: settings(name),
        created_at: FOUNDED,
    }
}

fn fork(name: &str, parent_id: u64) -> Repository {
    let parent = repository(name, parent_id);
    let id = parent_id + FORK_ID_OFFSET;
    Repository {
        id,
        owner: FORK_OWNER.to_owned(),
        fork: true,
        branches: branches(name, id, &parent.issues),
        collaborators: BTreeMap::from([(FORK_OWNER.to_owned(), Role::Admin)]),
        issues: Vec::new(),
        ..parent
    }
}

/// The default branch, and the heads of those pull requests that come from this repository.
fn branches(name: &str, repository_id: u64, issues: &[Issue]) -> BTreeMap<String, Branch> {
    let workflows = WORKFLOW_FILES.iter().map(|(file, text)| (workflow_path(file), (*text).to_owned()));
    let prompts = ["WORKFLOW.md", "PLANNING.md"].map(|file| (file.to_owned(), prompt(name)));
    let files: BTreeMap<String, String> = workflows.chain(prompts).collect();
    let branch = |head_sha: String| Branch { head_sha, files: files.clone() };
    let pulls = issues.iter().filter_map(|issue| issue.pull_request.as_ref());
    let heads = pulls
        .filter(|pull| pull.head_repository_id == Some(repository_id))
        .map(|pull| (pull.head_branch.clone(), branch(pull.head_sha.clone())));
    heads.chain([("main".to_owned(), branch(sha(repository_id, 0)))]).collect()
}

/// Prompts that name a model where one is needed.
fn prompt(name: &str) -> String {
    let model = if name == BEDROCK { "model: us.anthropic.claude-sonnet-4-6" } else { "# model: claude-sonnet-4-6" };
    format!("---\n{model}\n---\nDo what the ticket {{{{ISSUE_IDENTIFIER}}}} asks for.\n")
}

/// All that a run takes: the credentials by their names, and the variables for runs that nobody dispatches.
fn settings(name: &str) -> ActionsSettings {
    let (secret, variables) = if name == BEDROCK {
        ("AWS_BEDROCK_ROLE_ARN", BEDROCK_VARIABLES.as_slice())
    } else {
        ("ANTHROPIC_API_KEY", [].as_slice())
    };
    let variable = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    ActionsSettings {
        secrets: BTreeSet::from([secret.to_owned()]),
        variables: variables.iter().map(variable).collect(),
        immutable_subject: Some(false),
        ..ActionsSettings::default()
    }
}

fn issue(repository_id: u64, seed: &SeedIssue) -> Issue {
    let pull_request = seed.head.map(|(owner, branch)| pull_request(repository_id, seed.number, owner, branch));
    Issue {
        id: repository_id * 100 + seed.number,
        number: seed.number,
        title: seed.title.to_owned(),
        body: Some(seed.body.to_owned()),
        author: seed.author.to_owned(),
        open: seed.open,
        locked: false,
        pull_request,
        created_at: FOUNDED,
        updated_at: FOUNDED,
    }
}

fn pull_request(repository_id: u64, number: u64, head_owner: &str, head_branch: &str) -> PullRequest {
    let head_repository_id = if head_owner == ORGANIZATION { repository_id } else { repository_id + FORK_ID_OFFSET };
    PullRequest {
        head_repository_id: Some(head_repository_id),
        head_owner: head_owner.to_owned(),
        head_branch: head_branch.to_owned(),
        head_sha: sha(repository_id, number),
        base_branch: "main".to_owned(),
        merged: false,
        draft: false,
    }
}

/// A commit SHA that looks like one and stays the same.
fn sha(repository_id: u64, number: u64) -> String {
    git_blob_sha(&format!("{repository_id}/{number}"))
}
