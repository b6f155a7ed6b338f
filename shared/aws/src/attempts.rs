//! Attempts to get in, in the Mappings table: with the access code, with GitHub, or with what is no API token.
//!
//! Owns the window and how many attempts fit into it. Never sees a code or a token. Whether one counts before anybody
//! looks at what was sent, so that guesses made at once can't slip past the count, or after it failed, is the caller's.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{EXPIRES_AT, META, PARTITION_KEY, SORT_KEY, number, string};

/// How long attempts are counted together, from the first of them.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// How often a count starts again because others opened or removed the window meanwhile.
const ROUNDS: usize = 4;
const ATTEMPTS: &str = "attempts";

/// What a failure to count is called.
const COUNT: &str = "count an attempt";

/// The counts of attempts of one kind.
#[derive(Debug, Clone)]
pub struct Attempts {
    client: Client,
    table: String,
    of: AttemptKind,
}

/// What is attempted. Each kind counts for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    /// To sign in with the access code.
    SignIn,
    /// To sign in with GitHub.
    GitHubSignIn,
    /// To call the API with a token that is none.
    ApiToken,
}

/// Whether the source is within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It is.
    Allowed,
    /// It has used its attempts.
    Blocked {
        /// When its next attempt is allowed.
        until: Timestamp,
    },
}

/// A window as it is after an attempt was counted in it.
struct Window {
    attempts: u64,
    /// In seconds since 1970.
    ends_at: i64,
}

impl AttemptKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::SignIn => "SIGNIN#",
            Self::GitHubSignIn => "SIGNIN#github#",
            Self::ApiToken => "BADTOKEN#",
        }
    }

    /// Attempts of one source in one window. A code may be guessed; a token can't be, and many programs share an address:
    /// there the limit is for the log's sake and the table's. A sign-in with GitHub can't be guessed either, and each one
    /// costs calls there.
    const fn limit(self) -> u64 {
        match self {
            Self::SignIn => 5,
            Self::GitHubSignIn => 20,
            Self::ApiToken => 30,
        }
    }
}

impl Attempts {
    /// The counts in the Mappings table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>, of: AttemptKind) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into(), of }
    }

    /// The counts of another kind in the same table.
    #[must_use]
    pub fn of(&self, of: AttemptKind) -> Self {
        Self { of, ..self.clone() }
    }

    /// Counts an attempt of a source (an address, say) and tells whether it is within the limit. Attempts beyond the limit
    /// don't make the wait longer.
    pub async fn attempt(&self, source: &str, now: Timestamp) -> Result<Attempt, StoreError> {
        let partition = self.partition(source);
        for _ in 0..ROUNDS {
            let window = self.count(&partition, now).await?;
            if window.ends_at > now.as_second() {
                return window.verdict(self.of.limit(), &partition);
            }
            if self.open(&partition, now, window.ends_at).await? {
                return Ok(Attempt::Allowed);
            }
        }
        Err(StoreError::contended(COUNT))
    }

    /// Forgets a source's attempts: one of them was right.
    pub async fn succeeded(&self, source: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key(PARTITION_KEY, string(self.partition(source))).key(SORT_KEY, string(META));
        delete.send().await.map(drop).map_err(StoreError::unavailable("forget attempts"))
    }

    /// Adds one to the window that is there, over or not; without one, a window begins.
    async fn count(&self, partition: &str, now: Timestamp) -> Result<Window, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(partition))
            .key(SORT_KEY, string(META))
            .update_expression("SET expires_at = if_not_exists(expires_at, :ends_at) ADD attempts :one")
            .expression_attribute_values(":ends_at", number((now + WINDOW).as_second()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(StoreError::unavailable(COUNT))?;
        let attribute = |name: &str| answer.attributes.as_ref()?.get(name)?.as_n().ok();
        let window = (|| {
            Some(Window { attempts: attribute(ATTEMPTS)?.parse().ok()?, ends_at: attribute(EXPIRES_AT)?.parse().ok()? })
        })();
        window.ok_or_else(|| StoreError::corrupt(partition, "it counts nothing"))
    }

    /// Replaces a window that is over by one with this attempt in it; `false` when somebody else did.
    async fn open(&self, partition: &str, now: Timestamp, over: i64) -> Result<bool, StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PARTITION_KEY, string(partition))
            .item(SORT_KEY, string(META))
            .item(ATTEMPTS, number(1))
            .item(EXPIRES_AT, number((now + WINDOW).as_second()))
            .condition_expression("expires_at = :over")
            .expression_attribute_values(":over", AttributeValue::N(over.to_string()))
            .send()
            .await;
        StoreError::written(answer, PutItemError::is_conditional_check_failed_exception, COUNT)
    }

    fn partition(&self, source: &str) -> String {
        format!("{}{source}", self.of.prefix())
    }
}

