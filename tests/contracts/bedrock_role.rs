//! The policies that the doctor fills in, held against the template that makes the role.
//!
//! Owns a small reading of `infra/bedrock-oidc-role.yaml`: its functions are tags, so that what is read are their arguments.
//! Both must say the same, statement by statement. Never deploys anything: `tests/target_repo` does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use domain::bedrock_setup::BedrockSetUp;
use domain::doctor::{MappedFact, RepositoryFact, Unseen};
use domain::ids::{RepoId, UserId};
use domain::mapping::Mapping;
use serde_json::{Map, Value, json};

use crate::place;

const ROLE: &str = "arn:aws:iam::111122223333:role/x";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const PROFILE: &str = "arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6";
const GAP_PROFILE: &str = "arn:aws:bedrock:us-west-2:111122223333:inference-profile/global.anthropic.claude-haiku-4-5";
/// Every region: which ones a profile's are is AWS's to say, and through the profile only is as narrow.
const ANYWHERE: &str = "*";

/// The template for some values of its parameters, with the conditions that hold for them.
struct Stack {
    template: Value,
    values: BTreeMap<&'static str, &'static str>,
    holding: BTreeSet<&'static str>,
}

impl Stack {
    fn with<const N: usize>(values: [(&'static str, &'static str); N], holding: &[&'static str]) -> Self {
        let text = fs::read_to_string(place::repository().join("infra/bedrock-oidc-role.yaml")).expect("the template");
        let template: Value = serde_saphyr::from_str(&text).expect("the template is YAML");
        let usual = [
            ("RepositoryOwner", "Octo"),
            ("RepositoryName", "Hello"),
            ("OwnerId", "70"),
            ("RepositoryId", "7"),
            ("Branch", "main"),
            ("OidcProviderArn", PROVIDER),
            ("AWS::Partition", "aws"),
        ];
        for (name, _) in values.iter().chain(&usual).filter(|(name, _)| !name.starts_with("AWS::")) {
            assert!(*name == "Region" || template["Parameters"][name].is_object(), "there is no parameter {name}");
        }
        let holding = holding.iter().copied().chain(["TrustsExactly", "HasIds"]).collect::<BTreeSet<_>>();
        assert!(holding.iter().all(|name| template["Conditions"].get(name).is_some()), "{holding:?}");
        Self { template, values: usual.into_iter().chain(values).collect(), holding }
    }

    fn trust(&self) -> Value {
        self.value(&self.template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]).expect("a policy")
    }

