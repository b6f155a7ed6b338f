//! A sign-in that is under way: what the browser keeps of it, signed, while it is at GitHub.
//!
//! Owns the cookie, its life, and where a browser may be led afterwards. It is kept nowhere else, so that a copied one
//! lasts until its end – and is worth nothing without a code that GitHub takes, once and with this verifier.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cookie;
use crate::caller::cookie_of;
use crate::secret::{AdminSecret, Purpose};

const COOKIE: &str = "__Host-ai-implement-sign-in";
/// As long as GitHub keeps a code.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// 43 characters, the fewest that PKCE asks for: <https://www.rfc-editor.org/rfc/rfc7636#section-4.1>
const RANDOM_BYTES: usize = 32;
/// Where one is led without a wish.
const HOME: &str = "/admin";
/// A cookie has room for 4,096 characters in all.
const MAX_PATH_LENGTH: usize = 1_000;

/// A sign-in that was begun in this browser.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    /// What comes back with the browser.
    pub(super) state: String,
    /// What GitHub gets to see a digest of before, and itself afterwards.
    pub(super) code_verifier: String,
    /// Where the browser is led then.
    pub(super) return_to: String,
    /// Seconds since 1970.
    exp: i64,
}

impl Pending {
    /// A new one.
    pub(super) fn begin(return_to: &str, now: Timestamp) -> Self {
        Self {
            state: random(),
            code_verifier: random(),
            return_to: inside(return_to).to_owned(),
            exp: (now + LIFE).as_second(),
        }
    }

    /// The header that gives it to a browser.
    pub(super) fn cookie(&self, secret: &AdminSecret) -> String {
        cookie(COOKIE, &secret.signed(Purpose::SignIn, self), LIFE.as_secs())
    }

    /// The header by which a browser forgets it.
    pub(super) fn forgotten() -> String {
        cookie(COOKIE, "", 0)
    }

    /// The one that a browser sent along, if it is ours, not over, and the one that this state belongs to.
    pub(super) fn of(headers: &HeaderMap, state: &str, secret: &AdminSecret, now: Timestamp) -> Option<Self> {
        let pending: Self = secret.opened(Purpose::SignIn, cookie_of(headers, COOKIE)?)?;
        let is_it = secret.is_same(Purpose::State, state, &pending.state);
        (is_it && now.as_second() < pending.exp).then_some(pending)
    }
}

fn random() -> String {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The address, where it is one of the admin's pages: a browser takes `//host` and `/\host` for another place, and goes
/// up where a path has dots.
fn inside(return_to: &str) -> &str {
    let path = return_to.split(['?', '#']).next().unwrap_or_default();
    let is_ours = path == HOME || path.strip_prefix(HOME).is_some_and(|below| below.starts_with('/'));
    let goes_up =
        path.split('/').any(|segment| matches!(segment.replace("%2e", ".").replace("%2E", ".").as_str(), "." | ".."));
    let is_plain = return_to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain && !goes_up && return_to.len() <= MAX_PATH_LENGTH { return_to } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_led_to_the_admins_pages_and_nowhere_else() {
        let long = format!("/admin/{}", "x".repeat(MAX_PATH_LENGTH));
        for ours in
            ["/admin", "/admin/", "/admin?q=1", "/admin/dispatches?state=unknown&q=a%20b", "/admin/r/octo/next.js"]
        {
            assert_eq!(inside(ours), ours);
        }
        for other in [
            "",
            "/",
            "admin",
            "//evil.example",
            "//evil.example/admin",
            "/\\evil.example",
            "/admin\\..",
            "/admin/../..//evil.example",
            "/admin/%2e%2E/x",
            "/admin/./x",
            "/administrator",
            "/admin@evil.example",
            "https://evil.example/admin",
            "/admin/\r\nset-cookie: x=y",
            "/admin/\t",
            "/admin/a b",
            "/admin/ü",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(inside(other), HOME, "{other}");
        }
    }

    #[test]
    fn random_texts_are_long_enough_for_pkce_and_differ() {
        let (one, other) = (random(), random());
        assert!(one.len() >= 43 && one != other);
    }
}
