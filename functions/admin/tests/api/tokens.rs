//! The tokens' API: what is made, what is refused and how, what a list shows – and that a token's text is shown once.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use domain::api_token::{ApiToken, ApiTokenText};
use domain::ids::RepoId;
use domain::run_kind::RunKind;
use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

use crate::office::{Answer, Office, Session, post};

const TOKENS: &str = "/api/tokens";
const ANTHROPIC: u64 = 810_001;

/// A body that nothing is wrong with.
fn sound() -> Value {
    json!({"name": "nightly", "repositories": "all", "kinds": ["implement"]})
}

fn sound_but(field: &str, value: Value) -> Value {
    let mut body = sound();
    body[field] = value;
    body
}

async fn made(office: &Office, session: &Session, body: Value) -> Answer {
    let answer = session.post(office, TOKENS, body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

fn text(answer: &Answer) -> ApiTokenText {
    ApiTokenText::parse(answer.body["token"].as_str().expect("a text")).expect("a token")
}

fn path(answer: &Answer) -> String {
    format!("{TOKENS}/{}", answer.body["id"].as_str().expect("an id"))
}

/// What whoever sends the token is known by.
async fn known(office: &Office, answer: &Answer) -> ApiToken {
    let found = office.api_tokens.find(text(answer).hash()).await;
    found.expect("a working table").expect("a token")
}

async fn listed(office: &Office, session: &Session) -> Value {
    let answer = session.get(office, TOKENS).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["tokens"].clone()
}

/// Nothing is in the list: what was refused left nothing.
async fn there_is_none(office: &Office, session: &Session) -> bool {
    listed(office, session).await == json!([])
}

async fn map(office: &Office, session: &Session, repo: &str) {
    let answer = session.put(office, &format!("/api/mappings/octo/{repo}"), json!({})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    map(&office, &session, "anthropic").await;
    let body = json!({"name": "nightly", "repositories": ["Octo/Anthropic"], "kinds": ["gap-fill", "plan", "plan"],
        "expiresInDays": 30});
    let answer = made(&office, &session, body).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let mut shown = json!({
        "id": answer.body["id"], "name": "nightly", "repositories": [{"repoId": ANTHROPIC, "name": "Octo/Anthropic"}],
        "kinds": ["plan", "gap-fill"], "state": "valid", "createdAt": office.time(), "createdBy": "access-code",
        "expiresAt": office.time() + SignedDuration::from_hours(30 * 24),
    });
    let mut once = shown.clone();
    once["token"] = json!(text(&answer).expose());
    assert_eq!(answer.body, once);
    assert_eq!(listed(&office, &session).await, json!([shown]));

    let known = known(&office, &answer).await;
    assert!(known.is_valid(office.time()) && known.may(RepoId::new(ANTHROPIC), RunKind::Plan));
    assert!(!known.may(RepoId::new(ANTHROPIC), RunKind::Implement) && !known.may(RepoId::new(7), RunKind::Plan));

    assert!(office.api_tokens.note_use(text(&answer).hash(), office.time()).await.expect("a working table"));
    let used_at = listed(&office, &session).await[0]["lastUsedAt"].clone();
    assert!(used_at.is_string(), "{used_at}");

    office.hand.advance(SignedDuration::from_secs(1));
    assert_eq!(session.delete(&office, &path(&answer)).await.status, 204);
    shown["state"] = json!("revoked");
    shown["revokedAt"] = json!(office.time());
    shown["revokedBy"] = json!("access-code");
    shown["lastUsedAt"] = used_at;
    assert_eq!(listed(&office, &session).await, json!([shown]));
    assert!(!self::known(&office, &answer).await.is_valid(office.time()));

    office.hand.advance(SignedDuration::from_secs(1));
    assert_eq!(session.delete(&office, &path(&answer)).await.status, 204, "once more");
    assert_eq!(listed(&office, &session).await, json!([shown]), "the first one counts");
}

#[tokio::test]
async fn a_token_of_all_repositories_covers_those_that_come_later_and_has_no_end() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for body in [sound(), sound_but("expiresInDays", Value::Null)] {
        let answer = made(&office, &session, body).await;
        assert_eq!((&answer.body["repositories"], answer.body.get("expiresAt")), (&json!("all"), None));
        let known = known(&office, &answer).await;
        assert!(known.may(RepoId::new(4_711), RunKind::Implement));
        assert!(known.is_valid(office.time() + SignedDuration::from_hours(100 * 365 * 24)));
    }
}

#[tokio::test]
async fn a_tokens_time_is_over_to_the_second() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let answer = made(&office, &session, sound_but("expiresInDays", json!(1))).await;
    let known = known(&office, &answer).await;
    let day = SignedDuration::from_hours(24);
    assert!(known.is_valid(office.time() + day - SignedDuration::from_secs(1)));
    assert!(!known.is_valid(office.time() + day));
    office.hand.advance(day);
    let session = office.signs_in().await;
    assert_eq!(listed(&office, &session).await[0]["state"], "expired");
}

#[tokio::test]
async fn two_tokens_of_one_name_are_two() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let (one, other) = (made(&office, &session, sound()).await, made(&office, &session, sound()).await);
    assert_ne!(text(&one).expose(), text(&other).expose());
    assert_eq!(session.delete(&office, &path(&one)).await.status, 204);
    assert!(
        !known(&office, &one).await.is_valid(office.time()) && known(&office, &other).await.is_valid(office.time())
    );
}

