//! What each function may do on AWS, tried out with the credentials of its role.
//!
//! Owns the attempts. Their outcome is a committed table, so that a permission that comes or goes is seen in a review.
//! No attempt has an effect: what would be allowed fails at something else.

use futures::{StreamExt as _, stream};
use serde_json::json;

use crate::attempts::{Attempt, Way, attempts, iam};
use crate::aws_cli::{ACCOUNT, Credentials};
use crate::stage::{FUNCTIONS, Stage};

const AT_ONCE: usize = 4;
/// What AWS's services say when a policy doesn't allow something.
const DENIALS: [&str; 3] = ["AccessDenied", "is not authorized to perform", "AuthorizationError"];

/// Every attempt in every role, as committed.
pub(crate) async fn are_as_committed(stage: &Stage<'_>) {
    let mut roles = Vec::new();
    for function in FUNCTIONS {
        roles.push(Role::of(stage, function.name).await);
    }
    let attempts = attempts(stage);
    let (attempts, roles) = (attempts.as_slice(), roles.as_slice());
    let tries = (0..attempts.len()).flat_map(|row| (0..roles.len()).map(move |role| (row, role)));
    let tries = tries.map(|(row, role)| async move {
        let known = !attempts[row].unknown_of.contains(&FUNCTIONS[role].name);
        if known { outcome(stage, &roles[role], &attempts[row]).await } else { "?" }
    });
    let outcomes: Vec<&str> = stream::iter(tries).buffered(AT_ONCE).collect().await;
    let mut table = line("", FUNCTIONS.map(|function| function.name));
    for (attempt, row) in attempts.iter().zip(outcomes.chunks(FUNCTIONS.len())) {
        let what = format!("{} on {}", attempt.action, attempt.resource);
        table.push_str(&line(&what, row.try_into().expect("a column for each function")));
    }
    insta::assert_snapshot!("what_each_function_may_do", table);
}

/// A key that nobody gave out opens nothing: permissions are enforced at all.
pub(crate) async fn are_enforced(stage: &Stage<'_>) {
    let stranger = Credentials { key: "AKIAIOSFODNN7EXAMPLE".into(), secret: "nobody's".into(), token: None };
    let (status, answer) = iam("Action=ListRoles").send_as(&stranger, &stage.http, stage.aws.endpoint()).await;
    assert_eq!(status, 403, "{answer}");
}

/// A function's role, and somebody who has taken it.
struct Role {
    arn: String,
    credentials: Credentials,
}

async fn outcome(stage: &Stage<'_>, role: &Role, attempt: &Attempt) -> &'static str {
    let endpoint = stage.aws.endpoint();
    let is_allowed = match &attempt.way {
        Way::Call(request) => {
            let (_, answer) = request.send_as(&role.credentials, &stage.http, endpoint).await;
            let is_refused =
                ["Signature", "UnrecognizedClient", "InvalidToken"].iter().any(|word| answer.contains(word));
            assert!(!is_refused, "{}: the caller is refused, not the call: {answer}", attempt.action);
            !DENIALS.iter().any(|denial| answer.contains(denial))
        }
        Way::Question(resource) => {
            let form = [
                ("Action", "SimulatePrincipalPolicy"),
                ("PolicySourceArn", &role.arn),
                ("ActionNames.member.1", attempt.action),
                ("ResourceArns.member.1", resource),
            ];
            let question = iam(&form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
            let (status, answer) = question.send_as(&Credentials::root(), &stage.http, endpoint).await;
            assert_eq!(status, 200, "{answer}");
            answer.contains("<EvalDecision>allowed<")
        }
    };
    if is_allowed { "allowed" } else { "–" }
}

fn line(what: &str, columns: [&str; FUNCTIONS.len()]) -> String {
    let [webhook, worker, admin, sweeper, dispatch] = columns;
    format!("{what:<66}{webhook:<9}{worker:<9}{admin:<9}{sweeper:<9}{dispatch}").trim_end().to_owned() + "\n"
}

impl Stage<'_> {
    /// The name of the role that a function runs under.
    pub(crate) async fn role_of(&self, function: &str) -> String {
        let name = format!("{}-{function}", crate::sam::STACK);
        let answer = self.aws.call(&["lambda", "get-function-configuration", "--function-name", &name]).await;
        let role = answer["Role"].as_str().expect("an ARN");
        role.rsplit('/').next().expect("a name").to_owned()
    }
}

impl Role {
    /// Takes a function's role. Its trust is extended to the account for that; what it may do stays as deployed.
    async fn of(stage: &Stage<'_>, function: &str) -> Self {
        let name = stage.role_of(function).await;
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "sts:AssumeRole"},
        ]})
        .to_string();
        let words = ["iam", "update-assume-role-policy", "--role-name", &name, "--policy-document", &trust];
        stage.aws.call(&words).await;
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let words = ["sts", "assume-role", "--role-arn", &arn, "--role-session-name", "trial"];
        let session = stage.aws.call(&words).await;
        let text = |name: &str| session["Credentials"][name].as_str().expect("a text").to_owned();
        let credentials = Credentials {
            key: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: Some(text("SessionToken")),
        };
        Self { arn, credentials }
    }
}
