//! The attempts of the permissions' table: what a function does, and what somebody in its place might want to do.
//!
//! Owns that none of them has an effect: each that is allowed only reads, or then fails at a condition, at a missing
//! parameter or at a receipt that nobody gave out.

use serde_json::{Value, json};

use crate::aws_cli::{ACCOUNT, REGION};
use crate::sam::STACK;
use crate::signed::Request;
use crate::stage::{FUNCTIONS, Stage};

const IF_THERE: &str = "attribute_exists(pk)";
/// A partition that nobody writes to.
const NOBODY: &str = "NOBODY#";

/// Who may do what to some partitions of Dispatches only.
const NARROWED_ON_DISPATCHES: [(&str, &[&str]); 5] = [
    ("dynamodb:GetItem", &["admin", "sweeper", "dispatch"]),
    ("dynamodb:BatchGetItem", &["admin", "dispatch"]),
    ("dynamodb:Query", &["admin", "dispatch"]),
    ("dynamodb:PutItem", &["sweeper", "dispatch"]),
    ("dynamodb:DeleteItem", &["dispatch"]),
];

/// One thing to do on AWS, and how the table names it.
pub(crate) struct Attempt {
    /// As IAM calls it.
    pub(crate) action: &'static str,
    /// What it is done to.
    pub(crate) resource: String,
    /// The functions whose outcome hangs on a condition that the local AWS doesn't know (`dynamodb:LeadingKeys`). That the
    /// template has the condition is held by tests/contracts.
    pub(crate) unknown_of: &'static [&'static str],
    pub(crate) way: Way,
}

/// How an attempt is made.
pub(crate) enum Way {
    /// By doing it.
    Call(Request),
    /// By asking IAM about this ARN, where the local AWS would ask its own policies about a less exact one.
    Question(String),
}

/// All of them, in the order of the table.
pub(crate) fn attempts(stage: &Stage<'_>) -> Vec<Attempt> {
    let (mappings, dispatches) = (stage.output("MappingsTable"), stage.output("DispatchesTable"));
    let mut attempts = on_queue("the command queue", stage.output("CommandQueue"));
    attempts.extend(on_queue("the dead letters", stage.output("DeadLetterQueue")));
    attempts.extend(on_secret("the webhook secret", stage.output("WebhookSecret")));
    attempts.extend(on_secret("the App's secret", stage.output("GitHubAppSecret")));
    attempts.extend(on_secret("the admin secret", stage.output("AdminSecret")));
    attempts.extend(on_secret("the runs' secret", stage.output("RunSecret")));
    attempts.extend(on_table(
        "Mappings",
        mappings,
        &[("dynamodb:Query", &["sweeper"]), ("dynamodb:PutItem", &["dispatch"])],
    ));
    attempts.push(of_partition("dynamodb:Query", "Mappings, a name's history", mappings, "NAME#nobody/nowhere"));
    attempts.push(query("Mappings, index by-name", mappings, json!({"IndexName": "by-name"}), "list_key"));
    attempts.extend(on_settings(mappings));
    attempts.extend(on_table("Dispatches", dispatches, &NARROWED_ON_DISPATCHES));
    let on = |action, what, partition| of_partition(action, what, dispatches, partition);
    let cursor = |action| on(action, "Dispatches, a cursor", "CURSOR#nobody");
    let claim = |action| on(action, "Dispatches, a claim", "CLAIM#nobody");
    attempts.push(Attempt { unknown_of: &["dispatch"], ..cursor("dynamodb:PutItem") });
    attempts.push(Attempt { unknown_of: &["admin", "dispatch"], ..cursor("dynamodb:GetItem") });
    attempts.push(Attempt { unknown_of: &["sweeper"], ..claim("dynamodb:GetItem") });
    attempts.push(Attempt { unknown_of: &["sweeper"], ..claim("dynamodb:PutItem") });
    attempts.push(of_partition("dynamodb:Query", "Dispatches, a claim's history", dispatches, "CLAIM#nobody"));
    attempts.push(query("Dispatches, index by-run", dispatches, json!({"IndexName": "by-run"}), "run_key"));
    attempts.push(query("Dispatches, index by-open", dispatches, json!({"IndexName": "by-open"}), "open_key"));
    let by_conversation = json!({"IndexName": "by-conversation"});
    attempts.push(query("Dispatches, index by-conversation", dispatches, by_conversation, "due_group"));
    let by_repository = json!({"IndexName": "by-repository"});
    attempts.push(query("Dispatches, index by-repository", dispatches, by_repository, "repo_key"));
    attempts.push(query("Dispatches, index by-time", dispatches, json!({"IndexName": "by-time"}), "time_key"));
    let update = call("dynamodb:UpdateItem", "Dispatches", &update_of(dispatches, NOBODY, "state"));
    attempts.push(Attempt { unknown_of: &["dispatch"], ..update });
    attempts.push(call("dynamodb:UpdateItem", "Dispatches, a claim", &update_of(dispatches, "CLAIM#nobody", "state")));
    attempts.extend(on_logs());
    attempts.extend(elsewhere());
    attempts
}

