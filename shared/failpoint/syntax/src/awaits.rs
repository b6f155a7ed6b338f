//! One function's awaits, numbered as they stand, an inner one before the one around it.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Error, Expr, ExprAwait, Item, Macro, Token, parse_quote};

/// The futures in their arguments are waited for, side by side.
const JOINS: [&str; 2] = ["join", "try_join"];

/// Puts the points of one function.
pub(crate) struct Awaits<'a> {
    function: &'a str,
    count: usize,
    fault: Option<Error>,
}

impl<'a> Awaits<'a> {
    /// Rewrites a function's body; how many places were found, each with a point before and after.
    pub(crate) fn within(function: &'a str, body: &mut Block) -> Result<usize, Error> {
        let mut awaits = Self { function, count: 0, fault: None };
        awaits.visit_block_mut(body);
        awaits.fault.map_or(Ok(awaits.count), Err)
    }

    fn through(&mut self, awaited: &Expr) -> Expr {
        self.count += 1;
        let name = place(self.function, self.count);
        parse_quote!(::failpoint::through(::core::concat!(::core::module_path!(), "::", #name), #awaited))
    }

    fn visit_join(&mut self, join: &mut Macro) -> Result<(), Error> {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(join.tokens.clone())?;
        let mut reached = Vec::new();
        for mut argument in arguments {
            self.visit_expr_mut(&mut argument);
            reached.push(self.through(&argument));
        }
        join.tokens = quote!(#(#reached),*);
        Ok(())
    }
}

impl VisitMut for Awaits<'_> {
    fn visit_expr_await_mut(&mut self, awaited: &mut ExprAwait) {
        visit_mut::visit_expr_await_mut(self, awaited);
        *awaited.base = self.through(&awaited.base);
    }

    fn visit_macro_mut(&mut self, called: &mut Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let seen = if JOINS.contains(&name.as_str()) {
            self.visit_join(called)
        } else if waits(called.tokens.clone()) {
            Err(Error::new_spanned(&called.path, "an await inside of this macro would have no points"))
        } else {
            Ok(())
        };
        self.fault = self.fault.take().or(seen.err());
    }

    /// A nested function, or another item, is none of this function's.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// How the points of a function's nth await are called, below their module.
pub(crate) fn place(function: &str, nth: usize) -> String {
    format!("{function}#{nth}")
}

fn waits(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == "await",
        TokenTree::Group(group) => waits(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
