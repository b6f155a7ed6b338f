//! What the HTTP functions share: problem documents, JSON bodies whose faults are explained, bearers, where a
//! request comes from, request ids.
//!
//! Owns how a failed request is answered and logged, in one place. Never knows a route, a table or GitHub, and never
//! quotes what somebody sent: it may be a secret.

mod bearer;
mod error;
mod fault;
mod frame;
mod json;
mod problem;
mod query;
mod source;

pub use bearer::bearer;
pub use error::ApiError;
pub use fault::field_fault;
pub use frame::{REQUEST_ID, frame};
pub use json::JsonBody;
pub use problem::{FieldProblem, Problem};
pub use query::QueryParameters;
pub use source::source;
