//! Both sides of the wire held against GitHub's own OpenAPI document.
//!
//! Owns the proxy. Every conversation without scripted faults runs through it; a request of ours or an answer of the
//! sandbox's that breaks the document is turned into an error by the proxy, and is looked for in its log besides.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

use crate::conversation::Scene;
use crate::stage::{Stage, fresh_sandbox};
use crate::{
    admin, answers, doctor, life, news, operators, owners, planning, programs, quiet, redeeming, refusals, repeats,
    reporting, runs, sign_in, steering, sweeping, taking_back, waiting,
};

struct Proxy {
    url: String,
    log: watch::Receiver<Vec<String>>,
    _process: Child,
}

impl Proxy {
    /// Starts the proxy in front of a sandbox, and waits until it listens.
    async fn before(upstream: &str) -> Self {
        let port = free_port();
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools");
        let prism = tools.join("node_modules/.bin/prism");
        assert!(prism.exists(), "the OpenAPI proxy is not installed: run `make tools`");
        let document: PathBuf = tools.join("github-openapi.json");
        let mut process = Command::new(prism)
            .args(["proxy", "--host", "127.0.0.1", "--port", &port.to_string(), "--errors"])
            .arg(document)
            .arg(upstream)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the OpenAPI proxy starts");
        let lines = BufReader::new(process.stdout.take().expect("its output is ours")).lines();
        let (written, mut log) = watch::channel(Vec::new());
        tokio::spawn(keep(lines, written));
        log.wait_for(|log| log.iter().any(|line| line.contains("is listening on")))
            .await
            .expect("the OpenAPI proxy listens");
        Self { url: format!("http://127.0.0.1:{port}"), log, _process: process }
    }

    /// The exchanges that the proxy ended because one side broke the document.
    fn violations(&self) -> Vec<String> {
        self.log.borrow().iter().filter(|line| is_violation(line)).cloned().collect()
    }

    /// Waits for the proxy to write of a violation.
    async fn wait_for_violation(&mut self) {
        self.log.wait_for(|log| log.iter().any(|line| is_violation(line))).await.expect("the OpenAPI proxy goes on");
    }
}

fn is_violation(line: &str) -> bool {
    line.contains("terminated with error")
}

async fn keep(mut lines: Lines<BufReader<ChildStdout>>, log: watch::Sender<Vec<String>>) {
    while let Ok(Some(line)) = lines.next_line().await {
        log.send_modify(|log| log.push(line));
    }
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_conversation_keeps_to_githubs_own_openapi_document() {
    let sandbox = fresh_sandbox();
    let proxy = Proxy::before(&sandbox.url()).await;
    let scenes = [
        admin::SCENES,
        runs::SCENES,
        refusals::SCENES,
        answers::SCENES,
        doctor::SCENES,
        quiet::SCENES,
        life::SCENES,
        owners::SCENES,
        repeats::SCENES,
        sweeping::SCENES,
        planning::SCENES,
        operators::SCENES,
        programs::SCENES,
        redeeming::SCENES,
        reporting::SCENES,
        news::SCENES,
        sign_in::SCENES,
        steering::SCENES,
        taking_back::SCENES,
        waiting::SCENES,
    ];
    let scenes: Vec<&Scene> = scenes.into_iter().flatten().collect();
    let mut requests = 0;
    for (name, scene) in scenes {
        sandbox.reset();
        let stage = Stage::on(sandbox.clone(), proxy.url.clone()).await;
        scene(&stage).await;
        stage.idle().await;
        requests += sandbox.requests().len();
        assert_eq!(proxy.violations(), Vec::<String>::new(), "{name}");
    }
    assert!(requests > 300, "only {requests} requests went through the proxy");
}

/// The proxy would notice: a comment without a body is no request of GitHub's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proxy_sees_a_violation_when_there_is_one() {
    let sandbox = fresh_sandbox();
    let mut proxy = Proxy::before(&sandbox.url()).await;
    let answer = reqwest::Client::new()
        .post(format!("{}/repos/octo/anthropic/issues/1/comments", proxy.url))
        .json(&serde_json::json!({"text": "no body"}))
        .send()
        .await
        .expect("the proxy answers");
    assert_eq!(answer.status().as_u16(), 422);
    proxy.wait_for_violation().await;
}
