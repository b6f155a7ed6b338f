//! Where a repository's news goes: an incoming webhook of Slack, of Teams, or of something that reads Slack's shape.
//!
//! Owns which addresses are taken, and whose each is. Whoever has such an address can post there: it is never shown
//! whole, but to the sender and to the admins who set it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longer than any service's: Teams' have some hundred characters of signature.
const MAX_LENGTH: usize = 2_000;
/// DNS has no longer name.
const MAX_HOST_LENGTH: usize = 253;
/// The one form without TLS: a receiver on this machine, such as the sandbox's.
const LOOPBACK: &str = "http://127.0.0.1:";

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
const SLACK_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];
/// Incoming webhooks, and the workflows that follow them.
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>
const TEAMS_DOMAINS: [&str; 3] = [".webhook.office.com", ".logic.azure.com", ".powerplatform.com"];

/// The address of an incoming webhook: `https://`, or `http://127.0.0.1:<port>/` for the local system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotifyUrl(String);

/// What somebody wrote where such an address belongs; kept from logs as one is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotifyUrlDraft(String);

/// The text is no address of an incoming webhook. Never repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an https:// address of an incoming webhook, of at most {MAX_LENGTH} characters and without a user name")]
pub struct NotifyUrlError;

/// In whose shape a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
    /// Anything else. Most that take messages read Slack's plain shape.
    Other,
}

impl NotifyUrl {
    /// The whole address, for the sender alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it leads to this machine, without TLS.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.starts_with(LOOPBACK)
    }

    /// Whose it is: by its host, and on this machine by its path's first part.
    #[must_use]
    pub fn service(&self) -> Service {
        let (origin, path) = split(&self.0);
        if self.is_loopback() {
            return match path.split(['/', '?']).nth(1) {
                Some("slack") => Service::Slack,
                Some("teams") => Service::Teams,
                _ => Service::Other,
            };
        }
        let host = host_and_port(origin).map_or("", |(host, _)| host).to_ascii_lowercase();
        if SLACK_HOSTS.contains(&host.as_str()) {
            Service::Slack
        } else if TEAMS_DOMAINS.iter().any(|domain| host.ends_with(domain)) {
            Service::Teams
        } else {
            Service::Other
        }
    }
}

/// The scheme with host and port, and the rest.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |colon| colon + 3);
    let end = url[host..].find(['/', '?']).map_or(url.len(), |length| host + length);
    url.split_at(end)
}

fn host_and_port(origin: &str) -> Option<(&str, Option<&str>)> {
    let (_, authority) = origin.split_once("://")?;
    Some(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

fn is_sound(url: &str) -> bool {
    let (origin, path) = split(url);
    let Some((host, port)) = host_and_port(origin) else { return false };
    let is_known_form = if url.starts_with(LOOPBACK) { path.starts_with('/') } else { url.starts_with("https://") };
    is_known_form
        && url.len() <= MAX_LENGTH
        && is_host(host)
        && port.is_none_or(is_port)
        && path.bytes().all(may_follow)
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    host.len() <= MAX_HOST_LENGTH && host.split('.').all(is_label)
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// What RFC 3986 allows in a path and a query.
fn may_follow(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte)
}

impl TryFrom<String> for NotifyUrl {
    type Error = NotifyUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_sound(&text) { Ok(Self(text)) } else { Err(NotifyUrlError) }
    }
}

impl TryFrom<NotifyUrlDraft> for NotifyUrl {
    type Error = NotifyUrlError;

    fn try_from(draft: NotifyUrlDraft) -> Result<Self, Self::Error> {
        draft.0.try_into()
    }
}

impl From<NotifyUrl> for String {
    fn from(url: NotifyUrl) -> Self {
        url.0
    }
}

impl From<NotifyUrl> for NotifyUrlDraft {
    fn from(url: NotifyUrl) -> Self {
        Self(url.0)
    }
}

impl From<&str> for NotifyUrlDraft {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for NotifyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotifyUrl({}/…)", split(&self.0).0)
    }
}

