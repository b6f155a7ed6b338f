//! A look at a repository's set-up: for the admin's pages, its API and the comment alike.
//!
//! Owns what is asked of GitHub, that it is asked at once and only for so long, and how a silence is told from a no. Never
//! judges: that is `domain::doctor`'s. Never writes, and reads no secret's value.

mod at_repository;
mod sight;

use std::time::Duration;

use domain::doctor::{
    DeliveryFact, InstallationFact, MappedFact, MappingFact, Report, Seen, SetUpFacts, Unseen, look as judge,
};
use domain::public_url::PublicUrl;
use domain::repo_name::RepoFullName;
use github::{GitHub, Installation};
use github_app::GitHubAccess;

use crate::sight::Sight;

/// So long a whole look may take; what is late by then is unknown.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// GitHub's largest page of deliveries, the newest first.
const DELIVERIES: u8 = 100;

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Question {
    /// The repository.
    pub repo: RepoFullName,
    /// Its settings.
    pub mapping: MappingFact,
    /// Where this control plane is, where that is known.
    pub public_url: Option<PublicUrl>,
}

/// Looks, and judges.
pub async fn look(access: &GitHubAccess, question: Question) -> Report {
    judge(&see(access, question).await)
}

/// Looks, within [`PATIENCE`]. Whatever stands in the way is among the facts.
pub async fn see(access: &GitHubAccess, question: Question) -> SetUpFacts {
    let github = match access.client().await {
        Ok(github) => github,
        Err(error) => {
            tracing::error!(error = %environment::chain(&error), "no credentials of the App");
            return unseen(question, Unseen::NoCredentials);
        }
    };
    let facts = Box::pin(ask(&github, question)).await;
    if facts.app == Err(Unseen::CredentialsRefused) {
        // The key may have been rotated: the next look reads it anew.
        access.forget().await;
    }
    facts
}

async fn ask(github: &GitHub, question: Question) -> SetUpFacts {
    let sight = Sight::of(PATIENCE);
    let Question { repo, mapping, public_url } = question;
    let (app, hook_url, deliveries, (installation, at_repository)) = tokio::join!(
        sight.of_app(github.registration()),
        sight.of_app(github.hook_url()),
        deliveries(github, &sight),
        Box::pin(here(github, &sight, &repo, &mapping)),
    );
    SetUpFacts { repo, public_url, app, installation, hook_url, deliveries, mapping, at_repository }
}

/// The installation, and what the repository has through it.
async fn here(
    github: &GitHub,
    sight: &Sight,
    repo: &RepoFullName,
    mapping: &MappingFact,
) -> (Seen<InstallationFact>, Option<MappedFact>) {
    let installation = sight.of_installation(github.installation(repo)).await;
    let settings = if let MappingFact::Found(mapping) = mapping { Some(mapping) } else { None };
    let Some(settings) = settings else { return (installation.map(fact), None) };
    let at_repository = match &installation {
        Ok(installation) => Box::pin(at_repository::see(github, sight, installation, repo, settings)).await,
        Err(why) => MappedFact::unseen(settings, *why),
    };
    (installation.map(fact), Some(at_repository))
}

fn fact(installation: Installation) -> InstallationFact {
    let Installation { id, permissions, events, .. } = installation;
    InstallationFact { id, permissions, events }
}

async fn deliveries(github: &GitHub, sight: &Sight) -> Seen<Vec<DeliveryFact>> {
    let listed = sight.of_app(github.latest_deliveries(DELIVERIES)).await?;
    let fact = |it: github::DeliverySummary| DeliveryFact {
        guid: it.guid,
        event: it.event,
        at: it.delivered_at,
        status_code: it.status_code,
        repository: it.repository_id,
    };
    Ok(listed.into_iter().map(fact).collect())
}

fn unseen(question: Question, why: Unseen) -> SetUpFacts {
    let Question { repo, mapping, public_url } = question;
    let at_repository =
        if let MappingFact::Found(mapping) = &mapping { Some(MappedFact::unseen(mapping, why)) } else { None };
    SetUpFacts {
        repo,
        public_url,
        app: Err(why),
        installation: Err(why),
        hook_url: Err(why),
        deliveries: Err(why),
        mapping,
        at_repository,
    }
}
