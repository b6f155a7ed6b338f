//! Where GitHub's webhooks arrive: the webhook function, and what can happen to a delivery before it.
//!
//! Owns each delivery's fate. Never makes one up: every byte is the sandbox's.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::dice::Dice;

const PATH: &str = "/webhooks/github";

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives now and once more later.
    Twice,
    /// GitHub takes its time.
    Late,
    /// The function is not reached, and GitHub knows.
    Fails,
}

/// A delivery as it was sent.
#[derive(Clone)]
struct Delivery {
    headers: HeaderMap,
    body: Bytes,
}

/// The box. Clones are the same one.
#[derive(Clone)]
pub(crate) struct PostBox {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    door: Option<Router>,
    dice: Option<Dice>,
    kept: Vec<Delivery>,
    /// Whether everything that is told of runs comes late.
    runs_are_late: bool,
    /// The runs whose beginning was told of, in whatever way that went on.
    announced: BTreeSet<u64>,
    mishaps: Vec<Fate>,
}

impl PostBox {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}{PATH}", listener.local_addr().expect("an address"));
        let post_box = Self { url, state: Arc::default() };
        let arrivals = post_box.clone();
        let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let post_box = arrivals.clone();
            async move { post_box.take(Delivery { headers, body }).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        post_box
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Puts another webhook function behind the box; chance decides what reaches it.
    pub(crate) fn start_afresh(&self, door: Router, dice: Dice) {
        *self.state() = State { door: Some(door), dice: Some(dice), ..State::default() };
    }

    /// Everything arrives from now on.
    pub(crate) fn heal(&self) {
        let mut state = self.state();
        state.dice = None;
        state.runs_are_late = false;
    }

    /// What is told of runs comes late from now on.
    pub(crate) fn delay_runs(&self) {
        self.state().runs_are_late = true;
    }

    /// What happened to deliveries that didn't simply arrive.
    pub(crate) fn mishaps(&self) -> Vec<Fate> {
        self.state().mishaps.clone()
    }

    pub(crate) fn has_announced(&self, run: u64) -> bool {
        self.state().announced.contains(&run)
    }

    pub(crate) fn kept(&self) -> usize {
        self.state().kept.len()
    }

    /// Brings the nth of the kept deliveries.
    pub(crate) async fn bring(&self, nth: usize) -> StatusCode {
        let delivery = self.state().kept.remove(nth);
        self.hand_over(delivery).await.status()
    }

    async fn take(&self, delivery: Delivery) -> Response {
        let is_run = delivery.headers.get("x-github-event").is_some_and(|event| event == "workflow_run");
        let fate = self.state().fate(is_run);
        let answer = match fate {
            Fate::Arrives => self.hand_over(delivery.clone()).await,
            Fate::Twice => {
                self.state().kept.push(delivery.clone());
                self.hand_over(delivery.clone()).await
            }
            Fate::Late => {
                self.state().kept.push(delivery.clone());
                StatusCode::ACCEPTED.into_response()
            }
            Fate::Fails => StatusCode::BAD_GATEWAY.into_response(),
        };
        if let Some(run) = run_of(&delivery.body) {
            self.state().announced.insert(run);
        }
        answer
    }

    async fn hand_over(&self, delivery: Delivery) -> Response {
        let door = self.state().door.clone().expect("a webhook function");
        let mut request = axum::http::Request::post(PATH).body(Body::from(delivery.body)).expect("a request");
        *request.headers_mut() = delivery.headers;
        door.oneshot(request).await.into_response()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fate(&mut self, is_run: bool) -> Fate {
        let Some(dice) = &mut self.dice else { return Fate::Arrives };
        let fate = if is_run && self.runs_are_late {
            Fate::Late
        } else if is_run {
            dice.weighed(&[(70, Fate::Arrives), (8, Fate::Twice), (10, Fate::Late), (12, Fate::Fails)])
        } else {
            dice.weighed(&[(77, Fate::Arrives), (8, Fate::Twice), (7, Fate::Late), (8, Fate::Fails)])
        };
        if fate != Fate::Arrives {
            self.mishaps.push(fate);
        }
        fate
    }
}

fn run_of(body: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(body).ok()?["workflow_run"]["id"].as_u64()
}
