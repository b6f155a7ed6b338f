//! The inputs of one `workflow_dispatch`: strings that fit the workflow that will receive them.
//!
//! Owns GitHub's limits, the adaptation to what a workflow declares, and the cutting of a long description. A
//! [`WorkflowInputs`] exists only within those limits. Never cuts an id, and never leaves out an input without which
//! the run would do something else than was asked.
//! <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::claim::ClaimId;
use crate::command::Instructions;
use crate::ids::IssueNumber;
use crate::mapping::Mapping;
use crate::planning_context::PlanningContext;
use crate::run_callback::Callback;
use crate::ticket::Ticket;
use crate::workflow_file::WorkflowDeclaration;

/// GitHub's limit on the number of inputs.
pub const MAX_INPUTS: usize = 25;
/// GitHub's limit on all names and values together, in characters.
pub const MAX_CHARACTERS: usize = 65_535;

const DESCRIPTION: &str = "issue_description";
const RUN_TOKEN: &str = "run_token";
/// What a value is shown as that only the run may know.
const REDACTED: &str = "…";

/// What is known about a run before it is fitted to its workflow.
#[derive(Debug, Clone, Copy)]
pub struct RunFacts<'a> {
    /// The claim that the run answers.
    pub claim: ClaimId,
    /// The ticket.
    pub ticket: &'a Ticket,
    /// The pull request and its pinned head commit, for a gap-fill run.
    pub pull_request: Option<(IssueNumber, &'a str)>,
    /// The repository's settings.
    pub mapping: &'a Mapping,
    /// What the commenter wrote under the command.
    pub instructions: &'a Instructions,
    /// What a plan is told of the tickets around its own.
    pub planning: &'a PlanningContext,
    /// Where and by what token the run reports, for a workflow that can't redeem its claim.
    pub callback: Option<&'a Callback>,
}

/// Inputs that GitHub and the workflow will take. A log never shows those that only the run may know.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WorkflowInputs(BTreeMap<&'static str, String>);

/// Why a workflow can't take a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaMismatch {
    /// It requires an input that we know nothing of.
    RequiredUnknown(String),
    /// It doesn't declare an input without which the run would do something else.
    EssentialUndeclared(&'static str),
    /// It declares a choice that lacks our value.
    NotAChoice {
        /// The input.
        input: &'static str,
        /// Our value.
        value: String,
    },
    /// The inputs exceed GitHub's limits even without the description.
    TooLarge,
}

impl WorkflowInputs {
    /// Fits what is known about a run to what its workflow declares.
    pub fn fit(facts: RunFacts<'_>, declaration: &WorkflowDeclaration) -> Result<Self, SchemaMismatch> {
        let known =
            known_values(RunFacts { callback: facts.callback.filter(|_| declaration.takes_callback()), ..facts });
        if let Some(name) = essential(facts).find(|name| declaration.input(name).is_none()) {
            return Err(SchemaMismatch::EssentialUndeclared(name));
        }
        for (name, input) in declaration.inputs() {
            // GitHub takes an empty value for a missing one.
            let has_value = known.get(name).is_some_and(|value| !value.is_empty());
            if input.required && !input.has_default && !has_value {
                return Err(SchemaMismatch::RequiredUnknown(name.to_owned()));
            }
        }
        let mut inputs = BTreeMap::new();
        for (name, value) in known {
            let Some(input) = declaration.input(name) else { continue };
            if input.options.as_ref().is_some_and(|options| !options.contains(&value)) {
                return Err(SchemaMismatch::NotAChoice { input: name, value: shown(name, &value).to_owned() });
            }
            inputs.insert(name, value);
        }
        within_limits(inputs)
    }

    /// The inputs by name, in a stable order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The value of one input, if it is sent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl fmt::Debug for WorkflowInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, shown(name, value)))).finish()
    }
}

/// A value as people may see it.
fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if name == RUN_TOKEN { REDACTED } else { value }
}