/// A call of a service whose protocol is JSON; `action` names service and operation.
fn call(action: &'static str, resource: &str, body: &Value) -> Attempt {
    let (service, operation) = action.split_once(':').expect("service:Operation");
    let prefix = match service {
        "sqs" => "AmazonSQS",
        "dynamodb" => "DynamoDB_20120810",
        "logs" => "Logs_20140328",
        other => other,
    };
    let header = ("x-amz-target", format!("{prefix}.{operation}"));
    let way = Way::Call(Request { service, path: "/".into(), header, body: body.to_string() });
    Attempt { action, resource: resource.to_owned(), unknown_of: &[], way }
}

fn with(mut body: Value, more: Value) -> Value {
    let (Value::Object(body_of), Value::Object(more)) = (&mut body, more) else { panic!("two objects") };
    body_of.extend(more);
    body
}

fn on_queue(name: &str, url: &str) -> Vec<Attempt> {
    let sqs = |action, more| call(action, name, &with(json!({"QueueUrl": url}), more));
    let receipt = json!({"ReceiptHandle": "nobody-gave-it-out"});
    vec![
        // A FIFO queue wants a group.
        sqs("sqs:SendMessage", json!({"MessageBody": "x"})),
        sqs("sqs:ReceiveMessage", json!({"VisibilityTimeout": 0})),
        sqs("sqs:DeleteMessage", receipt.clone()),
        sqs("sqs:ChangeMessageVisibility", with(receipt, json!({"VisibilityTimeout": 0}))),
        sqs("sqs:GetQueueAttributes", json!({"AttributeNames": ["QueueArn"]})),
        sqs("sqs:SetQueueAttributes", json!({"Attributes": {"NoSuchAttribute": "1"}})),
    ]
}

fn on_secret(name: &str, id: &str) -> Vec<Attempt> {
    // Without a value there is nothing to put.
    let actions = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"];
    actions.map(|action| call(action, name, &json!({"SecretId": id}))).into()
}

/// The key of an item that nobody writes.
fn key() -> Value {
    json!({"pk": {"S": NOBODY}, "sk": {"S": "META"}})
}

/// `narrowed` are the actions that some functions may do to some partitions of the table only.
fn on_table(name: &str, table: &str, narrowed: &[(&str, &'static [&'static str])]) -> Vec<Attempt> {
    let dynamodb = |action, more| call(action, name, &with(json!({"TableName": table}), more));
    let if_there = |more| with(json!({"ConditionExpression": IF_THERE}), more);
    let without_key = json!([{"PutRequest": {"Item": {"sk": {"S": "META"}}}}]);
    let mut attempts = vec![
        dynamodb("dynamodb:GetItem", json!({"Key": key()})),
        call("dynamodb:BatchGetItem", name, &json!({"RequestItems": {table: {"Keys": [key()]}}})),
        query(name, table, json!({}), "pk"),
        dynamodb("dynamodb:Scan", json!({"Limit": 1})),
        dynamodb("dynamodb:PutItem", if_there(json!({"Item": key()}))),
        dynamodb("dynamodb:DeleteItem", if_there(json!({"Key": key()}))),
        call("dynamodb:BatchWriteItem", name, &json!({"RequestItems": {table: without_key}})),
        dynamodb("dynamodb:UpdateTable", json!({"BillingMode": "NO_SUCH_MODE"})),
    ];
    for attempt in &mut attempts {
        let row = narrowed.iter().find(|(action, _)| *action == attempt.action);
        attempt.unknown_of = row.map_or(&[], |(_, functions)| functions);
    }
    attempts
}

