//! A repository's claims, page by page.

use super::*;

const REPO: RepoId = RepoId::new(7);

/// So many claims of the repository, the oldest first.
async fn many(table: &Dispatches, count: u64) -> Vec<Claim> {
    let mut claims = Vec::new();
    for number in 1..=count {
        claims.push(taken(table, claim(number.into(), number, 900 + number)).await);
    }
    claims
}

async fn page(table: &Dispatches, state: Option<&str>, limit: u32, after: Option<&str>) -> ListedClaims {
    table.of_repository(REPO, state, limit, after).await.expect("a working table")
}

pub(super) fn ids(page: &ListedClaims) -> Vec<ClaimId> {
    let id = |claim: &ListedClaim| match claim {
        ListedClaim::Readable(claim) => claim.id,
        ListedClaim::Unreadable { claim, .. } => *claim,
    };
    page.claims.iter().map(id).collect()
}

/// The ids of each page, from the first to the last.
async fn pages(table: &Dispatches, state: Option<&str>, limit: u32) -> Vec<Vec<ClaimId>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(table, state, limit, cursor.as_deref()).await;
        pages.push(ids(&page));
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

pub(super) async fn over(table: &Dispatches, claim: &Claim) {
    let refused = claim.refused("PAUSED", "…".into(), at(2)).expect("from received");
    assert!(table.advance(claim, &refused).await.expect("a working table"));
    table.note_told(&refused).await.expect("a working table");
}

#[tokio::test]
async fn a_repositorys_claims_are_listed_the_newest_first_whether_they_are_over_or_not() {
    let table = table().await;
    let claims = many(&table, 5).await;
    over(&table, &claims[3]).await;
    let mut elsewhere = claim(9, 9, 909);
    let Request::Comment(command) = &mut elsewhere.request else { panic!("a comment's") };
    command.repo.id = RepoId::new(8);
    let elsewhere = taken(&table, elsewhere).await;

    let [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map(|index: usize| claims[index].id);
    assert_eq!(pages(&table, None, 2).await, [vec![fifth, fourth], vec![third, second], vec![first]]);
    assert_eq!(pages(&table, None, 5).await, [vec![fifth, fourth, third, second, first]], "nothing follows the last");
    let others = table.of_repository(RepoId::new(8), None, 5, None).await.expect("a working table");
    assert_eq!(ids(&others), [elsewhere.id]);
    let nobodys = table.of_repository(RepoId::new(70), None, 5, None).await.expect("a working table");
    assert_eq!((ids(&nobodys), nobodys.next), (Vec::new(), None));
}

#[tokio::test]
async fn a_claim_is_listed_as_it_is_now() {
    let table = table().await;
    let claim = many(&table, 1).await.remove(0);
    let begun = begun(&table, &claim).await;
    let listed = page(&table, Some("dispatching"), 5, None).await.claims;
    assert!(matches!(listed.as_slice(), [ListedClaim::Readable(listed)] if **listed == begun), "{listed:?}");
    assert_eq!(pages(&table, Some("received"), 5).await, [[]]);
}

#[tokio::test]
async fn a_state_makes_pages_shorter_and_the_list_goes_on() {
    let table = table().await;
    let claims = many(&table, 6).await;
    for index in [2, 4, 5] {
        over(&table, &claims[index]).await;
    }
    let [first, second, third, fourth, fifth, sixth] = [0, 1, 2, 3, 4, 5].map(|index: usize| claims[index].id);
    assert_eq!(pages(&table, Some("received"), 2).await, [vec![], vec![fourth], vec![second, first]]);
    assert_eq!(pages(&table, Some("refused"), 2).await, [vec![sixth, fifth], vec![third], vec![]]);
    assert_eq!(pages(&table, Some("no-state"), 9).await, [[]]);
}

#[tokio::test]
async fn a_limit_is_at_least_one_and_at_most_a_hundred() {
    let table = table().await;
    many(&table, 101).await;
    for (limit, expected) in [(0, 1), (1, 1), (100, 100), (u32::MAX, 100)] {
        let page = page(&table, None, limit, None).await;
        assert_eq!((page.claims.len(), page.next.is_some()), (expected, true), "{limit}");
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_shown_whatever_the_state() {
    let table = table().await;
    let claims = many(&table, 2).await;
    made_unreadable(&table, &claims[0]).await;
    for state in [None, Some("received")] {
        let listed = page(&table, state, 5, None).await.claims;
        let [ListedClaim::Readable(readable), ListedClaim::Unreadable { claim, error }] = listed.as_slice() else {
            panic!("one of each, but {listed:?}");
        };
        assert_eq!((readable.id, *claim), (claims[1].id, claims[0].id));
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_cursor_outlives_the_claim_that_it_names() {
    let table = table().await;
    let claims = many(&table, 3).await;
    let first_page = page(&table, None, 2, None).await;
    assert_eq!(ids(&first_page), [claims[2].id, claims[1].id]);
    removed(&table, &claims[1]).await;
    let next = page(&table, None, 2, first_page.next.as_deref()).await;
    assert_eq!((ids(&next), next.next), (vec![claims[0].id], None));
}

#[tokio::test]
async fn a_cursor_of_another_list_is_foreign() {
    let table = table().await;
    many(&table, 2).await;
    let own = page(&table, None, 1, None).await.next.expect("there is another one");
    let open = table.open("received", 1, None).await.expect("a working table").next.expect("there is another one");
    for (repo, cursor) in [(RepoId::new(8), own.as_str()), (REPO, open.as_str()), (REPO, "garbage"), (REPO, "")] {
        let answer = table.of_repository(repo, None, 1, Some(cursor)).await;
        assert!(matches!(answer, Err(StoreError::ForeignCursor)), "{cursor}: {answer:?}");
    }
    let answer = table.open("received", 1, Some(&own)).await;
    assert!(matches!(answer, Err(StoreError::ForeignCursor)), "{answer:?}");
}
