//! The token that a program sends along.
//!
//! Owns where it stands in a request. Never judges it.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The bearer token of a request, where it has exactly one `Authorization` header and that is of this kind.
/// <https://www.rfc-editor.org/rfc/rfc6750#section-2.1>
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<String> {
        let headers: HeaderMap =
            values.iter().map(|value| (AUTHORIZATION, value.parse().expect("a header value"))).collect();
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_one_bearer_is_one() {
        assert_eq!(of(&["Bearer a.b"]).as_deref(), Some("a.b"));
        assert_eq!(of(&["bearer a.b"]).as_deref(), Some("a.b"));
        for values in [&[][..], &["Bearer"], &["Bearer "], &["Basic a.b"], &["a.b"], &["Bearer a", "Bearer b"]] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }
}
