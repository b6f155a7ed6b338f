//! The list of API tokens.
//!
//! Owns its order and its pages. A token that can't be read hides no other.

use domain::api_token::{ApiToken, ApiTokenId};

use super::{ApiTokens, Item, LISTED, cursor, token_of};
use crate::error::StoreError;
use crate::table::{BY_NAME, LIST_KEY, NAME_KEY, string};

/// The most that one answer holds.
const MAX_LIMIT: u32 = 1_000;

/// A part of the list of tokens.
#[derive(Debug)]
pub struct ApiTokenPage {
    /// The tokens, the newest first.
    pub tokens: Vec<ListedToken>,
    /// What leads to the next part; `None` at the end.
    pub next: Option<String>,
}

/// A token in a list.
#[derive(Debug)]
pub enum ListedToken {
    /// As it is kept.
    Readable(Box<ApiToken>),
    /// Another release, or somebody by hand, wrote what this release can't read. It opens nothing, and can be revoked.
    Unreadable {
        /// Which one.
        id: ApiTokenId,
        /// Why.
        error: StoreError,
    },
}

impl ApiTokens {
    /// Tokens, the newest first, at most `limit` (1 to 1,000), from behind those that led to the cursor `after`. A change of
    /// a moment ago may not show yet. [`StoreError::ForeignCursor`] when the cursor isn't one of this list's.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<ApiTokenPage, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT);
        let query = self.client.query().table_name(&self.table).index_name(BY_NAME).scan_index_forward(false);
        let query = query.expression_attribute_names("#list", LIST_KEY);
        let query = query.expression_attribute_values(":list", string(LISTED));
        let query = match after {
            None => query.key_condition_expression("#list = :list"),
            Some(after) => query
                .key_condition_expression("#list = :list AND #id < :after")
                .expression_attribute_names("#id", NAME_KEY)
                .expression_attribute_values(":after", string(cursor::id_of(after)?.to_string())),
        };
        // One more than is shown tells whether there is a next page.
        let answer = query.limit(i32::try_from(shown + 1).unwrap_or(i32::MAX)).send().await;
        let answer = answer.map_err(StoreError::unavailable("list the API tokens"))?;
        let cut_short = answer.last_evaluated_key.is_some();
        let items = answer.items.unwrap_or_default();
        let has_next = cut_short || items.len() > shown as usize;
        let listed = items.into_iter().take(shown as usize).map(ListedToken::of);
        let tokens: Vec<_> = listed.collect::<Result<_, _>>()?;
        let next = tokens.last().filter(|_| has_next).map(|last| cursor::after(last.id()));
        Ok(ApiTokenPage { tokens, next })
    }
}

impl ListedToken {
    /// Which token it is.
    #[must_use]
    pub fn id(&self) -> ApiTokenId {
        match self {
            Self::Readable(token) => token.id,
            Self::Unreadable { id, .. } => *id,
        }
    }

    fn of(item: Item) -> Result<Self, StoreError> {
        let id = item.get(NAME_KEY).and_then(|id| id.as_s().ok()?.parse().ok());
        match (token_of(item), id) {
            (Ok(token), _) => Ok(Self::Readable(Box::new(token))),
            (Err(error), Some(id)) => Ok(Self::Unreadable { id, error }),
            (Err(error), None) => Err(error),
        }
    }
}
