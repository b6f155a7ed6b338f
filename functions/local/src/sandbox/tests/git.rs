//! The Git database: what is committed through it is what the contents show, and nobody's work is lost by it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage, message};
use crate::sandbox::Push;
use crate::sandbox::world::Access;

const PUSHED: &str = "1111111111111111111111111111111111111111";

struct Git<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Git<'a> {
    async fn of(stage: &'a Stage) -> Self {
        Self { stage, token: stage.token().await }
    }

    async fn get(&self, path: &str) -> Value {
        self.stage.get(&format!("{REPOSITORY}/git/{path}"), &self.token).await.json().await.unwrap()
    }

    async fn make(&self, path: &str, body: Value) -> Value {
        let answer = self.stage.post(&format!("{REPOSITORY}/git/{path}"), &self.token, body).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{path}");
        answer.json().await.unwrap()
    }

    async fn tip(&self, branch: &str) -> String {
        self.get(&format!("ref/heads%2F{branch}")).await["object"]["sha"].as_str().unwrap().to_owned()
    }

    /// A commit upon those, with one file changed.
    async fn commits(&self, parents: &[&str], path: &str, text: &str) -> String {
        let first = self.get(&format!("commits/{}", parents[0])).await;
        let entry = json!({ "path": path, "mode": "100644", "type": "blob", "content": text });
        let tree = self.make("trees", json!({ "base_tree": first["tree"]["sha"], "tree": [entry] })).await;
        let body = json!({ "message": "One file", "tree": tree["sha"], "parents": parents });
        self.make("commits", body).await["sha"].as_str().unwrap().to_owned()
    }

    async fn moves(&self, branch: &str, sha: &str) -> reqwest::Response {
        let path = format!("{REPOSITORY}/git/refs/heads%2F{branch}");
        self.stage.call(Method::PATCH, &path, &self.token, Some(json!({ "sha": sha }))).await
    }
}

#[tokio::test]
async fn what_is_committed_is_on_the_branch_and_nothing_else_has_changed() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    let commit = git.commits(&[&main], ".github/workflows/new.yml", "on: push\n").await;
    git.make("refs", json!({ "ref": "refs/heads/sync/it", "sha": commit })).await;
    let contents = format!("{REPOSITORY}/contents/.github/workflows?ref=sync/it");
    let listed: Vec<Value> = stage.get(&contents, &git.token).await.json().await.unwrap();
    let names: Vec<_> = listed.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["claude-implement.yml", "claude-plan.yml", "new.yml"]);
    assert_eq!(git.tip("sync%2Fit").await, commit);
    assert_eq!(git.tip("main").await, main);
    let shown = git.get(&format!("commits/{commit}")).await;
    assert_eq!(shown["author"]["name"], "ai-implement[bot]");
    assert_eq!(shown["author"]["email"], "710100+ai-implement[bot]@users.noreply.github.com");
    assert_eq!(shown["committer"]["email"], "noreply@github.com");
    assert_eq!(shown["parents"][0]["sha"], main);
}

#[tokio::test]
async fn a_tree_is_listed_alone_or_with_all_below() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    let tree = git.get(&format!("commits/{main}")).await["tree"]["sha"].as_str().unwrap().to_owned();
    let paths = |tree: &Value| {
        let entries = tree["tree"].as_array().unwrap().iter();
        entries.map(|entry| entry["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let root = git.get(&format!("trees/{tree}")).await;
    assert_eq!(paths(&root), [".github", "PLANNING.md", "WORKFLOW.md"]);
    let folder = root["tree"][0]["sha"].as_str().unwrap();
    let below = git.get(&format!("trees/{folder}?recursive=1")).await;
    assert_eq!(paths(&below), ["workflows", "workflows/claude-implement.yml", "workflows/claude-plan.yml"]);
}

#[tokio::test]
async fn a_branch_that_moved_is_not_moved_over() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let before = git.tip("sort-members").await;
    let ours = git.commits(&[&before], "a.txt", "ours\n").await;
    let files = [("b.txt".to_owned(), Some("theirs\n".to_owned()))].into();
    let push = Push {
        repo: "octo/anthropic".to_owned(),
        branch: "sort-members".to_owned(),
        sha: PUSHED.to_owned(),
        files,
        user: "writer".to_owned(),
    };
    stage.sandbox.push(push).await.unwrap();
    let refused = git.moves("sort-members", &ours).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(message(refused).await, "Update is not a fast forward");
    let upon_theirs = git.commits(&[PUSHED], "a.txt", "ours\n").await;
    assert_eq!(git.moves("sort-members", &upon_theirs).await.status(), StatusCode::OK);
    let pull: Value = stage.get(&format!("{REPOSITORY}/pulls/5"), &git.token).await.json().await.unwrap();
    assert_eq!((&pull["head"]["sha"], &pull["changed_files"]), (&json!(upon_theirs), &json!(2)));
}

#[tokio::test]
async fn what_the_base_has_got_since_is_no_change_of_a_pull_request() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    let head = git.commits(&[&main], "a.txt", "ours\n").await;
    git.make("refs", json!({ "ref": "refs/heads/it", "sha": head })).await;
    let on_main = git.commits(&[&main], "b.txt", "theirs\n").await;
    assert_eq!(git.moves("main", &on_main).await.status(), StatusCode::OK);
    let body = json!({ "title": "It", "head": "it", "base": "main" });
    let pull: Value = stage.post(&format!("{REPOSITORY}/pulls"), &git.token, body).await.json().await.unwrap();
    assert_eq!((&pull["changed_files"], &pull["additions"], &pull["deletions"]), (&json!(1), &json!(1), &json!(0)));
}

