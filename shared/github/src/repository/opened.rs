//! Finding the pull request that a run has opened.
//!
//! Owns how it is recognised: by the ticket in its metadata block, on a branch of this repository, where only those push who
//! may write. Never trusts the block further than for a link.
//! <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests>

use domain::claim::PullRequestRef;
use domain::ids::IssueNumber;
use domain::metadata;
use jiff::Timestamp;

use super::Repository;
use crate::error::GitHubError;
use crate::shapes::ListedPullRequestAnswer;

/// One page: a run's pull request is among the newest when the run ends.
const LOOKED_AT: usize = 30;

impl Repository {
    /// The newest open pull request for a ticket that was opened since then, if there is one.
    pub async fn opened_for(&self, ticket: &str, since: Timestamp) -> Result<Option<PullRequestRef>, GitHubError> {
        let query = format!("state=open&sort=created&direction=desc&per_page={LOOKED_AT}");
        let listed: Vec<ListedPullRequestAnswer> = self.send(&self.get(&format!("/pulls?{query}"))).await?.json()?;
        let is_its = |pull_request: &ListedPullRequestAnswer| {
            let is_here = pull_request.head.repo.as_ref().is_some_and(|repo| repo.id == self.id.get());
            let block = metadata::read(pull_request.body.as_deref().unwrap_or_default());
            let is_for_it = matches!(block, Ok(Some(block)) if block.issue_id == ticket);
            is_here && is_for_it && pull_request.created_at >= since
        };
        let found = listed.into_iter().find(is_its);
        Ok(found.map(|it| PullRequestRef { number: IssueNumber::new(it.number), html_url: it.html_url }))
    }
}
