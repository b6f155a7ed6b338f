//! What `template.yaml` promises, held against the code and against AWS's own rules of thumb.
//!
//! Owns the numbers that must fit each other, the variables that must meet, and how narrow a permission is. Whether the
//! template deploys and works is the full stack's matter.

use std::collections::BTreeSet;
use std::{fs, iter};

use aws::{IndexDescription, TableKind};
use domain::claim::DISPATCH_LEASE;
use serde_json::{Value, json};
use worker::TURN_LASTS;

use crate::place;

/// The functions, by the folder of their code.
const FUNCTIONS: [(&str, &str); 5] = [
    ("webhook", "WebhookFunction"),
    ("worker", "WorkerFunction"),
    ("admin", "AdminFunction"),
    ("sweeper", "SweeperFunction"),
    ("dispatch", "DispatchFunction"),
];

/// API Gateway gives an answer up after this.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const API_GATEWAYS_PATIENCE_SECONDS: u64 = 30;
/// GitHub gives a delivery up after this.
/// <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>
const GITHUBS_PATIENCE_SECONDS: u64 = 10;

pub(crate) fn template() -> Value {
    let text = fs::read_to_string(place::repository().join("template.yaml")).expect("template.yaml is there");
    // The intrinsic functions are tags, and their arguments are all that these tests look at.
    serde_saphyr::from_str(&text).expect("template.yaml is YAML")
}

fn resource<'a>(template: &'a Value, name: &str) -> &'a Value {
    let resource = &template["Resources"][name];
    assert!(resource.is_object(), "there is no {name}");
    resource
}

fn seconds(template: &Value, function: &str) -> u64 {
    resource(template, function)["Properties"]["Timeout"].as_u64().expect("a timeout of its own")
}

fn statements(template: &Value) -> Vec<(&String, &Value)> {
    let resources = template["Resources"].as_object().expect("resources");
    let roles = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
    roles
        .flat_map(|(name, role)| {
            let policies = role["Properties"]["Policies"].as_array().into_iter().flatten();
            policies
                .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten())
                .map(move |statement| (name, statement))
        })
        .collect()
}

/// The variables that a function's own code asks for by name: they stand in the files that read the environment.
fn variables_read_by(function: &str) -> BTreeSet<String> {
    let folder = place::repository().join("functions").join(function).join("src");
    let mut read = BTreeSet::from(["LOG_LEVEL".to_owned()]);
    for file in fs::read_dir(folder).expect("the function's sources") {
        let path = file.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(path).expect("a source");
        if text.contains("environment::required(") || text.contains("environment::optional(") {
            let texts = text.split('"').skip(1).step_by(2);
            read.extend(texts.filter(|text| is_a_variable(text)).map(str::to_owned));
        }
        if text.contains("environment::github_api_url()") {
            read.insert("GITHUB_API_URL".to_owned());
        }
    }
    read
}

fn is_a_variable(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase())
}

#[test]
fn each_function_is_given_exactly_the_variables_that_it_reads() {
    let template = template();
    let global = template["Globals"]["Function"]["Environment"]["Variables"].as_object().expect("global variables");
    for (folder, name) in FUNCTIONS {
        let own = &resource(&template, name)["Properties"]["Environment"]["Variables"];
        let given = own.as_object().into_iter().flatten().chain(global).map(|(name, _)| name.clone());
        assert_eq!(given.collect::<BTreeSet<_>>(), variables_read_by(folder), "{name}");
    }
}

#[test]
fn time_limits_fit_into_each_other() {
    let template = template();
    let worker = seconds(&template, "WorkerFunction");
    assert!(seconds(&template, "WebhookFunction") <= GITHUBS_PATIENCE_SECONDS);
    for behind_api_gateway in ["AdminFunction", "DispatchFunction"] {
        assert!(seconds(&template, behind_api_gateway) < API_GATEWAYS_PATIENCE_SECONDS, "{behind_api_gateway}");
    }
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    let visibility = &resource(&template, "CommandQueue")["Properties"]["VisibilityTimeout"];
    assert!(visibility.as_u64().expect("seconds") >= 6 * worker);
    let works_for = i64::try_from(worker).expect("seconds");
    assert!(2 * works_for <= DISPATCH_LEASE.as_secs(), "a worker may outlive its lease");
    assert!(works_for <= TURN_LASTS.as_secs(), "a worker may outlive its turn to write");
}

