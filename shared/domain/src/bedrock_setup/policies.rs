//! The two policies of the role, as IAM takes them.
//!
//! The regions that a profile may send a call to are AWS's to say, and change; so a profile's model is allowed in every region,
//! and through that profile only, which is as narrow. `tests/contracts` holds the rest to the template.

use serde::Serialize;
use serde_json::{Value, json};

use super::{MODEL_TO_FILL_IN, Place, Subjects};
use crate::doctor::BedrockModel;

const ISSUER: &str = "token.actions.githubusercontent.com";
const CALLS: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
const VERSION: &str = "2012-10-17";
/// The template's names: it knows two models.
const SIDS: [&str; 3] = ["CallTheProfile", "CallTheGapProfile", "CallTheThirdProfile"];

/// What one model takes.
struct Called {
    /// The profile that it is called through, by its ARN.
    profile: Option<String>,
    /// The model's own ARN; `None` where only AWS knows which one is behind the profile.
    model: Option<String>,
}

/// A policy, in the order in which people read one.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'static str>,
    effect: Allow,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Value>,
    action: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// Nothing here denies.
#[derive(Default, Serialize)]
enum Allow {
    #[default]
    Allow,
}

/// Who may become the role.
pub(super) fn trust(place: &Place<'_>, subjects: &Subjects) -> String {
    let Place { partition, account, .. } = place;
    pretty(vec![Statement {
        action: json!("sts:AssumeRoleWithWebIdentity"),
        principal: Some(json!({"Federated": format!("arn:{partition}:iam::{account}:oidc-provider/{ISSUER}")})),
        condition: Some(json!({"StringEquals": {
            format!("{ISSUER}:aud"): "sts.amazonaws.com",
            format!("{ISSUER}:sub"): subjects.all(),
        }})),
        ..Statement::default()
    }])
}

/// What the role may do.
pub(super) fn permissions(place: &Place<'_>) -> String {
    let called: Vec<Called> = place.models.iter().map(|model| Called::of(model, place)).collect();
    let mut statements = Vec::new();
    for (profile, sid) in called.iter().zip(SIDS).filter_map(|(called, sid)| Some((called.profile.as_ref()?, sid))) {
        let actions: Vec<&str> = CALLS.into_iter().chain(["bedrock:GetInferenceProfile"]).collect();
        let (sid, resource) = (Some(sid), Some(profile.clone()));
        statements.push(Statement { sid, action: json!(actions), resource, ..Statement::default() });
    }
    statements.push(Statement {
        sid: Some("ListProfiles"),
        action: json!("bedrock:ListInferenceProfiles"),
        resource: Some("*".to_owned()),
        ..Statement::default()
    });
    statements.extend(called.into_iter().map(|called| called.model_statement(place)));
    pretty(statements)
}

impl Called {
    fn of(text: &str, place: &Place<'_>) -> Self {
        let Place { region, partition, account, .. } = place;
        let profile_arn = |id: &str| format!("arn:{partition}:bedrock:{region}:{account}:inference-profile/{id}");
        let anywhere = |model: &str| format!("arn:{partition}:bedrock:*::foundation-model/{model}");
        match BedrockModel::parse(text) {
            BedrockModel::Bare(id) => {
                Self { profile: None, model: Some(format!("arn:{partition}:bedrock:{region}::foundation-model/{id}")) }
            }
            BedrockModel::Arn { resource, .. } if resource.starts_with("foundation-model/") => {
                Self { profile: None, model: Some(text.to_owned()) }
            }
            BedrockModel::Arn { resource, .. } => {
                let id = resource.strip_prefix("inference-profile/").unwrap_or_default();
                let model = match BedrockModel::parse(id) {
                    BedrockModel::Profile { model, .. } => Some(anywhere(&model)),
                    _ => None,
                };
                Self { profile: Some(text.to_owned()), model }
            }
            BedrockModel::Profile { geography, model } => {
                Self { profile: Some(profile_arn(&format!("{geography}.{model}"))), model: Some(anywhere(&model)) }
            }
            BedrockModel::Alias | BedrockModel::Other => {
                Self { profile: Some(profile_arn(MODEL_TO_FILL_IN)), model: None }
            }
        }
    }

    /// Where there is a profile: through it, and not past it.
    fn model_statement(self, place: &Place<'_>) -> Statement {
        let any = || format!("arn:{}:bedrock:*::foundation-model/anthropic.*", place.partition);
        let condition = self.profile.map(|profile| json!({"StringEquals": {"bedrock:InferenceProfileArn": profile}}));
        let resource = Some(self.model.unwrap_or_else(any));
        Statement { action: json!(CALLS), resource, condition, ..Statement::default() }
    }
}

/// Indented by four, as IAM's console shows it.
fn pretty(statement: Vec<Statement>) -> String {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    Document { version: VERSION, statement }.serialize(&mut serializer).expect("a policy is serialisable");
    String::from_utf8(text).expect("JSON is UTF-8")
}
