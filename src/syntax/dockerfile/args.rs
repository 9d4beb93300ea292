//! One logical line to one instruction: keyword, flags, and arguments in the shape that the keyword asks for.
//!
//! The faults reported are those on which `BuildKit` refuses to build, as far as they can be seen in one
//! instruction alone.

use std::ops::Range as StdRange;

use super::{Args, Heredoc, Instruction, Pair, heredoc, json, line::Logical, word};
use crate::span::{At, Range};

/// Reads the instruction that a window of a line holds. The bodies of its here-documents are still to be
/// read.
pub(super) fn instruction(
    line: &Logical,
    window: &StdRange<usize>,
    escape: char,
    errors: &mut Vec<At<String>>,
) -> Instruction {
    let text = &line.text[window.clone()];
    let length = text.find(word::BLANKS).unwrap_or(text.len());
    let mut keyword = line.at(&(window.start..window.start + length));
    keyword.value.make_ascii_uppercase();
    let (flags, rest) = word::flags(line, &(window.start + length..window.end));
    let mut reader = Reader { line, escape, errors, keyword: &keyword };
    let args = reader.args(&rest);
    let takes_heredocs =
        matches!(keyword.value.as_str(), "RUN" | "COPY" | "ADD") && !matches!(args, Args::Json(_));
    let heredocs = if takes_heredocs { heredoc::announced(line, &rest) } else { Vec::new() };
    Instruction { keyword, flags, args, heredocs, range: line.range(window) }
}

/// The here-documents of an instruction, or of the one that it defers.
pub(super) fn heredocs_of(instruction: &mut Instruction) -> &mut [Heredoc] {
    match &mut instruction.args {
        // Triggers do not nest, so this goes one level down.
        Args::Trigger(trigger) => &mut trigger.heredocs,
        _ => &mut instruction.heredocs,
    }
}

struct Reader<'a> {
    line: &'a Logical,
    escape: char,
    errors: &'a mut Vec<At<String>>,
    keyword: &'a At<String>,
}

