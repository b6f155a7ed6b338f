//! What a person reads: one line for each step with its seconds, and the numbers at the end.
//!
//! Owns what a failed step is: one that panics, or that takes too long. Never knows what a step does.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures::FutureExt as _;

/// No step waits for people or for the network; only the build may take longer.
const LIMIT: Duration = Duration::from_mins(4);

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    /// Where a step failed is shown below its line.
    pub(crate) fn new() -> Self {
        std::panic::set_hook(Box::new(|panic| say(&format!("\n{panic}\n"))));
        Self::default()
    }

    /// Takes one step; what it found, unless it failed.
    pub(crate) async fn step<T>(&mut self, sentence: &str, work: impl Future<Output = T>) -> Option<T> {
        self.step_within(LIMIT, sentence, work).await
    }

    /// Takes one step that has this long.
    pub(crate) async fn step_within<T>(
        &mut self,
        limit: Duration,
        sentence: &str,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        say(&format!("{sentence:<86}"));
        let begin = Instant::now();
        let in_time = async { tokio::time::timeout(limit, work).await.unwrap_or_else(|_| panic!("not in {limit:?}")) };
        let outcome = AssertUnwindSafe(in_time).catch_unwind().await.ok();
        let verdict = if outcome.is_some() { "ok" } else { "FAILED" };
        say(&format!("{verdict:<6} {:6.1} s\n", begin.elapsed().as_secs_f64()));
        self.passed += u32::from(outcome.is_some());
        self.failed += u32::from(outcome.is_none());
        outcome
    }

    /// Whether every step so far did what it says.
    pub(crate) fn is_green(&self) -> bool {
        self.failed == 0
    }

    /// Writes the last line.
    pub(crate) fn end(&self) -> ExitCode {
        say(&format!("{} passed, {} failed\n", self.passed, self.failed));
        if self.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Writes text at once, without a line end of its own. Where nobody reads any more, what was started still has to end.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).unwrap_or_default();
}
