//! What all workers know together of GitHub's limits: one item for each installation's limit, one for each hour's
//! words. Part of the Dispatches table.
//!
//! Owns the keys and the counting. Never judges: how long a limit lasts and what may still be said is the domain's.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::InstallationId;
use domain::rate::{Allowance, Content, RateLimit};
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{EXPIRES_AT, META, PARTITION_KEY, SORT_KEY, number, string};

const SECONDS_OF_AN_HOUR: i64 = 3_600;
const SECONDS_OF_A_MINUTE: i64 = 60;
/// How long after its use an item is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Limits and counts, shared by all workers.
#[derive(Debug, Clone)]
pub struct Rates {
    client: Client,
    table: String,
}

impl Rates {
    /// In the Dispatches table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }

    /// The limit that an installation met last; it may be over.
    pub async fn limit(&self, installation: InstallationId) -> Result<Option<RateLimit>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PARTITION_KEY, string(partition(installation))).key(SORT_KEY, string(META));
        let item = get.send().await.map_err(StoreError::unavailable("read a limit"))?.item;
        Ok(item.as_ref().and_then(limit_of))
    }

    /// GitHub has refused a call for its rate: everybody who uses the installation waits. Of two workers that are refused at
    /// once, the longer wait stands.
    pub async fn meet(
        &self,
        installation: InstallationId,
        asked: Option<Duration>,
        now: Timestamp,
    ) -> Result<RateLimit, StoreError> {
        let limit = RateLimit::after(self.limit(installation).await?, asked, now);
        let until = number(limit.until.as_millisecond());
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PARTITION_KEY, string(partition(installation)))
            .item(SORT_KEY, string(META))
            .item("until", until.clone())
            .item("strikes", number(limit.strikes))
            .item(EXPIRES_AT, number((limit.until.max(now).as_second()).saturating_add(KEPT.as_secs())))
            .condition_expression("attribute_not_exists(#until) OR #until <= :until")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":until", until)
            .send()
            .await;
        if StoreError::written(put, PutItemError::is_conditional_check_failed_exception, "note a limit")? {
            return Ok(limit);
        }
        Ok(self.limit(installation).await?.unwrap_or(limit))
    }

    /// Counts one word that is about to be said, if there is room for it: a word that isn't said takes none.
    pub async fn spend(
        &self,
        installation: InstallationId,
        content: Content,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hour = now.as_second().div_euclid(SECONDS_OF_AN_HOUR);
        let minute = format!("m{}", now.as_second().rem_euclid(SECONDS_OF_AN_HOUR) / SECONDS_OF_A_MINUTE);
        let Allowance { per_minute, per_hour } = content.allowance();
        let counted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(partition(installation)))
            .key(SORT_KEY, string(format!("SPENT#{hour}")))
            .update_expression("ADD spent :one, #minute :one SET expires_at = :expires_at")
            .condition_expression(
                "(attribute_not_exists(spent) OR spent < :hour) AND (attribute_not_exists(#minute) OR #minute < :minute)",
            )
            .expression_attribute_names("#minute", &minute)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":hour", number(per_hour))
            .expression_attribute_values(":minute", number(per_minute))
            .expression_attribute_values(":expires_at", number((now + KEPT).as_second()))
            .send()
            .await;
        StoreError::written(counted, UpdateItemError::is_conditional_check_failed_exception, "count a word")
    }
}

fn partition(installation: InstallationId) -> String {
    format!("RATE#{installation}")
}

fn limit_of(item: &HashMap<String, AttributeValue>) -> Option<RateLimit> {
    let read = |name: &str| item.get(name)?.as_n().ok()?.parse::<i64>().ok();
    let until = Timestamp::from_millisecond(read("until")?).ok()?;
    Some(RateLimit { until, strikes: u32::try_from(read("strikes")?).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::engine;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
    }

    async fn rates() -> Rates {
        Rates::new(&engine().await, "Dispatches")
    }

    #[tokio::test]
    async fn a_limit_that_one_worker_met_is_known_to_all() {
        let rates = rates().await;
        let here = InstallationId::new(70);
        assert_eq!(rates.limit(here).await.expect("a working engine"), None);
        let met = rates.meet(here, Some(Duration::from_secs(90)), at(0)).await.expect("a working engine");
        assert_eq!(rates.clone().limit(here).await.expect("a working engine"), Some(met));
        assert_eq!(met.until, at(90));
        assert_eq!(rates.limit(InstallationId::new(71)).await.expect("a working engine"), None);
    }

    #[tokio::test]
    async fn the_longer_of_two_limits_stands() {
        let rates = rates().await;
        let here = InstallationId::new(70);
        let hour = rates.meet(here, Some(Duration::from_hours(1)), at(0)).await.expect("a working engine");
        let shorter = rates.meet(here, None, at(1)).await.expect("a working engine");
        assert_eq!(
            (shorter.until, rates.limit(here).await.expect("a working engine").map(|it| it.until)),
            (hour.until, Some(hour.until))
        );
    }

    #[tokio::test]
    async fn a_minute_has_room_for_forty_reactions_and_for_answers_beside_them() {
        let rates = rates().await;
        let here = InstallationId::new(70);
        let spend = async |content, second| rates.spend(here, content, at(second)).await.expect("a working engine");
        for _ in 0..40 {
            assert!(spend(Content::Reaction, 0).await);
        }
        assert!(!spend(Content::Reaction, 10).await);
        assert!(spend(Content::PassingEdit, 10).await && spend(Content::Answer, 10).await);
        assert!(spend(Content::Reaction, 60).await, "another minute");
    }
}
