//! What is filled in for a repository, and what is not made up.

use super::*;
use crate::doctor::tests::{at_repository, mapping};
use crate::doctor::{OidcSubjectFact, Unseen};

fn set_up(settings: &str, change: impl FnOnce(&mut MappedFact)) -> BedrockSetUp {
    let mut at = at_repository();
    change(&mut at);
    let repo = "octo/hello".parse().expect("a name");
    BedrockSetUp::of(&repo, &mapping(settings), &at).expect("a repository on Bedrock")
}

fn command(set_up: &BedrockSetUp) -> &str {
    set_up.deploy_command.as_deref().expect("two models at most")
}

#[test]
fn it_reads_well_and_is_ready_to_paste() {
    let BedrockSetUp { trust_policy, permission_policy, deploy_command, to_fill_in, .. } =
        set_up(r#", "roleArn": "arn:aws:iam::111122223333:role/x""#, |_| ());
    assert_eq!(to_fill_in, Vec::<&str>::new());
    let command = deploy_command.expect("two models at most");
    insta::assert_snapshot!([trust_policy, permission_policy, command].join("\n\n"));
}

#[test]
fn both_subjects_are_in_githubs_own_letters() {
    let Subjects { legacy, immutable, in_force } = set_up("", |_| ()).subjects;
    assert_eq!(legacy, "repo:Octo/Hello:ref:refs/heads/main");
    assert_eq!(immutable.as_deref(), Some("repo:Octo@70/Hello@7:ref:refs/heads/main"));
    assert_eq!(in_force, SubjectForm::Legacy);
    let environment = set_up("", |at| {
        at.variables.as_mut().expect("it").insert("AI_IMPLEMENT_ENVIRONMENT".into(), "claude".into());
    });
    assert_eq!(environment.subjects.legacy, "repo:Octo/Hello:environment:claude");
    assert!(command(&environment).contains("    Environment=claude \\\n"));
}

#[test]
fn what_is_not_known_is_not_made_up() {
    let unseen = set_up("", |at| *at = MappedFact::unseen(&mapping(""), Unseen::NoAnswer));
    assert!(!command(&unseen).contains("OwnerId"));
    assert_eq!((unseen.subjects.immutable, unseen.subjects.in_force), (None, SubjectForm::Unknown));
    assert_eq!(unseen.to_fill_in, [ACCOUNT_TO_FILL_IN, MODEL_TO_FILL_IN]);
    assert_eq!(set_up("", |_| ()).to_fill_in, [ACCOUNT_TO_FILL_IN]);
}

#[test]
fn the_form_in_force_is_what_github_says() {
    let form = |is_immutable, prefix: Option<&str>, customized: Option<&[&str]>| {
        let customized = customized.map(|claims| claims.iter().map(|claim| (*claim).to_owned()).collect());
        SubjectForm::of(&OidcSubjectFact { customized, is_immutable, prefix: prefix.map(str::to_owned) }).word()
    };
    assert_eq!(form(Some(true), None, None), "immutable");
    assert_eq!(form(Some(false), None, Some(&[])), "legacy");
    assert_eq!(form(None, Some("repo:o@1/r@2"), None), "immutable");
    assert_eq!(form(None, Some("repo:o/r"), None), "legacy");
    assert_eq!(form(Some(false), None, Some(&["repo", "context"])), "customized");
    assert_eq!(form(None, None, None), "unknown");
}

#[test]
fn a_model_by_itself_is_called_in_its_region_alone() {
    let text = "---\nmodel: anthropic.claude-3-haiku-20240307-v1:0\n---\n";
    let bare = set_up("", |at| (at.workflow_md, at.planning_md) = (Ok(Some(text.into())), None));
    assert!(bare.permission_policy.contains("arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku"));
    assert!(!bare.permission_policy.contains("Condition"));
    assert!(
        command(&bare).contains("Model=anthropic.claude-3-haiku-20240307-v1:0 \\\n    InferenceProfileArn='' \\\n")
    );
    assert!(command(&bare).ends_with("DestinationRegions=us-west-2\n"));
}

#[test]
fn no_command_makes_a_role_that_lacks_a_model() {
    let work = "---\nmodel: us.anthropic.one\ngap_analysis_model: us.anthropic.two\n---\n";
    let plan = |model: &str| Some(Ok(Some(format!("---\nmodel: {model}\n---\n"))));
    let with = |planning| set_up("", |at| (at.workflow_md, at.planning_md) = (Ok(Some(work.into())), planning));
    assert!(command(&with(plan("us.anthropic.two"))).contains("GapModel="));
    let three = with(plan("us.anthropic.three"));
    assert_eq!(three.deploy_command, None);
    assert!(["one", "two", "three"].iter().all(|model| three.permission_policy.contains(model)));
}

#[test]
fn nothing_escapes_from_a_shell_or_a_document() {
    let text = "---\nmodel: \"us.anthropic.x'; rm -rf ~ #\\\"\"\n---\n";
    let hostile = set_up(r#", "defaultBranch": "a'b""#, |at| at.workflow_md = Ok(Some(text.into())));
    let shell = command(&hostile);
    assert!(shell.contains(r"Branch='a'\''b'"), "{shell}");
    assert!(shell.contains(r#"profile='us.anthropic.x'\''; rm -rf ~ #"'"#), "{shell}");
    for policy in [&hostile.trust_policy, &hostile.permission_policy] {
        serde_json::from_str::<serde_json::Value>(policy).expect("a document of JSON");
    }
}
