//! Where the list of open claims goes on.
//!
//! Owns the cursor's form. It names a place in the index, so that claims which wait equally long are told apart, and it
//! stays good when the claim that was there has moved on.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::claim::ClaimId;

use super::{claim_item, claim_partition};
use crate::error::StoreError;
use crate::table::{DUE_AT, META, OPEN_KEY, PARTITION_KEY, SORT_KEY, string};

/// What tells our cursors from other texts in Base64.
const PREFIX: &str = "dispatches-after";

/// A place in the index of open claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) claim: ClaimId,
    open_key: String,
    due_at: String,
}

impl Place {
    /// Where an item of the index stands.
    pub(super) fn of_item(item: &HashMap<String, AttributeValue>) -> Result<Self, StoreError> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        let key = text(PARTITION_KEY).unwrap_or_default();
        let place = || {
            Some(Self {
                claim: claim_item::id_of(key)?,
                open_key: text(OPEN_KEY)?.to_owned(),
                due_at: text(DUE_AT)?.to_owned(),
            })
        };
        place().ok_or_else(|| StoreError::corrupt(key, "it can't be found again"))
    }

    /// The place that a cursor of the list of `open_key` is behind.
    pub(super) fn of_cursor(cursor: &str, open_key: &str) -> Result<Self, StoreError> {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let place = text.as_deref().and_then(|text| {
            let (of, rest) = text.strip_prefix(PREFIX)?.strip_prefix(':')?.split_once(':')?;
            let (claim, due_at) = rest.split_once(':')?;
            let claim = claim.parse().ok()?;
            (of == open_key && !due_at.is_empty()).then(|| Self {
                claim,
                open_key: of.to_owned(),
                due_at: due_at.to_owned(),
            })
        });
        place.ok_or(StoreError::ForeignCursor)
    }

    /// The cursor behind it.
    pub(super) fn cursor(&self) -> String {
        let Self { claim, open_key, due_at } = self;
        URL_SAFE_NO_PAD.encode(format!("{PREFIX}:{open_key}:{claim}:{due_at}"))
    }

    /// The key to go on from.
    pub(super) fn key(self) -> HashMap<String, AttributeValue> {
        let key = [
            (PARTITION_KEY, claim_partition(self.claim)),
            (SORT_KEY, META.to_owned()),
            (OPEN_KEY, self.open_key),
            (DUE_AT, self.due_at),
        ];
        key.map(|(name, value)| (name.to_owned(), string(value))).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let claim = ClaimId::from_parts(1, 1);
        Place { claim, open_key: "unknown".into(), due_at: "9999-12-31T23:59:59.999Z".into() }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        assert_eq!(Place::of_cursor(&place().cursor(), "unknown").expect("our own"), place());
    }

    #[test]
    fn what_is_no_cursor_of_this_list_is_foreign() {
        let written = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for cursor in [
            String::new(),
            "%".to_owned(),
            written("mappings-after:octo/hello"),
            written("dispatches-after:unknown:no-id:2026-11-01T10:00:00.000Z"),
            written("dispatches-after:unknown:00000000010000000000000001:"),
            Place { open_key: "started".into(), ..place() }.cursor(),
        ] {
            let read = Place::of_cursor(&cursor, "unknown");
            assert!(matches!(read, Err(StoreError::ForeignCursor)), "{cursor}: {read:?}");
        }
    }
}
