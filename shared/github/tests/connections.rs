//! What becomes of a call when its connection breaks, over real connections: that nothing is dispatched twice rests
//! on it.
//!
//! Owns a GitHub of a few lines that can fall silent at any byte, and that counts what arrived. Never sleeps: a request
//! is counted before the call that sent it returns.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::{Clock, ManualClock};
use domain::claim::{ClaimId, DispatchOrder, RunRef};
use domain::command::Instructions;
use domain::feedback::Reaction;
use domain::ids::{AppId, CommentId, InstallationId, RepoId, RunId};
use domain::inputs::{RunFacts, WorkflowInputs};
use domain::mapping::{Mapping, MappingDraft};
use domain::workflow_file::WorkflowDeclaration;
use github::{AppCredentials, CALL_TIMEOUT, DispatchReceipt, GitHub, GitHubError, Patience, Repository};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const NOW: &str = "2026-11-01T10:00:00Z";
const TOKENS_END: &str = "2026-11-01T11:00:00Z";
const RUN: &str = r#"{"workflow_run_id":31,"run_url":"https://api.github.com/repos/octo/hello/actions/runs/31","html_url":"https://github.com/octo/hello/actions/runs/31"}"#;
/// No call may take longer, whatever the server does.
const PATIENCE: Duration = Duration::from_mins(1);

/// The App's key, in PEM; nobody checks what it signs.
static PRIVATE_KEY: LazyLock<String> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key that can be written");
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
});

/// What the server does with a request, once it has read all of it.
enum Reply {
    /// Writes this and closes the connection.
    Close(String),
    /// Writes this and waits for the next request on the same connection.
    Keep(String),
    /// Writes nothing and resets the connection.
    Reset,
    /// Never writes anything. From here on the test's time runs as fast as its timers allow.
    Silence,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
struct Arrived {
    /// Which connection it came on, from 0.
    connection: usize,
    path: String,
    authorization: String,
    body: Value,
}

/// A server on this machine. It mints tokens by itself unless the test says otherwise, and does with other requests
/// what the test says.
struct Server {
    url: String,
    wire: Arc<Mutex<Wire>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Wire {
    replies: VecDeque<Reply>,
    replies_to_minting: VecDeque<Reply>,
    minted: usize,
    arrived: Vec<Arrived>,
    connections: Vec<JoinHandle<()>>,
}

impl Server {
    async fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let wire = Arc::new(Mutex::new(Wire { replies: replies.into_iter().collect(), ..Wire::default() }));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&wire)));
        Self { url, wire, accepting }
    }

    fn repository(&self) -> Repository {
        self.repository_with(Patience::default())
    }

    fn repository_with(&self, patience: Patience) -> Repository {
        let clock = Clock::Manual(ManualClock::at(NOW.parse().expect("a time")));
        let credentials = AppCredentials::new(AppId::new(1), PRIVATE_KEY.as_str());
        let github = GitHub::with_patience(&self.url, &credentials, clock, patience).expect("a client");
        github.repository(InstallationId::new(70), RepoId::new(7), "octo/hello".parse().expect("a name"))
    }

    /// Closes the connections that are open; returns when they are closed.
    async fn hang_up(&self) {
        let connections = std::mem::take(&mut self.wire().connections);
        for connection in connections {
            connection.abort();
            let _ = connection.await;
        }
    }

    /// Closes the port; returns when it is closed.
    async fn close(&mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
        self.hang_up().await;
    }

    fn minted(&self) -> usize {
        self.wire().minted
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.wire().arrived.clone()
    }

    fn dispatches(&self) -> usize {
        self.wire().arrived.iter().filter(|request| request.path.ends_with("/dispatches")).count()
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().expect("the server did not panic")
    }
}

impl Wire {
    fn reply_to(&mut self, request: Arrived) -> Reply {
        if request.path == "/app/installations/70/access_tokens" {
            if let Some(reply) = self.replies_to_minting.pop_front() {
                return reply;
            }
            self.minted += 1;
            let token = json!({"token": format!("token-{}", self.minted), "expires_at": TOKENS_END});
            return answer(201, &token.to_string());
        }
        self.arrived.push(request);
        self.replies.pop_front().unwrap_or_else(|| answer(500, "nobody expected this request"))
    }
}

async fn accept(listener: TcpListener, wire: Arc<Mutex<Wire>>) {
    for number in 0.. {
        let (stream, _) = listener.accept().await.expect("a connection");
        let connection = tokio::spawn(serve(stream, number, Arc::clone(&wire)));
        wire.lock().expect("the server did not panic").connections.push(connection);
    }
}