#[test]
fn a_sweep_is_over_before_the_next_one_and_is_not_repeated() {
    let template = template();
    let sweeper = &resource(&template, "SweeperFunction")["Properties"];
    let schedule = &sweeper["Events"]["EveryMinute"];
    assert_eq!(
        (&schedule["Type"], &schedule["Properties"]["Schedule"]),
        (&json!("Schedule"), &json!("rate(1 minute)"))
    );
    assert!(seconds(&template, "SweeperFunction") <= 60);
    assert_eq!(sweeper["EventInvokeConfig"]["MaximumRetryAttempts"], 0);
}

/// It finds, and others act: neither a claim nor a setting is its to write, and no message is its to take.
#[test]
fn the_sweeper_writes_its_own_places_only() {
    let template = template();
    let statements = statements(&template);
    let own = statements.iter().filter(|(role, _)| *role == "SweeperRole");
    let actions: BTreeSet<&str> = own
        .flat_map(|(_, statement)| {
            let listed = statement["Action"].as_array().into_iter().flatten();
            listed.chain(iter::once(&statement["Action"])).filter_map(Value::as_str)
        })
        .collect();
    let expected = [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    ];
    assert_eq!(actions, BTreeSet::from(expected));
    let mut puts = statements.iter().filter(|(_, statement)| statement["Action"] == "dynamodb:PutItem");
    let put = puts.find(|(role, _)| *role == "SweeperRole").expect("a statement of its own").1;
    assert_eq!(put["Sid"], "KeepCursorsTalliesAndLimits");
    assert_eq!(put["Resource"], "DispatchesTable.Arn");
    let own = json!(["CURSOR#*", "TALLY", "RATE#*"]);
    assert_eq!(put["Condition"], json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": own}}));
}

/// What the log's lines look like is pinned in shared/environment.
#[test]
fn each_code_in_a_log_is_counted_and_those_that_need_a_person_raise_an_alarm() {
    let template = template();
    for (filter, logs) in [("WorkerCodes", "WorkerLogs"), ("SweeperCodes", "SweeperLogs")] {
        let filter = &resource(&template, filter)["Properties"];
        assert_eq!((&filter["LogGroupName"], &filter["FilterPattern"]), (&json!(logs), &json!(r#"{ $.code = "*" }"#)));
        let metric = &filter["MetricTransformations"][0];
        assert_eq!(metric["Dimensions"], json!([{"Key": "code", "Value": "$.code"}]));
        for (alarm, code) in [("UnknownOutcomeAlarm", "UNKNOWN_OUTCOME"), ("LostDeliveryAlarm", "DELIVERY_LOST")] {
            let alarm = &resource(&template, alarm)["Properties"];
            assert_eq!(alarm["Dimensions"], json!([{"Name": "code", "Value": code}]));
            assert_eq!(
                (&alarm["Namespace"], &alarm["MetricName"]),
                (&metric["MetricNamespace"], &metric["MetricName"]),
                "{code}"
            );
        }
    }
    let lost = fs::read_to_string(place::repository().join("functions/sweeper/src/deliveries.rs")).expect("a source");
    assert!(lost.contains(r#"code = "DELIVERY_LOST""#), "nobody says DELIVERY_LOST any more");
    let resources = template["Resources"].as_object().expect("resources");
    let alarms: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert_eq!(alarms.len(), 5);
    for (name, alarm) in alarms {
        // Without a topic, the condition leaves nothing.
        let sent = json!(["AlarmsAreSent", ["AlarmTopicArn"], "AWS::NoValue"]);
        assert_eq!(alarm["Properties"]["AlarmActions"], sent, "{name}");
        let sentence = alarm["Properties"]["AlarmDescription"].as_str().unwrap_or_default();
        assert!(sentence.ends_with('.'), "{name}: {sentence:?}");
    }
}

/// No invocations are no data: taken for nothing wrong, that would hide a schedule that is switched off.
#[test]
fn a_sweeper_that_is_not_started_raises_an_alarm() {
    let template = template();
    let alarm = &resource(&template, "SweeperSilenceAlarm")["Properties"];
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&json!("AWS/Lambda"), &json!("Invocations")));
    assert_eq!(alarm["Dimensions"], json!([{"Name": "FunctionName", "Value": "SweeperFunction"}]));
    assert_eq!((&alarm["Statistic"], &alarm["Threshold"]), (&json!("Sum"), &json!(1)));
    assert_eq!(alarm["ComparisonOperator"], "LessThanThreshold");
    assert_eq!(alarm["TreatMissingData"], "breaching");
}

#[test]
fn the_worker_gets_one_message_at_a_time_and_names_what_failed() {
    let template = template();
    let source = &resource(&template, "WorkerFunction")["Properties"]["Events"]["Commands"]["Properties"];
    assert_eq!(source["BatchSize"], 1);
    assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures");
    assert_eq!(source["ScalingConfig"]["MaximumConcurrency"], "WorkerConcurrency");
}

/// If the two drifted apart, either nobody would be told or everybody too early.
#[test]
fn the_worker_knows_which_attempt_is_the_last() {
    let template = template();
    let redrive = &resource(&template, "CommandQueue")["Properties"]["RedrivePolicy"];
    let told = &resource(&template, "WorkerFunction")["Properties"]["Environment"]["Variables"]["MAX_RECEIVE_COUNT"];
    assert_eq!((&redrive["maxReceiveCount"], told), (&json!("MaxReceiveCount"), &json!("MaxReceiveCount")));
    assert_eq!(redrive["deadLetterTargetArn"], "DeadLetterQueue.Arn");
}

#[test]
fn every_permission_stands_on_one_resource() {
    let template = template();
    let statements = statements(&template);
    assert!(statements.len() > 10, "only {} statements were found", statements.len());
    for elsewhere in ["ManagedPolicyArns", "PermissionsBoundary", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"] {
        assert!(!template.to_string().contains(elsewhere), "permissions stand in {elsewhere} too");
    }
    for (_, function) in FUNCTIONS {
        assert!(resource(&template, function)["Properties"]["Policies"].is_null(), "{function} adds policies");
    }
    for (role, statement) in statements {
        let words = statement.to_string();
        assert_eq!(statement["Effect"], "Allow", "{role}: {words}");
        let resource = statement["Resource"].as_str().unwrap_or_else(|| panic!("{role}: not one resource: {words}"));
        assert!(!resource.contains('*'), "{role}: {words}");
        let one = statement["Action"].as_str().into_iter();
        let mut actions = one.chain(statement["Action"].as_array().into_iter().flatten().filter_map(Value::as_str));
        assert!(actions.all(|action| action.contains(':') && !action.contains('*')), "{role}: {words}");
    }
}

/// The condition of every statement with this name.
fn condition_of(template: &Value, sid: &str) -> Value {
    let statements = statements(template);
    let mut of_sid = statements.iter().filter(|(_, statement)| statement["Sid"] == sid);
    let (_, statement) = of_sid.next().unwrap_or_else(|| panic!("there is no statement {sid}"));
    assert!(of_sid.all(|(_, same)| same["Condition"] == statement["Condition"]), "two statements {sid} differ");
    statement["Condition"].clone()
}

/// The local AWS of the full stack doesn't know `dynamodb:LeadingKeys`, and reads `dynamodb:Attributes` from projections
/// only: that these stand here is all that can be shown of them.
#[test]
fn uses_of_settings_are_narrowed_to_what_each_function_needs() {
    let template = template();
    let binding = json!({
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "repoId"]},
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "REPO#*"},
        "Null": {"dynamodb:Attributes": "false"},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
    });
    assert_eq!(condition_of(&template, "BindMappings"), binding);
    let mut noting = binding;
    noting["ForAllValues:StringEquals"]["dynamodb:Attributes"] =
        json!(["pk", "sk", "repoId", "installation_state", "installation_at"]);
    assert_eq!(condition_of(&template, "NoteInstallations"), noting);
    let following = json!({
        // Those of the transaction that shared/aws/tests/mapping_requests.rs pins.
        "ForAllValues:StringEquals": {"dynamodb:Attributes": [
            "pk", "sk", "repoId", "owner", "repo", "name_key", "named_at", "version", "updated_at", "updated_by", "home",
            "action", "at", "by", "draft", "renamed_from",
        ]},
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["REPO#*", "NAME#*", "TEAM#*"]},
        "ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"},
        "Null": {"dynamodb:Attributes": "false"},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
    });
    assert_eq!(condition_of(&template, "FollowNames"), following);
    let mut using = condition_of(&template, "BindMappings");
    using["ForAllValues:StringEquals"]["dynamodb:Attributes"] = json!(["pk", "sk", "last_used_at"]);
    using["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = json!("TOKEN#*");
    assert_eq!(condition_of(&template, "NoteUses"), using);
}

