//! Words and flags of a logical line, split as `BuildKit` splits them. Quotes stay in the words: what they
//! mean is decided where variables are expanded.

use std::ops::Range as StdRange;

use super::{Flag, line::Logical};
use crate::span::At;

/// The white space that separates the keyword and the plain words. Unlike elsewhere, not all that Unicode
/// has.
pub(super) const BLANKS: [char; 5] = [' ', '\t', '\u{b}', '\u{c}', '\r'];

/// The words of a window that are separated by blanks, whatever they hold.
pub(super) fn fields(line: &Logical, window: &StdRange<usize>) -> Vec<At<String>> {
    let text = &line.text[window.clone()];
    let mut words = Vec::new();
    let mut at = window.start;
    for word in text.split(BLANKS) {
        if !word.is_empty() {
            words.push(line.at(&(at..at + word.len())));
        }
        at += word.len() + 1;
    }
    words
}

/// The words of a window as ENV, LABEL and ARG see them: quotes and escapes hold a word together.
pub(super) fn quoted_words(line: &Logical, window: &StdRange<usize>, escape: char) -> Vec<StdRange<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = line.text[window.clone()].char_indices().map(|(at, c)| (window.start + at, c));
    while let Some((at, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => words.extend(start.take().map(|start| start..at)),
            None => {
                start = start.or(Some(at));
                if c == '"' || c == '\'' {
                    quote = Some(c);
                } else if c == escape {
                    chars.next();
                }
            }
            Some(open) if c == open => quote = None,
            // Nothing can be escaped inside single quotes.
            Some('"') if c == escape => drop(chars.next()),
            Some(_) => {}
        }
    }
    words.extend(start.map(|start| start..window.end));
    words
}

/// The flags at the front of a window, and the window that follows them.
///
/// `--` alone ends the flags. Quotes and backslashes are taken out of a flag whatever the escape directive
/// says.
pub(super) fn flags(line: &Logical, window: &StdRange<usize>) -> (Vec<Flag>, StdRange<usize>) {
    let mut flags = Vec::new();
    let mut rest = line.trim(window);
    while line.text[rest.clone()].starts_with("--") {
        let (word, length) = unquoted_prefix(&line.text[rest.clone()]);
        let raw = rest.start..rest.start + length;
        rest = line.trim(&(raw.end..rest.end));
        if word == "--" {
            break;
        }
        flags.push(flag(line, &raw, &word));
    }
    (flags, rest)
}

/// A flag from its text without quotes; the places come from the text as written.
fn flag(line: &Logical, raw: &StdRange<usize>, word: &str) -> Flag {
    let written = &line.text[raw.clone()];
    let name_start = raw.start + 2;
    match word[2..].split_once('=') {
        Some((name, value)) => {
            let equals = raw.start + written.find('=').unwrap_or(written.len() - 1);
            let value_range = line.range(&(equals + 1..raw.end));
            Flag {
                name: At::new(name.to_owned(), line.range(&(name_start..equals.max(name_start)))),
                value: Some(At::new(value.to_owned(), value_range)),
            }
        }
        None => Flag { name: At::new(word[2..].to_owned(), line.range(&(name_start..raw.end))), value: None },
    }
}

/// The first word of a text without its quotes and backslashes, and its length in bytes as written.
fn unquoted_prefix(text: &str) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => return (word, at),
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ if c == '\\' => word.extend(chars.next().map(|(_, c)| c)),
            _ => word.push(c),
        }
    }
    (word, text.len())
}
