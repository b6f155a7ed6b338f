//! Why somebody is not let in with GitHub.
//!
//! Owns the words: what happened, and what to do about it. Never holds who it was: anybody can put a code into the
//! address of the page that explains it.

use http::StatusCode;
use web::{ApiError, Problem};

/// Not let in, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// There is no such way in here.
    Off,
    /// It wasn't begun in this browser, or long ago, or ended before.
    Expired,
    /// They changed their mind at GitHub.
    Cancelled,
    /// They aren't listed, and belong to nothing that is.
    NotAllowed,
    /// They were let in and wouldn't be any more.
    NoLongerAllowed,
    /// GitHub knows the App otherwise than we do.
    Misconfigured,
    /// GitHub can't be asked.
    GitHubOut,
}

impl Denial {
    const ALL: [Self; 7] = [
        Self::Off,
        Self::Expired,
        Self::Cancelled,
        Self::NotAllowed,
        Self::NoLongerAllowed,
        Self::Misconfigured,
        Self::GitHubOut,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Off => "GITHUB_SIGN_IN_OFF",
            Self::Expired => "SIGN_IN_EXPIRED",
            Self::Cancelled => "ACCESS_DENIED",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::NoLongerAllowed => "NO_LONGER_ALLOWED",
            Self::Misconfigured => "GITHUB_SIGN_IN_MISCONFIGURED",
            Self::GitHubOut => "GITHUB_UNAVAILABLE",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Off | Self::Cancelled | Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::Expired => StatusCode::BAD_REQUEST,
            Self::NoLongerAllowed => StatusCode::UNAUTHORIZED,
            Self::Misconfigured | Self::GitHubOut => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Off => {
                "Signing in with GitHub is off. It takes the App's `client_id` and `client_secret` in its secret, and \
                 ADMIN_ALLOW; the log says so where an entry of that isn't understood."
            }
            Self::Expired => {
                "This sign-in was not begun in this browser, has ended already, or took longer than ten minutes. Begin \
                 again."
            }
            Self::Cancelled => "You told GitHub not to sign you in. Begin again if you want to.",
            Self::NotAllowed => {
                "GitHub says who you are, and ADMIN_ALLOW does not let you in. Ask whoever runs this to list you, or an \
                 organisation or team that you are an active member of."
            }
            Self::NoLongerAllowed => {
                "You are no longer allowed in: ADMIN_ALLOW or your memberships at GitHub have changed. Sign in again if \
                 you are a member under another name by now; else ask whoever runs this."
            }
            Self::Misconfigured => {
                "GitHub does not let people sign in with the App. Compare its client secret with the App's settings, and \
                 its callback URL with PUBLIC_URL followed by /api/auth/github/callback; the log has GitHub's word for it."
            }
            Self::GitHubOut => {
                "GitHub could not be asked whether you may be here. Try again in a moment. Where it stays so, see that \
                 the App is installed on each organisation of ADMIN_ALLOW and may read its members; the log has the \
                 cause."
            }
        }
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        Problem::new(denial.status(), denial.code(), denial.sentence()).into()
    }
}

/// The sentence of a problem's code, for the page that somebody is led back to; `None` without a code.
pub(crate) fn explain(code: &str) -> Option<&'static str> {
    let denial = Denial::ALL.into_iter().find(|denial| denial.code() == code);
    match (denial, code) {
        (Some(denial), _) => Some(denial.sentence()),
        (None, "") => None,
        (None, "RATE_LIMITED") => Some("Too many attempts from your address. Wait for a quarter of an hour."),
        (None, _) => Some("Signing in did not work. Try again in a moment; the log has the cause."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_denial_is_explained_by_its_code() {
        for denial in Denial::ALL {
            assert_eq!(explain(denial.code()), Some(denial.sentence()));
            assert!(denial.sentence().ends_with('.'), "{denial:?}");
        }
        assert_eq!(explain(""), None);
        assert!(explain("<script>").is_some_and(|told| !told.contains('<')));
    }
}
