//! A repository's set-up with one thing wrong at a time: told by exactly its checks, and gone when it is mended.
//!
//! Owns the list of what can be wrong, as an owner would set it at GitHub, and which checks have to tell. These looks are many:
//! the OpenAPI proxy sees those of `doctor`.

use std::collections::BTreeMap;
use std::time::Instant;

use local::sandbox::Fault;
use local::sandbox::world::{Access, workflow_path};
use reqwest::Method;
use serde_json::{Value, json};

use crate::conversation::conversations;
use crate::doctor::{Desk, REPOSITORY, Wrong, moved, seen, statuses, wrong};
use crate::stage::Stage;

conversations![
    alone:
    each_fault_of_the_app_is_told_and_gone_when_it_is_mended,
    each_fault_of_a_workflow_is_told_and_gone_when_it_is_mended,
    each_fault_of_the_settings_is_told_and_gone_when_it_is_mended,
    each_fault_of_a_model_is_told_and_gone_when_it_is_mended,
    a_missing_permission_leaves_what_it_guards_unknown,
    comments_by_a_workflow_are_looked_at,
    the_subject_in_force_and_the_policies_are_shown,
    a_repository_without_a_mapping_or_the_app_is_told,
];

async fn each_fault_of_the_app_is_told_and_gone_when_it_is_mended(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let all = ["issue_comment", "pull_request", "repository", "workflow_run"];
    desk.tells_each(vec![
        wrong(
            json!({"permissions": {"issues": "read"}}),
            json!({"permissions": {"issues": "write"}}),
            ["permissions: fail"],
        ),
        wrong(
            json!({"permissions": {"workflows": null}}),
            json!({"permissions": {"workflows": "write"}}),
            ["optional-permissions: warn"],
        ),
        wrong(json!({"hook": {"active": false}}), json!({"hook": {}}), ["webhook: fail"]),
        wrong(json!({"hook": {"url": "https://elsewhere.example/hook"}}), json!({"hook": {}}), ["webhook: unknown"]),
        wrong(json!({"events": &all[1..]}), json!({"events": all}), ["events: warn"]),
        wrong(json!({"events": &all[..3]}), json!({"events": all}), ["events: warn"]),
    ])
    .await;
    let before = desk.statuses().await;
    stage.sandbox.edit_world(|world| world.deliveries.last_mut().expect("a delivery").status_code = 502);
    assert_eq!(moved(&before, &desk.statuses().await), ["deliveries: fail"]);
    stage.sandbox.edit_world(|world| world.deliveries.clear());
    assert_eq!(moved(&before, &desk.statuses().await), ["deliveries: unknown"]);
    stage.says("writer", "octo/bedrock#1", "/ai-implement help").await;
    assert_eq!(desk.statuses().await, before);
}

async fn each_fault_of_a_workflow_is_told_and_gone_when_it_is_mended(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let text = |file: &str| {
        stage
            .sandbox
            .look(|world| world.repository(REPOSITORY)?.workflow_text(file).map(str::to_owned))
            .expect("a file")
    };
    let (implement, plan) = (text("claude-implement.yml"), text("claude-plan.yml"));
    let file = |name: &str, text: Value| json!({"files": {workflow_path(name): text}});
    let disabled = |name: &str, disabled: bool| json!({"workflow": {"file": name, "disabled": disabled}});
    let was_implement = || file("claude-implement.yml", json!(implement));
    desk.tells_each(vec![
        wrong(
            file("claude-implement.yml", Value::Null),
            was_implement(),
            [
                "implement-workflow: fail",
                "implement-workflow-active: fail",
                "implement-workflow-fence: unknown",
                "token-life: unknown",
            ],
        ),
        wrong(
            file("claude-plan.yml", Value::Null),
            file("claude-plan.yml", json!(plan)),
            ["planning-workflow: fail", "planning-workflow-active: fail", "planning-workflow-fence: unknown"],
        ),
        wrong(
            disabled("claude-implement.yml", true),
            disabled("claude-implement.yml", false),
            ["implement-workflow-active: fail"],
        ),
        wrong(
            disabled("claude-plan.yml", true),
            disabled("claude-plan.yml", false),
            ["planning-workflow-active: fail"],
        ),
        wrong(
            file("claude-implement.yml", json!(implement.replace("aws_region", "region"))),
            was_implement(),
            ["implement-workflow: fail"],
        ),
        wrong(
            file("claude-implement.yml", json!(implement.replace("workflow_dispatch", "workflow_call"))),
            was_implement(),
            ["implement-workflow: fail", "implement-workflow-fence: unknown", "token-life: unknown"],
        ),
        wrong(json!({"actions_enabled": false}), json!({"actions_enabled": true}), ["actions-enabled: fail"]),
        wrong(json!({"allowed_actions": "local_only"}), json!({"allowed_actions": "all"}), ["actions-enabled: fail"]),
        wrong(json!({"allowed_actions": "selected"}), json!({"allowed_actions": "all"}), ["actions-enabled: unknown"]),
        wrong(
            json!({"actions_may_open_pulls": false}),
            json!({"actions_may_open_pulls": true}),
            ["pull-requests: warn"],
        ),
    ])
    .await;
    stage.fences(REPOSITORY);
    let fenced = desk.statuses().await;
    assert_eq!((fenced["implement-workflow-fence"].as_str(), fenced["token-life"].as_str()), ("pass", "pass"));
}

