//! The doctor's findings, and what Bedrock takes on AWS's side.
//!
//! Owns how they are shown, on a page of their own and as a part of the repository's. What is looked at and what it means is
//! the doctor's.

use axum::extract;
use axum::response::Response;
use domain::bedrock_setup::{BedrockSetUp, Subjects, TOO_MANY_MODELS};
use domain::doctor::{Check, Finding, Report};
use domain::repo_name::RepoFullName;
use maud::{Markup, html};

use super::chrome::{Section, page as framed};
use super::failure::Failure;
use super::parts::{Tone, copyable, pill, sentence};
use super::repository::address_of;
use super::visitor::Visitor;
use crate::checks;
use crate::mappings::RepoPath;
use crate::state::State;

const HOW_IT_WORKS: &str =
    "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws";

/// `GET /admin/repositories/{owner}/{repo}/checks`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
) -> Result<Response, Failure> {
    let report = checks::look_at(&state, &name).await?;
    let body = html! {
        p.crumbs { a href=(address_of(&name)) { (name) } }
        div.head { h1 { "Checks of " (name) } a.button href={ (address_of(&name)) "/checks" } { "Look again" } }
        div #findings { (findings(&report)) }
    };
    Ok(framed(&format!("Checks of {name}"), Section::Repositories, &visitor, &body))
}

/// The place of the findings on another page, which fills itself: looking takes as long as GitHub does.
pub(super) fn place(name: &RepoFullName) -> Markup {
    let address = format!("{}/checks", address_of(name));
    html! {
        div #findings hx-get=(address) hx-trigger="load" hx-select="#findings" hx-swap="outerHTML" {
            p { a.button href=(address) { "Look at the set-up" } }
        }
    }
}

fn findings(report: &Report) -> Markup {
    let (passing, others): (Vec<&Check>, Vec<&Check>) =
        report.checks.iter().partition(|check| matches!(check.finding, Finding::Pass { .. }));
    html! {
        section.card aria-labelledby="checks" {
            div.head { h2 #checks { "Checks" } p.muted { (summary(&report.checks)) } }
            @if others.is_empty() { p { "Everything is as it should be." } }
            ul.checks { @for check in others { (line(check)) } }
            details {
                summary { (passing.len()) " that pass" }
                ul.checks { @for check in passing { (line(check)) } }
            }
        }
        @if let Some(set_up) = &report.bedrock { (bedrock(set_up)) }
    }
}

fn line(check: &Check) -> Markup {
    html! {
        li data-check=(check.id) {
            div { (verdict(&check.finding)) }
            p { strong { (sentence(&check.what)) } " – " (sentence(check.finding.seen())) }
            @if let Some(remedy) = check.finding.remedy() { p.remedy { (sentence(remedy)) } }
        }
    }
}

fn verdict(finding: &Finding) -> Markup {
    match finding {
        Finding::Pass { .. } => pill(Tone::Good, "Pass"),
        Finding::Warn { .. } => pill(Tone::Warn, "Warning"),
        Finding::Fail { .. } => pill(Tone::Bad, "Fails"),
        Finding::Unknown { .. } => pill(Tone::Idle, "Unknown"),
    }
}

fn summary(checks: &[Check]) -> String {
    let count = |word: &str| checks.iter().filter(|check| check.finding.word() == word).count();
    let parts = [("fail", "fail"), ("warn", "warn"), ("unknown", "are unknown"), ("pass", "pass")];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(word, says)| (count(word), says))
        .filter(|(count, _)| *count > 0)
        .map(|(count, says)| format!("{count} {says}"))
        .collect();
    parts.join(", ")
}

fn bedrock(set_up: &BedrockSetUp) -> Markup {
    html! {
        section.card aria-labelledby="set-up" {
            h2 #set-up { "Bedrock, on AWS's side" }
            p {
                "A run proves to AWS whose it is, and becomes the role. Paste the policies into a role of your own, or make one \
                 with the command. "
                a href=(HOW_IT_WORKS) rel="noreferrer" { "How GitHub's proof works" } "."
            }
            (to_fill_in(&set_up.to_fill_in))
            h3 { "Subjects" }
            (subjects(&set_up.subjects))
            h3 { "Policies" }
            (copyable("trust-policy", &html! { "Who may become the role" }, &set_up.trust_policy))
            (copyable("permission-policy", &html! { "What the role may do" }, &set_up.permission_policy))
            h3 { "Or with one command" }
            @if let Some(command) = &set_up.deploy_command { (copyable("deploy-command", &html! { "From the template of this project" }, command)) } @else { p { (TOO_MANY_MODELS) } }
        }
    }
}

fn to_fill_in(places: &[&str]) -> Markup {
    html! {
        @if !places.is_empty() {
            p { "Fill in: " @for (place, what) in places.iter().enumerate() { @if place > 0 { ", " } code { (what) } } "." }
        }
    }
}

fn subjects(subjects: &Subjects) -> Markup {
    let named = |form: &str, name: &str| {
        html! { (name) @if subjects.in_force.word() == form { " " (pill(Tone::Good, "In force")) } }
    };
    html! {
        p {
            "What GitHub's proof says of this repository's runs."
            @if subjects.in_force.word() == "unknown" { " Which of them is in force could not be read; trust both." }
        }
        (copyable("subject-legacy", &named("legacy", "By name"), &subjects.legacy))
        @if let Some(immutable) = &subjects.immutable {
            (copyable("subject-immutable", &named("immutable", "By name and id"), immutable))
        }
    }
}
