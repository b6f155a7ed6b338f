//! The inputs that a workflow declares, and GitHub's judgement of those that are sent.
//!
//! Never fills a run name in.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// GitHub's limit of inputs for one dispatch.
const MAX_INPUTS: usize = 25;
/// GitHub's limit of all inputs together.
const MAX_INPUT_CHARACTERS: usize = 65_535;

/// Why GitHub refuses a dispatch. The texts are GitHub's own.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::sandbox) enum DispatchRefusal {
    #[error("Workflow does not have 'workflow_dispatch' trigger")]
    NoTrigger,
    #[error("Unexpected inputs provided: {0}")]
    UnexpectedInputs(Value),
    #[error("Required input '{0}' not provided")]
    MissingInput(String),
    #[error("Provided value '{value}' for input '{name}' not in the list of allowed values")]
    NotAllowed { name: String, value: String },
    #[error("Invalid request.\n\nFor 'properties/{name}', {value} is not a string.")]
    NotText { name: String, value: Value },
    #[error("you may only define up to {MAX_INPUTS} `inputs` for a `workflow_dispatch` event")]
    TooManyInputs,
    #[error("inputs are too large.")]
    TooLarge,
}

/// Inputs that passed.
#[derive(Debug)]
pub(in crate::sandbox) struct AcceptedInputs {
    /// As they were sent.
    pub(in crate::sandbox) sent: BTreeMap<String, String>,
    /// With the defaults of those that were not.
    pub(super) complete: BTreeMap<String, String>,
}

/// The inputs that a workflow declares. An input may be declared by its bare name.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DeclaredInputs(BTreeMap<String, Option<Input>>);

#[derive(Debug, Deserialize)]
struct Input {
    #[serde(default)]
    required: bool,
    default: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<String>,
    options: Option<Vec<String>>,
}

impl DeclaredInputs {
    /// Judges what was sent, and completes it with the defaults.
    ///
    /// # Errors
    /// The refusal that GitHub would answer with.
    pub(super) fn accept(&self, sent: &BTreeMap<String, Value>) -> Result<AcceptedInputs, DispatchRefusal> {
        let sent = texts_within_limits(sent)?;
        let unexpected: Vec<&str> =
            sent.keys().map(String::as_str).filter(|name| !self.0.contains_key(*name)).collect();
        if !unexpected.is_empty() {
            return Err(DispatchRefusal::UnexpectedInputs(unexpected.into()));
        }
        let mut complete = BTreeMap::new();
        for (name, declared) in &self.0 {
            let value = match declared {
                Some(input) => input.value(name, sent.get(name))?,
                None => sent.get(name).cloned().unwrap_or_default(),
            };
            complete.insert(name.clone(), value);
        }
        Ok(AcceptedInputs { sent, complete })
    }
}

impl Input {
    fn value(&self, name: &str, sent: Option<&String>) -> Result<String, DispatchRefusal> {
        let given = sent.filter(|value| !value.is_empty()).cloned().or_else(|| self.default_text());
        match given {
            None if self.required => Err(DispatchRefusal::MissingInput(name.to_owned())),
            None => Ok(String::new()),
            Some(value) if self.allows(&value) => Ok(value),
            Some(value) => Err(DispatchRefusal::NotAllowed { name: name.to_owned(), value }),
        }
    }

    fn default_text(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        (!text.is_empty()).then_some(text)
    }

    fn allows(&self, value: &str) -> bool {
        let options = self.options.as_deref().unwrap_or_default();
        match self.kind.as_deref() {
            Some("choice") => options.iter().any(|option| option == value),
            Some("boolean") => value == "true" || value == "false",
            Some("number") => value.parse::<f64>().is_ok(),
            _ => true,
        }
    }
}

fn texts_within_limits(sent: &BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, DispatchRefusal> {
    if sent.len() > MAX_INPUTS {
        return Err(DispatchRefusal::TooManyInputs);
    }
    let mut texts = BTreeMap::new();
    for (name, value) in sent {
        let Value::String(text) = value else {
            return Err(DispatchRefusal::NotText { name: name.clone(), value: value.clone() });
        };
        texts.insert(name.clone(), text.clone());
    }
    if texts.values().map(|text| text.chars().count()).sum::<usize>() > MAX_INPUT_CHARACTERS {
        return Err(DispatchRefusal::TooLarge);
    }
    Ok(texts)
}
