//! Here-documents: which words of a line announce one, and the lines that belong to it.
//!
//! `BuildKit` looks for them with its own word lexer and not with a shell's, so `$((1 << 2))` announces one
//! here as it does there. The escape directive has no say in it.

use std::ops::Range as StdRange;

use super::line::{Lines, Logical};
use crate::span::{At, Range};

/// How deep `${a:-${b:-…}}` may nest before the line is taken to hold no here-document.
const DEPTH: usize = 64;

/// A here-document of RUN, COPY or ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heredoc {
    /// The delimiter, and where it is announced.
    pub(crate) name: At<String>,
    /// Whether variables are expanded in the body: not when the delimiter is quoted.
    pub(crate) expand: bool,
    /// Whether leading tabs are taken off every line (`<<-`).
    pub(crate) chomp: bool,
    /// The lines as they stand in the file, leading tabs included, without the line of the delimiter.
    pub(crate) body: At<String>,
}

impl Heredoc {
    /// The body as the command sees it.
    pub(crate) fn content(&self) -> String {
        if !self.chomp {
            return self.body.value.clone();
        }
        self.body.value.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
    }
}

/// Whether a word of COPY or ADD stands for a here-document.
pub(crate) fn is_announcement(word: &str) -> bool {
    announcement(word).is_some()
}

/// The here-documents that a window of a line announces, with empty bodies.
pub(super) fn announced(line: &Logical, window: &StdRange<usize>) -> Vec<Heredoc> {
    let text = &line.text[window.clone()];
    if !text.contains("<<") {
        return Vec::new();
    }
    let Some(words) = (Lexer { text, at: 0 }).words() else { return Vec::new() };
    words
        .into_iter()
        .filter_map(|word| {
            let found = announcement(&text[word.clone()])?;
            let range = line.range(&(window.start + word.start..window.start + word.end));
            let body = At::new(String::new(), range);
            Some(Heredoc { name: At::new(found.name, range), expand: found.expand, chomp: found.chomp, body })
        })
        .collect()
}

/// Moves the lines of a here-document from `lines` into it. `false` when its delimiter never comes.
pub(super) fn read_body(heredoc: &mut Heredoc, source: &str, lines: &mut Lines<'_>) -> bool {
    let start = lines.offset();
    loop {
        let before = lines.offset();
        let Some(line) = lines.next() else {
            heredoc.body = At::new(source[start..].to_owned(), Range::new(start, source.len()));
            return false;
        };
        let mut candidate = &source[line];
        if heredoc.chomp {
            candidate = candidate.trim_start_matches('\t');
        }
        if candidate == heredoc.name.value {
            heredoc.body = At::new(source[start..before].to_owned(), Range::new(start, before));
            return true;
        }
    }
}

struct Announcement {
    name: String,
    expand: bool,
    chomp: bool,
}

/// `3<<-"EOF"`: digits, `<<`, perhaps a hyphen and white space, and one word without `<`.
fn announcement(word: &str) -> Option<Announcement> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start();
    if rest.contains('<') {
        return None;
    }
    let words = Lexer { text: rest, at: 0 }.words()?;
    let [only] = words.as_slice() else { return None };
    let (name, quoted) = unquote(&rest[only.clone()]);
    Some(Announcement { name, expand: !quoted, chomp })
}

/// A word without its quotes, and whether it had any.
fn unquote(word: &str) -> (String, bool) {
    let (mut name, mut quote, mut quoted) = (String::new(), None, false);
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                quoted = true;
            }
            (Some(open), c) if c == open => quote = None,
            (None, '\\') => name.extend(chars.next()),
            (Some('"'), '\\') => name.push(chars.next_if(|c| matches!(c, '"' | '$' | '\\')).unwrap_or('\\')),
            _ => name.push(c),
        }
    }
    (name, quoted)
}

/// The word lexer of `BuildKit`, as far as it decides where words end. `None` is its error.
struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn words(mut self) -> Option<Vec<StdRange<usize>>> {
        let mut words = Vec::new();
        let mut start = None;
        while let Some(c) = self.peek() {
            let at = self.at;
            if c.is_whitespace() {
                words.extend(start.take().map(|start| start..at));
                self.bump();
                continue;
            }
            start = start.or(Some(at));
            if self.text[at..].starts_with("<<") {
                // White space between the operator and the delimiter belongs to the word.
                self.at += 2;
                while self.peek().is_some_and(char::is_whitespace) {
                    self.bump();
                }
            } else {
                self.piece(DEPTH)?;
            }
        }
        words.extend(start.map(|start| start..self.at));
        Some(words)
    }

    /// One character, or what a quote, a dollar or an escape opens.
    fn piece(&mut self, depth: usize) -> Option<()> {
        match self.bump()? {
            '\'' => self.until('\'', None),
            '"' => self.until('"', Some(depth)),
            '$' if self.peek() == Some('{') => self.braces(depth),
            '\\' => {
                self.bump();
                Some(())
            }
            _ => Some(()),
        }
    }

    /// To the closing quote; escapes and dollars count only between double quotes.
    fn until(&mut self, quote: char, depth: Option<usize>) -> Option<()> {
        loop {
            match self.bump()? {
                c if c == quote => return Some(()),
                '\\' if depth.is_some() => drop(self.bump()),
                '$' if self.peek() == Some('{') => {
                    if let Some(depth) = depth {
                        self.braces(depth)?;
                    }
                }
                _ => {}
            }
        }
    }

    /// `${…}` from its brace on.
    fn braces(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        self.bump();
        if matches!(self.peek()?, '{' | '}' | ':') {
            return None;
        }
        if matches!(self.peek()?, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
            self.bump();
        } else {
            while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                self.bump();
            }
        }
        match self.bump()? {
            '}' => return Some(()),
            ':' => drop(self.bump()?),
            '+' | '-' | '?' | '#' | '%' | '/' => {}
            _ => return None,
        }
        loop {
            if self.peek()? == '}' {
                self.bump();
                return Some(());
            }
            self.piece(depth)?;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements() {
        type Found = (&'static str, bool, bool);
        let cases: [(&str, &[Found]); 16] = [
            ("<<EOF", &[("EOF", true, false)]),
            ("3<<EOF", &[("EOF", true, false)]),
            ("<<-EOF", &[("EOF", true, true)]),
            ("<<-'EOF' python3", &[("EOF", false, true)]),
            ("<<\"EOF\"", &[("EOF", false, false)]),
            ("<<eo\\'f", &[("eo'f", true, false)]),
            ("<<'e'o\\'f", &[("eo'f", false, false)]),
            ("<<'one two'", &[("one two", false, false)]),
            ("<<$EOF", &[("$EOF", true, false)]),
            ("<<  EOF  > foo", &[("EOF", true, false)]),
            ("<<A <<B /dest", &[("A", true, false), ("B", true, false)]),
            ("\"<<EOF\"", &[]),
            ("cat <<< EOF", &[]),
            ("echo \"<<EOF", &[]),
            ("echo ${X^^} <<EOF", &[]),
            ("echo $((1 << 2))", &[("2))", true, false)]),
        ];
        for (text, expected) in cases {
            let mut line = Logical::default();
            line.push(text, 0..text.len());
            let found = announced(&line, &(0..text.len()));
            let found: Vec<_> = found.iter().map(|h| (h.name.value.as_str(), h.expand, h.chomp)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
