//! A document that can be changed: for formats that make one document of several (Kustomize).
//!
//! Each node keeps the range that it was read with, whatever becomes of what is around it. Aliases and merge keys are
//! resolved when it is made, within the budget of the text; deeper than a parser goes nothing is taken, so that readers may
//! recurse.

use std::cell::Cell;

use super::{Kind, Node, NodeId, Ref, Style, Yaml};
use crate::span::Range;

/// An alias may stand within its own anchor, which has no end.
const MAX_DEPTH: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) shape: Shape,
    pub(crate) tag: Option<String>,
    pub(crate) range: Range,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Scalar { value: String, style: Style },
    Sequence(Vec<Tree>),
    Mapping(Vec<(Tree, Tree)>),
}

impl Tree {
    pub(crate) fn of(node: Ref<'_>) -> Self {
        Self::within(node, 0)
    }

    fn within(node: Ref<'_>, depth: usize) -> Self {
        let of = |node| Self::within(node, depth + 1);
        let shape = match node.kind() {
            Kind::Scalar { value, style } => Shape::Scalar { value: value.clone(), style: *style },
            Kind::Sequence(_) if depth < MAX_DEPTH => Shape::Sequence(node.items().map(of).collect()),
            Kind::Mapping(_) if depth < MAX_DEPTH => {
                let entries = node.entries().into_iter();
                Shape::Mapping(entries.map(|(key, value)| (of(key), of(value))).collect())
            }
            Kind::Sequence(_) | Kind::Mapping(_) => return Self::null(node.range()),
        };
        Self { shape, tag: node.tag().map(str::to_owned), range: node.range() }
    }

    pub(crate) fn text_at(value: impl Into<String>, range: Range) -> Self {
        Self { shape: Shape::Scalar { value: value.into(), style: Style::Quoted }, tag: None, range }
    }

    pub(crate) fn empty_mapping(range: Range) -> Self {
        Self { shape: Shape::Mapping(Vec::new()), tag: None, range }
    }

    fn null(range: Range) -> Self {
        let shape = Shape::Scalar { value: String::new(), style: Style::Plain };
        Self { shape, tag: None, range }
    }

    pub(crate) fn is_null(&self) -> bool {
        match &self.shape {
            Shape::Scalar { value, style: Style::Plain } => {
                matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL") && self.tag.is_none()
            }
            _ => false,
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn str(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { value, .. } if !self.is_null() => Some(value),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[(Tree, Tree)] {
        match &self.shape {
            Shape::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Tree] {
        match &self.shape {
            Shape::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Tree> {
        self.entries().iter().find(|(own, _)| own.is_key(key)).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Tree> {
        match &mut self.shape {
            Shape::Mapping(entries) => {
                entries.iter_mut().find(|(own, _)| own.is_key(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Sets a key, at the end where it is new. What is no mapping becomes none.
    pub(crate) fn set(&mut self, key: Tree, value: Tree) {
        let Shape::Mapping(entries) = &mut self.shape else { return };
        let same = |own: &Tree| key.key().is_some_and(|key| own.is_key(key));
        match entries.iter_mut().find(|(own, _)| same(own)) {
            Some(entry) => *entry = (key, value),
            None => entries.push((key, value)),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let Shape::Mapping(entries) = &mut self.shape else { return false };
        let before = entries.len();
        entries.retain(|(own, _)| !own.is_key(key));
        entries.len() < before
    }

    /// The mapping at a key, which is made where there is none.
    pub(crate) fn mapping_at(&mut self, key: &str, range: Range) -> Option<&mut Tree> {
        if self.get(key).is_none_or(Self::is_null) {
            self.set(Self::text_at(key, range), Self::empty_mapping(range));
        }
        self.get_mut(key).filter(|value| matches!(value.shape, Shape::Mapping(_)))
    }

    pub(crate) fn path(&self, keys: &[&str]) -> Option<&Tree> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a key, where `null` and `~` are names like any other.
    pub(crate) fn key(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    fn is_key(&self, key: &str) -> bool {
        self.key() == Some(key)
    }
}

impl Yaml {
    /// A file of one document.
    pub(crate) fn of_tree(tree: &Tree) -> Self {
        let mut yaml = Self::default();
        let root = yaml.push_tree(tree);
        yaml.documents.push(root);
        let texts: usize = yaml.nodes.iter().map(Node::length).sum();
        yaml.budget = Cell::new(32 * yaml.nodes.len() + 4 * texts + 100_000);
        yaml
    }

    fn push_tree(&mut self, tree: &Tree) -> NodeId {
        let kind = match &tree.shape {
            Shape::Scalar { value, style } => Kind::Scalar { value: value.clone(), style: *style },
            Shape::Sequence(items) => Kind::Sequence(items.iter().map(|item| self.push_tree(item)).collect()),
            Shape::Mapping(entries) => {
                let pair = |(key, value): &(Tree, Tree)| (self.push_tree(key), self.push_tree(value));
                Kind::Mapping(entries.iter().map(pair).collect())
            }
        };
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { kind, tag: tree.tag.clone(), range: tree.range });
        id
    }
}

impl Node {
    fn length(&self) -> usize {
        match &self.kind {
            Kind::Scalar { value, .. } => value.len(),
            Kind::Sequence(_) | Kind::Mapping(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_tree_is_the_document_that_it_was_made_of() {
        let text = "a: &x {b: 1}\nc: *x\nd: [yes, 'yes']\ne: {<<: *x, f: 2}\n";
        let tree = Tree::of(parse(text).root().expect("a root"));
        let yaml = Yaml::of_tree(&tree);
        let root = yaml.root().expect("a root");
        assert_eq!(root.path(&["c", "b"]).and_then(Ref::as_i64), Some(1));
        assert_eq!(root.path(&["e", "b"]).and_then(Ref::as_i64), Some(1));
        let flags: Vec<_> = root.get("d").into_iter().flat_map(Ref::items).map(Ref::as_bool_1_1).collect();
        assert_eq!(flags, [Some(true), None]);
        let two = root.path(&["e", "f"]).expect("it is there");
        assert_eq!(&text[two.range().as_usize()], "2");
    }

    #[test]
    fn an_alias_within_its_anchor_ends() {
        let tree = Tree::of(parse("a: &x [1, *x]\n").root().expect("a root"));
        assert!(tree.get("a").is_some());
    }

    #[test]
    fn keys_are_set_and_removed() {
        let mut tree = Tree::of(parse("a: 1\nb: {}\n").root().expect("a root"));
        tree.set(Tree::text_at("a", Range::default()), Tree::text_at("2", Range::new(7, 8)));
        assert_eq!(tree.get("a").and_then(Tree::str), Some("2"));
        assert!(tree.remove("a") && !tree.remove("a"));
        assert!(tree.mapping_at("c", Range::default()).is_some());
        assert_eq!(tree.entries().len(), 2);
    }
}
