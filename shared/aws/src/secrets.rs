//! Secrets: where one is read from, and what can be wrong with it.
//!
//! Owns the sources and the errors. Never logs, quotes or compares a secret's value.

mod cell;
mod run;
mod webhook;

use std::error::Error;
use std::io::ErrorKind;
use std::path::PathBuf;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::{ExposeSecret as _, SecretString};

pub use cell::SecretCell;
pub use run::RunSecret;
pub use webhook::{WebhookSecretCell, WebhookSecrets};

use crate::sdk::Sdk;

/// What a secret's text is read as.
pub trait SecretShape: Sized {
    /// What the text should look like, for whoever has to write it.
    const SHAPE: &'static str;

    /// The text as that, if it is one.
    fn parse(text: &str) -> Option<Self>;
}

/// Where a secret's text is read from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// AWS Secrets Manager, by name or ARN.
    SecretsManager {
        /// The client.
        client: Client,
        /// `SecretId`.
        id: String,
    },
    /// A file, for the local system.
    File(PathBuf),
    /// The text itself, for the local system and tests.
    Given(SecretString),
}

/// Why there is no secret. Never quotes one.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name, or nobody has given it a value yet.
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
    #[error("the secret {name} has no value yet")]
    Missing {
        /// Its name.
        name: String,
        /// How the source says so.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It could not be read.
    #[error("the secret {name} can't be read")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It could not be read a moment ago, and is not tried again yet.
    #[error("the secret {name} could not be read a moment ago")]
    JustFailed {
        /// Its name.
        name: String,
    },
    /// It has no text, or another shape than its reader expects.
    #[error("the secret {name} is not of the shape {shape}")]
    Shape {
        /// Its name.
        name: String,
        /// What it should look like.
        shape: &'static str,
    },
}

impl SecretSource {
    /// A secret of Secrets Manager.
    #[must_use]
    pub fn secrets_manager(sdk: &Sdk, id: impl Into<String>) -> Self {
        Self::SecretsManager { client: Client::new(&sdk.0), id: id.into() }
    }

    /// The secret's text as it is now.
    pub async fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::SecretsManager { client, id } => {
                let answer = client.get_secret_value().secret_id(id).send().await;
                // The whole error would show the raw answer, and a secret in it, to whoever prints it with `{:?}`.
                let answer = answer.map_err(|error| {
                    let missing =
                        error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception);
                    match error.into_source() {
                        Ok(cause) if missing => self.missing(cause),
                        Ok(cause) => self.unreadable(cause),
                        Err(error) => self.unreadable(error),
                    }
                })?;
                let text = answer.secret_string.ok_or_else(|| self.misshapen("a text"))?;
                // AWS keeps no empty text; what imitates it may mean a secret that nobody gave a value.
                if text.is_empty() { Err(self.missing("its text is empty")) } else { Ok(text.into()) }
            }
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
                    ErrorKind::NotFound => self.missing(error),
                    _ => self.unreadable(error),
                })?;
                Ok(text.into())
            }
            Self::Given(text) => Ok(text.clone()),
        }
    }

    /// The secret as it is now, read as what it should be.
    pub async fn read_as<T: SecretShape>(&self) -> Result<T, SecretError> {
        let text = self.read().await?;
        T::parse(text.expose_secret()).ok_or_else(|| self.misshapen(T::SHAPE))
    }

    /// The error of a reader that expected another shape.
    #[must_use]
    pub fn misshapen(&self, shape: &'static str) -> SecretError {
        SecretError::Shape { name: self.name(), shape }
    }

    fn just_failed(&self) -> SecretError {
        SecretError::JustFailed { name: self.name() }
    }

    fn missing(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> SecretError {
        SecretError::Missing { name: self.name(), source: source.into() }
    }

    fn unreadable(&self, source: impl Into<Box<dyn Error + Send + Sync>>) -> SecretError {
        SecretError::Unreadable { name: self.name(), source: source.into() }
    }

    fn name(&self) -> String {
        match self {
            Self::SecretsManager { id, .. } => id.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Given(_) => "given at start".to_owned(),
        }
    }
}
