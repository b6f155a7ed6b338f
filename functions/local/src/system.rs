//! The running system: every part started, wired to the others, and stopped together.
//!
//! Owns the wiring. Never knows what the parts do.

use std::path::PathBuf;
use std::sync::Arc;

use aws::{
    ApiTokens, AttemptKind, Attempts, Cursors, Dispatches, InProcessQueue, Mappings, Queue, Rates, SecretSource,
};
use clock::Clock;
use domain::admin_allow::{AdminAllow, AdminAllowError};
use github_app::GitHubAccess;
use notifier::Notifier;
use serde_json::json;
use sweeper::Arrival;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::engine::{self, DISPATCHES, MAPPINGS, Storage};
use crate::puller::Puller;
use crate::sandbox::{Pace, Sandbox, SandboxConfig};
use crate::start_error::StartError;
use crate::{consumer, front, schedule, seed};

/// Who may sign in with the sandbox's GitHub, unless `ADMIN_ALLOW` says otherwise.
const SANDBOX_ALLOW: &str = "user:admin";

/// How to start a system.
pub struct SystemConfig {
    /// Port of the product on the loopback interface; 0 takes any free one.
    pub port: u16,
    /// Where data is kept.
    pub storage: Storage,
    /// Which GitHub.
    pub github: GitHubChoice,
    /// A file with further mappings.
    pub mappings: Option<PathBuf>,
    /// The time, for the product's own judgement. One that somebody else moves is swept by them too.
    pub clock: Clock,
}

/// Which GitHub the system works with.
pub enum GitHubChoice {
    /// A sandbox that is started with the system.
    Sandbox {
        /// Its port; 0 takes any free one.
        port: u16,
        /// How its runs progress.
        pace: Pace,
    },
    /// A sandbox that is there already, perhaps reached through a proxy.
    Running {
        /// The sandbox.
        sandbox: Sandbox,
        /// Where the product calls its API.
        api_url: String,
    },
    /// The real one, whose deliveries are pulled.
    Real {
        /// Its API.
        api_url: String,
        /// The App's credentials.
        app_secret: SecretSource,
        /// The webhook's secrets.
        webhook_secret: SecretSource,
    },
}

/// A running system; it stops when this is dropped.
pub struct System {
    url: String,
    sandbox: Option<Sandbox>,
    webhook_secret: Option<String>,
    access_code: String,
    queue: InProcessQueue,
    worker: worker::State,
    sweeper: sweeper::State,
    _tasks: JoinSet<()>,
}

/// What the functions need of a GitHub.
struct GitHubSide {
    api_url: String,
    app_secret: SecretSource,
    webhook_secret: SecretSource,
    shown_secret: Option<String>,
    sandbox: Option<Sandbox>,
    /// Its pages.
    web_url: String,
    /// Who vouches for runs.
    issuer: oidc::Issuer,
    /// Who may sign in with it.
    allow: AdminAllow,
}

impl System {
    /// Starts every part; when this returns, the system takes deliveries.
    pub async fn start(config: SystemConfig) -> Result<Self, StartError> {
        let mut tasks = JoinSet::new();
        if let Storage::Folder(folder) = &config.storage {
            std::fs::create_dir_all(folder)?;
        }
        let listener = listen(config.port).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let public_url = dispatch::PublicUrl::new(&url);
        let side = GitHubSide::prepare(config.github, &config.storage)?;
        let sdk = engine::start(&config.storage, &mut tasks).await?;
        let queue = InProcessQueue::default();
        let run_secret = run_secret();
        let worker = worker::State {
            mappings: Mappings::new(&sdk, MAPPINGS),
            dispatches: Dispatches::new(&sdk, DISPATCHES),
            rates: Rates::new(&sdk, DISPATCHES),
            github: GitHubAccess::new(side.api_url.clone(), side.app_secret.clone(), config.clock.clone()),
            notifier: Arc::new(Notifier::with_loopback()),
            queue: Queue::InProcess(queue.clone()),
            max_receives: InProcessQueue::MAX_RECEIVES,
            runs: Some(worker::Runs::new(run_secret.clone(), public_url.clone(), config.clock.clone())),
            clock: config.clock.clone(),
        };
        if let Some(sandbox) = &side.sandbox {
            seed::map_sandbox(&worker.mappings, sandbox).await?;
        }
        if let Some(file) = &config.mappings {
            seed::map_file(&worker.mappings, file).await?;
        }
        let door = webhook::State::new(side.webhook_secret.clone(), worker.queue.clone(), config.clock.clone());
        let access_code = random_secret();
        let office = admin::State::new(admin::Parts {
            mappings: worker.mappings.clone(),
            api_tokens: ApiTokens::new(&sdk, MAPPINGS),
            sign_ins: Attempts::new(&sdk, MAPPINGS, AttemptKind::SignIn),
            dispatches: worker.dispatches.clone(),
            queue: worker.queue.clone(),
            github: worker.github.clone(),
            admin_secret: admin_secret(&access_code),
            webhook_secret: side.webhook_secret.clone(),
            allow: Ok(side.allow.clone()),
            public_url: public_url.clone(),
            web_url: side.web_url.clone(),
            clock: config.clock.clone(),
        });
        let desk = dispatch::State::new(dispatch::Parts {
            mappings: worker.mappings.clone(),
            api_tokens: ApiTokens::new(&sdk, MAPPINGS),
            attempts: Attempts::new(&sdk, MAPPINGS, AttemptKind::ApiToken),
            dispatches: worker.dispatches.clone(),
            queue: worker.queue.clone(),
            github: worker.github.clone(),
            verifier: oidc::Verifier::new(side.issuer.clone(), config.clock.clone()),
            run_secret,
            public_url,
            web_url: side.web_url.clone(),
            clock: config.clock.clone(),
        });
        let router = front::router(door, desk, office);
        let arrival = if side.sandbox.is_some() { Arrival::Pushed } else { Arrival::Pulled };
        let sweeper = sweeper_beside(&worker, Cursors::new(&sdk, DISPATCHES), arrival);
        if matches!(config.clock, Clock::System) {
            tasks.spawn(schedule::keep(sweeper.clone()));
        }
        if let (Some(sandbox), Some(secret)) = (&side.sandbox, &side.shown_secret) {
            sandbox.set_webhook(&format!("{url}/webhooks/github"), secret);
            sandbox.set_callback_url(&format!("{url}/api/auth/github/callback"));
            seed::lead_runs_to(sandbox, &url);
        } else {
            let github = worker.github.client().await?;
            tasks.spawn(Puller::new(github, side.webhook_secret, router.clone(), config.clock).run());
        }
        tasks.spawn(front::serve(listener, router));
        tasks.spawn(consumer::consume(queue.clone(), worker.clone()));
        let webhook_secret = side.shown_secret;
        Ok(Self { url, sandbox: side.sandbox, webhook_secret, access_code, queue, worker, sweeper, _tasks: tasks })
    }

