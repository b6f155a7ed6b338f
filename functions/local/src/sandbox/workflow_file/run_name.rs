//! Fills the expressions of a `run-name` in, as far as run names use them.
//!
//! Inputs and quoted texts joined by `||`. Anything else becomes empty, as an unset value does.

use std::collections::BTreeMap;

/// The template with every `${{ … }}` replaced.
pub(super) fn fill_in(template: &str, inputs: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, tail) = after.split_once("}}").unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(&evaluate(expression, inputs));
        rest = tail;
    }
    filled + rest
}

/// The first value of the alternatives that is not empty.
fn evaluate(expression: &str, inputs: &BTreeMap<String, String>) -> String {
    let values = expression.split("||").filter_map(|term| value(term.trim(), inputs));
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}

fn value(term: &str, inputs: &BTreeMap<String, String>) -> Option<String> {
    if let Some(quoted) = term.strip_prefix('\'') {
        return quoted.strip_suffix('\'').map(str::to_owned);
    }
    let name = term.strip_prefix("github.event.").unwrap_or(term).strip_prefix("inputs.")?;
    inputs.get(name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_alternatives_and_texts_are_filled_in() {
        let inputs =
            BTreeMap::from([("claim_id".to_owned(), "01C".to_owned()), ("pr_number".to_owned(), String::new())]);
        let check = |template: &str, expected: &str| {
            assert_eq!(fill_in(template, &inputs), expected, "{template}");
        };
        check("plain", "plain");
        check("run [${{ inputs.claim_id }}]", "run [01C]");
        check("${{github.event.inputs.claim_id}}", "01C");
        check("${{ inputs.pr_number || inputs.claim_id }}", "01C");
        check("${{ inputs.pr_number || 'none' }}.", "none.");
        check("<${{ github.sha }}>", "<>");
    }
}
