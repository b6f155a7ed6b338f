//! The functions of a source file that wait, with or without points.

use syn::{Attribute, Block, Error, ImplItem, Item, Type};

use crate::awaits::{Awaits, place};

/// A function that waits somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name, with its type's where the attribute sees that.
    pub name: String,
    /// Whether it bears the attribute, or its `impl` block does.
    pub has_points: bool,
    /// What its places are called below the module, in the order of their numbers.
    pub places: Vec<String>,
}

/// The functions of a file that wait, outside of what only tests compile.
///
/// # Errors
/// When the text is no Rust, or an await can't be seen.
pub fn functions(text: &str) -> Result<Vec<Function>, Error> {
    let mut found = Vec::new();
    read(&syn::parse_file(text)?.items, &mut found)?;
    Ok(found)
}

fn read(items: &[Item], found: &mut Vec<Function>) -> Result<(), Error> {
    for item in items {
        match item {
            Item::Fn(it) if !is_for_tests(&it.attrs) => {
                found.extend(function(it.sig.ident.to_string(), bears_points(&it.attrs), &it.block)?);
            }
            Item::Impl(block) if !is_for_tests(&block.attrs) => {
                let (of, all) = (type_name(&block.self_ty), bears_points(&block.attrs));
                for item in &block.items {
                    let ImplItem::Fn(it) = item else { continue };
                    // The attribute on the function itself doesn't see the type around it.
                    let name = if all { format!("{of}::{}", it.sig.ident) } else { it.sig.ident.to_string() };
                    found.extend(function(name, all || bears_points(&it.attrs), &it.block)?);
                }
            }
            Item::Mod(module) if !is_for_tests(&module.attrs) => {
                read(module.content.as_ref().map_or(&[], |(_, items)| items), found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn function(name: String, has_points: bool, body: &Block) -> Result<Option<Function>, Error> {
    let count = Awaits::within(&name, &mut body.clone())?;
    let places = (1..=count).map(|nth| place(&name, nth)).collect();
    Ok((count > 0).then_some(Function { name, has_points, places }))
}

fn bears_points(attributes: &[Attribute]) -> bool {
    let names = |attribute: &Attribute| -> Vec<String> {
        attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect()
    };
    attributes.iter().any(|attribute| names(attribute) == ["failpoint", "everywhere"])
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let test = |attribute: &Attribute| attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg") && test(attribute))
}

/// The last word of a type's path.
pub(crate) fn type_name(of: &Type) -> String {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_that_waits_is_found_with_its_places() {
        let text = "
            #[failpoint::everywhere]
            async fn f() { tokio::join!(a(), b()); c().await }
            async fn bare() { c().await }
            async fn still() {}
            #[failpoint::everywhere]
            impl State { async fn g(&self) { c().await } }
            #[cfg(test)]
            mod tests { async fn h() { c().await } }
        ";
        let named = |name: &str, has_points, places: &[&str]| Function {
            name: name.to_owned(),
            has_points,
            places: places.iter().map(|&place| place.to_owned()).collect(),
        };
        let expected = [
            named("f", true, &["f#1", "f#2", "f#3"]),
            named("bare", false, &["bare#1"]),
            named("State::g", true, &["State::g#1"]),
        ];
        assert_eq!(functions(text).expect("Rust"), expected);
    }
}