    /// The product's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The sandbox, where there is one.
    #[must_use]
    pub const fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The secret that the sandbox signs with.
    #[must_use]
    pub fn webhook_secret(&self) -> Option<&str> {
        self.webhook_secret.as_deref()
    }

    /// The code to sign in with, another one at each start.
    #[must_use]
    pub fn access_code(&self) -> &str {
        &self.access_code
    }

    /// The queue between webhook and worker.
    #[must_use]
    pub const fn queue(&self) -> &InProcessQueue {
        &self.queue
    }

    /// What the worker holds.
    #[must_use]
    pub const fn worker(&self) -> &worker::State {
        &self.worker
    }

    /// What the sweeper holds.
    #[must_use]
    pub const fn sweeper(&self) -> &sweeper::State {
        &self.sweeper
    }
}

impl GitHubSide {
    fn prepare(choice: GitHubChoice, storage: &Storage) -> Result<Self, StartError> {
        match choice {
            GitHubChoice::Sandbox { port, pace } => {
                let state_file = storage.file("sandbox.json");
                let sandbox = Sandbox::start(SandboxConfig { port, webhook: None, pace, state_file })?;
                let api_url = sandbox.url();
                Self::of_sandbox(sandbox, api_url)
            }
            GitHubChoice::Running { sandbox, api_url } => Self::of_sandbox(sandbox, api_url),
            GitHubChoice::Real { api_url, app_secret, webhook_secret } => {
                let issuer = oidc::Issuer::github();
                let web_url =
                    environment::optional("GITHUB_WEB_URL").unwrap_or_else(|| "https://github.com".to_owned());
                let allow = allowed("")?;
                Ok(Self {
                    api_url,
                    web_url,
                    app_secret,
                    webhook_secret,
                    shown_secret: None,
                    sandbox: None,
                    issuer,
                    allow,
                })
            }
        }
    }

    fn of_sandbox(sandbox: Sandbox, api_url: String) -> Result<Self, StartError> {
        let app = sandbox.app();
        let app_secret = json!({
            "app_id": app.app_id,
            "private_key": app.private_key_pem,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        });
        let secret = random_secret();
        Ok(Self {
            api_url,
            app_secret: SecretSource::Given(app_secret.to_string().into()),
            webhook_secret: SecretSource::Given(json!({"secrets": [secret]}).to_string().into()),
            shown_secret: Some(secret),
            web_url: sandbox.url(),
            issuer: sandbox.url().parse().expect("the sandbox is on the loopback interface"),
            sandbox: Some(sandbox),
            allow: allowed(SANDBOX_ALLOW)?,
        })
    }
}

/// The list of the environment, else another one.
fn allowed(otherwise: &str) -> Result<AdminAllow, AdminAllowError> {
    environment::optional("ADMIN_ALLOW").unwrap_or_else(|| otherwise.to_owned()).parse()
}

/// It finds what the worker then does: same tables, same GitHub, same queue, same time.
fn sweeper_beside(worker: &worker::State, cursors: Cursors, arrival: Arrival) -> sweeper::State {
    sweeper::State {
        mappings: worker.mappings.clone(),
        dispatches: worker.dispatches.clone(),
        rates: worker.rates.clone(),
        cursors,
        github: worker.github.clone(),
        arrival,
        queue: worker.queue.clone(),
        clock: worker.clock.clone(),
    }
}

/// The sessions' key lives as long as the process: a restart ends all sessions.
fn admin_secret(access_code: &str) -> SecretSource {
    let secret = json!({"access_code": access_code, "session_key": random_secret()});
    SecretSource::Given(secret.to_string().into())
}

/// Runs' tokens are as long-lived as the process: a restart ends them all.
fn run_secret() -> SecretSource {
    SecretSource::Given(json!({"run_token_key": random_secret()}).to_string().into())
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| StartError::Listen { port, error })
}

fn random_secret() -> String {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    format!("{:032x}", u128::from_be_bytes(random))
}
