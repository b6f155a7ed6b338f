//! The announcements, read aloud, and what hostile texts make of them.

use proptest::prelude::*;

use super::*;
use crate::claim::tests::{
    at, command_of, dispatched, dispatching, event, in_every_state, order, received, run, unknown,
};
use crate::claim::{HeadPin, Nonce, RunRef};
use crate::ids::UserId;
use crate::message::{Commenter, RunAction, SubjectKind};
use crate::provider::Provider;
use crate::ticket::TicketOrigin;

fn started() -> Claim {
    dispatched().observe(&event(&received(), RunAction::InProgress, None, 10)).expect("it moves")
}

fn ended(conclusion: &str, second: i64) -> Claim {
    started().observe(&event(&received(), RunAction::Completed, Some(conclusion), second)).expect("it moves")
}

/// An issue that is its own ticket, at a GitHub of one's own.
fn issue(kind: RunKind) -> Claim {
    let mut claim = received();
    command_of(&mut claim).subject = SubjectKind::Issue;
    let mut order = DispatchOrder { kind, head: None, provider: Provider::Anthropic, ..order() };
    order.ticket.identifier = "Octo/Hello#5".into();
    order.ticket.origin = TicketOrigin::Conversation;
    let run = RunRef { html_url: "https://ghes.example.com/Octo/Hello/actions/runs/31".into(), ..run() };
    let intended = claim.intend(order, Nonce::new(1), at(1)).expect("from received");
    intended.dispatched(run, at(2)).expect("from dispatching")
}

fn every_piece_of_news() -> Vec<Claim> {
    vec![
        dispatched(),
        issue(RunKind::Implement),
        issue(RunKind::Plan),
        ended("success", 210),
        ended("failure", 35),
        ended("cancelled", 4_000),
        ended("timed_out", 5_410),
        dispatched().run_is_gone(at(50)).expect("a run was under way"),
    ]
}

fn message(claim: &Claim, service: Service) -> Value {
    Announcement::of(claim).expect("news").message(claim, service)
}

fn slack_text(claim: &Claim) -> String {
    message(claim, Service::Slack)["text"].as_str().expect("a text").to_owned()
}

#[test]
fn every_message_to_slack_reads_well() {
    let texts: Vec<String> = every_piece_of_news().iter().map(slack_text).collect();
    insta::assert_snapshot!(texts.join("\n\n=====\n\n"));
}

#[test]
fn every_message_to_teams_reads_well() {
    let cards = every_piece_of_news();
    let cards: Vec<Value> = cards.iter().map(|claim| message(claim, Service::Teams)).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&cards).expect("json"));
}

#[test]
fn what_is_neither_slack_nor_teams_reads_slacks_shape() {
    assert_eq!(message(&dispatched(), Service::Other), message(&dispatched(), Service::Slack));
}

#[test]
fn a_dispatch_and_an_end_are_news_and_nothing_else_is() {
    let named: Vec<_> = in_every_state()
        .iter()
        .filter_map(|claim| Some((claim.state.name(), Announcement::of(claim)?.name())))
        .collect();
    assert!(named.contains(&("dispatched", "dispatched")) && named.contains(&("started", "dispatched")), "{named:?}");
    for (state, name) in named {
        assert!(name == state || state == "started", "{state} is told as {name}");
    }
    for quiet in [received(), dispatching(), unknown()] {
        assert_eq!(Announcement::of(&quiet), None);
    }
}

#[test]
fn every_end_is_told_by_its_own_name() {
    for (conclusion, name) in [
        ("success", "succeeded"),
        ("failure", "failed"),
        ("startup_failure", "failed"),
        ("cancelled", "cancelled"),
        ("timed_out", "timed-out"),
    ] {
        assert_eq!(Announcement::of(&ended(conclusion, 20)).map(Announcement::name), Some(name), "{conclusion}");
    }
}

