//! Bringing a repository its files: each result, each refusal, and what people did meanwhile.

use std::collections::BTreeMap;

use http::Request;
use local::sandbox::world::{Access, Repository};
use local::sandbox::{Fault, Push};
use serde_json::{Value, json};

use crate::office::{Answer, Office, Session, post};

const REPOSITORY: &str = "octo/anthropic";
const MAPPING: &str = "/api/mappings/octo/anthropic";
const SYNC: &str = "/api/mappings/octo/anthropic/sync";
const BRANCH: &str = "sync/ai-implement";
const IMPLEMENT: &str = ".github/workflows/claude-implement.yml";

type Files = BTreeMap<String, String>;

/// An operator with a mapped repository.
struct Desk {
    office: Office,
    session: Session,
}

impl Desk {
    async fn open() -> Self {
        Self::with(json!({})).await
    }

    async fn with(settings: Value) -> Self {
        let office = Office::open().await;
        let session = office.signs_in().await;
        let mapped = session.put(&office, MAPPING, settings).await;
        assert_eq!(mapped.status, 201, "{mapped:?}");
        let desk = Self { office, session };
        // The seed has been brought its prompts already.
        desk.change(|it| {
            for branch in it.branches.values_mut() {
                branch.files.retain(|path, _| !["WORKFLOW.md", "PLANNING.md"].contains(&path.as_str()));
            }
        });
        desk
    }

    async fn syncs(&self) -> Answer {
        self.session.post(&self.office, SYNC, Value::Null).await
    }

    async fn synced(&self, result: &str) -> Answer {
        let answer = self.syncs().await;
        assert_eq!((answer.status, &answer.body["result"]), (200, &json!(result)), "{answer:?}");
        answer
    }

    /// Not done, and why: the code, and a remedy that names this.
    async fn is_refused(&self, code: &str, remedy: &str) {
        let before = self.branches();
        let answer = self.syncs().await;
        assert_eq!(answer.code(), (409, code), "{answer:?}");
        assert!(answer.body["detail"].as_str().unwrap_or_default().contains(remedy), "{answer:?}");
        assert_eq!(self.branches(), before, "nothing was written");
    }

    fn look<T>(&self, at: impl FnOnce(&Repository) -> T) -> T {
        self.office.sandbox.look(|world| at(world.repository(REPOSITORY).expect("the repository")))
    }

    fn change(&self, change: impl FnOnce(&mut Repository)) {
        self.office.sandbox.edit_world(|world| change(world.repository_mut(REPOSITORY).expect("the repository")));
    }

    fn branches(&self) -> Vec<(String, String)> {
        self.look(|it| it.branches.iter().map(|(name, branch)| (name.clone(), branch.head_sha.clone())).collect())
    }

    fn files(&self, branch: &str) -> Files {
        self.look(|it| it.branches[branch].files.clone())
    }

    fn tip(&self, branch: &str) -> String {
        self.look(|it| it.branches[branch].head_sha.clone())
    }

    /// Merged as GitHub's button does it, with the branch deleted or left.
    fn merge(&self, number: u64, leaves_branch: bool) {
        self.change(|it| {
            let branch = it.branches[BRANCH].clone();
            it.branches.insert("main".to_owned(), branch);
            if !leaves_branch {
                it.branches.remove(BRANCH);
            }
            let issue = it.issue_mut(number).expect("the pull request");
            issue.open = false;
            issue.pull_request.as_mut().expect("a pull request").merged = true;
        });
    }

    fn close(&self, number: u64) {
        self.change(|it| it.issue_mut(number).expect("the pull request").open = false);
    }

    async fn pushes(&self, branch: &str, digit: &str, path: &str, text: &str) {
        let push = Push {
            repo: REPOSITORY.to_owned(),
            branch: branch.to_owned(),
            sha: digit.repeat(40),
            files: [(path.to_owned(), Some(text.to_owned()))].into(),
            user: "maintainer".to_owned(),
        };
        self.office.sandbox.push(push).await.expect("a push");
    }

    /// Requests that may have changed something.
    fn effects(&self) -> Vec<String> {
        let requests = self.office.sandbox.requests().into_iter();
        let effects = requests.filter(|it| it.method != "GET" && !it.path.ends_with("/access_tokens"));
        effects.map(|it| format!("{} {}", it.method, it.path)).collect()
    }
}

