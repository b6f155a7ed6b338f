//! Sweeps while GitHub fails: what one part can't do stops no other, and is made up for.
//!
//! These scenes answer as GitHub's OpenAPI document doesn't say, so they are not part of the run through its proxy.

use local::sandbox::Fault;
use local::sandbox::world::Delivery;
use sweeper::Swept;

use crate::conversation::conversations;
use crate::crashes::taken;
use crate::stage::Stage;

conversations![alone:
    what_fails_in_one_part_stops_no_other,
    a_look_at_the_deliveries_that_broke_off_goes_on_there,
    an_installation_that_github_limits_is_left_alone,
    a_repository_that_fails_is_asked_again_and_holds_up_no_other,
    a_repository_without_the_app_is_no_failure,
    a_renamed_repository_is_found_under_its_new_name,
    a_repository_that_refused_us_and_was_renamed_is_found_again,
    a_repository_renamed_before_anybody_looked_is_found_by_its_id,
    a_repository_that_went_to_another_owner_is_no_failure,
    a_repository_that_refuses_us_fails_no_sweep,
    a_limit_of_the_apps_own_is_obeyed,
    the_first_request_that_fails_ends_the_asking,
    what_was_read_before_a_sweep_was_cut_off_is_read,
];

const HERE: &str = "octo/anthropic#1";
const DELIVERIES: &str = "/app/hook/deliveries";
const COMMENTS: &str = "/repos/octo/*/issues/comments";
const A_ROUND: i64 = 5;

async fn fails(stage: &Stage) -> String {
    sweeper::sweep(stage.system.sweeper()).await.expect_err("a part fails").to_string()
}

async fn what_fails_in_one_part_stops_no_other(stage: &Stage) {
    let command = stage.unheard("writer", HERE);
    taken(stage, &command).await;
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("GET", DELIVERIES) });
    stage.passes(10);
    assert_eq!(fails(stage).await, "parts of the sweep failed: deliveries");
    stage.hears(HERE, "**Dispatched.**").await;
}

async fn a_look_at_the_deliveries_that_broke_off_goes_on_there(stage: &Stage) {
    stage.passes(1);
    stage.is_reachable(false);
    stage.says("writer", HERE, "/ai-implement").await;
    stage.is_reachable(true);
    let failed = stage.sandbox.deliveries().pop().expect("a delivery");
    // More than a page of others, all newer.
    stage.at_github(|world| {
        for number in 0..150 {
            let id = world.next_id();
            let guid = format!("other-{number}");
            world.add_delivery(Delivery { id, guid, status_code: 200, event: "push".into(), ..failed.clone() });
        }
    });
    // The first page comes, the second doesn't.
    stage.sandbox.script_fault(Fault::on("GET", DELIVERIES));
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("GET", DELIVERIES) });
    assert_eq!(fails(stage).await, "parts of the sweep failed: deliveries");
    stage.sandbox.clear_requests();
    stage.passes(1);
    assert_eq!(stage.sweeps().await.redelivered, 1, "a failed round is taken up by the next sweep");
    let looked: Vec<_> = stage
        .sandbox
        .requests()
        .into_iter()
        .filter(|it| it.method == "GET" && it.path.starts_with(DELIVERIES))
        .collect();
    assert!(looked.len() == 1 && looked[0].path.contains("cursor="), "{looked:?}");
    stage.hears(HERE, "**Dispatched.**").await;
}

async fn an_installation_that_github_limits_is_left_alone(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.passes(2);
    let limited = Fault {
        status: Some(429),
        headers: [("retry-after".into(), "600".into())].into(),
        ..Fault::on("GET", COMMENTS)
    };
    stage.sandbox.script_fault(Fault { times: 2, ..limited });
    assert_eq!(stage.sweeps().await, Swept::default(), "a limit is no failure");
    stage.sandbox.clear_faults();
    stage.sandbox.clear_requests();
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 0);
    let asked = stage.sandbox.requests().iter().filter(|it| it.path.contains("/issues/comments")).count();
    assert_eq!(asked, 0, "nobody asks before the time is over");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1);
}

async fn a_repository_that_fails_is_asked_again_and_holds_up_no_other(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.unheard("writer", "octo/bedrock#1");
    stage.passes(2);
    stage
        .sandbox
        .script_fault(Fault { status: Some(502), ..Fault::on("GET", "/repos/octo/anthropic/issues/comments") });
    assert_eq!(fails(stage).await, "parts of the sweep failed: comments");
    stage.hears("octo/bedrock#1", "**Dispatched.**").await;
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1);
    stage.hears(HERE, "**Dispatched.**").await;
}

async fn a_repository_without_the_app_is_no_failure(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.passes(A_ROUND);
    stage.at_github(|world| world.installation.installed = false);
    assert_eq!(stage.sweeps().await, Swept::default());
    stage.passes(A_ROUND);
    stage.at_github(|world| world.installation.installed = true);
    assert_eq!(stage.sweeps().await.unheard, 1);
}

async fn a_renamed_repository_is_found_under_its_new_name(stage: &Stage) {
    stage.passes(1);
    stage.sweeps().await;
    stage.at_github(|world| world.repository_mut("octo/anthropic").expect("a repository").name = "renamed".into());
    // GitHub answers at the old name with a redirection, which the sandbox has none of.
    let moved = Fault { status: Some(301), ..Fault::on("GET", "/repos/octo/anthropic/issues/comments") };
    stage.sandbox.script_fault(moved);
    stage.unheard("writer", "octo/renamed#1");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 0, "the new name is learnt");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1);
    stage.hears("octo/renamed#1", "**Dispatched.**").await;
}

