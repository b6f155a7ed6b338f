//! A Rust file, and the paths that its production code names.
//!
//! Owns reading tokens: comments and texts name nothing, whatever they say, and `use` trees are taken apart. Knows
//! no types: what a macro makes, or a method returns, is not seen.

use std::fmt;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// One Rust file of the workspace.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// A path such as `aws::Queue`, or one of the words `async` and `await`.
pub(super) struct UsedPath {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether this file ships, rather than tests what ships.
    pub(super) fn is_production(&self) -> bool {
        let Some((package, module)) = self.path.split_once("/src/") else { return false };
        let of_tests = |part: &str| part == "tests" || part == "tests.rs";
        package != "tests" && !module.split('/').any(of_tests)
    }
}

impl UsedPath {
    /// Whether these segments stand in it, one after the other.
    pub(super) fn names(&self, path: &str) -> bool {
        let wanted: Vec<&str> = path.split("::").collect();
        self.segments.windows(wanted.len()).any(|segments| segments == wanted)
    }

    /// Whether it begins with these segments.
    pub(super) fn is_in(&self, path: &str) -> bool {
        let mut segments = self.segments.iter();
        path.split("::").all(|wanted| segments.next().is_some_and(|segment| segment == wanted))
    }

    /// The crate, or the module in scope, that it begins with.
    pub(super) fn root(&self) -> &str {
        &self.segments[0]
    }
}

impl fmt::Display for UsedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("::"))
    }
}

/// The paths of a file, without its `#[cfg(test)]` items.
pub(super) fn used_paths(source: &Source) -> Vec<UsedPath> {
    let mut paths = Paths::default();
    paths.read(&trees(tokens(source)));
    paths.0
}

/// What a file's production code names after a dot: methods and fields, each with its line.
pub(super) fn named_methods(source: &Source) -> Vec<(String, usize)> {
    let mut named = Vec::new();
    after_dots(&trees(tokens(source)), &mut named);
    named
}

fn after_dots(mut rest: &[TokenTree], named: &mut Vec<(String, usize)>) {
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            _ if is_for_tests(rest) => after_item(rest),
            // Two dots are a range.
            (dot, [second, after @ ..]) if is(dot, '.') && is(second, '.') => after,
            (dot, [TokenTree::Ident(word), after @ ..]) if is(dot, '.') => {
                named.push((word.to_string(), word.span().start().line));
                after
            }
            (TokenTree::Group(group), _) => {
                after_dots(&trees(group.stream()), named);
                after
            }
            _ => after,
        };
    }
}

/// The functions that a file offers to other crates.
pub(super) fn public_functions(source: &Source) -> Vec<String> {
    fn read(mut rest: &[TokenTree], names: &mut Vec<String>) {
        while let [first, after @ ..] = rest {
            rest = match first {
                _ if is_for_tests(rest) => after_item(rest),
                TokenTree::Ident(word) if word == "pub" => {
                    let modifiers = after.iter().take_while(|tree| is_word(tree, "async") || is_word(tree, "const"));
                    let after = &after[modifiers.count()..];
                    if let [function, TokenTree::Ident(name), ..] = after
                        && is_word(function, "fn")
                    {
                        names.push(name.to_string());
                    }
                    after
                }
                TokenTree::Group(group) => {
                    read(&trees(group.stream()), names);
                    after
                }
                _ => after,
            };
        }
    }
    let mut names = Vec::new();
    read(&trees(tokens(source)), &mut names);
    names
}

fn tokens(source: &Source) -> TokenStream {
    source.text.parse().unwrap_or_else(|error| panic!("{} is no Rust: {error}", source.path))
}

#[derive(Default)]
struct Paths(Vec<UsedPath>);

