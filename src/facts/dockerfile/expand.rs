//! Variables in the words of a Dockerfile, expanded as `BuildKit` expands them.
//!
//! Quotes and escapes are resolved on the way. A variable whose value cannot be known from the file stays
//! in the text as written, and the result says which it was. The pattern modifiers (`#`, `%`, `/`) count as
//! not known.

use std::{collections::BTreeMap, fmt::Write};

/// A word after expansion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Value {
    /// The expanded text; what could not be expanded is still in it as `${NAME}`.
    pub(crate) text: String,
    /// Whether all of the text is known.
    pub(crate) resolved: bool,
}

impl Value {
    /// The text, when all of it is known.
    pub(crate) fn known(&self) -> Option<&str> {
        self.resolved.then_some(self.text.as_str())
    }
}

/// What the file says about a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    Known(String),
    /// It has a value, but the file does not say which: an ARG of the platform, a value made of such a one.
    Opaque,
    /// An ARG without a default: unset unless the command line sets it.
    Declared,
}

pub(super) type Variables = BTreeMap<String, Variable>;

/// The outcome of an expansion.
pub(super) struct Expansion {
    pub(super) value: Value,
    /// The first variable, or the first construct, that is not known.
    pub(super) missing: Option<String>,
}

/// Longer results are not known: a file of a few lines could double a value until memory ends.
const LONGEST: usize = 64 * 1024;

/// How deep `${A:-${B:-…}}` may nest.
const DEPTH: usize = 32;

/// Expands a word. `find` gives what is known of a variable, `None` when the file does not mention it.
pub(super) fn expand<'a>(raw: &str, escape: char, find: &dyn Fn(&str) -> Option<&'a Variable>) -> Expansion {
    let mut expander = Expander { text: raw, at: 0, escape, find, missing: None };
    let text = expander.until(None, DEPTH);
    let mut missing = expander.missing;
    if text.len() > LONGEST {
        missing = missing.or_else(|| Some("a value that grows without end".to_owned()));
        return Expansion { value: Value { text: raw.to_owned(), resolved: false }, missing };
    }
    Expansion { value: Value { text, resolved: missing.is_none() }, missing }
}

/// Puts known variables into the text of a shell command. Quotes stay, and nothing is expanded between
/// single ones.
pub(super) fn substitute(script: &str, find: &dyn Fn(&str) -> Option<String>) -> Value {
    let (mut text, mut resolved, mut single, mut double) = (String::new(), true, false, false);
    let mut at = 0;
    while let Some(c) = script[at..].chars().next() {
        let mut end = at + c.len_utf8();
        match c {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '\\' if !single => end += script[end..].chars().next().map_or(0, char::len_utf8),
            '$' if !single => {
                if let Some((name, length)) = simple_reference(&script[at..]) {
                    end = at + length;
                    if let Some(value) = find(name) {
                        text.push_str(&value);
                        at = end;
                        continue;
                    }
                }
                resolved = false;
            }
            '`' if !single => resolved = false,
            _ => {}
        }
        text.push_str(&script[at..end]);
        at = end;
        if text.len() > LONGEST {
            return Value { text: script.to_owned(), resolved: false };
        }
    }
    Value { text, resolved }
}

