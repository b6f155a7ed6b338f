//! One look at the issuer's keys, bounded in time and size.
//!
//! Owns the connection and the reading of a key set (RFC 7517). Never follows a redirection, never tries again, and
//! keeps nothing: `keys` does.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::error::FetchError;

/// How long a fetch may take in all, from the look-up of the host to the last byte that is read.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// GitHub's key set, certificates and all, has some ten kilobytes.
const MAX_KEY_SET_BYTES: usize = 256 * 1024;

type HttpsClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// The keys that sign, by their ids.
pub(crate) type KeySet = HashMap<String, Arc<DecodingKey>>;

/// Where the keys are. Made at no cost: certificates are read for the first fetch.
#[derive(Debug)]
pub(crate) struct Jwks {
    uri: Uri,
    client: OnceLock<HttpsClient>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// A key of the only kind that GitHub signs with; what else a set may hold is passed over.
#[derive(Deserialize)]
struct RsaKey {
    kid: String,
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    n: String,
    e: String,
}

impl Jwks {
    pub(crate) const fn at(uri: Uri) -> Self {
        Self { uri, client: OnceLock::new() }
    }

    /// Asks once.
    pub(crate) async fn fetch(&self) -> Result<KeySet, FetchError> {
        let fetching = self.fetch_without_limit();
        timeout(FETCH_TIMEOUT, fetching).await.map_err(|elapsed| FetchError::because("no answer in time", elapsed))?
    }

    async fn fetch_without_limit(&self) -> Result<KeySet, FetchError> {
        let response = self
            .client()?
            .request(self.request())
            .await
            .map_err(|error| FetchError::because("the connection failed", error))?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::because("the answer is no key set", format!("status {}", response.status())));
        }
        let body = Limited::new(response.into_body(), MAX_KEY_SET_BYTES).collect().await;
        let body = body.map_err(|error| FetchError::because("the answer breaks off or is too long", error))?;
        read(&body.to_bytes())
    }

    fn request(&self) -> Request<Empty<Bytes>> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static("ai-implement"));
        request
    }

    fn client(&self) -> Result<&HttpsClient, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| FetchError::because("this machine's certificates can't be read", error))?
            // Which of the two it is, was judged when the issuer was named.
            .https_or_http()
            .enable_http1()
            .build();
        // Fetches are rare, and a connection that outlived a frozen Lambda is dead.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(self.client.get_or_init(|| client))
    }
}

fn read(body: &[u8]) -> Result<KeySet, FetchError> {
    let document: Document =
        serde_json::from_slice(body).map_err(|error| FetchError::because("the answer is no key set", error))?;
    let keys: KeySet = document.keys.into_iter().filter_map(signing_key).collect();
    if keys.is_empty() { Err(FetchError::new("the key set holds no key that signs")) } else { Ok(keys) }
}

fn signing_key(value: Value) -> Option<(String, Arc<DecodingKey>)> {
    let RsaKey { kid, kty, usage, alg, n, e } = serde_json::from_value(value).ok()?;
    let signs = kty == "RSA" && usage.is_none_or(|it| it == "sig") && alg.is_none_or(|it| it == "RS256");
    let key = DecodingKey::from_rsa_components(&n, &e).ok().filter(|_| signs)?;
    Some((kid, Arc::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_set_the_rsa_keys_that_sign_are_taken_and_others_passed_over() {
        let set = r#"{"keys": [
            {"kid": "a", "kty": "RSA", "use": "sig", "alg": "RS256", "n": "AQAB", "e": "AQAB", "x5c": ["MII"]},
            {"kid": "b", "kty": "RSA", "n": "AQAB", "e": "AQAB"},
            {"kid": "c", "kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kid": "d", "kty": "RSA", "alg": "RS512", "n": "AQAB", "e": "AQAB"},
            {"kid": "e", "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
            {"kid": "f", "kty": "oct", "k": "AQAB"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            7
        ]}"#;
        let keys = read(set.as_bytes()).expect("a key set");
        let mut ids: Vec<&str> = keys.keys().map(String::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["a", "b"]);
    }

    #[test]
    fn a_set_without_a_key_that_signs_is_none() {
        for body in [r#"{"keys": []}"#, r#"{"keys": [{"kid": "f", "kty": "oct", "k": "AQAB"}]}"#, "{}", "<html>"] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
