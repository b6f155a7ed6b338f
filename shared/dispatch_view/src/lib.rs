//! A dispatch as the API shows it: where it stands, what was ordered, and what it went through.
//!
//! Owns the shape of the answer. Never shows instructions or a ticket's text: they stand at GitHub, for those who may read
//! them there.

use aws::{ClaimEvent, ListedClaim};
use domain::claim::{Claim, ClaimId, DispatchOrder, HeadPin, RunRef, Wait};
use domain::command::{COMMAND_WORD, Verb};
use domain::ids::{CommentId, IssueNumber, RunId};
use domain::provider::AwsRegion;
use domain::repo_name::RepoFullName;
use domain::report::RunReport;
use domain::request::Request;
use domain::run_kind::RunKind;
use jiff::Timestamp;
use serde::Serialize;

/// One line of the list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ListedView<'a> {
    /// As it is now.
    Readable(Box<DispatchView<'a>>),
    /// Its record can't be read; the log has the cause.
    Unreadable {
        /// Which.
        id: ClaimId,
        /// Always true.
        unreadable: bool,
    },
}

/// One dispatch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DispatchView<'a> {
    id: ClaimId,
    repo: &'a RepoFullName,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<IssueNumber>,
    /// A login, or the name of a program.
    asked_by: &'a str,
    /// The command's first line, where a person wrote one.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<ClaimId>,
    state: &'static str,
    /// The stable reason code, where the state has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// Who decided, where a person has.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    epoch: u32,
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<WaitView>,
    /// What the run says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a RunReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_request: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_comment: Option<CommentId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// When it is looked at again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<EventView<'a>>>,
}

#[derive(Debug, Serialize)]
struct RunView<'a> {
    id: RunId,
    url: &'a str,
    attempt: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderView<'a> {
    kind: RunKind,
    workflow_file: &'a str,
    git_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a HeadPin>,
    provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_region: Option<&'a AwsRegion>,
    /// What people call the ticket.
    ticket: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct ProgressView<'a> {
    message: &'a str,
    at: Timestamp,
}

#[derive(Debug, Serialize)]
struct WaitView {
    until: Timestamp,
    count: u32,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct EventView<'a> {
    at: Timestamp,
    state: &'a str,
    epoch: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

impl<'a> ListedView<'a> {
    /// One claim of a list.
    #[must_use]
    pub fn of(claim: &'a ListedClaim) -> Self {
        match claim {
            ListedClaim::Readable(claim) => Self::Readable(Box::new(DispatchView::of(claim))),
            ListedClaim::Unreadable { claim, .. } => Self::Unreadable { id: *claim, unreadable: true },
        }
    }
}

impl<'a> DispatchView<'a> {
    /// A claim with what it went through.
    #[must_use]
    pub fn with_history(claim: &'a Claim, history: &'a [ClaimEvent]) -> Self {
        Self { history: Some(history.iter().map(EventView::of).collect()), ..Self::of(claim) }
    }

    /// A claim without its history.
    #[must_use]
    pub fn of(claim: &'a Claim) -> Self {
        let request = &claim.request;
        Self {
            id: claim.id,
            repo: &request.repo().name,
            number: request.number(),
            asked_by: request.asker(),
            command: request.command().map(|command| first_line(&command.command.verb)),
            retry_of: retry_of(request),
            state: claim.state.name(),
            code: claim.code(),
            by: claim.state.decided_by().or(claim.cancel_by.as_deref()),
            epoch: claim.epoch,
            revision: claim.revision,
            run: claim.state.run().map(RunView::of),
            order: claim.order.as_ref().map(OrderView::of),
            wait: claim.wait.as_ref().map(WaitView::of),
            report: claim.report.as_ref(),
            progress: claim.progress.as_ref().map(|last| ProgressView { message: &last.message, at: last.at }),
            pull_request: claim.pull_request.as_ref().map(|it| it.html_url.as_str()),
            status_comment: claim.status_comment,
            created_at: claim.created_at,
            updated_at: claim.updated_at,
            due_at: claim.due_at(),
            history: None,
        }
    }
}

impl<'a> RunView<'a> {
    fn of(run: &'a RunRef) -> Self {
        Self { id: run.id, url: &run.html_url, attempt: run.attempt }
    }
}

impl<'a> OrderView<'a> {
    fn of(order: &'a DispatchOrder) -> Self {
        Self {
            kind: order.kind,
            workflow_file: order.workflow_file.as_str(),
            git_ref: &order.git_ref,
            head: order.head.as_ref(),
            provider: order.provider.input_value(),
            aws_region: order.provider.region(),
            ticket: &order.ticket.identifier,
            pinned_at: order.pinned_at,
        }
    }
}

impl WaitView {
    fn of(wait: &Wait) -> Self {
        Self { until: wait.until, count: wait.count, code: wait.obstacle.map(domain::refusal::Obstacle::code) }
    }
}

impl<'a> EventView<'a> {
    fn of(event: &'a ClaimEvent) -> Self {
        let ClaimEvent { at, state, epoch, code, by } = event;
        Self { at: *at, state, epoch: *epoch, code: code.as_deref(), by: by.as_deref() }
    }
}

fn retry_of(request: &Request) -> Option<ClaimId> {
    match request {
        Request::Comment(_) => None,
        Request::Api(request) => request.retry_of,
    }
}

fn first_line(verb: &Verb) -> String {
    format!("{COMMAND_WORD} {}", verb.word()).trim_end().to_owned()
}
