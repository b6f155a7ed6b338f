//! The full stack: what `sam build` makes and `sam deploy` deploys from template.yaml, on a local AWS that enforces IAM,
//! with the sandbox GitHub in front of it and behind it.
//!
//! Owns the order of the steps: they share one deployed stack. Everything listens on the loopback interface only, and
//! everything that is started ends with the test. Needs the tools of tests/tools (`make test-stack` brings them).

mod attempts;
mod aws_cli;
mod binaries;
mod commands;
mod crashes;
mod folder;
mod joined;
mod local_aws;
mod logs;
mod loopback;
mod mappings;
mod order;
mod outages;
mod pages;
mod parameters;
mod permissions;
mod poison;
mod program;
mod programs;
mod queues;
mod report;
mod sam;
mod secrets;
mod signed;
mod stage;
mod sweeps;
mod wait;

use std::process::ExitCode;
use std::time::Duration;

use local::sandbox::{Pace, Sandbox, SandboxConfig};
use tokio::signal::unix::{SignalKind, signal};

use crate::aws_cli::AwsCli;
use crate::folder::RunFolder;
use crate::local_aws::LocalAws;
use crate::report::{Report, say};
use crate::stage::{RECEIVES, Stage};

/// With nothing built yet, on two busy cores.
const BUILD_LIMIT: Duration = Duration::from_mins(30);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let folder = RunFolder::new();
        let mut report = Report::new();
        let finished = tokio::select! {
            () = run(&folder, &mut report) => true,
            () = interrupted() => false,
        };
        if !(finished && report.is_green()) {
            say(&format!("the logs are in {}\n", folder.keep().display()));
        }
        if !finished {
            return ExitCode::FAILURE;
        }
        report.end()
    })
}

/// Ends when somebody wants this test to end. What was started ends with the steps that are dropped then.
async fn interrupted() {
    let wait_for = |kind| signal(kind).expect("a signal to wait for");
    let (mut terminate, mut hangup) = (wait_for(SignalKind::terminate()), wait_for(SignalKind::hangup()));
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    say("\ninterrupted\n");
}

/// Every step. What needs an earlier step that failed is not tried.
async fn run(folder: &RunFolder, report: &mut Report) {
    let Some(()) = report.step_within(BUILD_LIMIT, "sam builds the functions", sam::build(folder)).await else {
        return;
    };
    report.step("they need no newer C library than theirs on Lambda", binaries::run_on_amazon_linux(folder)).await;
    let Some(local) = report.step("a local AWS starts, with IAM enforced", LocalAws::start(folder)).await else {
        return;
    };
    let endpoint = local.endpoint();
    let aws = AwsCli::new(folder, &endpoint);
    let wrong = parameters::that_break_a_rule_are_refused(folder, &aws);
    report.step("sam refuses parameters that break a rule, with a sentence", wrong).await;
    let sandbox = Sandbox::start(SandboxConfig { port: 0, webhook: None, pace: Pace::Manual, state_file: None });
    let sandbox = sandbox.expect("the sandbox starts");
    let deployed = async {
        let (url, receives) = (sandbox.url(), RECEIVES.to_string());
        // Attempts enough to see one come back, few enough to wait for the last one. The most talkative log.
        let parameters = [
            ("GitHubApiUrl", url.as_str()),
            ("GitHubOidcIssuer", url.as_str()),
            ("MaxReceiveCount", receives.as_str()),
            ("LogLevel", "debug"),
        ];
        let ended = sam::deploy(folder, &endpoint, &parameters).await;
        assert!(ended.status.success(), "sam deploy: {}{}", ended.output, ended.errors);
        Stage::set(aws, &local, sandbox.clone()).await
    };
    let Some(stage) = report.step("sam deploys the stack", deployed).await else { return };
    scenes(report, &stage, folder).await;
    if !report.is_green() {
        logs::are_kept(folder, &stage).await;
    }
    report.step("no function fell over", async { local.ran_every_function_through() }).await;
    let doubt = sweeps::leave_a_dispatch_in_doubt(&stage);
    let is_in_doubt = report.step("a dispatch is left in doubt", doubt).await;
    killings(report, &stage).await;
    if is_in_doubt.is_some() {
        report.step("a sweep has the doubt looked at", sweeps::have_the_doubt_looked_at(&stage)).await;
    }
    let programs = [local.id(), std::process::id()];
    report.step("nothing listens but on this machine", async { loopback::is_all_that_listens(&programs) }).await;
}

