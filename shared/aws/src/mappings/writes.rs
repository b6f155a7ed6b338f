//! The writes of one change, as one transaction, and what became of it.
//!
//! Owns the conditions. What was read must still be so, its version as well as the id that it was bound to; nothing that
//! belongs to another mapping is overwritten, and no line of history ever is.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder};
use aws_sdk_dynamodb::types::{CancellationReason, Delete, Put, TransactWriteItem};

use super::Mappings;
use super::change::Change;
use super::keys::{HOME, Home};
use super::record::{Item, NameItem, Record, history_item, mark_as_read};
use crate::error::StoreError;
use crate::table::{META, NAME_KEY, PARTITION_KEY, SORT_KEY, number, string};

const ABSENT: &str = "attribute_not_exists(pk)";
/// A team key's item belongs to this mapping, or to none.
const OURS: &str = "attribute_not_exists(pk) OR name_key = :name";

/// What became of a change.
pub(super) enum Written {
    Done,
    /// Something else is there than was read, or is being written now.
    Overtaken,
    /// Another mapping lives where the id belongs.
    RepositoryTaken,
    /// Another mapping has the team key.
    TeamKeyTaken,
}

/// What it means that a write's condition didn't hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// What was read is out of date.
    Read,
    /// The id's home is taken.
    Repository,
    /// The team key is taken.
    TeamKey,
}

pub(super) type GuardedWrite = (Guard, TransactWriteItem);

impl Mappings {
    /// Writes a change, all of it or nothing.
    pub(super) async fn write(&self, change: &Change) -> Result<Written, StoreError> {
        self.transact(self.writes(change)?).await
    }

    /// All of these, or none.
    pub(super) async fn transact(&self, writes: Vec<GuardedWrite>) -> Result<Written, StoreError> {
        let (guards, writes): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => reason(&error, &guards).ok_or_else(|| StoreError::unavailable("write a mapping")(error)),
        }
    }

    fn writes(&self, change: &Change) -> Result<Vec<GuardedWrite>, StoreError> {
        let mut writes = self.record_writes(change)?;
        writes.push((Guard::Read, self.name_write(change)));
        let line = self.put(history_item(&change.name_key, &change.line)?).condition_expression(ABSENT);
        writes.push((Guard::Read, put(line)));
        let name = string(&change.name_key);
        if let Some(team) = change.released_team() {
            let team = self.delete_at(&team).condition_expression(OURS);
            writes.push((Guard::Read, delete(team.expression_attribute_values(":name", name.clone()))));
        }
        if let (Some(team), Some(after)) = (change.held_team(), &change.after) {
            let item = [
                (PARTITION_KEY, string(team)),
                (SORT_KEY, string(META)),
                (NAME_KEY, name.clone()),
                (HOME, string(after.home.to_string())),
            ];
            let item = self.put(item.map(|(name, value)| (name.to_owned(), value)).into());
            let item = item.condition_expression(OURS).expression_attribute_values(":name", name);
            writes.push((Guard::TeamKey, put(item)));
        }
        Ok(writes)
    }

    /// The record itself: replaced where it is; or put, moved home or deleted.
    fn record_writes(&self, change: &Change) -> Result<Vec<GuardedWrite>, StoreError> {
        let (before, after) = (change.before.record.as_ref(), change.after.as_ref());
        if let (Some(before), Some(after)) = (before, after)
            && before.home == after.home
        {
            let (condition, values) = as_read(before);
            let item = self.put(after.to_item()?).condition_expression(condition);
            return Ok(vec![(Guard::Read, put(item.set_expression_attribute_values(Some(values))))]);
        }
        let mut writes = Vec::new();
        if let Some(before) = before {
            let (condition, values) = as_read(before);
            let leaves = self.delete_at(&before.home.to_string()).condition_expression(condition);
            writes.push((Guard::Read, delete(leaves.set_expression_attribute_values(Some(values)))));
        }
        if let Some(after) = after {
            let guard = if matches!(after.home, Home::OfId(_)) { Guard::Repository } else { Guard::Read };
            writes.push((guard, put(self.put(after.to_item()?).condition_expression(ABSENT))));
        }
        Ok(writes)
    }

    /// The name's item: it leads to the record, and remembers the last version when there is none.
    fn name_write(&self, change: &Change) -> TransactWriteItem {
        let name =
            NameItem { version: change.line.version, home: change.after.as_ref().map(|after| after.home.clone()) };
        let item = self.put(name.to_item(&change.name_key));
        let Some(last) = change.before.last_version else { return put(item.condition_expression(ABSENT)) };
        let item = item.expression_attribute_values(":last", number(last));
        put(match &change.before.record {
            None => item.condition_expression("version = :last AND attribute_not_exists(home)"),
            Some(before) => item
                .condition_expression("version = :last AND home = :home")
                .expression_attribute_values(":home", string(before.home.to_string())),
        })
    }

    fn put(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item))
    }

    fn delete_at(&self, partition: &str) -> DeleteBuilder {
        Delete::builder().table_name(&self.table).key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META))
    }
}

/// The condition that a record is as it was read. Neither a binding nor word of the App raises the version, so these count
/// too.
fn as_read(record: &Record) -> (String, Item) {
    let (mark, mut values) = mark_as_read(record.entry.installation);
    values.insert(":version".to_owned(), number(record.version()));
    let id = match record.bound() {
        None => "attribute_not_exists(repoId)",
        Some(bound) => {
            values.insert(":bound".to_owned(), number(bound));
            "repoId = :bound"
        }
    };
    (format!("version = :version AND {id} AND {mark}"), values)
}

/// Why a transaction was cancelled; `None` when it failed for another reason.
fn reason<R>(error: &SdkError<TransactWriteItemsError, R>, guards: &[Guard]) -> Option<Written> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
    let is = |reason: &CancellationReason, code: &str| reason.code() == Some(code);
    let failed = |guard: Guard| {
        let mut guarded = guards.iter().zip(reasons);
        guarded.any(|(its, reason)| *its == guard && is(reason, "ConditionalCheckFailed"))
    };
    let contended = reasons.iter().any(|reason| is(reason, "TransactionConflict"));
    // Whether something is taken is told only where nothing else has moved.
    if failed(Guard::Read) || contended {
        Some(Written::Overtaken)
    } else if failed(Guard::Repository) {
        Some(Written::RepositoryTaken)
    } else if failed(Guard::TeamKey) {
        Some(Written::TeamKeyTaken)
    } else {
        None
    }
}

fn put(put: PutBuilder) -> TransactWriteItem {
    TransactWriteItem::builder().put(put.build().expect("a put has a table and an item")).build()
}

fn delete(delete: DeleteBuilder) -> TransactWriteItem {
    TransactWriteItem::builder().delete(delete.build().expect("a deletion has a table and a key")).build()
}
