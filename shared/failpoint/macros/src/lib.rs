//! `#[failpoint::everywhere]`.
//!
//! Owns only the attribute: where the points are is `failpoint_syntax`'s. Without the feature `enabled` the item is
//! given back as it was, and nothing here knows Rust's syntax.

use proc_macro::TokenStream;

/// Puts a point before and after each await of an `async fn`, or of each function of an `impl` block, and around each
/// argument of `join!` and `try_join!` in it.
#[proc_macro_attribute]
pub fn everywhere(_: TokenStream, item: TokenStream) -> TokenStream {
    with_points(item)
}

#[cfg(feature = "enabled")]
fn with_points(item: TokenStream) -> TokenStream {
    failpoint_syntax::instrument(item.into()).into()
}

#[cfg(not(feature = "enabled"))]
const fn with_points(item: TokenStream) -> TokenStream {
    item
}
