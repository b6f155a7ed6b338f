//! The jobs that a workflow declares, with the names that GitHub gives to them and to their steps.
//!
//! Never asks what a job needs, and never runs one.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs>

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The jobs in the file's order, which a map would forget.
#[derive(Debug, Default)]
pub(super) struct DeclaredJobs(pub(super) Vec<DeclaredJob>);

/// A job.
#[derive(Debug)]
pub(in crate::sandbox) struct DeclaredJob {
    /// Its name, else its key.
    pub(in crate::sandbox) name: String,
    /// The names of its steps.
    pub(in crate::sandbox) steps: Vec<String>,
}

#[derive(Deserialize)]
struct Job {
    name: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: Option<String>,
    uses: Option<String>,
    run: Option<String>,
}

impl Step {
    /// A step without a name is called after what it does.
    fn shown(self) -> String {
        let does = || self.uses.or(self.run).unwrap_or_default();
        self.name.unwrap_or_else(|| format!("Run {}", does().lines().next().unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for DeclaredJobs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = DeclaredJobs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("jobs by their keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DeclaredJobs, A::Error> {
        let mut jobs = Vec::new();
        while let Some((key, Job { name, steps })) = map.next_entry::<String, Job>()? {
            let steps = steps.into_iter().map(Step::shown).collect();
            jobs.push(DeclaredJob { name: name.unwrap_or(key), steps });
        }
        Ok(DeclaredJobs(jobs))
    }
}
