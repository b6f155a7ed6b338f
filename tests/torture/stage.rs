//! What a schedule is played on.
//!
//! Owns what is kept from one schedule to the next, because it is dear (the sandbox's RSA key, the clients, the
//! connections), and what is fresh in each: GitHub's world, the tables, the queue, the time, the processes.

mod changes;
mod fence;
mod programs;
mod workflows;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws::{Cursors, Dispatches, InProcessQueue, Mappings, Queue, Rates, Saved, Sdk, SecretSource};
use axum::Router;
use clock::Clock;
use domain::ids::RepoId;
use domain::mapping::MappingDraft;
use github_app::GitHubAccess;
use jiff::SignedDuration;
use local::sandbox::world::Issue;
use local::sandbox::{Pace, Sandbox, SandboxConfig};
use notifier::Notifier;
use serde_json::json;
use sweeper::Arrival;
use tempfile::TempDir;
use worker::Runs;

pub(crate) use self::changes::left_in_line;
pub(crate) use self::fence::Answer;
pub(crate) use self::programs::Wish;
pub(crate) use self::workflows::Workflows;
use crate::dice::Dice;
use crate::engine_proxy::{DISPATCHES, EngineProxy, MAPPINGS};
use crate::post_box::PostBox;
use crate::time::{Patience, Time};

/// The two repositories with a mapping, and the one without.
pub(crate) const REPOSITORIES: [&str; 3] = ["octo/anthropic", "octo/bedrock", "octo/unmapped"];
pub(crate) const UNMAPPED: &str = REPOSITORIES[2];
/// A pull request that the seed doesn't have.
pub(crate) const THIRD: u64 = 6;
/// The mapping that is written by name: each schedule is the first to use it.
const UNBOUND: &str = REPOSITORIES[1];
const WEBHOOK_SECRET: &str = "the webhook's secret";

/// What schedules share, one after the other.
pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) proxy: EngineProxy,
    post_box: PostBox,
    sdk: Sdk,
    mappings: Mappings,
    dispatches: Dispatches,
    rates: Rates,
    cursors: Cursors,
    /// The same, past the faults: for whoever only looks.
    looking: Dispatches,
    /// And for whoever is another release.
    foreign: Cursors,
    /// The repositories' ids, whatever their names become.
    ids: BTreeMap<&'static str, RepoId>,
    secrets: TempDir,
    /// A key that GitHub accepts no longer.
    old_key: String,
}

/// One schedule's world.
pub(crate) struct Stage<'a> {
    pub(crate) house: &'a House,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) proxy: &'a EngineProxy,
    pub(crate) post_box: &'a PostBox,
    pub(crate) dispatches: &'a Dispatches,
    pub(crate) queue: InProcessQueue,
    pub(crate) time: Time,
    /// Whether the runs of the first repository ask before they act.
    pub(crate) is_fenced: bool,
    /// The dispatch function.
    desk: Router,
}

impl House {
    pub(crate) async fn build() -> Self {
        let proxy = EngineProxy::start().await;
        let sdk = proxy.sdk();
        let (sandbox, old_key) = (fresh_sandbox(), fresh_sandbox());
        let house = Self {
            mappings: Mappings::new(&sdk, MAPPINGS),
            dispatches: Dispatches::new(&sdk, DISPATCHES),
            rates: Rates::new(&sdk, DISPATCHES),
            cursors: Cursors::new(&sdk, DISPATCHES),
            looking: Dispatches::new(&proxy.sdk_past_the_faults(), DISPATCHES),
            foreign: Cursors::new(&proxy.sdk_past_the_faults(), DISPATCHES),
            ids: ids_of(&sandbox),
            sandbox,
            post_box: PostBox::start().await,
            secrets: tempfile::tempdir().expect("a folder"),
            old_key: old_key.app().private_key_pem,
            proxy,
            sdk,
        };
        old_key.shutdown().await.expect("no file is written");
        house.sandbox.set_webhook(house.post_box.url(), WEBHOOK_SECRET);
        house
    }