/// As above, of partitions alone.
#[test]
fn each_function_has_the_partitions_that_it_needs() {
    let template = template();
    for (sid, partitions) in [
        ("CountSignIns", json!("SIGNIN#*")),
        ("RevokeTokens", json!("TOKEN#*")),
        ("CountBadTokens", json!("BADTOKEN#*")),
        ("ReadWhenMappingsWereMade", json!("NAME#*")),
        ("ReadKeysCursorsAndLimits", json!(["IDEM#*", "CURSOR#*", "RATE#*"])),
        ("ReadClaims", json!("CLAIM#*")),
        ("ReadTallies", json!("TALLY")),
        ("LookAtClaims", json!(["CLAIM#*", "IDEM#*", "PR#*"])),
        ("TakeClaims", json!(["CLAIM#*", "IDEM#*"])),
        ("MoveClaims", json!(["CLAIM#*", "PR#*", "SLOT#*", "RUNS#*"])),
        ("ForgetLoans", json!("CLAIM#*")),
    ] {
        let condition = json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}});
        assert_eq!(condition_of(&template, sid), condition, "{sid}");
    }
}

#[test]
fn each_function_has_a_role_and_a_kept_log_of_its_own() {
    let template = template();
    for (folder, name) in FUNCTIONS {
        let properties = &resource(&template, name)["Properties"];
        let stem = name.strip_suffix("Function").expect("a function's name");
        assert_eq!(properties["Role"], format!("{stem}Role.Arn"));
        assert_eq!(properties["LoggingConfig"]["LogGroup"], format!("{stem}Logs"));
        assert_eq!(properties["CodeUri"], format!("functions/{folder}"));
        assert_eq!(resource(&template, name)["Metadata"]["BuildProperties"]["Binary"], folder);
        assert_eq!(resource(&template, &format!("{stem}Logs"))["Properties"]["RetentionInDays"], "LogRetentionDays");
    }
}

