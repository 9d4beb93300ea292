//! The Dockerfile grammar, as `BuildKit` reads it, with the place of every word in the file.
//!
//! Responsible for parser directives, comments, continuations, here-documents, flags and the shape of each
//! instruction's arguments. What stages and variables mean is left to `facts::dockerfile`. A faulty
//! instruction is an error at its place, and parsing goes on with the next one. Flags that this version
//! does not know are no fault: a `syntax` directive may bring any.

mod args;
mod heredoc;
mod json;
mod line;
mod word;

use crate::span::{At, Range};

pub(crate) use heredoc::{Heredoc, is_announcement};
use line::{Lines, Logical};

/// A parsed Dockerfile.
#[derive(Debug)]
pub(crate) struct Dockerfile {
    /// `syntax`, `escape` and `check`, in the order of the file, with lower-case names.
    pub(crate) directives: Vec<Directive>,
    /// The character that continues lines and escapes: a backslash, or a backtick by directive.
    pub(crate) escape: char,
    /// The instructions in order, faulty ones included as far as they were understood.
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) errors: Vec<At<String>>,
}

/// `# name = value` at the top of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive {
    pub(crate) name: At<String>,
    pub(crate) value: At<String>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// In upper case, whatever the file has.
    pub(crate) keyword: At<String>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) args: Args,
    pub(crate) heredocs: Vec<Heredoc>,
    /// From the keyword to the last argument, or to the delimiter of the last here-document.
    pub(crate) range: Range,
}

impl Instruction {
    /// The value of the last flag of that name.
    pub(crate) fn flag(&self, name: &str) -> Option<&At<String>> {
        self.flags.iter().rev().find(|flag| flag.name.value == name)?.value.as_ref()
    }
}

/// `--name=value` or `--name`, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) name: At<String>,
    pub(crate) value: Option<At<String>>,
}

/// The arguments of an instruction in the shape that its grammar gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// JSON form. The ranges are those of the string literals with their quotes.
    Json(Vec<At<String>>),
    /// Everything after the flags as one text: shell form, USER, WORKDIR, STOPSIGNAL, MAINTAINER.
    Text(At<String>),
    /// Words separated by blanks: FROM, EXPOSE, COPY, ADD, VOLUME.
    Words(Vec<At<String>>),
    /// ENV, LABEL and ARG, quotes and escapes still in the values.
    Pairs(Vec<Pair>),
    /// HEALTHCHECK: `NONE` or `CMD` as written, and the command after it.
    Health { kind: At<String>, command: Option<Box<Args>> },
    /// ONBUILD: the instruction that it defers.
    Trigger(Box<Instruction>),
    /// The text after an unknown keyword.
    Unknown(At<String>),
    /// Nothing after the keyword and the flags, or nothing that could be understood.
    Empty,
}

/// `name=value`, the old `name value` of ENV and LABEL, or the bare name of an ARG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) name: At<String>,
    pub(crate) value: Option<At<String>>,
}

/// How often the search for a delimiter may run to the end of the file in vain before what is left is given
/// up: it keeps the time linear.
const REWINDS: usize = 8;

/// Reads a Dockerfile. Never fails: what could not be read is in `errors`.
pub(crate) fn parse(text: &str) -> Dockerfile {
    let mut parser = Parser {
        text,
        lines: Lines::new(text),
        rewinds: REWINDS,
        file: Dockerfile {
            directives: Vec::new(),
            escape: '\\',
            instructions: Vec::new(),
            errors: Vec::new(),
        },
    };
    parser.directives();
    while let Some(line) = parser.logical_line() {
        parser.instruction(&line);
    }
    if parser.file.instructions.is_empty() && parser.file.errors.is_empty() {
        parser.file.errors.push(At::new("the file has no instructions".to_owned(), Range::new(0, 0)));
    }
    parser.file
}

struct Parser<'a> {
    text: &'a str,
    lines: Lines<'a>,
    rewinds: usize,
    file: Dockerfile,
}

