//! Where a list goes on.
//!
//! Owns the cursor's form. It names the last mapping that was shown rather than a place in the index, so it stays good
//! while mappings come, go and move home.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::StoreError;

/// What tells our cursors from other texts in Base64.
const PREFIX: &str = "mappings-after:";

/// The cursor behind a mapping.
pub(super) fn after(name_key: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{PREFIX}{name_key}"))
}

/// The mapping that a cursor is behind.
pub(super) fn name_key_of(cursor: &str) -> Result<String, StoreError> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let name_key = text.as_deref().and_then(|text| text.strip_prefix(PREFIX)).filter(|name| name.contains('/'));
    name_key.map(str::to_owned).ok_or(StoreError::ForeignCursor)
}
