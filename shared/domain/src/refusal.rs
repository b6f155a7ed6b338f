//! Refusals: why a command starts no run, as values with a stable code, a reason and one remedy each.
//!
//! Owns the closed list. The comment, the log, the API and the metric take their words from here and nowhere else.
//! Never an error: a refusal is a decision.

mod busy;
mod obstacle;

use std::fmt;

use jiff::Timestamp;

pub use busy::Busy;
pub use obstacle::Obstacle;

use crate::inputs::SchemaMismatch;
use crate::message::SubjectKind;

/// The code of a refusal that is about who asked, and about nothing that somebody else could change.
pub(crate) const NOT_AUTHORIZED: &str = "NOT_AUTHORIZED";

/// Why a command starts no run. `Display` is the sentence a person reads, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The commenter may not write to the repository.
    NotAuthorized {
        /// Their name.
        login: String,
        /// Their role.
        role: String,
    },
    /// The pull request's head stands in a fork.
    ForkPr,
    /// The pull request or issue is closed.
    PrClosed(SubjectKind),
    /// Nobody has mapped the repository.
    MappingMissing,
    /// The stored mapping breaks a rule.
    MappingInvalid(String),
    /// The stored mapping says bedrock and names no region.
    RegionMissing,
    /// The mapping is paused.
    Paused,
    /// The App is not installed on the repository; there is nobody to say it with, so it stands in the log.
    AppNotInstalled,
    /// The App lacks a permission that the work needs.
    AppPermissionMissing(String),
    /// The workflow file is not on the dispatch ref.
    WorkflowMissing {
        /// The file.
        file: String,
        /// The branch.
        branch: String,
    },
    /// The workflow is switched off.
    WorkflowDisabled(String),
    /// The workflow file can't be dispatched.
    WorkflowNotDispatchable {
        /// The file.
        file: String,
        /// Why.
        fault: String,
    },
    /// The workflow can't take the inputs.
    InputSchemaMismatch {
        /// The file.
        file: String,
        /// Why.
        mismatch: SchemaMismatch,
    },
    /// GitHub itself found the inputs at fault.
    InputsRejected {
        /// The file.
        file: String,
        /// GitHub's words.
        message: String,
    },
    /// The dispatch ref does not exist.
    RefMissing(String),
    /// An earlier command is under way here.
    InFlight(Busy),
    /// The repository has started as many runs today as it may.
    BudgetExceeded {
        /// How many it may start a day.
        runs: u32,
        /// When the next day of UTC begins.
        resets_at: Timestamp,
    },
    /// Nothing was dispatched here, or the last run went well.
    NothingToRetry,
    /// GitHub refused the dispatch for a reason that we have no better word for.
    GithubRejected(String),
    /// The command waited too long to be still meant.
    Stale,
    /// The command can't be carried out as it is written.
    BadRequest(String),
    /// Every attempt failed, and no further one is made.
    GaveUp(Obstacle),
}