#[tokio::test]
async fn every_fault_is_explained_at_its_place_at_once_and_nothing_is_made() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for (body, fields) in [
        (json!({}), &["kinds", "name", "repositories"][..]),
        (
            json!({"name": "", "repositories": [], "kinds": [], "expiresInDays": 0, "expiresindays": 1}),
            &["expiresInDays", "expiresindays", "kinds", "name", "repositories"],
        ),
        (json!({"name": 7, "repositories": "some", "kinds": "plan"}), &["kinds", "name", "repositories"]),
        (sound_but("name", json!("two\nlines")), &["name"]),
        (sound_but("name", json!("x".repeat(101))), &["name"]),
        (
            sound_but("repositories", json!(["octo/anthropic", "octo", 7, "octo/a b"])),
            &["repositories[1]", "repositories[2]", "repositories[3]"],
        ),
        (sound_but("repositories", json!({"all": true})), &["repositories"]),
        (sound_but("repositories", json!(vec!["octo/anthropic"; 101])), &["repositories"]),
        (sound_but("kinds", json!(["plan", "deploy", null])), &["kinds[1]", "kinds[2]"]),
        (sound_but("expiresInDays", json!("30")), &["expiresInDays"]),
        (sound_but("expiresInDays", json!(1.5)), &["expiresInDays"]),
        (sound_but("expiresInDays", json!(3_651)), &["expiresInDays"]),
        (sound_but("createdBy", json!("root")), &["createdBy"]),
        (sound_but("id", Value::Null), &["id"]),
    ] {
        let answer = session.post(&office, TOKENS, body.clone()).await;
        let mut told = answer.faulty_fields();
        told.sort_unstable();
        assert_eq!((answer.code(), told), ((400, "BAD_REQUEST"), fields.to_vec()), "{body}");
    }
    assert!(there_is_none(&office, &session).await);
}

