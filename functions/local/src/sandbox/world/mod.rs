//! Everything that the sandbox's GitHub knows, as plain data that tests may edit freely.
//!
//! Owns the look-ups and the few edits that keep the data consistent. Never speaks HTTP, signs,
//! waits or delivers.

mod actions;
mod app;
mod conversation;
mod history;
mod notification;
mod repository;
mod settings;
mod sign_in;

pub use actions::{
    Annotation, AnnotationLevel, Conclusion, Dispatch, DispatchBehaviour, FailedJob, Run, RunDetails, RunStatus,
};
pub use app::{Access, Actor, App, Delivery, Installation, InstallationToken, Permissions, RepositorySelection};
pub use conversation::{Account, AccountKind, Comment, Reaction};
pub use history::{Commit, Files, History, Signature};
pub use notification::Notification;
pub use repository::{Branch, Issue, MovedHead, PullRequest, Repository, Role, workflow_path};
pub use settings::ActionsSettings;
pub use sign_in::{Member, OAuthCode, UserToken};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The App's delivery list keeps this many entries; GitHub forgets by age (three days), a fake by
/// count.
const KEPT_DELIVERIES: usize = 1_000;
/// Login of the bot that acts with a job's `GITHUB_TOKEN`.
pub const ACTIONS_BOT: &str = "github-actions[bot]";
/// As many messages to Slack and Teams are remembered.
const KEPT_NOTIFICATIONS: usize = 200;

/// The whole state. `GET /_sandbox/state` shows a part of it, the state file keeps all of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    /// Where this GitHub answers; every rendered link begins with it.
    #[serde(skip)]
    pub url: String,
    /// Grows with every change, over resets and restarts too.
    pub revision: u64,
    /// The highest id ever given out: ids never repeat, over resets and restarts too.
    pub last_id: u64,
    /// The one GitHub App.
    pub app: App,
    /// Its one installation.
    pub installation: Installation,
    /// Installation tokens that were minted and not revoked.
    pub tokens: Vec<InstallationToken>,
    /// People, bots and organisations.
    pub accounts: Vec<Account>,
    /// Who belongs to what; older state files have nobody.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Consents that were not exchanged yet.
    #[serde(default)]
    pub oauth_codes: Vec<OAuthCode>,
    /// Tokens that act for people.
    #[serde(default)]
    pub user_tokens: Vec<UserToken>,
    /// Repositories, forks among them.
    pub repositories: Vec<Repository>,
    /// Comments on issues and pull requests, oldest first.
    pub comments: Vec<Comment>,
    /// Reactions to comments.
    pub reactions: Vec<Reaction>,
    /// Accepted `workflow_dispatch` calls, oldest first.
    pub dispatches: Vec<Dispatch>,
    /// Workflow runs, oldest first.
    pub runs: Vec<Run>,
    /// How runs fail, by the run's id. A run that fails without a word here fails in its last job.
    #[serde(default)]
    pub failed_jobs: BTreeMap<u64, FailedJob>,
    /// Webhook deliveries, oldest first.
    pub deliveries: Vec<Delivery>,
    /// Messages to Slack and Teams, oldest first; older state files have none.
    #[serde(default)]
    pub notifications: Vec<Notification>,
    /// How the dispatch endpoint behaves, for the oddities that GitHub has shown.
    pub dispatch_behaviour: DispatchBehaviour,
    /// The time that it is here, for as long as a test lets it stand still; else it is the machine's.
    #[serde(skip)]
    pub standing_time: Option<Timestamp>,
}