impl Refusal {
    /// The stable reason code that comment, log, API and metric share.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAuthorized { .. } => NOT_AUTHORIZED,
            Self::ForkPr => "FORK_PR",
            Self::PrClosed(_) => "PR_CLOSED",
            Self::MappingMissing => "MAPPING_MISSING",
            Self::MappingInvalid(_) => "MAPPING_INVALID",
            Self::RegionMissing => "REGION_MISSING",
            Self::Paused => "PAUSED",
            Self::AppNotInstalled => "APP_NOT_INSTALLED",
            Self::AppPermissionMissing(_) => "APP_PERMISSION_MISSING",
            Self::WorkflowMissing { .. } => "WORKFLOW_MISSING",
            Self::WorkflowDisabled(_) => "WORKFLOW_DISABLED",
            Self::WorkflowNotDispatchable { .. } => "WORKFLOW_NOT_DISPATCHABLE",
            Self::InputSchemaMismatch { .. } | Self::InputsRejected { .. } => "INPUT_SCHEMA_MISMATCH",
            Self::RefMissing(_) => "REF_MISSING",
            Self::InFlight(_) => "IN_FLIGHT",
            Self::BudgetExceeded { .. } => "BUDGET_EXCEEDED",
            Self::NothingToRetry => "NOTHING_TO_RETRY",
            Self::GithubRejected(_) => "GITHUB_REJECTED",
            Self::Stale => "STALE",
            Self::BadRequest(_) => "BAD_REQUEST",
            Self::GaveUp(Obstacle::RateLimit) => "RATE_LIMITED",
            Self::GaveUp(_) => "GAVE_UP",
        }
    }

    /// What happened, without the remedy.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NotAuthorized { login, role } => {
                format!(
                    "Starting a run takes write permission on this repository, and {} has {}.",
                    code(login),
                    code(role)
                )
            }
            Self::ForkPr => {
                "This pull request comes from a fork, and a run may only work on branches of this repository.".into()
            }
            Self::PrClosed(SubjectKind::PullRequest) => "This pull request is closed.".into(),
            Self::PrClosed(SubjectKind::Issue) => "This issue is closed.".into(),
            Self::MappingMissing => "This repository is not set up for AI-Implement.".into(),
            Self::MappingInvalid(faults) => format!("This repository's settings break a rule: {}.", code(faults)),
            Self::RegionMissing => "This repository's provider is Bedrock, and its settings name no AWS region.".into(),
            Self::Paused => "AI-Implement is paused for this repository.".into(),
            Self::AppNotInstalled => "The App is not installed on this repository.".into(),
            Self::AppPermissionMissing(message) => format!("GitHub does not let the App do this: {}.", code(message)),
            Self::WorkflowMissing { file, branch } => {
                format!("There is no workflow {} on {}.", code(&format!(".github/workflows/{file}")), code(branch))
            }
            Self::WorkflowDisabled(file) => format!("The workflow {} is disabled.", code(file)),
            Self::WorkflowNotDispatchable { file, fault } => {
                format!("The workflow {} can't be started: {fault}.", code(file))
            }
            Self::InputSchemaMismatch { file, mismatch } => {
                format!("The workflow {} {}.", code(file), mismatch_reason(mismatch))
            }
            Self::InputsRejected { file, message } => {
                format!("GitHub finds the inputs unfit for the workflow {}: {}.", code(file), code(message))
            }
            Self::RefMissing(branch) => format!("There is no branch {} in this repository.", code(branch)),
            Self::InFlight(Busy::Running { run_url }) => format!("[A run]({run_url}) is already under way here."),
            Self::InFlight(Busy::Queued) => "An earlier command waits here for its turn, and starts by itself.".into(),
            Self::InFlight(Busy::Unclear) => {
                "An earlier command is being carried out here, or GitHub has not said whether its run started.".into()
            }
            Self::BudgetExceeded { runs, .. } => {
                let noun = if *runs == 1 { "run" } else { "runs" };
                format!("This repository may start {runs} {noun} a day, and has done so today.")
            }
            Self::NothingToRetry => {
                "There is nothing to do again here: no run was started, or the last one went well.".into()
            }
            Self::GithubRejected(message) => format!("GitHub refused: {}.", code(message)),
            Self::Stale => "This command waited for more than six hours, so it may be out of date.".into(),
            Self::BadRequest(problem) => problem.clone(),
            Self::GaveUp(obstacle) => {
                format!(
                    "This was tried several times over some minutes, and {}. Nothing was started.",
                    obstacle.words()
                )
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NotAuthorized { .. } => "Ask somebody with write permission to comment, or an admin for the permission.".into(),
            Self::ForkPr => "Push the branch to this repository and open the pull request from there.".into(),
            Self::PrClosed(_) => "Reopen it and comment again.".into(),
            Self::MappingMissing => "Ask whoever runs AI-Implement to add a mapping for it.".into(),
            Self::MappingInvalid(_) => "Ask whoever runs AI-Implement to save the mapping anew.".into(),
            Self::RegionMissing => "Ask whoever runs AI-Implement to set the mapping's `awsRegion`.".into(),
            Self::Paused => "Comment again when it has been resumed.".into(),
            Self::AppNotInstalled => "Ask an owner to install it.".into(),
            Self::AppPermissionMissing(_) => {
                "Ask an owner to accept the App's permissions (Actions, Issues and Pull requests: write; Contents: read).".into()
            }
            Self::WorkflowMissing { .. } => "Add the file to that branch, or correct the file name in the mapping.".into(),
            Self::WorkflowDisabled(_) => "Enable it on the Actions tab and comment again.".into(),
            Self::WorkflowNotDispatchable { .. } => "Give the workflow an `on: workflow_dispatch` trigger.".into(),
            Self::InputSchemaMismatch { mismatch, .. } => mismatch_remedy(mismatch),
            Self::InputsRejected { .. } => "Bring the workflow's `inputs` in line with the template and comment again.".into(),
            Self::RefMissing(_) => "Correct `defaultBranch` in the mapping, or create the branch.".into(),
            Self::InFlight(Busy::Running { .. }) => "Comment again when it has ended, or `/ai-implement cancel` to stop it.".into(),
            Self::InFlight(Busy::Queued) => "To take it back, comment `/ai-implement cancel`.".into(),
            Self::InFlight(Busy::Unclear) => "Comment again in ten minutes.".into(),
            Self::BudgetExceeded { resets_at, .. } => {
                format!("Comment again from {} UTC, or ask for a higher `dailyRuns`.", resets_at.strftime("%Y-%m-%d %H:%M"))
            }
            Self::NothingToRetry => "Comment `/ai-implement` to start a run.".into(),
            Self::GithubRejected(_) => "Mend what GitHub names and comment again.".into(),
            Self::Stale => "If you still want it, comment again.".into(),
            Self::BadRequest(_) => "Correct the comment's text in a new comment.".into(),
            Self::GaveUp(Obstacle::GitHub | Obstacle::RateLimit) => {
                "Comment again when GitHub is well; nothing more is tried for this comment.".into()
            }
            Self::GaveUp(Obstacle::Credentials | Obstacle::Ourselves) => {
                "Tell whoever runs AI-Implement, whose log has the cause; then comment again.".into()
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reason(), self.remedy())
    }
}

