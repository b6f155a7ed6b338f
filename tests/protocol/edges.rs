//! Which stage may follow which: the table that the model's writes are held to, and the domain's.
//!
//! Owns the table and the names. Never decides who may take an edge, or when.
//!
//! From a doubt no edge leads to another dispatch, except by way of a person. The fence would allow one, and doesn't get it:
//! a repository may unset the variable by which its runs ask, and then they go on alone.

use crate::state::Stage;

/// Who needs an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The protocol.
    Protocol,
    /// Commands that ask for words only. They never come near a call, so the model leaves them out.
    Words,
    /// Waiting for a slot, and being taken back. A claim in the line is one that is still to be decided: in the model it has
    /// not left the stage that it came from.
    Line,
    /// The fence: a run whose start was heard of asks, and is let through.
    Fence,
    /// A run that somebody runs again, or that says after its end that it failed. In the model a run ends once, and in one
    /// way.
    Again,
}

use Needs::{Again, Fence, Line, Protocol, Words};

/// Every edge: from, to, and who needs it.
pub(crate) const EDGES: [(&str, &str, Needs); 47] = [
    // Decided, or given up.
    ("received", "dispatching", Protocol),
    ("received", "refused", Protocol),
    ("received", "answered", Words),
    ("authorized", "dispatching", Protocol),
    ("authorized", "refused", Protocol),
    ("authorized", "answered", Words),
    // GitHub's answer, or a lease that is out.
    ("dispatching", "dispatched", Protocol),
    ("dispatching", "authorized", Protocol),
    ("dispatching", "unknown", Protocol),
    ("dispatching", "refused", Protocol),
    ("dispatching", "reconciling", Protocol),
    // Looks.
    ("reconciling", "reconciling", Protocol),
    ("reconciling", "dispatched", Protocol),
    ("reconciling", "started", Protocol),
    ("reconciling", "ended", Protocol),
    ("reconciling", "unknown", Protocol),
    // A person.
    ("unknown", "unknown", Protocol),
    ("unknown", "dispatching", Protocol),
    ("unknown", "refused", Protocol),
    ("unknown", "dropped", Protocol),
    // A run is heard of, found, looked at, or gone.
    ("dispatching", "started", Protocol),
    ("dispatching", "ended", Protocol),
    ("unknown", "dispatched", Protocol),
    ("unknown", "started", Protocol),
    ("unknown", "ended", Protocol),
    ("dispatched", "started", Protocol),
    ("dispatched", "ended", Protocol),
    ("started", "ended", Protocol),
    // The line, and its ways out, which are those of the stage before it.
    ("received", "queued", Line),
    ("authorized", "queued", Line),
    ("unknown", "queued", Line),
    ("queued", "dispatching", Line),
    ("queued", "refused", Line),
    ("queued", "dropped", Line),
    ("queued", "dispatched", Line),
    ("queued", "started", Line),
    ("queued", "ended", Line),
    // A person takes it back.
    ("received", "withdrawn", Line),
    ("authorized", "withdrawn", Line),
    ("queued", "withdrawn", Line),
    ("reconciling", "dropped", Line),
    // A run is let through the fence. From the other stages it is as if its start were heard of.
    ("started", "started", Fence),
    // A later attempt is heard of, or let through; a run says that it failed.
    ("dispatched", "dispatched", Again),
    ("started", "dispatched", Again),
    ("ended", "dispatched", Again),
    ("ended", "started", Again),
    ("ended", "ended", Again),
];

impl Stage {
    /// The stage's name, which is the domain's too.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Authorized => "authorized",
            Self::Dispatching => "dispatching",
            Self::Reconciling { .. } => "reconciling",
            Self::Unknown { .. } => "unknown",
            Self::Dispatched(_) => "dispatched",
            Self::Started(_) => "started",
            Self::Ended(_) => "ended",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }
}

/// Whether the table has the edge.
pub(crate) fn leads(from: Stage, to: Stage, fence: bool) -> bool {
    let is_the_models = |needs| needs == Protocol || (fence && needs == Fence);
    EDGES.iter().any(|(a, b, needs)| *a == from.name() && *b == to.name() && is_the_models(*needs))
}
