//! The check of what GitHub writes into a run's proof, for the role that trusts it.

use super::facts::MappedFact;
use super::{Check, Finding, Seen, check, pass, unknown, warn};
use crate::bedrock_setup::SubjectForm;
use crate::mapping::Mapping;
use crate::provider::Provider;
use crate::refusal::code;

pub(super) fn check_of(mapping: &Mapping, mapped: &MappedFact) -> Option<Check> {
    matches!(mapping.provider, Provider::Bedrock { .. }).then(|| check("oidc-subject", "OIDC subject", judge(mapped)))
}

fn judge(mapped: &MappedFact) -> Seen<Finding> {
    let fact = mapped.oidc_subject.as_ref().map_err(|why| *why)?;
    Ok(match SubjectForm::of(fact) {
        SubjectForm::Legacy => pass("The legacy form is in force (`repo:OWNER/REPO:…`)."),
        SubjectForm::Immutable => pass("The immutable form is in force (`repo:OWNER@ID/REPO@ID:…`)."),
        SubjectForm::Customized(claims) => warn(
            format!(
                "Somebody has made up another form, of {}: the role of our template trusts none of that.",
                code(&claims.join(", "))
            ),
            "Take the customization back, or write a trust policy for it by hand.",
        ),
        SubjectForm::Unknown => unknown(
            "GitHub doesn't say which form is in force.",
            "Trust both, as the policy below does; CloudTrail shows what was presented.",
        ),
    })
}
