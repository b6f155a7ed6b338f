//! What stands between the AWS SDK and the embedded DynamoDB: an address that fails as scripted.
//!
//! Owns which request meets which fault, and that each schedule finds an empty table of claims. Never reads an item.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws::{Sdk, TableKind, create_table};
use dynoxide::Database;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const MAPPINGS: &str = "mappings";
pub(crate) const DISPATCHES: &str = "dispatches";

/// How a request to the table fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineFault {
    /// DynamoDB says this error's name and does nothing.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
    Says(&'static str),
    /// A server error, and nothing is done.
    ServerError,
    /// The connection ends before anything is done.
    CutBefore,
    /// It is done, then the connection ends.
    CutAfter,
    /// Nothing is done, and no answer comes.
    HangsBefore,
    /// It is done, and no answer comes.
    HangsAfter,
}

/// A fault to come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scripted {
    pub(crate) fault: EngineFault,
    /// This many requests pass before it, of those that it looks at.
    pub(crate) after: u32,
    /// How many requests in a row it meets.
    pub(crate) times: u32,
    /// Which requests it looks at.
    pub(crate) among: Among,
}

/// Some of the requests to the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    /// All.
    All,
    /// Transactions.
    Transactions,
    /// Those to the table of mappings.
    Mappings,
}

/// The proxy. Clones are the same one.
#[derive(Clone)]
pub(crate) struct EngineProxy {
    url: String,
    engine: SocketAddr,
    database: Database,
    client: Client<HttpConnector, Full<Bytes>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: Vec<Scripted>,
    fired: Vec<EngineFault>,
}

impl EngineProxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let client = Client::builder(TokioExecutor::new()).build_http();
        let database = Database::memory().expect("an engine");
        let behind = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let engine = behind.local_addr().expect("an address");
        tokio::spawn(dynoxide::server::serve_on(behind, database.clone()));
        let proxy = Self { url, engine, database, client, state: Arc::default() };
        tokio::spawn(serve(listener, proxy.clone()));
        proxy
    }

    pub(crate) fn sdk(&self) -> Sdk {
        Sdk::local(&self.url)
    }

    /// The engine itself.
    pub(crate) fn sdk_past_the_faults(&self) -> Sdk {
        Sdk::local(&format!("http://{}", self.engine))
    }

    /// Forgets the claims and the script.
    pub(crate) async fn start_afresh(&self, sdk: &Sdk) {
        *self.state() = State::default();
        for (kind, name) in [(TableKind::Dispatches, DISPATCHES), (TableKind::Mappings, MAPPINGS)] {
            let table = serde_json::from_value(json!({"TableName": name})).expect("a request");
            // The first schedule finds none to remove.
            let _ = self.database.delete_table(table);
            create_table(sdk, kind, name).await.expect("a table");
        }
    }

    /// The attributes of an item of the claims' table, as they are stored.
    pub(crate) fn item(&self, partition: &str) -> Value {
        let key = json!({"pk": {"S": partition}, "sk": {"S": "META"}});
        let get = serde_json::from_value(json!({"TableName": DISPATCHES, "Key": key})).expect("a request");
        let answer = self.database.get_item(get).expect("a working table");
        serde_json::to_value(answer).expect("JSON")["Item"].take()
    }

    /// Changes an item of a table as no release of ours would.
    pub(crate) fn change(&self, table: &str, partition: &str, mut update: Value) {
        update["TableName"] = table.into();
        update["Key"] = json!({"pk": {"S": partition}, "sk": {"S": "META"}});
        let update = serde_json::from_value(update).expect("a request");
        self.database.update_item(update).expect("a working table");
    }

    pub(crate) fn script(&self, fault: Scripted) {
        self.state().script.push(fault);
    }

    /// Nothing fails from now on.
    pub(crate) fn heal(&self) {
        self.state().script.clear();
    }

    /// The faults that requests met.
    pub(crate) fn fired(&self) -> Vec<EngineFault> {
        self.state().fired.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let fault = self.state().next_fault(|among| among.has(&parts.headers, &body));
        let request = Request::from_parts(parts, Full::new(body));
        match fault {
            None => self.forward(request).await,
            Some(EngineFault::Says(name)) => Ok(error(StatusCode::BAD_REQUEST, name)),
            Some(EngineFault::ServerError) => Ok(error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError")),
            Some(EngineFault::CutBefore) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(EngineFault::CutAfter) => {
                self.forward(request).await?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Some(EngineFault::HangsBefore) => std::future::pending().await,
            Some(EngineFault::HangsAfter) => {
                self.forward(request).await?;
                std::future::pending().await
            }
        }
    }

    async fn forward(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, io::Error> {
        let address = format!("http://{}{}", self.engine, request.uri().path());
        *request.uri_mut() = address.parse().expect("an address");
        let answer = self.client.request(request).await.map_err(io::Error::other)?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Response::from_parts(parts, Full::new(body)))
    }
}

impl State {
    /// Takes one use of the first fault whose turn it is.
    fn next_fault(&mut self, is_of: impl Fn(Among) -> bool) -> Option<EngineFault> {
        let scripted = self.script.iter_mut().find(|scripted| is_of(scripted.among))?;
        if scripted.after > 0 {
            scripted.after -= 1;
            return None;
        }
        scripted.times -= 1;
        let fault = scripted.fault;
        self.script.retain(|scripted| scripted.times > 0);
        self.fired.push(fault);
        Some(fault)
    }
}

impl Among {
    fn has(self, headers: &HeaderMap, body: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::Transactions => operation(headers).ends_with("TransactWriteItems"),
            Self::Mappings => {
                let table = format!("\"TableName\":\"{MAPPINGS}\"");
                body.windows(table.len()).any(|part| part == table.as_bytes())
            }
        }
    }
}

async fn serve(listener: TcpListener, proxy: EngineProxy) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| proxy.answer(request));
            // A cut ends here, as it is meant to; so does a client that went away.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn operation(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default()
}

fn error(status: StatusCode, name: &str) -> Response<Full<Bytes>> {
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"Scripted."}}"#);
    let answer = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    answer.body(Full::new(Bytes::from(body))).expect("an answer")
}
