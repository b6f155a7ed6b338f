//! The local system's command: `cargo run`, `cargo run -- demo`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    local::command::run().await
}
