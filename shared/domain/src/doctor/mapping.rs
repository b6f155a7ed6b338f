//! Checks of the settings, and of the repository that they are for.

use super::facts::{MappedFact, MappingFact, SetUpFacts};
use super::{Check, Finding, Seen, check, fail, pass, warn};
use crate::mapping::Mapping;
use crate::refusal::{Refusal, code};

pub(super) fn checks(facts: &SetUpFacts) -> Vec<Check> {
    let mut checks = vec![check("mapping", "Mapping", Ok(mapping(&facts.mapping)))];
    if let Some((mapping, mapped)) = facts.mapped() {
        checks.push(check("paused", "New runs", Ok(paused(mapping))));
        checks.push(check("repository", "Repository", repository(mapping, mapped)));
        checks.push(check("dispatch-branch", "Dispatch branch", branch(mapping, mapped)));
    }
    checks
}

fn mapping(fact: &MappingFact) -> Finding {
    match fact {
        MappingFact::Missing => Refusal::MappingMissing.into(),
        MappingFact::Foreign(bound) => fail(
            format!("The mapping of this name is for another repository, with the id {bound}."),
            "Delete the mapping and make it anew, if it is meant for this one.",
        ),
        MappingFact::Invalid(faults) if faults.lack_a_region() => Refusal::RegionMissing.into(),
        MappingFact::Invalid(faults) => Refusal::MappingInvalid(faults.to_string()).into(),
        MappingFact::Found(mapping) => {
            pass(format!("{}, at most {} at once.", mapping.provider, mapping.max_in_progress))
        }
    }
}

fn paused(mapping: &Mapping) -> Finding {
    if mapping.paused {
        warn(Refusal::Paused.reason(), "Resume it in the mapping when runs are wanted again.")
    } else {
        pass("They are taken.")
    }
}

fn repository(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let repository = mapped.repository.as_ref().map_err(|why| *why)?;
    if repository.is_archived {
        return Ok(fail("It is archived, and read only.", "Unarchive it, or pause the mapping."));
    }
    Ok(match mapping.repo_id {
        Some(bound) if bound != repository.id => fail(
            format!("The mapping is bound to the id {bound}, and this name belongs to {} now.", repository.id),
            "Delete the mapping and make it anew, if it is meant for this one.",
        ),
        Some(bound) => pass(format!("The mapping is bound to its id, {bound}.")),
        None => warn(
            "The mapping is not bound to the repository's id yet: whoever gets the name would get it too.",
            "Save the mapping again, or comment a command: the first one binds it.",
        ),
    })
}

fn branch(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let branch = mapped.dispatch_branch(mapping)?;
    Ok(if mapped.has_branch? {
        pass(format!("Runs start from {}.", code(branch)))
    } else {
        Refusal::RefMissing(branch.to_owned()).into()
    })
}

impl MappedFact {
    /// The branch that runs are dispatched on.
    pub(crate) fn dispatch_branch<'a>(&'a self, mapping: &'a Mapping) -> Seen<&'a str> {
        match &mapping.default_branch {
            Some(branch) => Ok(branch),
            None => self.repository.as_ref().map(|it| it.default_branch.as_str()).map_err(|why| *why),
        }
    }
}
