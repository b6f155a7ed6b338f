//! The App's own credentials, as the secret `github-app` holds them.
//!
//! Owns the reading of that secret and of the private key in it. Never shows the key: it has no `Debug` output.

use domain::ids::AppId;
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// What makes a client the App: its id and its private key.
#[derive(Clone, Deserialize)]
pub struct AppCredentials {
    /// The App's id.
    pub app_id: AppId,
    /// The private key in PEM.
    private_key: SecretString,
}

/// What people sign in with: the App's client id and secret.
#[derive(Clone, Deserialize)]
pub struct OAuthCredentials {
    /// The App's client id.
    pub client_id: String,
    /// The App's client secret.
    pub client_secret: SecretString,
}

/// Why no client can be made. Never quotes a secret.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// Not the JSON that is expected.
    #[error("the secret is not JSON with `app_id` (a number) and `private_key` (PEM)")]
    Shape,
    /// The key is not an RSA key in PEM.
    #[error("`private_key` is not an RSA private key in PEM")]
    PrivateKey,
    /// The address is no base URL.
    #[error("`GITHUB_API_URL` is not an http(s) address")]
    ApiUrl,
    /// The address is no base URL.
    #[error("`GITHUB_WEB_URL` is not an http(s) address")]
    WebUrl,
    /// The HTTP client can't be made, for want of root certificates for example.
    #[error("no HTTPS client can be made")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AppCredentials {
    /// Puts credentials together.
    #[must_use]
    pub fn new(app_id: AppId, private_key_pem: impl Into<SecretString>) -> Self {
        Self { app_id, private_key: private_key_pem.into() }
    }

    /// Reads the secret's JSON, `{"app_id": 1, "private_key": "-----BEGIN …"}`; further members are passed over.
    pub fn from_json(json: &str) -> Result<Self, CredentialsError> {
        // The parser's own message would quote what it stumbled over.
        serde_json::from_str(json).map_err(|_| CredentialsError::Shape)
    }

    /// The key, ready to sign with. A key that was pasted with `\n` for its line ends is understood.
    pub(crate) fn signing_key(&self) -> Result<EncodingKey, CredentialsError> {
        let pem = self.private_key.expose_secret().replace("\\n", "\n");
        EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| CredentialsError::PrivateKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_another_shape_is_never_quoted() {
        for json in ["", "hunter2", r#"{"app_id": "hunter2", "private_key": "hunter2"}"#, r#"{"app_id": 1}"#] {
            let error = AppCredentials::from_json(json).err().expect("no credentials");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let credentials =
            AppCredentials::from_json(r#"{"app_id": 1, "private_key": "-----BEGIN"}"#).expect("the shape");
        assert!(matches!(credentials.signing_key(), Err(CredentialsError::PrivateKey)));
    }
}
