//! A workflow file's `workflow_dispatch` trigger: which inputs it declares.
//!
//! Owns the reading of that part of the YAML, because GitHub refuses a dispatch with an input that isn't declared.
//! Never judges the rest of the file, and never runs anything of it.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs>

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

/// The inputs that a dispatchable workflow declares, by name, and whether its runs ask before they act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkflowDeclaration {
    inputs: BTreeMap<String, InputDeclaration>,
    has_fence: bool,
}

/// One declared input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputDeclaration {
    /// GitHub refuses a dispatch without a value for it, unless it has a default.
    pub required: bool,
    /// It has a default.
    pub has_default: bool,
    /// The values of a `choice`.
    pub options: Option<Vec<String>>,
}

/// Why a workflow file can't be dispatched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeclarationFault {
    /// Not YAML, or not a mapping.
    #[error("it isn't a workflow in YAML")]
    NotYaml,
    /// It has no `workflow_dispatch` trigger.
    #[error("it has no `workflow_dispatch` trigger")]
    NotDispatchable,
}

impl WorkflowDeclaration {
    /// Reads the trigger from a workflow file's text.
    pub fn parse(yaml: &str) -> Result<Self, DeclarationFault> {
        let file: Value = serde_saphyr::from_str(yaml).map_err(|_| DeclarationFault::NotYaml)?;
        let on = file.as_object().ok_or(DeclarationFault::NotYaml)?.get("on");
        let declaration = Self::of_triggers(on)?;
        let asks = file.pointer("/jobs/admit").is_some_and(asks_the_control_plane);
        Ok(Self { has_fence: asks && declaration.input("claim_id").is_some(), ..declaration })
    }

    fn of_triggers(on: Option<&Value>) -> Result<Self, DeclarationFault> {
        match on {
            Some(Value::String(event)) if event == "workflow_dispatch" => Ok(Self::default()),
            Some(Value::Array(events)) if events.iter().any(|event| event == "workflow_dispatch") => {
                Ok(Self::default())
            }
            Some(Value::Object(events)) => {
                events.get("workflow_dispatch").map(Self::of_trigger).ok_or(DeclarationFault::NotDispatchable)
            }
            _ => Err(DeclarationFault::NotDispatchable),
        }
    }

    /// The declaration of one input, if there is one.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&InputDeclaration> {
        self.inputs.get(name)
    }

    /// Whether its runs ask whether they may act before they do: it takes the claim's id, and has the job `admit` of our
    /// template, which may prove who it is and knows where to ask.
    #[must_use]
    pub const fn has_fence(&self) -> bool {
        self.has_fence
    }

    /// Whether it is to be told at its dispatch where and by what token its run reports: it asks for that, and can't redeem
    /// the claim, by which others get theirs.
    #[must_use]
    pub fn takes_callback(&self) -> bool {
        self.input("claim_id").is_none()
            && ["run_token", "runner_callback_url"].into_iter().any(|name| self.input(name).is_some())
    }

    /// The declared inputs, by name.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &InputDeclaration)> {
        self.inputs.iter().map(|(name, input)| (name.as_str(), input))
    }

    fn of_trigger(trigger: &Value) -> Self {
        let inputs = trigger.get("inputs").and_then(Value::as_object);
        let inputs = inputs.into_iter().flatten().map(|(name, input)| (name.clone(), InputDeclaration::read(input)));
        Self { inputs: inputs.collect(), has_fence: false }
    }
}

/// Whether a job may ask GitHub for a proof of its run, and reads where it is to be shown.
fn asks_the_control_plane(job: &Value) -> bool {
    let may_prove_itself = job.pointer("/permissions/id-token").is_some_and(|it| it == "write");
    may_prove_itself && job.to_string().contains("vars.AI_IMPLEMENT_URL")
}

impl InputDeclaration {
    fn read(input: &Value) -> Self {
        let options = input.get("options").and_then(Value::as_array);
        Self {
            required: input.get("required").and_then(Value::as_bool).unwrap_or(false),
            has_default: input.get("default").is_some_and(|default| !default.is_null()),
            options: options.map(|options| options.iter().map(scalar).collect()),
        }
    }
}

/// A scalar as GitHub compares it: `8` and `"8"` are the same choice.
fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn declared_inputs_are_read() {
        let declaration = WorkflowDeclaration::parse(
            "name: x\non:\n  push:\n  workflow_dispatch:\n    inputs:\n      issue_id: {required: true}\n      \
             provider: {type: choice, options: [anthropic, bedrock], default: anthropic}\n      tries: {type: choice, options: [1, 2]}\n      bare:\n",
        )
        .expect("dispatchable");
        let names: Vec<_> = declaration.inputs().map(|(name, _)| name).collect();
        assert_eq!(names, ["bare", "issue_id", "provider", "tries"]);
        assert!(declaration.input("issue_id").is_some_and(|input| input.required && !input.has_default));
        let provider = declaration.input("provider").expect("declared");
        assert!(provider.has_default);
        assert_eq!(provider.options.as_deref(), Some(["anthropic".to_owned(), "bedrock".to_owned()].as_slice()));
        assert_eq!(
            declaration.input("tries").and_then(|input| input.options.clone()),
            Some(vec!["1".into(), "2".into()])
        );
    }

    #[test]
    fn a_workflow_has_a_fence_where_its_first_job_asks() {
        let fenced = |inputs: &str, permissions: &str, env: &str| {
            let yaml = format!(
                "on: {{workflow_dispatch: {{inputs: {{{inputs}: {{}}}}}}}}\njobs:\n  admit:\n    permissions: {{{permissions}: write}}\n    env: {{URL: \"{env}\"}}\n"
            );
            WorkflowDeclaration::parse(&yaml).expect("dispatchable").has_fence()
        };
        assert!(fenced("claim_id", "id-token", "${{ vars.AI_IMPLEMENT_URL }}"));
        assert!(!fenced("issue_id", "id-token", "${{ vars.AI_IMPLEMENT_URL }}"));
        assert!(!fenced("claim_id", "contents", "${{ vars.AI_IMPLEMENT_URL }}"));
        assert!(!fenced("claim_id", "id-token", "${{ vars.ELSEWHERE }}"));
    }

    #[test]
    fn every_way_to_write_the_trigger_is_known() {
        for yaml in [
            "on: workflow_dispatch",
            "on: [push, workflow_dispatch]",
            "on:\n  workflow_dispatch:",
            "\"on\":\n  workflow_dispatch: {}",
        ] {
            assert_eq!(WorkflowDeclaration::parse(yaml), Ok(WorkflowDeclaration::default()), "{yaml}");
        }
    }

    #[test]
    fn a_file_without_the_trigger_is_told_from_one_that_is_no_workflow() {
        for yaml in ["on: push", "on: [push]", "on:\n  push:", "jobs: {}"] {
            assert_eq!(WorkflowDeclaration::parse(yaml), Err(DeclarationFault::NotDispatchable), "{yaml}");
        }
        for yaml in ["", "just text", "- a\n- b", "on: [", "\u{0}"] {
            assert_eq!(WorkflowDeclaration::parse(yaml), Err(DeclarationFault::NotYaml), "{yaml:?}");
        }
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            writeln!(yaml, "a{level}: &a{level} [{aliases}]").expect("a string takes it");
        }
        yaml.push_str("on: workflow_dispatch\n");
        assert_eq!(WorkflowDeclaration::parse(&yaml), Err(DeclarationFault::NotYaml));
    }
}
