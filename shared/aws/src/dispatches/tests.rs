//! The Dispatches table against a real DynamoDB engine, embedded, through the AWS SDK.

mod by_time;
mod repository;

use std::num::NonZeroU32;
use std::time::Duration;

use domain::claim::{DispatchOrder, Line, Nonce, Reconciliation, RunRef};
use domain::decide::Room;
use domain::ids::{CommentId, IssueNumber, RepoId, RunId};
use domain::message::{CommentCommand, DueClaim, Message};
use domain::refusal::Obstacle;
use domain::request::{Place, Request};
use domain::run::{RunSnapshot, RunStatus};

use super::*;
use crate::table::{PARTITION_KEY, SORT_KEY};
use crate::tests::{at, engine};

const ROOM: Room = Room { slots: NonZeroU32::new(2).expect("not zero"), runs_a_day: None };

async fn table() -> Dispatches {
    Dispatches::new(&engine().await, "Dispatches")
}

fn claim(nonce: u128, number: u64, comment: u64) -> Claim {
    let json = format!(
        r#"{{"v":1,"type":"comment","repo":{{"id":7,"name":"Octo/Hello","default_branch":"main"}},"subject":"pull-request",
        "number":{number},"comment":{comment},"commenter":{{"id":4,"login":"writer"}},"commented_at":"2026-11-01T10:00:00Z",
        "command":{{"verb":"implement","instructions":"none"}}}}"#
    );
    let Ok(Message::Comment(request)) = Message::from_json(&json) else { panic!("a comment") };
    let request: CommentCommand = request;
    Claim::receive(ClaimId::from_parts(1_800_000_000_000, nonce), request, at(0))
}

fn order() -> DispatchOrder {
    serde_json::from_str(
        r#"{"kind":"gap-fill","workflow_file":"claude-implement.yml","git_ref":"main","provider":{"name":"anthropic"},
        "ticket":{"id":"1","identifier":"ENG-1","title":"t","description":"d","origin":"metadata-block"}}"#,
    )
    .expect("an order")
}

fn run(id: u64) -> RunRef {
    RunRef::first(RunId::new(id), format!("https://github.com/Octo/Hello/actions/runs/{id}"))
}

async fn taken(table: &Dispatches, claim: Claim) -> Claim {
    match table.take(claim).await.expect("a working table") {
        Taken::New(claim) => claim,
        Taken::Existing(claim) => panic!("{} was there already", claim.id),
    }
}

async fn begun(table: &Dispatches, claim: &Claim) -> Claim {
    let next = claim.intend(order(), Nonce::new(1), at(1)).expect("from received");
    assert_eq!(table.begin(claim, &next, ROOM).await.expect("a working table"), Begun::Written);
    next
}

#[tokio::test]
async fn a_command_is_taken_once_whatever_the_claim_id() {
    let table = table().await;
    let first = taken(&table, claim(1, 5, 900)).await;
    assert_eq!(table.take(claim(2, 5, 900)).await.expect("a working table"), Taken::Existing(first));
}

#[tokio::test]
async fn a_repeated_write_recognises_its_own_claim() {
    let table = table().await;
    let first = taken(&table, claim(1, 5, 900)).await;
    assert_eq!(table.take(first.clone()).await.expect("a working table"), Taken::New(first));
}

#[tokio::test]
async fn of_many_concurrent_takers_one_wins() {
    let table = table().await;
    let mut takers = tokio::task::JoinSet::new();
    for nonce in 0..20 {
        let table = table.clone();
        takers.spawn(async move { table.take(claim(nonce, 5, 900)).await.expect("a working table") });
    }
    let won = takers.join_all().await.into_iter().filter(|taken| matches!(taken, Taken::New(_))).count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_claim_is_read_back_as_it_was_written() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let intended = begun(&table, &received).await;
    let dispatched = intended.dispatched(run(31), at(2)).expect("from dispatching");
    assert!(table.advance(&intended, &dispatched).await.expect("a working table"));
    assert_eq!(table.claim(received.id).await.expect("a working table"), Some(dispatched.clone()));
    assert_eq!(table.claim_of_run(RunId::new(31)).await.expect("a working table"), Some(dispatched));
    assert_eq!(table.claim_of_run(RunId::new(32)).await.expect("a working table"), None);
}

