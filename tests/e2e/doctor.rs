//! A repository's set-up, looked at by the API and by a comment.
//!
//! Owns how a look is asked for and read. What is wrong, one thing at a time, is `doctor_faults`'.

use std::collections::BTreeMap;

use local::sandbox::SetUp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::Operator;
use crate::conversation::conversations;
use crate::stage::Stage;

conversations![a_repository_that_is_set_up_has_nothing_amiss, the_comment_shows_what_the_api_shows,];

pub(crate) const REPOSITORY: &str = "octo/bedrock";
/// What our own workflows have, and the sandbox's seed has not: its runs ask nobody.
const UNFENCED: [&str; 3] = ["implement-workflow-fence", "planning-workflow-fence", "token-life"];

/// The status of each check, by its id.
pub(crate) type Statuses = BTreeMap<String, String>;

/// One thing that is wrong, how it is mended, and the checks that tell: `id: status`.
pub(crate) struct Wrong {
    pub(crate) what: Value,
    pub(crate) mended: Value,
    pub(crate) told: Vec<&'static str>,
}

pub(crate) fn wrong<const N: usize>(what: Value, mended: Value, told: [&'static str; N]) -> Wrong {
    Wrong { what, mended, told: told.to_vec() }
}

pub(crate) struct Desk<'a> {
    stage: &'a Stage,
    pub(crate) operator: Operator<'a>,
}

impl<'a> Desk<'a> {
    /// An App that was told something lately, and took it.
    pub(crate) async fn open(stage: &'a Stage) -> Self {
        stage.says("writer", "octo/bedrock#1", "/ai-implement help").await;
        stage.idle().await;
        Self { stage, operator: Operator::of(stage).await }
    }

    pub(crate) async fn report(&self, repo: &str) -> Value {
        let (status, report) = self.operator.does(Method::GET, &format!("checks/{repo}"), None).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    pub(crate) async fn statuses(&self) -> Statuses {
        statuses(&self.report(REPOSITORY).await)
    }

    pub(crate) fn sets(&self, mut what: Value) {
        what["repo"] = json!(REPOSITORY);
        let set_up: SetUp = serde_json::from_value(what).expect("a set-up of the sandbox's");
        self.stage.sandbox.set_up(set_up).expect("a repository of the sandbox");
    }

    /// Each thing is told by exactly its checks, and by none when it is mended.
    pub(crate) async fn tells_each(&self, wrongs: Vec<Wrong>) {
        let before = self.statuses().await;
        for Wrong { what, mended, told } in wrongs {
            self.sets(what.clone());
            assert_eq!(moved(&before, &self.statuses().await), told, "{what}");
            self.sets(mended);
            assert_eq!(self.statuses().await, before, "mended: {what}");
        }
    }
}

pub(crate) fn statuses(report: &Value) -> Statuses {
    let checks = report["checks"].as_array().expect("checks");
    let text = |check: &Value, key: &str| check[key].as_str().expect("a text").to_owned();
    let statuses: Statuses = checks.iter().map(|check| (text(check, "id"), text(check, "status"))).collect();
    assert_eq!(statuses.len(), checks.len(), "each check has an id of its own");
    statuses
}

/// `id: status` of those that are not as before, by id.
pub(crate) fn moved(before: &Statuses, after: &Statuses) -> Vec<String> {
    let moved = after.iter().filter(|(id, status)| before.get(*id) != Some(status));
    moved.map(|(id, status)| format!("{id}: {status}")).collect()
}

pub(crate) fn seen<'a>(report: &'a Value, id: &str) -> &'a str {
    let checks = report["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == id).expect("a check of that id");
    check["seen"].as_str().expect("a text")
}

async fn a_repository_that_is_set_up_has_nothing_amiss(stage: &Stage) {
    let desk = Desk::open(stage).await;
    let statuses = desk.statuses().await;
    let amiss: Vec<&str> = statuses.iter().filter(|(_, status)| *status != "pass").map(|(id, _)| id.as_str()).collect();
    assert_eq!(amiss, UNFENCED);
    assert!(statuses.len() > 25, "{statuses:?}");
    let anthropic = desk.report("octo/anthropic").await;
    assert!(anthropic["bedrock"].is_null() && seen(&anthropic, "credentials").contains("ANTHROPIC_API_KEY"));
}

async fn the_comment_shows_what_the_api_shows(stage: &Stage) {
    let desk = Desk::open(stage).await;
    desk.sets(json!({"secrets": [], "permissions": {"administration": null}}));
    let report = desk.report(REPOSITORY).await;
    stage.says("writer", "octo/bedrock#5", "/ai-implement doctor").await;
    let told = stage.hears("octo/bedrock#5", "| ❌ | Credentials |").await.body;
    for check in report["checks"].as_array().expect("checks") {
        let what = check["what"].as_str().expect("a text");
        let sign = match check["status"].as_str() {
            Some("pass") => "✅",
            Some("warn") => "⚠️",
            Some("fail") => "❌",
            _ => "❔",
        };
        assert!(told.contains(&format!("| {sign} | {what} |")), "{what}: {told}");
    }
    assert!(told.contains("| ✅ | This pull request |") && told.contains("`administration: read`"), "{told}");
}