#[tokio::test]
async fn a_repository_is_brought_its_files_by_one_pull_request() {
    let desk = Desk::open().await;
    let before = desk.files("main");
    let answer = desk.synced("pr-opened").await;
    let url = format!("{}/octo/anthropic/pull/6", desk.office.sandbox.url());
    assert_eq!(answer.body["prUrl"], url);
    assert_eq!(desk.files("main"), before);
    let brought = desk.files(BRANCH);
    let told: Vec<&str> = answer.body["files"].as_array().expect("paths").iter().filter_map(Value::as_str).collect();
    for path in [IMPLEMENT, "WORKFLOW.md", "PLANNING.md", ".github/ai-implement/main.mjs"] {
        assert!(told.contains(&path) && brought.contains_key(path), "{path}");
    }
    assert!(!told.iter().any(|path| path.ends_with("comment-trigger.yml")));
    let pull = desk.look(|it| it.issue(6).and_then(|it| it.pull_request.clone())).expect("a pull request");
    assert_eq!((pull.head_branch.as_str(), pull.base_branch.as_str()), (BRANCH, "main"));
}

#[tokio::test]
async fn a_second_sync_finds_the_first_ones_pull_request() {
    let desk = Desk::open().await;
    let first = desk.synced("pr-opened").await;
    let branches = desk.branches();
    desk.office.sandbox.clear_requests();
    let second = desk.synced("pr-existing").await;
    assert_eq!((&second.body["prUrl"], &second.body["files"]), (&first.body["prUrl"], &first.body["files"]));
    assert_eq!((desk.branches(), desk.effects()), (branches, Vec::new()));
}

#[tokio::test]
async fn a_repository_that_has_it_all_is_up_to_date() {
    for leaves_branch in [false, true] {
        let desk = Desk::open().await;
        desk.synced("pr-opened").await;
        desk.merge(6, leaves_branch);
        let answer = desk.synced("up-to-date").await;
        assert_eq!(answer.body, json!({"result": "up-to-date", "files": []}));
    }
}

#[tokio::test]
async fn what_people_made_of_their_prompts_is_theirs_and_what_they_made_of_our_files_is_set_back() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    desk.merge(6, false);
    desk.pushes("main", "1", "WORKFLOW.md", "Be kind.\n").await;
    desk.synced("up-to-date").await;
    desk.pushes("main", "2", IMPLEMENT, "on: push\n").await;
    let answer = desk.synced("pr-opened").await;
    assert_eq!(answer.body["files"], json!([IMPLEMENT]));
    let brought = desk.files(BRANCH);
    assert_eq!(brought["WORKFLOW.md"], "Be kind.\n");
    assert_ne!(brought[IMPLEMENT], "on: push\n");
}

#[tokio::test]
async fn an_open_pull_request_with_something_else_goes_on_from_the_present_base() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    let first_tip = desk.tip(BRANCH);
    let settings = json!({"version": 1, "trigger": "workflow"});
    assert_eq!(desk.session.patch(&desk.office, MAPPING, settings).await.status, 200);
    desk.pushes("main", "1", "README.md", "New.\n").await;
    desk.synced("pr-updated").await;
    let brought = desk.files(BRANCH);
    assert!(brought.contains_key(".github/workflows/comment-trigger.yml"));
    assert_eq!(brought["README.md"], "New.\n");
    let commit = desk.look(|it| it.commit(&it.branches[BRANCH].head_sha)).expect("a commit");
    assert_eq!(commit.parents, [first_tip, "1".repeat(40)]);
    desk.synced("pr-existing").await;
}

#[tokio::test]
async fn a_pull_request_that_the_base_has_outrun_is_brought_back_to_merging() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    desk.pushes("main", "1", "README.md", "New.\n").await;
    desk.synced("pr-existing").await;
    desk.pushes("main", "2", "WORKFLOW.md", "Ours now.\n").await;
    desk.synced("pr-updated").await;
    assert_eq!(desk.files(BRANCH)["WORKFLOW.md"], "Ours now.\n");
}

#[tokio::test]
async fn a_branch_that_was_left_behind_is_used_again() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    desk.close(6);
    let again = desk.synced("pr-opened").await;
    assert!(again.body["prUrl"].as_str().is_some_and(|url| url.ends_with("/pull/7")), "{again:?}");
    desk.merge(7, true);
    desk.pushes("main", "1", IMPLEMENT, "on: push\n").await;
    let answer = desk.synced("pr-opened").await;
    assert_eq!(answer.body["files"], json!([IMPLEMENT]));
    assert!(desk.look(|it| it.ancestry(&it.branches[BRANCH].head_sha)).contains(&"1".repeat(40)));
}

#[tokio::test]
async fn somebody_elses_commits_are_not_written_over() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    desk.pushes(BRANCH, "1", IMPLEMENT, "on: push\n").await;
    desk.is_refused("BRANCH_TAKEN", "Merge or close its pull request and delete the branch").await;
    desk.close(6);
    desk.is_refused("BRANCH_TAKEN", "not written over").await;
}

