//! API tokens against a real DynamoDB engine, embedded, through the AWS SDK.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::api_token::{ApiTokenText, KindScope, RepositoryList, RepositoryScope};
use domain::ids::RepoId;
use domain::mapping::MappingDraft;
use domain::message::NamedRepository;
use domain::run_kind::RunKind;

use super::*;
use crate::mappings::{Mappings, Saved};
use crate::table::number;
use crate::tests::{at, engine};

async fn tokens() -> ApiTokens {
    ApiTokens::new(&engine().await, "Mappings")
}

fn hash(number: u8) -> ApiTokenHash {
    ApiTokenText::from_random([number; 32]).hash()
}

/// A token of one repository; higher numbers are newer.
fn token(number: u8) -> ApiToken {
    let hello = NamedRepository { id: RepoId::new(7), name: "octo/hello".parse().expect("a name") };
    ApiToken {
        id: ApiTokenId::from_parts(1_800_000_000_000 + u64::from(number), 1),
        name: format!("token {number}").parse().expect("a name"),
        repositories: RepositoryScope::Listed(RepositoryList::new(vec![hello]).expect("some")),
        kinds: KindScope::new([RunKind::Plan, RunKind::GapFill]).expect("some"),
        created_at: at(0),
        created_by: "ada".to_owned(),
        expires_at: Some(at(60)),
        revoked: None,
        last_used_at: None,
    }
}

async fn minted(tokens: &ApiTokens, number: u8) -> ApiToken {
    tokens.mint(hash(number), &token(number)).await.expect("a working table");
    token(number)
}

async fn found(tokens: &ApiTokens, number: u8) -> Option<ApiToken> {
    tokens.find(hash(number)).await.expect("a working table")
}

async fn revoked(tokens: &ApiTokens, id: ApiTokenId, by: &str, second: i64) -> Revoked {
    tokens.revoke(id, by, at(second)).await.expect("a working table")
}

async fn used(tokens: &ApiTokens, number: u8, now: Timestamp) -> bool {
    tokens.note_use(hash(number), now).await.expect("a working table")
}

/// The names that a page shows, `?` for what can't be read, and where it goes on.
async fn page(tokens: &ApiTokens, limit: u32, after: Option<&str>) -> (Vec<String>, Option<String>) {
    let page = tokens.list(limit, after).await.expect("a working table");
    let name = |token: &ListedToken| match token {
        ListedToken::Readable(token) => token.name.to_string(),
        ListedToken::Unreadable { .. } => "?".to_owned(),
    };
    (page.tokens.iter().map(name).collect(), page.next)
}

/// Sets an attribute of an item by hand.
async fn by_hand(tokens: &ApiTokens, partition: &str, attribute: &str, value: AttributeValue) {
    let update = tokens.client.update_item().table_name(&tokens.table);
    let update = update.key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META));
    let update = update.update_expression("SET #it = :it").expression_attribute_names("#it", attribute);
    update.expression_attribute_values(":it", value).send().await.expect("written by hand");
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_and_by_nothing_else() {
    let tokens = tokens().await;
    let one = minted(&tokens, 1).await;
    assert_eq!(found(&tokens, 1).await, Some(one));
    assert_eq!(found(&tokens, 2).await, None);
}

#[tokio::test]
async fn nothing_in_the_table_has_the_text() {
    let tokens = tokens().await;
    minted(&tokens, 1).await;
    let scan = tokens.client.scan().table_name(&tokens.table).send().await.expect("a working table");
    let items = scan.items.expect("items");
    assert_eq!(items.len(), 2);
    let text = ApiTokenText::from_random([1; 32]);
    assert!(!format!("{items:?}").contains(&text.expose()[4..]), "{items:?}");
}

#[tokio::test]
async fn a_token_never_replaces_another_one() {
    let tokens = tokens().await;
    let one = minted(&tokens, 1).await;
    let with_its_hash = tokens.mint(hash(1), &token(2)).await;
    let with_its_id = tokens.mint(hash(2), &token(1)).await;
    for refused in [with_its_hash, with_its_id] {
        assert!(matches!(refused, Ok(false)), "{refused:?}");
    }
    assert_eq!((found(&tokens, 1).await, found(&tokens, 2).await), (Some(one), None));
    assert_eq!(revoked(&tokens, token(2).id, "bea", 1).await, Revoked::Unknown, "all of it or nothing");
}

#[tokio::test]
async fn a_revoked_token_is_found_as_one_and_stays_as_it_was_revoked() {
    let tokens = tokens().await;
    let one = minted(&tokens, 1).await;
    assert_eq!(revoked(&tokens, one.id, "bea", 5).await, Revoked::Now);
    assert_eq!(revoked(&tokens, one.id, "cleo", 9).await, Revoked::Before);
    let revocation = Revocation { at: at(5), by: "bea".to_owned() };
    assert_eq!(found(&tokens, 1).await, Some(ApiToken { revoked: Some(revocation), ..one }));
}

#[tokio::test]
async fn an_id_that_nobody_has_is_told_and_leaves_nothing() {
    let tokens = tokens().await;
    assert_eq!(revoked(&tokens, token(1).id, "bea", 5).await, Revoked::Unknown);
    let scan = tokens.client.scan().table_name(&tokens.table).send().await.expect("a working table");
    assert_eq!(scan.count, 0);
}

