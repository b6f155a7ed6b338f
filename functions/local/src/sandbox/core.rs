//! What every part of the running sandbox shares: the world, the keys, the webhook target, the
//! log and the faults.
//!
//! Owns the rule that the world changes only through [`Core::edit`], which numbers the change and
//! wakes the waiting. Never knows a route or a payload.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::auth::AppKey;
use super::faults::FaultScript;
use super::issuer::IssuerKeys;
use super::loopback::Loopback;
use super::request_log::RequestLog;
use super::world::World;
use super::{Pace, SandboxConfig, WebhookTarget};

/// GitHub gives a receiver ten seconds.
/// <https://docs.github.com/en/webhooks/using-webhooks/handling-webhook-deliveries>
const RECEIVER_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Core {
    pub(super) url: String,
    pub(super) app_key: AppKey,
    /// Made at start, like the key, and written to no file either.
    pub(super) client_secret: String,
    pub(super) pace: Pace,
    pub(super) state_file: Option<PathBuf>,
    pub(super) http: reqwest::Client,
    pub(super) started: Instant,
    world: watch::Sender<World>,
    webhook: Mutex<Option<WebhookTarget>>,
    callback_url: Mutex<Option<String>>,
    log: Mutex<RequestLog>,
    faults: Mutex<FaultScript>,
    issuer_keys: Mutex<IssuerKeys>,
    tasks: Mutex<JoinSet<()>>,
}

/// What signs in as the App.
pub(super) struct AppKeys {
    pub(super) app_key: AppKey,
    pub(super) client_secret: String,
}

impl Core {
    /// Takes over what the configuration says; the port is open already.
    ///
    /// # Errors
    /// When the HTTP client can't be built.
    pub(super) fn new(world: World, keys: AppKeys, config: SandboxConfig) -> Result<Self, reqwest::Error> {
        Ok(Self {
            url: world.url.clone(),
            app_key: keys.app_key,
            client_secret: keys.client_secret,
            pace: config.pace,
            state_file: config.state_file,
            http: reqwest::Client::builder().timeout(RECEIVER_TIMEOUT).no_proxy().dns_resolver(Loopback).build()?,
            started: Instant::now(),
            world: watch::Sender::new(world),
            webhook: Mutex::new(config.webhook),
            callback_url: Mutex::default(),
            log: Mutex::default(),
            faults: Mutex::default(),
            issuer_keys: Mutex::default(),
            tasks: Mutex::default(),
        })
    }

    /// Looks at the world. Not to be held over an await: edits wait for it.
    pub(super) fn world(&self) -> watch::Ref<'_, World> {
        self.world.borrow()
    }

    /// Changes the world, and wakes everybody who waits for a change.
    pub(super) fn edit<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut outcome = None;
        self.world.send_modify(|world| {
            outcome = Some(change(world));
            world.revision += 1;
        });
        outcome.expect("send_modify always runs its closure")
    }

    /// Follows the changes.
    pub(super) fn watch(&self) -> watch::Receiver<World> {
        self.world.subscribe()
    }

    pub(super) fn webhook(&self) -> MutexGuard<'_, Option<WebhookTarget>> {
        lock(&self.webhook)
    }

    /// Where people are sent back to, by the App's settings.
    pub(super) fn callback_url(&self) -> MutexGuard<'_, Option<String>> {
        lock(&self.callback_url)
    }

    /// Where the App's webhook sends to now, as its owner has it; `None` where it sends nowhere.
    pub(super) fn hook(&self) -> Option<WebhookTarget> {
        let target = self.webhook().clone()?;
        let app = &self.world().app;
        let url = app.hook_url.clone().unwrap_or(target.url);
        (!app.is_hook_inactive).then_some(WebhookTarget { url, ..target })
    }

    pub(super) fn log(&self) -> MutexGuard<'_, RequestLog> {
        lock(&self.log)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, FaultScript> {
        lock(&self.faults)
    }

    pub(super) fn issuer_keys(&self) -> MutexGuard<'_, IssuerKeys> {
        lock(&self.issuer_keys)
    }

    /// Runs something in the background until it ends or the sandbox is shut down.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends everything in the background: the server, deliveries, runs on their way.
    pub(super) async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
    }
}

/// A panic elsewhere leaves these plain values whole, so a poisoned lock is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
