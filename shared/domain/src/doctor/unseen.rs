//! Why something could not be looked at: no guess stands in for it.
//!
//! Owns the reasons, their words and what it takes to look.

/// Something that was looked at, or why it could not be.
pub type Seen<T> = Result<T, Unseen>;

/// Why something could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// The App lacks this permission, such as `secrets: read`.
    NotAllowed(&'static str),
    /// There is no usable secret with the App's credentials.
    NoCredentials,
    /// GitHub does not take the App's credentials.
    CredentialsRefused,
    /// The App is not installed on the repository.
    NotInstalled,
    /// The App's installation is suspended.
    Suspended,
    /// The repository has another name now.
    Moved,
    /// GitHub limits the App for now.
    Limited,
    /// GitHub did not answer, or not in time.
    NoAnswer,
}

impl Unseen {
    pub(super) fn why(self) -> String {
        match self {
            Self::NotAllowed(permission) => {
                format!("The App may not look at it: it lacks the permission `{permission}`.")
            }
            Self::NoCredentials => "GitHub can't be asked: the App's credentials are missing or malformed.".into(),
            Self::CredentialsRefused => "GitHub does not accept the App's credentials.".into(),
            Self::NotInstalled => "The App is not installed on this repository.".into(),
            Self::Suspended => "The App's installation is suspended.".into(),
            Self::Moved => "The repository has another name at GitHub now.".into(),
            Self::Limited => "GitHub limits the App just now.".into(),
            Self::NoAnswer => "GitHub did not answer in time.".into(),
        }
    }

    pub(super) fn remedy(self) -> String {
        match self {
            Self::NotAllowed(permission) => {
                format!("Grant the App `{permission}`, and have an owner accept it; or look for yourself.")
            }
            Self::NoCredentials => {
                "Put the App's id and key into the github-app secret; `/healthz` says what is wrong.".into()
            }
            Self::CredentialsRefused => "Put the App's present key into the github-app secret.".into(),
            Self::NotInstalled => "Ask an owner to install it.".into(),
            Self::Suspended => "Ask an owner to unsuspend it.".into(),
            Self::Moved => "Map the repository by its present name.".into(),
            Self::Limited | Self::NoAnswer => "Look again in a moment.".into(),
        }
    }
}