async fn each_fault_of_the_settings_is_told_and_gone_when_it_is_mended(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let role = ["AWS_BEDROCK_ROLE_ARN"];
    let url = stage.system.url();
    let variable = |name: &str, wrong: Value, right: &str| {
        (json!({"variables": {name: wrong}}), json!({"variables": {name: right}}))
    };
    let wrong_variable = |name: &str, value: Value, right: &str, told| {
        let (what, mended) = variable(name, value, right);
        wrong(what, mended, [told])
    };
    desk.tells_each(vec![
        wrong(json!({"secrets": []}), json!({"secrets": role}), ["credentials: fail"]),
        wrong(
            json!({"secrets": ["AWS_BEDROCK_ROLE_ARN", "AWS_ACCESS_KEY_ID"]}),
            json!({"secrets": role}),
            ["static-keys: warn"],
        ),
        wrong_variable("AI_IMPLEMENT_PROVIDER", json!("anthropic"), "bedrock", "provider-variable: warn"),
        wrong_variable("AI_IMPLEMENT_PROVIDER", Value::Null, "bedrock", "provider-variable: warn"),
        wrong_variable("AI_IMPLEMENT_AWS_REGION", json!("eu-west-1"), "us-west-2", "region-variable: warn"),
        wrong_variable("AI_IMPLEMENT_AWS_REGION", Value::Null, "us-west-2", "region-variable: warn"),
        wrong_variable("AI_IMPLEMENT_URL", json!("https://elsewhere.example"), url, "url-variable: fail"),
        wrong_variable("AI_IMPLEMENT_URL", Value::Null, url, "url-variable: warn"),
        wrong_variable("AI_IMPLEMENT_SESSION_SECONDS", Value::Null, "7200", "session: warn"),
        wrong_variable("AI_IMPLEMENT_SESSION_SECONDS", json!("an hour"), "7200", "session: fail"),
    ])
    .await;
    let before = desk.statuses().await;
    desk.sets(json!({"secrets": [], "organization_secrets": role, "variables": {"AI_IMPLEMENT_PROVIDER": null},
        "organization_variables": {"AI_IMPLEMENT_PROVIDER": "bedrock"}}));
    assert_eq!(desk.statuses().await, before, "what the organisation has counts too");
    let many: BTreeMap<String, String> = (0..45).map(|n| (format!("A_{n:02}"), String::from("x"))).collect();
    desk.sets(json!({"variables": many}));
    assert_eq!(desk.statuses().await, before, "variables come in pages");
}