#[tokio::test]
async fn a_transition_from_an_old_state_is_lost() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let intended = begun(&table, &received).await;
    let refused = received.refused("PAUSED", "…".into(), at(2)).expect("from received");
    assert!(!table.advance(&received, &refused).await.expect("a working table"));
    let again = received.intend(order(), Nonce::new(2), at(3)).expect("from received");
    assert_eq!(table.begin(&received, &again, ROOM).await.expect("a working table"), Begun::Lost);
    assert_eq!(table.claim(received.id).await.expect("a working table"), Some(intended));
}

#[tokio::test]
async fn a_conversation_has_one_writer_until_its_end() {
    let table = table().await;
    let first = taken(&table, claim(1, 5, 900)).await;
    let first = begun(&table, &first).await;
    let second = taken(&table, claim(2, 5, 901)).await;
    let intent = second.intend(order(), Nonce::new(3), at(2)).expect("from received");
    assert_eq!(table.begin(&second, &intent, ROOM).await.expect("a working table"), Begun::InFlight);
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(5))).await.expect("a working table");
    assert_eq!(record.holder.map(|claim| claim.id), Some(first.id));

    let refused = first.refused("GITHUB_REJECTED", "…".into(), at(3)).expect("from dispatching");
    assert!(table.advance(&first, &refused).await.expect("a working table"));
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(5))).await.expect("a working table");
    assert_eq!((record.holder, record.last.map(|claim| claim.id)), (None, Some(first.id)));
    assert_eq!(table.begin(&second, &intent, ROOM).await.expect("a working table"), Begun::Written);
}

#[tokio::test]
async fn a_repository_has_so_many_slots_and_gets_them_back() {
    let table = table().await;
    let mut claims = Vec::new();
    for number in 1..=3 {
        claims.push(taken(&table, claim(number.into(), number, 900 + number)).await);
    }
    let first = begun(&table, &claims[0]).await;
    begun(&table, &claims[1]).await;
    let third = claims[2].intend(order(), Nonce::new(4), at(2)).expect("from received");
    assert_eq!(table.begin(&claims[2], &third, ROOM).await.expect("a working table"), Begun::AtCapacity);
    // What failed left nothing behind: the conversation is still free.
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(3))).await.expect("a working table");
    assert_eq!(record, ConversationRecord::default());
    assert!(table.advance(&first, &first.not_sent(at(3)).expect("from dispatching")).await.expect("a working table"));
    assert_eq!(table.begin(&claims[2], &third, ROOM).await.expect("a working table"), Begun::Written);
}

async fn line(table: &Dispatches) -> Line {
    table.line(RepoId::new(7)).await.expect("a working table")
}

/// Four claims of one repository: two have its slots, two wait.
async fn two_run_and_two_wait(table: &Dispatches) -> [Claim; 4] {
    let mut claims = Vec::new();
    for number in 1..=4 {
        let claim = taken(table, claim(number.into(), number, 900 + number)).await;
        claims.push(if number <= 2 {
            begun(table, &claim).await
        } else {
            let queued = claim.queued(&line(table).await, 2, at(2)).expect("from received");
            assert_eq!(table.line_up(&claim, &queued).await.expect("a working table"), Begun::Written);
            queued
        });
    }
    claims.try_into().expect("four claims")
}

