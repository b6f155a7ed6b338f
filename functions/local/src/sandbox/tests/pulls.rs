//! Pull requests that are opened, moved and read as a diff, by the App and by a job's token.

use reqwest::header::ACCEPT;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage, message};
use crate::sandbox::Push;
use crate::sandbox::world::{Access, Permissions};

const TIP: &str = "1111111111111111111111111111111111111111";
const LATER_TIP: &str = "2222222222222222222222222222222222222222";

/// A push to a branch of its own, with one new file and one line of another changed.
fn push(branch: &str, sha: &str, text: &str) -> Push {
    let files = [("src/answer.txt".to_owned(), Some(text.to_owned()))].into();
    Push {
        repo: "octo/anthropic".to_owned(),
        branch: branch.to_owned(),
        sha: sha.to_owned(),
        files,
        user: "writer".to_owned(),
    }
}

fn new_pull(head: &str) -> Value {
    json!({ "title": "Answer", "head": head, "base": "main", "body": "What was asked for." })
}

fn job_permissions(names: &[&str]) -> Permissions {
    names.iter().map(|name| ((*name).to_owned(), Access::Write)).collect()
}

#[tokio::test]
async fn a_pushed_branch_becomes_a_pull_request_of_whoever_opens_it() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.push(push("answer", TIP, "42\n")).await.unwrap();
    let answer = stage.post(&format!("{REPOSITORY}/pulls"), &token, new_pull("answer")).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let opened: Value = answer.json().await.unwrap();
    assert_eq!((&opened["number"], &opened["user"]["login"]), (&json!(6), &json!("ai-implement[bot]")));
    let shown: Value = stage.get(&format!("{REPOSITORY}/pulls/6"), &token).await.json().await.unwrap();
    assert_eq!(shown["head"]["sha"], TIP);
    assert_eq!(shown["head"]["ref"], "answer");
    assert_eq!(shown["head"]["repo"]["full_name"], "octo/anthropic");
    assert_eq!(shown["body"], "What was asked for.");
    assert_eq!((&shown["changed_files"], &shown["additions"]), (&json!(1), &json!(1)));
    stage.delivered(1).await;
    assert_eq!(stage.events(), ["pull_request.opened"]);
}

#[tokio::test]
async fn a_pull_request_that_can_not_be_is_refused_by_its_field() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let pulls = format!("{REPOSITORY}/pulls");
    let error = async |body: Value| {
        let answer = stage.post(&pulls, &token, body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        answer.json::<Value>().await.unwrap()["errors"][0].clone()
    };
    assert_eq!(error(new_pull("nowhere")).await["field"], "head");
    assert_eq!(error(json!({ "title": "x", "head": "main", "base": "gone" })).await["field"], "base");
    assert_eq!(error(new_pull("main")).await["message"], "No commits between main and main");
    let twice = error(new_pull("sort-members")).await;
    assert_eq!(twice["message"], "A pull request already exists for octo:sort-members.");
}

#[tokio::test]
async fn the_head_of_an_open_pull_request_moves_with_its_branch() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.push(push("sort-members", TIP, "42\n")).await.unwrap();
    let shown: Value = stage.get(&format!("{REPOSITORY}/pulls/5"), &token).await.json().await.unwrap();
    assert_eq!(shown["head"]["sha"], TIP);
    let payload: Value = serde_json::from_str(&stage.sandbox.deliveries()[0].payload).unwrap();
    assert_eq!((&payload["action"], &payload["after"]), (&json!("synchronize"), &json!(TIP)));
    // A closed one keeps the head that it was closed with.
    let closed: Value = stage.get(&format!("{REPOSITORY}/pulls/3"), &token).await.json().await.unwrap();
    stage.sandbox.push(push("cache-thumbnails", LATER_TIP, "42\n")).await.unwrap();
    let still: Value = stage.get(&format!("{REPOSITORY}/pulls/3"), &token).await.json().await.unwrap();
    assert_eq!(still["head"]["sha"], closed["head"]["sha"]);
}

#[tokio::test]
async fn a_pull_request_is_read_as_a_diff_and_as_a_list_of_files() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.push(push("sort-members", TIP, "one\ntwo\n")).await.unwrap();
    for media_type in ["application/vnd.github.diff", "application/vnd.github.v3.diff"] {
        let request = stage.request(Method::GET, &format!("{REPOSITORY}/pulls/5"), &token);
        let answer = request.header(ACCEPT, media_type).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/vnd.github.diff; charset=utf-8");
        assert_eq!(
            answer.text().await.unwrap(),
            "diff --git a/src/answer.txt b/src/answer.txt\nnew file mode 100644\nindex 0000000..814f4a4\n\
             --- /dev/null\n+++ b/src/answer.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n"
        );
    }
    let files: Value = stage.get(&format!("{REPOSITORY}/pulls/5/files"), &token).await.json().await.unwrap();
    let file = &files[0];
    assert_eq!((&file["filename"], &file["status"]), (&json!("src/answer.txt"), &json!("added")));
    assert_eq!((&file["additions"], &file["patch"]), (&json!(2), &json!("@@ -0,0 +1,2 @@\n+one\n+two\n")));
}

