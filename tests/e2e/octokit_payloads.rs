//! GitHub's own example payloads of `issue_comment`, turned into commands: each `created` one becomes a run.

use std::path::Path;

use local::sandbox::World;
use local::sandbox::world::{Account, AccountKind, Role};
use serde_json::{Value, json};

use crate::stage::Stage;

/// The examples of one action, from the package that the tools' lock file pins.
fn examples(action: &str) -> Vec<Value> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/node_modules/@octokit/webhooks-examples");
    let index = package.join("api.github.com/index.json");
    let text = std::fs::read_to_string(&index).unwrap_or_else(|error| panic!("{error}: run `make tools`"));
    let events: Vec<Value> = serde_json::from_str(&text).expect("a list of events");
    let event = events.iter().find(|event| event["name"] == "issue_comment").expect("the event's examples");
    let examples = event["examples"].as_array().expect("a list of payloads");
    examples.iter().filter(|payload| payload["action"] == action).cloned().collect()
}

/// A command of a person on an open pull request, in the example's own repository.
fn as_command(mut payload: Value) -> Value {
    payload["issue"]["pull_request"] = json!({"url": "https://api.github.com/pull"});
    payload["issue"]["locked"] = json!(false);
    payload["comment"]["body"] = json!("/ai-implement");
    payload["comment"]["user"]["type"] = json!("User");
    payload["sender"] = payload["comment"]["user"].clone();
    // The example's own installation is none of the sandbox's: it is looked up, as for a repository hook.
    payload.as_object_mut().expect("an object").remove("installation");
    payload
}

/// Lets the sandbox hold what the payload tells of.
fn settle(world: &mut World, payload: &Value) -> String {
    let full_name = payload["repository"]["full_name"].as_str().expect("a name").to_owned();
    let (owner, name) = full_name.split_once('/').expect("owner/name");
    let mut repository = world.repository("octo/anthropic").expect("the seed's repository").clone();
    let number = payload["issue"]["number"].as_u64().expect("a number");
    repository.id = payload["repository"]["id"].as_u64().expect("an id");
    owner.clone_into(&mut repository.owner);
    name.clone_into(&mut repository.name);
    let branch = payload["repository"]["default_branch"].as_str().expect("a branch");
    let main = repository.branches.remove("main").expect("the seed's default branch");
    repository.branches.insert(branch.to_owned(), main);
    branch.clone_into(&mut repository.default_branch);
    let head = repository.id;
    repository.issues.retain(|issue| issue.number == 1);
    let issue = repository.issue_mut(1).expect("the seed's pull request");
    issue.number = number;
    issue.pull_request.as_mut().expect("a pull request").head_repository_id = Some(head);
    let login = payload["comment"]["user"]["login"].as_str().expect("a login");
    repository.collaborators.insert(login.to_owned(), Role::Write);
    for login in [login, owner] {
        if world.account(login).is_none() {
            let id = world.next_id();
            world.accounts.push(Account { id, login: login.to_owned(), kind: AccountKind::User });
        }
    }
    owner.clone_into(&mut world.installation.account);
    // Every example is of the same repository; only the newest of them is there.
    world.repositories.retain(|there| !there.is_named(&full_name));
    world.repositories.push(repository);
    full_name
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_created_example_becomes_a_run() {
    let examples = examples("created");
    assert_eq!(examples.len(), 5);
    for payload in examples.into_iter().map(as_command) {
        let stage = Stage::open().await;
        let repo = stage.at_github(|world| settle(world, &payload));
        stage.maps(&repo, json!({})).await;
        let commented_at = payload["comment"]["created_at"].as_str().expect("a time");
        stage.hand.set(commented_at.parse().expect("a time of GitHub's"));
        assert_eq!(stage.delivers("issue_comment", &payload).await, 202);
        let dispatch = stage.dispatched(1).await;
        assert_eq!(dispatch.inputs["pr_number"], payload["issue"]["number"].to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_edited_or_deleted_example_ever_does() {
    let stage = Stage::open().await;
    let examples = [examples("edited"), examples("deleted")].concat();
    assert_eq!(examples.len(), 4);
    for payload in examples.into_iter().map(as_command) {
        assert_eq!(stage.delivers("issue_comment", &payload).await, 200);
    }
    assert_eq!((stage.system.queue().depth(), stage.dispatches(), stage.sandbox.requests().len()), (0, 0, 0));
}