impl Parser<'_> {
    /// The directives: comments of that shape before any other line.
    fn directives(&mut self) {
        loop {
            let mut ahead = self.lines.clone();
            let Some(line) = ahead.next() else { return };
            let Some(directive) = directive(self.text, line) else { return };
            self.lines = ahead;
            let name = directive.name.value.as_str();
            if self.file.directives.iter().any(|known| known.name.value == name) {
                self.file
                    .errors
                    .push(At::new(format!("directive `{name}` stands twice"), directive.name.range));
            } else if name == "escape" {
                match directive.value.value.as_str() {
                    "\\" => self.file.escape = '\\',
                    "`" => self.file.escape = '`',
                    other => self.file.errors.push(At::new(
                        format!("escape character `{other}` is neither a backslash nor a backtick"),
                        directive.value.range,
                    )),
                }
            }
            self.file.directives.push(directive);
        }
    }

    /// The next instruction's text; `None` at the end of the file.
    fn logical_line(&mut self) -> Option<Logical> {
        loop {
            let first = self.lines.next()?;
            let mut logical = Logical::default();
            let start = first.end - self.text[first.clone()].trim_start().len();
            let mut line = start..first.end;
            if self.text[line.clone()].starts_with('#') {
                continue;
            }
            while let Some(kept) = line::before_continuation(&self.text[line.clone()], self.file.escape) {
                logical.push(self.text, line.start..line.start + kept.len());
                let Some(next) = self.continuation() else {
                    line = line.end..line.end;
                    break;
                };
                line = next;
            }
            logical.push(self.text, line);
            if !logical.text.trim().is_empty() {
                return Some(logical);
            }
        }
    }

    /// The next line that continues an instruction: comments and empty lines between do not count.
    fn continuation(&mut self) -> Option<std::ops::Range<usize>> {
        let text = self.text;
        self.lines.find(|line| {
            let content = text[line.clone()].trim_start();
            !content.is_empty() && !content.starts_with('#')
        })
    }

    fn instruction(&mut self, line: &Logical) {
        let window = line.trim(&(0..line.text.len()));
        let mut instruction = args::instruction(line, &window, self.file.escape, &mut self.file.errors);
        let end = self.bodies(args::heredocs_of(&mut instruction));
        if let Some(end) = end {
            instruction.range = instruction.range.cover(end);
        }
        self.file.instructions.push(instruction);
    }

    /// Reads the here-documents' bodies; the place of the last delimiter.
    fn bodies(&mut self, heredocs: &mut [Heredoc]) -> Option<Range> {
        let mut end = None;
        for heredoc in heredocs {
            let before = self.lines.clone();
            if heredoc::read_body(heredoc, self.text, &mut self.lines) {
                let last = self.text[..self.lines.offset()].trim_end_matches(['\r', '\n']).len();
                end = Some(Range::new(last, last));
                continue;
            }
            let name = &heredoc.name;
            let message = format!("here-document `{}` is never closed", name.value);
            self.file.errors.push(At::new(message, name.range));
            // The delimiter is likelier to be misspelt than the rest of the file to be a document.
            if self.rewinds > 0 {
                self.rewinds -= 1;
                self.lines = before;
                heredoc.body = At::new(String::new(), heredoc.name.range);
            }
        }
        end
    }
}

/// `# name = value`, when the name is one that `BuildKit` knows.
fn directive(text: &str, line: std::ops::Range<usize>) -> Option<Directive> {
    let within = |part: &str| {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        Range::new(start, start + part.len())
    };
    let (name, value) = text[line].trim_start().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let known = name.to_ascii_lowercase();
    if value.is_empty() || !matches!(known.as_str(), "syntax" | "escape" | "check") {
        return None;
    }
    Some(Directive { name: At::new(known, within(name)), value: At::new(value.to_owned(), within(value)) })
}

#[cfg(test)]
mod tests;