#[tokio::test]
async fn of_many_revocations_at_once_one_is_the_first() {
    let tokens = tokens().await;
    let id = minted(&tokens, 1).await.id;
    let mut people = tokio::task::JoinSet::new();
    for person in 0..8 {
        let tokens = tokens.clone();
        people.spawn(async move { revoked(&tokens, id, &format!("person {person}"), person).await });
    }
    let answers = people.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Revoked::Now).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Revoked::Before).count(), 7, "{answers:?}");
}

#[tokio::test]
async fn a_use_is_written_down_once_a_minute() {
    let tokens = tokens().await;
    let one = minted(&tokens, 1).await;
    let half = jiff::SignedDuration::from_millis(500);
    // A broken second sorts before the next whole one, as times do.
    let uses = [(at(0) + half, true), (at(30), false), (at(60), false), (at(60) + half, true), (at(59), false)];
    for (now, is_news) in uses {
        assert_eq!(used(&tokens, 1, now).await, is_news, "{now}");
    }
    assert_eq!(found(&tokens, 1).await, Some(ApiToken { last_used_at: Some(at(60) + half), ..one }));
}

#[tokio::test]
async fn the_use_of_what_is_no_token_leaves_nothing() {
    let tokens = tokens().await;
    assert!(!used(&tokens, 1, at(0)).await);
    assert_eq!(found(&tokens, 1).await, None);
}

#[tokio::test]
async fn a_use_does_not_bring_a_revoked_token_back() {
    let tokens = tokens().await;
    let one = minted(&tokens, 1).await;
    revoked(&tokens, one.id, "bea", 5).await;
    assert!(used(&tokens, 1, at(6)).await);
    assert!(!found(&tokens, 1).await.expect("a token").is_valid(at(7)));
}

#[tokio::test]
async fn tokens_are_listed_in_pages_the_newest_first() {
    let tokens = tokens().await;
    assert_eq!(page(&tokens, 10, None).await, (vec![], None));
    for number in [2, 1, 3] {
        minted(&tokens, number).await;
    }
    let all = ["token 3", "token 2", "token 1"].map(str::to_owned);
    assert_eq!(page(&tokens, 3, None).await, (all.to_vec(), None), "no page without a token");
    let (first, next) = page(&tokens, 2, None).await;
    minted(&tokens, 4).await;
    revoked(&tokens, token(1).id, "bea", 5).await;
    let (second, end) = page(&tokens, 2, next.as_deref()).await;
    assert_eq!((first, second, end), (all[..2].to_vec(), all[2..].to_vec(), None));
    assert_eq!(page(&tokens, 0, None).await.0, ["token 4"]);
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_is_told_from_an_outage() {
    let tokens = tokens().await;
    let mappings = URL_SAFE_NO_PAD.encode("mappings-after:octo/a");
    for foreign in ["", "x", "%00", "ü", mappings.as_str(), &cursor::after(token(1).id)[..8]] {
        let error = tokens.list(2, Some(foreign)).await.expect_err(foreign);
        assert!(matches!(error, StoreError::ForeignCursor), "{foreign}: {error}");
    }
}

#[tokio::test]
async fn a_token_that_can_not_be_read_opens_nothing_hides_no_other_and_is_revoked_all_the_same() {
    let tokens = tokens().await;
    for number in [1, 2, 3] {
        minted(&tokens, number).await;
    }
    by_hand(&tokens, &home_of(hash(2)), "kinds", string("everything")).await;
    let error = tokens.find(hash(2)).await.expect_err("an unknown shape");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(page(&tokens, 10, None).await.0, ["token 3", "?", "token 1"]);
    assert_eq!(revoked(&tokens, token(2).id, "bea", 5).await, Revoked::Now);
}

#[tokio::test]
async fn an_id_that_leads_nowhere_is_told_as_a_broken_item() {
    for broken in [number(1), string("TOKEN#nobody")] {
        let tokens = tokens().await;
        let id = minted(&tokens, 1).await.id;
        by_hand(&tokens, &way_of(id), HOME, broken).await;
        let error = tokens.revoke(id, "bea", at(5)).await.expect_err("a broken item");
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    }
}

#[tokio::test]
async fn tokens_and_mappings_are_in_no_list_of_each_others() {
    let sdk = engine().await;
    let (tokens, mappings) = (ApiTokens::new(&sdk, "Mappings"), Mappings::new(&sdk, "Mappings"));
    minted(&tokens, 1).await;
    let draft = MappingDraft {
        owner: "token".into(),
        repo: "hello".into(),
        repo_id: Some(RepoId::new(7)),
        ..MappingDraft::default()
    };
    let saved = mappings.save(&draft, "ada", at(0)).await.expect("a working table");
    assert!(matches!(saved, Saved::Created(_)), "{saved:?}");
    minted(&tokens, 2).await;

    let listed = mappings.list(10, None).await.expect("a working table");
    let names: Vec<_> = listed.entries.iter().map(|entry| entry.draft.name_key()).collect();
    assert_eq!((names, listed.next), (vec!["token/hello".to_owned()], None));
    let bound = mappings.bound_at("token").await.expect("a working table");
    assert_eq!(bound.iter().map(|it| it.repo).collect::<Vec<_>>(), [RepoId::new(7)]);
    assert_eq!(page(&tokens, 10, None).await, (vec!["token 2".to_owned(), "token 1".to_owned()], None));
}
