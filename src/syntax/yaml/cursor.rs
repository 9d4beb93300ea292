//! Typed reading of the tree.
//!
//! Merge keys (`<<`) are resolved here and lazily, so that a tree costs what its text costs. What a scalar
//! means is asked for, never guessed: `str`, `as_bool` and `as_i64` answer for the same node.

use std::collections::BTreeSet;

use super::{Kind, NodeId, Style, Yaml};
use crate::span::{At, Range};

/// A node and its tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref<'a> {
    yaml: &'a Yaml,
    id: NodeId,
}

impl<'a> Ref<'a> {
    pub(super) fn new(yaml: &'a Yaml, id: NodeId) -> Self {
        Self { yaml, id }
    }

    pub(crate) fn kind(self) -> &'a Kind {
        &self.yaml.node(self.id).kind
    }

    pub(crate) fn tag(self) -> Option<&'a str> {
        self.yaml.node(self.id).tag.as_deref()
    }

    pub(crate) fn range(self) -> Range {
        self.yaml.node(self.id).range
    }

    /// From this key to the end of its value. A value that is an alias stands elsewhere, and is left out.
    pub(crate) fn through(self, value: Ref<'_>) -> Range {
        let (key, value) = (self.range(), value.range());
        if key.end <= value.start { key.cover(value) } else { key }
    }

    pub(crate) fn is_mapping(self) -> bool {
        matches!(self.kind(), Kind::Mapping(_))
    }

    pub(crate) fn is_sequence(self) -> bool {
        matches!(self.kind(), Kind::Sequence(_))
    }

    /// The value of a key of this mapping: its own first, then what it merges in, in order. A value that is
    /// null is given as such; see [`Ref::str`].
    pub(crate) fn get(self, key: &str) -> Option<Ref<'a>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Like [`Ref::get`], with the key, whose range is where a missing value would be added.
    pub(crate) fn entry(self, key: &str) -> Option<(Ref<'a>, Ref<'a>)> {
        self.sources().find_map(|source| {
            let entries = self.yaml.own_entries(source);
            // Comparing keys is cheaper than handing out entries.
            if !self.yaml.spend(1 + entries.len() / 16) {
                return None;
            }
            let (key, value) =
                entries.iter().find(|(id, _)| self.yaml.at(*id).text().is_some_and(|text| text == key))?;
            Some((self.yaml.at(*key), self.yaml.at(*value)))
        })
    }

    /// The value at a path of keys.
    pub(crate) fn path(self, keys: &[&str]) -> Option<Ref<'a>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of a sequence; nothing for any other node.
    pub(crate) fn items(self) -> impl Iterator<Item = Ref<'a>> {
        let items: &[NodeId] = match self.kind() {
            Kind::Sequence(items) => items,
            _ => &[],
        };
        items.iter().take_while(move |_| self.yaml.spend(1)).map(move |id| self.yaml.at(*id))
    }

    /// The entries of a mapping, merged ones after its own; nothing for any other node.
    pub(crate) fn entries(self) -> Vec<(Ref<'a>, Ref<'a>)> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        for source in self.sources() {
            for (key, value) in self.yaml.own_entries(source) {
                if !self.yaml.spend(1) {
                    return entries;
                }
                let key = self.yaml.at(*key);
                if !key.is_merge() && key.text().is_none_or(|text| seen.insert(text)) {
                    entries.push((key, self.yaml.at(*value)));
                }
            }
        }
        entries
    }

    /// The mappings that this one consists of, in order of precedence. Each is visited once, however often
    /// and in whatever circle aliases name it. What a mapping merges in is looked at only when asked for.
    fn sources(self) -> impl Iterator<Item = NodeId> {
        let mut seen = BTreeSet::new();
        let mut next = vec![self.id];
        let mut last = None;
        std::iter::from_fn(move || {
            if let Some(last) = last {
                // Long chains of merges cost more than their steps; a file without merges ends here.
                self.yaml.push_merged(last, &mut next);
                if next.is_empty() || !self.yaml.spend(16) {
                    return None;
                }
            }
            last = std::iter::from_fn(|| next.pop()).find(|source| seen.insert(*source));
            last
        })
    }

    /// Whether this is the merge key (a quoted `"<<"` is an ordinary key).
    fn is_merge(self) -> bool {
        matches!(self.kind(), Kind::Scalar { value, style: Style::Plain } if value == "<<")
    }

    /// This node and all below it, each once: an alias is not followed a second time.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Ref<'a>> {
        let mut seen = BTreeSet::new();
        let mut next = vec![self.id];
        std::iter::from_fn(move || {
            loop {
                let id = next.pop()?;
                if !seen.insert(id) {
                    continue;
                }
                match &self.yaml.node(id).kind {
                    Kind::Scalar { .. } => {}
                    Kind::Sequence(items) => next.extend(items.iter().rev()),
                    Kind::Mapping(entries) => {
                        next.extend(entries.iter().rev().flat_map(|(key, value)| [*value, *key]));
                    }
                }
                return Some(self.yaml.at(id));
            }
        })
    }

    /// The text of any scalar, as it stands: of a null, `null`, `~` or nothing.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.kind() {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The text of a scalar that is not null. A number or a boolean is given as it is written.
    pub(crate) fn str(self) -> Option<&'a str> {
        if self.is_null() { None } else { self.text() }
    }

    /// [`Ref::str`] with its place.
    pub(crate) fn at_str(self) -> Option<At<String>> {
        let text = self.str()?;
        self.yaml.spend(text.len()).then(|| At::new(text.to_owned(), self.range()))
    }

    /// [`Ref::text`] with its place: for keys, where `null` and `~` are names like any other.
    pub(crate) fn at_text(self) -> Option<At<String>> {
        let text = self.text()?;
        self.yaml.spend(text.len()).then(|| At::new(text.to_owned(), self.range()))
    }

    /// A scalar as a list of one, a sequence as the list of its scalars.
    pub(crate) fn strings(self) -> Vec<At<String>> {
        match self.kind() {
            Kind::Scalar { .. } => self.at_str().into_iter().collect(),
            Kind::Sequence(_) => self.items().filter_map(Ref::at_str).collect(),
            Kind::Mapping(_) => Vec::new(),
        }
    }

    /// The scalar entries of a mapping; a null value is the empty text.
    pub(crate) fn pairs(self) -> Vec<(At<String>, At<String>)> {
        let entries = self.entries().into_iter();
        let pair = |(key, value): (Ref<'_>, Ref<'_>)| {
            let value = match value.kind() {
                Kind::Scalar { .. } if value.is_null() => At::new(String::new(), value.range()),
                _ => value.at_str()?,
            };
            Some((key.at_text()?, value))
        };
        entries.filter_map(pair).collect()
    }

    /// The entries of a mapping whose values are sequences of scalars only.
    pub(crate) fn pairs_of_lists(self) -> Vec<(At<String>, Vec<At<String>>)> {
        let entries = self.entries().into_iter();
        let list = |value: Ref<'_>| value.items().map(Ref::at_text).collect::<Option<Vec<_>>>();
        entries
            .filter(|(_, value)| value.is_sequence())
            .filter_map(|(key, value)| Some((key.at_text()?, list(value)?)))
            .collect()
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.plain(), Some("" | "~" | "null" | "Null" | "NULL"))
    }

    /// A boolean of YAML 1.2's core schema.
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.plain()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// A boolean of YAML 1.1, as Kubernetes and Docker Compose (both Go) read it.
    pub(crate) fn as_bool_1_1(self) -> Option<bool> {
        match self.plain()? {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => self.as_bool(),
        }
    }

    /// An integer of YAML 1.2's core schema: decimal, `0o17`, `0xff`.
    pub(crate) fn as_i64(self) -> Option<i64> {
        let text = self.plain()?;
        let unsigned = |digits: &str, radix| {
            let is_number = digits.chars().all(|digit| digit.is_digit(radix));
            is_number.then(|| i64::from_str_radix(digits, radix).ok()).flatten()
        };
        match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
            (Some(octal), _) => unsigned(octal, 8),
            (_, Some(hexadecimal)) => unsigned(hexadecimal, 16),
            _ => text.parse().ok(),
        }
    }

    /// A value with the place of this node.
    pub(crate) fn at<T>(self, value: T) -> At<T> {
        At::new(value, self.range())
    }

    /// Where the bytes `from..to` of a scalar's text stand, if it is written without escapes and on one
    /// line; else the whole scalar.
    pub(crate) fn part(self, from: usize, to: usize) -> Range {
        let Kind::Scalar { value, style } = self.kind() else { return self.range() };
        let range = self.range();
        let quotes = match style {
            Style::Plain => 0,
            Style::Quoted => 1,
            Style::Block => return range,
        };
        if range.as_usize().len() != value.len() + 2 * quotes {
            return range;
        }
        let start = range.start as usize + quotes;
        Range::new(start + from, start + to)
    }

    /// The text of a plain scalar, whose meaning the schema decides; a tag such as `!!str` decides before it.
    fn plain(self) -> Option<&'a str> {
        match self.kind() {
            Kind::Scalar { value, style: Style::Plain } if self.tag().is_none_or(|tag| tag != "!!str") => {
                Some(value)
            }
            _ => None,
        }
    }
}

impl Yaml {
    fn own_entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match &self.node(id).kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Puts what a mapping merges in on a stack, the first on top.
    fn push_merged(&self, id: NodeId, stack: &mut Vec<NodeId>) {
        for (key, value) in self.own_entries(id).iter().rev() {
            if !self.at(*key).is_merge() {
                continue;
            }
            match &self.node(*value).kind {
                Kind::Sequence(items) if self.spend(items.len()) => stack.extend(items.iter().rev()),
                _ => stack.push(*value),
            }
        }
    }
}
