//! The two encodings a webhook's body can have: JSON, or a form with the JSON in `payload`.
//!
//! Owns finding the JSON. Never looks into it, and is only reached behind a matching signature.
//! <https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks>

use std::borrow::Cow;

const FORM: &str = "application/x-www-form-urlencoded";

/// The JSON text of a body; `None` for a form without exactly one `payload`.
#[must_use]
pub fn json<'a>(content_type: Option<&str>, body: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let media_type = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM)) {
        return Some(Cow::Borrowed(body));
    }
    let mut payloads = form_urlencoded::parse(body).filter(|(name, _)| name == "payload");
    match (payloads.next(), payloads.next()) {
        (Some((_, payload)), None) => Some(Cow::Owned(payload.into_owned().into_bytes())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_as_it_is() {
        assert_eq!(json(Some("application/json"), b"{}").as_deref(), Some(b"{}".as_slice()));
        assert_eq!(json(None, b"{}").as_deref(), Some(b"{}".as_slice()));
    }

    #[test]
    fn a_form_carries_it_in_payload() {
        let body = b"payload=%7B%22zen%22%3A%22a+b%22%7D";
        for content_type in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"] {
            assert_eq!(
                json(Some(content_type), body).as_deref(),
                Some(br#"{"zen":"a b"}"#.as_slice()),
                "{content_type}"
            );
        }
    }

    #[test]
    fn a_form_without_exactly_one_payload_is_none() {
        for body in [b"".as_slice(), b"other=1", b"payload=1&payload=2"] {
            assert_eq!(json(Some(FORM), body), None);
        }
    }
}
