//! The mappings' API: what is written, what is refused and how, and what can be read of it.

use http::Request;
use serde_json::{Value, json};

use crate::office::{Office, put};

const HELLO: &str = "/api/mappings/octo/anthropic";

#[tokio::test]
async fn a_mapping_is_made_read_changed_and_removed() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let made = session.put(&office, HELLO, json!({"provider": "bedrock", "awsRegion": "us-west-2"})).await;
    assert_eq!((made.status, &made.body["mapping"]["version"]), (201, &json!(1)), "{made:?}");
    assert_eq!((&made.body["updatedBy"], &made.body["warnings"]), (&json!("access-code"), &json!([])));

    let read = session.get(&office, "/api/mappings/Octo/Anthropic").await;
    assert_eq!((read.status, &read.body), (200, &made.body));
    let stored = json!({"owner": "octo", "repo": "anthropic", "repoId": 810_001, "provider": "bedrock",
        "awsRegion": "us-west-2", "version": 1});
    assert_eq!(read.body["mapping"], stored);
    assert_eq!(
        (&read.body["effective"]["maxIterations"], &read.body["effective"]["workflowFile"]),
        (&json!(2), &json!("claude-implement.yml"))
    );

    let mut whole = read.body["mapping"].clone();
    whole["paused"] = json!(true);
    let replaced = session.put(&office, HELLO, whole).await;
    assert_eq!((replaced.status, &replaced.body["mapping"]["version"]), (200, &json!(2)), "{replaced:?}");

    let patch = json!({"version": 2, "paused": null, "provider": null, "awsRegion": null, "maxTurns": 9});
    let patched = session.patch(&office, HELLO, patch).await;
    let stored = json!({"owner": "octo", "repo": "anthropic", "repoId": 810_001, "maxTurns": 9, "version": 3});
    assert_eq!((patched.status, &patched.body["mapping"]), (200, &stored), "{patched:?}");
    assert_eq!(patched.body["effective"]["provider"], "anthropic");

    assert_eq!(session.delete(&office, &format!("{HELLO}?version=3")).await.status, 204);
    assert_eq!(session.get(&office, HELLO).await.code(), (404, "MAPPING_MISSING"));
    let history = session.get(&office, &format!("{HELLO}/history")).await;
    let changes = history.body["changes"].as_array().expect("changes");
    let told: Vec<_> =
        changes.iter().map(|it| (it["version"].as_u64(), it["action"].as_str(), it["by"].as_str())).collect();
    let by = Some("access-code");
    assert_eq!(
        told,
        [
            (Some(4), Some("deleted"), by),
            (Some(3), Some("updated"), by),
            (Some(2), Some("updated"), by),
            (Some(1), Some("created"), by)
        ]
    );
    assert_eq!((&changes[1]["mapping"]["maxTurns"], changes[1]["at"].is_string()), (&json!(9), true));
    let older = session.get(&office, &format!("{HELLO}/history?before=3&limit=1")).await;
    assert_eq!(older.body["changes"].as_array().map(Vec::len), Some(1));
    assert_eq!(older.body["changes"][0]["version"], 2);
}

#[tokio::test]
async fn every_fault_is_explained_at_its_field_at_once_and_nothing_is_saved() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let body = json!({"provider": "bedrock", "maxTurns": 0, "maxInProgress": "three", "workflowFile": "../x.yml",
        "regoin": "us-west-2", "owner": "else"});
    let answer = session.put(&office, HELLO, body).await;
    assert_eq!(answer.code(), (400, "BAD_REQUEST"));
    let mut fields = answer.faulty_fields();
    fields.sort_unstable();
    assert_eq!(fields, ["awsRegion", "maxInProgress", "maxTurns", "owner", "regoin", "workflowFile"]);
    assert_eq!(session.get(&office, HELLO).await.status, 404);
}

#[tokio::test]
async fn an_unknown_field_is_refused_in_every_write() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(session.put(&office, HELLO, json!({})).await.status, 201);
    for value in [json!(1), Value::Null] {
        let replaced = session.put(&office, HELLO, json!({"version": 1, "maxturns": value})).await;
        let patched = session.patch(&office, HELLO, json!({"version": 1, "maxturns": value})).await;
        for answer in [replaced, patched] {
            assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["maxturns"]), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_write_from_another_version_is_refused_with_the_present_one() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let conflict = |answer: &crate::office::Answer, current: u64| {
        assert_eq!(answer.code(), (409, "VERSION_CONFLICT"), "{answer:?}");
        assert_eq!(answer.body["currentVersion"], current);
    };
    conflict(&session.put(&office, HELLO, json!({"version": 1})).await, 0);
    assert_eq!(session.put(&office, HELLO, json!({})).await.status, 201);
    conflict(&session.put(&office, HELLO, json!({})).await, 1);
    conflict(&session.put(&office, HELLO, json!({"version": 2})).await, 1);
    conflict(&session.patch(&office, HELLO, json!({"version": 7, "paused": true})).await, 1);
    conflict(&session.delete(&office, &format!("{HELLO}?version=2")).await, 1);
    assert_eq!(session.get(&office, HELLO).await.body["mapping"]["version"], 1);
}

#[tokio::test]
async fn a_change_names_the_version_that_it_was_made_from() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(session.put(&office, HELLO, json!({})).await.status, 201);
    for version in [json!({}), json!({"version": null}), json!({"version": "1"}), json!({"version": -1})] {
        let answer = session.patch(&office, HELLO, version.clone()).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["version"]), "{version}");
    }
    assert_eq!(session.delete(&office, HELLO).await.faulty_fields(), ["version"]);
}

