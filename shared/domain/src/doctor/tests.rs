//! Facts with one thing wrong at a time, and the check that has to tell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::*;
use crate::facts::WorkflowFact;
use crate::ids::{InstallationId, RepoId, UserId};
use crate::mapping::{Mapping, MappingDraft};
use crate::public_url::PublicUrl;
use crate::workflow_file::WorkflowDeclaration;

const HOOK: &str = "https://ai-implement.example/webhooks/github";
/// A workflow that takes our inputs and asks before it acts.
const FENCED: &str = "on: {workflow_dispatch: {inputs: {issue_id: {}, issue_identifier: {}, issue_title: {}, pr_number: {}, \
                      provider: {}, aws_region: {}, instructions: {}, claim_id: {}}}}\njobs:\n  admit:\n    \
                      permissions: {id-token: write}\n    env: {URL: \"${{ vars.AI_IMPLEMENT_URL }}\"}\n";

pub(crate) fn mapping(settings: &str) -> Mapping {
    let json = format!(
        r#"{{"owner": "octo", "repo": "hello", "repoId": 7, "provider": "bedrock", "awsRegion": "us-west-2"{settings}}}"#
    );
    let draft: MappingDraft = serde_json::from_str(&json).expect("json");
    draft.try_into().expect("a valid mapping")
}

