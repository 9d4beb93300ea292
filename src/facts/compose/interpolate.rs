//! Interpolation of variables in a compose file.
//!
//! The environment of whoever runs Compose is never read: a value is known only where the `.env` beside the file or a
//! default makes it.

use std::collections::BTreeMap;

/// Defaults may nest; no one nests them deeper.
const MAX_NESTING: usize = 16;

/// What is known of the variables that a compose file may name: those of the `.env` in its folder
/// (<https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax>).
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// A value may name those before it; one that cannot be told is left out.
    pub(crate) fn of<'f>(all: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut found = Self::default();
        for (name, value) in all {
            match found.value(value) {
                Some(value) => found.0.insert(name.to_owned(), value),
                None => found.0.remove(name),
            };
        }
        found
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What a text is with `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?error}`, `${X?error}`, `${X:+other}` and
    /// `${X+other}` substituted, where every variable has a value or a default; `$$` is a dollar sign.
    pub(crate) fn value(&self, text: &str) -> Option<String> {
        let mut value = String::with_capacity(text.len());
        self.substitute(text, MAX_NESTING, &mut value).then_some(value)
    }

    /// Whether all of it is known.
    fn substitute(&self, text: &str, levels: usize, value: &mut String) -> bool {
        let (mut rest, mut is_known) = (text, true);
        while let Some(at) = rest.find('$') {
            value.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix('$') {
                value.push('$');
                rest = tail;
            } else if let Some(braced) = after.strip_prefix('{') {
                let Some(end) = end_of_braces(braced, 0) else {
                    // Compose refuses the file; what is left stays as it is.
                    rest = &rest[at..];
                    break;
                };
                is_known &= self.braces(&braced[..end], levels, value);
                rest = &braced[end + 1..];
            } else {
                let name = &after[..name_length(after)];
                match self.get(name) {
                    _ if name.is_empty() => value.push('$'),
                    Some(known) => value.push_str(known),
                    None => is_known = false,
                }
                rest = &after[name.len()..];
            }
        }
        value.push_str(rest);
        is_known
    }

    /// What stands between `${` and `}`.
    fn braces(&self, inner: &str, levels: usize, value: &mut String) -> bool {
        let (name, operator) = inner.split_at(name_length(inner));
        let (operator, is_strict) = match operator.strip_prefix(':') {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        // With the colon, what is empty counts as not set.
        let known = self.get(name).filter(|known| !is_strict || !known.is_empty());
        match (operator.split_at_checked(1), known) {
            (Some(("+", other)), Some(_)) if 0 < levels => return self.substitute(other, levels - 1, value),
            (Some(("+", _)), _) => {}
            (_, Some(known)) => value.push_str(known),
            (Some(("-", default)), None) if 0 < levels => return self.substitute(default, levels - 1, value),
            _ => return false,
        }
        true
    }
}

/// The offset of the brace that closes the one before `from`.
pub(super) fn end_of_braces(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'{' if 0 < at && bytes[at - 1] == b'$' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The length of the variable name that a text begins with, zero if it begins with none.
fn name_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.find(|character: char| character != '_' && !character.is_ascii_alphanumeric()).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_default(text: &str) -> Option<String> {
        Variables::default().value(text)
    }

    #[test]
    fn defaults_are_substituted() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("${X:-a}", "a"),
            ("${X-a}b", "ab"),
            ("${X:-}", ""),
            ("img:${TAG:-1.0}@${D:-x}", "img:1.0@x"),
            ("${A:-${B:-${C:-c}}}", "c"),
            ("${A:-{x}}", "{x}"),
            ("${X:+set}", ""),
            ("$$HOME $", "$HOME $"),
            ("cost $5 ü", "cost $5 ü"),
        ] {
            assert_eq!(by_default(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_has_neither_value_nor_default_is_not_known() {
        for text in ["$X", "${X}:${Y}:${X}", "${X:?must be set}", "${X?}", "${A:-${B}}", "${A:-a}$B_1.x"] {
            assert_eq!(by_default(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_known_wins_over_defaults() {
        let known = Variables::of([("A", "1"), ("B", "${A}.2"), ("E", ""), ("LOST", "$UNKNOWN")]);
        for (text, expected) in [
            ("$A", "1"),
            ("${B:-x}", "1.2"),
            ("${E:-x}", "x"),
            ("${E-x}", ""),
            ("${A:+${B}}", "1.2"),
            ("${E:+y}", ""),
            ("${E+y}", "y"),
            ("${A:?}", "1"),
        ] {
            assert_eq!(known.value(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(known.value("$A$LOST"), None);
        assert_eq!(known.value("${E:?}"), None);
    }

    #[test]
    fn broken_input_stays_as_it_is() {
        assert_eq!(by_default("${X").as_deref(), Some("${X"));
        let bomb = "${A:-".repeat(5_000) + &"}".repeat(5_000);
        assert_eq!(by_default(&bomb), None);
        let open = "${".repeat(500_000);
        assert_eq!(by_default(&open), Some(open.clone()));
    }
}