fn mismatch_reason(mismatch: &SchemaMismatch) -> String {
    match mismatch {
        SchemaMismatch::RequiredUnknown(input) => {
            format!("requires the input {}, for which there is no value", code(input))
        }
        SchemaMismatch::EssentialUndeclared(input) => {
            format!(
                "doesn't declare the input {}, without which it would do something else than was asked",
                code(input)
            )
        }
        SchemaMismatch::NotAChoice { input, value } => {
            format!("doesn't allow {} for the input {}", code(value), code(input))
        }
        SchemaMismatch::TooLarge => "would receive inputs over GitHub's limit of 65,535 characters".into(),
    }
}

fn mismatch_remedy(mismatch: &SchemaMismatch) -> String {
    match mismatch {
        SchemaMismatch::RequiredUnknown(input) => {
            format!("Give {} a default in the workflow, or make it optional.", code(input))
        }
        SchemaMismatch::EssentialUndeclared(input) => {
            format!("Declare {} under `on.workflow_dispatch.inputs`.", code(input))
        }
        SchemaMismatch::NotAChoice { input, value } => {
            format!("Add {} to the options of {}.", code(value), code(input))
        }
        SchemaMismatch::TooLarge => "Shorten the ticket's title.".into(),
    }
}

/// A foreign text as a code span: on one line, of bounded length, and unable to end the span or a table's cell.
pub(crate) fn code(text: &str) -> String {
    const MAX_CHARACTERS: usize = 300;
    let text: String = text
        .trim_end_matches('.')
        .chars()
        .take(MAX_CHARACTERS)
        .map(|c| if c.is_control() || "`|".contains(c) { ' ' } else { c })
        .collect();
    format!("`{}`", text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_refusal() -> Vec<Refusal> {
        let file = || "claude-implement.yml".to_owned();
        let mismatches = [
            SchemaMismatch::RequiredUnknown("deploy_key".into()),
            SchemaMismatch::EssentialUndeclared("aws_region"),
            SchemaMismatch::NotAChoice { input: "provider", value: "bedrock".into() },
            SchemaMismatch::TooLarge,
        ];
        let mut all = vec![
            Refusal::NotAuthorized { login: "reader".into(), role: "read".into() },
            Refusal::ForkPr,
            Refusal::PrClosed(SubjectKind::PullRequest),
            Refusal::PrClosed(SubjectKind::Issue),
            Refusal::MappingMissing,
            Refusal::MappingInvalid("maxTurns: a whole number from 1".into()),
            Refusal::RegionMissing,
            Refusal::Paused,
            Refusal::AppNotInstalled,
            Refusal::AppPermissionMissing("Resource not accessible by integration".into()),
            Refusal::WorkflowMissing { file: file(), branch: "main".into() },
            Refusal::WorkflowDisabled(file()),
            Refusal::WorkflowNotDispatchable { file: file(), fault: "it has no `workflow_dispatch` trigger".into() },
            Refusal::InputsRejected { file: file(), message: "Unexpected inputs provided: [\"x\"]".into() },
            Refusal::RefMissing("trunk".into()),
            Refusal::InFlight(Busy::Running { run_url: "https://github.com/o/r/actions/runs/1".into() }),
            Refusal::InFlight(Busy::Queued),
            Refusal::InFlight(Busy::Unclear),
            Refusal::BudgetExceeded { runs: 20, resets_at: "2026-11-29T00:00:00Z".parse().expect("a time") },
            Refusal::NothingToRetry,
            Refusal::GithubRejected("Repository was archived so is read-only.".into()),
            Refusal::Stale,
            Refusal::BadRequest(
                "The instructions under the command have 4,001 characters; 4,000 are passed on.".into(),
            ),
        ];
        all.extend(
            [Obstacle::GitHub, Obstacle::RateLimit, Obstacle::Credentials, Obstacle::Ourselves].map(Refusal::GaveUp),
        );
        all.extend(mismatches.map(|mismatch| Refusal::InputSchemaMismatch { file: file(), mismatch }));
        all
    }

    #[test]
    fn every_refusal_reads_well() {
        let texts: Vec<String> =
            every_refusal().iter().map(|refusal| format!("{}: {refusal}", refusal.code())).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn every_refusal_has_a_sentence_and_a_remedy() {
        for refusal in every_refusal() {
            for sentence in [refusal.reason(), refusal.remedy()] {
                assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{sentence}");
                assert!(sentence.starts_with(|c: char| c.is_uppercase() || c == '['), "{sentence}");
            }
        }
    }

    #[test]
    fn foreign_text_can_not_leave_its_code_span() {
        assert_eq!(code("a`b\nc|d\u{7}"), "`a b c d`");
        assert!(code(&"x".repeat(10_000)).len() <= 302);
    }
}