async fn serve(stream: TcpStream, connection: usize, wire: Arc<Mutex<Wire>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream, connection).await {
        let reply = wire.lock().expect("the server did not panic").reply_to(request);
        let (bytes, is_last) = match reply {
            Reply::Close(bytes) => (bytes, true),
            Reply::Keep(bytes) => (bytes, false),
            Reply::Reset => {
                stream.get_ref().set_zero_linger().expect("an open socket");
                return;
            }
            Reply::Silence => {
                tokio::time::pause();
                std::future::pending().await
            }
        };
        if stream.write_all(bytes.as_bytes()).await.is_err() || is_last {
            return;
        }
    }
}

/// The next request of a connection; `None` when the client has closed it.
async fn read(stream: &mut BufReader<TcpStream>, connection: usize) -> Option<Arrived> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let header = |name: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    let length = header("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Arrived {
        connection,
        path: head.split(' ').nth(1).expect("a request line").to_owned(),
        authorization: header("authorization").unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).expect("JSON"),
    })
}

/// A whole answer, after which the connection is closed, as it says.
fn answer(status: u16, body: &str) -> Reply {
    Reply::Close(whole(status, "connection: close\r\n", body))
}

/// A whole answer, after which the connection stays open.
fn answer_and_keep(status: u16, body: &str) -> Reply {
    Reply::Keep(whole(status, "", body))
}

fn whole(status: u16, fields: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} \r\n{fields}content-length: {}\r\n\r\n{body}", body.len())
}

async fn dispatch(repository: &Repository) -> Result<DispatchReceipt, GitHubError> {
    let order: DispatchOrder = serde_json::from_value(json!({
        "kind": "implement", "workflow_file": "claude-implement.yml", "git_ref": "main", "provider": {"name": "anthropic"},
        "ticket": {"id": "7#5", "identifier": "octo/hello#5", "title": "Retry uploads", "description": "", "origin": "conversation"},
    }))
    .expect("an order");
    let draft: MappingDraft = serde_json::from_value(json!({"owner": "octo", "repo": "hello"})).expect("a draft");
    let facts = RunFacts {
        claim: ClaimId::from_parts(0, 1),
        ticket: &order.ticket,
        pull_request: None,
        mapping: &Mapping::try_from(draft).expect("a mapping"),
        instructions: &Instructions::None,
        planning: &domain::planning_context::PlanningContext::default(),
        callback: None,
    };
    let workflow = "on:\n  workflow_dispatch:\n    inputs: {issue_id: {required: true}}";
    let declaration = WorkflowDeclaration::parse(workflow).expect("dispatchable");
    let inputs = WorkflowInputs::fit(facts, &declaration).expect("inputs");
    let answered = tokio::time::timeout(PATIENCE, repository.dispatch_workflow(&order, &inputs)).await;
    answered.expect("a call ends by itself")
}