async fn each_fault_of_a_model_is_told_and_gone_when_it_is_mended(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let named = |model: &str| json!(format!("---\nmodel: {model}\n---\nWork.\n"));
    let right = || json!({"files": {"WORKFLOW.md": named("us.anthropic.claude-sonnet-4-6")}});
    let workflow_md = |text: Value, told| wrong(json!({"files": {"WORKFLOW.md": text}}), right(), [told]);
    let arn = |region: &str| {
        format!("arn:aws:bedrock:{region}:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6")
    };
    desk.tells_each(vec![
        workflow_md(Value::Null, "workflow-model: fail"),
        workflow_md(json!("Work.\n"), "workflow-model: fail"),
        workflow_md(json!("---\nmodle: x\n---\nWork.\n"), "workflow-model: fail"),
        workflow_md(named("anthropic.claude-sonnet-4-6"), "workflow-model: warn"),
        workflow_md(named("eu.anthropic.claude-sonnet-4-6"), "workflow-model: fail"),
        workflow_md(named(&arn("us-east-1")), "workflow-model: fail"),
        wrong(
            json!({"files": {"PLANNING.md": null}}),
            json!({"files": {"PLANNING.md": named("us.anthropic.claude-sonnet-4-6")}}),
            ["planning-model: fail"],
        ),
    ])
    .await;
    let before = desk.statuses().await;
    desk.sets(json!({"files": {"WORKFLOW.md": named(&arn("us-west-2"))}}));
    assert_eq!(desk.statuses().await, before);
    let settings =
        json!({"provider": "bedrock", "awsRegion": "us-west-2", "roleArn": "arn:aws:iam::444455556666:role/x"});
    stage.maps(REPOSITORY, settings).await;
    assert_eq!(moved(&before, &desk.statuses().await), ["workflow-model: fail"]);
}

async fn a_missing_permission_leaves_what_it_guards_unknown(stage: &Stage) {
    let desk = Desk::open(stage).await;
    for (name, guarded) in [
        ("secrets", vec!["credentials: unknown", "optional-permissions: warn", "static-keys: unknown"]),
        (
            "actions_variables",
            vec![
                "optional-permissions: warn",
                "provider-variable: unknown",
                "region-variable: unknown",
                "session: unknown",
                "url-variable: unknown",
            ],
        ),
        ("administration", vec!["actions-enabled: unknown", "optional-permissions: warn", "pull-requests: unknown"]),
    ] {
        desk.tells_each(vec![Wrong {
            what: json!({"permissions": {name: null}}),
            mended: json!({"permissions": {name: "read"}}),
            told: guarded.clone(),
        }])
        .await;
        desk.sets(json!({"permissions": {name: null}}));
        let report = desk.report(REPOSITORY).await;
        let unknown = guarded.iter().filter_map(|told| told.strip_suffix(": unknown"));
        for id in unknown {
            assert!(seen(&report, id).contains(&format!("`{name}: read`")), "{id}: {report}");
        }
        desk.sets(json!({"permissions": {name: "read"}}));
    }
}

async fn comments_by_a_workflow_are_looked_at(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let settings = json!({"provider": "bedrock", "awsRegion": "us-west-2", "trigger": "workflow"});
    stage.maps(REPOSITORY, settings).await;
    let statuses = desk.statuses().await;
    assert_eq!((statuses["comment-workflow"].as_str(), statuses["comment-workflow-active"].as_str()), ("fail", "fail"));
    desk.sets(json!({"files": {workflow_path("comment-trigger.yml"): "on: issue_comment\njobs: {}\n"}}));
    let statuses = desk.statuses().await;
    assert_eq!((statuses["comment-workflow"].as_str(), statuses["comment-workflow-active"].as_str()), ("pass", "pass"));
}

async fn the_subject_in_force_and_the_policies_are_shown(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let subjects = desk.report(REPOSITORY).await["bedrock"]["subjects"].clone();
    let ids = stage
        .sandbox
        .look(|world| (world.account("octo").map(|it| it.id), world.repository(REPOSITORY).map(|it| it.id)));
    let (Some(owner), Some(repo)) = ids else { panic!("the seed has both") };
    let told = json!({
        "legacy": "repo:octo/bedrock:ref:refs/heads/main",
        "immutable": format!("repo:octo@{owner}/bedrock@{repo}:ref:refs/heads/main"),
        "inForce": "legacy",
    });
    assert_eq!(subjects, told);
    for (set, in_force, told) in [
        (json!({"immutable_subject": true}), "immutable", vec![]),
        (json!({"immutable_subject": "unsaid"}), "unknown", vec!["oidc-subject: unknown"]),
        (
            json!({"immutable_subject": false, "subject_claims": ["repo", "context"]}),
            "customized",
            vec!["oidc-subject: warn"],
        ),
    ] {
        desk.tells_each(vec![Wrong {
            what: set.clone(),
            mended: json!({"immutable_subject": false, "subject_claims": []}),
            told,
        }])
        .await;
        desk.sets(set);
        let bedrock = desk.report(REPOSITORY).await["bedrock"].clone();
        assert_eq!(bedrock["subjects"]["inForce"], in_force);
        let trust = bedrock["trustPolicy"].as_str().expect("a policy");
        assert!(trust.contains("repo:octo/bedrock:ref") && trust.contains("repo:octo@"), "{trust}");
        desk.sets(json!({"immutable_subject": false, "subject_claims": []}));
    }
}

