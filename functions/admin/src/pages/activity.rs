//! The activity of the last days: figures, and a chart of each day.
//!
//! Owns the page. The figures are the activity's own; the drawing is the chart's.

mod chart;

use axum::extract;
use axum::response::Response;
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::Deserialize;
use web::QueryParameters;

use self::chart::Series;
use super::chrome::{Section, page as framed};
use super::failure::Failure;
use super::parts::{moment, span, table};
use super::visitor::Visitor;
use crate::activity::{self, Activity, ActivityDay, Figures};
use crate::state::State;

const PAGE: &str = "/admin/activity";
const CHOICES: [u16; 4] = [7, 14, 30, 90];

#[derive(Deserialize)]
pub(super) struct Query {
    days: Option<u16>,
}

/// `GET /admin/activity`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let days = query.days.unwrap_or(activity::DAYS);
    let activity = activity::activity(&state, days).await?;
    let now = state.clock.now();
    let body = html! {
        div.head {
            h1 { "Activity" }
            nav.actions aria-label="How many days" {
                @for choice in CHOICES {
                    @let is_chosen = (choice == days).then_some("true");
                    a.button href={ (PAGE) "?days=" (choice) } aria-current=[is_chosen] { (choice) " days" }
                }
            }
        }
        (figures(&activity.total))
        section.card aria-labelledby="runs" {
            div.head {
                h2 #runs { "Requests for a run, by day" }
                p.muted { @match activity.counted_at {
                    Some(at) => { "Today as counted " (moment(at, now)) "; days of UTC" },
                    None => "Today is not counted yet; days of UTC",
                } }
            }
            (chart::draw(&activity.days))
            (chart::legend())
            details { summary { "The same as a table" } (days_table(&activity)) }
        }
    };
    Ok(framed("Activity", Section::Activity, &visitor, &body))
}

fn figures(total: &Figures) -> Markup {
    html! {
        dl.figures {
            div { dt { "Asked for" } dd { (total.asked) small { (total.dispatched) " dispatched" } } }
            div { dt { "Success" } dd { (rate(total)) small { "of the runs that ended by themselves" } } }
            div { dt { "Comment to dispatch" } dd { (wait(total.median_wait_ms)) small { "in the median" } } }
            div { dt { "Comment to dispatch" } dd { (wait(total.p95_wait_ms)) small { "in 95 of 100 cases at most" } } }
        }
    }
}

fn rate(figures: &Figures) -> String {
    figures.success_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.0} %", rate * 100.0))
}

fn wait(milliseconds: Option<i64>) -> String {
    match milliseconds.map(SignedDuration::from_millis) {
        None => "–".to_owned(),
        Some(short) if short < SignedDuration::from_secs(10) => format!("{:.1} s", short.as_secs_f64()),
        Some(long) => span(long),
    }
}

fn days_table(activity: &Activity) -> Markup {
    let columns: Vec<&str> =
        ["Day"].into_iter().chain(Series::ALL.map(Series::name)).chain(["Success", "Median", "95 %"]).collect();
    let rows = html! { @for day in activity.days.iter().rev() { (row(day)) } };
    table("Requests for a run, by day", &columns, &rows)
}

fn row(day: &ActivityDay) -> Markup {
    let figures = &day.figures;
    html! {
        tr {
            th scope="row" { (day.date) }
            @for series in Series::ALL { td.number { (series.of(&figures.runs)) } }
            td.number { (rate(figures)) }
            td.number { (wait(figures.median_wait_ms)) }
            td.number { (wait(figures.p95_wait_ms)) }
        }
    }
}
