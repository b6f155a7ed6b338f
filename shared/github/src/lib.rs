//! GitHub's REST API as this product uses it: as a GitHub App, one repository at a time.
//!
//! Owns the App's JWT, installation tokens that are narrowed to one repository and their cache, the few calls that
//! are needed, and the classes of error that a caller reacts to. Never decides anything, never words anything, and
//! never repeats a call that could have had an effect: octocrab's own retries are off.
//!
//! ```text
//! GitHub (the App) ── repository(installation, id, name) ──▶ Repository (a narrowed token) ── calls
//! ```

mod app;
mod call;
mod credentials;
mod deliveries;
mod error;
mod loan;
mod repository;
mod shapes;
mod token;
mod whereabouts;

pub use app::GitHub;
pub use call::{CALL_TIMEOUT, Patience};
pub use credentials::{AppCredentials, CredentialsError};
pub use deliveries::{DeliveryPage, DeliverySummary, HookDelivery};
pub use error::GitHubError;
pub use loan::{LentToken, Loan};
pub use repository::{
    Author, Commit, DISPATCH_TIMEOUT, Depth, DispatchReceipt, NewPullRequest, RecentComment, RecentComments,
    Repository, RepositoryDescription, Sha, Signature, Thread, TreeEntry,
};
pub use whereabouts::Installation;
