//! The health of the whole, as those see it who run it.
//!
//! Owns the page. What can't be known just now is said to be unknown, each by itself.

use axum::extract;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::chrome::{Section, page as framed};
use super::dispatches::PAGE as DISPATCHES;
use super::failure::Failure;
use super::parts::{Tone, moment, notice, pill, sentence, span};
use super::visitor::Visitor;
use crate::health::deliveries::FailedDeliveries;
use crate::health::details::{self, HealthDetails, Oldest, Part};
use crate::health::{Report, Status};
use crate::state::State;

/// `GET /admin/health`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
) -> Result<Response, Failure> {
    let health = details::details(&state).await?;
    let now = health.at;
    let body = html! {
        div.head { h1 { "Health" } p.muted { "Looked at " (moment(now, now)) } }
        @for problem in &health.problems { (notice(Tone::Warn, &sentence(problem))) }
        (figures(&health, now))
        div.two {
            section.card aria-labelledby="parts" {
                h2 #parts { "Parts" }
                (known(&health.report, parts))
                @for untold in &health.not_looked_at { p.muted { (sentence(untold)) } }
            }
            section.card aria-labelledby="deliveries" {
                h2 #deliveries { "GitHub's deliveries that never arrived" }
                (known(&health.deliveries, |failed| deliveries(failed, now)))
            }
        }
        p.muted {
            "AI-Implement " (health.versions.release)
            @if let Some(function) = &health.versions.function { ", version " (function) " of the function" }
        }
    };
    Ok(framed("Health", Section::Health, &visitor, &body))
}

fn figures(health: &HealthDetails, now: Timestamp) -> Markup {
    html! {
        dl.figures {
            div {
                dt { "In the queue" }
                dd { (known(&health.queue, |depth| html! {
                    (depth.visible) small { (depth.in_flight) " at work, " (depth.delayed) " for later" }
                })) }
            }
            div {
                dt { "Waits the longest" }
                dd { (known(&health.oldest, |oldest| waiting(oldest.as_ref(), now))) }
            }
            div {
                dt { "Dead letters" }
                dd { (known(&health.dead_letters, |count| html! {
                    (count) small { @if *count == 0 { "nothing failed for good" } @else { "the README says what to do" } }
                })) }
            }
            div {
                dt { "Unknown outcomes" }
                dd { (known(&health.unknown_outcomes, |count| html! {
                    (count.count) @if count.has_more { "+" }
                    small {
                        @if count.count == 0 {
                            "nobody has to decide"
                        } @else {
                            a href={ (DISPATCHES) "?state=unknown" } { "decide on them" }
                        }
                    }
                })) }
            }
        }
    }
}

fn waiting(oldest: Option<&Oldest>, now: Timestamp) -> Markup {
    let since = |at: Timestamp| span(now.duration_since(at).max(SignedDuration::ZERO));
    match oldest {
        None => html! { "–" small { "nothing waits" } },
        Some(Oldest::Message { sent_at, .. }) => html! { (since(*sent_at)) small { "the oldest message" } },
        Some(Oldest::OverdueDispatch { id, due_at, .. }) => html! {
            (since(*due_at)) small { a href={ (DISPATCHES) "/" (id) } { "a dispatch" } " is overdue" }
        },
    }
}

fn known<T>(part: &Part<T>, show: impl Fn(&T) -> Markup) -> Markup {
    match part {
        Part::Known(known) => show(known),
        Part::Unknown { unknown } => {
            html! { span.unknown { (pill(Tone::Idle, "Unknown")) small { (sentence(unknown)) } } }
        }
    }
}

fn parts(report: &Report) -> Markup {
    html! {
        ul.checks {
            @for check in &report.checks {
                li {
                    div { (verdict(check.status)) }
                    p { strong { (check.name) } ". " (check.detail) }
                }
            }
        }
    }
}

fn verdict(status: Status) -> Markup {
    match status {
        Status::Ok => pill(Tone::Good, "Fine"),
        Status::Missing => pill(Tone::Bad, "Missing"),
        Status::Malformed => pill(Tone::Bad, "Malformed"),
        Status::Unreadable => pill(Tone::Warn, "Unreadable"),
    }
}

fn deliveries(failed: &FailedDeliveries, now: Timestamp) -> Markup {
    html! {
        @if failed.count == 0 {
            p { "None since " (moment(failed.since, now)) "." }
        } @else {
            p {
                (failed.count) " since " (moment(failed.since, now))
                ". They are asked for again by themselves, for as long as GitHub keeps them."
            }
            ul.lines {
                @for delivery in &failed.newest {
                    li {
                        span { code { (delivery.event) } " " span.muted { (delivery.guid) } }
                        span { "answered " (delivery.status) ", " (moment(delivery.failed_at, now)) }
                    }
                }
            }
        }
    }
}