#[tokio::test]
async fn who_waits_has_a_place_and_a_lock_and_newcomers_stand_behind() {
    let table = table().await;
    let [first, second, third, fourth] = two_run_and_two_wait(&table).await;
    let stands = line(&table).await;
    assert_eq!(stands.holders, [first.id, second.id].into());
    assert_eq!(stands.waiting, [third.id, fourth.id].into());
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(3))).await.expect("a working table");
    assert_eq!(record.holder.map(|claim| claim.id), Some(third.id));

    assert!(table.advance(&first, &first.not_sent(at(3)).expect("from dispatching")).await.expect("a working table"));
    let newcomer = taken(&table, claim(9, 9, 909)).await;
    let intent = newcomer.intend(order(), Nonce::new(9), at(4)).expect("from received");
    assert_eq!(table.begin(&newcomer, &intent, ROOM).await.expect("a working table"), Begun::AtCapacity);
    let intent = third.intend(order(), Nonce::new(3), at(4)).expect("from queued");
    assert_eq!(table.begin(&third, &intent, ROOM).await.expect("a working table"), Begun::Written);
    let stands = line(&table).await;
    assert_eq!((stands.holders, stands.waiting), ([second.id, third.id].into(), [fourth.id].into()));
}

#[tokio::test]
async fn who_leaves_the_line_leaves_nothing_behind() {
    let table = table().await;
    let [.., third, fourth] = two_run_and_two_wait(&table).await;
    let refused = third.refused("PR_CLOSED", "…".into(), at(5)).expect("from queued");
    assert!(table.advance(&third, &refused).await.expect("a working table"));
    assert_eq!(line(&table).await.waiting, [fourth.id].into());
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(3))).await.expect("a working table");
    assert_eq!(record.holder, None);
    table.leave_line(RepoId::new(7), fourth.id).await.expect("a working table");
    assert_eq!(line(&table).await.waiting, [].into());
}

#[tokio::test]
async fn a_day_has_so_many_runs_and_one_that_never_started_counts_no_more() {
    let table = table().await;
    let room = Room { runs_a_day: NonZeroU32::new(1), slots: NonZeroU32::new(9).expect("not zero") };
    let budgeted = || DispatchOrder { is_budgeted: true, ..order() };
    let first = taken(&table, claim(1, 1, 901)).await;
    let intent = first.intend(budgeted(), Nonce::new(1), at(1)).expect("from received");
    assert_eq!(table.begin(&first, &intent, room).await.expect("a working table"), Begun::Written);
    let second = taken(&table, claim(2, 2, 902)).await;
    let another = second.intend(budgeted(), Nonce::new(2), at(2)).expect("from received");
    assert_eq!(table.begin(&second, &another, room).await.expect("a working table"), Begun::OverBudget);

    let back = intent.not_sent(at(3)).expect("from dispatching");
    assert!(table.advance(&intent, &back).await.expect("a working table"));
    let again = back.intend(budgeted(), Nonce::new(3), at(4)).expect("from authorized");
    assert_eq!(table.begin(&back, &again, room).await.expect("a working table"), Begun::Written, "it is counted once");
    let refused = again.refused("GITHUB_REJECTED", "…".into(), at(5)).expect("from dispatching");
    assert!(table.advance(&again, &refused).await.expect("a working table"));
    assert_eq!(table.begin(&second, &another, room).await.expect("a working table"), Begun::Written);
}

#[tokio::test]
async fn a_conversations_claims_are_listed_in_their_order() {
    let table = table().await;
    for (nonce, number) in [(1, 5), (2, 6), (3, 5)] {
        taken(&table, claim(nonce, number, 900 + u64::try_from(nonce).expect("small"))).await;
    }
    let listed = async |limit| {
        let claims = table.of_conversation(RepoId::new(7), IssueNumber::new(5), limit).await.expect("a working table");
        claims.iter().map(|claim| claim.request.comment().expect("a comment").get()).collect::<Vec<_>>()
    };
    assert_eq!((listed(10).await, listed(1).await), (vec![901, 903], vec![903]));
}

