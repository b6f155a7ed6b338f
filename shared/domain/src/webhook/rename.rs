//! A repository's renaming or transfer.
//!
//! Owns the old name, of which GitHub tells one half: the other has stayed.

use super::event::{BadPayload, Event, Ignored, repo_ref, shape};
use super::payload::{Account, Renamed, RenamedFrom, Repository, TouchedRepository};
use crate::message::{Message, RepositoryRenamed};
use crate::repo_name::RepoFullName;

/// A `repository` event with another name or owner.
pub(super) fn of_repository(json: &[u8]) -> Result<Event, BadPayload> {
    let Renamed { changes, repository } = shape(json)?;
    let TouchedRepository { id, full_name, default_branch, updated_at } = repository;
    let repo = repo_ref(&Repository { id, full_name, default_branch })?;
    let Some(old_name) = before(changes, &repo.name)? else {
        return Ok(Event::Ignored(Ignored::ActionNotHandled));
    };
    let renamed = RepositoryRenamed { repo, old_name, at: updated_at.0 };
    Ok(Event::Accepted(vec![Message::Renamed(renamed)]))
}

/// `None` where the owner that it had is gone, and with it the name.
fn before(changes: RenamedFrom, now: &RepoFullName) -> Result<Option<RepoFullName>, BadPayload> {
    if let Some(repository) = changes.repository {
        return Ok(Some(RepoFullName::new(now.owner(), &repository.name.from)?));
    }
    let owner = changes.owner.and_then(|owner| owner.from.organization.or(owner.from.user));
    Ok(owner.map(|Account { login }| RepoFullName::new(&login, now.repo())).transpose()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::webhook::event::read;

    fn payload(action: &str, changes: &Value) -> Value {
        json!({"action": action, "changes": changes, "sender": {},
            "repository": {"id": 7, "full_name": "Octo/Hello", "default_branch": "main", "updated_at": "2026-11-01T10:00:00Z"}})
    }

    fn event(payload: &Value) -> Event {
        read(Some("repository"), payload.to_string().as_bytes()).expect("a sound payload")
    }

    fn old_name(action: &str, changes: &Value) -> String {
        let Event::Accepted(messages) = event(&payload(action, changes)) else { panic!("accepted: {changes}") };
        let [Message::Renamed(renamed)] = messages.as_slice() else { panic!("one renaming: {messages:?}") };
        assert_eq!((renamed.repo.id.get(), renamed.repo.name.to_string().as_str()), (7, "Octo/Hello"));
        renamed.old_name.to_string()
    }

    #[test]
    fn the_half_of_the_name_that_has_changed_is_taken_from_before() {
        assert_eq!(old_name("renamed", &json!({"repository": {"name": {"from": "Hi"}}})), "Octo/Hi");
        assert_eq!(old_name("transferred", &json!({"owner": {"from": {"user": {"login": "ada"}}}})), "ada/Hello");
        let organization = json!({"owner": {"from": {"organization": {"login": "acme"}, "user": null}}});
        assert_eq!(old_name("transferred", &organization), "acme/Hello");
    }

    #[test]
    fn what_a_repository_does_besides_is_not_for_us() {
        let name = json!({"repository": {"name": {"from": "Hi"}}});
        for action in ["created", "edited", "archived", "transferred"] {
            assert_eq!(event(&payload(action, &name)), Event::Ignored(Ignored::EventNotHandled), "{action}");
        }
        let gone = json!({"owner": {"from": {"user": null}}});
        assert_eq!(event(&payload("transferred", &gone)), Event::Ignored(Ignored::ActionNotHandled));
        let mut issue = payload("transferred", &json!({"owner": {"from": {}}}));
        issue["issue"] = json!({});
        assert_eq!(event(&issue), Event::Ignored(Ignored::EventNotHandled), "an issue's transfer");
    }

    #[test]
    fn a_renaming_under_another_header_is_bad() {
        let body = payload("renamed", &json!({"repository": {"name": {"from": "Hi"}}})).to_string();
        for header in [None, Some("team"), Some("issue_comment")] {
            assert!(matches!(read(header, body.as_bytes()), Err(BadPayload::EventMismatch)), "{header:?}");
        }
    }

    #[test]
    fn a_name_that_can_not_be_one_is_bad() {
        let body = payload("renamed", &json!({"repository": {"name": {"from": "../hi"}}})).to_string();
        assert!(matches!(read(Some("repository"), body.as_bytes()), Err(BadPayload::RepositoryName(_))));
    }
}
