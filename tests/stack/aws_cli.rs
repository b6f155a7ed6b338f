//! The AWS CLI, as an operator uses it, pointed at the local AWS.
//!
//! Owns credentials, and what the CLI sees of this machine. Never decides what a refusal means.

use serde_json::Value;
use tokio::process::Command;

use crate::folder::RunFolder;
use crate::program::Program;

/// Where everything is deployed.
pub(crate) const REGION: &str = "us-east-1";
/// The account; the same as in AWS's own examples.
pub(crate) const ACCOUNT: &str = "111122223333";

/// Somebody's access.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// Access key id.
    pub(crate) key: String,
    /// Secret access key.
    pub(crate) secret: String,
    /// Session token of a role.
    pub(crate) token: Option<String>,
}

impl Credentials {
    /// The account's root, as the local AWS has it.
    pub(crate) fn root() -> Self {
        Self { key: "test".into(), secret: "test".into(), token: None }
    }

    /// The environment that AWS's programs read.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("AWS_ACCESS_KEY_ID", self.key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", &self.secret),
            ("AWS_DEFAULT_REGION", REGION),
        ]
        .into_iter()
        .chain(self.token.as_deref().map(|token| ("AWS_SESSION_TOKEN", token)))
    }
}

/// The AWS CLI in the hands of the account's owner.
pub(crate) struct AwsCli<'a> {
    folder: &'a RunFolder,
    endpoint: String,
}

impl<'a> AwsCli<'a> {
    /// The CLI that speaks to an endpoint as the account's owner.
    pub(crate) fn new(folder: &'a RunFolder, endpoint: &str) -> Self {
        Self { folder, endpoint: endpoint.to_owned() }
    }

    /// Where AWS's services are.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Runs a command that has to succeed, with a text on its standard input.
    pub(crate) async fn call_with_input(&self, words: &[&str], input: &str) {
        let file = self.folder.write("input", input);
        let mut command = self.command(words);
        let input = std::fs::File::open(&file).expect("a file that was just written");
        let ended = Program::run_with_input(&mut command, input).await;
        std::fs::remove_file(file).expect("a writable folder");
        assert!(ended.status.success(), "aws {}: {}", words.join(" "), ended.errors);
    }

    /// Runs a command that has to succeed; its answer, null when it has none.
    pub(crate) async fn call(&self, words: &[&str]) -> Value {
        self.attempt(words).await.unwrap_or_else(|error| panic!("aws {}: {error}", words.join(" ")))
    }

    /// Runs a command; its answer, or what AWS said against it.
    pub(crate) async fn attempt(&self, words: &[&str]) -> Result<Value, String> {
        let ended = Program::run(&mut self.command(words)).await;
        if !ended.status.success() {
            return Err(ended.errors.trim().to_owned());
        }
        let answer = ended.output.trim();
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_str(answer).expect("the CLI writes JSON") })
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.folder.program("aws");
        command
            .envs(Credentials::root().environment())
            // `aws sqs` doesn't read AWS_ENDPOINT_URL.
            .args(["--endpoint-url", &self.endpoint, "--output", "json"])
            .args(words)
            .env("AWS_PAGER", "")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "1");
        command
    }
}