async fn a_repository_without_a_mapping_or_the_app_is_told(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let unmapped = desk.report("octo/unmapped").await;
    assert_eq!(statuses(&unmapped)["mapping"], "fail");
    assert_eq!(statuses(&unmapped)["app"], "pass");
    assert_eq!(desk.operator.does(Method::GET, "checks/octo/not..there!", None).await.0, 400);

    let before = desk.statuses().await;
    stage.sandbox.suspend().await;
    let suspended = desk.report(REPOSITORY).await;
    assert!(seen(&suspended, "app").contains("suspended"));
    stage.sandbox.uninstall().await;
    let gone = desk.statuses().await;
    assert_eq!((gone["app"].as_str(), gone["webhook"].as_str(), gone["mapping"].as_str()), ("fail", "pass", "pass"));
    let of_repository = ["permissions", "repository", "implement-workflow", "credentials", "workflow-model"];
    assert!(of_repository.iter().all(|id| gone[*id] == "unknown"), "{gone:?}");
    stage.sandbox.unsuspend().await;
    stage.sandbox.install().await;
    assert_eq!(desk.statuses().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_github_does_not_answer_is_unknown_and_nothing_else() {
    let stage = Stage::open().await;
    let desk = Desk::open(&stage).await;
    let before = desk.statuses().await;
    for (path, told) in [
        ("/app/hook/config", vec!["webhook: unknown"]),
        ("*/actions/secrets", vec!["credentials: unknown", "static-keys: unknown"]),
        ("*/actions/oidc/customization/sub", vec!["oidc-subject: unknown"]),
        ("*/contents/WORKFLOW.md", vec!["workflow-model: unknown"]),
    ] {
        for status in [500, 502, 503, 429] {
            stage.sandbox.script_fault(Fault { status: Some(status), times: 9, ..Fault::on("GET", path) });
            assert_eq!(moved(&before, &desk.statuses().await), told, "{path}: {status}");
            stage.sandbox.clear_faults();
        }
        let refused = json!({"message": "Resource not accessible by integration"});
        stage.sandbox.script_fault(Fault {
            status: Some(403),
            body: Some(refused),
            times: 9,
            ..Fault::on("GET", path)
        });
        assert_eq!(moved(&before, &desk.statuses().await), told, "{path}: 403");
        stage.sandbox.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_github_that_hangs_makes_nobody_wait_for_longer_than_a_looks_patience() {
    let stage = Stage::open().await;
    let desk = Desk::open(&stage).await;
    let before = desk.statuses().await;
    let hangs = Fault { delay_ms: Some(60_000), times: 9, ..Fault::on("GET", "*/actions/secrets") };
    stage.sandbox.script_fault(hangs);
    let asked = Instant::now();
    assert_eq!(moved(&before, &desk.statuses().await), ["credentials: unknown", "static-keys: unknown"]);
    assert!(asked.elapsed() < checks::PATIENCE * 2, "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_looks_without_a_session_and_no_secret_is_ever_asked_for() {
    let stage = Stage::open().await;
    let address = format!("{}/api/checks/{REPOSITORY}", stage.system.url());
    let anonymous = reqwest::get(address).await.expect("the admin answers");
    assert_eq!(anonymous.status().as_u16(), 401);
    let desk = Desk::open(&stage).await;
    stage.sandbox.clear_requests();
    desk.report(REPOSITORY).await;
    let requests = stage.sandbox.requests();
    let written: Vec<_> =
        requests.iter().filter(|it| it.method != "GET" && !it.path.ends_with("/access_tokens")).collect();
    assert!(written.is_empty() && requests.len() > 20, "{written:?}");
    let tokens = stage.sandbox.look(|world| world.tokens.clone());
    let looks = tokens.iter().filter(|token| token.permissions.contains_key("secrets"));
    let can_write = |it: &Access| *it == Access::Write;
    assert!(looks.clone().count() > 0 && looks.clone().all(|token| !token.permissions.values().any(can_write)));
}
