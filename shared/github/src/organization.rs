//! An organisation: who belongs to it and to its teams.
//!
//! Owns that only a clear word of GitHub's is a "no": a token that is good for reading members was given, so that "not
//! found" means nobody of that name among them. Everything else that goes wrong is an error. Never changes a member.

use domain::admin_allow::Membership;
use domain::ids::InstallationId;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::app::GitHub;
use crate::call::Call;
use crate::error::GitHubError;
use crate::oauth::User;
use crate::shapes::{Identified, MembershipAnswer, TeamMembershipAnswer};
use crate::token::InstallationToken;

const ACTIVE: &str = "active";

/// An organisation, through a token that reads its members and nothing else.
pub struct Organization {
    github: GitHub,
    name: String,
    token: SecretString,
}

impl GitHub {
    /// An organisation that the App is installed on; `NotInstalled` where it isn't, `Forbidden` where it may not read
    /// members. The name is one that a [`Membership`] has.
    /// <https://docs.github.com/en/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app>
    pub async fn organization(&self, name: &str) -> Result<Organization, GitHubError> {
        let installation = match self.as_app(&Call::get(format!("/orgs/{name}/installation"))).await {
            Ok(answer) => answer.json::<Identified>()?,
            Err(GitHubError::NotFound { message }) => return Err(GitHubError::NotInstalled { message }),
            Err(error) => return Err(error),
        };
        let narrowing = json!({"permissions": {"members": "read"}});
        let InstallationToken { token, .. } = self.mint(InstallationId::new(installation.id), narrowing).await?;
        Ok(Organization { github: self.clone(), name: name.to_owned(), token })
    }
}

impl Organization {
    /// Whether somebody is an active member of the organisation or of a team of it: that very account, not another one
    /// that took over its login.
    pub async fn has(&self, membership: &Membership, user: &User) -> Result<bool, GitHubError> {
        match membership {
            Membership::Organization(_) => self.has_member(user).await,
            Membership::Team { slug, .. } => self.has_member_of(slug, user).await,
        }
    }

    /// <https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user>
    async fn has_member(&self, user: &User) -> Result<bool, GitHubError> {
        let path = format!("/orgs/{}/memberships/{}", self.name, encoded(&user.login));
        let answer = self.look::<MembershipAnswer>(path).await?;
        Ok(answer.is_some_and(|answer| {
            let is_them = answer.user.is_some_and(|member| member.id == user.id.get());
            answer.state == ACTIVE && is_them
        }))
    }

    /// <https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user>
    async fn has_member_of(&self, slug: &str, user: &User) -> Result<bool, GitHubError> {
        let path = format!("/orgs/{}/teams/{slug}/memberships/{}", self.name, encoded(&user.login));
        let answer = self.look::<TeamMembershipAnswer>(path).await?;
        if answer.is_none_or(|answer| answer.state != ACTIVE) {
            return Ok(false);
        }
        // The answer doesn't say whose it is.
        // https://docs.github.com/en/rest/users/users#get-a-user
        let member = self.look::<Identified>(format!("/users/{}", encoded(&user.login))).await?;
        Ok(member.is_some_and(|member| member.id == user.id.get()))
    }

    /// What is there; `None` where GitHub says that there is nothing.
    async fn look<T: DeserializeOwned>(&self, path: String) -> Result<Option<T>, GitHubError> {
        match self.github.send_with(&self.token, &Call::get(path)).await {
            Ok(answer) => answer.json().map(Some),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn encoded(login: &str) -> String {
    utf8_percent_encode(login, NON_ALPHANUMERIC).to_string()
}
