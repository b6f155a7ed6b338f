//! The fields of a form, as a browser sends them.
//!
//! Owns reading them by name. Never judges a value.

use serde_json::{Map, Value};

/// A form's fields, in its order; a name may be there more than once.
#[derive(Debug, Clone, Default)]
pub(super) struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Reads a body of the media type `application/x-www-form-urlencoded`.
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// Fields with these values.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// Gives a field this value, and no other.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a field away.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(field, _)| field != name);
    }

    /// A field's value without the white space around it; empty where the form has none of that name.
    pub(super) fn text<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(field, _)| *field == name).map(|(_, value)| value.trim())
    }

    /// Whether a box of that name is ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.iter().any(|(field, _)| field == name)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A member for a body: the text, or nothing where the field is empty.
    pub(super) fn put_text(&self, name: &str, members: &mut Map<String, Value>) {
        if !self.text(name).is_empty() {
            members.insert(name.to_owned(), self.text(name).into());
        }
    }

    /// A member for a body: the whole number; what is none goes along as the text that it is, to be explained.
    pub(super) fn put_number(&self, name: &str, members: &mut Map<String, Value>) {
        let text = self.text(name);
        if !text.is_empty() {
            members.insert(name.to_owned(), text.parse::<i64>().map_or_else(|_| text.into(), Value::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_read_by_its_name_and_without_the_space_around_it() {
        let fields = FormFields::parse(b"name=+a%26b+&kind=plan&kind=implement&on=");
        assert_eq!((fields.text("name"), fields.text("other")), ("a&b", ""));
        assert_eq!(fields.all("kind").collect::<Vec<_>>(), ["plan", "implement"]);
        assert!(fields.is_ticked("on") && !fields.is_ticked("off"));
    }

    #[test]
    fn what_is_no_number_goes_along_as_it_was_written() {
        let fields = FormFields::parse(b"maxTurns=12&dailyRuns=many&maxIterations=&teamKey=");
        let mut members = Map::new();
        for name in ["maxTurns", "dailyRuns", "maxIterations"] {
            fields.put_number(name, &mut members);
        }
        fields.put_text("teamKey", &mut members);
        assert_eq!(Value::Object(members), json!({"maxTurns": 12, "dailyRuns": "many"}));
    }
}
