//! Refuses scripts that would exhaust the stack or the patience of the parser.
//!
//! The parser recurses for every level of nesting, and a stack overflow cannot be caught; for some
//! constructs left open it also tries every level twice. Both limits are far beyond what people write.

use std::ops::ControlFlow;

use brush_parser::{SourceSpan, Token};

use crate::span::{At, Range};

pub(super) const TOO_DEEP: &str = "the script nests too deeply";

/// Levels of nesting of any kind. Measured: 200 overflow a stack of 2 MiB in a debug build, 50 do not.
const DEPTH: usize = 50;

/// Levels of parentheses and `case`. Measured: every further one doubles the time to report that it is left
/// open.
const DOUBLING_DEPTH: usize = 10;

/// Checks the substitutions and quotes in the text, which the tokenizer follows. The error is the place.
pub(super) fn raw(text: &str) -> Result<(), At<String>> {
    if let Some(at) = expanding_delimiter(text) {
        let message = "the delimiter of a here-document is an expansion".to_owned();
        return Err(At::new(message, Range::new(at, at + 2)));
    }
    let mut scanner = Scanner::default();
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if c == '\\' && scanner.top() != Some(Open::Single) {
            characters.next();
        } else if scanner.step(c, next).is_break() {
            return Err(At::new(TOO_DEEP.to_owned(), Range::new(at, at + c.len_utf8())));
        }
    }
    Ok(())
}

/// The place of a `<<` whose delimiter holds an expansion, which never ends the tokenizer of version 0.4
/// (`<<$( (n #`). Nobody writes such a here-document; a shift by a substitution inside `$((…))` is lost
/// with it.
fn expanding_delimiter(text: &str) -> Option<usize> {
    text.match_indices("<<").map(|(at, _)| at).find(|at| {
        let after = text[at + 2..].trim_start_matches(['-', ' ', '\t']);
        // A word is cut off well before it could make many of them cost more than one pass.
        let cut = after.char_indices().take(80).find(|(_, c)| c.is_whitespace());
        let word = &after[..cut.map_or(after.floor_char_boundary(80), |(end, _)| end)];
        // A here-string, `<<<`, has no delimiter.
        !word.starts_with('<') && ["$(", "${", "$[", "`", "<(", ">("].iter().any(|open| word.contains(open))
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Single,
    Double,
    Backquote,
    /// A comment, to the end of its line.
    Comment,
    Parenthesis,
    Brace,
}

#[derive(Default)]
struct Scanner {
    open: Vec<Open>,
    /// The last character was a dollar sign.
    dollar: bool,
    /// The last character can be part of a word, so a `#` would be too.
    word: bool,
}

impl Scanner {
    fn step(&mut self, c: char, next: Option<char>) -> ControlFlow<()> {
        let dollar = std::mem::replace(&mut self.dollar, c == '$');
        let word = std::mem::replace(&mut self.word, !(c.is_whitespace() || ";&|()".contains(c)));
        match (self.top(), c) {
            (Some(Open::Single), '\'')
            | (Some(Open::Double), '"')
            | (Some(Open::Backquote), '`')
            | (Some(Open::Comment), '\n')
            | (Some(Open::Parenthesis), ')')
            | (Some(Open::Brace), '}') => drop(self.open.pop()),
            (Some(Open::Single | Open::Comment), _) => {}
            (_, '(') if dollar || self.top() != Some(Open::Double) => self.open.push(Open::Parenthesis),
            (_, '{') if dollar => self.open.push(Open::Brace),
            (_, '"') => self.open.push(Open::Double),
            (_, '`') => self.open.push(Open::Backquote),
            (Some(Open::Double), _) => {}
            (_, '\'') => self.open.push(Open::Single),
            // An unclosed quote in a comment must not hide what follows.
            (None | Some(Open::Parenthesis | Open::Backquote), '#') if !word && next != Some('(') => {
                self.open.push(Open::Comment);
            }
            _ => {}
        }
        if self.open.len() > DEPTH { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn top(&self) -> Option<Open> {
        self.open.last().copied()
    }
}

/// Checks the compound commands that the grammar follows. The error is the place.
pub(super) fn tokens(tokens: &[Token]) -> Result<(), SourceSpan> {
    let mut open: Vec<&str> = Vec::new();
    let (mut doubling, mut prefixes, mut command) = (0_usize, 0_usize, true);
    for token in tokens {
        let text = token.to_str();
        let closed = match text {
            "fi" if command => Some("if"),
            "done" if command => Some("do"),
            "esac" if command => Some("case"),
            "}" if command => Some("{"),
            ")" => Some("("),
            _ => None,
        };
        if let Some(closed) = closed.filter(|closed| open.last() == Some(closed)) {
            open.pop();
            doubling -= usize::from(matches!(closed, "(" | "case"));
        }
        let opens = match text {
            "(" | "{" => true,
            "if" | "case" | "do" => command,
            _ => false,
        };
        if opens {
            open.push(text);
            doubling += usize::from(matches!(text, "(" | "case"));
        }
        let prefix = matches!(text, "!" | "coproc" | "time");
        prefixes = if prefix { prefixes + 1 } else { 0 };
        if open.len() > DEPTH || doubling > DOUBLING_DEPTH || prefixes > DEPTH {
            return Err(token.location().clone());
        }
        command = prefix
            || matches!(token, Token::Operator(..))
            || matches!(
                text,
                "{" | "}"
                    | "if"
                    | "then"
                    | "elif"
                    | "else"
                    | "fi"
                    | "do"
                    | "done"
                    | "while"
                    | "until"
                    | "esac"
                    | "in"
            );
    }
    Ok(())
}
