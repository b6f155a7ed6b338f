//! What is known of a dispatch, and where to read on.
//!
//! Owns these words. Links lead to GitHub only where GitHub named them.

use domain::claim::{Claim, State};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Number;

use crate::pages::claims::{kind, number};
use crate::pages::dispatches::PAGE as LIST;
use crate::pages::parts::{link, moment, sentence, span};
use crate::pages::repository::address_of;

/// The facts of a claim.
pub(super) fn of(claim: &Claim, web_url: &str, now: Timestamp) -> Markup {
    let repo = &claim.request.repo().name;
    let row = |name: &str, value: Markup| html! { div { dt { (name) } dd { (value) } } };
    html! {
        (why(claim))
        dl.settings {
            (row("Repository", html! { a href=(address_of(repo)) { (repo) } }))
            @if let Some(of) = claim.request.number() {
                (row("Conversation", link(&format!("{web_url}/{repo}/issues/{of}"), &html! { (repo) (number(claim)) })))
            }
            @if let Some(run) = claim.state.run() {
                (row("Run", html! { (link(&run.html_url, &html! { (run.id) })) @if run.attempt > 1 { ", attempt " (run.attempt) } }))
            }
            @if let Some(pull_request) = &claim.pull_request {
                (row("Pull request", link(&pull_request.html_url, &html! { "#" (pull_request.number) })))
            }
            @if let Some(order) = &claim.order {
                (row("Task", html! { (kind(order.kind)) " of " (order.ticket.identifier) }))
                (row("Provider", html! { (sentence(&order.provider.to_string())) }))
                (row("Workflow", html! { code { (order.workflow_file) } " on " code { (order.git_ref) } }))
                @if let Some(head) = &order.head {
                    @let short = head.sha.get(..12).unwrap_or(&head.sha);
                    (row("Starts from", html! { code { (short) } " of " code { (head.branch) } }))
                }
            }
            @if let Some(took) = took(claim) { (row("Took", html! { (took) })) }
            @if let Some(usage) = claim.report.as_ref().and_then(|report| report.usage.as_ref()) {
                (row("Model", html! {
                    @if let Some(model) = &usage.model { code { (model) } " " }
                    @if let Some(turns) = usage.turns { (turns) " turns " }
                    @if let Some(cost) = usage.cost_usd.as_ref().and_then(Number::as_f64) { "$" (format!("{cost:.2}")) }
                }))
            }
            @if let Some(words) = &claim.progress {
                (row("Said last", html! { (words.message) " " span.muted { (moment(words.at, now)) } }))
            }
            @if let Some(wait) = &claim.wait {
                @let why = wait.obstacle.map(|obstacle| html! { " " code { (obstacle.code()) } });
                (row("Waits", html! { "until " (moment(wait.until, now)) @if let Some(why) = why { (why) } }))
            }
            @if let Some(by) = &claim.cancel_by { (row("To be cancelled", html! { (by) " asked for it" })) }
            @if let Some(before) = retry_of(claim) { (row("Once more", html! { a href={ (LIST) "/" (before) } { (before) } })) }
            @if let Some(due) = claim.due_at().filter(|_| !claim.state.is_over()) { (row("Looked at again", moment(due, now))) }
            (row("Id", html! { code { (claim.id) } }))
        }
    }
}

/// Why there is no run, or why it failed.
fn why(claim: &Claim) -> Markup {
    html! {
        @if let State::Refused { explanation, .. } = &claim.state { p.lead { (sentence(explanation)) } }
        @if let Some(failure) = &claim.failure {
            p.lead {
                "Failed in job " code { (failure.job) } @if let Some(step) = &failure.step { ", step " code { (step) } } ". "
                @if let Some(cause) = failure.cause { (sentence(cause.reason())) " " strong { (sentence(cause.remedy())) } }
            }
            @if let Some(excerpt) = &failure.excerpt { pre.excerpt tabindex="0" { code { (excerpt) } } }
        }
    }
}

fn took(claim: &Claim) -> Option<String> {
    match &claim.state {
        State::Ended { started_at: Some(from), ended_at, .. } => Some(span(ended_at.duration_since(*from))),
        _ => None,
    }
}

fn retry_of(claim: &Claim) -> Option<domain::claim::ClaimId> {
    match &claim.request {
        domain::request::Request::Comment(_) => None,
        domain::request::Request::Api(request) => request.retry_of,
    }
}
