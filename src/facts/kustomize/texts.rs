//! The texts that a build takes, with one range for each byte of all of them.

use std::collections::BTreeMap;

use crate::source::Sources;
use crate::span::{FileId, Home, Range};
use crate::syntax::yaml::{self, Shape, Style, Tree};

pub(super) struct Texts<'s> {
    sources: &'s Sources,
    starts: BTreeMap<FileId, u32>,
    files: Vec<(u32, FileId)>,
    next: u32,
}

impl<'s> Texts<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self { sources, starts: BTreeMap::new(), files: Vec::new(), next: 0 }
    }

    pub(super) fn home(self) -> Home {
        Home::Files(self.files.into())
    }

    /// The documents of a file; `None` where it has not all of them.
    pub(super) fn documents(&mut self, file: FileId) -> Option<Vec<Tree>> {
        let text = self.sources.file(file).text.as_deref()?;
        let start = self.start(file, text);
        trees(text, &|range| shifted(range, start))
    }

    /// The documents of a text within a scalar of a file.
    pub(super) fn inline(&mut self, file: FileId, scalar: &Tree) -> Option<Vec<Tree>> {
        let Shape::Scalar { value, style } = &scalar.shape else { return None };
        let text = self.sources.text(file);
        let start = self.start(file, text);
        let from = scalar.range.start.checked_sub(start)? as usize;
        let written = text.get(from..(scalar.range.end - start) as usize)?;
        let lines = Lines::of(value, *style, written);
        trees(value, &|range| match lines.as_ref().and_then(|lines| lines.of_range(range)) {
            Some(within) => shifted(within, scalar.range.start),
            None => scalar.range,
        })
    }

    fn start(&mut self, file: FileId, text: &str) -> u32 {
        let next = self.next;
        let start = *self.starts.entry(file).or_insert(next);
        if start == next && !self.files.iter().any(|(_, known)| *known == file) {
            self.files.push((start, file));
            self.next = next.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)).saturating_add(1);
        }
        start
    }
}

fn shifted(range: Range, by: u32) -> Range {
    Range { start: range.start.saturating_add(by), end: range.end.saturating_add(by) }
}

fn trees(text: &str, moved: &dyn Fn(Range) -> Range) -> Option<Vec<Tree>> {
    let mut yaml = yaml::parse(text);
    yaml.move_ranges(moved);
    let found = yaml.roots().map(Tree::of).filter(|tree| !tree.is_null()).collect();
    yaml.into_errors().is_empty().then_some(found)
}

/// Where the lines of a text within a scalar are written.
struct Lines {
    /// Where each begins in the text, and in what is written.
    starts: Vec<(usize, usize)>,
}

impl Lines {
    /// `None` where lines are folded or have escapes.
    fn of(value: &str, style: Style, written: &str) -> Option<Self> {
        if style != Style::Block {
            let quotes = usize::from(style == Style::Quoted);
            let is_plain = written.len() == value.len() + 2 * quotes;
            return is_plain.then(|| Self { starts: vec![(0, quotes)] });
        }
        let mut starts = Vec::new();
        let (mut in_value, mut in_written) = (0, written.find('\n')? + 1);
        for line in value.split_inclusive('\n') {
            let own = written[in_written..].split_inclusive('\n').next()?;
            let (own_end, line_end) =
                (own.trim_end_matches(['\r', '\n']), line.trim_end_matches(['\r', '\n']));
            let indent = own_end.len().checked_sub(line_end.len())?;
            if !own_end.ends_with(line_end) {
                return None;
            }
            starts.push((in_value, in_written + indent));
            in_value += line.len();
            in_written += own.len();
        }
        Some(Self { starts })
    }

    fn of_range(&self, range: Range) -> Option<Range> {
        let at = |byte: usize| {
            let after = self.starts.partition_point(|(start, _)| *start <= byte);
            let (start, written) = self.starts.get(after.checked_sub(1)?)?;
            Some(written + (byte - start))
        };
        let range = range.as_usize();
        let end = if range.end > range.start { at(range.end - 1)? + 1 } else { at(range.end)? };
        Some(Range::new(at(range.start)?, end))
    }
}
