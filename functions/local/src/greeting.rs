//! What the running system says first: where it is, and what to do next.
//!
//! Owns these words. Never starts anything.

use crate::system::System;

/// The words for a system that has just started.
pub(crate) fn greeting(system: &System) -> String {
    let url = system.url();
    let mut text = format!("\nAI-Implement is running on {url}  (health: {url}/healthz)\n");
    match (system.sandbox(), system.webhook_secret()) {
        (Some(sandbox), Some(secret)) => text.push_str(&with_sandbox(&sandbox.url(), secret)),
        _ => text.push_str(
            "\nIt works with the real GitHub: deliveries are pulled from the App's delivery list every few seconds.\n\
             Comment /ai-implement on a pull request of a mapped repository.\n",
        ),
    }
    text + "\nCtrl-C ends it.\n"
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