impl Paths {
    fn read(&mut self, mut rest: &[TokenTree]) {
        while let [first, after @ ..] = rest {
            rest = match first {
                _ if is_for_tests(rest) => after_item(rest),
                TokenTree::Ident(word) if word == "use" => self.read_use(&[], after),
                TokenTree::Ident(word) => self.read_path(word, after),
                TokenTree::Group(group) => {
                    self.read(&trees(group.stream()));
                    after
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => after,
            };
        }
    }

    fn read_path<'a>(&mut self, first: &Ident, mut rest: &'a [TokenTree]) -> &'a [TokenTree] {
        let mut segments = vec![first.to_string()];
        while let [colon, second, TokenTree::Ident(word), after @ ..] = rest
            && is(colon, ':')
            && is(second, ':')
        {
            segments.push(word.to_string());
            rest = after;
        }
        if segments.len() > 1 || first == "async" || first == "await" {
            self.0.push(UsedPath { segments, line: first.span().start().line });
        }
        rest
    }

    /// Reads one tree of a `use` item, below the segments that it stands under.
    fn read_use<'a>(&mut self, above: &[String], mut rest: &'a [TokenTree]) -> &'a [TokenTree] {
        let mut segments = above.to_vec();
        let mut line = 0;
        while let [first, after @ ..] = rest {
            match first {
                // What it is called here is of no matter.
                TokenTree::Ident(word) if word == "as" => break,
                TokenTree::Ident(word) => segments.push(word.to_string()),
                TokenTree::Group(group) => {
                    trees(group.stream()).split(|tree| is(tree, ',')).for_each(|tree| {
                        self.read_use(&segments, tree);
                    });
                    return after;
                }
                _ if is(first, '*') => segments.push("*".to_owned()),
                _ if is(first, ':') => {}
                _ => break,
            }
            line = first.span().start().line;
            rest = after;
        }
        // A list may end with a comma, and `use<'a>` captures: neither names anything.
        if segments.len() > above.len() {
            self.0.push(UsedPath { segments, line });
        }
        rest
    }
}

fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

fn is(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_word(tree: &TokenTree, wanted: &str) -> bool {
    matches!(tree, TokenTree::Ident(word) if word == wanted)
}

/// Whether an item follows that only tests compile.
fn is_for_tests(rest: &[TokenTree]) -> bool {
    let [hash, TokenTree::Group(attribute), ..] = rest else { return false };
    is(hash, '#') && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// What follows an item: it ends with a semicolon or with its braces.
fn after_item(rest: &[TokenTree]) -> &[TokenTree] {
    let braces = |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let end = rest.iter().position(|tree| is(tree, ';') || braces(tree)).map_or(rest.len(), |last| last + 1);
    &rest[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        used_paths(&Source::new("a/src/lib.rs", text)).iter().map(|path| format!("{}:{path}", path.line)).collect()
    }

    #[test]
    fn a_use_tree_is_taken_apart() {
        let text = "use a::{\n    B, c::{self, D as E},\n    f::*,\n};\npub use g as h;";
        assert_eq!(paths(text), ["2:a::B", "2:a::c::self", "2:a::c::D", "3:a::f::*", "5:g"]);
    }

    #[test]
    fn a_path_in_code_and_in_a_macro_is_seen() {
        let text = "fn f(x: a::B) {\n    ::c::d::<E>();\n    print!(\"{}\", e::F);\n}";
        assert_eq!(paths(text), ["1:a::B", "2:c::d", "3:e::F"]);
    }

    #[test]
    fn comments_and_texts_name_nothing() {
        assert_eq!(paths("// a::B\n/// c::D\nconst E: &str = \"f::G\"; /* h::I */"), Vec::<String>::new());
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let text = "#[cfg(test)]\nmod tests {\n    use a::B;\n}\nuse c::D;\n#[cfg(test)]\nmod more;\nuse e::F;";
        assert_eq!(paths(text), ["5:c::D", "8:e::F"]);
    }

    #[test]
    fn what_stands_after_a_dot_is_a_method() {
        let text =
            "fn f() {\n    a.b(c.d?.e, ..g, 0..h).await;\n    i::j(k)\n}\n#[cfg(test)]\nmod tests { fn f() { a.l() } }";
        let named = named_methods(&Source::new("a/src/lib.rs", text));
        let named: Vec<String> = named.iter().map(|(name, line)| format!("{line}:{name}")).collect();
        assert_eq!(named, ["2:b", "2:d", "2:e", "2:await"]);
    }

    #[test]
    fn what_a_crate_offers_is_public_without_a_limit() {
        let text = "impl A {\n pub async fn b() {}\n pub const fn c() {}\n pub(crate) fn d() {}\n fn e() {}\n pub f: fn(),\n}\n#[cfg(test)]\nmod tests { pub fn g() {} }";
        assert_eq!(public_functions(&Source::new("a/src/lib.rs", text)), ["b", "c"]);
    }

    #[test]
    fn a_capture_names_nothing() {
        assert_eq!(paths("fn f<'a>() -> impl Sized + use<'a> {}"), Vec::<String>::new());
    }

    #[test]
    fn waiting_is_seen() {
        assert_eq!(paths("async fn f() { g().await }"), ["1:async", "1:await"]);
    }
}
