//! What an installation token may do where.
//!
//! Stricter than GitHub in one point, on purpose: within the token's repositories a read without
//! its permission is refused for public repositories too, so that a permission forgotten in a
//! request shows here and not at a customer's.

use axum::http::StatusCode;

use super::auth::InstallationCaller;
use super::github_error::GithubError;
use super::world::{Access, Repository, World};

impl InstallationCaller {
    /// The repository, when the caller may read what `permission` guards there.
    ///
    /// # Errors
    /// 404 when the repository is absent or hidden, 403 when the permission is missing.
    pub(super) fn reads<'w>(
        &self,
        world: &'w World,
        full_name: &str,
        permission: &str,
    ) -> Result<&'w Repository, GithubError> {
        self.reads_one_of(world, full_name, &[permission])
    }

    /// The same, for what several permissions open, each by itself.
    ///
    /// # Errors
    /// As for one.
    pub(super) fn reads_one_of<'w>(
        &self,
        world: &'w World,
        full_name: &str,
        permissions: &[&str],
    ) -> Result<&'w Repository, GithubError> {
        let repository = self.visible(world, full_name)?;
        let holds_one = permissions.iter().any(|name| self.holds(world, name, Access::Read));
        // Outside of the token's repositories it reads public things, as everybody does.
        if self.reaches(world, repository) && !holds_one {
            return Err(GithubError::not_accessible());
        }
        Ok(repository)
    }

    /// The repository, when the caller may write what one of `permissions` guards there.
    ///
    /// # Errors
    /// 404 when the repository is absent or hidden, 403 when it is out of reach or archived, or every
    /// permission is missing.
    pub(super) fn writes<'w>(
        &self,
        world: &'w World,
        full_name: &str,
        permissions: &[&str],
    ) -> Result<&'w Repository, GithubError> {
        let repository = self.visible(world, full_name)?;
        let holds_one = permissions.iter().any(|name| self.holds(world, name, Access::Write));
        if !self.reaches(world, repository) || !holds_one {
            return Err(GithubError::not_accessible());
        }
        if repository.archived_at.is_some() {
            return Err(GithubError::new(StatusCode::FORBIDDEN, "Repository was archived so is read-only."));
        }
        Ok(repository)
    }

    fn visible<'w>(&self, world: &'w World, full_name: &str) -> Result<&'w Repository, GithubError> {
        let repository = world.repository(full_name);
        repository
            .filter(|repository| !repository.private || self.reaches(world, repository))
            .ok_or_else(GithubError::not_found)
    }

    fn reaches(&self, world: &World, repository: &Repository) -> bool {
        let covered = !self.is_app() || world.app_covers(repository);
        covered && self.token.repositories.contains(repository.id)
    }

    /// A permission withdrawn from the installation is gone from its living tokens too.
    pub(super) fn holds(&self, world: &World, permission: &str, needed: Access) -> bool {
        let granted = world.installation.permissions.get(permission);
        let asked = self.token.permissions.get(permission);
        let is_granted = !self.is_app() || granted.is_some_and(|access| *access >= needed);
        is_granted && asked.is_some_and(|access| *access >= needed)
    }
}
