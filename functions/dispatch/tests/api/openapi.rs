//! The description and the code: what the one says, the other does. Every other test's answers are held against it too.

use std::collections::BTreeSet;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::description::{DOCUMENT, judge};
use crate::desk::{Answer, Desk, implement};

const PATH: &str = "/v1/dispatches";
/// The methods that a path item may describe, without those that a router answers by itself.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[tokio::test]
async fn what_is_described_is_there_and_what_is_there_is_described() {
    let desk = Desk::open().await;
    let described: BTreeSet<(String, String)> = DOCUMENT["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(address, item)| METHODS.iter().filter(|it| item.get(name(it)).is_some()).map(|it| key(address, it)))
        .collect();
    let mut there = BTreeSet::new();
    let addresses = DOCUMENT["paths"].as_object().expect("paths").keys().map(String::as_str);
    for address in addresses.chain(dispatch::addresses()) {
        let path = address.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        for method in &METHODS {
            let answer = desk.send(method.clone(), &path, &[], "").await;
            let is_nothing = answer.body["detail"] == "There is nothing at this address.";
            if !is_nothing && answer.code() != (405, "METHOD_NOT_ALLOWED") {
                there.insert(key(address, method));
            }
        }
    }
    assert_eq!(described, there);
}

#[tokio::test]
async fn everybody_may_read_the_description() {
    let desk = Desk::open().await;
    let answer = desk.send(Method::GET, "/openapi.json", &[], "").await;
    assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"application/json".parse().expect("a value")));
    assert_eq!((&answer.body, &answer.body["openapi"]), (&*DOCUMENT, &json!("3.1.0")));
}

#[tokio::test]
async fn a_length_that_is_described_is_taken_and_no_more() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let schemas = &DOCUMENT["components"]["schemas"];
    for (field, schema) in [
        ("instructions", &schemas["DispatchRequest"]["properties"]["instructions"]),
        ("parent", &schemas["DispatchRequest"]["properties"]["parent"]),
        ("siblings", &schemas["DispatchRequest"]["properties"]["siblings"]),
        ("dependencies", &schemas["DispatchRequest"]["properties"]["dependencies"]),
        ("issue.id", &schemas["Ticket"]["properties"]["id"]),
        ("issue.identifier", &schemas["Ticket"]["properties"]["identifier"]),
        ("issue.title", &schemas["Ticket"]["properties"]["title"]),
        ("issue.description", &schemas["Ticket"]["properties"]["description"]),
    ] {
        let longest = longest(schema);
        let answer = desk.post(PATH, &token, field, &plan(field, longest)).await;
        assert_eq!(answer.status, 202, "{field}: {answer:?}");
        let refused = desk.post(PATH, &token, field, &plan(field, longest + 1)).await;
        assert_eq!((refused.status, refused.faulty_fields()), (400, vec![field]), "{field}");
    }
    let longest = longest(&DOCUMENT["components"]["parameters"]["IdempotencyKey"]["schema"]);
    let body = implement("octo/bedrock");
    assert_eq!(desk.post(PATH, &token, &"k".repeat(longest + 1), &body).await.code(), (400, "BAD_REQUEST"));
    assert_eq!(desk.post(PATH, &token, &"k".repeat(longest), &body).await.status, 202);
}

#[tokio::test]
async fn the_judge_sees_what_is_not_described() {
    let desk = Desk::open().await;
    let taken = desk.post(PATH, &desk.master().await, "1", &implement("octo/anthropic")).await;
    let request = implement("octo/anthropic").to_string();
    let of = |method: &Method, path: &str, answer: &Answer| judge(method, path, &request, answer);
    let post = |answer: Answer| of(&Method::POST, PATH, &answer);
    let changed = |change: fn(&mut Value)| {
        let mut body = taken.body.clone();
        change(&mut body);
        Answer { status: taken.status, headers: taken.headers.clone(), body }
    };
    assert_eq!(post(changed(|_| ())), Ok(()));
    for (fault, judged) in [
        ("a member more", post(changed(|body| body["secret"] = json!("x")))),
        ("a member less", post(changed(|body| drop(body.as_object_mut().expect("an object").remove("state"))))),
        ("a state of nobody's", post(changed(|body| body["state"] = json!("sleeping")))),
        ("another status", post(Answer { status: 418, ..changed(|_| ()) })),
        ("a body of no kind", post(Answer { headers: HeaderMap::new(), ..changed(|_| ()) })),
        ("another address", of(&Method::GET, "/v2/dispatches", &taken)),
        ("a request that is not described", judge(&Method::POST, PATH, r#"{"kind": "sing"}"#, &taken)),
    ] {
        assert!(judged.is_err(), "{fault}");
    }
}

fn key(address: &str, method: &Method) -> (String, String) {
    (address.to_owned(), name(method))
}

fn name(method: &Method) -> String {
    method.as_str().to_lowercase()
}

fn longest(schema: &Value) -> usize {
    schema["maxLength"].as_u64().expect("a length").try_into().expect("a small one")
}

/// A plan of a ticket of its own, with so many characters in one field; each of them has more than one byte.
fn plan(field: &str, characters: usize) -> Value {
    let mut body = implement("octo/anthropic");
    body["kind"] = json!("plan");
    body["issue"]["id"] = json!(field);
    let place = match field.split_once('.') {
        Some((outer, inner)) => &mut body[outer][inner],
        None => &mut body[field],
    };
    *place = json!("ü".repeat(characters));
    body
}