#[tokio::test]
async fn a_run_that_is_run_again_takes_its_lock_back_where_it_is_free() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let intended = begun(&table, &received).await;
    let dispatched = intended.dispatched(run(31), at(2)).expect("from dispatching");
    assert!(table.advance(&intended, &dispatched).await.expect("a working table"));
    let gone = dispatched.run_is_gone(at(3)).expect("under way");
    assert!(table.advance(&dispatched, &gone).await.expect("a working table"));
    let again = RunSnapshot {
        run: RunRef { attempt: 2, ..run(31) },
        title: String::new(),
        status: RunStatus::Waiting,
        started_at: None,
        updated_at: at(9),
    };
    let again = gone.seen(&again).expect("a later attempt");
    let other = taken(&table, claim(2, 5, 901)).await;
    let other = begun(&table, &other).await;
    assert!(!table.advance(&gone, &again).await.expect("a working table"), "the conversation is another's");
    assert!(table.advance(&other, &other.not_sent(at(10)).expect("from dispatching")).await.expect("a working table"));
    assert!(table.advance(&gone, &again).await.expect("a working table"));
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(5))).await.expect("a working table");
    assert_eq!(record.holder.map(|claim| claim.id), Some(received.id));
    assert_eq!(line(&table).await.holders, [received.id].into());
}

/// A claim that GitHub refused, with a comment that says so.
async fn refused(table: &Dispatches) -> Claim {
    let received = taken(table, claim(1, 5, 900)).await;
    let refused = received.refused("PAUSED", "…".into(), at(2)).expect("from received");
    assert!(table.advance(&received, &refused).await.expect("a working table"));
    Claim { status_comment: Some(CommentId::new(77)), ..refused }
}

#[tokio::test]
async fn what_people_know_of_is_not_due() {
    let table = table().await;
    let claim = refused(&table).await;
    let due = table.due(at(122), 10).await.expect("a working table");
    assert_eq!(due.iter().map(|due| (due.claim, due.due_at)).collect::<Vec<_>>(), [(claim.id, at(122))]);
    let told = table.note_told(&claim).await.expect("a working table");
    assert_eq!((told.told, told.is_untold()), (Some(1), false));
    assert_eq!(table.claim(claim.id).await.expect("a working table"), Some(told));
    assert_eq!(table.due(at(9_999), 10).await.expect("a working table"), []);
}

#[tokio::test]
async fn what_people_know_of_a_claim_that_moved_on_is_only_where_they_were_told() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let intended = begun(&table, &received).await;
    let doubted = intended.doubted(at(2)).expect("from dispatching");
    assert!(table.advance(&intended, &doubted).await.expect("a working table"));
    let behind = Claim { status_comment: Some(CommentId::new(77)), ..intended };
    let stored = table.note_told(&behind).await.expect("a working table");
    assert_eq!((stored.status_comment, stored.revision), (Some(CommentId::new(77)), doubted.revision));
    assert!(stored.is_untold());
}

#[tokio::test]
async fn a_stray_that_was_noted_meanwhile_is_never_forgotten() {
    let table = table().await;
    let intended = begun(&table, &taken(&table, claim(1, 5, 900)).await).await;
    let dispatched = intended.dispatched(run(31), at(2)).expect("from dispatching");
    assert!(table.advance(&intended, &dispatched).await.expect("a working table"));
    let noted = Claim { strays: [RunId::new(32)].into(), ..dispatched.clone() };
    assert!(table.keep(&dispatched, &noted).await.expect("a working table"));

    let gone = |from: &Claim| from.run_is_gone(at(3)).expect("a claim with a run");
    assert!(!table.advance(&dispatched, &gone(&dispatched)).await.expect("a working table"), "an older reading");
    assert!(!table.keep(&dispatched, &dispatched.looked_at(at(3))).await.expect("a working table"), "an older reading");
    let stored = table.note_told(&dispatched).await.expect("a working table");
    assert_eq!((stored.is_untold(), &stored), (true, &noted), "what people know is noted with the next word");

    assert!(table.advance(&stored, &gone(&stored)).await.expect("a working table"));
    let ended = table.claim(intended.id).await.expect("a working table").expect("the claim");
    assert_eq!((ended.state.is_over(), &ended.strays), (true, &noted.strays));
    let rid = ended.without_stray(RunId::new(32));
    assert!(table.keep(&ended, &rid).await.expect("a working table"));
    assert!(!table.keep(&ended, &ended).await.expect("a working table"), "nor is one that was struck off put back");
}

