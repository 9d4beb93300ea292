//! Which objects a patch is for.

use regex::Regex;

use super::build::Item;
use crate::syntax::yaml::Tree;

/// The `target` of a patch; each field is a regular expression for the whole of a text.
pub(super) struct Target {
    fields: Vec<(Field, Regex)>,
    labels: Vec<(String, bool, String)>,
}

#[derive(Clone, Copy)]
enum Field {
    Group,
    Version,
    Kind,
    Name,
    Namespace,
}

impl Target {
    /// `None` where it says something that is not followed.
    pub(super) fn of(node: &Tree) -> Option<Self> {
        let mut found = Self { fields: Vec::new(), labels: Vec::new() };
        for (key, value) in node.entries() {
            let text = value.str().unwrap_or_default();
            let field = match key.key()? {
                "group" => Field::Group,
                "version" => Field::Version,
                "kind" => Field::Kind,
                "name" => Field::Name,
                "namespace" => Field::Namespace,
                "labelSelector" => {
                    found.labels = text.split(',').map(requirement).collect::<Option<_>>()?;
                    continue;
                }
                _ => return None,
            };
            if !text.is_empty() {
                found.fields.push((field, Regex::new(&format!("^(?:{text})$")).ok()?));
            }
        }
        Some(found)
    }

    pub(super) fn has(&self, item: &Item) -> bool {
        let (group, version, kind) = item.kind();
        let of_field = |(field, wanted): &(Field, Regex)| match field {
            Field::Group => wanted.is_match(group),
            Field::Version => wanted.is_match(version),
            Field::Kind => wanted.is_match(kind),
            Field::Name => item.names().any(|name| wanted.is_match(name)),
            Field::Namespace => wanted.is_match(item.namespace().unwrap_or("default")),
        };
        let label = |key: &str| item.tree.path(&["metadata", "labels", key]).and_then(Tree::str);
        let is_labelled = self.labels.iter().all(|(key, is, value)| (label(key) == Some(value)) == *is);
        self.fields.iter().all(of_field) && is_labelled
    }
}

/// `a=b`, `a==b` or `a!=b`.
fn requirement(text: &str) -> Option<(String, bool, String)> {
    let (key, rest) = text.split_once('=')?;
    let (key, is) = match key.strip_suffix('!') {
        Some(key) => (key, false),
        None => (key, true),
    };
    let value = rest.strip_prefix('=').unwrap_or(rest);
    Some((key.trim().to_owned(), is, value.trim().to_owned()))
}

/// Whether a patch without a target is for an object: of its group and kind, and of one of its names.
pub(super) fn is_named(patch: &Tree, item: &Item) -> bool {
    let text = |keys: &[&str]| patch.path(keys).and_then(Tree::str);
    let (group, _, kind) = item.kind();
    let namespace = text(&["metadata", "namespace"]);
    text(&["kind"]) == Some(kind)
        && text(&["apiVersion"]).is_none_or(|version| super::build::group_of(version).0 == group)
        && text(&["metadata", "name"]).is_some_and(|name| item.names().any(|own| own == name))
        && (namespace.is_none() || item.namespace().is_none() || namespace == item.namespace())
}
