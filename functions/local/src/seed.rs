//! The mappings that the local system starts with: the sandbox's two, or those of a file.
//!
//! Owns reading them. Each is judged as on AWS before it is written.

use std::path::Path;

use aws::Mappings;
use domain::ids::RepoId;
use domain::mapping::{Mapping, MappingDraft};

use crate::sandbox::Sandbox;
use crate::start_error::StartError;

/// Maps the sandbox's repositories, as its pull requests expect: one to the Anthropic API, one to Bedrock, one not.
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
        let repo_id = RepoId::new(id);
        let draft =
            MappingDraft { owner: "octo".to_owned(), repo: name.to_owned(), repo_id: Some(repo_id), ..settings };
        mappings.put(repo_id, &draft).await?;
    }
    Ok(())
}

/// Adds the mappings of a JSON list; each must be valid and name its `repoId`.
pub(crate) async fn map_file(mappings: &Mappings, file: &Path) -> Result<(), StartError> {
    let fault = |problem: String| StartError::Mappings { file: file.to_owned(), problem };
    let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
    let drafts: Vec<MappingDraft> = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    for draft in drafts {
        let mapping = Mapping::try_from(draft).map_err(|faults| fault(faults.to_string()))?;
        let repo_id = mapping.repo_id.ok_or_else(|| fault(format!("{} has no repoId", mapping.repo)))?;
        mappings.put(repo_id, &mapping.into()).await?;
    }
    Ok(())
}