async fn a_repository_that_refused_us_and_was_renamed_is_found_again(stage: &Stage) {
    stage.passes(1);
    stage.sweeps().await;
    let refused = Fault { status: Some(404), ..Fault::on("GET", "/repos/octo/anthropic/issues/comments") };
    stage.sandbox.script_fault(refused);
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await, Swept::default());
    stage.renames("octo/anthropic", "octo/renamed");
    stage.unheard("writer", "octo/renamed#1");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1, "its id leads to its new name");
}

async fn a_repository_renamed_before_anybody_looked_is_found_by_its_id(stage: &Stage) {
    stage.passes(1);
    stage.renames("octo/anthropic", "octo/renamed");
    stage.unheard("writer", "octo/renamed#1");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1);
    stage.hears("octo/renamed#1", "**Dispatched.**").await;
}

async fn a_repository_that_went_to_another_owner_is_no_failure(stage: &Stage) {
    stage.passes(1);
    stage.renames("octo/anthropic", "elsewhere/anthropic");
    stage.unheard("writer", "octo/bedrock#1");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1);
}

async fn a_repository_that_refuses_us_fails_no_sweep(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", "octo/bedrock#1");
    stage.passes(2);
    let not_granted = serde_json::json!({"message": "Resource not accessible by integration"});
    let repository = "/repos/octo/anthropic/issues/comments";
    for (status, body) in [(403, Some(not_granted)), (403, None), (301, None)] {
        stage.sandbox.script_fault(Fault { status: Some(status), body, ..Fault::on("GET", repository) });
        stage.sweeps().await;
        stage.passes(A_ROUND);
    }
    stage.hears("octo/bedrock#1", "**Dispatched.**").await;
    stage.unheard("writer", HERE);
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1, "it is asked again all the same");
}

/// How often the App itself was heard: for deliveries, installations and tokens.
fn calls_of_the_app(stage: &Stage) -> usize {
    let of_app = |path: &str| path.starts_with("/app/") || path.ends_with("/installation");
    stage.sandbox.requests().iter().filter(|it| of_app(&it.path)).count()
}

async fn a_limit_of_the_apps_own_is_obeyed(stage: &Stage) {
    stage.passes(1);
    stage.is_reachable(false);
    // No command: a look at the comments would find one, and the worker has calls of its own.
    stage.says("writer", HERE, "thanks").await;
    stage.is_reachable(true);
    let limited = Fault {
        status: Some(429),
        headers: [("retry-after".into(), "600".into())].into(),
        ..Fault::on("POST", "/app/hook/deliveries/*/attempts")
    };
    stage.sandbox.script_fault(limited);
    assert_eq!(stage.sweeps().await.redelivered, 0, "a limit is no failure");
    // Where this repository is isn't known yet, so that only the App could ask.
    stage.maps("octo/unmapped", serde_json::json!({})).await;
    for _ in 0..9 {
        stage.passes(1);
        stage.sandbox.clear_requests();
        assert_eq!(stage.sweeps().await.redelivered, 0);
        assert_eq!(calls_of_the_app(stage), 0, "nobody asks before the time is over");
    }
    stage.passes(1);
    assert_eq!(stage.sweeps().await.redelivered, 1);
}

async fn the_first_request_that_fails_ends_the_asking(stage: &Stage) {
    stage.passes(1);
    stage.is_reachable(false);
    stage.says("writer", HERE, "/ai-implement").await;
    stage.is_reachable(true);
    let failed = stage.sandbox.deliveries().pop().expect("a delivery");
    stage.at_github(|world| {
        for number in 0..20 {
            let id = world.next_id();
            world.add_delivery(Delivery { id, guid: format!("other-{number}"), ..failed.clone() });
        }
    });
    let attempts = "/app/hook/deliveries/*/attempts";
    stage.sandbox.script_fault(Fault { status: Some(502), times: 1_000, ..Fault::on("POST", attempts) });
    stage.sandbox.clear_requests();
    assert_eq!(fails(stage).await, "parts of the sweep failed: deliveries");
    let asked = stage.sandbox.requests().iter().filter(|it| it.path.ends_with("/attempts")).count();
    assert!((1..=4).contains(&asked), "{asked} requests");
}

async fn what_was_read_before_a_sweep_was_cut_off_is_read(stage: &Stage) {
    stage.passes(1);
    stage.sweeps().await;
    stage.at_github(|world| {
        let id = world.repository("octo/anthropic").expect("a repository").id;
        for _ in 0..150 {
            world.add_comment(id, 1, "writer", "thanks");
        }
    });
    stage.passes(A_ROUND);
    stage.sandbox.clear_requests();
    let comments = "/repos/octo/anthropic/issues/comments";
    let asked = || {
        let requests = stage.sandbox.requests().into_iter();
        requests.filter(|it| it.path.starts_with(comments)).map(|it| it.path).collect::<Vec<_>>()
    };
    // The first page comes; the sweep ends while it waits for the second.
    stage.sandbox.script_fault(Fault::on("GET", comments));
    stage.sandbox.script_fault(Fault { delay_ms: Some(600_000), ..Fault::on("GET", comments) });
    tokio::select! {
        swept = sweeper::sweep(stage.system.sweeper()) => panic!("it was not cut off: {swept:?}"),
        () = stage.until("the second page is asked for", || asked().len() == 2) => {}
    }
    let before = asked();
    stage.sandbox.clear_faults();
    stage.sandbox.clear_requests();
    stage.passes(A_ROUND);
    stage.sweeps().await;
    assert_eq!(asked().first(), before.last(), "it goes on behind the first page");
}
