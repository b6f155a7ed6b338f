//! GitHub's REST API as this product uses it: as a GitHub App, one repository at a time – and who somebody is, and
//! belongs to.
//!
//! Owns the App's JWT, installation tokens that are narrowed to one repository and their cache, the few calls that
//! are needed, and the classes of error that a caller reacts to. Never decides anything, never words anything, and
//! never repeats a call that could have had an effect: octocrab's own retries are off.
//!
//! ```text
//! GitHub (the App) ── repository(installation, id, name) ──▶ Repository (a narrowed token) ── calls
//!        │
//!        └──────── organization(name) ──▶ Organization (a token that reads members) ── calls
//!
//! OAuth (the App, as people sign in with it) ── user(code) ──▶ User
//! ```

mod app;
mod call;
mod credentials;
mod deliveries;
mod error;
mod loan;
mod oauth;
mod organization;
mod registration;
mod repository;
mod shapes;
mod token;
mod whereabouts;

pub use app::GitHub;
pub use call::{CALL_TIMEOUT, Patience};
pub use credentials::{AppCredentials, CredentialsError, OAuthCredentials};
pub use deliveries::{DeliveryPage, DeliverySummary, HookDelivery};
pub use error::GitHubError;
pub use loan::{LentToken, Loan};
pub use oauth::{Authorization, OAuth, OAuthError, User};
pub use organization::Organization;
pub use repository::{
    Author, Commit, DISPATCH_TIMEOUT, Depth, DispatchReceipt, Holder, NewPullRequest, RecentComment, RecentComments,
    Repository, RepositoryDescription, Sha, Signature, Thread, TreeEntry,
};
pub use whereabouts::Installation;
