//! The `Idempotency-Key` of a request: the same key is the same request, however often it is sent.
//!
//! Owns its form, and that it is asked for. <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, StatusCode};
use web::Problem;

use crate::state::State;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// A key is part of a table's key.
const MAX_CHARACTERS: usize = 200;

/// The key, where one was sent.
pub(crate) struct IdempotencyKey(Option<String>);

impl FromRequestParts<State> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => {
                let key = value.to_str().ok().filter(|key| is_sound(key)).ok_or_else(unsound)?;
                Ok(Self(Some(key.to_owned())))
            }
            (Some(_), Some(_)) => Err(unsound()),
        }
    }
}

impl IdempotencyKey {
    /// The key; a request that is only judged needs none.
    pub(crate) fn or_for_preview(self, is_preview: bool) -> Result<String, Problem> {
        match self.0 {
            Some(key) => Ok(key),
            None if is_preview => Ok("preview".to_owned()),
            None => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "IDEMPOTENCY_KEY_MISSING",
                "Send a header `Idempotency-Key` with a value of your own for each run that you want: \
                 whatever is sent twice with it is one request.",
            )),
        }
    }

    /// The key, or one that nobody else has, for callers who know of none.
    pub(crate) fn or_one_of_its_own(self) -> String {
        self.0.unwrap_or_else(|| {
            let mut random = [0; 16];
            getrandom::fill(&mut random).expect("the operating system has random numbers");
            format!("{:032x}", u128::from_be_bytes(random))
        })
    }
}

fn is_sound(key: &str) -> bool {
    (1..=MAX_CHARACTERS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

fn unsound() -> Problem {
    Problem::bad_request(format!(
        "The header `Idempotency-Key` has 1 to {MAX_CHARACTERS} visible characters of ASCII, and is sent once."
    ))
}
