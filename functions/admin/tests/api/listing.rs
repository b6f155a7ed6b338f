//! The list of dispatches: the newest first whatever they are of, by repository, by state, page by page.

use domain::claim::{Claim, ClaimId};
use jiff::SignedDuration;
use serde_json::json;

use crate::dispatches::{ids, moved, received};
use crate::office::{Office, Session};

/// So many commands on pull requests of their own, a second apart, the oldest first.
async fn many(office: &Office, count: u64) -> Vec<Claim> {
    let mut claims = Vec::new();
    for number in 1..=count {
        claims.push(received(office, number).await);
        office.hand.advance(SignedDuration::from_secs(1));
    }
    claims
}

async fn refused(office: &Office, claim: &Claim) -> Claim {
    let refused = claim.refused("PAUSED", String::new(), office.time()).expect("from received");
    let refused = moved(office, claim, refused).await;
    office.dispatches.note_told(&refused).await.expect("a working table")
}

/// The pages of a list, from its first to its last.
async fn pages(session: &Session, office: &Office, query: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), String::new());
    loop {
        let page = session.get(office, &format!("/api/dispatches?{query}{next}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return pages,
        }
    }
}

fn backwards(claims: &[Claim]) -> Vec<String> {
    claims.iter().rev().map(|claim| claim.id.to_string()).collect()
}

/// A mapping of the repository that the commands are in.
async fn map(session: &Session, office: &Office) {
    let saved = session.put(office, "/api/mappings/Octo/Hello", json!({"repoId": 7})).await;
    assert_eq!(saved.status, 201, "{saved:?}");
}

#[tokio::test]
async fn all_are_listed_the_newest_first() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claims = many(&office, 52).await;
    refused(&office, &claims[51]).await;
    let expected = backwards(&claims);
    for query in ["", "state=&repo="] {
        assert_eq!(pages(&session, &office, query).await, [&expected[..50], &expected[50..]], "{query}");
    }
}

#[tokio::test]
async fn those_of_one_state_fill_their_page_whether_they_are_over_or_not() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claims = many(&office, 60).await;
    for index in [2, 57] {
        refused(&office, &claims[index]).await;
    }
    let expected = [claims[57].id.to_string(), claims[2].id.to_string()];
    assert_eq!(pages(&session, &office, "state=refused").await, [expected]);
    assert_eq!(pages(&session, &office, "state=succeeded").await, [[""; 0]]);
}

#[tokio::test]
async fn a_repositorys_are_found_by_its_name() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    map(&session, &office).await;
    let claims = many(&office, 52).await;
    let refused = refused(&office, &claims[0]).await;
    let expected = backwards(&claims);
    assert_eq!(pages(&session, &office, "repo=octo/hello").await, [&expected[..50], &expected[50..]]);
    assert_eq!(pages(&session, &office, "repo=Octo/Hello&state=refused").await, [[refused.id.to_string()]]);
    let received = pages(&session, &office, "repo=Octo/Hello&state=received").await;
    assert_eq!(received, [&expected[..50], &expected[50..51]]);
}

#[tokio::test]
async fn a_repository_without_a_mapping_is_asked_for_at_github() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    assert_eq!(pages(&session, &office, "repo=octo/unmapped").await, [[""; 0]]);
    for repo in ["octo/nothing", "octo", "a/b/c"] {
        let answer = session.get(&office, &format!("/api/dispatches?repo={repo}")).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["repo"]), "{repo}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_told() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    map(&session, &office).await;
    many(&office, 51).await;
    let page = session.get(&office, "/api/dispatches").await;
    let cursor = page.body["next"].as_str().expect("a second page");
    for query in ["state=received", "repo=octo/hello"] {
        let answer = session.get(&office, &format!("/api/dispatches?{query}&cursor={cursor}")).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["cursor"]), "{query}");
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_hides_no_other() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claims = many(&office, 2).await;
    office.spoil(claims[0].id);
    let page = session.get(&office, "/api/dispatches").await;
    assert_eq!(ids(&page), backwards(&claims));
    assert_eq!(page.body["dispatches"][1], json!({"id": claims[0].id, "unreadable": true}));
    assert_eq!(ClaimId::drawn_at(claims[1].id), claims[1].created_at);
}
