//! Where the list of tokens goes on.
//!
//! Owns the cursor's form. It names the last token that was shown, and stays good whatever becomes of that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::api_token::ApiTokenId;

use crate::error::StoreError;

/// What tells our cursors from other texts in Base64.
const PREFIX: &str = "tokens-after:";

/// The cursor behind a token.
pub(super) fn after(id: ApiTokenId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{PREFIX}{id}"))
}

/// The token that a cursor is behind.
pub(super) fn id_of(cursor: &str) -> Result<ApiTokenId, StoreError> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let id = text.as_deref().and_then(|text| text.strip_prefix(PREFIX)?.parse().ok());
    id.ok_or(StoreError::ForeignCursor)
}