    /// Every statement of every policy that the role has.
    fn permissions(&self) -> Vec<Value> {
        let resources = &self.template["Resources"];
        let of_role = self.value(&resources["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]);
        let loops = [
            ("Fn::ForEach::ModelRegions", "Model&{Region}", true),
            ("Fn::ForEach::GapModelRegions", "GapModel&{Region}", self.holding.contains("HasGapModel")),
        ];
        let made = loops.into_iter().filter(|(.., is_made)| *is_made).map(|(name, policy, _)| {
            self.value(&resources[name][2][policy]["Properties"]["PolicyDocument"]["Statement"])
        });
        let statements = [of_role].into_iter().chain(made).map(|it| it.expect("statements"));
        statements.flat_map(|it| it.as_array().expect("a list").clone()).collect()
    }

    /// What a part of the template comes to; `None` for what it leaves out.
    fn value(&self, node: &Value) -> Option<Value> {
        match node {
            Value::String(text) if text == "AWS::NoValue" => None,
            Value::String(text) => Some(json!(self.text(text))),
            Value::Array(items) => self.list(items),
            Value::Object(map) => {
                let entry = |(key, value): (&String, &Value)| Some((key.clone(), self.value(value)?));
                Some(map.iter().filter_map(entry).collect::<Map<_, _>>().into())
            }
            plain => Some(plain.clone()),
        }
    }

    /// A list, a choice by a condition's name, or a text with a name of its own: its region, where `global` is none.
    fn list(&self, items: &[Value]) -> Option<Value> {
        let first = items.first().and_then(Value::as_str).unwrap_or_default();
        if self.template["Conditions"].get(first).is_some() {
            return self.value(&items[if self.holding.contains(first) { 1 } else { 2 }]);
        }
        if let [pattern, own] = items
            && own.get("Place").is_some()
        {
            let place = self.values["Region"].replace("global", "");
            return self.value(&json!(pattern.as_str()?.replace("${Place}", &place)));
        }
        Some(items.iter().filter_map(|item| self.value(item)).collect())
    }

    fn text(&self, text: &str) -> String {
        if let Some(value) = self.values.get(text) {
            return (*value).to_owned();
        }
        self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    }
}

/// What is filled in for a repository whose prompts name these models.
fn set_up(workflow_md: &str, environment: Option<&str>) -> BedrockSetUp {
    let mapping: Mapping = serde_json::from_value(json!({
        "owner": "octo", "repo": "hello", "provider": "bedrock", "awsRegion": "us-west-2", "roleArn": ROLE,
        "planningEnabled": false,
    }))
    .expect("a valid mapping");
    let variables = environment.map(|name| ("AI_IMPLEMENT_ENVIRONMENT".to_owned(), name.to_owned()));
    let repository = RepositoryFact {
        id: RepoId::new(7),
        owner_id: UserId::new(70),
        name: "Octo/Hello".parse().expect("a name"),
        default_branch: "main".into(),
        is_archived: false,
    };
    let mapped = MappedFact {
        repository: Ok(repository),
        variables: Ok(variables.into_iter().collect()),
        organization_variables: Ok(BTreeMap::new()),
        workflow_md: Ok(Some(format!("---\n{workflow_md}\n---\n"))),
        ..MappedFact::unseen(&mapping, Unseen::NoAnswer)
    };
    BedrockSetUp::of(&mapping.repo, &mapping, &mapped).expect("a repository on Bedrock")
}

fn json_of(policy: &str) -> Value {
    serde_json::from_str(policy).expect("a policy is JSON")
}

/// In no order: IAM has none.
fn sorted(statements: &[Value]) -> Vec<String> {
    let mut sorted: Vec<String> = statements.iter().map(ToString::to_string).collect();
    sorted.sort();
    sorted
}

fn allows_the_same(workflow_md: &str, stack: &Stack) {
    let ours = json_of(&set_up(workflow_md, None).permission_policy);
    assert_eq!(
        sorted(ours["Statement"].as_array().expect("statements")),
        sorted(&stack.permissions()),
        "{workflow_md}"
    );
}

#[test]
fn both_trust_the_same_subjects() {
    let branch = Stack::with([], &[]);
    let sonnet = "model: us.anthropic.claude-sonnet-4-6";
    assert_eq!(json_of(&set_up(sonnet, None).trust_policy), branch.trust());
    let environment = Stack::with([("Environment", "claude")], &["HasEnvironment"]);
    assert_eq!(json_of(&set_up(sonnet, Some("claude")).trust_policy), environment.trust());
    assert_ne!(branch.trust(), environment.trust());
}

#[test]
fn both_allow_a_profile_the_same() {
    let values = [("Model", "anthropic.claude-sonnet-4-6"), ("InferenceProfileArn", PROFILE), ("Region", ANYWHERE)];
    let stack = Stack::with(values, &["HasProfile"]);
    allows_the_same("model: us.anthropic.claude-sonnet-4-6", &stack);
    allows_the_same(&format!("model: {PROFILE}"), &stack);
}

#[test]
fn both_allow_a_second_model_the_same() {
    let values = [
        ("Model", "anthropic.claude-sonnet-4-6"),
        ("InferenceProfileArn", PROFILE),
        ("GapModel", "anthropic.claude-haiku-4-5"),
        ("GapInferenceProfileArn", GAP_PROFILE),
        ("Region", ANYWHERE),
    ];
    let stack = Stack::with(values, &["HasProfile", "HasGapModel", "HasGapProfile"]);
    let models = "model: us.anthropic.claude-sonnet-4-6\ngap_analysis_model: global.anthropic.claude-haiku-4-5";
    allows_the_same(models, &stack);
}

#[test]
fn both_allow_a_model_by_itself_in_its_region_only() {
    let values = [("Model", "anthropic.claude-3-haiku-20240307-v1:0"), ("Region", "us-west-2")];
    allows_the_same("model: anthropic.claude-3-haiku-20240307-v1:0", &Stack::with(values, &[]));
}

#[test]
fn the_command_names_parameters_that_the_template_has() {
    let template = Stack::with([], &[]).template;
    let declared: BTreeSet<&str> =
        template["Parameters"].as_object().expect("parameters").keys().map(String::as_str).collect();
    let models = "model: us.anthropic.claude-sonnet-4-6\ngap_analysis_model: global.anthropic.claude-haiku-4-5";
    let command = set_up(models, Some("claude")).deploy_command.expect("two models");
    let named: BTreeSet<&str> =
        command.lines().filter_map(|line| line.strip_prefix("    ")?.split_once('=')).map(|(name, _)| name).collect();
    assert!(named.is_subset(&declared), "{named:?}");
    let needed = template["Parameters"].as_object().expect("parameters").iter();
    let needed: BTreeSet<&str> =
        needed.filter(|(_, it)| it.get("Default").is_none()).map(|(name, _)| name.as_str()).collect();
    assert!(needed.is_subset(&named), "{needed:?} {named:?}");
    assert!(["GapModel", "GapInferenceProfileArn", "Environment", "OwnerId"].iter().all(|name| named.contains(name)));
}

/// A shell takes it: quotes and braces close.
#[test]
fn the_command_is_one_that_a_shell_reads() {
    let hostile = "model: \"us.anthropic.x'; exit 3 #\"";
    for workflow_md in ["model: us.anthropic.claude-sonnet-4-6", "model: sonnet", hostile] {
        let command = set_up(workflow_md, None).deploy_command.expect("one model");
        let read = std::process::Command::new("bash").args(["-n", "-c", &command]).output().expect("bash is there");
        assert!(read.status.success(), "{}\n{command}", String::from_utf8_lossy(&read.stderr));
    }
}