#[tokio::test]
async fn a_prompt_that_is_filled_in_the_pull_request_keeps_nobody_waiting() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    desk.pushes(BRANCH, "1", "WORKFLOW.md", "Be kind.\n").await;
    desk.synced("pr-existing").await;
    assert_eq!(desk.files(BRANCH)["WORKFLOW.md"], "Be kind.\n");
}

#[tokio::test]
async fn a_branch_of_that_name_that_was_never_ours_is_left_alone() {
    let desk = Desk::open().await;
    desk.pushes(BRANCH, "1", "notes.txt", "Mine.\n").await;
    desk.is_refused("BRANCH_TAKEN", "delete the branch").await;
}

#[tokio::test]
async fn two_syncs_at_once_end_in_one_pull_request() {
    let desk = Desk::open().await;
    let (one, other) = tokio::join!(desk.syncs(), desk.syncs());
    assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}");
    assert_eq!(one.body["prUrl"], other.body["prUrl"]);
    let opened = desk.look(|it| it.issues.iter().filter(|it| it.number > 5).count());
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn a_sync_that_was_overtaken_looks_again() {
    let desk = Desk::open().await;
    let taken = Some(json!({"message": "Reference already exists"}));
    desk.office.sandbox.script_fault(Fault { status: Some(422), body: taken, ..Fault::on("POST", "*/git/refs") });
    desk.synced("pr-opened").await;
}

#[tokio::test]
async fn a_branch_that_never_rests_is_left_for_later() {
    let desk = Desk::open().await;
    let taken = Some(json!({"message": "Reference already exists"}));
    let fault = Fault { status: Some(422), body: taken, times: 9, ..Fault::on("POST", "*/git/refs") };
    desk.office.sandbox.script_fault(fault);
    desk.is_refused("SYNC_BUSY", "Sync again in a moment").await;
}

