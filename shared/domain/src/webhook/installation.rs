//! The two events that are about the App's installation itself.
//!
//! Owns which repositories each of them is about. Never believes a list to be whole where the action takes all.

use super::event::{BadPayload, Event, Ignored, shape};
use super::payload::{InstallationEvent, ListedRepository};
use crate::ids::{InstallationId, RepoId};
use crate::message::InstallationAction::{self, Added, Created, Deleted, Removed, Suspend, Unsuspend};
use crate::message::{InstallationChange, Message, NamedRepository};

/// An `installation` event.
pub(super) fn of_installation(action: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    read(action, &[Created, Deleted, Suspend, Unsuspend], json)
}

/// An `installation_repositories` event.
pub(super) fn of_repositories(action: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    read(action, &[Added, Removed], json)
}

fn read(action: Option<&str>, known: &[InstallationAction], json: &[u8]) -> Result<Event, BadPayload> {
    let Some(action) = action.and_then(|action| InstallationAction::parse(action, known)) else {
        return Ok(Event::Ignored(Ignored::ActionNotHandled));
    };
    let InstallationEvent { installation, repositories, repositories_added, repositories_removed } = shape(json)?;
    let listed = match action {
        Created => Some(repositories),
        Added => Some(repositories_added),
        Removed => Some(repositories_removed),
        Deleted | Suspend | Unsuspend => None,
    };
    let account = installation.account.and_then(|account| account.login);
    // Neither a list nor an owner's name: there is nothing to find a mapping by.
    let (Some(account), listed) = (account, listed.map(named).transpose()?) else {
        return Ok(Event::Ignored(Ignored::NoRepositories));
    };
    let touched_at = installation.updated_at.0;
    let at = installation.suspended_at.map_or(touched_at, |suspended_at| touched_at.max(suspended_at.0));
    let id = InstallationId::new(installation.id);
    let change = InstallationChange { installation: id, account, action, at, repositories: listed };
    let pieces: Vec<_> = change.split().into_iter().map(Message::Installation).collect();
    Ok(if pieces.is_empty() { Event::Ignored(Ignored::NoRepositories) } else { Event::Accepted(pieces) })
}

fn named(listed: Option<Vec<ListedRepository>>) -> Result<Vec<NamedRepository>, BadPayload> {
    let named = |it: ListedRepository| Ok(NamedRepository { id: RepoId::new(it.id), name: it.full_name.parse()? });
    listed.into_iter().flatten().map(named).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::webhook::event;

    fn payload(action: &str) -> Value {
        json!({"action": action, "sender": {}, "installation": {"id": 70, "app_id": 9, "account": {"login": "Octo"},
            "updated_at": 1_777_000_000, "suspended_at": null}})
    }

    fn listing(action: &str, count: u64) -> Value {
        let list: Vec<_> = (1..=count).map(|id| json!({"id": id, "full_name": format!("Octo/r{id}")})).collect();
        let mut payload = payload(action);
        let (added, removed) = if action == "added" { (list, Vec::new()) } else { (Vec::new(), list) };
        payload["repositories_added"] = json!(added);
        payload["repositories_removed"] = json!(removed);
        payload
    }

    fn read(event: &str, payload: &Value) -> Event {
        event::read(Some(event), payload.to_string().as_bytes()).expect("a sound payload")
    }

    fn changes(event: &str, payload: &Value) -> Vec<InstallationChange> {
        let Event::Accepted(messages) = read(event, payload) else { panic!("accepted: {payload}") };
        let change = |message| match message {
            Message::Installation(change) => change,
            other => panic!("a change of an installation, not {other:?}"),
        };
        messages.into_iter().map(change).collect()
    }

    #[test]
    fn what_happens_to_the_whole_installation_names_its_account_only() {
        for action in ["deleted", "suspend", "unsuspend"] {
            let mut payload = payload(action);
            // GitHub may list some of them.
            payload["repositories"] = json!([{"id": 7, "full_name": "Octo/Hello"}]);
            let changes = changes("installation", &payload);
            let [change] = changes.as_slice() else { panic!("one message: {changes:?}") };
            assert_eq!((change.account.as_str(), &change.repositories), ("Octo", &None), "{action}");
            assert_eq!(change.action.as_str(), action);
        }
    }

    #[test]
    fn a_long_list_of_repositories_becomes_several_messages() {
        for action in ["added", "removed"] {
            let changes = changes("installation_repositories", &listing(action, 250));
            let ids = changes.iter().flat_map(|change| change.repositories.iter().flatten()).map(|it| it.id.get());
            assert_eq!((changes.len(), ids.collect::<Vec<_>>()), (3, (1..=250).collect()), "{action}");
        }
        let mut created = payload("created");
        created["repositories"] = json!([{"id": 7, "full_name": "Octo/Hello"}]);
        assert_eq!(changes("installation", &created)[0].repositories.as_ref().map(Vec::len), Some(1));
    }

    #[test]
    fn its_time_is_read_as_github_writes_it() {
        let mut suspended = payload("suspend");
        assert_eq!(changes("installation", &suspended)[0].at.as_second(), 1_777_000_000);
        suspended["installation"]["updated_at"] = json!("2021-04-28T22:32:50.000-04:00");
        assert_eq!(changes("installation", &suspended)[0].at.to_string(), "2021-04-29T02:32:50Z");
        suspended["installation"]["suspended_at"] = json!("2021-04-29T02:33:00Z");
        assert_eq!(changes("installation", &suspended)[0].at.to_string(), "2021-04-29T02:33:00Z");
    }

    #[test]
    fn what_can_not_be_found_by_anything_or_is_not_known_leaves_no_trace() {
        let ignored = |event, payload: &Value| match read(event, payload) {
            Event::Ignored(ignored) => ignored.code(),
            Event::Ping | Event::Accepted(_) => panic!("accepted: {payload}"),
        };
        let mut on_an_enterprise = payload("suspend");
        on_an_enterprise["installation"]["account"] = json!({"slug": "acme"});
        assert_eq!(ignored("installation", &on_an_enterprise), "no-repositories");
        assert_eq!(ignored("installation", &payload("created")), "no-repositories");
        assert_eq!(ignored("installation_repositories", &listing("added", 0)), "no-repositories");
        assert_eq!(ignored("installation", &payload("new_permissions_accepted")), "action-not-handled");
    }

    #[test]
    fn one_of_the_two_under_the_others_header_is_bad() {
        for (header, payload) in
            [("installation", listing("added", 1)), ("installation_repositories", payload("deleted"))]
        {
            let read = event::read(Some(header), payload.to_string().as_bytes());
            assert!(matches!(read, Err(BadPayload::EventMismatch)), "{header}");
        }
    }
}