/// After the check that no function falls over by itself.
async fn killings(report: &mut Report, stage: &Stage<'_>) {
    let soon = crashes::a_killed_workers_message_comes_again_soon(stage);
    report.step("the queue gives a killed worker's message out again soon", soon).await;
    report.step("killed before the dispatch, it dispatches once", crashes::killed_before_the_dispatch(stage)).await;
    let answering = crashes::killed_while_github_answers_the_dispatch(stage);
    report.step("killed while GitHub answers the dispatch, it dispatches no second time", answering).await;
    report.step("killed before it could tell, it only tells", crashes::killed_before_it_could_tell(stage)).await;
    let told = crashes::killed_before_it_knew_that_it_had_told(stage);
    report.step("killed when it had told, it tells no second time", told).await;
}

async fn scenes(report: &mut Report, stage: &Stage<'_>, folder: &RunFolder) {
    report.step("sweeps are scheduled every minute", sweeps::are_scheduled_every_minute(stage)).await;
    let missing = secrets::without_them_each_is_named(stage);
    report.step("without secrets, /healthz names each, and nothing is acknowledged", missing).await;
    report.step("malformed secrets are named as such", secrets::malformed_ones_are_named(stage)).await;
    report.step("the secrets are put", secrets::are_put_as_the_readme_says(stage)).await;
    report.step("IAM is enforced", permissions::are_enforced(stage)).await;
    report.step("each function may do what it does, and nothing else", permissions::are_as_committed(stage)).await;
    report.step("the secrets are taken without a restart", secrets::are_taken_without_a_restart(stage)).await;
    report.step("mappings are set through the API", mappings::are_set_through_the_api(stage)).await;
    report.step("a mapping is edited on its page", pages::edit_a_mapping(stage)).await;
    report
        .step("a signed comment becomes a run on Bedrock, and is told so", commands::a_comment_becomes_a_run(stage))
        .await;
    report.step("refusals name their reason", commands::refusals_name_their_reason(stage)).await;
    report.step("a forged delivery leaves no trace", commands::a_forged_delivery_leaves_no_trace(stage)).await;
    report.step("what is delivered twice runs once", commands::what_comes_twice_runs_once(stage)).await;
    report.step("whoever calls the dispatch API is asked who it is", programs::are_asked_who_they_are(stage)).await;
    report.step("everybody may read what the dispatch API is", programs::read_the_description(stage)).await;
    report.step("a program has a run started with its token", programs::start_runs_with_a_token(stage)).await;
    report.step("a workflow asks for its own repository", programs::are_workflows_of_their_own_repository(stage)).await;
    report
        .step("a run redeems its claim, and another does not", programs::are_runs_that_redeem_their_claim(stage))
        .await;
    let joined = joined::a_comment_runs_the_delivered_workflow(stage, folder);
    report.step("a comment runs the delivered workflow, which works, pushes and reports", joined).await;
    report.step("each conversation is worked on in order", order::each_conversation_is_worked_on_in_order(stage)).await;
    let poison = poison::what_always_fails_is_given_up(stage);
    report.step("what always fails is given up, its commenter told, and nobody else waits", poison).await;
    let queue = outages::without_the_queue_nothing_is_acknowledged(stage);
    report.step("while the queue is out, nothing is acknowledged", queue).await;
    let tables = outages::without_the_tables_nothing_is_lost(stage);
    report.step("while the tables are out, the API says so and no command is lost", tables).await;
    let sweep = sweeps::bring_back_what_was_not_acknowledged(stage);
    report.step("a sweep brings back what was not acknowledged", sweep).await;
    report.step("logs are kept for a while", logs::are_kept_for_a_while(stage)).await;
    report.step("no log holds a secret or a comment", logs::hold_no_secret_and_no_comment(stage)).await;
}