#[tokio::test]
async fn what_waits_is_due_when_its_wait_is_over() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let waiting = received.waiting(Obstacle::GitHub, Some(Duration::from_mins(5)), at(10));
    assert!(table.keep(&received, &waiting).await.expect("a working table"));
    assert_eq!(table.claim(received.id).await.expect("a working table"), Some(waiting));
    assert_eq!(table.due(at(309), 10).await.expect("a working table"), []);
    let due = table.due(at(310), 10).await.expect("a working table");
    let expected = DueClaim {
        claim: received.id,
        group: "7#5".into(),
        epoch: 0,
        due_at: at(310),
        called_by: None,
        revision: None,
        asked_by: None,
    };
    assert_eq!(due, [expected]);
}

#[tokio::test]
async fn a_wait_is_not_written_on_a_claim_that_moved() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    begun(&table, &received).await;
    let waiting = received.waiting(Obstacle::GitHub, None, at(10));
    assert!(!table.keep(&received, &waiting).await.expect("a working table"));
}

#[tokio::test]
async fn an_intent_whose_answer_was_lost_is_recognised_by_its_nonce() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let mine = received.intend(order(), Nonce::new(71), at(1)).expect("from received");
    assert_eq!(table.begin(&received, &mine, ROOM).await.expect("a working table"), Begun::Written);
    assert_eq!(table.begin(&received, &mine, ROOM).await.expect("a working table"), Begun::Written);
    let others = received.intend(order(), Nonce::new(72), at(1)).expect("from received");
    assert_eq!(table.begin(&received, &others, ROOM).await.expect("a working table"), Begun::Lost);
}

#[tokio::test]
async fn a_claim_that_waits_for_a_person_keeps_its_conversation_and_gives_its_slot_to_others() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    let intended = begun(&table, &received).await;
    let doubted = intended.doubted(at(2)).expect("from dispatching");
    assert!(table.advance(&intended, &doubted).await.expect("a working table"));
    let mut looked = doubted;
    let unknown = loop {
        match looked.reconciled(&[], at(9_000)).expect("in doubt") {
            Reconciliation::NotYet(next) => looked = next,
            Reconciliation::GivenUp(next) => break next,
            found @ Reconciliation::Found(_) => panic!("nothing was listed: {found:?}"),
        }
    };
    assert!(table.advance(&looked, &unknown).await.expect("a working table"));
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(5))).await.expect("a working table");
    assert_eq!(record.holder.map(|claim| claim.id), Some(unknown.id));
    for number in [6, 7] {
        let other = taken(&table, claim(number.into(), number, 900 + number)).await;
        begun(&table, &other).await;
    }
    let dropped = unknown.dropped("ops", at(9_001)).expect("from unknown");
    assert!(table.advance(&unknown, &dropped).await.expect("a working table"));
    let record =
        table.conversation(&Place::of_number(RepoId::new(7), IssueNumber::new(5))).await.expect("a working table");
    assert_eq!(record.holder, None);
}

#[tokio::test]
async fn a_record_that_is_set_aside_rests_and_a_renamed_repository_is_noted() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    table.note_name(received.id, &"octo/renamed".parse().expect("a name")).await.expect("a working table");
    let stored = table.claim(received.id).await.expect("a working table").expect("there");
    assert_eq!(stored.request.repo().name.to_string(), "octo/renamed");
    assert_eq!(table.due(at(9_999), 10).await.expect("a working table").len(), 1);
    let addressee = table.set_aside(received.id, at(20_000)).await.expect("a working table");
    assert_eq!(addressee.map(|it| it.comment), received.request.comment());
    assert_eq!(table.due(at(19_999), 10).await.expect("a working table"), []);
    assert_eq!(table.due(at(20_000), 10).await.expect("a working table").len(), 1);
}

#[tokio::test]
async fn a_command_is_known_once_it_is_taken() {
    let table = table().await;
    let claim = claim(1, 5, 900);
    let key = claim.request.natural_key();
    assert!(!table.knows(&key).await.expect("a working table"));
    taken(&table, claim).await;
    assert!(table.knows(&key).await.expect("a working table"));
    assert!(!table.knows("c:7:901").await.expect("a working table"));
}

