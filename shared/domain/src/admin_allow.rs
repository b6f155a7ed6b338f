//! Who may sign in to the admin with GitHub: what `ADMIN_ALLOW` lists.
//!
//! Owns the forms of an entry and what one says by itself. Nobody is let in who isn't listed, and an entry that isn't
//! understood makes the whole list void: it may be a name that was mistyped, or one of a later release. Whether
//! somebody is a member is GitHub's to say; never asks it.

mod entry;

use std::str::FromStr;

use thiserror::Error;

use crate::ids::UserId;

use self::entry::Entry;
pub use self::entry::Membership;

/// The list. The default one lists nobody.
///
/// Entries are separated by commas, white space or both:
///
/// | entry | lets in |
/// |---|---|
/// | `org:NAME` | the members of an organisation |
/// | `team:ORG/SLUG` | the members of a team |
/// | `user:LOGIN` | whoever is called that at GitHub when they sign in |
/// | `user-id:12345` | one account |
///
/// A login can be given up and taken by somebody else, who is let in from then on; a numeric id is never given again.
/// So `user-id:` is the safe form for one person; `GET https://api.github.com/users/LOGIN` has the id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdminAllow(Vec<Entry>);

/// An entry that isn't understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("ADMIN_ALLOW has the entry \"{0}\", which is none of org:NAME, team:ORG/SLUG, user:LOGIN and user-id:NUMBER")]
pub struct AdminAllowError(String);

impl AdminAllow {
    /// Whether it lists nobody.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a user is listed in person.
    #[must_use]
    pub fn names(&self, id: UserId, login: &str) -> bool {
        self.0.iter().any(|entry| match entry {
            Entry::User(listed) => listed.eq_ignore_ascii_case(login),
            Entry::UserId(listed) => *listed == id,
            Entry::Member(_) => false,
        })
    }

    /// What lets its members in.
    pub fn memberships(&self) -> impl Iterator<Item = &Membership> {
        self.0.iter().filter_map(|entry| match entry {
            Entry::Member(membership) => Some(membership),
            Entry::User(_) | Entry::UserId(_) => None,
        })
    }
}

impl FromStr for AdminAllow {
    type Err = AdminAllowError;

    fn from_str(text: &str) -> Result<Self, AdminAllowError> {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        let parsed = entries.map(|entry| Entry::parse(entry).ok_or_else(|| AdminAllowError(entry.to_owned())));
        parsed.collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(text: &str) -> AdminAllow {
        text.parse().expect("a list")
    }

    fn names(allow: &AdminAllow, id: u64, login: &str) -> bool {
        allow.names(UserId::new(id), login)
    }

    #[test]
    fn an_empty_list_lets_nobody_in() {
        for empty in ["", " ", ",", " ,\n\t, "] {
            let allow = allow(empty);
            assert!(allow.is_empty() && !names(&allow, 0, "") && allow.memberships().next().is_none(), "{empty:?}");
        }
    }

    #[test]
    fn every_form_is_understood_whatever_separates_them() {
        let list = allow("org:octo, team:Octo/plat-form_1.x\nuser:admin,user-id:710001 user:mona_corp");
        assert_eq!(list, allow("org:octo,team:Octo/plat-form_1.x,user:admin,user-id:710001,user:mona_corp"));
        let memberships: Vec<String> = list.memberships().map(ToString::to_string).collect();
        assert_eq!(memberships, ["org:octo", "team:Octo/plat-form_1.x"]);
    }

    #[test]
    fn a_login_is_compared_without_case_and_an_id_as_a_number() {
        let allow = allow("user:Admin user-id:7");
        assert!(names(&allow, 1, "aDMIN") && names(&allow, 7, "whoever"));
        assert!(!names(&allow, 1, "admi") && !names(&allow, 70, "administrator") && !names(&allow, 1, "7"));
    }

    #[test]
    fn a_membership_names_nobody_in_person() {
        let allow = allow("org:octo team:octo/admin");
        assert!(!names(&allow, 1, "octo") && !names(&allow, 1, "admin"));
        assert!(!allow.is_empty());
    }

    #[test]
    fn an_entry_that_is_not_understood_is_named_and_voids_the_list() {
        for wrong in [
            "admin",
            "octo/platform",
            "users:admin",
            "User:admin",
            "user:",
            "user:@admin",
            "user:a/b",
            "user:*",
            "org:",
            "org:*",
            "org:octo/platform",
            "org:octo:platform",
            "team:octo",
            "team:octo/",
            "team:/platform",
            "team:octo/plat/form",
            "team:octo/..",
            "team:octo/plat?form",
            "user-id:admin",
            "user-id:",
            "user-id:0",
            "user-id:-1",
            "user-id:+1",
            "user-id:18446744073709551616",
            "*",
        ] {
            let error = format!("user:admin, {wrong}").parse::<AdminAllow>().expect_err(wrong);
            assert!(error.to_string().contains(&format!("\"{wrong}\"")), "{error}");
        }
        let long = format!("org:{}", "o".repeat(40));
        assert!(long.parse::<AdminAllow>().is_err());
    }
}
