//! Accounts as GitHub shows them: people, bots, organisations, collaborators.
//!
//! Never decides a role: it is told which one to show.

use serde_json::{Map, Value, json};

use super::{fields, node_id};
use crate::sandbox::world::{Account, AccountKind, Role, World};

/// Links of an account by what follows its API address.
const USER_LINKS: [(&str, &str); 9] = [
    ("followers_url", "/followers"),
    ("following_url", "/following{/other_user}"),
    ("gists_url", "/gists{/gist_id}"),
    ("starred_url", "/starred{/owner}{/repo}"),
    ("subscriptions_url", "/subscriptions"),
    ("organizations_url", "/orgs"),
    ("repos_url", "/repos"),
    ("events_url", "/events{/privacy}"),
    ("received_events_url", "/received_events"),
];

/// The account of that login; null when it is gone, as GitHub does for some deleted users.
pub(in crate::sandbox) fn user(world: &World, login: &str) -> Value {
    world.account(login).map_or(Value::Null, |account| Value::Object(user_fields(world, account)))
}

/// An account with what its own page shows.
pub(in crate::sandbox) fn public_user(world: &World, account: &Account) -> Value {
    let mut user = user_fields(world, account);
    for text in ["name", "company", "location", "email", "hireable", "bio"] {
        user.insert(text.to_owned(), Value::Null);
    }
    user.insert("blog".to_owned(), json!(""));
    for count in ["public_repos", "public_gists", "followers", "following"] {
        user.insert(count.to_owned(), json!(0));
    }
    for time in ["created_at", "updated_at"] {
        user.insert(time.to_owned(), json!("2026-01-05T09:00:00Z"));
    }
    Value::Object(user)
}

/// A user with the role that it holds in a repository.
pub(in crate::sandbox) fn collaborator(world: &World, account: &Account, role: Role) -> Value {
    let mut user = user_fields(world, account);
    user.insert("permissions".to_owned(), permissions(role));
    user.insert("role_name".to_owned(), json!(role));
    Value::Object(user)
}

/// The organisation of a webhook payload; null when the owner is a person.
pub(in crate::sandbox) fn organization(world: &World, login: &str) -> Value {
    let account = world.account(login).filter(|account| account.kind == AccountKind::Organization);
    account.map_or(Value::Null, |account| {
        let url = format!("{}/orgs/{}", world.url, account.login);
        json!({
            "login": account.login,
            "id": account.id,
            "node_id": node_id("O", account.id),
            "url": url,
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events"),
            "hooks_url": format!("{url}/hooks"),
            "issues_url": format!("{url}/issues"),
            "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": avatar_url(world, account),
            "description": "",
        })
    })
}

fn user_fields(world: &World, account: &Account) -> Map<String, Value> {
    let url = format!("{}/users/{}", world.url, percent_encoded(&account.login));
    let mut user = fields(json!({
        "login": account.login,
        "id": account.id,
        "node_id": node_id("U", account.id),
        "avatar_url": avatar_url(world, account),
        "gravatar_id": "",
        "url": url,
        "html_url": html_url(world, account),
        "type": account.kind.as_str(),
        "site_admin": false,
    }));
    for (name, path) in USER_LINKS {
        user.insert(name.to_owned(), json!(format!("{url}{path}")));
    }
    user
}

fn avatar_url(world: &World, account: &Account) -> String {
    format!("{}/avatars/u/{}?v=4", world.url, account.id)
}

/// A bot's page is that of its App.
fn html_url(world: &World, account: &Account) -> String {
    match account.login.strip_suffix("[bot]") {
        Some(slug) => format!("{}/apps/{slug}", world.url),
        None => format!("{}/{}", world.url, account.login),
    }
}

fn percent_encoded(login: &str) -> String {
    login.replace('[', "%5B").replace(']', "%5D")
}

fn permissions(role: Role) -> Value {
    json!({
        "pull": role >= Role::Read,
        "triage": role >= Role::Triage,
        "push": role >= Role::Write,
        "maintain": role >= Role::Maintain,
        "admin": role >= Role::Admin,
    })
}
