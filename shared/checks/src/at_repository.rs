//! What one repository has, through the App's installation.

use domain::doctor::{MappedFact, Permissions, RepositoryFact, Seen, Unseen, WorkflowSeen};
use domain::mapping::{Mapping, WorkflowFileName};
use domain::repo_name::RepoFullName;
use futures::future::OptionFuture;
use github::{GitHub, GitHubError, Holder, Installation, Repository};

use crate::sight::Sight;

/// One repository, as far as the App may look.
struct Place<'a> {
    repository: Repository,
    permissions: &'a Permissions,
    sight: &'a Sight,
}

pub(crate) async fn see(
    github: &GitHub,
    sight: &Sight,
    installation: &Installation,
    repo: &RepoFullName,
    mapping: &Mapping,
) -> MappedFact {
    let id = match sight.of_app(github.repository_id_in(installation.id, repo)).await {
        Ok(Some(id)) => id,
        Ok(None) => return MappedFact::unseen(mapping, Unseen::NotInstalled),
        Err(why) => return MappedFact::unseen(mapping, why),
    };
    let permissions = &installation.permissions;
    let repository = github.repository(installation.id, id, repo.clone()).looking(permissions);
    let place = Place { repository, permissions, sight };
    let described = sight.of_repository(("metadata: read", true), place.repository.as_seen()).await;
    place.see(mapping, described).await
}

impl Place<'_> {
    /// All at once: none of them waits for another.
    async fn see(&self, mapping: &Mapping, described: Seen<RepositoryFact>) -> MappedFact {
        let branch = match (&mapping.default_branch, &described) {
            (Some(branch), _) => Ok(branch.as_str()),
            (None, Ok(repository)) => Ok(repository.default_branch.as_str()),
            (None, Err(why)) => Err(*why),
        };
        let comment_trigger = mapping.is_triggered_by_workflow().then(WorkflowFileName::comment_trigger);
        let planning = mapping.planning_enabled.then_some(&mapping.planning_workflow_file);
        let repository = &self.repository;
        let of = |name: &'static str| self.needs(name);
        let workflows = async {
            tokio::join!(
                self.workflow(&mapping.workflow_file, branch),
                OptionFuture::from(planning.map(|file| self.workflow(file, branch))),
                OptionFuture::from(comment_trigger.as_ref().map(|file| self.workflow(file, branch))),
            )
        };
        let texts = async {
            let planning_md = mapping.planning_enabled.then(|| self.text("PLANNING.md", branch));
            tokio::join!(self.text("WORKFLOW.md", branch), OptionFuture::from(planning_md))
        };
        let settings = async {
            tokio::join!(
                self.sight.of_repository(of("administration: read"), repository.actions()),
                self.sight.of_repository(of("administration: read"), repository.jobs_may_open_pull_requests()),
                self.sight.of_repository(of("secrets: read"), repository.secret_names(Holder::Repository)),
                self.sight.of_repository(of("secrets: read"), repository.secret_names(Holder::Organization)),
                self.sight.of_repository(of("actions_variables: read"), repository.our_variables(Holder::Repository)),
                self.sight.of_repository(of("actions_variables: read"), repository.our_variables(Holder::Organization)),
                self.sight.of_repository(of("actions: read"), repository.oidc_subject()),
            )
        };
        let ((implement, planning, comment_trigger), (workflow_md, planning_md), has_branch, settings) =
            tokio::join!(Box::pin(workflows), Box::pin(texts), Box::pin(self.has(branch)), Box::pin(settings));
        let (
            actions,
            may_open_pull_requests,
            secrets,
            organization_secrets,
            variables,
            organization_variables,
            oidc_subject,
        ) = settings;
        MappedFact {
            has_branch,
            implement,
            planning,
            comment_trigger,
            actions,
            may_open_pull_requests,
            secrets,
            organization_secrets,
            variables,
            organization_variables,
            workflow_md,
            planning_md,
            oidc_subject,
            repository: described,
        }
    }

    async fn has(&self, branch: Seen<&str>) -> Seen<bool> {
        let branch = branch?;
        let is_there = async {
            match self.repository.tip_of(branch).await {
                // A repository without a commit.
                Err(GitHubError::Rejected { status: 409, .. }) => Ok(false),
                tip => Ok(tip?.is_some()),
            }
        };
        self.sight.of_repository(self.needs("contents: read"), is_there).await
    }

    async fn workflow(&self, file: &WorkflowFileName, branch: Seen<&str>) -> WorkflowSeen {
        let declaration = async {
            self.sight.of_repository(self.needs("contents: read"), self.repository.workflow(file, branch?)).await
        };
        let state = self.sight.of_repository(self.needs("actions: read"), self.repository.workflow_state(file));
        let (declaration, state) = tokio::join!(declaration, state);
        WorkflowSeen { declaration, state }
    }

    async fn text(&self, path: &str, branch: Seen<&str>) -> Seen<Option<String>> {
        self.sight.of_repository(self.needs("contents: read"), self.repository.text(path, branch?)).await
    }

    /// A permission, such as `secrets: read`, and whether the App has it.
    fn needs(&self, permission: &'static str) -> (&'static str, bool) {
        let (name, access) = permission.split_once(": ").unwrap_or((permission, "read"));
        (permission, self.permissions.allow(name, access))
    }
}
