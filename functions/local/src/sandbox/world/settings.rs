//! What an owner sets for Actions: whether they run, secrets by their names, variables, and the subjects of OIDC tokens.
//!
//! Never holds a secret's value: nothing here needs one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What a repository's owner has set for Actions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionsSettings {
    /// Whether Actions are switched off.
    pub is_disabled: bool,
    /// Whose actions may be used: `all` unless something is said, else `local_only` or `selected`.
    pub allowed_actions: Option<String>,
    /// Names of the repository's secrets.
    pub secrets: BTreeSet<String>,
    /// Names of the organisation's secrets that the repository sees.
    pub organization_secrets: BTreeSet<String>,
    /// The repository's variables.
    pub variables: BTreeMap<String, String>,
    /// The organisation's variables that the repository sees.
    pub organization_variables: BTreeMap<String, String>,
    /// Whether the subjects of OIDC tokens have ids; `None` where this GitHub doesn't say.
    pub immutable_subject: Option<bool>,
    /// The claims that a customised subject is put together from.
    pub subject_claims: Option<Vec<String>>,
}
