//! The sandbox GitHub as the story uses it: post a comment, let a run fail, and watch the state until something is there.
//!
//! Owns the HTTP calls and the patience. A watch rests in the sandbox's long poll, so nothing sleeps and nothing
//! spins; every watch ends. Never prints.

use std::time::Duration;

use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::error::DemoError;
use super::world::{Posted, World};

/// How long the story waits for its next step. The slowest, a run's work, takes about three seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than the sandbox's long poll, which answers after 25 s.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(35);

/// Speaks with one sandbox.
pub(super) struct SandboxClient {
    http: Client,
    url: String,
}

/// A comment to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewComment {
    pub(super) user: &'static str,
    pub(super) repo: &'static str,
    pub(super) number: u64,
    pub(super) body: &'static str,
}

/// How a run is to fail.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewFailure {
    pub(super) job: &'static str,
    pub(super) step: &'static str,
    /// What GitHub notes at the step.
    pub(super) annotation: &'static str,
}

impl NewComment {
    /// Whose it is, and where.
    pub(super) fn title(&self) -> String {
        format!("{} on {}#{}", self.user, self.repo, self.number)
    }
}

#[derive(Deserialize)]
struct Created {
    comment_id: u64,
    delivery: Option<Delivery>,
}

#[derive(Deserialize)]
struct Delivery {
    status: u16,
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

impl SandboxClient {
    pub(super) fn new(url: &str) -> Result<Self, DemoError> {
        let url = url.trim_end_matches('/').to_owned();
        // The sandbox is on this machine, whatever proxy the environment names.
        match Client::builder().no_proxy().timeout(REQUEST_TIMEOUT).build() {
            Ok(http) => Ok(Self { http, url }),
            Err(source) => Err(DemoError::NoSandbox { url, source }),
        }
    }

    /// Where the sandbox answers.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The state as it is now.
    pub(super) async fn world(&self) -> Result<World, DemoError> {
        self.read(None).await
    }

    /// Lets somebody comment; the webhook that tells of it has then been answered with `expected`.
    pub(super) async fn post(&self, new: &NewComment, expected: u16) -> Result<Posted, DemoError> {
        let body = json!({ "repo": new.repo, "number": new.number, "user": new.user, "body": new.body });
        let request = self.http.post(format!("{}/_sandbox/comments", self.url)).json(&body);
        let answer = request.send().await.map_err(|source| self.no_sandbox(source))?;
        let created: Created = self.taken(answer).await?.json().await.map_err(|source| self.no_sandbox(source))?;
        let answered = created.delivery.map(|delivery| delivery.status);
        if answered == Some(expected) {
            return Ok(Posted { id: created.comment_id, repo: new.repo, number: new.number, body: new.body });
        }
        Err(DemoError::OtherAnswer {
            comment: format!("the comment of {}", new.title()),
            expected,
            answered: answered.map_or_else(|| "nothing".to_owned(), |status| status.to_string()),
        })
    }

    /// Lets a run fail that has not ended yet.
    pub(super) async fn fail(&self, run_id: u64, new: &NewFailure) -> Result<(), DemoError> {
        let body = json!({ "run_id": run_id, "job": new.job, "step": new.step, "annotations": [new.annotation] });
        let request = self.http.post(format!("{}/_sandbox/failures", self.url)).json(&body);
        let answer = request.send().await.map_err(|source| self.no_sandbox(source))?;
        self.taken(answer).await?;
        Ok(())
    }

    /// Watches until `find` finds; `expected` names that to whoever waits in vain.
    pub(super) async fn wait_for<T>(
        &self,
        comment: &Posted,
        expected: &'static str,
        find: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, DemoError> {
        let patience = PATIENCE;
        let seen = match self.watch(patience, find).await? {
            Ok(found) => return Ok(found),
            Err(world) => world.fate_of(comment),
        };
        Err(DemoError::Overdue { expected, patience, seen })
    }

    /// Watches until `find` finds, or the patience is at its end: then the world is returned as it was last seen.
    pub(super) async fn watch<T>(
        &self,
        patience: Duration,
        mut find: impl FnMut(&World) -> Option<T>,
    ) -> Result<Result<T, World>, DemoError> {
        let end = Instant::now() + patience;
        let mut world = self.world().await?;
        loop {
            if let Some(found) = find(&world) {
                return Ok(Ok(found));
            }
            match timeout_at(end, self.read(Some(world.revision))).await {
                Ok(changed) => world = changed?,
                Err(_) => return Ok(Err(world)),
            }
        }
    }

    async fn read(&self, after: Option<u64>) -> Result<World, DemoError> {
        let query = after.map(|revision| format!("?after={revision}")).unwrap_or_default();
        let read = async {
            let answer = self.http.get(format!("{}/_sandbox/state{query}", self.url)).send().await?;
            answer.error_for_status()?.json().await
        };
        read.await.map_err(|source| self.no_sandbox(source))
    }

    async fn taken(&self, answer: Response) -> Result<Response, DemoError> {
        if answer.status().is_success() {
            return Ok(answer);
        }
        let problem: Problem = answer.json().await.map_err(|source| self.no_sandbox(source))?;
        Err(DemoError::OtherWorld(problem.detail))
    }

    fn no_sandbox(&self, source: reqwest::Error) -> DemoError {
        DemoError::NoSandbox { url: self.url.clone(), source }
    }
}
