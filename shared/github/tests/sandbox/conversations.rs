//! Reading a repository's conversations, with a token that can do nothing else.

use std::time::Duration;

use domain::feedback::Reaction;
use domain::ids::{CommentId, IssueNumber, UserId};
use domain::message::SubjectKind;
use github::{Author, GitHubError, RecentComment, RecentComments, Thread};
use jiff::Timestamp;
use local::sandbox::world::{Access, Comment};

use crate::stage::{REPOSITORY, Stage, after, now};

const PULL_REQUEST: IssueNumber = IssueNumber::new(1);
const ISSUE: IssueNumber = IssueNumber::new(4);

/// What was written since a time, where something was.
async fn recent(stage: &Stage, since: Timestamp) -> (Option<String>, Vec<RecentComment>, bool) {
    match stage.repository().reading_only().comments_since(since, None).await.expect("an answer") {
        RecentComments::Changed { etag, comments, is_all } => (etag, comments, is_all),
        RecentComments::Unchanged => panic!("nobody named an entity tag"),
    }
}

async fn recent_ids(stage: &Stage, since: Timestamp) -> Vec<u64> {
    recent(stage, since).await.1.into_iter().map(|comment| comment.id.get()).collect()
}

#[tokio::test]
async fn a_repository_tells_its_id_name_and_branch() {
    let stage = Stage::new();
    let found = stage.repository().reading_only().description().await.expect("an answer");
    let expected = stage.sandbox.look(|world| world.repository(REPOSITORY).expect("a repository").id);
    assert_eq!(
        (found.id.get(), found.name.to_string(), found.default_branch),
        (expected, REPOSITORY.into(), "main".into())
    );
}

#[tokio::test]
async fn a_thread_is_a_pull_request_or_an_issue_and_may_be_locked() {
    let stage = Stage::new();
    let repository = stage.repository().reading_only();
    let thread = async |number| repository.thread(number).await.expect("an answer");
    assert_eq!(thread(PULL_REQUEST).await, Thread { subject: SubjectKind::PullRequest, is_locked: false });
    stage.sandbox.edit_world(|world| world.issue_mut(REPOSITORY, 4).expect("an issue").locked = true);
    assert_eq!(thread(ISSUE).await, Thread { subject: SubjectKind::Issue, is_locked: true });
    let absent = repository.thread(IssueNumber::new(999)).await;
    assert!(matches!(absent, Err(GitHubError::NotFound { .. })), "{absent:?}");
}

#[tokio::test]
async fn comments_since_a_time_come_in_the_order_of_their_last_edit() {
    let stage = Stage::new();
    let too_old = stage.comment("writer", "one").await;
    let edited = stage.comment("writer", "two").await;
    stage.at(5);
    let at_that_time = stage.comment("writer", "three").await;
    stage.at(6);
    let later = stage.comment("writer", "four").await;
    stage.at(7);
    stage.sandbox.edit_comment(edited, "two again").await.expect("an edit");
    assert_eq!(recent_ids(&stage, after(5)).await, [at_that_time, later, edited]);
    assert_eq!(recent_ids(&stage, after(5) + Duration::from_millis(999)).await, [at_that_time, later, edited]);
    assert_eq!(recent_ids(&stage, now()).await.first(), Some(&too_old));
}

#[tokio::test]
async fn a_comment_tells_who_wrote_it_where_and_when() {
    let stage = Stage::new();
    let id = stage.sandbox.comment(REPOSITORY, 4, "writer", "/ai-implement").await.expect("a comment");
    stage.at(3);
    stage.sandbox.edit_comment(id, "/ai-implement plan").await.expect("an edit");
    let user_id = stage.sandbox.look(|world| world.account("writer").expect("an account").id);
    let expected = RecentComment {
        id: CommentId::new(id),
        number: ISSUE,
        author: Some(Author { id: UserId::new(user_id), login: "writer".into(), is_person: true }),
        by_app: false,
        body: "/ai-implement plan".into(),
        created_at: now(),
        updated_at: after(3),
    };
    assert_eq!(recent(&stage, now()).await.1, [expected]);
}

#[tokio::test]
async fn bots_and_apps_are_told_from_people() {
    let stage = Stage::new();
    stage.comment("helper[bot]", "hello").await;
    stage.repository().create_comment(PULL_REQUEST, "Accepted.").await.expect("a comment");
    let comments = recent(&stage, now()).await.1;
    let told = comments.iter().map(|it| (it.author.as_ref().expect("an author").is_person, it.by_app));
    assert_eq!(told.collect::<Vec<_>>(), [(false, false), (false, true)]);
}

#[tokio::test]
async fn the_same_again_is_not_read_again() {
    let stage = Stage::new();
    stage.comment("writer", "one").await;
    let repository = stage.repository().reading_only();
    let (etag, ..) = recent(&stage, now()).await;
    let again = async || repository.comments_since(now(), etag.as_deref()).await.expect("an answer");
    assert_eq!(again().await, RecentComments::Unchanged);
    let two = stage.comment("writer", "two").await;
    let RecentComments::Changed { comments, .. } = again().await else { panic!("there is a second comment") };
    assert_eq!(comments.last().map(|comment| comment.id), Some(CommentId::new(two)));
    assert_eq!(stage.statuses("/issues/comments?"), [Some(200), Some(304), Some(200)]);
}

#[tokio::test]
async fn a_full_page_says_that_there_may_be_more() {
    let stage = Stage::new();
    let write = |seconds: i64| {
        stage.sandbox.edit_world(|world| {
            let id = world.next_id();
            let repository_id = world.repository(REPOSITORY).expect("a repository").id;
            let (created_at, updated_at) = (after(seconds), after(seconds));
            let (user, body) = ("writer".into(), format!("Comment {seconds}"));
            world.comments.push(Comment { id, repository_id, number: 1, user, body, created_at, updated_at });
        });
    };
    (0..99).for_each(write);
    assert!(recent(&stage, now()).await.2);
    (99..150).for_each(write);
    let (_, first, is_all) = recent(&stage, now()).await;
    assert_eq!((first.len(), is_all), (100, false));
    let seen_until = first.last().expect("a comment").updated_at;
    let (_, rest, is_all) = recent(&stage, seen_until).await;
    assert_eq!((rest.len(), is_all), (51, true), "the last one again, and the rest");
}

#[tokio::test]
async fn a_token_for_reading_can_not_act() {
    let stage = Stage::new();
    let id = stage.comment("writer", "hello").await;
    let repository = stage.repository().reading_only();
    let outcome = repository.react(CommentId::new(id), Reaction::Seen).await;
    assert!(matches!(outcome, Err(GitHubError::Forbidden { .. })), "{outcome:?}");
    let outcome = repository.create_comment(ISSUE, "hello").await;
    assert!(matches!(outcome, Err(GitHubError::Forbidden { .. })), "{outcome:?}");
    let may_write = stage.sandbox.look(|world| world.tokens[0].permissions.values().any(|held| *held == Access::Write));
    assert!(!may_write);
}

#[tokio::test]
async fn a_comment_that_somebody_deleted_is_not_found_by_its_edit() {
    let stage = Stage::new();
    let repository = stage.repository();
    let id = repository.create_comment(PULL_REQUEST, "Accepted.").await.expect("a comment");
    repository.update_comment(id, "Running.").await.expect("an edit");
    stage.sandbox.edit_world(|world| world.remove_comment(id.get())).expect("a comment");
    let outcome = repository.update_comment(id, "Done.").await;
    assert!(matches!(outcome, Err(GitHubError::NotFound { .. })), "{outcome:?}");
}
