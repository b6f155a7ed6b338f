//! What the Mappings table is asked, word for word where a permission depends on it, and what becomes of answers that
//! the embedded engine never gives.
//!
//! Owns a DynamoDB of a few lines that gives prepared answers and keeps what arrived. Never sleeps.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws::{Followed, Mappings, Saved, Sdk, StoreError, StoredMapping};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use domain::ids::RepoId;
use domain::installation::{InstallationMark, InstallationState};
use domain::mapping::MappingDraft;
use domain::message::{NamedRepository, RepoRef, RepositoryRenamed};
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// DynamoDB on this machine: its answers in order, the last ones again and again.
struct Stub {
    mappings: Mappings,
    arrived: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Stub {
    /// Goes through `answers` once, then through the last `repeated` of them for good.
    async fn answering(answers: Vec<(u16, Value)>, repeated: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound port"));
        let arrived = Arc::<Mutex<Vec<(String, Value)>>>::default();
        let seen = Arc::clone(&arrived);
        let answer = async move |headers: HeaderMap, body: Bytes| {
            let target = headers["x-amz-target"].to_str().expect("a target in ASCII");
            let operation = target.rsplit('.').next().expect("an operation").to_owned();
            let mut seen = seen.lock().expect("no answer panicked");
            let first_repeated = answers.len() - repeated;
            let index = seen.len();
            let index =
                if index < answers.len() { index } else { first_repeated + (index - first_repeated) % repeated };
            seen.push((operation, serde_json::from_slice(&body).expect("a body in JSON")));
            let (status, body) = answers[index].clone();
            (StatusCode::from_u16(status).expect("a status"), Json(body))
        };
        let server = axum::serve(listener, Router::new().fallback(answer));
        tokio::spawn(server.into_future());
        Self { mappings: Mappings::new(&Sdk::local(&endpoint), "Mappings"), arrived }
    }

    async fn used_by_seven(&self) -> Result<StoredMapping, StoreError> {
        self.mappings.of_repository(RepoId::new(7), &name()).await
    }

    async fn saves(&self) -> Result<Saved, StoreError> {
        let draft = MappingDraft { owner: "octo".into(), repo: "hello".into(), ..MappingDraft::default() };
        self.mappings.save(&draft, "ada", Timestamp::UNIX_EPOCH).await
    }

    fn arrived(&self) -> Vec<(String, Value)> {
        self.arrived.lock().expect("no answer panicked").clone()
    }

    fn operations(&self) -> Vec<String> {
        self.arrived().into_iter().map(|(operation, _)| operation).collect()
    }
}

fn name() -> RepoFullName {
    "Octo/Hello".parse().expect("a name")
}

fn key(partition: &str) -> Value {
    json!({"pk": {"S": partition}, "sk": {"S": "META"}})
}

fn record(partition: &str) -> Value {
    json!({"pk": {"S": partition}, "sk": {"S": "META"}, "owner": {"S": "Octo"}, "repo": {"S": "Hello"}, "version": {"N": "1"}})
}

fn batch(items: &[Value], unprocessed: &[Value]) -> (u16, Value) {
    let left = if unprocessed.is_empty() { json!({}) } else { json!({"Mappings": {"Keys": unprocessed}}) };
    (200, json!({"Responses": {"Mappings": items}, "UnprocessedKeys": left}))
}

fn done() -> (u16, Value) {
    (200, json!({}))
}

fn fault(kind: &str) -> (u16, Value) {
    (400, json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "in AWS's words"}))
}

fn cancelled(codes: [&str; 3]) -> (u16, Value) {
    let (status, mut body) = fault("TransactionCanceledException");
    body["CancellationReasons"] = codes.iter().map(|code| json!({"Code": code})).collect();
    (status, body)
}

#[tokio::test]
async fn the_workers_way_is_one_request() {
    let dynamodb = Stub::answering(vec![batch(&[record("REPO#7")], &[])], 1).await;
    assert!(matches!(dynamodb.used_by_seven().await, Ok(StoredMapping::Found(_))));
    let [(operation, body)] = &dynamodb.arrived()[..] else { panic!("one request: {:?}", dynamodb.arrived()) };
    assert_eq!(operation, "BatchGetItem");
    let wanted = &body["RequestItems"]["Mappings"];
    assert_eq!(wanted["ConsistentRead"], json!(true));
    assert_eq!(wanted["Keys"], json!([key("REPO#7"), key("REPO#octo/hello"), key("NAME#octo/hello")]));
}