#[tokio::test]
async fn what_was_sent_is_never_quoted() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for field in ["name", "repositories", "kinds", "expiresInDays"] {
        for value in [json!("hunter2\n"), json!(["hunter2"]), json!({"hunter2": "hunter2"})] {
            let answer = session.post(&office, TOKENS, sound_but(field, value)).await;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(!answer.body.to_string().contains("hunter2"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_token_is_for_repositories_that_are_mapped_and_bound() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for repo in ["anthropic", "nowhere"] {
        map(&office, &session, repo).await;
    }
    let repositories = json!(["octo/unmapped", "octo/anthropic", "octo/nowhere"]);
    let answer = session.post(&office, TOKENS, sound_but("repositories", repositories)).await;
    assert_eq!(answer.code(), (400, "BAD_REQUEST"));
    assert_eq!(answer.faulty_fields(), ["repositories[0]", "repositories[2]"]);
    let detail = |place: usize| answer.body["errors"][place]["detail"].as_str().unwrap_or_default();
    assert!(detail(0).contains("PUT one to /api/mappings/octo/unmapped"), "{}", detail(0));
    assert!(detail(1).contains("install the App there"), "{}", detail(1));
    assert!(there_is_none(&office, &session).await);
}

#[tokio::test]
async fn an_id_that_nobody_has_and_a_text_that_is_none_are_not_found() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for id in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "%ff", "01ARZ3NDEKTSV4RRFFQ69G5FAV%23"] {
        assert_eq!(session.delete(&office, &format!("{TOKENS}/{id}")).await.code(), (404, "NOT_FOUND"), "{id}");
    }
    // Neither a hash nor the token itself names one.
    let answer = made(&office, &session, sound()).await;
    for other in [text(&answer).hash().to_string(), text(&answer).expose().to_owned()] {
        assert_eq!(session.delete(&office, &format!("{TOKENS}/{other}")).await.code(), (404, "NOT_FOUND"), "{other}");
    }
    assert!(known(&office, &answer).await.is_valid(office.time()));
}

#[tokio::test]
async fn the_list_comes_in_pages_the_newest_first() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let mut expected = Vec::new();
    for _ in 0..51 {
        office.hand.advance(SignedDuration::from_secs(1));
        expected.push(made(&office, &session, sound()).await.body["id"].clone());
    }
    expected.reverse();
    let first = session.get(&office, TOKENS).await;
    let next = first.body["next"].as_str().expect("there is more");
    let second = session.get(&office, &format!("{TOKENS}?cursor={next}")).await;
    assert_eq!(second.body["next"], Value::Null);
    let pages = [&first, &second].map(|page| page.body["tokens"].as_array().expect("tokens"));
    assert_eq!(pages.map(Vec::len), [50, 1]);
    assert_eq!(pages.into_iter().flatten().map(|token| token["id"].clone()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn odd_parameters_and_bodies_are_refused() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for query in ["cursor=", "cursor=x", "limit=10", "cursor=x&cursor=y"] {
        assert_eq!(session.get(&office, &format!("{TOKENS}?{query}")).await.code(), (400, "BAD_REQUEST"), "{query}");
    }
    for body in ["", "[]", "null", "{", "{} {}"] {
        let request = post(TOKENS).header("authorization", session.bearer());
        assert_eq!(office.answer(request, body).await.code(), (400, "BAD_REQUEST"), "{body}");
    }
    let plain = Request::post(TOKENS).header("authorization", session.bearer());
    assert_eq!(office.answer(plain, sound().to_string()).await.code(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    let huge = sound_but("name", json!("x".repeat(70_000)));
    assert_eq!(session.post(&office, TOKENS, huge).await.code(), (413, "TOO_LARGE"));
    assert_eq!(session.put(&office, TOKENS, sound()).await.code(), (405, "METHOD_NOT_ALLOWED"));
    assert!(there_is_none(&office, &session).await);
}

#[tokio::test]
async fn an_api_token_is_no_session() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let token = text(&made(&office, &session, sound()).await).expose().to_owned();
    let request = Request::get(TOKENS).header("authorization", format!("Bearer {token}"));
    assert_eq!(office.answer(request, "").await.code(), (401, "NOT_SIGNED_IN"));
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_listed_as_one_and_can_be_revoked() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let broken = made(&office, &session, sound()).await;
    office.hand.advance(SignedDuration::from_secs(1));
    let whole = made(&office, &session, sound()).await;
    office.spoil_token(&text(&broken));
    let tokens = listed(&office, &session).await;
    assert_eq!(tokens[1], json!({"id": broken.body["id"], "unreadable": true}));
    assert_eq!(tokens[0]["id"], whole.body["id"]);
    assert_eq!(session.delete(&office, &path(&broken)).await.status, 204);
}

#[tokio::test]
async fn a_table_that_is_out_is_said_so() {
    let office = Office::without_a_table().await;
    // A session of another instance: signing in needs the table.
    let session = Office::open().await.signs_in().await;
    assert_eq!(session.get(&office, TOKENS).await.code(), (503, "UNAVAILABLE"));
    assert_eq!(session.post(&office, TOKENS, sound()).await.code(), (503, "UNAVAILABLE"));
    let path = format!("{TOKENS}/01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(session.delete(&office, &path).await.code(), (503, "UNAVAILABLE"));
}

/// What was logged. Clones are the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panicked")).into_owned()
    }
}

/// Of everybody, at every level; the test's runtime has one thread, so all of it comes here.
#[tokio::test]
async fn no_log_and_no_list_has_a_tokens_text() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    let logged = tracing::subscriber::set_default(subscriber);
    let office = Office::open().await;
    let session = office.signs_in().await;
    let answer = made(&office, &session, sound()).await;
    let list = session.get(&office, TOKENS).await;
    assert_eq!(session.delete(&office, &path(&answer)).await.status, 204);
    drop(logged);

    let (text, id) = (text(&answer), answer.body["id"].as_str().expect("an id"));
    let written = log.text();
    for event in ["an API token was made", "an API token was revoked"] {
        assert!(written.lines().any(|line| line.contains(event) && line.contains(id)), "{event} is not logged");
    }
    for (place, words) in [("the log", &written), ("the list", &list.body.to_string())] {
        assert!(!words.contains(&text.expose()[4..]), "{place} has the token");
        assert!(place == "the log" || !words.contains(&text.hash().to_string()), "{place} has the hash");
    }
}
