//! What the running system says first: where it is, and what to do next.
//!
//! Owns these words. Never starts anything.

use crate::system::System;

const WITH_GITHUB: &str = "
It works with the real GitHub: deliveries are pulled from the App's delivery list every few seconds.
Comment /ai-implement on a pull request of a mapped repository.
";

/// The words for a system that has just started.
pub(crate) fn greeting(system: &System) -> String {
    let url = system.url();
    let mut text = format!(
        "\nAI-Implement is running on {url}  (health: {url}/healthz)\n\
         The admin's pages are on  {url}/admin\n"
    );
    let example = if let (Some(sandbox), Some(secret)) = (system.sandbox(), system.webhook_secret()) {
        text.push_str(&with_sandbox(&sandbox.url(), secret));
        "octo/unmapped"
    } else {
        text.push_str(WITH_GITHUB);
        "you/yours"
    };
    text.push_str(&mapping_by_hand(url, system.access_code(), example));
    text + "\nCtrl-C ends it.\n"
}

/// Signs in and maps a repository, in one line that can be copied.
fn mapping_by_hand(url: &str, access_code: &str, repo: &str) -> String {
    format!(
        "\n\
         The access code is {access_code}; with it, a repository is mapped like this:\n\
         \n\
         \x20 curl -s -X PUT {url}/api/mappings/{repo} -H 'content-type: application/json' \\\n\
         \x20   -H \"authorization: Bearer $(curl -s {url}/api/auth -H 'content-type: application/json' \\\n\
         \x20     -d '{{\"accessCode\": \"{access_code}\"}}' | sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/')\" \\\n\
         \x20   -d '{{\"provider\": \"bedrock\", \"awsRegion\": \"us-west-2\"}}'\n"
    )
}

fn with_sandbox(sandbox: &str, secret: &str) -> String {
    format!(
        "The sandbox GitHub is on  {sandbox}  (its state: {sandbox}/_sandbox/state)\n\
         Deliveries are signed with the webhook secret {secret}\n\
         \n\
         Try it, in another terminal:\n\
         \n\
         \x20 make demo\n\
         \n\
         or by hand, as a commenter who may write:\n\
         \n\
         \x20 curl -s {sandbox}/_sandbox/comments -H 'content-type: application/json' \\\n\
         \x20   -d '{{\"repo\": \"octo/bedrock\", \"number\": 1, \"user\": \"writer\", \"body\": \"/ai-implement\"}}'\n\
         \n\
         and see what became of it:\n\
         \n\
         \x20 curl -s {sandbox}/_sandbox/state\n"
    )
}
