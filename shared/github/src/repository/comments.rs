//! A repository's conversations: what we write there, and what was written since a time.
//!
//! Owns the shape of a comment as a person left it. Never judges whether it is a command, and never words anything.

use domain::feedback::Reaction;
use domain::ids::{CommentId, IssueNumber, UserId};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::{PER_PAGE, Repository};
use crate::call::Call;
use crate::error::GitHubError;
use crate::shapes::{CommentAnswer, Identified, RecentCommentAnswer};

/// A conversation that moved on by more comments than this since the command is not searched further.
const MAX_COMMENT_PAGES: usize = 10;

/// What was written in a repository since a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecentComments {
    /// The same as when the caller last looked.
    Unchanged,
    /// Something else.
    Changed {
        /// What to name when asking the same again.
        etag: Option<String>,
        /// The comments, the longest untouched first; at most 100.
        comments: Vec<RecentComment>,
        /// Whether these are all: a full page may have another behind it.
        is_all: bool,
    },
}

/// A comment as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentComment {
    /// Its id.
    pub id: CommentId,
    /// The issue or pull request it is on.
    pub number: IssueNumber,
    /// Who wrote it; `None` when GitHub no longer names the account.
    pub author: Option<Author>,
    /// Whether an App wrote it, be it in a person's name.
    pub by_app: bool,
    /// Its text.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited; when it was written, if never.
    pub updated_at: Timestamp,
}

/// Who wrote a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The account.
    pub id: UserId,
    /// Its name now.
    pub login: String,
    /// Whether it is neither a bot nor an organisation.
    pub is_person: bool,
}

impl Repository {
    /// Reacts to a comment; a reaction that is already there stays one.
    /// <https://docs.github.com/en/rest/reactions/reactions#create-reaction-for-an-issue-comment>
    pub async fn react(&self, comment: CommentId, reaction: Reaction) -> Result<(), GitHubError> {
        let body = json!({"content": reaction.content()});
        self.send(&self.post(&format!("/issues/comments/{comment}/reactions"), body)).await.map(drop)
    }

    /// A comment as it stands now; `NotFound` where there is none of that id.
    /// <https://docs.github.com/en/rest/issues/comments#get-an-issue-comment>
    pub async fn comment(&self, comment: CommentId) -> Result<RecentComment, GitHubError> {
        recent_comment(self.send(&self.get(&format!("/issues/comments/{comment}"))).await?.json()?)
    }

    /// Writes a comment.
    /// <https://docs.github.com/en/rest/issues/comments#create-an-issue-comment>
    pub async fn create_comment(&self, number: IssueNumber, body: &str) -> Result<CommentId, GitHubError> {
        let call = self.post(&format!("/issues/{number}/comments"), json!({"body": body}));
        let comment: Identified = self.send(&call).await?.json()?;
        Ok(CommentId::new(comment.id))
    }

    /// Edits a comment of ours; `NotFound` where somebody has deleted it.
    /// <https://docs.github.com/en/rest/issues/comments#update-an-issue-comment>
    pub async fn update_comment(&self, comment: CommentId, body: &str) -> Result<(), GitHubError> {
        let path = self.path(&format!("/issues/comments/{comment}"));
        self.send(&Call::patch(path, json!({"body": body}))).await.map(drop)
    }

    /// Looks for a comment of our own App that carries a marker, among those written since a time. Anybody can write
    /// the marker: a comment of somebody else is never ours.
    /// <https://docs.github.com/en/rest/issues/comments#list-issue-comments>
    pub async fn find_own_comment(
        &self,
        number: IssueNumber,
        since: Timestamp,
        marker: &str,
    ) -> Result<Option<CommentId>, GitHubError> {
        for page in 1..=MAX_COMMENT_PAGES {
            let query = format!("since={since:.0}&per_page={PER_PAGE}&page={page}");
            let call = self.get(&format!("/issues/{number}/comments?{query}"));
            let comments: Vec<CommentAnswer> = self.send(&call).await?.json()?;
            let own = |comment: &&CommentAnswer| {
                comment.performed_via_github_app.as_ref().is_some_and(|app| app.id == self.github.app_id().get())
                    && comment.body.as_ref().is_some_and(|body| body.contains(marker))
            };
            if let Some(comment) = comments.iter().find(own) {
                return Ok(Some(CommentId::new(comment.id)));
            }
            if comments.len() < PER_PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// The comments of the whole repository that were written or edited at that time or later. `etag` is that of an
    /// earlier answer for the same time: GitHub doesn't count a request that it answers with "nothing new".
    /// <https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository>
    pub async fn comments_since(&self, since: Timestamp, etag: Option<&str>) -> Result<RecentComments, GitHubError> {
        let query = format!("sort=updated&direction=asc&since={since:.0}&per_page={PER_PAGE}");
        let answer = self.send(&self.get(&format!("/issues/comments?{query}")).unless(etag)).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(RecentComments::Unchanged);
        }
        let comments: Vec<RecentCommentAnswer> = answer.json()?;
        Ok(RecentComments::Changed {
            etag: answer.etag(),
            is_all: comments.len() < PER_PAGE,
            comments: comments.into_iter().map(recent_comment).collect::<Result<_, _>>()?,
        })
    }
}

fn recent_comment(answer: RecentCommentAnswer) -> Result<RecentComment, GitHubError> {
    let number = answer.issue_url.rsplit('/').next().and_then(|segment| segment.parse().ok());
    let number = number.ok_or_else(|| GitHubError::ambiguous("a comment names no issue"))?;
    let author = answer.user.map(|user| Author {
        id: UserId::new(user.id),
        is_person: user.kind == "User" && !user.login.ends_with("[bot]"),
        login: user.login,
    });
    Ok(RecentComment {
        id: CommentId::new(answer.id),
        number: IssueNumber::new(number),
        author,
        by_app: answer.performed_via_github_app.is_some(),
        body: answer.body.unwrap_or_default(),
        created_at: answer.created_at,
        updated_at: answer.updated_at,
    })
}