#[tokio::test]
async fn a_request_leads_to_its_claim_as_it_is_now() {
    let table = table().await;
    let claim = claim(1, 5, 900);
    let key = claim.request.natural_key();
    assert_eq!(table.claim_of_natural_key(&key).await.expect("a working table"), None);
    let received = taken(&table, claim).await;
    assert_eq!(table.claim_of_natural_key(&key).await.expect("a working table"), Some(received.clone()));
    let begun = begun(&table, &received).await;
    assert_eq!(table.claim_of_natural_key(&key).await.expect("a working table"), Some(begun));
    assert_eq!(table.claim_of_natural_key("c:7:901").await.expect("a working table"), None);
}

#[tokio::test]
async fn a_request_whose_claim_is_gone_is_told_from_one_that_nobody_took() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    removed(&table, &received).await;
    let answer = table.claim_of_natural_key(&received.request.natural_key()).await;
    assert!(matches!(answer, Err(StoreError::Corrupt { .. })), "{answer:?}");
}

#[tokio::test]
async fn something_is_said_once_within_its_time() {
    let table = table().await;
    let hour = SignedDuration::from_hours(1);
    let (one, other) = (ClaimId::from_parts(0, 1), ClaimId::from_parts(0, 2));
    let may_say =
        async |claim, second| table.say_once("7#5#4#FORK_PR", claim, at(second), hour).await.expect("a working table");
    assert!(may_say(one, 0).await);
    assert!(!may_say(other, 1).await);
    assert!(may_say(one, 2).await, "the claim that took the word may still say it");
    assert!(!may_say(other, 3_601).await);
    assert!(may_say(other, 3_602).await);
}

#[tokio::test]
async fn one_worker_at_a_time_has_the_turn_to_tell() {
    let table = table().await;
    let claim = ClaimId::from_parts(0, 1);
    let (one, other) = (Nonce::new(1), Nonce::new(2));
    let take = async |worker, second| {
        table.take_turn(claim, worker, at(second), at(second + 30)).await.expect("a working table")
    };
    assert_eq!(take(one, 0).await, Turn::First);
    assert_eq!(take(other, 29).await, Turn::Anothers { until: at(30) });
    assert_eq!(take(one, 29).await, Turn::Again, "whoever has it keeps it, and it lasts anew");
    assert_eq!(take(other, 58).await, Turn::Anothers { until: at(59) });
    assert_eq!(take(other, 59).await, Turn::Again, "it is over, and somebody had it");

    table.give_turn_back(claim, one, at(60)).await.expect("a working table");
    assert_eq!(take(one, 61).await, Turn::Anothers { until: at(89) }, "nobody gives back what another one has");
    table.give_turn_back(claim, other, at(62)).await.expect("a working table");
    assert_eq!(take(one, 62).await, Turn::Again);
    table.give_turn_back(ClaimId::from_parts(0, 2), one, at(62)).await.expect("what nobody took is nobody's");
}

async fn removed(table: &Dispatches, claim: &Claim) {
    let delete = table.client.delete_item().table_name(&table.table);
    let delete = delete.key(PARTITION_KEY, string(claim_partition(claim.id))).key(SORT_KEY, string(META));
    delete.send().await.expect("removed by hand");
}

/// Another release wrote its state.
async fn made_unreadable(table: &Dispatches, claim: &Claim) {
    let update = table.client.update_item().table_name(&table.table);
    let update = update.key(PARTITION_KEY, string(claim_partition(claim.id))).key(SORT_KEY, string(META));
    let update = update.update_expression("SET #state = :state").expression_attribute_names("#state", "state");
    update.expression_attribute_values(":state", string("from the future")).send().await.expect("written by hand");
}

#[tokio::test]
async fn an_item_of_an_unknown_shape_is_told_from_an_outage() {
    let table = table().await;
    let received = taken(&table, claim(1, 5, 900)).await;
    made_unreadable(&table, &received).await;
    let error = table.claim(received.id).await.expect_err("unknown");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");

    let nowhere = Dispatches::new(&Sdk::local("http://127.0.0.1:9"), "Dispatches");
    let error = nowhere.claim(received.id).await.expect_err("unreachable");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}