/// The worker's policy allows `UpdateItem` for `pk`, `sk` and `repoId` only.
#[tokio::test]
async fn a_binding_names_no_other_attribute() {
    let dynamodb = Stub::answering(vec![batch(&[record("REPO#octo/hello")], &[]), done()], 1).await;
    let Ok(StoredMapping::Found(mapping)) = dynamodb.used_by_seven().await else { panic!("found") };
    assert_eq!(mapping.repo_id, Some(RepoId::new(7)));
    let expected = json!({
        "TableName": "Mappings",
        "Key": key("REPO#octo/hello"),
        "UpdateExpression": "SET repoId = :id",
        "ConditionExpression": "attribute_exists(pk) AND (attribute_not_exists(repoId) OR repoId = :id)",
        "ExpressionAttributeValues": {":id": {"N": "7"}},
    });
    assert_eq!(dynamodb.arrived()[1..], [("UpdateItem".to_owned(), expected)]);
}

#[tokio::test]
async fn a_binding_that_meets_a_transaction_reads_again() {
    let bound_by_somebody = batch(&[record("REPO#7")], &[]);
    let answers =
        vec![batch(&[record("REPO#octo/hello")], &[]), fault("TransactionConflictException"), bound_by_somebody];
    let dynamodb = Stub::answering(answers, 1).await;
    assert!(matches!(dynamodb.used_by_seven().await, Ok(StoredMapping::Found(_))));
    assert_eq!(dynamodb.operations(), ["BatchGetItem", "UpdateItem", "BatchGetItem"]);
}

#[tokio::test]
async fn a_record_that_moves_while_it_is_read_is_read_again() {
    let mut pointer = key("NAME#octo/hello");
    pointer["version"] = json!({"N": "2"});
    for home in ["REPO#7", "REPO#octo/hello"] {
        pointer["home"] = json!({"S": home});
        let answers = vec![batch(std::slice::from_ref(&pointer), &[]), batch(&[record("REPO#7")], &[])];
        let dynamodb = Stub::answering(answers, 1).await;
        assert!(matches!(dynamodb.used_by_seven().await, Ok(StoredMapping::Found(_))), "{home}");
        assert_eq!(dynamodb.arrived().len(), 2, "{home}");
    }
}

#[tokio::test]
async fn keys_that_were_not_processed_are_asked_for_again() {
    let answers = vec![batch(&[], &[key("REPO#7")]), batch(&[record("REPO#7")], &[])];
    let dynamodb = Stub::answering(answers, 1).await;
    assert!(matches!(dynamodb.used_by_seven().await, Ok(StoredMapping::Found(_))));
    assert_eq!(dynamodb.arrived()[1].1["RequestItems"]["Mappings"]["Keys"], json!([key("REPO#7")]));
}

#[tokio::test]
async fn keys_that_stay_unprocessed_are_no_missing_mapping() {
    let dynamodb = Stub::answering(vec![batch(&[], &[key("REPO#7")])], 1).await;
    let error = dynamodb.used_by_seven().await.expect_err("not read");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(dynamodb.arrived().len(), 5);
}

