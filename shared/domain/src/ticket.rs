//! The ticket behind a run: what the agent is asked to finish, and where we know that from.
//!
//! Owns the choice between the places a ticket can be read from. Never trusts their text: it only ever becomes
//! workflow inputs, which reach scripts through the environment.

use serde::{Deserialize, Serialize};

use crate::ids::{IssueNumber, RepoId};
use crate::metadata::{self, MetadataBlock, MetadataFault};
use crate::repo_name::RepoFullName;

/// A ticket's facts, as workflow inputs carry them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The tracker's own id. For GitHub's issues and pull requests `<repo id>#<number>`.
    pub id: String,
    /// What people call it: `ENG-42`, or `owner/repo#7`.
    pub identifier: String,
    /// One line.
    pub title: String,
    /// The whole text; cut to GitHub's limit only when the inputs are built.
    pub description: String,
    /// Where these facts come from.
    pub origin: TicketOrigin,
}

/// Where a ticket's facts were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketOrigin {
    /// The metadata block in the pull request's body.
    MetadataBlock,
    /// The pull request or issue itself.
    Conversation,
    /// The program that asked for the run.
    Request,
}

/// A pull request or an issue as a source of ticket facts.
#[derive(Debug, Clone, Copy)]
pub struct Conversation<'a> {
    /// The repository's id.
    pub repo_id: RepoId,
    /// The repository's name.
    pub repo: &'a RepoFullName,
    /// The number behind `#`.
    pub number: IssueNumber,
    /// The title.
    pub title: &'a str,
    /// The body; GitHub leaves it out when it is empty.
    pub body: &'a str,
}

impl Ticket {
    /// The ticket of an issue: the issue itself.
    #[must_use]
    pub fn of_issue(issue: Conversation<'_>) -> Self {
        Self {
            id: format!("{}#{}", issue.repo_id, issue.number),
            identifier: format!("{}#{}", issue.repo, issue.number),
            title: issue.title.to_owned(),
            description: issue.body.to_owned(),
            origin: TicketOrigin::Conversation,
        }
    }

    /// The ticket of a pull request: its metadata block, else what our own last dispatch there knew from elsewhere,
    /// else the pull request itself. A block that can't be read is told apart, so that it can be logged.
    #[must_use]
    pub fn of_pull_request(pull_request: Conversation<'_>, last: Option<&Self>) -> (Self, Option<MetadataFault>) {
        let (block, fault) = match metadata::read(pull_request.body) {
            Ok(block) => (block, None),
            Err(fault) => (None, Some(fault)),
        };
        let ticket = block
            .map(Self::from)
            // A ticket that was the conversation itself is read afresh: it may have been edited since.
            .or_else(|| last.filter(|ticket| ticket.origin != TicketOrigin::Conversation).cloned())
            .unwrap_or_else(|| Self::of_issue(pull_request));
        (ticket, fault)
    }
}

impl From<MetadataBlock> for Ticket {
    fn from(block: MetadataBlock) -> Self {
        Self {
            id: block.issue_id,
            identifier: block.issue_identifier,
            title: block.issue_title,
            description: block.issue_description,
            origin: TicketOrigin::MetadataBlock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(identifier: &str, origin: TicketOrigin) -> Ticket {
        Ticket { id: "1".into(), identifier: identifier.into(), title: "t".into(), description: "d".into(), origin }
    }

    fn identifier_for(body: &str, last: Option<&Ticket>) -> String {
        let repo = "Octo/Hello".parse().expect("a valid name");
        let pull_request =
            Conversation { repo_id: RepoId::new(7), repo: &repo, number: IssueNumber::new(5), title: "Add x", body };
        Ticket::of_pull_request(pull_request, last).0.identifier
    }

    #[test]
    fn the_metadata_block_comes_first() {
        let block = "<!-- ai-implement-meta\nissue_id: 9\nissue_identifier: ENG-9\nissue_title: T\n-->";
        assert_eq!(identifier_for(block, Some(&ticket("ENG-1", TicketOrigin::MetadataBlock))), "ENG-9");
    }

    #[test]
    fn then_our_own_last_dispatch() {
        assert_eq!(identifier_for("", Some(&ticket("ENG-1", TicketOrigin::MetadataBlock))), "ENG-1");
    }

    #[test]
    fn then_the_pull_request_itself() {
        assert_eq!(identifier_for("", None), "Octo/Hello#5");
        assert_eq!(identifier_for("", Some(&ticket("Octo/Hello#old", TicketOrigin::Conversation))), "Octo/Hello#5");
    }
}
