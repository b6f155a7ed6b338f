//! The repositories' workflow files: as the sandbox has them, or of those kinds that make a difference to the product.
//!
//! Owns their texts. Never chooses which a schedule has.

use super::{House, REPOSITORIES};

const FILES: [&str; 2] = ["claude-implement.yml", "claude-plan.yml"];
/// What the first job of the sandbox's workflow files does, and of those whose runs ask.
const ASKS_NOBODY: &str = r#"echo "redeems the claim""#;
const ASKS: &str = "curl --fail -X POST ${{ vars.AI_IMPLEMENT_URL }}/v1/claims/${{ inputs.claim_id }}/redeem";
/// An input of theirs, and those that a workflow has instead whose runs can't ask.
const CLAIM: &str = "      claim_id:\n        description: Claim that this run redeems\n";
const CALLBACK: &str =
    "      runner_callback_url:\n        type: string\n      run_token:\n        description: To report with\n";
const IN_THE_TITLE: &str = " [${{ inputs.claim_id }}]";

/// Of what kinds they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workflows {
    /// The first repository's are as our template: their runs ask before they act.
    pub(crate) are_fenced: bool,
    /// The second one's know no claim, and their runs are told where and by what token they report.
    pub(crate) report: bool,
}

impl House {
    pub(super) fn write_workflows(&self, workflows: Workflows) {
        if workflows.are_fenced {
            self.rewrite(REPOSITORIES[0], &[(ASKS_NOBODY, ASKS)]);
        }
        if workflows.report {
            self.rewrite(REPOSITORIES[1], &[(CLAIM, CALLBACK), (IN_THE_TITLE, "")]);
        }
    }

    fn rewrite(&self, repo: &str, changes: &[(&str, &str)]) {
        self.sandbox.edit_world(|world| {
            let repository = world.repository_mut(repo).expect("a repository of the sandbox");
            for file in FILES {
                let mut text = repository.workflow_text(file).expect("a workflow of the sandbox").to_owned();
                for (from, to) in changes {
                    assert!(text.contains(from), "{file} lacks {from:?}");
                    text = text.replace(from, to);
                }
                repository.set_workflow(file, Some(&text));
            }
        });
    }
}