#[tokio::test]
async fn a_save_that_meets_another_transaction_starts_again() {
    let conflict = cancelled(["TransactionConflict", "None", "None"]);
    let dynamodb = Stub::answering(vec![done(), conflict, done(), done()], 1).await;
    assert!(matches!(dynamodb.saves().await, Ok(Saved::Created(_))));
    assert_eq!(dynamodb.operations(), ["GetItem", "TransactWriteItems", "GetItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_save_that_always_meets_another_transaction_gives_up() {
    let conflict = cancelled(["None", "TransactionConflict", "None"]);
    let dynamodb = Stub::answering(vec![done(), conflict], 2).await;
    let error = dynamodb.saves().await.expect_err("not written");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(dynamodb.arrived().len(), 10);
}

#[tokio::test]
async fn a_save_that_is_cancelled_for_another_reason_is_no_conflict() {
    let dynamodb = Stub::answering(vec![done(), cancelled(["ValidationError", "None", "None"])], 2).await;
    let error = dynamodb.saves().await.expect_err("not written");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(dynamodb.operations(), ["GetItem", "TransactWriteItems"]);
}

/// The worker's policy allows `UpdateItem` of these attributes within a transaction, and neither a put nor a deletion.
#[tokio::test]
async fn a_move_to_another_name_updates_these_attributes_only() {
    let mut stored = record("REPO#7");
    let more = json!({"repoId": {"N": "7"}, "teamKey": {"S": "ENG"}, "paused": {"BOOL": true}, "name_key": {"S": "octo/hello"},
        "updated_at": {"S": "2026-11-01T10:00:00Z"}, "updated_by": {"S": "ada"}});
    stored.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let dynamodb = Stub::answering(vec![batch(&[stored], &[]), done()], 1).await;
    let repo = RepoRef { id: RepoId::new(7), name: "octo/new".parse().expect("a name"), default_branch: "main".into() };
    let renamed = RepositoryRenamed { repo, old_name: name(), at: Timestamp::UNIX_EPOCH };
    let followed = dynamodb.mappings.follow_name(&renamed, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(followed, Ok(Followed::Moved { version: 2 })), "{followed:?}");
    assert_eq!(dynamodb.operations(), ["BatchGetItem", "TransactWriteItems"]);

    let writes = dynamodb.arrived()[1].1["TransactItems"].as_array().expect("writes").clone();
    let of_write = |write: &Value| {
        assert_eq!(write.as_object().expect("a write").keys().collect::<Vec<_>>(), ["Update"]);
        let update = &write["Update"];
        let names = update["ExpressionAttributeNames"].as_object().expect("names").values();
        let set: BTreeSet<_> = names.map(|name| name.as_str().expect("a text").to_owned()).collect();
        (update["Key"]["pk"]["S"].as_str().expect("a key").to_owned(), set)
    };
    let written: Vec<_> = writes.iter().map(of_write).collect();
    let places: Vec<_> = written.iter().map(|(place, _)| place.as_str()).collect();
    let (old, new) = ("NAME#octo/hello", "NAME#octo/new");
    assert_eq!(places, ["REPO#7", new, new, old, old, "TEAM#ENG"]);
    let all: BTreeSet<_> = written.iter().flat_map(|(_, set)| set.iter().map(String::as_str)).collect();
    let expected = [
        "action",
        "at",
        "by",
        "draft",
        "home",
        "name_key",
        "named_at",
        "owner",
        "renamed_from",
        "repo",
        "updated_at",
        "updated_by",
        "version",
    ];
    assert_eq!(all, BTreeSet::from(expected));
}

/// The worker's policy allows `UpdateItem` for these two attributes beside `repoId`.
#[tokio::test]
async fn word_of_the_app_names_no_other_attribute() {
    let mut stored = record("REPO#7");
    stored["repoId"] = json!({"N": "7"});
    let dynamodb = Stub::answering(vec![batch(&[stored], &[]), done()], 1).await;
    let listed = [NamedRepository { id: RepoId::new(7), name: name() }];
    let bound = dynamodb.mappings.bound_among(&listed).await.expect("read");
    let mark = InstallationMark { state: InstallationState::Missing, at: Timestamp::UNIX_EPOCH };
    dynamodb.mappings.note_installation(&bound[0], mark).await.expect("noted");
    let expected = json!({
        "TableName": "Mappings",
        "Key": key("REPO#7"),
        "UpdateExpression": "SET installation_state = :state, installation_at = :at",
        "ConditionExpression": "repoId = :id AND attribute_not_exists(installation_at)",
        "ExpressionAttributeValues": {":id": {"N": "7"}, ":state": {"S": "missing"}, ":at": {"S": "1970-01-01T00:00:00Z"}},
    });
    assert_eq!(dynamodb.arrived()[1..], [("UpdateItem".to_owned(), expected)]);
}
