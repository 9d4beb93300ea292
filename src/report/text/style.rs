//! How a line of text is made: colours, widths, and what must never reach a terminal. Nothing here knows a
//! report.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::report::Look;
use crate::rule::Severity;

/// Narrower terminals are treated as this wide, so that bars and words still fit.
const NARROWEST: usize = 60;
/// Prose is not read well beyond this.
const WIDEST: usize = 120;

/// Where text is written to, and how.
pub(super) struct Page<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) look: Look,
}

/// The colours, by what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Dim,
    Good,
    Middling,
    Bad,
    Worst,
    Hint,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, look: Look) -> Self {
        Self { out, look }
    }

    /// The columns to fill.
    pub(super) fn width(&self) -> usize {
        self.look.width.clamp(NARROWEST, WIDEST)
    }

    pub(super) fn paint<'t>(&self, ink: Ink, text: &'t str) -> Cow<'t, str> {
        if !self.look.colour || ink == Ink::Plain || text.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code()))
    }

    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.line("")
    }

    /// Writes words behind a lead and goes on below its end, at `indent` columns. No word is broken.
    pub(super) fn flow<'t>(
        &mut self,
        lead: &[(Ink, &str)],
        indent: usize,
        ink: Ink,
        words: impl IntoIterator<Item = Cow<'t, str>>,
    ) -> io::Result<()> {
        let mut column = 0;
        for (ink, part) in lead {
            column += columns(part);
            let part = self.paint(*ink, part);
            write!(self.out, "{part}")?;
        }
        let mut line = String::new();
        for word in words {
            let gap = usize::from(!line.is_empty());
            let wide = columns(&word);
            // A word wider than the page stands where it is: another line would not hold it either.
            if column > indent && column + gap + wide > self.width() {
                let painted = self.paint(ink, &line);
                writeln!(self.out, "{painted}")?;
                write!(self.out, "{:indent$}", "")?;
                line.clear();
                column = indent;
            } else if gap == 1 {
                line.push(' ');
                column += 1;
            }
            line.push_str(&word);
            column += wide;
        }
        let painted = self.paint(ink, &line);
        writeln!(self.out, "{painted}")
    }

    /// [`Page::flow`] of a message.
    pub(super) fn prose(
        &mut self,
        lead: &[(Ink, &str)],
        indent: usize,
        ink: Ink,
        text: &str,
    ) -> io::Result<()> {
        let words = words(text, self.width().saturating_sub(indent));
        self.flow(lead, indent, ink, words)
    }
}

impl Ink {
    /// The parameter of "select graphic rendition", ECMA-48 8.3.117.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Middling => "33",
            Self::Bad => "31",
            Self::Worst => "1;31",
            Self::Hint => "36",
        }
    }

    pub(super) fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Worst,
            Severity::High => Self::Bad,
            Severity::Medium => Self::Middling,
            Severity::Low => Self::Hint,
            Severity::Info => Self::Dim,
        }
    }

    /// Of a value of 100.
    pub(super) fn of_score(value: f64) -> Self {
        if value < 50.0 {
            Self::Bad
        } else if value < 80.0 {
            Self::Middling
        } else {
            Self::Good
        }
    }
}

/// The columns that a text takes. Wide and combining characters are rare in what is aligned, and counted as
/// one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The words of a message, cleaned. What stands in backticks stays together where it fits into a line: a
/// command or a path with spaces must be copied whole.
fn words(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if let Some(open) = rest[..end].find('`').filter(|open| !rest[open + 1..end].contains('`'))
            && let Some(close) = rest[open + 1..].find('`').map(|close| open + 1 + close)
        {
            let quoted = rest[close..].find(char::is_whitespace).map_or(rest.len(), |tail| close + tail);
            if columns(&rest[..quoted]) <= width {
                end = quoted;
            }
        }
        words.push(clean(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    words
}

/// A text of the audited tree as it may be shown: what would move a terminal's cursor, change its colours or
/// reorder what stands beside it is written as an escape.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push_clean(&mut safe, character);
    }
    Cow::Owned(safe)
}

/// Appends a character as it may be shown.
pub(super) fn push_clean(safe: &mut String, character: char) {
    if is_unsafe(character) {
        let _ = write!(safe, "{}", character.escape_default());
    } else {
        safe.push(character);
    }
}

/// Control characters, the line and paragraph separators, the marks of bidirectional text (CVE-2021-42574),
/// and two characters that nobody can see.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Detail;

    fn flowed(width: usize, lead: &str, text: &str) -> String {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, Look { colour: false, width, detail: Detail::Normal });
        page.prose(&[(Ink::Strong, lead)], 2, Ink::Plain, text).expect("a vector takes every write");
        String::from_utf8(out).expect("only text is written")
    }

    #[test]
    fn what_moves_a_terminal_is_escaped() {
        for (text, safe) in [
            ("plain `äöü` 漢字", "plain `äöü` 漢字"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("a\rb\nc\td", "a\\rb\\nc\\td"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("access\u{202e}nimda", "access\\u{202e}nimda"),
        ] {
            assert_eq!(clean(text), safe);
        }
    }

    #[test]
    fn lines_break_between_words_only() {
        for (text, lines) in [
            ("one two", "> one two\n"),
            ("", "> \n"),
            (
                "the quick brown fox jumps over the lazy dog and then over the next one",
                "> the quick brown fox jumps over the lazy dog and then over\n  the next one\n",
            ),
            (
                "see /a/long/path/that/is/certainly/wider/than/the/whole/narrow/page.rs for more",
                "> see\n  /a/long/path/that/is/certainly/wider/than/the/whole/narrow/page.rs\n  for more\n",
            ),
            (
                "some day it would be best to run the good `cargo test --locked` twice",
                "> some day it would be best to run the good\n  `cargo test --locked` twice\n",
            ),
            ("an open ` is\u{1b} no\nquote", "> an open ` is\\u{1b} no quote\n"),
        ] {
            assert_eq!(flowed(60, "> ", text), lines, "{text}");
        }
    }
}
