//! A small, stateful, honest fake of GitHub: its REST API, its App and the App's webhooks, behind
//! real HTTP.
//!
//! The local system, the demo and every end-to-end test talk to it. It answers as GitHub's API
//! description says, and it shares no code with the product, so that it can catch the product's
//! mistakes. It is the issuer of its runs' OIDC tokens too, and has the page where people sign in with the App. Beside GitHub it has incoming webhooks of
//! Slack and Teams, for the product's news. It binds the loopback interface only.

mod access;
mod api;
mod auth;
mod config;
mod control;
mod core;
mod diff;
mod digest;
mod error;
mod faults;
mod gate;
mod git_objects;
mod github_error;
mod hooks;
mod issuer;
mod job_tokens;
mod jobs;
mod loopback;
mod notifications;
mod oauth;
mod owners;
mod people;
mod persist;
mod pushes;
mod render;
mod request_log;
mod rsa_key;
mod runs;
mod seed;
mod server;
mod set_up;
mod state;
mod workflow_file;
pub mod world;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use serde_json::Value;
use tokio::runtime::Handle;

pub use config::{Pace, SandboxConfig, WebhookTarget};
pub use error::SandboxError;
pub use faults::Fault;
pub use issuer::OidcRequest;
pub use owners::MembershipState;
pub use pushes::Push;
pub use request_log::LoggedRequest;
pub use runs::RunStep;
pub use set_up::SetUp;
pub use world::{Annotation, AnnotationLevel, Conclusion, Delivery, FailedJob, Notification, World};

use self::auth::AppKey;
use self::core::{AppKeys, Core};

/// What signs in as the App.
#[derive(Debug, Clone)]
pub struct AppCredentials {
    /// The App's id.
    pub app_id: u64,
    /// The App's slug; its bot user is `<slug>[bot]`.
    pub slug: String,
    /// The App's private key, PKCS#8 PEM.
    pub private_key_pem: String,
    /// The App's OAuth client id.
    pub client_id: String,
    /// The App's OAuth client secret.
    pub client_secret: String,
}

/// A handle to a running sandbox; clones share it. What people and runners do is in `people`, what
/// owners do in `owners`.
#[derive(Clone)]
pub struct Sandbox {
    core: Arc<Core>,
}

impl Sandbox {
    /// Listens on the loopback interface and serves in the background, with the seed or the state
    /// file's world.
    ///
    /// # Errors
    /// When the port is taken, the state file can't be used, or there is no runtime.
    pub fn start(config: SandboxConfig) -> Result<Self, SandboxError> {
        Handle::try_current().map_err(|_| SandboxError::NoRuntime)?;
        let (listener, address) = server::listen(config.port).map_err(SandboxError::Listen)?;
        let url = format!("http://{address}");
        let kept = config.state_file.as_deref().map(persist::load).transpose().map_err(SandboxError::StateFile)?;
        let mut world = kept.flatten().unwrap_or_else(|| seed::world(&url));
        world.url = url;
        world.seed_ids_from_clock();
        let app_key = AppKey::generate().map_err(|_| SandboxError::Key)?;
        let client_secret = job_tokens::random_text().ok_or(SandboxError::Key)?;
        let core =
            Arc::new(Core::new(world, AppKeys { app_key, client_secret }, config).map_err(SandboxError::Client)?);
        let router = Router::new()
            .nest("/_sandbox", control::router(Arc::clone(&core)))
            .merge(notifications::router(&core))
            .merge(issuer::router(&core))
            .merge(oauth::router(&core))
            .fallback_service(api::router(&core));
        core.spawn(server::serve(listener, router));
        core.spawn(persist::keep(Arc::clone(&core)));
        runs::resume(&core);
        Ok(Self { core })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        self.core.url.clone()
    }

    /// What signs in as the App.
    #[must_use]
    pub fn app(&self) -> AppCredentials {
        let app = self.core.world().app.clone();
        AppCredentials {
            app_id: app.id,
            slug: app.slug,
            private_key_pem: self.core.app_key.private_key_pem.clone(),
            client_id: app.client_id,
            client_secret: self.core.client_secret.clone(),
        }
    }

    /// Sends the App's webhooks there from now on.
    pub fn set_webhook(&self, url: &str, secret: &str) {
        let target = WebhookTarget { url: url.to_owned(), secret: secret.to_owned() };
        *self.core.webhook() = Some(target);
    }

    /// Sends the App's webhooks nowhere from now on: what happens meanwhile is in no delivery list, as at GitHub.
    pub fn remove_webhook(&self) {
        *self.core.webhook() = None;
    }

    /// Lets the time stand still here, for all that is stamped or compared but an App's JWT, which is signed by the
    /// machine's own time; `None` lets it be the machine's again.
    pub fn set_time(&self, time: Option<Timestamp>) {
        self.core.edit(|world| world.standing_time = time);
    }

    /// Exactly the JSON of `GET /_sandbox/state`.
    #[must_use]
    pub fn state(&self) -> Value {
        let requests = self.core.log().count();
        state::document(&self.core.world(), requests)
    }

    /// Looks at the world. The closure must not call the sandbox: edits wait for its end.
    pub fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        at(&self.core.world())
    }

    /// Edits the world, with no webhook about it. The closure must not call the sandbox.
    pub fn edit_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.core.edit(change)
    }

    /// Waits until the world shows what is looked for; `None` when the time is over before.
    pub async fn wait_for<T>(&self, timeout: Duration, mut find: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let mut changes = self.core.watch();
        let mut found = None;
        let seen = changes.wait_for(|world| {
            found = find(world);
            found.is_some()
        });
        // Either end of the wait leaves the answer in `found`.
        let _ = tokio::time::timeout(timeout, seen).await;
        found
    }

    /// Scripts a failure.
    pub fn script_fault(&self, fault: Fault) {
        self.core.faults().add(fault);
    }

    /// Forgets the failures to come and the count of those that came.
    pub fn clear_faults(&self) {
        self.core.faults().clear();
    }

    /// How many requests met a fault.
    #[must_use]
    pub fn fault_hits(&self) -> u64 {
        self.core.faults().hits()
    }

    /// The REST requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.core.log().entries()
    }

    /// The present, as the log of requests counts it.
    #[must_use]
    pub fn log_time(&self) -> Duration {
        self.core.started.elapsed()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.core.log().clear();
    }

    /// Back to the seed: same port, keys, webhook, callback and time; ids and revisions go on.
    pub fn reset(&self) {
        self.core.edit(|world| {
            let seed = seed::world(&world.url);
            let World { revision, last_id, standing_time, .. } = *world;
            *world = World { revision, last_id, standing_time, ..seed };
        });
        self.clear_faults();
        self.clear_requests();
    }

    /// Stops serving, delivering and progressing, and writes the state file once more.
    ///
    /// # Errors
    /// When the state file can't be written.
    pub async fn shutdown(&self) -> Result<(), SandboxError> {
        self.core.stop().await;
        persist::save(&self.core).map_err(SandboxError::StateFile)
    }
}