#[test]
fn a_wrong_parameter_is_refused_with_a_sentence() {
    let template = template();
    for (name, parameter) in template["Parameters"].as_object().expect("parameters") {
        let rule = ["AllowedPattern", "AllowedValues", "MinValue"].iter().any(|rule| !parameter[rule].is_null());
        assert!(rule, "{name} takes anything");
        let sentence = parameter["ConstraintDescription"].as_str().unwrap_or_default();
        assert!(sentence.starts_with(name.as_str()) && sentence.ends_with('.'), "{name}: {sentence:?}");
        assert!(!parameter["Default"].is_null(), "{name} has no default");
    }
}

#[test]
fn no_secrets_value_passes_through_the_template() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let secrets = resources.values().filter(|resource| resource["Type"] == "AWS::SecretsManager::Secret");
    let mut found = 0;
    for secret in secrets {
        let properties = &secret["Properties"];
        assert!(properties["SecretString"].is_null(), "{secret}");
        let template = properties["GenerateSecretString"]["SecretStringTemplate"].as_str().unwrap_or("{}");
        assert!([r#"{"access_code": ""}"#, "{}"].contains(&template), "{template}");
        found += 1;
    }
    assert_eq!(found, 4);
    let parameters = template["Parameters"].as_object().expect("parameters");
    assert!(parameters.values().all(|parameter| parameter["NoEcho"].is_null()), "a parameter that has to be hidden");
}

#[test]
fn the_tables_are_those_that_the_code_knows() {
    let template = template();
    for (kind, name) in [(TableKind::Mappings, "MappingsTable"), (TableKind::Dispatches, "DispatchesTable")] {
        let described = kind.description();
        let table = &resource(&template, name)["Properties"];
        let attribute = |name: &&str| json!({"AttributeName": name, "AttributeType": "S"});
        assert_eq!(table["AttributeDefinitions"], described.attributes.iter().map(attribute).collect::<Value>());
        assert_eq!(table["KeySchema"], keys(described.partition_key, Some(described.sort_key)));
        assert_eq!(table["GlobalSecondaryIndexes"], described.indexes.iter().map(index).collect::<Value>());
        assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], described.time_to_live);
    }
}

fn index(described: &IndexDescription) -> Value {
    let mut projection = json!({"ProjectionType": described.projection.as_str()});
    if !described.projection.named().is_empty() {
        projection["NonKeyAttributes"] = json!(described.projection.named());
    }
    json!({
        "IndexName": described.name,
        "KeySchema": keys(described.partition_key, described.sort_key),
        "Projection": projection,
    })
}

fn keys(partition: &str, sort: Option<&str>) -> Value {
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    iter::once(key(partition, "HASH")).chain(sort.map(|sort| key(sort, "RANGE"))).collect()
}

#[test]
fn what_is_kept_in_tables_outlives_the_stack_and_a_mistake() {
    let template = template();
    for name in ["MappingsTable", "DispatchesTable"] {
        let table = resource(&template, name);
        // A protected table can't be deleted, so a policy that would try makes a failed first deployment fail to roll back.
        assert_eq!(table["DeletionPolicy"], "Retain");
        assert_eq!(table["UpdateReplacePolicy"], "Retain");
        assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true);
        assert_eq!(table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
        assert_eq!(table["Properties"]["TimeToLiveSpecification"]["Enabled"], true);
    }
}
