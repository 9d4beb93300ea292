//! Shell scripts as a flat list of simple commands, and a verdict on what becomes of the shell's process.
//!
//! A thin layer over `brush-parser`, which reads the grammar of bash. Nothing is expanded, and what stands in
//! command substitutions is not looked into. One syntax error loses the script: its commands are then
//! unknown.

mod flatten;
mod guard;
mod last;
mod word;

use std::panic::{AssertUnwindSafe, catch_unwind};

use brush_parser::{ParseError, ParserOptions, SourcePosition, TokenizerError, TokenizerOptions, ast};

use crate::span::{At, Range};

/// A parsed script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// The first line without `#!`, when it has that.
    pub(crate) shebang: Option<String>,
    /// In the order of the text, those of functions where they are defined.
    pub(crate) commands: Vec<SimpleCommand>,
    pub(crate) last: Last,
    /// Whether a handler is set for SIGTERM; ignoring or resetting the signal is none.
    pub(crate) has_trap_term: bool,
    pub(crate) errors: Vec<At<String>>,
}

/// A command with its words, wherever in the script it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SimpleCommand {
    /// The assignments before the words, or alone: names, and values without quotes.
    pub(crate) assignments: Vec<(String, String)>,
    /// The words without quotes, redirections left out. Expansions stand as written: `"$@"` is `$@`.
    pub(crate) words: Vec<String>,
    pub(crate) context: Context,
    /// Whether the first word is an `exec` that has a command to hand over to.
    pub(crate) exec: bool,
    /// From the first word or assignment to the last word; a redirection at either end is left out.
    pub(crate) range: Range,
}

/// What a command stands in. Several can hold at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a place, each asked for alone")]
pub(crate) struct Context {
    /// A branch of `if` or `case`, or the right side of `||`.
    pub(crate) conditional: bool,
    /// The body or the condition of a loop.
    pub(crate) looped: bool,
    pub(crate) function: bool,
    /// Parentheses, process substitution or coprocess.
    pub(crate) subshell: bool,
    /// Ended by `&`, itself or what it stands in.
    pub(crate) background: bool,
    /// One of several commands joined by `|`.
    pub(crate) piped: bool,
    /// One of those, and not the last: its failure shows only where `pipefail` is set.
    pub(crate) feeds: bool,
    /// Its failure is made a success: `|| true`, or a message alone.
    pub(crate) forgiven: bool,
}

/// What becomes of the shell's process at the end of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// The shell is replaced by this command, on every path that does not merely end. Of several, the first.
    Exec(Vec<String>),
    /// The last command is a child of the shell, which waits for it and hands it no signals.
    Foreground(Vec<String>),
    /// The shell waits for background processes and handles SIGTERM itself.
    Wait,
    /// Anything else, in words.
    Other(String),
}

/// Longer scripts are not read.
const LONGEST: usize = 1024 * 1024;

/// Reads a script. Never fails: what could not be read is in `errors`.
pub(crate) fn parse(text: &str) -> Script {
    let shebang = text.trim_start_matches('\u{feff}').strip_prefix("#!").map(|rest| {
        let end = rest.find('\n').unwrap_or(rest.len());
        rest[..end].trim().to_owned()
    });
    // Neither change moves a byte: the positions that the parser gives stay true.
    let prepared =
        text.replace("\r\n", " \n").replacen('\u{feff}', "   ", usize::from(text.starts_with('\u{feff}')));
    match program(&prepared) {
        Ok(program) => {
            let flat = flatten::flatten(&program, &prepared);
            let last = last::last(&program, flat.has_trap_term);
            Script {
                shebang,
                commands: flat.commands,
                last,
                has_trap_term: flat.has_trap_term,
                errors: Vec::new(),
            }
        }
        Err(error) => Script {
            shebang,
            commands: Vec::new(),
            last: Last::Other("the script could not be read".to_owned()),
            has_trap_term: false,
            errors: vec![error],
        },
    }
}

/// Runs the parser behind its guards.
fn program(text: &str) -> Result<ast::Program, At<String>> {
    let whole = Range::new(0, text.len());
    if text.len() > LONGEST {
        return Err(At::new("the script is longer than 1 MiB".to_owned(), whole));
    }
    guard::raw(text)?;
    let options = ParserOptions::default();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let tokens = brush_parser::uncached_tokenize_str(text, &TokenizerOptions::default())
            .map_err(|error| tokenizer_error(&error, text))?;
        guard::tokens(&tokens).map_err(|span| {
            At::new(guard::TOO_DEEP.to_owned(), Offsets::new(text).range(&span.start, &span.end))
        })?;
        brush_parser::parse_tokens(&tokens, &options).map_err(|error| parse_error(&error, text))
    }));
    outcome.unwrap_or_else(|_| Err(At::new("the parser gave up".to_owned(), whole)))
}

fn tokenizer_error(error: &TokenizerError, text: &str) -> At<String> {
    At::new(error.to_string(), Range::new(text.len(), text.len()))
}

fn parse_error(error: &ParseError, text: &str) -> At<String> {
    match error {
        ParseError::ParsingNear(position) => {
            At::new("syntax error".to_owned(), Offsets::new(text).range(position, position))
        }
        ParseError::ParsingAtEndOfInput => {
            At::new("the script ends inside a command".to_owned(), Range::new(text.len(), text.len()))
        }
        ParseError::Tokenizing { inner, position } => match position {
            Some(position) => At::new(inner.to_string(), Offsets::new(text).range(position, position)),
            None => tokenizer_error(inner, text),
        },
    }
}

/// The way from the parser's positions, which count characters, to bytes.
struct Offsets {
    /// The byte at which each character begins; empty when the text is ASCII and the two are the same.
    starts: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let starts =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { starts, length: text.len() }
    }

    fn range(&self, start: &SourcePosition, end: &SourcePosition) -> Range {
        Range::new(self.byte(start.index), self.byte(end.index))
    }

    fn byte(&self, character: usize) -> usize {
        if self.starts.is_empty() {
            return character.min(self.length);
        }
        self.starts.get(character).copied().unwrap_or(self.length)
    }
}

#[cfg(test)]
mod tests;
