//! The files that a repository receives.
//!
//! Owns which they are and where each goes. Their texts are those of `infra/target-repo`, part of the program: a deployed
//! sync brings what was there when it was built. Never asks what a repository has.

use domain::mapping::{Mapping, Trigger};

/// The workflow that notices comments, where the App's webhook doesn't.
const COMMENT_TRIGGER: &str = ".github/workflows/comment-trigger.yml";

/// Where the workflows' program goes.
const PROGRAM_FOLDER: &str = ".github/ai-implement";

macro_rules! text {
    ($($path:literal),+) => {
        include_str!(concat!("../../../infra/target-repo/", $($path),+))
    };
}

macro_rules! program {
    ($path:literal) => {
        ($path, text!("program/", $path))
    };
}

/// The workflows' program, by path below its folder.
const PROGRAM: &[(&str, &str)] = &[
    program!("agent.sh"),
    program!("lib/actions.mjs"),
    program!("lib/agent.mjs"),
    program!("lib/agent_config.mjs"),
    program!("lib/control_plane.mjs"),
    program!("lib/credentials.mjs"),
    program!("lib/event.mjs"),
    program!("lib/facts.mjs"),
    program!("lib/failure.mjs"),
    program!("lib/front_matter.mjs"),
    program!("lib/gaps.mjs"),
    program!("lib/git.mjs"),
    program!("lib/github.mjs"),
    program!("lib/hook.mjs"),
    program!("lib/http.mjs"),
    program!("lib/metadata.mjs"),
    program!("lib/prompt.mjs"),
    program!("lib/provider.mjs"),
    program!("lib/run_file.mjs"),
    program!("lib/session.mjs"),
    program!("lib/text.mjs"),
    program!("main.mjs"),
    program!("package-lock.json"),
    program!("package.json"),
    program!("steps/analyse.mjs"),
    program!("steps/comment.mjs"),
    program!("steps/implement.mjs"),
    program!("steps/plan.mjs"),
    program!("steps/publish.mjs"),
    program!("steps/read_pull_request.mjs"),
    program!("steps/report.mjs"),
    program!("steps/resolve.mjs"),
    program!("steps/setup.mjs"),
    program!("steps/teardown.mjs"),
];

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFile {
    /// Its path in the repository.
    pub path: String,
    /// Its text.
    pub text: &'static str,
    /// Whose it is once it is there.
    pub upkeep: Upkeep,
}

/// Whose a file is once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// Ours: it is brought up to date.
    Always,
    /// The repository's: it is put there once, for people to fill.
    Once,
}

/// What a repository with this mapping receives.
#[must_use]
pub fn files_of(mapping: &Mapping) -> Vec<TargetFile> {
    let kept = |path: String, text| TargetFile { path, text, upkeep: Upkeep::Always };
    let seeded = |path: &str, text| TargetFile { path: path.to_owned(), text, upkeep: Upkeep::Once };
    let mut files = vec![
        kept(mapping.workflow_file.path(), text!("claude-implement.yml")),
        kept(mapping.planning_workflow_file.path(), text!("claude-plan.yml")),
    ];
    if mapping.trigger == Trigger::Workflow {
        files.push(kept(COMMENT_TRIGGER.to_owned(), text!("comment-trigger.yml")));
    }
    files.extend(PROGRAM.iter().map(|(path, text)| kept(format!("{PROGRAM_FOLDER}/{path}"), text)));
    files.push(seeded("WORKFLOW.md", text!("WORKFLOW.md")));
    files.push(seeded("PLANNING.md", text!("PLANNING.md")));
    files
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn mapping(settings: &str) -> Mapping {
        serde_json::from_str(&format!(r#"{{"owner": "octo", "repo": "it"{settings}}}"#)).expect("a valid mapping")
    }

    fn paths(settings: &str) -> Vec<String> {
        files_of(&mapping(settings)).into_iter().map(|file| file.path).collect()
    }

    /// The paths below a folder that hold files.
    fn below(folder: &Path) -> Vec<PathBuf> {
        let entries = folder.read_dir().expect("the folder is readable").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn the_program_is_delivered_whole() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/target-repo/program");
        let there: BTreeSet<String> = below(&folder)
            .into_iter()
            .map(|path| path.strip_prefix(&folder).expect("below the folder").display().to_string())
            .filter(|path| !path.contains("node_modules/"))
            .collect();
        let delivered: BTreeSet<String> = PROGRAM.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(delivered, there, "list in PROGRAM what lies in infra/target-repo/program");
    }

    #[test]
    fn the_workflows_have_the_names_that_the_mapping_gives_them() {
        let named = paths(r#", "workflowFile": "implement.yaml", "planningWorkflowFile": "plan.yml""#);
        assert_eq!(&named[..2], [".github/workflows/implement.yaml", ".github/workflows/plan.yml"]);
        assert_eq!(&paths("")[..2], [".github/workflows/claude-implement.yml", ".github/workflows/claude-plan.yml"]);
    }

    #[test]
    fn comments_are_noticed_by_a_workflow_only_where_the_mapping_says_so() {
        assert!(!paths("").iter().any(|path| path == COMMENT_TRIGGER));
        assert!(paths(r#", "trigger": "workflow""#).iter().any(|path| path == COMMENT_TRIGGER));
    }

    #[test]
    fn only_the_prompts_are_the_repositorys_own() {
        let files = files_of(&mapping(""));
        let seeded: Vec<&str> =
            files.iter().filter(|file| file.upkeep == Upkeep::Once).map(|file| file.path.as_str()).collect();
        assert_eq!(seeded, ["WORKFLOW.md", "PLANNING.md"]);
        assert!(files.iter().all(|file| !file.text.is_empty()));
    }
}
