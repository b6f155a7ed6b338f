//! The world at the start: three repositories that differ in their mapping, and people of every
//! role.
//!
//! Numbers are constants, so that stored mappings still fit after a reset. Never reads a file at
//! run time.

mod repositories;

use std::collections::BTreeMap;

use super::world::{
    ACTIONS_BOT, Access, Account, AccountKind, App, DispatchBehaviour, Installation, Member, Permissions,
    RepositorySelection, Role, World,
};

/// The organisation that has the App.
const ORGANIZATION: &str = "octo";
/// Somebody from outside, who owns the forks.
const FORK_OWNER: &str = "stranger";
/// People with the role they hold in every repository of the organisation.
const COLLABORATORS: [(&str, Role); 6] = [
    ("admin", Role::Admin),
    ("maintainer", Role::Maintain),
    ("writer", Role::Write),
    ("triager", Role::Triage),
    ("reader", Role::Read),
    ("helper[bot]", Role::Write),
];
/// Who belongs to the organisation, and to a team of it.
const MEMBERS: [(&str, Option<&str>); 3] = [("admin", None), ("maintainer", None), ("maintainer", Some("platform"))];
/// What the App asks for, optional permissions too.
const PERMISSIONS: [(&str, Access); 11] = [
    ("metadata", Access::Read),
    ("actions", Access::Write),
    ("contents", Access::Write),
    ("issues", Access::Write),
    ("pull_requests", Access::Write),
    ("workflows", Access::Write),
    ("secrets", Access::Read),
    ("actions_variables", Access::Read),
    ("administration", Access::Read),
    ("members", Access::Read),
    ("checks", Access::Read),
];
/// Events that the App subscribes to.
const EVENTS: [&str; 4] = ["issue_comment", "pull_request", "repository", "workflow_run"];

/// The world at the start. `url` is where the sandbox answers.
pub(super) fn world(url: &str) -> World {
    let app = app();
    let accounts = accounts(&app);
    World {
        url: url.to_owned(),
        revision: 0,
        last_id: 0,
        members: members(&accounts),
        accounts,
        oauth_codes: Vec::new(),
        user_tokens: Vec::new(),
        app,
        installation: installation(),
        tokens: Vec::new(),
        repositories: repositories::all(),
        comments: Vec::new(),
        reactions: Vec::new(),
        dispatches: Vec::new(),
        runs: Vec::new(),
        failed_jobs: BTreeMap::new(),
        deliveries: Vec::new(),
        notifications: Vec::new(),
        dispatch_behaviour: DispatchBehaviour::default(),
        standing_time: None,
    }
}

fn app() -> App {
    App {
        id: 424_242,
        client_id: "Iv23liSandboxAiImplem".to_owned(),
        slug: "ai-implement".to_owned(),
        name: "AI-Implement".to_owned(),
        owner: ORGANIZATION.to_owned(),
        hook_id: 520_001,
        events: EVENTS.map(str::to_owned).to_vec(),
        is_hook_inactive: false,
        hook_url: None,
    }
}

fn installation() -> Installation {
    Installation {
        id: 630_001,
        account: ORGANIZATION.to_owned(),
        installed: true,
        suspended_at: None,
        updated_at: None,
        repositories: RepositorySelection::All,
        permissions: PERMISSIONS.iter().map(|(name, access)| ((*name).to_owned(), *access)).collect::<Permissions>(),
        named_in_payloads: true,
    }
}

fn accounts(app: &App) -> Vec<Account> {
    let people = COLLABORATORS.iter().map(|(login, _)| *login).chain([FORK_OWNER]);
    let mut accounts = vec![account(710_000, ORGANIZATION, AccountKind::Organization)];
    for (id, login) in (710_001..).zip(people) {
        let kind = if login.ends_with("[bot]") { AccountKind::Bot } else { AccountKind::User };
        accounts.push(account(id, login, kind));
    }
    accounts.push(account(710_100, &app.bot_login(), AccountKind::Bot));
    accounts.push(account(41_898_282, ACTIONS_BOT, AccountKind::Bot));
    accounts
}

fn members(accounts: &[Account]) -> Vec<Member> {
    let member = |(login, team): &(&str, Option<&str>)| {
        let account = accounts.iter().find(|account| account.login == *login)?;
        let (organization, team) = (ORGANIZATION.to_owned(), team.map(str::to_owned));
        Some(Member { user_id: account.id, organization, team, is_pending: false })
    };
    MEMBERS.iter().filter_map(member).collect()
}

fn account(id: u64, login: &str, kind: AccountKind) -> Account {
    Account { id, login: login.to_owned(), kind }
}