    /// Everything at its beginning, with so many runs at once in the first repository.
    pub(crate) async fn open(&self, slots: i64, workflows: Workflows, dice: Dice) -> Stage<'_> {
        self.sandbox.reset();
        self.add_a_pull_request();
        self.write_workflows(workflows);
        self.proxy.start_afresh(&self.sdk).await;
        self.map_both(slots).await;
        self.store_key(true);
        let time = Time::start(&self.sandbox);
        let queue = InProcessQueue::with_clock(time.clock());
        let secret = SecretSource::Given(json!({"secrets": [WEBHOOK_SECRET]}).to_string().into());
        let door = webhook::State::new(secret, Queue::InProcess(queue.clone()), time.clock());
        self.post_box.start_afresh(webhook::router(door), dice);
        let desk = self.desk(&queue, &time);
        Stage {
            house: self,
            sandbox: &self.sandbox,
            proxy: &self.proxy,
            post_box: &self.post_box,
            dispatches: &self.looking,
            queue,
            time,
            is_fenced: workflows.are_fenced,
            desk,
        }
    }

    /// The seed has two that a run can come of, and the repository has two slots.
    fn add_a_pull_request(&self) {
        self.sandbox.edit_world(|world| {
            let repository = world.repository_mut(REPOSITORIES[0]).expect("a repository of the sandbox");
            let like = repository.issue(1).expect("a pull request of the sandbox").clone();
            repository.issues.push(Issue { number: THIRD, ..like });
        });
    }

    fn repo_id(&self, repo: &str) -> RepoId {
        self.ids[repo]
    }

    fn github(&self, time: &Time) -> GitHubAccess {
        let secret = SecretSource::File(self.secrets.path().join("app.json"));
        GitHubAccess::new(self.sandbox.url(), secret, time.clock())
    }

    async fn map_both(&self, slots: i64) {
        let notify = Some(format!("{}/slack/team", self.sandbox.url()).as_str().into());
        self.map(REPOSITORIES[0], MappingDraft { max_in_progress: Some(slots), notify, ..MappingDraft::default() })
            .await;
        let (provider, aws_region) = (Some("bedrock".to_owned()), Some("us-west-2".to_owned()));
        let daily_runs = Some(1);
        self.map(REPOSITORIES[1], MappingDraft { provider, aws_region, daily_runs, ..MappingDraft::default() }).await;
    }

    async fn map(&self, repo: &str, settings: MappingDraft) {
        let (owner, name) = repo.split_once('/').expect("owner/name");
        let repo_id = (repo != UNBOUND).then(|| self.repo_id(repo));
        let draft = MappingDraft { owner: owner.to_owned(), repo: name.to_owned(), repo_id, ..settings };
        // Long ago: what was written before its mapping is nothing to us.
        let made_at = Clock::System.now() - SignedDuration::from_hours(1);
        let saved = self.mappings.save(&draft, "torture", made_at).await.expect("a working table");
        assert!(matches!(saved, Saved::Created(_)), "{saved:?}");
    }

    /// Puts the App's key into its secret: the one that GitHub accepts, or the one before it.
    fn store_key(&self, is_current: bool) {
        let app = self.sandbox.app();
        let key = if is_current { app.private_key_pem } else { self.old_key.clone() };
        let secret = json!({"app_id": app.app_id, "private_key": key});
        std::fs::write(self.secrets.path().join("app.json"), secret.to_string()).expect("writable");
    }
}

impl Stage<'_> {
    /// A fresh process of the worker's: it has read nothing and minted nothing.
    pub(crate) fn worker(&self) -> worker::State {
        worker::State {
            mappings: self.house.mappings.clone(),
            dispatches: self.house.dispatches.clone(),
            rates: self.house.rates.clone(),
            github: self.github(),
            notifier: Arc::new(Notifier::with_loopback()),
            queue: Queue::InProcess(self.queue.clone()),
            max_receives: InProcessQueue::MAX_RECEIVES,
            runs: Some(Runs::new(self::fence::run_secret(), self::fence::public_url(), self.time.clock())),
            clock: self.time.clock(),
        }
    }

    /// A fresh process of the sweeper's.
    pub(crate) fn sweeper(&self) -> sweeper::State {
        sweeper::State {
            mappings: self.house.mappings.clone(),
            dispatches: self.house.dispatches.clone(),
            rates: self.house.rates.clone(),
            cursors: self.house.cursors.clone(),
            github: self.github(),
            arrival: Arrival::Pushed,
            queue: Queue::InProcess(self.queue.clone()),
            clock: self.time.clock(),
        }
    }

    /// Waits until the webhook was told of every run: the sandbox does that in the background.
    pub(crate) async fn runs_are_announced(&self) {
        let mut patience = Patience::new();
        let missing = || self.sandbox.look(|world| world.runs.iter().any(|run| !self.post_box.has_announced(run.id)));
        while missing() {
            patience.round(&self.time).await;
        }
    }

    pub(crate) fn repo_id(&self, repo: &str) -> RepoId {
        self.house.repo_id(repo)
    }

    /// Its name at present.
    pub(crate) fn name_of(&self, repo: &str) -> String {
        let id = self.repo_id(repo).get();
        self.sandbox.look(|world| world.repository_by_id(id).expect("it is never deleted").full_name())
    }

    fn github(&self) -> GitHubAccess {
        self.house.github(&self.time)
    }
}

fn ids_of(sandbox: &Sandbox) -> BTreeMap<&'static str, RepoId> {
    let id = |repo| sandbox.look(|world| world.repository(repo).expect("a repository of the sandbox").id);
    REPOSITORIES.into_iter().map(|repo| (repo, RepoId::new(id(repo)))).collect()
}

fn fresh_sandbox() -> Sandbox {
    let config = SandboxConfig { port: 0, webhook: None, pace: Pace::Manual, state_file: None };
    Sandbox::start(config).expect("the sandbox starts")
}
