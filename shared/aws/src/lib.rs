//! AWS as this product uses it: two DynamoDB tables, one SQS queue, a few secrets.
//!
//! Owns every key, condition and index, the queue's two shipped forms, and the reading of secrets. Never decides
//! what to write, and never knows GitHub. All access patterns stand in one list:
#![doc = include_str!("../ACCESS_PATTERNS.md")]

mod api_tokens;
mod attempts;
mod batch;
mod cursors;
mod dispatches;
mod error;
mod mappings;
mod queue;
mod rates;
mod rounds;
mod sdk;
mod secrets;
mod table;

pub use api_tokens::{ApiTokenPage, ApiTokens, ListedToken, Revoked};
pub use attempts::{Attempt, AttemptKind, Attempts};
pub use cursors::{Cursor, Cursors};
pub use dispatches::{
    Begun, ClaimEvent, ConversationRecord, Dispatches, KeptLoan, KeptTally, ListedClaim, ListedClaims, OpenCount,
    Taken, Turn,
};
pub use error::StoreError;
pub use mappings::{
    BoundMapping, Deleted, Followed, MappingAction, MappingChange, MappingEntry, MappingPage, Mappings, Saved,
    StoredMapping,
};
pub use queue::{InProcessQueue, OldestMessage, Queue, QueueDepth, QueueError, Received, SqsQueue};
pub use rates::Rates;
pub use sdk::Sdk;
pub use secrets::{RunSecret, SecretCell, SecretError, SecretShape, SecretSource, WebhookSecretCell, WebhookSecrets};
pub use table::{IndexDescription, IndexProjection, TableDescription, TableKind, create_table};

#[cfg(test)]
mod tests;
