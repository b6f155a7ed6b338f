//! What is said once, and by whom.
//!
//! Owns two kinds of items: words that are said once in a time, and the turn to write a claim's status comment, which one
//! worker has at a time. Never says anything.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::claim::{ClaimId, Nonce};
use jiff::{SignedDuration, Timestamp};

use super::Dispatches;
use super::transaction::written;
use crate::error::StoreError;
use crate::table::{EXPIRES_AT, META, PARTITION_KEY, SORT_KEY, number, string};

/// How long it is known that somebody had the turn. Much longer than a claim is told of; whoever comes later searches in
/// vain for a comment that somebody has deleted.
const TURN_IS_KNOWN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A turn to write a claim's status comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody had one before, so there is no comment.
    First,
    /// Somebody had one before, and may have written a comment.
    Again,
    /// It is another worker's.
    Anothers {
        /// Until then at the latest.
        until: Timestamp,
    },
}

impl Dispatches {
    /// Whether `claim` may say something that is said once within `lifetime`. Asking takes the word; a claim that
    /// took it and was interrupted may say it still.
    pub async fn say_once(
        &self,
        what: &str,
        claim: ClaimId,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<bool, StoreError> {
        let answer = self
            .notice(what, &claim.to_string())
            .item(EXPIRES_AT, number((now + lifetime).as_second()))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now OR said_by = :me")
            .expression_attribute_values(":now", number(now.as_second()))
            .expression_attribute_values(":me", string(claim.to_string()))
            .send()
            .await;
        StoreError::written(answer, PutItemError::is_conditional_check_failed_exception, "note what was said")
    }

    /// Takes the turn to write a claim's status comment, until then. Whoever has it already keeps it.
    pub async fn take_turn(
        &self,
        claim: ClaimId,
        worker: Nonce,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Turn, StoreError> {
        let answer = self
            .notice(&turn(claim), &worker.to_string())
            .item("until", number(until.as_millisecond()))
            .item(EXPIRES_AT, number((now + TURN_IS_KNOWN).as_second()))
            .condition_expression("attribute_not_exists(pk) OR #until <= :now OR said_by = :me")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":me", string(worker.to_string()))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match answer {
            Ok(before) => {
                let had_before = before.attributes.is_some_and(|attributes| !attributes.is_empty());
                return Ok(if had_before { Turn::Again } else { Turn::First });
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Turn::Anothers { until: failed.item.as_ref().and_then(until_of).unwrap_or(until) })
            }
            _ => Err(StoreError::unavailable("take the turn to tell")(error)),
        }
    }

    /// Gives the turn back before it is over, if it is this worker's still: whoever comes next need not wait.
    pub async fn give_turn_back(&self, claim: ClaimId, worker: Nonce, now: Timestamp) -> Result<(), StoreError> {
        let update = self
            .update(&notice_partition(&turn(claim)), META)
            .update_expression("SET #until = :now")
            .condition_expression("said_by = :me")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .expression_attribute_values(":me", string(worker.to_string()));
        self.transact(vec![written(update)]).await.map(drop)
    }

    fn notice(&self, what: &str, by: &str) -> PutItemFluentBuilder {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(PARTITION_KEY, string(notice_partition(what))).item(SORT_KEY, string(META));
        put.item("said_by", string(by))
    }
}

fn notice_partition(what: &str) -> String {
    format!("NOTICE#{what}")
}

fn until_of(item: &HashMap<String, AttributeValue>) -> Option<Timestamp> {
    Timestamp::from_millisecond(item.get("until")?.as_n().ok()?.parse().ok()?).ok()
}

fn turn(claim: ClaimId) -> String {
    format!("turn#{claim}")
}