/// The name in `$NAME…` or `${NAME}…`, and the length of the reference.
fn simple_reference(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('$')?;
    let (rest, braces) = rest.strip_prefix('{').map_or((rest, 0), |rest| (rest, 1));
    let length = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
    let closed = braces == 0 || rest[length..].starts_with('}');
    (length > 0 && closed).then(|| (&rest[..length], 1 + length + 2 * braces))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Expander<'a, 'v> {
    text: &'a str,
    at: usize,
    escape: char,
    find: &'a dyn Fn(&str) -> Option<&'v Variable>,
    missing: Option<String>,
}

impl<'a> Expander<'a, '_> {
    /// The expansion up to the character that ends it, or to the end of the text.
    fn until(&mut self, end: Option<char>, depth: usize) -> String {
        let mut result = String::new();
        while let Some(c) = self.bump() {
            match c {
                c if Some(c) == end => return result,
                '\'' => self.single_quoted(&mut result),
                '"' => self.double_quoted(&mut result, depth),
                '$' => self.dollar(&mut result, depth),
                c if c == self.escape => result.extend(self.bump()),
                c => result.push(c),
            }
            if result.len() > LONGEST {
                break;
            }
        }
        if end.is_some() {
            self.give_up("an unclosed `${`");
        }
        result
    }

    fn single_quoted(&mut self, result: &mut String) {
        let rest = &self.text[self.at..];
        let length = rest.find('\'').unwrap_or(rest.len());
        result.push_str(&rest[..length]);
        self.at += length;
        if self.bump().is_none() {
            self.give_up("an unclosed quote");
        }
    }

    fn double_quoted(&mut self, result: &mut String, depth: usize) {
        while let Some(c) = self.bump() {
            match c {
                '"' => return,
                '$' => self.dollar(result, depth),
                c if c == self.escape => match self.peek() {
                    Some(next) if matches!(next, '"' | '$') || next == self.escape => {
                        result.extend(self.bump());
                    }
                    _ => result.push(c),
                },
                c => result.push(c),
            }
            if result.len() > LONGEST {
                return;
            }
        }
        self.give_up("an unclosed quote");
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, result: &mut String, depth: usize) {
        if self.peek() == Some('{') {
            let start = self.at - 1;
            self.bump();
            if !self.braces(result, depth) {
                result.push_str(&self.text[start..self.at]);
            }
            return;
        }
        let name = self.name();
        if name.is_empty() {
            result.push('$');
        } else if let Some(Variable::Known(value)) = (self.find)(name) {
            result.push_str(value);
        } else {
            self.give_up(name);
            write!(result, "${{{name}}}").expect("a String takes all that is written");
        }
    }

    /// `${…}` from the name on. `false` when the value is not known; the text is read to the brace all the
    /// same.
    fn braces(&mut self, result: &mut String, depth: usize) -> bool {
        let name = self.name();
        let mut modifier = self.bump();
        let null_is_unset = modifier == Some(':');
        if null_is_unset {
            modifier = self.bump();
        }
        if modifier == Some('}') && !null_is_unset && !name.is_empty() {
            return self.plain(name, result);
        }
        let (Some(depth), false) = (depth.checked_sub(1), name.is_empty()) else {
            self.skip_braces();
            self.give_up("a bad substitution");
            return false;
        };
        let Some(modifier @ ('-' | '+' | '?')) = modifier else {
            self.skip_braces();
            self.give_up(name);
            return false;
        };
        let before = self.missing.clone();
        let word = self.until(Some('}'), depth);
        let variable = (self.find)(name);
        let unset = match variable {
            Some(Variable::Known(value)) => null_is_unset && value.is_empty(),
            Some(Variable::Opaque) => {
                self.missing = before;
                self.give_up(name);
                return false;
            }
            Some(Variable::Declared) | None => true,
        };
        match (modifier, unset) {
            ('-', true) | ('+', false) => {
                result.push_str(&word);
                return true;
            }
            // The word is not used, so what it holds does not matter.
            ('+', true) => self.missing = before,
            ('?', true) => {
                self.missing = before;
                self.give_up(name);
                return false;
            }
            _ => {
                self.missing = before;
                return self.plain(name, result);
            }
        }
        true
    }

    fn plain(&mut self, name: &str, result: &mut String) -> bool {
        if let Some(Variable::Known(value)) = (self.find)(name) {
            result.push_str(value);
            return true;
        }
        self.give_up(name);
        false
    }

    fn skip_braces(&mut self) {
        let mut open = 1;
        while open > 0 {
            match self.bump() {
                Some('{') => open += 1,
                Some('}') => open -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let length =
            rest.find(|c: char| !is_name(c) || (digits && !c.is_ascii_digit())).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn give_up(&mut self, what: &str) {
        self.missing.get_or_insert_with(|| what.to_owned());
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
    fn words_expand_as_buildkit_expands_them() {
        let variables: Variables = [
            ("A", Variable::Known("a".to_owned())),
            ("EMPTY", Variable::Known(String::new())),
            ("ARCH", Variable::Opaque),
            ("ARG", Variable::Declared),
        ]
        .map(|(name, variable)| (name.to_owned(), variable))
        .into();
        let cases = [
            ("x", "x", None),
            ("$A-${A}", "a-a", None),
            ("'$A' \"$A\"", "$A a", None),
            ("\\$A \\\"", "$A \"", None),
            ("\"a\\b\\$A\"", "a\\b$A", None),
            ("$ $", "$ $", None),
            ("${A:-d}${EMPTY:-d}${EMPTY-d}", "ad", None),
            ("${ARG:-d}${NONE:-e}${ARG-f}", "def", None),
            ("${A:+y}${ARG:+y}${EMPTY:+y}${EMPTY+z}", "yz", None),
            ("${A:?m}", "a", None),
            ("${ARG:-${A}b}", "ab", None),
            ("${ARG:-\"q r\"}", "q r", None),
            ("x$ARG", "x${ARG}", Some("ARG")),
            ("x${NONE}y", "x${NONE}y", Some("NONE")),
            ("${ARCH:-amd64}", "${ARCH:-amd64}", Some("ARCH")),
            ("${ARG:?m}", "${ARG:?m}", Some("ARG")),
            ("${A%.*}", "${A%.*}", Some("A")),
            ("${A:-$NONE}", "a", None),
            ("${ARG:+$NONE}", "", None),
            ("${ARG:-$NONE}", "${NONE}", Some("NONE")),
            ("${", "${", Some("a bad substitution")),
            ("${ARG:-x", "x", Some("an unclosed `${`")),
            ("\"x", "x", Some("an unclosed quote")),
        ];
        for (raw, text, missing) in cases {
            let expansion = expand(raw, '\\', &|name| variables.get(name));
            assert_eq!(expansion.value.text, text, "{raw}");
            assert_eq!(expansion.missing.as_deref(), missing, "{raw}");
            assert_eq!(expansion.value.resolved, missing.is_none(), "{raw}");
        }
        let deep = format!("{}x{}", "${B:-".repeat(10_000), "}".repeat(10_000));
        assert!(!expand(&deep, '\\', &|_| None).value.resolved, "deep nesting is given up");
    }

    #[test]
    fn shell_text_keeps_its_quotes() {
        let find = |name: &str| (name == "A").then(|| "a".to_owned());
        let cases = [
            ("exec $A \"${A}\" '$A'", "exec a \"a\" '$A'", true),
            ("x \\$A", "x \\$A", true),
            ("$A $B", "a $B", false),
            ("\"it's $A\"", "\"it's a\"", true),
            ("$(A) `A`", "$(A) `A`", false),
            ("${A:-b}", "${A:-b}", false),
        ];
        for (script, text, resolved) in cases {
            assert_eq!(substitute(script, &find), Value { text: text.to_owned(), resolved }, "{script}");
        }
    }
}