impl fmt::Debug for NotifyUrlDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifyUrlDraft(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SLACK: &str = "https://hooks.slack.com/services/T0/B0/s3cret";

    fn url(text: &str) -> Result<NotifyUrl, NotifyUrlError> {
        text.to_owned().try_into()
    }

    #[test]
    fn each_service_is_told_by_its_host() {
        for (text, service) in [
            (SLACK, Service::Slack),
            ("https://HOOKS.slack.com:443/services/x", Service::Slack),
            ("https://hooks.slack-gov.com/services/x", Service::Slack),
            ("https://contoso.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4", Service::Teams),
            ("https://prod-11.westus.logic.azure.com:443/workflows/1?sp=%2Ftriggers&sig=x_-", Service::Teams),
            ("https://default1.2.environment.api.powerplatform.com:443/powerautomate?api-version=1", Service::Teams),
            ("https://chat.example.com/hooks/x", Service::Other),
            ("https://chat.example.com?hook=x", Service::Other),
            ("https://evilhooks.slack.com", Service::Other),
            ("https://hooks.slack.com.example.com/x", Service::Other),
            ("https://powerplatform.com.example.com/x", Service::Other),
            ("https://example.com/hooks.slack.com", Service::Other),
        ] {
            assert_eq!(url(text).map(|url| (url.service(), url.is_loopback())), Ok((service, false)), "{text}");
        }
    }

    #[test]
    fn on_this_machine_a_service_is_told_by_the_path() {
        for (text, service) in [
            ("http://127.0.0.1:8788/slack/octo", Service::Slack),
            ("http://127.0.0.1:8788/teams/octo/x?y", Service::Teams),
            ("http://127.0.0.1:8788/slack", Service::Slack),
            ("http://127.0.0.1:8788/other/slack", Service::Other),
            ("http://127.0.0.1:8788/", Service::Other),
        ] {
            assert_eq!(url(text).map(|url| (url.service(), url.is_loopback())), Ok((service, true)), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_address_is_refused() {
        let longest = format!("{SLACK}{}", "x".repeat(2_000 - SLACK.len()));
        assert!(url(&longest).is_ok());
        for text in [
            "",
            "https://",
            "https:///services",
            "http://hooks.slack.com/services/x",
            "HTTPS://hooks.slack.com/x",
            "http://127.0.0.1/slack/x",
            "http://127.0.0.1:8788",
            "http://127.0.0.1:0/slack",
            "http://127.0.0.1:8788@example.com/slack",
            "http://127.0.0.1:8788.example.com/slack",
            "http://127.0.0.1.example.com:8788/slack",
            "http://localhost:8788/slack",
            "https://user@example.com/x",
            "https://user:word@example.com/x",
            "https://hooks.slack.com\\@example.com/x",
            "https://hooks.slack.com#@example.com/x",
            "https://example.com:/x",
            "https://example.com:+443/x",
            "https://example.com:65536/x",
            "https://example..com/x",
            "https://example.com./x",
            "https://exa mple.com/x",
            "https://exämple.com/x",
            "https://[::1]/x",
            "https://example.com/x#part",
            "https://example.com/x y",
            "https://example.com/x\n",
            "https://example.com/<x>",
            " https://example.com/x",
            &format!("{longest}x"),
        ] {
            assert_eq!(url(text), Err(NotifyUrlError), "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_by_scheme_and_host_alone() {
        let url = url(SLACK).expect("an address");
        assert_eq!(format!("{url:?}"), "NotifyUrl(https://hooks.slack.com/…)");
        assert_eq!(format!("{:?}", NotifyUrlDraft::from(url)), "NotifyUrlDraft(…)");
    }

    #[test]
    fn an_address_is_written_as_it_was_read() {
        let json = format!("\"{SLACK}\"");
        let url: NotifyUrl = serde_json::from_str(&json).expect("an address");
        assert_eq!(serde_json::to_string(&url).expect("a string"), json);
        let error = serde_json::from_str::<NotifyUrl>("\"http://s3cret\"").expect_err("no TLS");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(https?://)?(127.0.0.1:)?\\PC{0,40}") {
            if let Ok(url) = url(&text) {
                let _ = url.service();
            }
        }
    }
}
