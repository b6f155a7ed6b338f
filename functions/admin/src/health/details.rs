//! The health that operators see: the public report, and what waits, what failed and what is not set up.
//!
//! Owns that everything is asked at once and for so long only, and that what could not be asked is told as unknown, each by
//! itself. Never shows an address, a secret's value or a service's error.

use std::error::Error;
use std::time::Duration;

use aws::{OldestMessage, OpenCount, QueueDepth};
use axum::Json;
use axum::extract;
use domain::claim::ClaimId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use web::ApiError;

use super::deliveries::{self, FailedDeliveries};
use super::{Report, log, problems};
use crate::caller::SignedIn;
use crate::state::State;

/// A person waits for all of it.
const LIMIT: Duration = Duration::from_secs(3);
/// Nobody needs to know how many more there are.
const COUNTED: u32 = 1_000;
/// What this function is not allowed to look at, and who tells.
const NOT_LOOKED_AT: [&str; 2] = [
    "The secret of runs is not the admin's to read: whether it is there and well-formed shows in the logs of the worker and \
     the dispatch function.",
    "SQS tells nobody who asks how old its oldest message is: that is CloudWatch's `ApproximateAgeOfOldestMessage` of the queue.",
];
/// What is due is found by a sweep each minute: only what two of them left lying is late.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_mins(2);

/// Everything that there is to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthDetails {
    pub(crate) at: Timestamp,
    /// What `/healthz` says.
    pub(crate) report: Part<Report>,
    pub(crate) queue: Part<Depth>,
    /// Messages that failed too often.
    pub(crate) dead_letters: Part<u64>,
    /// What has waited the longest; nothing where nothing waits.
    pub(crate) oldest: Part<Option<Oldest>>,
    /// Dispatches whose outcome a person has to decide on.
    pub(crate) unknown_outcomes: Part<Count>,
    /// GitHub's deliveries of the last days that never arrived.
    pub(crate) deliveries: Part<FailedDeliveries>,
    pub(crate) versions: Versions,
    /// What is not set up as it should be, in sentences.
    pub(crate) problems: Vec<String>,
    /// What nobody looked at, in sentences.
    pub(crate) not_looked_at: Vec<&'static str>,
}

/// What was found out, or that it wasn't.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Part<T> {
    Known(T),
    Unknown {
        /// Why, in a sentence.
        unknown: String,
    },
}

/// How much is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Depth {
    pub(crate) visible: u64,
    pub(crate) in_flight: u64,
    pub(crate) delayed: u64,
}

/// What has waited the longest, as far as the queue tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum Oldest {
    /// A message of the queue.
    Message {
        sent_at: Timestamp,
        /// In seconds.
        age: i64,
    },
    /// A dispatch that should have been looked at: SQS tells nobody who asks how old its messages are.
    OverdueDispatch {
        id: ClaimId,
        due_at: Timestamp,
        /// In seconds.
        overdue: i64,
    },
}

/// How many, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Count {
    pub(crate) count: u32,
    pub(crate) has_more: bool,
}

/// What runs here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Versions {
    /// The release's.
    pub(crate) release: &'static str,
    /// The Lambda function's, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<String>,
}

/// `GET /api/health`
pub(crate) async fn details_route(
    _: SignedIn,
    extract::State(state): extract::State<State>,
) -> Result<Json<HealthDetails>, ApiError> {
    details(&state).await.map(Json)
}

/// Looks at everything.
pub(crate) async fn details(state: &State) -> Result<HealthDetails, ApiError> {
    // Boxed: so many questions at once make a large state machine.
    Ok(Box::pin(look(state)).await)
}

async fn look(state: &State) -> HealthDetails {
    let now = state.clock.now();
    let (report, queue, dead_letters, oldest, unknown_outcomes, deliveries, mut problems) = tokio::join!(
        part(async { Ok(state.health.report().await) }),
        part(async { state.queue.depths().await.map(Depth::from).map_err(unread) }),
        part(dead_letters(state)),
        part(oldest(state, now)),
        part(async { state.dispatches.count_open("unknown", COUNTED).await.map(Count::from).map_err(unread) }),
        async { Part::from(deliveries::failed(state, now, LIMIT).await) },
        problems::of_signing_in(state, LIMIT),
    );
    if let Part::Known(report) = &report {
        problems.extend(problems::of_report(report));
    }
    let versions = Versions { release: env!("CARGO_PKG_VERSION"), function: environment::function_version() };
    let not_looked_at = NOT_LOOKED_AT.into();
    HealthDetails {
        at: now,
        report,
        queue,
        dead_letters,
        oldest,
        unknown_outcomes,
        deliveries,
        versions,
        problems,
        not_looked_at,
    }
}

async fn part<T>(look: impl Future<Output = Result<T, String>>) -> Part<T> {
    tokio::time::timeout(LIMIT, Box::pin(look)).await.unwrap_or_else(|_| Err(late())).into()
}

pub(super) fn late() -> String {
    format!("There was no answer within {} seconds.", LIMIT.as_secs())
}

/// The log has the cause, and nobody else.
pub(super) fn unread(error: impl Error + 'static) -> String {
    log(&error);
    "It could not be read; the log has the cause.".to_owned()
}

async fn dead_letters(state: &State) -> Result<u64, String> {
    let count = state.queue.dead_letter_count().await.map_err(unread)?;
    count.ok_or_else(|| "DEAD_LETTER_QUEUE_URL is not set, so nobody knows where they are.".to_owned())
}

async fn oldest(state: &State, now: Timestamp) -> Result<Option<Oldest>, String> {
    match state.queue.oldest() {
        OldestMessage::Nothing => Ok(None),
        OldestMessage::SentAt(sent_at) => {
            Ok(Some(Oldest::Message { sent_at, age: now.duration_since(sent_at).as_secs() }))
        }
        OldestMessage::Untold => {
            let due = state.dispatches.due(now - OVERDUE_AFTER, 1).await.map_err(unread)?;
            let overdue = due.first().map(|claim| Oldest::OverdueDispatch {
                id: claim.claim,
                due_at: claim.due_at,
                overdue: now.duration_since(claim.due_at).as_secs(),
            });
            Ok(overdue)
        }
    }
}

impl<T> From<Result<T, String>> for Part<T> {
    fn from(found: Result<T, String>) -> Self {
        match found {
            Ok(known) => Self::Known(known),
            Err(unknown) => Self::Unknown { unknown },
        }
    }
}

impl From<QueueDepth> for Depth {
    fn from(QueueDepth { visible, in_flight, delayed }: QueueDepth) -> Self {
        Self { visible, in_flight, delayed }
    }
}

impl From<OpenCount> for Count {
    fn from(OpenCount { count, has_more }: OpenCount) -> Self {
        Self { count, has_more }
    }
}