fn anthropic() -> Mapping {
    serde_json::from_str(r#"{"owner": "octo", "repo": "hello", "repoId": 7}"#).expect("a valid mapping")
}

fn permissions() -> Permissions {
    let names = ["actions", "contents", "issues", "pull_requests", "workflows"].map(|name| (name, "write"));
    let reads = ["metadata", "checks", "secrets", "actions_variables", "administration"].map(|name| (name, "read"));
    Permissions(names.into_iter().chain(reads).map(|(name, access)| (name.to_owned(), access.to_owned())).collect())
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn delivery(guid: &str, status_code: u16) -> DeliveryFact {
    let at = Timestamp::from_second(1_800_000_000).expect("a time");
    DeliveryFact { guid: guid.into(), event: "issue_comment".into(), at, status_code, repository: Some(RepoId::new(7)) }
}

fn workflow() -> WorkflowSeen {
    let declaration = WorkflowDeclaration::parse(FENCED).expect("dispatchable");
    WorkflowSeen { declaration: Ok(WorkflowFact::Declared(declaration)), state: Ok(Some(WorkflowState::Active)) }
}

fn prompt(model: &str) -> String {
    format!("---\nmodel: {model}\n---\nWork.\n")
}

pub(crate) fn at_repository() -> MappedFact {
    let variables = [
        ("AI_IMPLEMENT_PROVIDER", "bedrock"),
        ("AI_IMPLEMENT_AWS_REGION", "us-west-2"),
        ("AI_IMPLEMENT_SESSION_SECONDS", "7200"),
        ("AI_IMPLEMENT_URL", "https://ai-implement.example"),
    ];
    MappedFact {
        repository: Ok(RepositoryFact {
            id: RepoId::new(7),
            owner_id: UserId::new(70),
            name: "Octo/Hello".parse().expect("a name"),
            default_branch: "main".into(),
            is_archived: false,
        }),
        has_branch: Ok(true),
        implement: workflow(),
        planning: Some(workflow()),
        comment_trigger: None,
        actions: Ok(ActionsFact { is_enabled: true, usable: UsableActions::All }),
        may_open_pull_requests: Ok(true),
        secrets: Ok(names(&["AWS_BEDROCK_ROLE_ARN"])),
        organization_secrets: Ok(names(&[])),
        variables: Ok(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        organization_variables: Ok(BTreeMap::new()),
        workflow_md: Ok(Some(prompt("us.anthropic.claude-sonnet-4-6"))),
        planning_md: Some(Ok(Some(prompt("us.anthropic.claude-sonnet-4-6")))),
        oidc_subject: Ok(OidcSubjectFact { is_immutable: Some(false), ..OidcSubjectFact::default() }),
    }
}

fn healthy() -> SetUpFacts {
    SetUpFacts {
        repo: "octo/hello".parse().expect("a name"),
        public_url: Some(PublicUrl::new("https://ai-implement.example")),
        app: Ok(AppFact { permissions: permissions() }),
        installation: Ok(InstallationFact {
            id: InstallationId::new(630),
            permissions: permissions(),
            events: names(&["issue_comment", "workflow_run", "pull_request", "repository"]),
        }),
        hook_url: Ok(Some(HOOK.into())),
        deliveries: Ok(vec![delivery("b", 202), delivery("a", 202)]),
        mapping: MappingFact::Found(Box::new(mapping(""))),
        at_repository: Some(at_repository()),
    }
}

fn words(facts: &SetUpFacts) -> BTreeMap<&'static str, &'static str> {
    look(facts).checks.iter().map(|check| (check.id, check.finding.word())).collect()
}

/// The checks that a change moves away from the healthy set-up, such as `webhook: fail`.
fn moved(change: impl FnOnce(&mut SetUpFacts)) -> Vec<String> {
    let mut facts = healthy();
    let before = words(&facts);
    change(&mut facts);
    let after = words(&facts);
    let changed = after.iter().filter(|(id, word)| before.get(*id) != Some(word));
    changed.map(|(id, word)| format!("{id}: {word}")).collect()
}

/// The same for what the repository has.
fn moved_at(change: impl FnOnce(&mut MappedFact)) -> Vec<String> {
    moved(|facts| change(facts.at_repository.as_mut().expect("a mapped repository")))
}

fn moved_by(settings: &str) -> Vec<String> {
    moved(|facts| facts.mapping = MappingFact::Found(Box::new(mapping(settings))))
}

#[test]
fn a_healthy_set_up_passes_every_check() {
    let report = look(&healthy());
    let amiss: Vec<_> = report.checks.iter().filter(|check| check.finding.word() != "pass").collect();
    assert_eq!(amiss, Vec::<&Check>::new());
    assert!(report.checks.len() > 20 && report.bedrock.is_some());
    let ids: BTreeSet<&str> = report.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), report.checks.len(), "each check has an id of its own");
}

#[test]
fn each_fault_of_the_app_moves_its_check() {
    let without =
        |name: &str| moved(|facts| drop(facts.installation.as_mut().expect("installed").permissions.0.remove(name)));
    assert_eq!(without("actions"), ["permissions: fail"]);
    assert_eq!(without("contents"), ["optional-permissions: warn", "permissions: fail"]);
    assert_eq!(without("workflows"), ["optional-permissions: warn"]);
    assert_eq!(moved(|facts| facts.hook_url = Ok(None)), ["webhook: fail"]);
    let alias = || Ok(Some("https://ai-implement.example/api/github/webhook".into()));
    assert_eq!(moved(|facts| facts.hook_url = alias()), Vec::<String>::new());
    let deaf = |event: &str| {
        moved(|facts| facts.installation.as_mut().expect("installed").events.retain(|known| known != event))
    };
    assert_eq!(deaf("issue_comment"), ["events: warn"]);
    assert_eq!(deaf("repository"), ["events: warn"]);
}

#[test]
fn a_hook_at_another_address_is_judged_by_what_comes_of_its_deliveries() {
    let elsewhere = |deliveries: Seen<Vec<DeliveryFact>>| {
        moved(|facts| (facts.hook_url, facts.deliveries) = (Ok(Some("https://proxy.example/hook".into())), deliveries))
    };
    assert_eq!(elsewhere(Ok(vec![delivery("b", 202), delivery("a", 502)])), ["deliveries: warn", "webhook: warn"]);
    assert_eq!(elsewhere(Ok(vec![delivery("b", 404), delivery("a", 202)])), ["deliveries: fail", "webhook: fail"]);
    assert_eq!(elsewhere(Ok(Vec::new())), ["deliveries: unknown", "webhook: fail"]);
    assert_eq!(elsewhere(Err(Unseen::NoAnswer)), ["deliveries: unknown", "webhook: unknown"]);
}

#[test]
fn deliveries_are_judged_by_event_and_not_by_attempt() {
    let after = |list: &[(&str, u16)]| {
        let list = list.iter().map(|(guid, status)| delivery(guid, *status)).collect();
        moved(|facts| facts.deliveries = Ok(list))
    };
    assert_eq!(after(&[("b", 202), ("b", 502), ("a", 202)]), Vec::<String>::new());
    assert_eq!(after(&[("b", 502), ("a", 202)]), ["deliveries: fail"]);
    assert_eq!(after(&[("b", 202), ("a", 401)]), ["deliveries: warn"]);
    assert_eq!(after(&[]), ["deliveries: unknown"]);
    let elsewhere = DeliveryFact { repository: Some(RepoId::new(8)), ..delivery("c", 502) };
    let list = vec![elsewhere, delivery("b", 202)];
    assert_eq!(moved(|facts| facts.deliveries = Ok(list)), Vec::<String>::new(), "another repository's");
}

#[test]
fn without_the_app_nothing_is_guessed() {
    for (why, word) in [
        (Unseen::NoCredentials, "fail"),
        (Unseen::CredentialsRefused, "fail"),
        (Unseen::NotInstalled, "fail"),
        (Unseen::Suspended, "fail"),
        (Unseen::NoAnswer, "unknown"),
        (Unseen::Limited, "unknown"),
    ] {
        let mut facts = healthy();
        (facts.installation, facts.app) = (Err(why), Err(why));
        (facts.hook_url, facts.deliveries) = (Err(why), Err(why));
        facts.at_repository = Some(MappedFact::unseen(&mapping(""), why));
        let words = words(&facts);
        assert_eq!(words["app"], word, "{why:?}");
        let others = words.iter().filter(|(id, _)| !["app", "mapping", "paused"].contains(id));
        assert!(
            others.clone().count() > 15 && others.clone().all(|(_, word)| *word == "unknown"),
            "{why:?}: {words:?}"
        );
    }
}

#[test]
fn a_missing_permission_is_named_where_it_is_missed() {
    let mut facts = healthy();
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    (at.secrets, at.organization_secrets) =
        (Err(Unseen::NotAllowed("secrets: read")), Err(Unseen::NotAllowed("secrets: read")));
    let report = look(&facts);
    let credentials = report.checks.iter().find(|check| check.id == "credentials").expect("the check");
    assert_eq!(credentials.finding.word(), "unknown");
    assert!(credentials.finding.seen().contains("`secrets: read`"), "{credentials:?}");
}

#[test]
fn without_a_mapping_only_the_app_is_looked_at() {
    let mut facts = healthy();
    (facts.mapping, facts.at_repository) = (MappingFact::Missing, None);
    let words = words(&facts);
    assert_eq!(words["mapping"], "fail");
    assert_eq!(words.len(), 7);
    facts.mapping = MappingFact::Foreign(RepoId::new(8));
    assert_eq!(look(&facts).checks[6].finding.word(), "fail");
}

#[test]
fn each_fault_of_the_mapping_moves_its_check() {
    assert_eq!(moved_by(r#", "paused": true"#), ["paused: warn"]);
    assert_eq!(moved_at(|at| at.repository.as_mut().expect("it").id = RepoId::new(8)), ["repository: fail"]);
    assert_eq!(moved_at(|at| at.repository.as_mut().expect("it").is_archived = true), ["repository: fail"]);
    assert_eq!(moved_at(|at| at.has_branch = Ok(false)), ["dispatch-branch: fail"]);
    let unbound = |facts: &mut SetUpFacts| {
        let MappingFact::Found(mapping) = &mut facts.mapping else { panic!("a mapping") };
        mapping.repo_id = None;
    };
    assert_eq!(moved(unbound), ["repository: warn"]);
}

#[test]
fn each_fault_of_a_workflow_moves_its_check() {
    let declared = |yaml: &str| Ok(WorkflowFact::Declared(WorkflowDeclaration::parse(yaml).expect("dispatchable")));
    let missing = moved_at(|at| at.implement.declaration = Ok(WorkflowFact::Missing));
    assert_eq!(missing, ["implement-workflow: fail", "implement-workflow-fence: unknown", "token-life: unknown"]);
    assert_eq!(
        moved_at(|at| at.implement.state = Ok(Some(WorkflowState::DisabledManually))),
        ["implement-workflow-active: fail"]
    );
    assert_eq!(
        moved_at(|at| at.planning.as_mut().expect("it").state = Ok(Some(WorkflowState::DisabledByInactivity))),
        ["planning-workflow-active: fail"]
    );
    let blind = FENCED.replace("aws_region: {}, ", "");
    assert_eq!(moved_at(|at| at.implement.declaration = declared(&blind)), ["implement-workflow: fail"]);
    let bold = FENCED.replace("admit", "work");
    assert_eq!(
        moved_at(|at| at.implement.declaration = declared(&bold)),
        ["implement-workflow-fence: warn", "token-life: warn"]
    );
    let odd = FENCED.replace("issue_id: {}", "issue_id: {}, colour: {required: true}");
    assert_eq!(moved_at(|at| at.implement.declaration = declared(&odd)), ["implement-workflow: fail"]);
    let off = Ok(ActionsFact { is_enabled: false, usable: UsableActions::All });
    assert_eq!(moved_at(|at| at.actions = off), ["actions-enabled: fail"]);
    let selected = Ok(ActionsFact { is_enabled: true, usable: UsableActions::Selected });
    assert_eq!(moved_at(|at| at.actions = selected), ["actions-enabled: unknown"]);
    assert_eq!(moved_at(|at| at.may_open_pull_requests = Ok(false)), ["pull-requests: warn"]);
}

#[test]
fn comments_by_a_workflow_are_looked_at_where_they_come_by_one() {
    let mut facts = healthy();
    facts.mapping = MappingFact::Found(Box::new(mapping(r#", "trigger": "workflow""#)));
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    let not_dispatchable = WorkflowDeclaration::parse("on: issue_comment").expect_err("no dispatch");
    let seen = WorkflowSeen { declaration: Ok(WorkflowFact::Undispatchable(not_dispatchable)), ..workflow() };
    at.comment_trigger = Some(seen);
    facts.installation.as_mut().expect("installed").events.remove("issue_comment");
    assert!(words(&facts).values().all(|word| *word == "pass"));
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    at.comment_trigger.as_mut().expect("it").declaration = Ok(WorkflowFact::Missing);
    assert_eq!(words(&facts)["comment-workflow"], "fail");
}

#[test]
fn each_fault_of_the_secrets_moves_its_check() {
    assert_eq!(moved_at(|at| at.secrets = Ok(names(&[]))), ["credentials: fail"]);
    let of_organization = |at: &mut MappedFact| std::mem::swap(&mut at.secrets, &mut at.organization_secrets);
    assert_eq!(moved_at(of_organization), Vec::<String>::new());
    let in_environment = |at: &mut MappedFact| {
        at.secrets = Ok(names(&[]));
        at.variables.as_mut().expect("it").insert("AI_IMPLEMENT_ENVIRONMENT".into(), "production".into());
    };
    assert_eq!(moved_at(in_environment), ["credentials: unknown"]);
    let keys = names(&["AWS_BEDROCK_ROLE_ARN", "AWS_SECRET_ACCESS_KEY"]);
    assert_eq!(moved_at(|at| at.secrets = Ok(keys)), ["static-keys: warn"]);
    let by_mapping = moved(|facts| {
        facts.mapping = MappingFact::Found(Box::new(mapping(r#", "roleArn": "arn:aws:iam::111122223333:role/x""#)));
        facts.at_repository.as_mut().expect("it").secrets = Ok(names(&[]));
    });
    assert_eq!(by_mapping, Vec::<String>::new());
}

#[test]
fn a_secret_that_is_there_tells_enough_whatever_can_not_be_read() {
    let mut facts = healthy();
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    at.organization_secrets = Err(Unseen::NotAllowed("secrets: read"));
    at.secrets = Ok(names(&["AWS_BEDROCK_ROLE_ARN", "AWS_SECRET_ACCESS_KEY"]));
    assert_eq!(words(&facts)["static-keys"], "warn");
    facts.mapping = MappingFact::Found(Box::new(anthropic()));
    facts.at_repository.as_mut().expect("it").secrets = Ok(names(&["ANTHROPIC_API_KEY"]));
    assert_eq!(words(&facts)["credentials"], "pass");
    facts.at_repository.as_mut().expect("it").secrets = Ok(names(&[]));
    assert_eq!(words(&facts)["credentials"], "unknown", "the organization may have one");
}

#[test]
fn each_fault_of_the_variables_moves_its_check() {
    let set = |name: &str, value: Option<&str>| {
        moved_at(|at| {
            let variables = at.variables.as_mut().expect("variables");
            match value {
                Some(value) => variables.insert(name.into(), value.into()),
                None => variables.remove(name),
            };
        })
    };
    assert_eq!(set("AI_IMPLEMENT_PROVIDER", Some("anthropic")), ["provider-variable: warn"]);
    assert_eq!(set("AI_IMPLEMENT_PROVIDER", None), ["provider-variable: warn"]);
    assert_eq!(set("AI_IMPLEMENT_AWS_REGION", Some("us-east-1")), ["region-variable: warn"]);
    assert_eq!(set("AI_IMPLEMENT_URL", None), ["url-variable: warn"]);
    assert_eq!(set("AI_IMPLEMENT_URL", Some("https://elsewhere.example")), ["url-variable: fail"]);
    assert_eq!(set("AI_IMPLEMENT_URL", Some("https://ai-implement.example/")), Vec::<String>::new());
    assert_eq!(set("AI_IMPLEMENT_SESSION_SECONDS", None), ["session: warn"]);
    assert_eq!(set("AI_IMPLEMENT_SESSION_SECONDS", Some("soon")), ["session: fail"]);
    assert_eq!(set("AI_IMPLEMENT_SESSION_SECONDS", Some("899")), ["session: fail"]);
    let of_organization = |at: &mut MappedFact| std::mem::swap(&mut at.variables, &mut at.organization_variables);
    assert_eq!(moved_at(of_organization), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_model_moves_its_check() {
    let named = |model: &str| moved_at(|at| at.workflow_md = Ok(Some(prompt(model))));
    let fail = ["workflow-model: fail"];
    let warn = ["workflow-model: warn"];
    let none: [&str; 0] = [];
    assert_eq!(moved_at(|at| at.workflow_md = Ok(None)), fail);
    assert_eq!(moved_at(|at| at.workflow_md = Ok(Some("Work.".into()))), fail);
    assert_eq!(moved_at(|at| at.planning_md = Some(Ok(Some("---\nmodl: x\n---".into())))), ["planning-model: fail"]);
    assert_eq!(named("anthropic.claude-sonnet-4-6"), warn);
    assert_eq!(named("claude-sonnet-4-6"), warn);
    assert_eq!(named("anthropic.claude-3-haiku-20240307-v1:0"), none);
    assert_eq!(named("eu.anthropic.claude-sonnet-4-6"), fail);
    assert_eq!(named("global.anthropic.claude-sonnet-4-6"), none);
    assert_eq!(named("mars.anthropic.claude-sonnet-4-6"), ["workflow-model: unknown"]);
    let arn = |region: &str| {
        format!("arn:aws:bedrock:{region}:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6")
    };
    assert_eq!(named(&arn("us-west-2")), none);
    assert_eq!(named(&arn("us-east-1")), fail);
    let gap = "---\nmodel: us.anthropic.claude-sonnet-4-6\ngap_analysis_model: eu.anthropic.claude-haiku-4-5\n---\n";
    assert_eq!(moved_at(|at| at.workflow_md = Ok(Some(gap.into()))), fail);
    let other_account = moved(|facts| {
        facts.mapping = MappingFact::Found(Box::new(mapping(r#", "roleArn": "arn:aws:iam::444455556666:role/x""#)));
        facts.at_repository.as_mut().expect("it").workflow_md = Ok(Some(prompt(&arn("us-west-2"))));
    });
    assert_eq!(other_account, fail);
}

#[test]
fn the_anthropic_api_takes_no_names_of_bedrocks() {
    let mut facts = healthy();
    facts.mapping = MappingFact::Found(Box::new(anthropic()));
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    at.secrets = Ok(names(&["ANTHROPIC_API_KEY"]));
    at.variables = Ok(BTreeMap::from([("AI_IMPLEMENT_URL".into(), "https://ai-implement.example".into())]));
    (at.workflow_md, at.planning_md) = (Ok(Some("Work.".into())), Some(Ok(Some("Plan.".into()))));
    let before = words(&facts);
    assert!(before.values().all(|word| *word == "pass") && !before.contains_key("oidc-subject"), "{before:?}");
    assert_eq!(look(&facts).bedrock, None);
    facts.at_repository.as_mut().expect("it").workflow_md = Ok(Some(prompt("us.anthropic.claude-sonnet-4-6")));
    assert_eq!(words(&facts)["workflow-model"], "fail");
}

#[test]
fn the_subject_in_force_is_githubs_to_say() {
    let fact = OidcSubjectFact::default;
    assert_eq!(moved_at(|at| at.oidc_subject = Ok(fact())), ["oidc-subject: unknown"]);
    let customized = OidcSubjectFact { customized: Some(vec!["repo".into(), "context".into()]), ..fact() };
    assert_eq!(moved_at(|at| at.oidc_subject = Ok(customized)), ["oidc-subject: warn"]);
    let immutable = OidcSubjectFact { is_immutable: Some(true), ..fact() };
    assert_eq!(moved_at(|at| at.oidc_subject = Ok(immutable)), Vec::<String>::new());
}

#[test]
fn every_finding_is_a_sentence_with_a_remedy() {
    let mut facts = vec![healthy()];
    for why in [
        Unseen::NotAllowed("secrets: read"),
        Unseen::NoCredentials,
        Unseen::CredentialsRefused,
        Unseen::NotInstalled,
        Unseen::Suspended,
        Unseen::Moved,
        Unseen::Limited,
        Unseen::NoAnswer,
    ] {
        let at_repository = Some(MappedFact::unseen(&mapping(""), why));
        facts.push(SetUpFacts { installation: Err(why), hook_url: Err(why), at_repository, ..healthy() });
    }
    for Check { id, finding, .. } in facts.iter().flat_map(|facts| look(facts).checks) {
        let sentences = [Some(finding.seen()), finding.remedy()];
        for sentence in sentences.into_iter().flatten() {
            assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{id}: {sentence}");
        }
    }
}

#[test]
fn the_table_of_a_comment_reads_well() {
    let mut facts = healthy();
    facts.hook_url = Ok(Some("https://elsewhere.example/`|".into()));
    let at = facts.at_repository.as_mut().expect("a mapped repository");
    (at.secrets, at.may_open_pull_requests) = (Err(Unseen::NotAllowed("secrets: read")), Ok(false));
    insta::assert_snapshot!(crate::feedback::Answer::Doctor(look(&facts).checks).text());
}
