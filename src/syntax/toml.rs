//! A spanned view of a TOML document.
//!
//! The parser is the `toml` crate's, which recovers from errors; this only makes its values easy to ask for.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::span::{At, Range};

/// A parsed document, and what of it could not be read.
pub(crate) struct Document<'t> {
    root: Spanned<DeTable<'t>>,
    pub(crate) errors: Vec<At<String>>,
}

/// A value within a document.
#[derive(Clone, Copy)]
pub(crate) struct Value<'d, 't> {
    value: &'d Spanned<DeValue<'t>>,
}

/// A table within a document.
#[derive(Clone, Copy)]
pub(crate) struct Table<'d, 't> {
    table: &'d DeTable<'t>,
}

/// Parses a document; what is broken is left out and reported.
pub(crate) fn parse(text: &str) -> Document<'_> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let errors = errors
        .iter()
        .map(|error| {
            At::new(first_line(error.message()), error.span().map_or_else(Range::default, Range::from))
        })
        .collect();
    Document { root, errors }
}

impl<'t> Document<'t> {
    pub(crate) fn root(&self) -> Table<'_, 't> {
        Table { table: self.root.get_ref() }
    }
}

impl<'d, 't> Table<'d, 't> {
    pub(crate) fn get(self, key: &str) -> Option<Value<'d, 't>> {
        self.table.get(key).map(|value| Value { value })
    }

    pub(crate) fn table(self, key: &str) -> Option<Table<'d, 't>> {
        self.get(key)?.as_table()
    }

    pub(crate) fn str(self, key: &str) -> Option<At<String>> {
        self.get(key)?.as_str()
    }

    pub(crate) fn bool(self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    pub(crate) fn strings(self, key: &str) -> Vec<At<String>> {
        self.get(key).map(Value::strings).unwrap_or_default()
    }

    /// The entries in the order of their keys.
    pub(crate) fn entries(self) -> impl Iterator<Item = (At<String>, Value<'d, 't>)> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by(|a, b| a.0.get_ref().cmp(b.0.get_ref()));
        entries
            .into_iter()
            .map(|(key, value)| (At::new(key.get_ref().to_string(), key.span().into()), Value { value }))
    }
}

impl<'d, 't> Value<'d, 't> {
    pub(crate) fn range(self) -> Range {
        self.value.span().into()
    }

    pub(crate) fn as_table(self) -> Option<Table<'d, 't>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(Table { table }),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> Option<At<String>> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(At::new(text.to_string(), self.range())),
            _ => None,
        }
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_integer(self) -> Option<i64> {
        match self.value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        }
    }

    /// A date or a time, as it is written in normal form.
    pub(crate) fn as_datetime(self) -> Option<At<String>> {
        match self.value.get_ref() {
            DeValue::Datetime(time) => Some(At::new(time.to_string(), self.range())),
            _ => None,
        }
    }

    pub(crate) fn is_array(self) -> bool {
        matches!(self.value.get_ref(), DeValue::Array(_))
    }

    /// What kind of value it is, with its article.
    pub(crate) fn type_name(self) -> &'static str {
        match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// The elements of an array.
    pub(crate) fn items(self) -> Vec<Value<'d, 't>> {
        match self.value.get_ref() {
            DeValue::Array(array) => array.iter().map(|value| Value { value }).collect(),
            _ => Vec::new(),
        }
    }

    /// The strings of an array; other elements are left out.
    pub(crate) fn strings(self) -> Vec<At<String>> {
        self.items().into_iter().filter_map(Value::as_str).collect()
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
