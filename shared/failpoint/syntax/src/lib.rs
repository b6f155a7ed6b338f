//! Where the points of a function are, and what they are called.
//!
//! Owns the one visitor that the attribute rewrites a function with and that a test lists all points with, reached or
//! not. Never runs anything. An await that it could not see, inside of a macro that it doesn't know, is an error.

mod awaits;
mod source;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Error, ImplItem, Item};

use self::awaits::Awaits;

pub use source::{Function, functions};

/// The item with its points, or what keeps them from being put.
#[must_use]
pub fn instrument(item: TokenStream) -> TokenStream {
    rewritten(item).unwrap_or_else(|error| error.to_compile_error())
}

fn rewritten(item: TokenStream) -> Result<TokenStream, Error> {
    let mut item: Item = syn::parse2(item)?;
    match &mut item {
        Item::Fn(function) => {
            Awaits::within(&function.sig.ident.to_string(), &mut function.block)?;
        }
        Item::Impl(block) => {
            let of = source::type_name(&block.self_ty);
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item {
                    Awaits::within(&format!("{of}::{}", function.sig.ident), &mut function.block)?;
                }
            }
        }
        other => return Err(Error::new_spanned(other, "points are put into functions and `impl` blocks")),
    }
    Ok(item.into_token_stream())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> String {
        instrument(text.parse().expect("tokens")).to_string().replace(' ', "")
    }

    fn place(name: &str) -> String {
        format!("::core::concat!(::core::module_path!(),\"::\",\"{name}\")")
    }

    #[test]
    fn an_await_goes_through_its_point() {
        let text = after("async fn f(x: X) { g(x).await }");
        assert_eq!(text, format!("asyncfnf(x:X){{::failpoint::through({},g(x)).await}}", place("f#1")));
    }

    #[test]
    fn the_inner_await_comes_first_and_closures_and_blocks_are_seen() {
        let text = after("async fn f() { let h = async { a().await }; b(c().await).await; h.await }");
        for (name, awaited) in [("f#1", "a()"), ("f#2", "c()"), ("f#4", "h")] {
            assert!(text.contains(&format!("::failpoint::through({},{awaited}).await", place(name))), "{text}");
        }
        assert!(text.contains(&format!("::failpoint::through({},b(", place("f#3"))), "{text}");
    }

    #[test]
    fn each_argument_of_a_join_has_a_point() {
        let text = after("async fn f() { let x = tokio::try_join!(a(), b(),)?; tokio::join!(c()); }");
        let [a, b, c] = [("f#1", "a()"), ("f#2", "b()"), ("f#3", "c()")]
            .map(|(name, awaited)| format!("::failpoint::through({},{awaited})", place(name)));
        assert!(text.contains(&format!("tokio::try_join!({a},{b})?")), "{text}");
        assert!(text.contains(&format!("tokio::join!({c});")), "{text}");
    }

    #[test]
    fn a_method_is_named_with_its_type() {
        let text = after("impl State { async fn f(&self) { g().await } fn plain(&self) {} }");
        assert!(text.contains(&place("State::f#1")), "{text}");
    }

    #[test]
    fn an_await_out_of_sight_is_an_error() {
        for text in ["async fn f() { assert!(g().await); }", "async fn f() { tokio::select! { _ = g() => h().await } }"]
        {
            assert!(after(text).contains("compile_error"), "{}", after(text));
        }
    }

    #[test]
    fn a_nested_function_has_points_of_its_own_only() {
        let text = "async fn f() { async fn g() { h().await } }";
        assert_eq!(after(text), text.replace(' ', ""));
    }
}
