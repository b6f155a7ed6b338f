//! A local AWS that enforces IAM: ministack, on a free port of the loopback interface.
//!
//! Owns its start, its end and its log. Never speaks to it but to ask whether it is up.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use crate::aws_cli::{ACCOUNT, REGION};
use crate::folder::RunFolder;
use crate::program::Program;
use crate::sam::STACK;
use crate::stage::FUNCTIONS;
use crate::wait::until;

const PATIENCE: Duration = Duration::from_mins(1);
/// What its log says of a function that ended, hung, or failed an invocation.
const FAILURES: [&str; 5] =
    ["Runtime exited", "bootstrap exited", "did not reach the Runtime API", "Task timed out", "failed processing"];

/// A running local AWS. Dropped, it ends, and the functions that it runs with it.
pub(crate) struct LocalAws {
    program: Program,
    log: PathBuf,
    port: u16,
}

impl LocalAws {
    /// Starts one and waits until it answers.
    pub(crate) async fn start(folder: &RunFolder) -> Self {
        let port = free_port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut command = folder.program("ministack");
        command
            .env("GATEWAY_PORT", port.to_string())
            // Without it, it listens on every interface.
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "localhost")
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("MINISTACK_REGION", REGION)
            .env("STATE_DIR", folder.at("state"))
            .env("AUTH", "true")
            .env("LAMBDA_EXECUTOR", "local")
            // What functions call back to.
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0");
        let log = folder.at("logs/aws.log");
        let program = Program::start_with_log(&mut command, &log);
        let mut aws = Self { program, log, port };
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let ready = format!("{endpoint}/_ministack/ready");
        until(PATIENCE, "the local AWS is up", async || {
            assert!(!aws.program.has_ended(), "it ended; its log is logs/aws.log");
            let answer = client.get(&ready).send().await.ok()?.json::<serde_json::Value>().await.ok()?;
            (answer["status"] == "completed").then_some(())
        })
        .await;
        aws
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Panics when a function ever ended by itself, hung or failed an invocation.
    pub(crate) fn ran_every_function_through(&self) {
        let log = std::fs::read_to_string(&self.log).expect("a log of ours");
        for function in FUNCTIONS {
            let started = format!("environment spawned for {STACK}-{} (cold start)", function.name);
            assert!(log.contains(&started), "the {} never ran, or the log has other words by now", function.name);
        }
        let failures = log.lines().filter(|line| FAILURES.iter().any(|failure| line.contains(failure)));
        assert_eq!(failures.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    /// Where AWS's services are.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port of everything, the APIs behind API Gateway too.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