/// Every input that has a value. One without a value is left out, so that the workflow's own default holds.
fn known_values(facts: RunFacts<'_>) -> BTreeMap<&'static str, String> {
    let RunFacts { claim, ticket, pull_request, mapping, instructions, planning, callback } = facts;
    let instructions = match instructions {
        Instructions::Given(text) => Some(text.clone()),
        Instructions::None | Instructions::TooLong { .. } => None,
    };
    let values = [
        ("claim_id", Some(claim.to_string())),
        ("issue_id", Some(ticket.id.clone())),
        ("issue_identifier", Some(ticket.identifier.clone())),
        ("issue_title", Some(ticket.title.clone())),
        // Many pull requests have no description; a workflow may require one.
        (DESCRIPTION, Some(if ticket.description.is_empty() { &ticket.title } else { &ticket.description }.clone())),
        // Empty on purpose: it is how one workflow file tells an implementation from a gap-fill.
        ("pr_number", Some(pull_request.map_or_else(String::new, |(number, _)| number.to_string()))),
        ("head_sha", pull_request.map(|(_, sha)| sha.to_owned())),
        ("provider", Some(mapping.provider.input_value().to_owned())),
        ("aws_region", mapping.provider.region().map(ToString::to_string)),
        ("runner_image", mapping.runner_image.clone()),
        ("instructions", instructions),
        ("parent", planning.parent.clone()),
        ("siblings", planning.siblings.clone()),
        ("dependencies", planning.dependencies.clone()),
        ("runner_callback_url", callback.map(|callback| callback.url.clone())),
        (RUN_TOKEN, callback.map(|callback| callback.token.clone())),
        ("max_turns", Some(mapping.limits.max_turns.to_string())),
        ("max_iterations", Some(mapping.limits.max_iterations.to_string())),
        ("max_job_minutes", Some(mapping.limits.max_job_minutes.to_string())),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The inputs without which the run would be another: on the wrong provider, or from scratch instead of on the branch.
fn essential(facts: RunFacts<'_>) -> impl Iterator<Item = &'static str> {
    let bedrock: &[_] = if facts.mapping.provider.region().is_some() { &["provider", "aws_region"] } else { &[] };
    let gap_fill: &[_] = if facts.pull_request.is_some() { &["pr_number"] } else { &[] };
    bedrock.iter().chain(gap_fill).copied()
}

fn within_limits(mut inputs: BTreeMap<&'static str, String>) -> Result<WorkflowInputs, SchemaMismatch> {
    let characters = |inputs: &BTreeMap<&str, String>| -> usize {
        inputs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum()
    };
    let excess = characters(&inputs).saturating_sub(MAX_CHARACTERS);
    if excess > 0
        && let Some(description) = inputs.get_mut(DESCRIPTION)
    {
        *description = cut(description, excess);
    }
    if inputs.len() > MAX_INPUTS || characters(&inputs) > MAX_CHARACTERS {
        return Err(SchemaMismatch::TooLarge);
    }
    Ok(WorkflowInputs(inputs))
}

/// Shortens a text by at least `excess` characters and says so at its end.
fn cut(text: &str, excess: usize) -> String {
    let characters = text.chars().count();
    // The count in the marker is never longer than the text's whole length, so room for that is room enough.
    let room_for_marker = marker(characters).chars().count();
    let kept = characters.saturating_sub(excess + room_for_marker);
    let text: String = text.chars().take(kept).collect();
    text + &marker(characters - kept)
}

fn marker(characters: usize) -> String {
    format!("\n\n[AI-Implement left out the last {characters} characters: GitHub's limit on workflow inputs]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::MappingDraft;
    use crate::ticket::TicketOrigin;

    const TEMPLATE: &str = include_str!("../tests/claude-implement.yml");

    fn mapping(settings: &str) -> Mapping {
        let draft: MappingDraft =
            serde_json::from_str(&format!(r#"{{"owner":"o","repo":"r"{settings}}}"#)).expect("json");
        Mapping::try_from(draft).expect("a valid mapping")
    }

    fn bedrock() -> Mapping {
        mapping(r#","provider":"bedrock","awsRegion":"us-west-2""#)
    }

    fn ticket(description: &str) -> Ticket {
        Ticket {
            id: "7f3c".into(),
            identifier: "ENG-42".into(),
            title: "Retry uploads".into(),
            description: description.into(),
            origin: TicketOrigin::MetadataBlock,
        }
    }

    fn fit(
        mapping: &Mapping,
        description: &str,
        pull_request: bool,
        yaml: &str,
    ) -> Result<WorkflowInputs, SchemaMismatch> {
        let facts = RunFacts {
            claim: ClaimId::from_parts(0, 1),
            ticket: &ticket(description),
            pull_request: pull_request.then_some((IssueNumber::new(5), "abc123")),
            mapping,
            instructions: &Instructions::Given("be brief".into()),
            planning: &PlanningContext::default(),
            callback: Some(&Callback { url: "https://ai-implement.example".into(), token: "hunter2".into() }),
        };
        WorkflowInputs::fit(facts, &WorkflowDeclaration::parse(yaml).expect("dispatchable"))
    }

    fn declaring(inputs: &str) -> String {
        format!("on:\n  workflow_dispatch:\n    inputs: {{{inputs}}}")
    }

    #[test]
    fn a_gap_fill_on_bedrock_carries_provider_region_and_pinned_head() {
        let inputs = fit(&bedrock(), "d", true, TEMPLATE).expect("the template takes it");
        for (name, value) in [
            ("provider", "bedrock"),
            ("aws_region", "us-west-2"),
            ("pr_number", "5"),
            ("head_sha", "abc123"),
            ("issue_identifier", "ENG-42"),
            ("instructions", "be brief"),
            ("max_iterations", "2"),
        ] {
            assert_eq!(inputs.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn an_implementation_has_an_empty_pull_request_and_no_head() {
        let inputs = fit(&mapping(""), "d", false, TEMPLATE).expect("the template takes it");
        assert_eq!((inputs.get("pr_number"), inputs.get("head_sha"), inputs.get("aws_region")), (Some(""), None, None));
    }

    #[test]
    fn undeclared_inputs_are_not_sent() {
        let inputs = fit(&mapping(""), "d", false, &declaring("issue_id: {required: true}")).expect("it takes the id");
        assert_eq!(inputs.iter().collect::<Vec<_>>(), [("issue_id", "7f3c")]);
    }

    #[test]
    fn a_required_input_that_we_know_nothing_of_is_named() {
        let mismatch = fit(&mapping(""), "d", false, &declaring("deploy_key: {required: true}"));
        assert_eq!(mismatch, Err(SchemaMismatch::RequiredUnknown("deploy_key".into())));
        assert!(fit(&mapping(""), "d", false, &declaring("deploy_key: {required: true, default: x}")).is_ok());
    }

    #[test]
    fn a_required_input_without_a_value_is_named_too() {
        let mismatch = fit(&mapping(""), "d", false, &declaring("pr_number: {required: true}"));
        assert_eq!(mismatch, Err(SchemaMismatch::RequiredUnknown("pr_number".into())));
        let inputs =
            fit(&mapping(""), "", false, &declaring("issue_description: {required: true}")).expect("the title will do");
        assert_eq!(inputs.get("issue_description"), Some("Retry uploads"));
    }

    #[test]
    fn where_to_report_is_told_to_workflows_that_can_not_redeem_and_to_no_other() {
        let told = fit(&mapping(""), "d", false, &declaring("run_token: {required: true}, runner_callback_url: {}"))
            .expect("it is known");
        assert_eq!(
            (told.get("run_token"), told.get("runner_callback_url")),
            (Some("hunter2"), Some("https://ai-implement.example"))
        );
        let redeems = fit(&mapping(""), "d", false, &declaring("claim_id: {}, run_token: {}, runner_callback_url: {}"));
        let redeems = redeems.expect("it asks for its own");
        assert_eq!((redeems.get("run_token"), redeems.get("runner_callback_url")), (None, None));
    }

    #[test]
    fn a_runs_token_is_in_no_log_and_in_no_refusal() {
        let told = fit(&mapping(""), "d", false, &declaring("run_token: {}")).expect("it is known");
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
        let choice = fit(&mapping(""), "d", false, &declaring("run_token: {options: [a]}"));
        assert_eq!(choice, Err(SchemaMismatch::NotAChoice { input: "run_token", value: "…".into() }));
    }

    #[test]
    fn a_bedrock_run_never_falls_back_to_another_provider() {
        let mismatch = fit(&bedrock(), "d", false, &declaring("provider: {}"));
        assert_eq!(mismatch, Err(SchemaMismatch::EssentialUndeclared("aws_region")));
    }

    #[test]
    fn a_gap_fill_never_becomes_an_implementation() {
        let mismatch = fit(&mapping(""), "d", true, &declaring("issue_id: {}"));
        assert_eq!(mismatch, Err(SchemaMismatch::EssentialUndeclared("pr_number")));
    }

    #[test]
    fn a_choice_must_have_our_value() {
        let mismatch = fit(&bedrock(), "d", false, &declaring("provider: {options: [anthropic]}, aws_region: {}"));
        assert_eq!(mismatch, Err(SchemaMismatch::NotAChoice { input: "provider", value: "bedrock".into() }));
    }

    #[test]
    fn a_long_description_is_cut_to_the_last_character_and_says_so() {
        let inputs = fit(&bedrock(), &"ä".repeat(70_000), true, TEMPLATE).expect("cut to fit");
        let total: usize = inputs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        assert!((MAX_CHARACTERS - 2..=MAX_CHARACTERS).contains(&total), "{total}");
        let description = inputs.get("issue_description").expect("sent");
        let kept = description.chars().take_while(|c| *c == 'ä').count();
        assert!(
            description.contains(&format!("left out the last {} characters", 70_000 - kept)),
            "{}",
            &description[description.len() - 90..]
        );
        assert_eq!(inputs.get("issue_id"), Some("7f3c"));
    }

    proptest! {
        #[test]
        fn inputs_always_fit_githubs_limits(length in 0_usize..140_000, wide in any::<bool>()) {
            let description = if wide { "🦀" } else { "x" }.repeat(length);
            let inputs = fit(&bedrock(), &description, true, TEMPLATE).expect("cut to fit");
            let total: usize = inputs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
            prop_assert!(total <= MAX_CHARACTERS);
            prop_assert!(length > 60_000 || inputs.get("issue_description") == Some(description.as_str()));
        }
    }
}
