//! Reads a workflow file: its name, its run name, the inputs of `workflow_dispatch` and the jobs.
//!
//! Never runs anything.

mod inputs;
mod jobs;
mod run_name;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub(super) use inputs::{AcceptedInputs, DispatchRefusal};
pub(super) use jobs::DeclaredJob;

use self::inputs::DeclaredInputs;
use self::jobs::DeclaredJobs;

/// The part of a workflow file that runs need.
#[derive(Debug)]
pub(super) struct WorkflowFile {
    /// `name`, if given.
    pub(super) name: Option<String>,
    /// The jobs, in the file's order.
    pub(super) jobs: Vec<DeclaredJob>,
    run_name: Option<String>,
    dispatch: Option<DeclaredInputs>,
}

impl WorkflowFile {
    /// Reads the YAML of a workflow file.
    ///
    /// # Errors
    /// A sentence for people, when the text is no workflow.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document: Document = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let dispatch = document.on.dispatch().map_err(|error| error.to_string())?;
        Ok(Self { name: document.name, jobs: document.jobs.0, run_name: document.run_name, dispatch })
    }

    /// Judges the inputs of a dispatch and completes them with the declared defaults.
    ///
    /// # Errors
    /// The refusal that GitHub would answer with.
    pub(super) fn accept(&self, sent: &BTreeMap<String, Value>) -> Result<AcceptedInputs, DispatchRefusal> {
        self.dispatch.as_ref().ok_or(DispatchRefusal::NoTrigger)?.accept(sent)
    }

    /// The run's title: `run-name` filled in, else the workflow's name, else its path.
    pub(super) fn display_title(&self, inputs: &AcceptedInputs, path: &str) -> String {
        let template = self.run_name.as_ref();
        let title = template.map(|template| run_name::fill_in(template, &inputs.complete));
        title.filter(|title| !title.trim().is_empty()).or_else(|| self.name.clone()).unwrap_or_else(|| path.to_owned())
    }
}

#[derive(Deserialize)]
struct Document {
    name: Option<String>,
    #[serde(rename = "run-name")]
    run_name: Option<String>,
    on: Triggers,
    #[serde(default)]
    jobs: DeclaredJobs,
}

/// The three ways of writing `on`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Triggers {
    One(String),
    Several(Vec<String>),
    Detailed(BTreeMap<String, Value>),
}

#[derive(Deserialize)]
struct DispatchTrigger {
    inputs: Option<DeclaredInputs>,
}

impl Triggers {
    /// The inputs of `workflow_dispatch`; `None` without that trigger.
    fn dispatch(self) -> Result<Option<DeclaredInputs>, serde_json::Error> {
        const DISPATCH: &str = "workflow_dispatch";
        let has_trigger = match self {
            Self::One(event) => event == DISPATCH,
            Self::Several(events) => events.iter().any(|event| event == DISPATCH),
            Self::Detailed(mut events) => match events.remove(DISPATCH) {
                None => false,
                Some(Value::Null) => true,
                Some(detail) => {
                    let trigger: DispatchTrigger = serde_json::from_value(detail)?;
                    return Ok(Some(trigger.inputs.unwrap_or_default()));
                }
            },
        };
        Ok(has_trigger.then(DeclaredInputs::default))
    }
}