/// A partition of a table that is somebody's own.
fn of_partition(action: &'static str, what: &str, table: &str, partition: &str) -> Attempt {
    let more = match action {
        "dynamodb:PutItem" => {
            let item = json!({"pk": {"S": partition}, "sk": {"S": "META"}});
            json!({"Item": item, "ConditionExpression": IF_THERE})
        }
        "dynamodb:GetItem" => json!({"Key": {"pk": {"S": partition}, "sk": {"S": "META"}}}),
        _ => json!({"KeyConditionExpression": "pk = :it", "ExpressionAttributeValues": {":it": {"S": partition}}}),
    };
    call(action, what, &with(json!({"TableName": table}), more))
}

/// Two attributes beside somebody's settings that the worker may set, one that it may not, and counts and tokens, some of
/// which are the admin's and some the dispatch function's. AWS reads from an update which attributes it touches; the local
/// AWS reads that from the names of a projection only, so they stand there too. What the worker may do within a transaction
/// only hangs on a condition that the local AWS doesn't know (`dynamodb:EnclosingOperation`), and is no row.
fn on_settings(table: &str) -> Vec<Attempt> {
    let touching = |partition: &str, attribute: &str, what: &str| {
        let touched = json!({"AttributesToGet": ["pk", "sk", attribute]});
        let update = with(update_of(table, partition, attribute), touched);
        call("dynamodb:UpdateItem", &format!("Mappings, {what}"), &update)
    };
    let record = "REPO#nobody/nowhere";
    let of_record = |attribute: &str| Attempt {
        unknown_of: &["admin", "dispatch"],
        ..touching(record, attribute, &format!("a record's {attribute}"))
    };
    let beside =
        |partition, attribute, what, unknown_of| Attempt { unknown_of, ..touching(partition, attribute, what) };
    vec![
        of_record("repoId"),
        of_record("installation_state"),
        of_record("paused"),
        beside("SIGNIN#nobody", "attempts", "attempts to sign in", &["dispatch"]),
        beside("BADTOKEN#nobody", "attempts", "attempts without a token", &["admin"]),
        beside("TOKEN#nobody", "revoked", "a token's revoked", &["dispatch"]),
        beside("TOKEN#nobody", "last_used_at", "a token's last_used_at", &[]),
    ]
}

fn query(name: &str, table: &str, index: Value, key: &str) -> Attempt {
    let values = json!({":it": {"S": "NOBODY#"}});
    let query = json!({"TableName": table, "KeyConditionExpression": format!("{key} = :it"), "ExpressionAttributeValues": values});
    call("dynamodb:Query", name, &with(query, index))
}

fn update_of(table: &str, partition: &str, attribute: &str) -> Value {
    json!({
        "TableName": table,
        "Key": {"pk": {"S": partition}, "sk": {"S": "META"}},
        "ConditionExpression": IF_THERE,
        "UpdateExpression": "SET #it = :it",
        "ExpressionAttributeNames": {"#it": attribute},
        "ExpressionAttributeValues": {":it": {"S": "x"}},
    })
}

fn on_logs() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for function in FUNCTIONS {
        let stream = format!("log-group:/aws/lambda/{STACK}-{}:log-stream:any", function.name);
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            let way = Way::Question(format!("arn:aws:logs:{REGION}:{ACCOUNT}:{stream}"));
            attempts.push(Attempt { action, resource: format!("the {}'s log", function.name), unknown_of: &[], way });
        }
    }
    attempts
}

fn elsewhere() -> Vec<Attempt> {
    let invoke = Request {
        service: "lambda",
        path: format!("/2015-03-31/functions/{STACK}-worker/invocations"),
        header: ("x-amz-invocation-type", "DryRun".into()),
        body: "{}".into(),
    };
    let by_call = |action, resource: &str, request| Attempt {
        action,
        resource: resource.to_owned(),
        unknown_of: &[],
        way: Way::Call(request),
    };
    let invoke = by_call("lambda:InvokeFunction", "the worker", invoke);
    let roles = by_call("iam:ListRoles", "any", iam("Action=ListRoles"));
    vec![call("logs:CreateLogGroup", "any", &json!({"logGroupName": "/not a name"})), invoke, roles]
}

/// A request to IAM, whose protocol is a form.
pub(crate) fn iam(form: &str) -> Request {
    let header = ("content-type", "application/x-www-form-urlencoded".to_owned());
    Request { service: "iam", path: "/".into(), header, body: format!("{form}&Version=2010-05-08") }
}
