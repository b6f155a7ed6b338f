//! The form of a mapping in markup.
//!
//! Owns the order of the fields and their words. A fault stands at its field, and is found from the top of the form.

use domain::repo_name::RepoFullName;
use maud::{Markup, html};
use web::FieldProblem;

use super::conflict::Conflict;
use crate::caller::SignedIn;
use crate::pages::HOME;
use crate::pages::chrome::csrf;
use crate::pages::fields::FormFields;
use crate::pages::parts::{Tone, notice, summary};
use crate::pages::repository::address_of;

/// Regions that people look for; any other is taken too.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-regions.html>
const SUGGESTED_REGIONS: [&str; 14] = [
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-3",
    "eu-north-1",
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
    "us-gov-west-1",
];

/// A form to be shown.
pub(super) struct Form<'a> {
    /// The mapping that is edited; none for a new one.
    pub(super) name: Option<&'a RepoFullName>,
    pub(super) fields: &'a FormFields,
    pub(super) faults: &'a [FieldProblem],
    /// What is wrong with the whole.
    pub(super) told: Option<&'a str>,
    pub(super) conflict: Option<&'a Conflict>,
}

/// A field of one line.
struct TextField<'a> {
    name: &'a str,
    label: &'a str,
    hint: Markup,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text { placeholder: &'static str },
    Number { placeholder: &'static str },
    Region,
}

impl Form<'_> {
    pub(super) fn markup(&self, visitor: &SignedIn) -> Markup {
        let action = self.name.map_or_else(|| format!("{HOME}/new"), |name| format!("{}/edit", address_of(name)));
        let back = self.name.map_or_else(|| HOME.to_owned(), address_of);
        html! {
            section.form {
                @match self.name {
                    Some(name) => h1 { "Edit " (name) },
                    None => h1 { "Map a repository" },
                }
                @if let Some(told) = self.told { (notice(Tone::Bad, &html! { (told) })) }
                @if let Some(conflict) = self.conflict { (conflict.markup()) }
                (summary(self.faults, "Nothing was saved."))
                form method="post" action=(action) novalidate {
                    (csrf(visitor))
                    input type="hidden" name="version" value=(self.fields.text("version"));
                    @if self.name.is_none() {
                        (self.text_field(&TextField {
                            name: "repository", label: "Repository", kind: Kind::Text { placeholder: "owner/name" },
                            hint: html! { "As GitHub writes it." },
                        }))
                    }
                    (self.model())
                    (self.workflows())
                    (self.limits())
                    (self.rest())
                    div.actions {
                        button.primary type="submit" { @if self.conflict.is_some() { "Save mine over it" } @else { "Save" } }
                        a.button href=(back) { @if self.conflict.is_some() { "Discard mine" } @else { "Cancel" } }
                    }
                }
            }
        }
    }

    fn model(&self) -> Markup {
        let is_bedrock = self.fields.text("provider") == "bedrock";
        html! {
            fieldset {
                legend { "Where the model is called" }
                div.choices {
                    label.choice {
                        input #provider type="radio" name="provider" value="anthropic" checked[!is_bedrock];
                        span { "Anthropic API" }
                    }
                    label.choice {
                        input type="radio" name="provider" value="bedrock" checked[is_bedrock];
                        span { "AWS Bedrock" }
                    }
                }
                (self.fault("provider"))
                div.for-bedrock {
                    (self.text_field(&TextField {
                        name: "awsRegion", label: "AWS region", kind: Kind::Region,
                        hint: html! { "The region that the run calls. With a geographic inference profile, any of its regions." },
                    }))
                    (self.text_field(&TextField {
                        name: "roleArn", label: "Role",
                        kind: Kind::Text { placeholder: "arn:aws:iam::111122223333:role/ai-implement" },
                        hint: html! { "Only where the repository has no secret " code { "AWS_BEDROCK_ROLE_ARN" } "." },
                    }))
                }
            }
        }
    }

    fn workflows(&self) -> Markup {
        let is_workflow = self.fields.text("trigger") == "workflow";
        html! {
            fieldset {
                legend { "Workflows" }
                div.columns {
                    (self.text_field(&TextField {
                        name: "workflowFile", label: "Implements and fills gaps",
                        kind: Kind::Text { placeholder: "claude-implement.yml" },
                        hint: html! { "In " code { ".github/workflows" } "." },
                    }))
                    (self.text_field(&TextField {
                        name: "planningWorkflowFile", label: "Plans", kind: Kind::Text { placeholder: "claude-plan.yml" },
                        hint: html! { "In " code { ".github/workflows" } "." },
                    }))
                    (self.text_field(&TextField {
                        name: "defaultBranch", label: "Branch of the workflow files",
                        kind: Kind::Text { placeholder: "the default branch" },
                        hint: html! { "A pull request never supplies them." },
                    }))
                    div.field {
                        label for="trigger" { "Comments reach us by" }
                        select #trigger name="trigger" {
                            option value="webhook" selected[!is_workflow] { "the App's webhook" }
                            option value="workflow" selected[is_workflow] { "comment-trigger.yml in the repository" }
                        }
                        (self.fault("trigger"))
                    }
                }
                (self.tick("planningEnabled", "Plan an issue before it is implemented"))
                (self.tick("autoApprovePlans", "Go on to the implementation when the plan has succeeded"))
            }
        }
    }

    fn limits(&self) -> Markup {
        let number = |name, label, placeholder, hint: &str| {
            self.text_field(&TextField { name, label, kind: Kind::Number { placeholder }, hint: html! { (hint) } })
        };
        html! {
            fieldset {
                legend { "Limits" }
                div.columns {
                    (number("maxInProgress", "Runs at once", "3", "A further command waits for its turn."))
                    (number("dailyRuns", "Runs a day", "no limit", "A day of UTC."))
                    (number("maxTurns", "Turns of the agent", "50", "In one run."))
                    (number("maxIterations", "Rounds of implementing and verifying", "3, with Bedrock 2", "In one run."))
                    (number("maxJobMinutes", "Minutes of the main job", "90", "Credentials of Bedrock last an hour by default."))
                }
            }
        }
    }

    fn rest(&self) -> Markup {
        html! {
            fieldset {
                legend { "More" }
                div.columns {
                    (self.text_field(&TextField {
                        name: "teamKey", label: "Team key", kind: Kind::Text { placeholder: "ENG" },
                        hint: html! { "A dispatch request may name it instead of the repository." },
                    }))
                    (self.text_field(&TextField {
                        name: "runnerImage", label: "Runner", kind: Kind::Text { placeholder: "ubuntu-latest" },
                        hint: html! { "The label of the runner that jobs ask for." },
                    }))
                    (self.text_field(&TextField {
                        name: "notify", label: "Slack or Teams webhook",
                        kind: Kind::Text { placeholder: "https://hooks.slack.com/…" },
                        hint: html! { "Is told of dispatches and their ends." },
                    }))
                }
                (self.tick("paused", "Paused: new runs are refused, running ones end"))
            }
        }
    }

    fn text_field(&self, TextField { name, label, hint, kind }: &TextField<'_>) -> Markup {
        let described = format!("{name}-hint {name}-fault");
        let invalid = self.fault_of(name).map(|_| "true");
        let value = self.fields.text(name);
        html! {
            div.field {
                label for=(name) { (label) }
                @match kind {
                    Kind::Text { placeholder } => input id=(name) name=(name) value=(value) placeholder=(placeholder)
                        aria-describedby=(described) aria-invalid=[invalid] autocomplete="off" spellcheck="false";,
                    Kind::Number { placeholder } => input id=(name) name=(name) value=(value) placeholder=(placeholder)
                        inputmode="numeric" aria-describedby=(described) aria-invalid=[invalid] autocomplete="off";,
                    Kind::Region => {
                        input id=(name) name=(name) value=(value) placeholder="us-west-2" list="regions"
                            aria-describedby=(described) aria-invalid=[invalid] autocomplete="off" spellcheck="false";
                        datalist #regions { @for region in SUGGESTED_REGIONS { option value=(region) {} } }
                    },
                }
                p.hint id={ (name) "-hint" } { (hint) }
                (self.fault(name))
            }
        }
    }

    fn tick(&self, name: &str, label: &str) -> Markup {
        html! {
            label.tick {
                input id=(name) type="checkbox" name=(name) value="on" checked[self.fields.is_ticked(name)];
                span { (label) }
            }
            (self.fault(name))
        }
    }

    fn fault(&self, name: &str) -> Markup {
        html! { @if let Some(fault) = self.fault_of(name) { p.fault id={ (name) "-fault" } { (fault.detail) } } }
    }

    fn fault_of(&self, name: &str) -> Option<&FieldProblem> {
        self.faults.iter().find(|fault| fault.field == name)
    }
}
