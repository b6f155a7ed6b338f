//! What an owner may have set wrong, one thing at a time: for those who look at a set-up, and for tests of them.
//!
//! `POST /_sandbox/set-up` with `repo` and any of
//!
//! | key | sets |
//! |---|---|
//! | `permissions` | permissions of the installation: a name with `read`, `write`, or null for none |
//! | `events` | the events that the App subscribes to |
//! | `hook` | the App's webhook: `{"active": false}`, `{"url": "…"}`; `{}` is as it was |
//! | `workflow` | whether a workflow is switched off: `{"file": "…", "disabled": true}` |
//! | `actions_enabled`, `allowed_actions` | whether Actions run, and whose (`all`, `local_only`, `selected`) |
//! | `actions_may_open_pulls` | whether a job's own token may open pull requests |
//! | `secrets`, `organization_secrets` | their names, all of them |
//! | `variables`, `organization_variables` | by name: a value, or null for none |
//! | `files` | files on the default branch: a path with a text, or null for none |
//! | `immutable_subject` | whether subjects of OIDC tokens have ids: true, false, or `"unsaid"` |
//! | `subject_claims` | the claims of a customised subject; an empty list for the default |
//!
//! Nobody is told of it by a webhook. What is left out stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::world::{Access, Repository, World};
use super::{Sandbox, SandboxError};

/// What is to be set.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SetUp {
    /// Of which repository.
    pub repo: String,
    permissions: BTreeMap<String, Option<Access>>,
    events: Option<Vec<String>>,
    hook: Option<Hook>,
    workflow: Option<WorkflowSetUp>,
    actions_enabled: Option<bool>,
    allowed_actions: Option<String>,
    actions_may_open_pulls: Option<bool>,
    secrets: Option<BTreeSet<String>>,
    organization_secrets: Option<BTreeSet<String>>,
    variables: BTreeMap<String, Option<String>>,
    organization_variables: BTreeMap<String, Option<String>>,
    files: BTreeMap<String, Option<String>>,
    immutable_subject: Option<Value>,
    subject_claims: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    active: Option<bool>,
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkflowSetUp {
    file: String,
    disabled: bool,
}

impl Sandbox {
    /// Sets what an owner would set.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_up(&self, set_up: SetUp) -> Result<(), SandboxError> {
        self.core.edit(|world| {
            if world.repository(&set_up.repo).is_none() {
                return Err(SandboxError::NoSuchRepository(set_up.repo.clone()));
            }
            set_up_app(world, &set_up);
            if let Some(repository) = world.repository_mut(&set_up.repo) {
                set_up_repository(repository, set_up);
            }
            Ok(())
        })
    }
}

fn set_up_app(world: &mut World, set_up: &SetUp) {
    put_all(&mut world.installation.permissions, set_up.permissions.clone());
    if let Some(events) = &set_up.events {
        world.app.events.clone_from(events);
    }
    if let Some(hook) = &set_up.hook {
        world.app.is_hook_inactive = hook.active == Some(false);
        world.app.hook_url.clone_from(&hook.url);
    }
}

fn set_up_repository(repository: &mut Repository, set_up: SetUp) {
    match set_up.workflow {
        Some(WorkflowSetUp { file, disabled: true }) => _ = repository.disabled_workflows.insert(file),
        Some(WorkflowSetUp { file, disabled: false }) => _ = repository.disabled_workflows.remove(&file),
        None => {}
    }
    let branch = repository.branches.entry(repository.default_branch.clone()).or_default();
    put_all(&mut branch.files, set_up.files);
    if let Some(may_open) = set_up.actions_may_open_pulls {
        repository.actions_may_not_open_pulls = !may_open;
    }
    let settings = &mut repository.settings;
    if let Some(enabled) = set_up.actions_enabled {
        settings.is_disabled = !enabled;
    }
    if let Some(allowed) = set_up.allowed_actions {
        settings.allowed_actions = Some(allowed);
    }
    if let Some(secrets) = set_up.secrets {
        settings.secrets = secrets;
    }
    if let Some(secrets) = set_up.organization_secrets {
        settings.organization_secrets = secrets;
    }
    put_all(&mut settings.variables, set_up.variables);
    put_all(&mut settings.organization_variables, set_up.organization_variables);
    if let Some(is_immutable) = set_up.immutable_subject {
        settings.immutable_subject = is_immutable.as_bool();
    }
    if let Some(claims) = set_up.subject_claims {
        settings.subject_claims = Some(claims).filter(|claims| !claims.is_empty());
    }
}

/// Puts what has a value, and takes away what has none.
fn put_all<T>(kept: &mut BTreeMap<String, T>, wanted: BTreeMap<String, Option<T>>) {
    for (name, value) in wanted {
        match value {
            Some(value) => drop(kept.insert(name, value)),
            None => drop(kept.remove(&name)),
        }
    }
}
