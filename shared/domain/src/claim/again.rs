//! The same once more, as a claim of its own.
//!
//! Owns what is taken over from the old claim. Never touches it, and never judges whether there may be a run: that is decided
//! anew.

use jiff::Timestamp;

use super::{Claim, ClaimId};
use crate::ids::InstallationId;
use crate::message::{RepoRef, SubjectKind};
use crate::request::{ApiRequest, Caller, Request, digest};
use crate::run_kind::RunKind;

/// Who wants it once more, and where that is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The repository as it is now.
    pub repo: RepoRef,
    /// The App's installation there, where it is known.
    pub installation: Option<InstallationId>,
    /// Who asks.
    pub caller: Caller,
    /// What makes it one, however often it is asked.
    pub key: String,
    /// When.
    pub asked_at: Timestamp,
}

impl Claim {
    /// What was ordered, else what was asked for.
    #[must_use]
    pub const fn kind(&self) -> RunKind {
        match (&self.order, &self.request) {
            (Some(order), _) => order.kind,
            (None, Request::Api(request)) => request.kind,
            (None, Request::Comment(command)) => match command.subject {
                SubjectKind::PullRequest => RunKind::GapFill,
                SubjectKind::Issue => RunKind::Implement,
            },
        }
    }

    /// The request that asks for the same run once more.
    #[must_use]
    pub fn again(&self, again: Again) -> ApiRequest {
        let Again { repo, installation, caller, key, asked_at } = again;
        let order = self.order.as_ref();
        let (ticket, planning) = match &self.request {
            Request::Api(request) => (request.ticket.clone(), request.planning.clone()),
            // A conversation is read anew: it may have been edited since.
            Request::Comment(_) => (None, order.map(|order| order.planning.clone()).unwrap_or_default()),
        };
        ApiRequest {
            repo,
            installation,
            kind: self.kind(),
            number: self.request.number(),
            ticket,
            instructions: order.map_or_else(|| self.request.instructions(), |order| &order.instructions).clone(),
            planning,
            caller,
            key,
            payload: digest(format!("retry {}", self.id).as_bytes()),
            retry_of: Some(self.id),
            asked_at,
        }
    }

    /// The claim of such a request, due at once: whoever takes it may be gone before it is looked at.
    #[must_use]
    pub fn of_retry(id: ClaimId, request: ApiRequest, now: Timestamp) -> Self {
        Self::receive(id, request, now).resting(now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, command_of, dispatched, received};
    use super::*;
    use crate::command::Instructions;

    fn again() -> Again {
        Again {
            repo: RepoRef { default_branch: "trunk".into(), ..received().request.repo().clone() },
            installation: None,
            caller: Caller { id: "admin:ops".into(), name: "ops".into() },
            key: "k".into(),
            asked_at: at(900),
        }
    }

    #[test]
    fn the_same_is_asked_of_the_repository_as_it_is_today() {
        let mut old = dispatched();
        old.order.as_mut().expect("an order").instructions = Instructions::Given("be brief".into());
        let request = old.again(again());
        assert_eq!(
            (request.kind, request.number, request.retry_of),
            (RunKind::GapFill, old.request.number(), Some(old.id))
        );
        assert_eq!(
            (request.instructions.clone(), request.repo.default_branch.as_str()),
            (Instructions::Given("be brief".into()), "trunk")
        );
        let claim = Claim::of_retry(ClaimId::from_parts(9, 9), request, at(901));
        assert_eq!(
            (claim.request.natural_key().as_str(), claim.asked_at(), claim.due_at()),
            ("a:admin:ops:k", at(900), Some(at(901)))
        );
        assert_eq!(claim.request.place(), old.request.place(), "it has the same conversation to itself");
    }

    #[test]
    fn what_was_never_ordered_is_asked_for_as_the_command_did() {
        let mut old = received();
        assert_eq!(old.again(again()).kind, RunKind::GapFill);
        command_of(&mut old).subject = SubjectKind::Issue;
        assert_eq!(old.again(again()).kind, RunKind::Implement);
    }
}