#[tokio::test]
async fn an_edited_pull_request_keeps_what_was_not_named() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let pull = format!("{REPOSITORY}/pulls/5");
    let edited = stage.call(Method::PATCH, &pull, &token, Some(json!({ "body": "New." }))).await;
    let edited: Value = edited.json().await.unwrap();
    assert_eq!((&edited["title"], &edited["body"]), (&json!("Sort the member list by name"), &json!("New.")));
    let closed = stage.call(Method::PATCH, &pull, &token, Some(json!({ "state": "closed" }))).await;
    assert_eq!(closed.json::<Value>().await.unwrap()["state"], "closed");
    stage.delivered(2).await;
    let mut events = stage.events();
    events.sort();
    assert_eq!(events, ["pull_request.closed", "pull_request.edited"]);
}

#[tokio::test]
async fn a_jobs_token_writes_as_the_bot_of_github_actions() {
    let stage = Stage::new().await;
    let token = stage.sandbox.job_token("octo/anthropic", Some(job_permissions(&["issues"]))).unwrap();
    let comments = format!("{REPOSITORY}/issues/1/comments");
    let written: Value = stage.post(&comments, &token, json!({ "body": "Gaps." })).await.json().await.unwrap();
    assert_eq!(written["user"]["login"], "github-actions[bot]");
    assert_eq!(written["user"]["type"], "Bot");
    assert_eq!(written["performed_via_github_app"]["slug"], "github-actions");
    let path = format!("{REPOSITORY}/issues/comments/{}", written["id"]);
    let edited = stage.call(Method::PATCH, &path, &token, Some(json!({ "body": "Fewer gaps." }))).await;
    assert_eq!(edited.json::<Value>().await.unwrap()["body"], "Fewer gaps.");
    let listed: Value = stage.get(&comments, &token).await.json().await.unwrap();
    assert_eq!(listed[0]["body"], "Fewer gaps.");
}

#[tokio::test]
async fn a_jobs_token_does_what_its_job_declares_and_outlives_the_apps_installation() {
    let stage = Stage::new().await;
    let read_only = stage.sandbox.job_token("octo/anthropic", None).unwrap();
    let comment = json!({ "body": "x" });
    let refused = stage.post(&format!("{REPOSITORY}/issues/1/comments"), &read_only, comment.clone()).await;
    assert_eq!(message(refused).await, "Resource not accessible by integration");
    let token = stage.sandbox.job_token("octo/anthropic", Some(job_permissions(&["pull_requests"]))).unwrap();
    let elsewhere = stage.post("/repos/octo/bedrock/issues/1/comments", &token, comment.clone()).await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    stage.sandbox.uninstall().await;
    let here = stage.post(&format!("{REPOSITORY}/issues/1/comments"), &token, comment).await;
    assert_eq!(here.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_repository_may_keep_jobs_from_opening_pull_requests() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| world.repository_mut("octo/anthropic").unwrap().actions_may_not_open_pulls = true);
    stage.sandbox.push(push("answer", TIP, "42\n")).await.unwrap();
    let token = stage.sandbox.job_token("octo/anthropic", Some(job_permissions(&["pull_requests"]))).unwrap();
    let refused = stage.post(&format!("{REPOSITORY}/pulls"), &token, new_pull("answer")).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(message(refused).await, "GitHub Actions is not permitted to create or approve pull requests.");
}

#[tokio::test]
async fn pushes_and_a_jobs_token_can_be_asked_for_over_http() {
    let stage = Stage::new().await;
    let asked = json!({ "repo": "octo/anthropic", "permissions": { "pull_requests": "write" } });
    let minted: Value = stage.post("/_sandbox/tokens", "", asked).await.json().await.unwrap();
    let pushed = json!({ "repo": "octo/anthropic", "branch": "b", "sha": TIP, "files": { "a": "1\n", "b": null } });
    assert_eq!(stage.post("/_sandbox/pushes", "", pushed).await.status(), StatusCode::CREATED);
    let token = minted["token"].as_str().unwrap();
    let opened = stage.post(&format!("{REPOSITORY}/pulls"), token, new_pull("b")).await;
    assert_eq!(opened.json::<Value>().await.unwrap()["user"]["login"], "github-actions[bot]");
    let unknown = stage.post("/_sandbox/tokens", "", json!({ "repo": "octo/nothing" })).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