fn bad_credentials() -> Reply {
    answer(401, r#"{"message":"Bad credentials"}"#)
}

async fn react(repository: &Repository) -> Result<(), GitHubError> {
    repository.react(CommentId::new(900), Reaction::Seen).await
}

fn is_in_doubt(outcome: &Result<DispatchReceipt, GitHubError>) -> bool {
    matches!(outcome, Err(GitHubError::Ambiguous { .. }))
}

#[tokio::test]
async fn a_closed_port_proves_that_nothing_was_sent() {
    let mut server = Server::replying([answer(201, "{}")]).await;
    let repository = server.repository();
    react(&repository).await.expect("a token, and a reaction");
    server.close().await;
    let outcome = dispatch(&repository).await;
    assert!(matches!(outcome, Err(GitHubError::Transport(_))), "{outcome:?}");
    assert_eq!((server.minted(), server.dispatches()), (1, 0));
}

#[tokio::test]
async fn a_token_that_is_not_minted_proves_that_nothing_was_sent() {
    for fault in [Reply::Close(String::new()), Reply::Reset, answer(502, ""), answer(201, "{}"), Reply::Silence] {
        let server = Server::replying([]).await;
        server.wire().replies_to_minting.push_back(fault);
        let outcome = dispatch(&server.repository()).await;
        assert!(matches!(outcome, Err(GitHubError::Transport(_))), "{outcome:?}");
        assert_eq!((server.minted(), server.dispatches()), (0, 0));
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_without_an_answer_leaves_one_dispatch_in_doubt() {
    for nothing in [Reply::Close(String::new()), Reply::Reset] {
        let server = Server::replying([nothing]).await;
        let outcome = dispatch(&server.repository()).await;
        assert!(is_in_doubt(&outcome), "{outcome:?}");
        assert_eq!(server.dispatches(), 1);
    }
}

#[tokio::test]
async fn half_an_answer_leaves_one_dispatch_in_doubt() {
    for half in [
        "HTTP/1.1 20".to_owned(),
        "HTTP/1.1 204 No Content\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{RUN}", RUN.len() + 1),
        // Half of these would be a definite refusal, a call to wait, and a call to send it again.
        "HTTP/1.1 404 Not Found\r\ncontent-length: 99\r\n\r\n{\"message\":\"Not".to_owned(),
        "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 99\r\n\r\n{\"message\":\"rate".to_owned(),
        "HTTP/1.1 401 Unauthorized\r\ncontent-length: 99\r\n\r\n{\"message\":\"Bad".to_owned(),
    ] {
        let server = Server::replying([Reply::Close(half.clone())]).await;
        let outcome = dispatch(&server.repository()).await;
        assert!(is_in_doubt(&outcome), "{half:?}: {outcome:?}");
        assert_eq!(server.dispatches(), 1, "{half:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_one_dispatch_in_doubt() {
    let server = Server::replying([Reply::Silence]).await;
    let outcome = dispatch(&server.repository()).await;
    assert!(is_in_doubt(&outcome), "{outcome:?}");
    assert_eq!(server.dispatches(), 1);
}

#[tokio::test]
async fn a_caller_of_less_patience_waits_no_longer() {
    let server = Server::replying([Reply::Silence]).await;
    let patience = Patience { call: Duration::from_millis(100), ..Patience::default() };
    let repository = server.repository_with(patience);
    let sent = tokio::time::Instant::now();
    let outcome = dispatch(&repository).await;
    assert!(is_in_doubt(&outcome), "{outcome:?}");
    assert!(sent.elapsed() < CALL_TIMEOUT, "{:?}", sent.elapsed());
}

#[tokio::test]
async fn nothing_new_is_no_answer_to_who_did_not_ask_for_it() {
    let server = Server::replying([answer(304, "")]).await;
    let outcome = react(&server.repository()).await;
    assert!(matches!(outcome, Err(GitHubError::Rejected { status: 304, .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_carries_no_dispatch_twice() {
    let server = Server::replying([answer_and_keep(201, "{}"), answer(200, RUN)]).await;
    let repository = server.repository();
    react(&repository).await.expect("a reaction");
    // The connection waits for its next request, and the client doesn't know yet that there can be none.
    server.hang_up().await;
    let outcome = dispatch(&repository).await;
    // Which one depends on who is faster; what must never come of it is a refusal, or a second run.
    match outcome {
        Ok(_) => assert_eq!(server.dispatches(), 1),
        Err(GitHubError::Ambiguous { .. }) => assert!(server.dispatches() <= 1),
        Err(GitHubError::Transport(_)) => assert_eq!(server.dispatches(), 0),
        Err(definite) => panic!("{definite:?} is not what happened"),
    }
}

#[tokio::test]
async fn a_kept_connection_that_breaks_under_a_dispatch_leaves_one_in_doubt() {
    for nothing in [Reply::Close(String::new()), Reply::Reset] {
        // A client that sent the dispatch again, on a new connection, would be told of a run.
        let server = Server::replying([answer_and_keep(201, "{}"), nothing, answer(200, RUN)]).await;
        let repository = server.repository();
        react(&repository).await.expect("a reaction");
        let outcome = dispatch(&repository).await;
        assert!(is_in_doubt(&outcome), "{outcome:?}");
        assert_eq!(server.dispatches(), 1);
        let arrived = server.arrived();
        assert_eq!(arrived[0].connection, arrived[1].connection, "the connection was used again");
    }
}

#[tokio::test]
async fn a_fault_of_the_servers_leaves_one_dispatch_in_doubt() {
    for status in [500, 502, 503, 504] {
        let server = Server::replying([answer(status, "")]).await;
        let outcome = dispatch(&server.repository()).await;
        assert!(is_in_doubt(&outcome), "{status}: {outcome:?}");
        assert_eq!(server.dispatches(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_call_to_wait_is_not_obeyed_by_sending_again() {
    let limited = Reply::Close(whole(429, "connection: close\r\nretry-after: 0\r\n", "{}"));
    let server = Server::replying([limited]).await;
    let outcome = dispatch(&server.repository()).await;
    assert!(matches!(outcome, Err(GitHubError::RateLimited { .. })), "{outcome:?}");
    assert_eq!(server.dispatches(), 1);
}

#[tokio::test]
async fn a_moved_repository_gets_no_dispatch() {
    let moved = "connection: close\r\nlocation: /repositories/8/actions/workflows/claude-implement.yml/dispatches\r\n";
    for status in [301, 307, 308] {
        let server = Server::replying([Reply::Close(whole(status, moved, "{}"))]).await;
        let outcome = dispatch(&server.repository()).await;
        assert!(matches!(outcome, Err(GitHubError::Moved { .. })), "{status}: {outcome:?}");
        assert_eq!(server.dispatches(), 1, "{status}");
    }
}

#[tokio::test]
async fn an_accepted_dispatch_without_the_documented_shape_is_in_doubt() {
    for body in ["", "{}", "null", "<html>", r#"{"workflow_run_id":"31","html_url":""}"#, r#"{"workflow_run_id":31}"#] {
        let server = Server::replying([answer(200, body)]).await;
        let outcome = dispatch(&server.repository()).await;
        assert!(is_in_doubt(&outcome), "{body:?}: {outcome:?}");
        assert_eq!(server.dispatches(), 1, "{body:?}");
    }
}

#[tokio::test]
async fn an_accepted_dispatch_names_its_run_or_none() {
    let server = Server::replying([answer(200, RUN), answer(204, "")]).await;
    let repository = server.repository();
    let run = RunRef::first(RunId::new(31), "https://github.com/octo/hello/actions/runs/31".into());
    assert_eq!(dispatch(&repository).await.expect("accepted"), DispatchReceipt::Run(run));
    assert_eq!(dispatch(&repository).await.expect("accepted"), DispatchReceipt::Unnamed);
    assert_eq!(server.dispatches(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_know_the_run_details_is_asked_without_them() {
    let unknown = r#"{"message":"Invalid request.\n\n\"return_run_details\" is not a permitted key."}"#;
    let server = Server::replying([answer(422, unknown), answer(204, "")]).await;
    assert_eq!(dispatch(&server.repository()).await.expect("accepted"), DispatchReceipt::Unnamed);
    let bodies: Vec<Value> = server.arrived().into_iter().map(|request| request.body).collect();
    let without = json!({"ref": "main", "inputs": {"issue_id": "7#5"}});
    let with = json!({"ref": "main", "inputs": {"issue_id": "7#5"}, "return_run_details": true});
    assert_eq!(bodies, [with, without]);
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_not_asked_again() {
    let server = Server::replying([answer(422, r#"{"message":"No ref found for: main"}"#)]).await;
    let outcome = dispatch(&server.repository()).await;
    assert!(matches!(outcome, Err(GitHubError::Rejected { status: 422, .. })), "{outcome:?}");
    assert_eq!(server.dispatches(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_repeated_with_the_new_one() {
    let server = Server::replying([bad_credentials(), answer(201, "{}")]).await;
    react(&server.repository()).await.expect("taken");
    let tokens: Vec<String> = server.arrived().into_iter().map(|request| request.authorization).collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
    assert_eq!(server.minted(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_not_replaced_again() {
    let server = Server::replying([bad_credentials(), bad_credentials()]).await;
    let outcome = react(&server.repository()).await;
    assert!(matches!(outcome, Err(GitHubError::Unauthorized { .. })), "{outcome:?}");
    assert_eq!((server.minted(), server.arrived().len()), (2, 2));
}

#[tokio::test]
async fn an_app_that_gets_no_token_is_not_asked_twice() {
    let server = Server::replying([]).await;
    server.wire().replies_to_minting.push_back(bad_credentials());
    let outcome = react(&server.repository()).await;
    assert!(matches!(outcome, Err(GitHubError::Unauthorized { .. })), "{outcome:?}");
    assert_eq!((server.minted(), server.arrived().len()), (0, 0));
}

#[tokio::test]
async fn a_dispatch_is_not_repeated_with_a_new_token_but_the_next_one_has_it() {
    let server = Server::replying([bad_credentials(), answer(204, "")]).await;
    let repository = server.repository();
    let outcome = dispatch(&repository).await;
    assert!(matches!(outcome, Err(GitHubError::Unauthorized { .. })), "{outcome:?}");
    assert_eq!((server.minted(), server.dispatches()), (1, 1));
    assert_eq!(dispatch(&repository).await.expect("accepted"), DispatchReceipt::Unnamed);
    assert_eq!((server.minted(), server.dispatches()), (2, 2));
}

#[tokio::test]
async fn calls_side_by_side_share_one_token() {
    let server = Server::replying([answer(201, "{}"), answer(201, "{}")]).await;
    let repository = server.repository();
    let (one, other) = tokio::join!(react(&repository), react(&repository));
    assert!(one.is_ok() && other.is_ok(), "{one:?}, {other:?}");
    assert_eq!((server.minted(), server.arrived().len()), (1, 2));
}