#[tokio::test]
async fn what_is_not_there_can_not_be_changed_or_removed() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(session.patch(&office, HELLO, json!({"version": 1})).await.code(), (404, "MAPPING_MISSING"));
    assert_eq!(session.delete(&office, &format!("{HELLO}?version=1")).await.code(), (404, "MAPPING_MISSING"));
    assert_eq!(session.get(&office, &format!("{HELLO}/history")).await.body, json!({"changes": []}));
}

#[tokio::test]
async fn a_patch_can_not_rename_a_mapping() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(session.put(&office, HELLO, json!({"owner": "Octo"})).await.status, 201);
    for patch in [json!({"version": 1, "repo": "bedrock"}), json!({"version": 1, "owner": null})] {
        assert_eq!(session.patch(&office, HELLO, patch.clone()).await.status, 400, "{patch}");
    }
    assert_eq!(session.get(&office, HELLO).await.body["mapping"]["owner"], "Octo");
}

#[tokio::test]
async fn a_team_key_belongs_to_one_mapping() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(session.put(&office, HELLO, json!({"teamKey": "ENG"})).await.status, 201);
    let answer = session.put(&office, "/api/mappings/octo/bedrock", json!({"teamKey": "ENG"})).await;
    assert_eq!(answer.code(), (409, "TEAM_KEY_TAKEN"));
    assert!(answer.body["detail"].as_str().unwrap_or_default().contains("`ENG`"), "{}", answer.body);
}

#[tokio::test]
async fn the_list_comes_in_pages_by_name() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for name in ["unmapped", "anthropic", "bedrock"] {
        assert_eq!(session.put(&office, &format!("/api/mappings/octo/{name}"), json!({})).await.status, 201);
    }
    let mut names = Vec::new();
    let mut path = "/api/mappings?limit=2".to_owned();
    for _ in 0..3 {
        let page = session.get(&office, &path).await;
        let mappings = page.body["mappings"].as_array().expect("mappings").clone();
        names.extend(mappings.iter().map(|it| it["mapping"]["repo"].as_str().expect("a name").to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/api/mappings?limit=2&cursor={next}");
    }
    assert_eq!(names, ["anthropic", "bedrock", "unmapped"]);
}

#[tokio::test]
async fn odd_parameters_are_refused() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for (query, field, detail) in [
        ("page=2", "page", "there is no such parameter"),
        ("limit=x", "limit", "it is not of the expected kind"),
        ("limit=101", "limit", "a whole number from 1 to 100"),
    ] {
        let answer = session.get(&office, &format!("/api/mappings?{query}")).await;
        assert_eq!(answer.body["errors"][0], json!({"field": field, "detail": detail}), "{query}");
    }
    for query in ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "page=2", "limit=1&limit=2", "cursor=x"] {
        assert_eq!(session.get(&office, &format!("/api/mappings?{query}")).await.status, 400, "{query}");
    }
    for query in ["before=x", "limit=0", "after=1"] {
        assert_eq!(session.get(&office, &format!("{HELLO}/history?{query}")).await.status, 400, "{query}");
    }
    for query in ["version=", "version=x", "version=1&force=true"] {
        assert_eq!(session.delete(&office, &format!("{HELLO}?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn an_address_that_names_no_repository_is_refused() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for (path, field) in [
        ("/api/mappings/octo/..%2f..%2fx", "repo"),
        ("/api/mappings/octo/a%20b", "repo"),
        ("/api/mappings/o%23o/x", "owner"),
        ("/api/mappings/META%23x/x", "owner"),
    ] {
        let answer = session.put(&office, path, json!({})).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec![field]), "{path}");
    }
    assert_eq!(session.put(&office, "/api/mappings/octo/%ff", json!({})).await.code(), (400, "BAD_REQUEST"));
    assert_eq!(session.get(&office, "/api/mappings/octo").await.code(), (404, "NOT_FOUND"));
    let post = Request::post(HELLO).header("authorization", session.bearer());
    assert_eq!(office.answer(post, "{}").await.code(), (405, "METHOD_NOT_ALLOWED"));
}

#[tokio::test]
async fn a_write_needs_json_of_a_sane_size() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let plain = Request::put(HELLO).header("authorization", session.bearer());
    assert_eq!(office.answer(plain, "{}").await.code(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    for body in ["", "[]", "null", "{", "{} {}"] {
        let request = put(HELLO).header("authorization", session.bearer());
        assert_eq!(office.answer(request, body).await.code(), (400, "BAD_REQUEST"), "{body}");
    }
    let huge = json!({"notify": "x".repeat(70_000)});
    assert_eq!(session.put(&office, HELLO, huge).await.code(), (413, "TOO_LARGE"));
}

#[tokio::test]
async fn a_table_that_is_out_is_said_so_without_its_words() {
    let office = Office::without_a_table().await;
    // A session of another instance: signing in needs the table.
    let session = Office::open().await.signs_in().await;
    for path in ["/api/mappings", HELLO] {
        let answer = session.get(&office, path).await;
        assert_eq!(answer.code(), (503, "UNAVAILABLE"), "{path}");
        assert!(!answer.body.to_string().contains("dispatch failure"), "{}", answer.body);
    }
}
