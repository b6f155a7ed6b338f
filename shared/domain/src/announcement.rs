//! What a team's channel is told of a claim: that its run is dispatched, and how it ended.
//!
//! Owns which states are news, and their words, as a pure function of the claim; `slack` and `teams` own how a service
//! wants them written. Never sends, and never lets a foreign text become a link or a mention.

mod slack;
mod teams;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claim::{Claim, DispatchOrder, Outcome, State};
use crate::command::COMMAND_WORD;
use crate::feedback::duration;
use crate::notify_url::Service;
use crate::run_kind::RunKind;

/// A claim's news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Announcement {
    /// GitHub has started the run.
    Dispatched,
    /// The run ended green.
    Succeeded,
    /// The run ended red.
    Failed,
    /// Somebody stopped the run.
    Cancelled,
    /// A time limit ended the run.
    TimedOut,
    /// Somebody deleted the run before its end was known.
    Gone,
    /// It ended without having asked whether it may act.
    NotAdmitted,
}

/// The words of one announcement, before a service's own way of writing them.
struct News<'a> {
    sign: &'static str,
    word: &'static str,
    /// How long the run took, where it has ended and had a runner.
    lasted: Option<String>,
    task: &'static str,
    /// `owner/repo#number`.
    conversation: String,
    conversation_page: Option<String>,
    run_page: Option<&'a str>,
    advice: Option<String>,
    commenter: &'a str,
    /// What people call the ticket, where it isn't the conversation itself.
    ticket: Option<&'a str>,
    /// Where the model is called; the region stands in a code span.
    provider: Option<String>,
}

impl Announcement {
    /// The news of a claim as it stands; `None` where it has none.
    #[must_use]
    pub const fn of(claim: &Claim) -> Option<Self> {
        let State::Ended { outcome, .. } = &claim.state else {
            let has_a_run = matches!(claim.state, State::Dispatched { .. } | State::Started { .. });
            return if has_a_run { Some(Self::Dispatched) } else { None };
        };
        Some(match outcome {
            Outcome::Succeeded => Self::Succeeded,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Cancelled => Self::Cancelled,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Gone => Self::Gone,
            Outcome::NotAdmitted => Self::NotAdmitted,
        })
    }

    /// The stable name, for ids and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dispatched => "dispatched",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
            Self::Gone => "gone",
            Self::NotAdmitted => "not-admitted",
        }
    }

    /// What is posted to a service's webhook.
    #[must_use]
    pub fn message(self, claim: &Claim, service: Service) -> Value {
        let news = News::of(self, claim);
        match service {
            Service::Slack | Service::Other => slack::message(&news),
            Service::Teams => teams::message(&news),
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Dispatched => ("🚀", "Dispatched"),
            Self::Succeeded => ("✅", "Succeeded"),
            Self::Failed => ("❌", "Failed"),
            Self::Cancelled => ("⏹️", "Cancelled"),
            Self::TimedOut => ("⌛", "Timed out"),
            Self::Gone => ("🗑️", "Gone"),
            Self::NotAdmitted => ("❔", "Not certain"),
        }
    }

    fn advice(self) -> Option<String> {
        let (what, to) = match self {
            Self::Dispatched | Self::Succeeded => return None,
            Self::Failed => ("The run's log has the cause. ", "try again"),
            Self::Cancelled => ("", "start again"),
            Self::TimedOut => ("The time limit ended it. ", "go on"),
            Self::Gone => ("Somebody deleted the run before its end was known. ", "start again"),
            Self::NotAdmitted => ("The run never asked whether it may work. ", "start again"),
        };
        Some(format!("{what}Comment `{COMMAND_WORD}` there to {to}."))
    }
}

impl<'a> News<'a> {
    fn of(announcement: Announcement, claim: &'a Claim) -> Self {
        let request = &claim.request;
        let (sign, word) = announcement.words();
        let order = claim.order.as_ref();
        let repo = &request.repo().name;
        let conversation = match request.number() {
            Some(number) => format!("{repo}#{number}"),
            None => repo.to_string(),
        };
        let (run_page, server) = claim.state.run().and_then(|run| linkable(&run.html_url)).unzip();
        Self {
            sign,
            word,
            lasted: lasted(announcement, &claim.state),
            task: order.map_or("the command in", task),
            // GitHub leads from an issue's address to the pull request of that number.
            conversation_page: server.map(|server| match request.number() {
                Some(number) => format!("{server}/{repo}/issues/{number}"),
                None => format!("{server}/{repo}"),
            }),
            run_page,
            advice: announcement.advice(),
            commenter: request.asker(),
            ticket: order.map(|order| order.ticket.identifier.as_str()).filter(|ticket| *ticket != conversation),
            provider: order.map(|order| order.provider.to_string()),
            conversation,
        }
    }

    /// ` after 3 min 20 s`, or nothing.
    fn after(&self) -> String {
        self.lasted.as_deref().map(|lasted| format!(" after {lasted}")).unwrap_or_default()
    }
}

const fn task(order: &DispatchOrder) -> &'static str {
    match order.kind {
        RunKind::GapFill => "filling the gaps of",
        RunKind::Implement => "implementing",
        RunKind::Plan => "planning",
    }
}

fn lasted(announcement: Announcement, state: &State) -> Option<String> {
    match state {
        State::Ended { started_at: Some(started_at), ended_at, .. } if announcement != Announcement::Dispatched => {
            Some(duration(*started_at, *ended_at))
        }
        _ => None,
    }
}

/// A web page's address that can stand in a link as it is, and its server's; so a GitHub of one's own is linked too.
fn linkable(page: &str) -> Option<(&str, &str)> {
    let breaks_a_link = |b: u8| !b.is_ascii_graphic() || b"<>|\"\\^`{}".contains(&b);
    let (scheme, rest) = page.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    let server = page.get(..scheme.len() + "://".len() + host.len())?;
    (matches!(scheme, "http" | "https") && !page.bytes().any(breaks_a_link)).then_some((page, server))
}

#[cfg(test)]
mod tests;
