//! What owners do at GitHub: they rename repositories, close pull requests, install, suspend or remove the App, and take
//! people in.
//!
//! Each method returns after the webhook that tells of it was answered, where the App is told.

use super::hooks;
use super::world::{Actor, Member, Repository, RepositorySelection, World};
use super::{Sandbox, SandboxError};

/// Where somebody stands who was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MembershipState {
    /// They accepted.
    Active,
    /// They were invited.
    Pending,
}

impl Sandbox {
    /// Gives a repository another name, under the same owner. Its id stays.
    ///
    /// # Errors
    /// When there is no such repository.
    pub async fn rename_repository(&self, repo: &str, name: &str) -> Result<(), SandboxError> {
        let (id, before) = self.core.edit(|world| {
            let repository = repository_mut(world, repo)?;
            Ok((repository.id, std::mem::replace(&mut repository.name, name.to_owned())))
        })?;
        self.tell(|world| hooks::repository_renamed(world, id, &before)).await;
        Ok(())
    }

    /// Closes a pull request, or an issue, of which the App is not told.
    ///
    /// # Errors
    /// When there is no such repository or number.
    pub async fn close(&self, repo: &str, number: u64, user: &str) -> Result<(), SandboxError> {
        let id = self.core.edit(|world| {
            let now = world.now();
            let repository = repository_mut(world, repo)?;
            let missing = || SandboxError::NoSuchIssue { repo: repo.to_owned(), number };
            let issue = repository.issue_mut(number).ok_or_else(missing)?;
            issue.open = false;
            issue.updated_at = now;
            Ok(repository.id)
        })?;
        self.tell(|world| hooks::pull_request(world, id, number, "closed", user)).await;
        Ok(())
    }

    /// Installs the App again, on what it had before, as another installation.
    pub async fn install(&self) {
        let install = |world: &mut World| {
            world.installation.id = world.next_id();
            world.installation.installed = true;
        };
        self.change_installation("created", install).await;
    }

    /// Uninstalls the App.
    pub async fn uninstall(&self) {
        let uninstall = |world: &mut World| {
            world.installation.installed = false;
            world.tokens.retain(|token| token.acts_as != Actor::App);
        };
        self.change_installation("deleted", uninstall).await;
    }

    /// Suspends the App: it keeps its installation and may do nothing.
    pub async fn suspend(&self) {
        self.change_installation("suspend", |world| world.installation.suspended_at = Some(world.now())).await;
    }

    /// Ends a suspension.
    pub async fn unsuspend(&self) {
        self.change_installation("unsuspend", |world| world.installation.suspended_at = None).await;
    }

    /// Gives a repository to the App.
    ///
    /// # Errors
    /// When there is no such repository.
    pub async fn add_to_installation(&self, repo: &str) -> Result<(), SandboxError> {
        self.change_repositories(repo, "added").await
    }

    /// Takes a repository from the App; the account's others are selected one by one from then on.
    ///
    /// # Errors
    /// When there is no such repository.
    pub async fn remove_from_installation(&self, repo: &str) -> Result<(), SandboxError> {
        self.change_repositories(repo, "removed").await
    }

    /// Takes somebody into an organisation, or into a team of it, as `active` or `pending`; or out again.
    ///
    /// # Errors
    /// When there is no such account.
    pub fn set_membership(
        &self,
        login: &str,
        (organization, team): (&str, Option<&str>),
        state: Option<MembershipState>,
    ) -> Result<(), SandboxError> {
        self.core.edit(|world| {
            let user_id = world.account(login).ok_or_else(|| SandboxError::NoSuchUser(login.to_owned()))?.id;
            world.members.retain(|member| {
                let is_it = member.user_id == user_id && member.organization.eq_ignore_ascii_case(organization);
                // Whoever leaves an organisation leaves its teams.
                let is_meant = member.team.as_deref() == team || (team.is_none() && state.is_none());
                !(is_it && is_meant)
            });
            world.members.extend(state.map(|state| Member {
                user_id,
                organization: organization.to_owned(),
                team: team.map(str::to_owned),
                is_pending: state == MembershipState::Pending,
            }));
            Ok(())
        })
    }

    async fn change_installation(&self, action: &'static str, change: impl FnOnce(&mut World)) {
        self.core.edit(|world| {
            change(world);
            world.installation.updated_at = Some(world.now());
        });
        self.tell(|world| Some(hooks::installation_changed(world, action))).await;
    }

    async fn change_repositories(&self, repo: &str, action: &'static str) -> Result<(), SandboxError> {
        let id = self.core.edit(|world| {
            let id = repository_mut(world, repo)?.id;
            let covered = world.repositories.iter().map(|it| it.id);
            let mut covered: std::collections::BTreeSet<u64> =
                covered.filter(|id| world.installation.repositories.contains(*id)).collect();
            if action == "added" {
                covered.insert(id)
            } else {
                covered.remove(&id)
            };
            world.installation.repositories = RepositorySelection::Selected(covered);
            world.installation.updated_at = Some(world.now());
            Ok(id)
        })?;
        self.tell(|world| Some(hooks::repositories_changed(world, action, world.repository_by_id(id)?))).await;
        Ok(())
    }
}

fn repository_mut<'a>(world: &'a mut World, repo: &str) -> Result<&'a mut Repository, SandboxError> {
    world.repository_mut(repo).ok_or_else(|| SandboxError::NoSuchRepository(repo.to_owned()))
}
