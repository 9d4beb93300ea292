//! Where a value stands in the audited tree.
//!
//! Byte ranges everywhere; lines and columns exist only in `report`, through [`LineIndex`].

use std::ops::Range as StdRange;
use std::sync::Arc;

/// The number of a file in [`crate::source::Sources`], in the order of its sorted paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) u32);

/// A range of bytes in one file, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Range {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Range {
    /// A range from offsets that a parser gives. Files over 4 GiB are never read.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest range that holds both.
    pub(crate) fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range as indices into the file's text.
    pub(crate) fn as_usize(self) -> StdRange<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<StdRange<usize>> for Range {
    fn from(range: StdRange<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A range of bytes in a file of the audited tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) range: Range,
}

impl Span {
    pub(crate) fn new(file: FileId, range: Range) -> Self {
        Self { file, range }
    }
}

/// A value and where in its file it was read. The file itself is known to whoever holds the facts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) range: Range,
}

impl<T> At<T> {
    pub(crate) fn new(value: T, range: Range) -> Self {
        Self { value, range }
    }

    /// Where the value stands, in `file`.
    pub(crate) fn span(&self, file: FileId) -> Span {
        Span::new(file, self.range)
    }
}

/// Where ranges stand: in one file, or in several that are laid end to end.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    File(FileId),
    /// Where each begins, in order.
    Files(Arc<[(u32, FileId)]>),
}

impl Home {
    pub(crate) fn span(&self, range: Range) -> Span {
        match self {
            Self::File(file) => Span::new(*file, range),
            Self::Files(files) => {
                let after = files.partition_point(|(start, _)| *start <= range.start);
                let (start, file) = files[after.saturating_sub(1)];
                // What begins in one file and ends in another is told where it begins.
                let end = files.get(after).map_or(range.end, |(next, _)| range.end.min(next - 1));
                let end = end.max(range.start);
                Span::new(file, Range { start: range.start - start, end: end - start })
            }
        }
    }

    /// Where a value stands.
    pub(crate) fn at<T>(&self, value: &At<T>) -> Span {
        self.span(value.range)
    }
}

/// The byte offsets at which the lines of a text begin.
#[derive(Debug)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
}

/// A 1-based line and a 1-based column in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1))
            .collect();
        Self { starts }
    }

    /// The position of a byte offset; an offset past the end is the end, one inside a character its start.
    pub(crate) fn position(&self, text: &str, offset: u32) -> Position {
        let offset = text.floor_char_boundary((offset as usize).min(text.len()));
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        Position { line, column: text[start..offset].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_several_files_are_led_back_to_theirs() {
        let home = Home::Files([(0, FileId(7)), (10, FileId(3))].into());
        assert_eq!(home.span(Range::new(9, 9)), Span::new(FileId(7), Range::new(9, 9)));
        assert_eq!(home.span(Range::new(10, 14)), Span::new(FileId(3), Range::new(0, 4)));
        assert_eq!(Home::File(FileId(1)).span(Range::new(9, 12)), Span::new(FileId(1), Range::new(9, 12)));
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a\nüb\r\nc";
        let index = LineIndex::new(text);
        let at = |offset| {
            let position = index.position(text, offset);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(3), (2, 1), "inside a character");
        assert_eq!(at(4), (2, 2));
        assert_eq!(at(7), (3, 1));
        assert_eq!(at(99), (3, 2), "past the end");
    }
}
