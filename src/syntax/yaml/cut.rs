//! Around what cannot be read: the smallest entry without which a document parses further is taken out.
//!
//! An entry is a key with its value or an item of a list, told by its indentation. It is overwritten with blanks, so that
//! every other character stays where it is. What is taken out is missing from the tree: only readers that can tell what
//! is missing from what is not there ask for this.

use std::ops::Range as StdRange;

use crate::span::At;

/// Each attempt parses the document again.
const MAX_ATTEMPTS: usize = 200;

/// The faults of one document, and the attempts to get past the last of them.
pub(super) struct Cut<'t> {
    /// The first thing that each entry was taken out for.
    pub(super) faults: Vec<At<String>>,
    original: &'t str,
    /// Where the parser stopped before the current attempts.
    stopped: usize,
    /// The text before the current attempts, and that of the last one. Neither is repaired: a repair may join a line to a
    /// fault.
    before: Vec<char>,
    attempt: Vec<char>,
    /// What is still to be tried, the smallest last.
    entries: Vec<StdRange<usize>>,
    attempts: usize,
}

impl<'t> Cut<'t> {
    pub(super) fn new(original: &'t str) -> Self {
        let (before, attempt) = (Vec::new(), Vec::new());
        Self { faults: Vec::new(), original, stopped: 0, before, attempt, entries: Vec::new(), attempts: 0 }
    }

    /// The text without the next entry that may hold the fault. `stopped` is where the parser gave up, `expected` where
    /// what it was reading begins, which is likelier to be at fault in a flow collection. `None` when there is nothing left
    /// to try.
    pub(super) fn next(
        &mut self,
        stopped: usize,
        expected: usize,
        is_flow: bool,
        fault: &At<String>,
    ) -> Option<Vec<char>> {
        self.attempts += 1;
        if MAX_ATTEMPTS < self.attempts {
            return None;
        }
        if self.attempts == 1 || self.stopped < stopped {
            self.before =
                if self.attempts == 1 { self.original.chars().collect() } else { self.attempt.clone() };
            self.stopped = stopped;
            self.faults.push(fault.clone());
            self.entries = entries(&self.before, stopped);
            let expected = entries(&self.before, expected);
            let likely = if is_flow { expected.clone() } else { Vec::new() };
            self.entries.extend(expected);
            self.entries.sort_by_key(|entry| std::cmp::Reverse((entry.len(), entry.start)));
            self.entries.dedup();
            self.entries.extend(likely.into_iter().rev());
        }
        let entry = self.entries.pop()?;
        self.attempt.clone_from(&self.before);
        for character in &mut self.attempt[entry] {
            if !matches!(character, '\n' | '\r') {
                *character = ' ';
            }
        }
        Some(self.attempt.clone())
    }
}

/// The entries around a character, from the innermost to one of the top level.
fn entries(text: &[char], at: usize) -> Vec<StdRange<usize>> {
    let lines = lines(text);
    let within = lines.iter().rposition(|line| line.range.start <= at);
    let mut found = Vec::new();
    let mut first = within;
    while let Some(start) = first {
        let line = &lines[start];
        let rest = &lines[start + 1..];
        let length = rest.iter().take_while(|next| line.holds(next)).count();
        found.push(line.range.start..lines[start + length].range.end);
        first = lines[..start].iter().rposition(|above| above.holds(line));
    }
    found
}

/// A line that says something.
struct Line {
    range: StdRange<usize>,
    indent: usize,
    is_item: bool,
}

impl Line {
    /// Whether another line, which follows, is part of what begins here. A list may stand below its key without being
    /// indented.
    fn holds(&self, other: &Self) -> bool {
        self.indent < other.indent || self.indent == other.indent && other.is_item && !self.is_item
    }
}

fn lines(text: &[char]) -> Vec<Line> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(|character| *character == '\n') {
        let range = start..start + line.len();
        start = range.end;
        let indent = line.iter().take_while(|character| **character == ' ').count();
        let content = &line[indent..];
        if content.iter().all(|character| character.is_whitespace()) || content[0] == '#' {
            continue;
        }
        // A tab indents nothing: such a line belongs to the one above, and is a fault of its own.
        let indent = if content[0] == '\t' { usize::MAX } else { indent };
        let is_item = content[0] == '-' && content.get(1).is_none_or(|next| next.is_whitespace());
        found.push(Line { range, indent, is_item });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_by_their_indentation() {
        let text: Vec<char> = "a:\n- b: 1\n  c: 2\n# x\n- d\ne:\n  f: 3\n".chars().collect();
        let at =
            |content: char| text.iter().position(|character| *character == content).expect("it is there");
        let shown = |content: char| {
            let of = entries(&text, at(content)).into_iter();
            of.map(|entry| text[entry].iter().collect::<String>()).collect::<Vec<_>>()
        };
        assert_eq!(shown('2'), ["  c: 2\n", "- b: 1\n  c: 2\n", "a:\n- b: 1\n  c: 2\n# x\n- d\n"]);
        assert_eq!(shown('d'), ["- d\n", "a:\n- b: 1\n  c: 2\n# x\n- d\n"]);
        assert_eq!(shown('3'), ["  f: 3\n", "e:\n  f: 3\n"]);
        assert_eq!(entries(&[], 0), Vec::<StdRange<usize>>::new());
    }
}
