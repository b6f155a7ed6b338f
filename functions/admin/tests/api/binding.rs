//! How a mapping gets the id of its repository, and what is said when it doesn't.

use std::collections::BTreeSet;

use local::sandbox::Fault;
use local::sandbox::world::RepositorySelection;
use serde_json::json;

use crate::office::{Answer, Office};

const PATH: &str = "/api/mappings/octo/anthropic";
const ID: u64 = 810_001;

fn warning(answer: &Answer) -> &str {
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    assert_eq!(answer.body["warnings"].as_array().map(Vec::len), Some(1), "{answer:?}");
    answer.body["warnings"][0].as_str().expect("a sentence")
}

#[tokio::test]
async fn a_mapping_is_bound_to_the_id_that_github_tells() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let answer = session.put(&office, PATH, json!({"owner": "OCTO"})).await;
    assert_eq!((&answer.body["bound"], &answer.body["mapping"]["repoId"]), (&json!(true), &json!(ID)));
    assert_eq!(answer.body["warnings"], json!([]));
}

#[tokio::test]
async fn a_repository_that_the_app_does_not_see_is_saved_with_a_warning() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let nowhere = session.put(&office, "/api/mappings/octo/nowhere", json!({})).await;
    assert!(warning(&nowhere).contains("not installed on octo/nowhere"), "{nowhere:?}");
    assert_eq!((&nowhere.body["bound"], nowhere.body["mapping"].get("repoId")), (&json!(false), None));

    office
        .sandbox
        .edit_world(|world| world.installation.repositories = RepositorySelection::Selected(BTreeSet::from([810_002])));
    assert!(warning(&session.put(&office, PATH, json!({})).await).contains("not installed on octo/anthropic"));
}

#[tokio::test]
async fn github_saying_no_to_the_token_means_that_the_app_is_not_there() {
    for (status, body) in [(422, "not accessible"), (403, "This installation has been suspended"), (404, "Not Found")] {
        let office = Office::open().await;
        let session = office.signs_in().await;
        let body = Some(json!({"message": body}));
        office.sandbox.script_fault(Fault { status: Some(status), body, ..Fault::on("POST", "*/access_tokens") });
        let answer = session.put(&office, PATH, json!({})).await;
        assert!(warning(&answer).contains("not installed on octo/anthropic"), "{status}: {answer:?}");
    }
}

#[tokio::test]
async fn the_token_that_tells_the_id_reads_nothing_but_metadata() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    session.put(&office, PATH, json!({})).await;
    let tokens = office.sandbox.look(|world| world.tokens.clone());
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].repositories, RepositorySelection::Selected(BTreeSet::from([ID])));
    assert_eq!(tokens[0].permissions.keys().collect::<Vec<_>>(), ["metadata"]);
}

#[tokio::test]
async fn an_outage_of_github_keeps_nothing_from_being_saved() {
    for fault in [
        Fault { status: Some(502), ..Fault::on("GET", "*/installation") },
        Fault { reset: true, ..Fault::on("POST", "*/access_tokens") },
        Fault { status: Some(429), ..Fault::on("GET", "*/installation") },
        Fault { delay_ms: Some(8_000), ..Fault::on("GET", "*/installation") },
    ] {
        let office = Office::open().await;
        let session = office.signs_in().await;
        office.sandbox.script_fault(fault.clone());
        let answer = session.put(&office, PATH, json!({})).await;
        assert!(warning(&answer).contains("GitHub could not be asked"), "{fault:?}: {answer:?}");
        let bound = session.put(&office, PATH, json!({"version": 1})).await;
        assert_eq!(bound.body["mapping"]["repoId"], ID, "bound by the next write");
    }
}

#[tokio::test]
async fn without_the_apps_secret_a_mapping_is_saved_with_a_warning() {
    for text in ["", "{}", r#"{"app_id": 1, "private_key": "no key"}"#] {
        let office = Office::open().await;
        let session = office.signs_in().await;
        office.put_secret("github-app", text);
        let answer = session.put(&office, PATH, json!({})).await;
        assert!(warning(&answer).contains("github-app secret is missing or malformed"), "{text}: {answer:?}");
    }
}

#[tokio::test]
async fn a_key_that_github_does_not_know_is_said_so_and_read_anew() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let app = office.sandbox.app();
    let other = Office::open().await.sandbox.app().private_key_pem;
    office.put_secret("github-app", &json!({"app_id": app.app_id, "private_key": other}).to_string());
    let answer = session.put(&office, PATH, json!({})).await;
    assert!(warning(&answer).contains("does not accept the App's credentials"), "{answer:?}");
    office.put_secret("github-app", &json!({"app_id": app.app_id, "private_key": app.private_key_pem}).to_string());
    assert_eq!(session.put(&office, PATH, json!({"version": 1})).await.body["bound"], true);
}

#[tokio::test]
async fn a_given_id_is_held_against_githubs() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let answer = session.put(&office, PATH, json!({"repoId": 7})).await;
    assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["repoId"]));
    assert!(answer.body["detail"].as_str().unwrap_or_default().contains("810001"), "{}", answer.body);
    assert_eq!(session.put(&office, PATH, json!({"repoId": ID})).await.status, 201);

    let unseen = session.put(&office, "/api/mappings/octo/nowhere", json!({"repoId": 7})).await;
    assert!(warning(&unseen).contains("7 is saved unchecked"), "{unseen:?}");
}

#[tokio::test]
async fn a_bound_mapping_is_paused_while_github_is_out() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    session.put(&office, PATH, json!({})).await;
    office.sandbox.script_fault(Fault { status: Some(502), times: 100, ..Fault::on("*", "*") });
    office.sandbox.clear_requests();
    let paused = session.patch(&office, PATH, json!({"version": 1, "paused": true})).await;
    assert_eq!((paused.status, &paused.body["warnings"], &paused.body["bound"]), (200, &json!([]), &json!(true)));
    assert_eq!(office.sandbox.requests().len(), 0);
}

#[tokio::test]
async fn a_name_that_changed_hands_does_not_take_its_mapping_along() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    session.put(&office, PATH, json!({})).await;
    office.sandbox.edit_world(|world| {
        world.repositories.iter_mut().find(|it| it.id == ID).expect("the repository").id = 999;
    });
    let answer = session.put(&office, PATH, json!({"version": 1, "maxTurns": 9})).await;
    assert_eq!(answer.code(), (409, "BOUND_ELSEWHERE"));
    assert!(answer.body["detail"].as_str().unwrap_or_default().contains("810001"), "{}", answer.body);
}

#[tokio::test]
async fn one_repository_has_one_mapping_whatever_it_was_called() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    session.put(&office, PATH, json!({})).await;
    office.sandbox.edit_world(|world| {
        world.repositories.iter_mut().find(|it| it.id == ID).expect("the repository").name = "renamed".into();
    });
    let answer = session.put(&office, "/api/mappings/octo/renamed", json!({})).await;
    assert_eq!(answer.code(), (409, "REPOSITORY_TAKEN"));
}
