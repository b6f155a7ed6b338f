//! Delivers webhooks as GitHub does: signed over the raw body, once, remembered with the receiver's
//! answer.
//!
//! Never repeats a failed delivery by itself, because GitHub doesn't either.

mod attempt;
mod events;
mod owners;

use std::sync::Arc;

pub(super) use events::{
    Event, comment_created, comment_deleted, comment_edited, pull_request, pull_request_edited, pull_request_moved,
    run_moved,
};
pub(super) use owners::{installation_changed, repositories_changed, repository_renamed};

use self::attempt::Attempt;
use super::core::Core;
use super::digest::guid;
use super::world::{Delivery, World};

/// Tells the App of an event in the background, if it is to be told at all.
pub(super) fn announce(core: &Arc<Core>, event: impl FnOnce(&World) -> Option<Event>) {
    let Some(event) = event(&core.world()) else {
        return;
    };
    let background = Arc::clone(core);
    core.spawn(async move {
        deliver(&background, event).await;
    });
}

/// Delivers an event and waits for the receiver's answer. `None` when the App is not to be told: no
/// webhook is set, the App is not installed there, or it has not subscribed to the event.
pub(super) async fn deliver(core: &Core, event: Event) -> Option<Delivery> {
    if !is_wanted(&core.world(), &event) {
        return None;
    }
    let id = core.edit(World::next_id);
    let attempt = Attempt {
        guid: guid(&format!("delivery {id}")),
        event: event.name.to_owned(),
        action: Some(event.action.to_owned()),
        redelivery: false,
        installation_id: event.payload["installation"]["id"].as_u64(),
        repository_id: event.repository_id,
        payload: event.payload.to_string(),
    };
    attempt.make(core, id).await
}

/// Sends an earlier delivery once more: the same GUID and the same bytes, signed with the secret of
/// today.
pub(super) async fn redeliver(core: &Core, delivery_id: u64) -> Option<Delivery> {
    let earlier = core.world().delivery(delivery_id).cloned()?;
    let id = core.edit(World::next_id);
    let attempt = Attempt {
        guid: earlier.guid,
        event: earlier.event,
        action: earlier.action,
        redelivery: true,
        installation_id: earlier.installation_id,
        repository_id: earlier.repository_id,
        payload: earlier.payload,
    };
    attempt.make(core, id).await
}

/// Events about the installation itself come to every App, even when it is gone.
fn is_wanted(world: &World, event: &Event) -> bool {
    let Some(repository_id) = event.repository_id else { return true };
    let repository = world.repository_by_id(repository_id);
    repository.is_some_and(|repository| world.app_covers(repository))
        && world.app.events.iter().any(|name| name == event.name)
}
