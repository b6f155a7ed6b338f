//! The mappings that the local system starts with: the sandbox's two, or those of a file.
//!
//! Owns reading them, and what a restart does to those that are there. Each is judged as on AWS before it is written.

use std::path::Path;

use aws::{Mappings, Saved};
use clock::Clock;
use domain::ids::RepoId;
use domain::mapping::{Mapping, MappingDraft};
use domain::repo_name::RepoFullName;

use crate::sandbox::Sandbox;
use crate::start_error::StartError;

/// Who wrote a mapping, in its history.
const SANDBOX: &str = "sandbox";
const FILE: &str = "mappings file";

/// Maps the sandbox's repositories, as its pull requests expect: one to the Anthropic API, one to Bedrock, one not.
/// What a person made of them since is left alone.
pub(crate) async fn map_sandbox(mappings: &Mappings, sandbox: &Sandbox) -> Result<(), StartError> {
    let bedrock = MappingDraft {
        provider: Some("bedrock".to_owned()),
        aws_region: Some("us-west-2".to_owned()),
        ..MappingDraft::default()
    };
    for (name, settings) in [("anthropic", MappingDraft::default()), ("bedrock", bedrock)] {
        let full_name = format!("octo/{name}");
        let Some(id) = sandbox.look(|world| world.repository(&full_name).map(|repository| repository.id)) else {
            continue;
        };
        let repo_id = Some(RepoId::new(id));
        let draft = MappingDraft { owner: "octo".to_owned(), repo: name.to_owned(), repo_id, ..settings };
        // A conflict says that it is there already.
        mappings.save(&draft, SANDBOX, Clock::System.now()).await?;
    }
    Ok(())
}

/// Tells the sandbox's runs where this control plane is, as an owner does who has set a repository up.
pub(crate) fn lead_runs_to(sandbox: &Sandbox, url: &str) {
    sandbox.edit_world(|world| {
        for repository in world.repositories.iter_mut().filter(|repository| !repository.fork) {
            repository.settings.variables.insert("AI_IMPLEMENT_URL".to_owned(), url.to_owned());
        }
    });
}

/// Writes the mappings of a JSON list; each must be valid and name its `repoId`. The file is the operator's wish: what
/// differs from it is replaced, and what it doesn't mention stays.
pub(crate) async fn map_file(mappings: &Mappings, file: &Path) -> Result<(), StartError> {
    let fault = |problem: String| StartError::Mappings { file: file.to_owned(), problem };
    let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
    let drafts: Vec<MappingDraft> = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    for draft in drafts {
        let Mapping { repo, repo_id, .. } =
            Mapping::try_from(draft.clone()).map_err(|faults| fault(faults.to_string()))?;
        if repo_id.is_none() {
            return Err(fault(format!("{repo} has no repoId")));
        }
        if let Some(problem) = write(mappings, &repo, draft).await? {
            return Err(fault(format!("{repo} {problem}")));
        }
    }
    Ok(())
}

/// Writes a draft unless it is what is stored; what stands in the way, if something does.
async fn write(mappings: &Mappings, name: &RepoFullName, draft: MappingDraft) -> Result<Option<String>, StartError> {
    let stored = mappings.named(name).await?.map(|entry| entry.draft);
    let draft = MappingDraft { version: stored.as_ref().map_or(0, |stored| stored.version), ..draft };
    if stored.as_ref() == Some(&draft) {
        return Ok(None);
    }
    Ok(match mappings.save(&draft, FILE, Clock::System.now()).await? {
        Saved::Created(_) | Saved::Updated(_) => None,
        Saved::Conflict { .. } => Some("was changed by somebody else just now; start again".to_owned()),
        Saved::TeamKeyTaken { key } => Some(format!("has the teamKey {key}, which another mapping has")),
        Saved::RepositoryTaken => {
            Some("has the repoId of another mapping; delete that one, or start afresh with --fresh".to_owned())
        }
        Saved::BoundElsewhere { bound } => {
            Some(format!("was mapped for the repository {bound}; delete that mapping, or start afresh with --fresh"))
        }
    })
}