impl Reader<'_> {
    fn args(&mut self, rest: &StdRange<usize>) -> Args {
        match self.keyword.value.as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" => self.json_or(rest, Self::text),
            "SHELL" => self.shell(rest),
            "COPY" | "ADD" => self.copy(rest),
            "VOLUME" => {
                let args = self.json_or(rest, Self::words);
                self.require(args)
            }
            "EXPOSE" => {
                let args = self.words(rest);
                self.require(args)
            }
            "USER" | "WORKDIR" | "STOPSIGNAL" | "MAINTAINER" => {
                let args = self.text(rest);
                self.require(args)
            }
            "ENV" | "LABEL" => {
                let args = self.pairs(rest);
                self.require(args)
            }
            "ARG" => {
                let args = self.arguments(rest);
                self.require(args)
            }
            "FROM" => self.from(rest),
            "HEALTHCHECK" => self.health(rest),
            "ONBUILD" => self.onbuild(rest),
            other => {
                let message = format!("unknown instruction `{other}`");
                self.error(message, self.keyword.range);
                Args::Unknown(self.line.at(rest))
            }
        }
    }

    fn text(&mut self, rest: &StdRange<usize>) -> Args {
        if rest.is_empty() { Args::Empty } else { Args::Text(self.line.at(rest)) }
    }

    fn words(&mut self, rest: &StdRange<usize>) -> Args {
        let words = word::fields(self.line, rest);
        if words.is_empty() { Args::Empty } else { Args::Words(words) }
    }

    /// JSON form when the text is a JSON array, `otherwise` when it is not.
    fn json_or(
        &mut self,
        rest: &StdRange<usize>,
        otherwise: fn(&mut Self, &StdRange<usize>) -> Args,
    ) -> Args {
        match json::strings(&self.line.text[rest.clone()]) {
            json::Json::Strings(strings) => {
                let place = |range: StdRange<usize>| {
                    self.line.range(&(rest.start + range.start..rest.start + range.end))
                };
                Args::Json(strings.into_iter().map(|(value, range)| At::new(value, place(range))).collect())
            }
            json::Json::OtherElements => {
                let message = format!("the JSON form of `{}` may hold strings only", self.keyword.value);
                self.error(message, self.line.range(rest));
                otherwise(self, rest)
            }
            json::Json::Not => otherwise(self, rest),
        }
    }

    fn shell(&mut self, rest: &StdRange<usize>) -> Args {
        let args = self.json_or(rest, Self::text);
        match &args {
            Args::Json(words) if !words.is_empty() => {}
            Args::Text(text) => self.error("`SHELL` needs the JSON form".to_owned(), text.range),
            _ => self.error("`SHELL` needs an argument".to_owned(), self.keyword.range),
        }
        args
    }

    fn copy(&mut self, rest: &StdRange<usize>) -> Args {
        let args = self.json_or(rest, Self::words);
        let last = match &args {
            Args::Words(words) | Args::Json(words) if words.len() > 1 => words.last().cloned(),
            _ => None,
        };
        let keyword = &self.keyword.value;
        match last {
            None => {
                let message = format!("`{keyword}` needs a source and a destination");
                self.error(message, self.keyword.range);
            }
            Some(last) if matches!(args, Args::Words(_)) && heredoc::is_announcement(&last.value) => {
                let message = format!("a here-document cannot be the destination of `{keyword}`");
                self.error(message, last.range);
            }
            Some(_) => {}
        }
        args
    }

    fn pairs(&mut self, rest: &StdRange<usize>) -> Args {
        let words = word::quoted_words(self.line, rest, self.escape);
        let Some(first) = words.first() else { return Args::Empty };
        if !self.line.text[first.clone()].contains('=') {
            return self.old_pair(rest);
        }
        let mut pairs = Vec::new();
        for word in words {
            let pair = self.pair(&word);
            if pair.value.is_none() {
                let message = format!("`{}` in `{}` has no `=`", pair.name.value, self.keyword.value);
                self.error(message, pair.name.range);
            } else if pair.name.value.is_empty() {
                self.error(format!("`{}` has an empty name", self.keyword.value), pair.name.range);
            } else {
                pairs.push(pair);
            }
        }
        Args::Pairs(pairs)
    }

    /// `ENV name and all the rest`.
    fn old_pair(&mut self, rest: &StdRange<usize>) -> Args {
        let text = &self.line.text[rest.clone()];
        let name = text.find(word::BLANKS).unwrap_or(text.len());
        let value = text[name..].trim_start_matches(word::BLANKS).len();
        if value == 0 {
            let message = format!("`{}` needs a name and a value", self.keyword.value);
            self.error(message, self.line.range(rest));
            return Args::Pairs(Vec::new());
        }
        let value = self.line.at(&(rest.end - value..rest.end));
        Args::Pairs(vec![Pair { name: self.line.at(&(rest.start..rest.start + name)), value: Some(value) }])
    }

    fn arguments(&mut self, rest: &StdRange<usize>) -> Args {
        let words = word::quoted_words(self.line, rest, self.escape);
        if words.is_empty() {
            return Args::Empty;
        }
        Args::Pairs(words.iter().map(|word| self.pair(word)).collect())
    }

    fn pair(&self, word: &StdRange<usize>) -> Pair {
        let text = &self.line.text[word.clone()];
        let Some(equals) = text.find('=').map(|at| word.start + at) else {
            return Pair { name: self.line.at(word), value: None };
        };
        let mut value = equals + 1..word.end;
        // An escape character at the very end escapes nothing and is dropped.
        if self.ends_in_lone_escape(&self.line.text[value.clone()]) {
            value.end -= 1;
        }
        Pair { name: self.line.at(&(word.start..equals)), value: Some(self.line.at(&value)) }
    }

    fn ends_in_lone_escape(&self, text: &str) -> bool {
        let trailing = text.len() - text.trim_end_matches(self.escape).len();
        trailing % 2 == 1
    }

    fn from(&mut self, rest: &StdRange<usize>) -> Args {
        let words = word::fields(self.line, rest);
        match words.as_slice() {
            [_] => {}
            [_, keyword, name] if keyword.value.eq_ignore_ascii_case("as") => {
                if !is_stage_name(&name.value) {
                    let message = format!("`{}` cannot be the name of a stage", name.value);
                    self.error(message, name.range);
                }
            }
            _ => {
                let place = words.get(1).map_or(self.keyword.range, |word| word.range);
                self.error("`FROM` takes an image, or an image, `AS` and a name".to_owned(), place);
            }
        }
        if words.is_empty() { Args::Empty } else { Args::Words(words) }
    }

    fn health(&mut self, rest: &StdRange<usize>) -> Args {
        let text = &self.line.text[rest.clone()];
        let length = text.find(char::is_whitespace).unwrap_or(text.len());
        if length == 0 {
            return self.require(Args::Empty);
        }
        let kind = self.line.at(&(rest.start..rest.start + length));
        let after = self.line.trim(&(rest.start + length..rest.end));
        let command = (!after.is_empty()).then(|| Box::new(self.json_or(&after, Self::text)));
        let empty = match command.as_deref() {
            None => true,
            Some(Args::Json(words)) => words.is_empty(),
            Some(_) => false,
        };
        match kind.value.to_ascii_uppercase().as_str() {
            "NONE" if command.is_some() => {
                self.error("`HEALTHCHECK NONE` takes no arguments".to_owned(), self.line.range(&after));
            }
            "CMD" if empty => self.error("`HEALTHCHECK CMD` has no command".to_owned(), kind.range),
            "NONE" | "CMD" => {}
            _ => self.error(format!("`HEALTHCHECK` does not know `{}`", kind.value), kind.range),
        }
        Args::Health { kind, command }
    }

    fn onbuild(&mut self, rest: &StdRange<usize>) -> Args {
        if rest.is_empty() {
            return self.require(Args::Empty);
        }
        let text = &self.line.text[rest.clone()];
        let length = text.find(word::BLANKS).unwrap_or(text.len());
        let trigger = text[..length].to_ascii_uppercase();
        if matches!(trigger.as_str(), "ONBUILD" | "FROM" | "MAINTAINER") {
            let place = self.line.range(&(rest.start..rest.start + length));
            self.error(format!("`{trigger}` cannot be deferred by `ONBUILD`"), place);
            return Args::Empty;
        }
        Args::Trigger(Box::new(instruction(self.line, rest, self.escape, self.errors)))
    }

    /// Reports an instruction that may not stand without arguments.
    fn require(&mut self, args: Args) -> Args {
        let empty = match &args {
            Args::Empty => true,
            Args::Json(words) => words.is_empty(),
            _ => false,
        };
        if empty {
            self.error(format!("`{}` needs an argument", self.keyword.value), self.keyword.range);
        }
        args
    }

    fn error(&mut self, message: String, range: Range) {
        self.errors.push(At::new(message, range));
    }
}

/// `[a-z][a-z0-9-_.]*`, letters of either case.
fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
