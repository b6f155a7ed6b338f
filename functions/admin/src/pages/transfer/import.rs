//! An import: from a text to mappings, to what each would do, to what was done.
//!
//! Owns the comparison with what is stored. Saves as the form of one mapping does, and no faster than GitHub can be asked.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use web::ApiError;

use crate::mappings::{self, RepoIdIs};
use crate::session::Session;
use crate::state::State;

/// Well below the function's own limit: what isn't begun by then is left for the next time.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);
/// Each may ask GitHub for an id.
const AT_ONCE: usize = 8;
const MOST: usize = 2_000;

/// An import that could be read.
pub(super) struct Import {
    /// The settings of each step; none where they are wrong.
    drafts: Vec<Option<MappingDraft>>,
    steps: Vec<Step>,
}

/// One of its mappings.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) what: What,
}

/// What becomes of a mapping, or became of it.
pub(super) enum What {
    Create,
    Update,
    Unchanged,
    /// With what could not be made sure of.
    Created(Option<String>),
    /// With what could not be made sure of.
    Updated(Option<String>),
    Left,
    Wrong(String),
}

impl Import {
    /// Reads a text and compares it with what is stored; the inner error is about the text as a whole.
    pub(super) async fn read(state: &State, text: &str) -> Result<Result<Self, String>, ApiError> {
        let listed: Vec<Map<String, Value>> = match serde_json::from_str(text) {
            Ok(listed) => listed,
            Err(error) => {
                let (line, column) = (serde_json::Error::line(&error), error.column());
                return Ok(Err(format!(
                    "That is no JSON list of mappings; it stops making sense at line {line}, column {column}."
                )));
            }
        };
        if listed.is_empty() || listed.len() > MOST {
            return Ok(Err(format!("An import has 1 to {MOST} mappings, and this has {}.", listed.len())));
        }
        let stored = mappings::all(state).await?;
        let stored = stored.iter().map(|entry| (entry.draft.name_key(), &entry.draft)).collect();
        let (mut import, mut before) = (Self { drafts: Vec::new(), steps: Vec::new() }, HashSet::new());
        for members in listed {
            let (draft, step) = judged(members, &stored, &mut before);
            import.drafts.push(draft);
            import.steps.push(step);
        }
        Ok(Ok(import))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether every mapping of it keeps the rules.
    pub(super) fn is_sound(&self) -> bool {
        self.steps.iter().all(|step| !matches!(step.what, What::Wrong(_)))
    }

    /// What it was compared with: another one, as soon as somebody has saved one of its mappings.
    pub(super) fn seen(&self) -> String {
        let mut hash = Sha256::new();
        for (draft, step) in self.drafts.iter().zip(&self.steps) {
            hash.update(format!("{} {}\n", step.name, draft.as_ref().map_or(0, |draft| draft.version)));
        }
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }

    /// Saves what differs.
    pub(super) async fn carry_out(self, state: &State, session: &Session) -> Vec<Step> {
        let begun = state.clock.now();
        let mut done = Vec::new();
        let mut work = self.drafts.into_iter().zip(self.steps).peekable();
        while work.peek().is_some() {
            let in_time = state.clock.now().duration_since(begun) < PATIENCE;
            let some = (0..AT_ONCE).map_while(|_| work.next());
            done.extend(join_all(some.map(|(draft, step)| carried_out(state, session, draft, step, in_time))).await);
        }
        done
    }
}

async fn carried_out(state: &State, session: &Session, draft: Option<MappingDraft>, step: Step, in_time: bool) -> Step {
    let what = match (step.what, draft) {
        (What::Create | What::Update, Some(draft)) if in_time => save(state, session, draft).await,
        (What::Create | What::Update, _) => What::Left,
        (what, _) => what,
    };
    Step { what, ..step }
}

fn judged(
    mut members: Map<String, Value>,
    stored: &HashMap<String, &MappingDraft>,
    before: &mut HashSet<String>,
) -> (Option<MappingDraft>, Step) {
    // The version is of the system that it was exported from.
    members.remove("version");
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (owner, repo) = (text("owner"), text("repo"));
    let wrong = |name: String, why: String| (None, Step { name, what: What::Wrong(why) });
    let name = match RepoFullName::new(&owner, &repo) {
        Ok(name) => name,
        Err(error) => return wrong(format!("{owner}/{repo}"), error.to_string()),
    };
    if !before.insert(name.key()) {
        return wrong(name.to_string(), "It is in the list twice.".to_owned());
    }
    let mut draft = match mappings::judged(&name, members) {
        Ok(draft) => draft,
        Err(problem) => return wrong(name.to_string(), problem.detail().to_owned()),
    };
    let what = match stored.get(&name.key()) {
        None => What::Create,
        Some(stored) => {
            draft.version = stored.version;
            draft.repo_id = draft.repo_id.or(stored.repo_id);
            if draft == **stored { What::Unchanged } else { What::Update }
        }
    };
    (Some(draft), Step { name: name.to_string(), what })
}

async fn save(state: &State, session: &Session, draft: MappingDraft) -> What {
    let Ok(name) = RepoFullName::new(&draft.owner, &draft.repo) else { unreachable!("a judged mapping has a name") };
    match mappings::save(state, session, &name, draft, RepoIdIs::Unchecked).await {
        Ok(saved) if saved.is_new => What::Created(saved.warning),
        Ok(saved) => What::Updated(saved.warning),
        Err(error) => What::Wrong(error.into_problem().detail().to_owned()),
    }
}