#[tokio::test]
async fn a_sync_that_was_cut_off_anywhere_is_finished_by_the_next() {
    for path in ["*/git/trees", "*/git/commits", "*/git/refs", "*/pulls"] {
        for after_effect in [false, true] {
            let desk = Desk::open().await;
            let fault = Fault { status: Some(502), after_effect, ..Fault::on("POST", path) };
            desk.office.sandbox.script_fault(fault);
            let cut_off = desk.syncs().await;
            assert_eq!(cut_off.code(), (503, "UNAVAILABLE"), "{path}");
            let next = desk.syncs().await;
            assert_eq!(next.status, 200, "{path}: {next:?}");
            let opened = desk.look(|it| it.issues.iter().filter(|it| it.number > 5).count());
            assert_eq!(opened, 1, "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_permission_nothing_is_tried() {
    for (name, left) in [("workflows", None), ("contents", Some(Access::Read)), ("pull_requests", Some(Access::Read))] {
        let desk = Desk::open().await;
        desk.office.sandbox.edit_world(|world| match left {
            Some(access) => world.installation.permissions.insert(name.to_owned(), access),
            None => world.installation.permissions.remove(name),
        });
        desk.office.sandbox.clear_requests();
        desk.is_refused("APP_PERMISSION_MISSING", &format!("lacks `{name}: write`")).await;
        assert_eq!(desk.effects(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_permission_that_github_misses_only_when_it_comes_to_writing_is_named_too() {
    let refusing = "refusing to allow a GitHub App to create or update workflow `x.yml` without `workflows` permission";
    for (status, message, told) in [
        (403, "Resource not accessible by integration", "does not let the App"),
        (404, "Not Found", "does not let the App"),
        (403, refusing, "lacks `workflows: write`"),
        (422, refusing, "lacks `workflows: write`"),
    ] {
        let desk = Desk::open().await;
        let body = Some(json!({"message": message}));
        desk.office.sandbox.script_fault(Fault { status: Some(status), body, ..Fault::on("POST", "*/git/trees") });
        desk.is_refused("APP_PERMISSION_MISSING", told).await;
    }
}

#[tokio::test]
async fn where_the_app_is_not_nothing_is_brought() {
    let desk = Desk::open().await;
    desk.office.sandbox.suspend().await;
    desk.is_refused("APP_SUSPENDED", "Ask an owner to unsuspend it").await;
    desk.office.sandbox.uninstall().await;
    desk.is_refused("APP_NOT_INSTALLED", "Ask an owner to install it").await;
}

#[tokio::test]
async fn a_repository_that_can_not_take_it_is_told_apart() {
    let desk = Desk::open().await;
    desk.change(|it| it.branches.clear());
    desk.is_refused("REPO_EMPTY", "Push a first commit").await;
    desk.change(|it| it.archived_at = Some(it.created_at));
    desk.is_refused("REPO_ARCHIVED", "Unarchive it").await;
}

#[tokio::test]
async fn a_mapping_that_names_a_wrong_branch_or_one_file_twice_is_to_be_mended() {
    let desk = Desk::with(json!({"defaultBranch": "release"})).await;
    desk.is_refused("REF_MISSING", "no branch `release`").await;
    let desk = Desk::with(json!({"defaultBranch": BRANCH})).await;
    desk.is_refused("MAPPING_INVALID", "the branch that runs start from").await;
    let desk = Desk::with(json!({"workflowFile": "claude-plan.yml"})).await;
    desk.is_refused("MAPPING_INVALID", "names of their own").await;
}

#[tokio::test]
async fn a_branch_of_the_mapping_is_the_one_that_the_files_go_into() {
    let desk = Desk::with(json!({"defaultBranch": "sort-members", "workflowFile": "implement.yml"})).await;
    desk.synced("pr-opened").await;
    let base = desk.look(|it| it.issue(6).and_then(|it| it.pull_request.clone())).expect("a pull request").base_branch;
    assert_eq!(base, "sort-members");
    assert!(desk.files(BRANCH).contains_key(".github/workflows/implement.yml"));
}

#[tokio::test]
async fn a_repository_that_took_the_name_is_brought_nothing() {
    let desk = Desk::open().await;
    desk.change(|it| it.name = "renamed".to_owned());
    desk.office
        .sandbox
        .edit_world(|world| world.repository_mut("octo/unmapped").expect("it").name = "anthropic".into());
    desk.is_refused("BOUND_ELSEWHERE", "make it anew").await;
}

#[tokio::test]
async fn a_rule_of_the_repository_is_told_in_githubs_words() {
    let desk = Desk::open().await;
    let body = Some(json!({"message": "Repository rule violations found"}));
    desk.office.sandbox.script_fault(Fault { status: Some(422), body, ..Fault::on("POST", "*/git/refs") });
    desk.is_refused("GITHUB_REJECTED", "Repository rule violations found").await;
}

#[tokio::test]
async fn a_limit_is_told_with_its_time() {
    let desk = Desk::open().await;
    let headers = [("retry-after".to_owned(), "7".to_owned())].into();
    desk.office.sandbox.script_fault(Fault { status: Some(429), headers, ..Fault::on("GET", "*/git/ref/*") });
    let answer = desk.syncs().await;
    assert_eq!(answer.code(), (503, "RATE_LIMITED"));
    assert_eq!(answer.headers["retry-after"], "7");
}

#[tokio::test]
async fn without_the_apps_credentials_nothing_can_be_brought() {
    let office = Office::open().await;
    let app = office.sandbox.app();
    let secret = |key: &str| json!({"app_id": app.app_id, "private_key": key}).to_string();
    office.put_secret("github-app", &secret(&Office::open().await.sandbox.app().private_key_pem));
    let session = office.signs_in().await;
    assert_eq!(session.put(&office, MAPPING, json!({})).await.status, 201);
    let desk = Desk { office, session };
    assert_eq!(desk.syncs().await.code(), (503, "CREDENTIALS_REFUSED"));
    desk.office.put_secret("github-app", "");
    assert_eq!(desk.syncs().await.code(), (503, "NO_SECRET"));
    desk.office.put_secret("github-app", &secret(&app.private_key_pem));
    desk.synced("pr-opened").await;
}

#[tokio::test]
async fn only_who_signed_in_may_sync_and_only_from_our_own_page() {
    let desk = Desk::open().await;
    let anonymous = desk.office.answer(post(SYNC), "").await;
    assert_eq!(anonymous.code(), (401, "NOT_SIGNED_IN"));
    let cookie = || Request::post(SYNC).header("cookie", desk.session.cookie());
    assert_eq!(desk.office.answer(cookie(), "").await.code(), (403, "CSRF"));
    let meant = cookie().header("x-csrf-token", &desk.session.csrf_token);
    assert_eq!(desk.office.answer(meant, "").await.status, 200);
}

#[tokio::test]
async fn a_repository_without_a_mapping_has_nothing_to_be_brought() {
    let desk = Desk::open().await;
    let answer = desk.session.post(&desk.office, "/api/mappings/octo/bedrock/sync", Value::Null).await;
    assert_eq!(answer.code(), (404, "MAPPING_MISSING"));
}

#[tokio::test]
async fn the_token_that_brings_it_is_good_for_that_repository_and_no_more() {
    let desk = Desk::open().await;
    desk.synced("pr-opened").await;
    let tokens = desk.office.sandbox.look(|world| world.tokens.clone());
    let brought = tokens.iter().find(|token| token.permissions.contains_key("workflows")).expect("a token");
    assert!(brought.repositories.contains(810_001) && !brought.repositories.contains(810_002));
    let names: Vec<&str> = brought.permissions.keys().map(String::as_str).collect();
    assert_eq!(names, ["contents", "metadata", "pull_requests", "workflows"]);
}
