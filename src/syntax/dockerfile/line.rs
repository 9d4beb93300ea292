//! Physical lines, and the logical line that continuations make of several of them.
//!
//! A logical line is what the instruction grammar sees; it keeps the way back to the bytes of the file.
//! What ends a line and what continues it is decided here, what the line means is not.

use std::ops::Range as StdRange;

use crate::span::{At, Range};

/// The text of an instruction without its continuation marks, comments and empty lines, and where each
/// piece of it stands in the file.
#[derive(Debug, Default)]
pub(super) struct Logical {
    pub(super) text: String,
    /// Pairs of (offset in `text`, offset in the file), ascending in both; each runs to the next.
    pieces: Vec<(usize, usize)>,
}

impl Logical {
    /// Appends a piece of the file.
    pub(super) fn push(&mut self, source: &str, piece: StdRange<usize>) {
        if !piece.is_empty() {
            self.pieces.push((self.text.len(), piece.start));
            self.text.push_str(&source[piece]);
        }
    }

    /// The place in the file of a window of the text. It spans the continuation marks inside the window.
    pub(super) fn range(&self, window: &StdRange<usize>) -> Range {
        let start = self.offset(window.start);
        if window.is_empty() {
            return Range::new(start, start);
        }
        Range::new(start, self.offset(window.end - 1) + 1)
    }

    /// A window of the text as a value with its place.
    pub(super) fn at(&self, window: &StdRange<usize>) -> At<String> {
        At::new(self.text[window.clone()].to_owned(), self.range(window))
    }

    /// The window without the white space at both its ends.
    pub(super) fn trim(&self, window: &StdRange<usize>) -> StdRange<usize> {
        let text = &self.text[window.clone()];
        let start = window.end - text.trim_start().len();
        start..start + text.trim().len()
    }

    fn offset(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(logical, _)| *logical <= at);
        let (logical, source) = self.pieces.get(next.saturating_sub(1)).copied().unwrap_or_default();
        source + at - logical.min(at)
    }
}

/// The physical lines of a text, as ranges without their line ends.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    next: usize,
}

impl<'a> Lines<'a> {
    /// The lines of `text`, a byte order mark at its start left out.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, next: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } }
    }

    /// Where the line that `next` gives begins.
    pub(super) fn offset(&self) -> usize {
        self.next
    }
}

impl Iterator for Lines<'_> {
    type Item = StdRange<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.next..).filter(|rest| !rest.is_empty())?;
        let start = self.next;
        let length = rest.find('\n').unwrap_or(rest.len());
        self.next = (start + length + 1).min(self.text.len());
        Some(start..start + rest[..length].trim_end_matches('\r').len())
    }
}

/// The part of a line before its continuation mark, when it ends in one.
///
/// A mark is one escape character, perhaps with blanks after it, whose predecessor is not an escape
/// character: `BuildKit` does not count further back, so three of them do not continue either.
pub(super) fn before_continuation(line: &str, escape: char) -> Option<&str> {
    let kept = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!kept.ends_with(escape)).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_buildkit_ends_them() {
        let lines = |text: &str| Lines::new(text).map(|line| text[line].to_owned()).collect::<Vec<_>>();
        assert_eq!(lines("a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(lines("\u{feff}a\n"), ["a"]);
        assert_eq!(lines("a\rb"), ["a\rb"], "a lone carriage return ends nothing");
        assert!(lines("").is_empty());
    }

    #[test]
    fn continuation_marks() {
        let cases = [
            ("a \\", Some("a ")),
            ("a\\  \t", Some("a")),
            ("\\", Some("")),
            ("a\\\\", None),
            ("a\\\\\\", None),
            ("a \\ b", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(before_continuation(line, '\\'), expected, "{line}");
        }
        assert_eq!(before_continuation("a `", '`'), Some("a "));
    }

    #[test]
    fn windows_lead_back_to_the_file() {
        let source = "ab\\\ncd";
        let mut line = Logical::default();
        line.push(source, 0..2);
        line.push(source, 4..6);
        assert_eq!(line.text, "abcd");
        assert_eq!(line.range(&(1..3)), Range::new(1, 5));
        assert_eq!(line.range(&(2..3)), Range::new(4, 5));
        assert_eq!(line.range(&(4..4)), Range::new(6, 6));
        assert_eq!(Logical::default().range(&(0..0)), Range::new(0, 0));
    }
}
