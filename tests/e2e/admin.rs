//! What an operator sets through the API is what the next comment meets.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_repository_that_was_just_mapped_runs_as_its_mapping_says,
    a_paused_repository_refuses_until_it_goes_on,
    a_removed_mapping_maps_nothing,
    the_whole_is_healthy,
    a_repository_is_brought_its_files_and_runs_by_them,
];

/// Somebody who signed in with the access code.
pub(crate) struct Operator<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Operator<'a> {
    pub(crate) async fn of(stage: &'a Stage) -> Self {
        let code = json!({"accessCode": stage.system.access_code()});
        let (status, body) = answer(request(stage, Method::POST, "/api/auth").json(&code)).await;
        assert_eq!(status, 200, "{body}");
        Self { stage, token: body["token"].as_str().expect("a token").to_owned() }
    }

    /// What the API makes of a request below `/api`.
    pub(crate) async fn does(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = request(self.stage, method, &format!("/api/{path}")).bearer_auth(&self.token);
        answer(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Has a dispatch done once more, always under the same key.
    pub(crate) async fn retries(&self, dispatch: &str) -> (u16, Value) {
        let request = request(self.stage, Method::POST, &format!("/api/{dispatch}/retry")).bearer_auth(&self.token);
        answer(request.header("idempotency-key", "the-only-one")).await
    }
}

fn request(stage: &Stage, method: Method, path: &str) -> RequestBuilder {
    Client::new().request(method, format!("{}{path}", stage.system.url()))
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("the admin answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn a_repository_that_was_just_mapped_runs_as_its_mapping_says(stage: &Stage) {
    let operator = Operator::of(stage).await;
    let settings = json!({"provider": "bedrock", "awsRegion": "eu-central-1", "maxTurns": 7});
    let (status, saved) = operator.does(Method::PUT, "mappings/octo/unmapped", Some(settings)).await;
    assert_eq!((status, &saved["bound"], &saved["warnings"]), (201, &json!(true), &json!([])), "{saved}");
    assert_eq!(saved["mapping"]["repoId"], stage.repo_id("octo/unmapped").get());

    stage.says("writer", "octo/unmapped#1", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    let input = |name: &str| inputs.get(name).map(String::as_str);
    assert_eq!((input("provider"), input("aws_region")), (Some("bedrock"), Some("eu-central-1")));
    assert_eq!(input("max_turns"), Some("7"));
    stage.hears("octo/unmapped#1", "Dispatched").await;
}

async fn a_paused_repository_refuses_until_it_goes_on(stage: &Stage) {
    let operator = Operator::of(stage).await;
    let version =
        async || operator.does(Method::GET, "mappings/octo/anthropic", None).await.1["mapping"]["version"].clone();
    let pause = json!({"version": version().await, "paused": true});
    assert_eq!(operator.does(Method::PATCH, "mappings/octo/anthropic", Some(pause)).await.0, 200);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "PAUSED").await;

    let go_on = json!({"version": version().await, "paused": null});
    assert_eq!(operator.does(Method::PATCH, "mappings/octo/anthropic", Some(go_on)).await.0, 200);
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "Dispatched").await;
}

async fn a_removed_mapping_maps_nothing(stage: &Stage) {
    let operator = Operator::of(stage).await;
    let (_, view) = operator.does(Method::GET, "mappings/octo/anthropic", None).await;
    let path = format!("mappings/octo/anthropic?version={}", view["mapping"]["version"]);
    assert_eq!(operator.does(Method::DELETE, &path, None).await.0, 204);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "MAPPING_MISSING").await;
    assert_eq!(stage.dispatches(), 0);
}

async fn the_whole_is_healthy(stage: &Stage) {
    let (status, body) = answer(request(stage, Method::GET, "/healthz")).await;
    assert_eq!((status, &body["status"]), (200, &json!("ok")), "{body}");
}

async fn a_repository_is_brought_its_files_and_runs_by_them(stage: &Stage) {
    let operator = Operator::of(stage).await;
    let sync = async || {
        let (status, synced) = operator.does(Method::POST, "mappings/octo/anthropic/sync", None).await;
        (status, synced["result"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(sync().await, (200, "pr-opened".to_owned()));
    assert_eq!(sync().await, (200, "pr-existing".to_owned()));
    let (_, view) = operator.does(Method::GET, "mappings/octo/anthropic", None).await;
    let change = json!({"version": view["mapping"]["version"], "trigger": "workflow"});
    assert_eq!(operator.does(Method::PATCH, "mappings/octo/anthropic", Some(change)).await.0, 200);
    assert_eq!(sync().await, (200, "pr-updated".to_owned()));
    stage.sandbox.edit_world(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("the repository");
        let brought = repository.branches["sync/ai-implement"].clone();
        repository.branches.insert("main".to_owned(), brought);
    });
    assert_eq!(sync().await, (200, "up-to-date".to_owned()));

    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert!(inputs.contains_key("claim_id") && !inputs.contains_key("run_token"), "{inputs:?}");
}
