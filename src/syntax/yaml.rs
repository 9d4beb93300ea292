//! A YAML tree whose every node knows its bytes.
//!
//! Responsible for syntax: documents, anchors, merge keys, and the few scalar types that callers ask for.
//! It deliberately knows no schema, copies nothing for an alias (an alias is the node of its anchor), and
//! does not repair broken input: a document that does not parse is left out, with an error at its place. Readers that
//! can live with a part of it ask for that ([`parse_around`]).
//!
//! Input may be hostile. Aliases let a small file expand without end, so every access through [`Ref`] is
//! paid from one budget per file, in proportion to the file's size. When it is spent, collections look
//! empty and [`Yaml::into_errors`] says so; no caller needs a limit of its own against aliases.

mod build;
mod cursor;
mod cut;
mod repair;
mod tree;

pub(crate) use build::{parse, parse_around};
pub(crate) use cursor::Ref;
pub(crate) use tree::{Shape, Tree};

use std::cell::Cell;

use crate::span::{At, Range};

/// The documents of one file.
#[derive(Debug, Default)]
pub(crate) struct Yaml {
    /// The root of each document that parsed, in order; an empty document has a null root.
    pub(crate) documents: Vec<NodeId>,
    /// All nodes of all documents. A key that was given twice leaves its second value here, unreferenced.
    pub(crate) nodes: Vec<Node>,
    /// Documents that did not parse, and keys given twice. A file with errors may still have documents.
    pub(crate) errors: Vec<At<String>>,
    /// Steps that readers may still take; see the module's notes on hostile input.
    budget: Cell<usize>,
}

/// An index into [`Yaml::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// As written: `!reference`, `!!str`, or the full text of a tag from a `%TAG` directive.
    pub(crate) tag: Option<String>,
    /// The node without its anchor and tag; a block scalar from its `|`, a quoted one with its quotes.
    /// The range of a value that is absent is empty and follows the key's colon.
    pub(crate) range: Range,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar {
        /// The decoded text: escapes resolved, lines folded, indentation gone.
        value: String,
        style: Style,
    },
    Sequence(Vec<NodeId>),
    /// In the order of the file, `<<` included as it stands; of equal scalar keys only the first.
    Mapping(Vec<(NodeId, NodeId)>),
}

/// How a scalar is written; only a plain one may be anything but a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// Literal (`|`) or folded (`>`).
    Block,
}

impl Yaml {
    pub(crate) fn at(&self, id: NodeId) -> Ref<'_> {
        Ref::new(self, id)
    }

    /// The roots of all documents that parsed.
    pub(crate) fn roots(&self) -> impl Iterator<Item = Ref<'_>> {
        self.documents.iter().map(|id| self.at(*id))
    }

    /// The first document's root: what a format of one document per file looks at.
    pub(crate) fn root(&self) -> Option<Ref<'_>> {
        self.roots().next()
    }

    /// All errors, and one more if reading stopped because aliases expand to too much.
    pub(crate) fn into_errors(self) -> Vec<At<String>> {
        let mut errors = self.errors;
        if self.budget.get() == 0 && !self.nodes.is_empty() {
            errors.push(At::new("aliases expand to more than can be read".to_owned(), Range::default()));
        }
        errors
    }

    /// Moves every place: of a text that was made of another one, to where it comes from.
    pub(crate) fn move_ranges(&mut self, moved: &dyn Fn(Range) -> Range) {
        let nodes = self.nodes.iter_mut().map(|node| &mut node.range);
        for range in nodes.chain(self.errors.iter_mut().map(|error| &mut error.range)) {
            *range = moved(*range);
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Takes `steps` from the budget; false, now and ever after, when they are not left.
    fn spend(&self, steps: usize) -> bool {
        let left = self.budget.get().saturating_sub(steps);
        self.budget.set(left);
        left > 0
    }
}

#[cfg(test)]
mod tests;
