//! Webhook deliveries as the App's delivery list shows them.
//!
//! Never hides the signature: GitHub shows it too.

use serde_json::{Value, json};

use super::fields;
use crate::sandbox::world::Delivery;

/// One line of the list.
pub(in crate::sandbox) fn delivery_item(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration.as_secs_f64(),
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": null,
    })
}

/// One delivery with what was sent and what came back.
pub(in crate::sandbox) fn delivery(delivery: &Delivery) -> Value {
    let mut rendered = fields(delivery_item(delivery));
    let payload: Value = serde_json::from_str(&delivery.payload).unwrap_or_default();
    rendered.extend(fields(json!({
        "url": "",
        "request": { "headers": delivery.request_headers, "payload": payload },
        "response": { "headers": delivery.response_headers, "payload": delivery.response_payload },
    })));
    Value::Object(rendered)
}
