//! Lines and columns of spans, for whoever tells people or programs where something stands. Nothing is written here.

use std::cell::OnceCell;

use crate::source::Sources;
use crate::span::{LineIndex, Position, Span};

/// The places of a tree. A file's lines are counted once, when the first place in it is asked for.
pub(crate) struct Places<'a> {
    pub(crate) sources: &'a Sources,
    /// By the number of the file.
    lines: Vec<OnceCell<LineIndex>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { sources, lines: (0..sources.len()).map(|_| OnceCell::new()).collect() }
    }

    pub(crate) fn path(&self, span: Span) -> &'a str {
        self.sources.path(span.file)
    }

    /// What stands there.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        self.sources.text(span.file).get(span.range.as_usize()).unwrap_or_default()
    }

    pub(crate) fn start(&self, span: Span) -> Position {
        self.position(span, span.range.start)
    }

    /// The position behind the last character.
    pub(crate) fn end(&self, span: Span) -> Position {
        self.position(span, span.range.end)
    }

    /// `path:line`.
    pub(crate) fn place(&self, span: Span) -> String {
        format!("{}:{}", self.path(span), self.start(span).line)
    }

    fn position(&self, span: Span, offset: u32) -> Position {
        let text = self.sources.text(span.file);
        self.lines[span.file.0 as usize].get_or_init(|| LineIndex::new(text)).position(text, offset)
    }
}