impl World {
    /// The present, in whole seconds as GitHub writes times.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.standing_time.unwrap_or_else(Timestamp::now);
        Timestamp::from_second(now.as_second()).unwrap_or_default()
    }

    /// A new id, never given out before. Below 2^53, so that JavaScript reads it exactly.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Lifts the id counter over the clock, so that a lost or older state file can't bring used ids
    /// back.
    pub fn seed_ids_from_clock(&mut self) {
        let microseconds = u64::try_from(Timestamp::now().as_microsecond()).unwrap_or_default();
        self.last_id = self.last_id.max(microseconds);
    }

    /// The repository of that `owner/name`, in any case.
    #[must_use]
    pub fn repository(&self, full_name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.is_named(full_name))
    }

    /// The same, to edit it.
    pub fn repository_mut(&mut self, full_name: &str) -> Option<&mut Repository> {
        self.repositories.iter_mut().find(|repository| repository.is_named(full_name))
    }

    /// The repository of that numeric id.
    #[must_use]
    pub fn repository_by_id(&self, id: u64) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.id == id)
    }

    /// The `owner/name` of a repository, empty when it is gone.
    #[must_use]
    pub fn full_name_of(&self, repository_id: u64) -> String {
        self.repository_by_id(repository_id).map(Repository::full_name).unwrap_or_default()
    }

    /// The issue or pull request of that number, to edit it.
    pub fn issue_mut(&mut self, full_name: &str, number: u64) -> Option<&mut Issue> {
        self.repository_mut(full_name)?.issue_mut(number)
    }

    /// The account of that login, in any case.
    #[must_use]
    pub fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.login.eq_ignore_ascii_case(login))
    }

    /// The place that an account has in an organisation, or in a team of it.
    #[must_use]
    pub fn member(&self, user_id: u64, organization: &str, team: Option<&str>) -> Option<&Member> {
        self.members.iter().find(|member| {
            member.user_id == user_id
                && member.organization.eq_ignore_ascii_case(organization)
                && member.team.as_deref() == team
        })
    }

    /// The comment of that id.
    #[must_use]
    pub fn comment(&self, id: u64) -> Option<&Comment> {
        self.comments.iter().find(|comment| comment.id == id)
    }

    /// The workflow run of that id.
    #[must_use]
    pub fn run(&self, id: u64) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The same, to edit it.
    pub fn run_mut(&mut self, id: u64) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// The delivery of that id.
    #[must_use]
    pub fn delivery(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }

    /// Whether the App is installed on this repository.
    #[must_use]
    pub fn app_covers(&self, repository: &Repository) -> bool {
        let installation = &self.installation;
        installation.installed
            && installation.account.eq_ignore_ascii_case(&repository.owner)
            && installation.repositories.contains(repository.id)
    }

    /// Moves a branch, or makes it, and takes along the open pull requests whose head it is.
    pub fn move_branch(&mut self, repository_id: u64, name: &str, branch: Branch) -> Vec<MovedHead> {
        let (now, after) = (self.now(), branch.head_sha.clone());
        if let Some(repository) = self.repositories.iter_mut().find(|it| it.id == repository_id) {
            let default_branch = repository.default_branch.clone();
            repository.keep_tip(&default_branch);
            repository.keep_tip(name);
            repository.branches.insert(name.to_owned(), branch);
        }
        let mut moved = Vec::new();
        for repository in &mut self.repositories {
            for issue in repository.issues.iter_mut().filter(|issue| issue.open) {
                let pull = issue.pull_request.as_mut();
                let is_head = |it: &&mut PullRequest| {
                    it.head_repository_id == Some(repository_id) && it.head_branch == name && it.head_sha != after
                };
                if let Some(pull) = pull.filter(is_head) {
                    let before = std::mem::replace(&mut pull.head_sha, after.clone());
                    issue.updated_at = now;
                    moved.push(MovedHead { repository_id: repository.id, number: issue.number, before });
                }
            }
        }
        moved
    }

    /// Stores a comment by `user` and returns its id. The caller has made sure that the issue
    /// exists.
    pub fn add_comment(&mut self, repository_id: u64, number: u64, user: &str, body: &str) -> u64 {
        let id = self.next_id();
        let now = self.now();
        self.comments.push(Comment {
            id,
            repository_id,
            number,
            user: user.to_owned(),
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
        });
        id
    }

    /// Changes a comment's text and returns the text before; `None` when there is no such comment.
    pub fn edit_comment(&mut self, id: u64, body: &str) -> Option<String> {
        let now = self.now();
        let comment = self.comments.iter_mut().find(|comment| comment.id == id)?;
        comment.updated_at = now;
        Some(std::mem::replace(&mut comment.body, body.to_owned()))
    }

    /// Removes a comment with its reactions, and returns it.
    pub fn remove_comment(&mut self, id: u64) -> Option<Comment> {
        let index = self.comments.iter().position(|comment| comment.id == id)?;
        self.reactions.retain(|reaction| reaction.comment_id != id);
        Some(self.comments.remove(index))
    }

    /// Keeps a delivery, and forgets the oldest above the limit.
    pub fn add_delivery(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
        let surplus = self.deliveries.len().saturating_sub(KEPT_DELIVERIES);
        self.deliveries.drain(..surplus);
    }

    /// Keeps a message to Slack or Teams, and forgets the oldest above the limit.
    pub fn add_notification(&mut self, path: &str, body: Value) {
        self.notifications.push(Notification { path: path.to_owned(), body, at: self.now() });
        let surplus = self.notifications.len().saturating_sub(KEPT_NOTIFICATIONS);
        self.notifications.drain(..surplus);
    }
}