#[test]
fn a_dispatch_that_is_told_late_says_nothing_of_the_end() {
    let claim = ended("failure", 35);
    assert_eq!(Announcement::Dispatched.message(&claim, Service::Slack), message(&dispatched(), Service::Slack));
}

#[test]
fn a_page_that_can_not_be_linked_is_not() {
    for page in
        ["", "javascript:alert(1)", "https://", "https://x|y/z", "https://x/<!here>", "https://x/\ny", "ftp://x/y"]
    {
        let mut claim = received().intend(order(), Nonce::new(1), at(1)).expect("from received");
        claim = claim.dispatched(RunRef { html_url: page.into(), ..run() }, at(2)).expect("from dispatching");
        assert!(!slack_text(&claim).contains('<'), "{page}");
        let card = &message(&claim, Service::Teams)["attachments"][0]["content"];
        assert_eq!(card["actions"], serde_json::json!([]), "{page}");
    }
}

/// A claim whose every foreign text is this one.
fn with_foreign(text: &str) -> Claim {
    let mut claim = ended(text, 35);
    command_of(&mut claim).commenter = Commenter { id: UserId::new(4), login: text.to_owned() };
    let order = claim.order.as_mut().expect("an order");
    order.ticket.identifier = text.to_owned();
    order.ticket.title = text.to_owned();
    order.head = Some(HeadPin { branch: text.to_owned(), sha: text.to_owned() });
    claim
}

/// Every string under a key, with the kind of element that it belongs to.
fn strings<'a>(value: &'a Value, key: &str, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| strings(value, key, found)),
        Value::Object(fields) => {
            if let Some(text) = fields.get(key).and_then(Value::as_str) {
                found.push((fields.get("type").and_then(Value::as_str).unwrap_or(""), text));
            }
            fields.values().for_each(|value| strings(value, key, found));
        }
        _ => {}
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "<!channel>|<!here>|<@U1>|<#C1\\|x>|<https://evil.example\\|here>|@channel|<at>all</at>",
        "\\[here\\]\\(https://evil.example\\)|https://evil.example|\\*b\\*|_i_|~s~|```|`|&lt;!channel&gt;|&",
        "\\||>|<|\n|\r\n|\t|\u{2028}|\u{202e}|\\PC{0,5}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_foreign_text_becomes_a_mention_or_a_link_in_slack(text in hostile()) {
        let written = slack_text(&with_foreign(&text));
        let ours = [
            "<https://github.com/Octo/Hello/issues/5|Octo/Hello#5>",
            "<https://github.com/Octo/Hello/actions/runs/31|See the run>",
        ];
        let rest = ours.iter().fold(written.clone(), |rest, link| rest.replacen(link, "", 1));
        prop_assert!(!rest.contains(['<', '>']), "{}", written);
        prop_assert!(rest.lines().count() <= 3, "{}", written);
        // Every other piece between two backticks is a code span's; all others are our own words.
        let pieces: Vec<&str> = rest.split('`').collect();
        prop_assert_eq!(pieces.len() % 2, 1, "{}", written);
        let own: String = pieces.iter().step_by(2).copied().collect();
        prop_assert!(!own.contains(['@', '[', '~', '_', '&']) && !own.contains("evil"), "{}", written);
    }

    #[test]
    fn no_text_of_a_card_is_read_as_markdown(text in hostile()) {
        let card = message(&with_foreign(&text), Service::Teams);
        let mut texts = Vec::new();
        strings(&card, "text", &mut texts);
        prop_assert!(texts.iter().all(|(kind, text)| *kind == "TextRun" && !text.contains('\n')), "{card:?}");
        let mut pages = Vec::new();
        strings(&card, "url", &mut pages);
        prop_assert!(pages.iter().all(|(_, page)| page.starts_with("https://github.com/Octo/Hello/")), "{card:?}");
        let mut titles = Vec::new();
        strings(&card, "title", &mut titles);
        prop_assert_eq!(titles, [("Action.OpenUrl", "See the run"), ("Action.OpenUrl", "Open Octo/Hello#5")]);
    }
}