impl Window {
    fn verdict(&self, limit: u64, partition: &str) -> Result<Attempt, StoreError> {
        if self.attempts <= limit {
            return Ok(Attempt::Allowed);
        }
        let until = Timestamp::from_second(self.ends_at).map_err(|error| StoreError::corrupt(partition, error))?;
        Ok(Attempt::Blocked { until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{at, engine};

    async fn sign_ins() -> Attempts {
        Attempts::new(&engine().await, "Mappings", AttemptKind::SignIn)
    }

    async fn tries(sign_ins: &Attempts, source: &str, second: i64) -> Attempt {
        sign_ins.attempt(source, at(second)).await.expect("a working table")
    }

    #[tokio::test]
    async fn the_sixth_attempt_within_a_quarter_of_an_hour_is_blocked_until_its_end() {
        let sign_ins = sign_ins().await;
        for second in 0..5 {
            assert_eq!(tries(&sign_ins, "192.0.2.1", second).await, Attempt::Allowed);
        }
        for second in [5, 899] {
            assert_eq!(tries(&sign_ins, "192.0.2.1", second).await, Attempt::Blocked { until: at(900) });
        }
        assert_eq!(tries(&sign_ins, "192.0.2.2", 5).await, Attempt::Allowed, "another source counts for itself");
    }

    #[tokio::test]
    async fn a_new_window_allows_as_many_again() {
        let sign_ins = sign_ins().await;
        for second in 0..6 {
            tries(&sign_ins, "192.0.2.1", second).await;
        }
        for second in 900..905 {
            assert_eq!(tries(&sign_ins, "192.0.2.1", second).await, Attempt::Allowed);
        }
        assert_eq!(tries(&sign_ins, "192.0.2.1", 905).await, Attempt::Blocked { until: at(1_800) });
    }

    #[tokio::test]
    async fn the_right_code_forgets_the_wrong_ones() {
        let sign_ins = sign_ins().await;
        for second in 0..5 {
            tries(&sign_ins, "192.0.2.1", second).await;
        }
        sign_ins.succeeded("192.0.2.1").await.expect("a working table");
        assert_eq!(tries(&sign_ins, "192.0.2.1", 6).await, Attempt::Allowed);
    }

    #[tokio::test]
    async fn of_many_attempts_at_once_five_are_allowed_in_a_first_window_as_in_a_later_one() {
        let sign_ins = sign_ins().await;
        for second in [0, 900] {
            let mut guesses = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let sign_ins = sign_ins.clone();
                guesses.spawn(async move { tries(&sign_ins, "192.0.2.1", second).await });
            }
            let guesses = guesses.join_all().await;
            assert_eq!(guesses.iter().filter(|guess| **guess == Attempt::Allowed).count(), 5, "{guesses:?}");
        }
    }

    #[tokio::test]
    async fn each_kind_counts_for_itself_and_up_to_its_own_limit() {
        let sdk = engine().await;
        let [sign_ins, bad_tokens] =
            [AttemptKind::SignIn, AttemptKind::ApiToken].map(|kind| Attempts::new(&sdk, "Mappings", kind));
        for second in 0..30 {
            assert_eq!(tries(&bad_tokens, "192.0.2.1", second).await, Attempt::Allowed, "{second}");
        }
        assert_eq!(tries(&bad_tokens, "192.0.2.1", 30).await, Attempt::Blocked { until: at(900) });
        assert_eq!(tries(&sign_ins, "192.0.2.1", 30).await, Attempt::Allowed);
        sign_ins.succeeded("192.0.2.1").await.expect("a working table");
        assert_eq!(tries(&bad_tokens, "192.0.2.1", 31).await, Attempt::Blocked { until: at(900) });
    }
}
