//! A pull request of our own: found by its branch, and opened.
//!
//! Never merges one, and never words one.

use domain::claim::PullRequestRef;
use domain::ids::IssueNumber;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::Repository;
use crate::error::GitHubError;
use crate::shapes::OpenedAnswer;

/// What is to be opened.
#[derive(Debug, Clone, Copy)]
pub struct NewPullRequest<'a> {
    /// The branch that is to be merged.
    pub branch: &'a str,
    /// The branch that it is to be merged into.
    pub base: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its text.
    pub body: &'a str,
}

impl Repository {
    /// The open pull request of a branch of this repository into another one.
    /// <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests>
    pub async fn open_pull_request_of(&self, branch: &str, base: &str) -> Result<Option<PullRequestRef>, GitHubError> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let head = encoded(&format!("{}:{branch}", self.name.owner()));
        let call = self.get(&format!("/pulls?state=open&head={head}&base={}", encoded(base)));
        let listed: Vec<OpenedAnswer> = self.send(&call).await?.json()?;
        Ok(listed.into_iter().next().map(pull_request))
    }

    /// Opens a pull request; a 422 where the branch has one.
    /// <https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request>
    pub async fn open_pull_request(&self, new: NewPullRequest<'_>) -> Result<PullRequestRef, GitHubError> {
        let NewPullRequest { branch, base, title, body } = new;
        let call = self.post("/pulls", json!({"title": title, "body": body, "head": branch, "base": base}));
        Ok(pull_request(self.send(&call).await?.json()?))
    }
}

fn pull_request(answer: OpenedAnswer) -> PullRequestRef {
    PullRequestRef { number: IssueNumber::new(answer.number), html_url: answer.html_url }
}
