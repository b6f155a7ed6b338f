//! The `sub` claim, in each form that GitHub gives it.
//!
//! Owns one question: whether what it says of the repository agrees with the claims that are believed. Its form is the
//! repository's and the organisation's choice, so that nothing is concluded from what it lacks.
//! <https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims>

use domain::ids::{RepoId, UserId};
use domain::repo_name::RepoFullName;

/// The one part of a subject that stands without a value.
const PULL_REQUEST: &str = "pull_request";

/// Whether no name and no id in a subject is another than the repository's.
pub(crate) fn agrees(subject: &str, repository: &RepoFullName, id: RepoId, owner: UserId) -> bool {
    let mut parts = subject.split(':');
    while let Some(part) = parts.next() {
        if part == PULL_REQUEST {
            continue;
        }
        let Some(value) = parts.next() else { return true };
        let fits = match part {
            "repo" | "repository" => names(value, repository, id, owner),
            "repository_id" => is_number(value, id.get()),
            "repository_owner_id" => is_number(value, owner.get()),
            "repository_owner" => names_part(value, repository.owner(), owner.get()),
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    true
}

/// `OWNER/REPO`, or `OWNER@ID/REPO@ID` where names that change hands are to be told apart.
fn names(text: &str, repository: &RepoFullName, id: RepoId, owner: UserId) -> bool {
    text.split_once('/').is_some_and(|(account, repo)| {
        names_part(account, repository.owner(), owner.get()) && names_part(repo, repository.repo(), id.get())
    })
}

fn names_part(text: &str, name: &str, id: u64) -> bool {
    let (written, number) = text.split_once('@').map_or((text, None), |(written, number)| (written, Some(number)));
    written.eq_ignore_ascii_case(name) && number.is_none_or(|number| is_number(number, id))
}

fn is_number(text: &str, number: u64) -> bool {
    text == number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees_with_octo(subject: &str) -> bool {
        let repository = "octo/anthropic".parse().expect("a name");
        agrees(subject, &repository, RepoId::new(74), UserId::new(65))
    }

    #[test]
    fn every_form_of_the_repositorys_own_subject_agrees() {
        for subject in [
            "repo:octo/anthropic:ref:refs/heads/main",
            "repo:octo/anthropic:pull_request",
            "repo:octo/anthropic:environment:prod",
            "repo:Octo/Anthropic:ref:refs/tags/v1",
            "repo:octo@65/anthropic@74:ref:refs/heads/main",
            "repo:octo@65/anthropic@74:pull_request",
            "repo:octo@65/anthropic@74:environment:prod",
            "repository_owner:octo:environment:prod",
            "repository_owner_id:65:repository_id:74:pull_request:job_workflow_ref:o/r/.github/workflows/w.yml@refs/x",
            "repo:octo/anthropic:environment:repo:ref:refs/heads/main",
            "environment:repository_id",
            "",
        ] {
            assert!(agrees_with_octo(subject), "{subject}");
        }
    }

    #[test]
    fn another_repositorys_name_or_id_contradicts_wherever_it_stands() {
        for subject in [
            "repo:octo/bedrock:ref:refs/heads/main",
            "repo:stranger/anthropic:ref:refs/heads/main",
            "repo:octo:ref:refs/heads/main",
            "repo:octo/anthropic/x:ref:refs/heads/main",
            "repo:octo@66/anthropic@74:ref:refs/heads/main",
            "repo:octo@65/anthropic@75:ref:refs/heads/main",
            "repo:octo@65/anthropic@:ref:refs/heads/main",
            "repo:octo@065/anthropic@74:ref:refs/heads/main",
            "repo:octo@65@65/anthropic@74:ref:refs/heads/main",
            "ref:refs/heads/main:repository_id:75",
            "pull_request:repository_owner_id:66",
            "repository_owner:stranger:environment:prod",
            "repository:octo/bedrock",
        ] {
            assert!(!agrees_with_octo(subject), "{subject}");
        }
    }
}