#[tokio::test]
async fn a_branch_has_one_beginning() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    let refs = format!("{REPOSITORY}/git/refs");
    for (reference, sha, complaint) in [
        ("refs/heads/main", main.as_str(), "Reference already exists"),
        ("refs/heads/new", PUSHED, "Object does not exist"),
        ("heads/new", main.as_str(), "Reference name must start with 'refs/'."),
    ] {
        let refused = stage.post(&refs, &git.token, json!({ "ref": reference, "sha": sha })).await;
        assert_eq!((refused.status().as_u16(), message(refused).await.as_str()), (422, complaint));
    }
    let missing = git.moves("nowhere", &main).await;
    assert_eq!(message(missing).await, "Reference does not exist");
}

#[tokio::test]
async fn workflow_files_take_a_permission_of_their_own() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    let commit = git.commits(&[&main], ".github/workflows/new.yml", "on: push\n").await;
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("workflows"));
    let entry = json!({ "path": ".github/workflows/x.yml", "mode": "100644", "type": "blob", "content": "on: push\n" });
    let refused = stage.post(&format!("{REPOSITORY}/git/trees"), &git.token, json!({ "tree": [entry] })).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(message(refused).await, "Resource not accessible by integration");
    let new = json!({ "ref": "refs/heads/it", "sha": commit });
    let refused = stage.post(&format!("{REPOSITORY}/git/refs"), &git.token, new).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        message(refused).await,
        "refusing to allow a GitHub App to create or update workflow `.github/workflows/new.yml` without `workflows` \
         permission"
    );
}

#[tokio::test]
async fn an_archived_or_an_empty_repository_takes_nothing() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    let main = git.tip("main").await;
    stage.sandbox.edit_world(|world| {
        let now = world.now();
        world.repository_mut("octo/anthropic").unwrap().archived_at = Some(now);
    });
    let new = json!({ "ref": "refs/heads/it", "sha": main });
    let refused = stage.post(&format!("{REPOSITORY}/git/refs"), &git.token, new).await;
    assert_eq!(message(refused).await, "Repository was archived so is read-only.");
    let shown: Value = stage.get(REPOSITORY, &git.token).await.json().await.unwrap();
    assert_eq!(shown["archived"], true);
    stage.sandbox.edit_world(|world| world.repository_mut("octo/anthropic").unwrap().branches.clear());
    let empty = stage.get(&format!("{REPOSITORY}/git/ref/heads/main"), &git.token).await;
    assert_eq!((empty.status(), message(empty).await.as_str()), (StatusCode::CONFLICT, "Git Repository is empty."));
}

#[tokio::test]
async fn reading_takes_the_permission_for_contents_and_moving_takes_it_to_write() {
    let stage = Stage::new().await;
    let git = Git::of(&stage).await;
    stage.sandbox.edit_world(|world| world.installation.permissions.insert("contents".to_owned(), Access::Read));
    let main = git.tip("main").await;
    let new = json!({ "ref": "refs/heads/it", "sha": main });
    let refused = stage.post(&format!("{REPOSITORY}/git/refs"), &git.token, new).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("contents"));
    let refused = stage.get(&format!("{REPOSITORY}/git/ref/heads/main"), &git.token).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}
