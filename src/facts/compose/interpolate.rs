//! Interpolation of variables in a compose file.
//!
//! The environment is never read: what a variable holds is not known to a tool that audits a repository, so
//! a value is known only where defaults alone make it.

use std::collections::BTreeSet;

/// Defaults may nest; no one nests them deeper.
const MAX_NESTING: usize = 16;

/// A text as it is when no variable is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interpolated {
    /// Every variable had a default, or there was none.
    Value(String),
    /// The names of the variables that have no default, in order, each once.
    Missing(Vec<String>),
}

/// Substitutes the defaults of `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?error}`, `${X?error}`,
/// `${X:+other}` and `${X+other}`; `$$` is a dollar sign.
pub(crate) fn interpolate(text: &str) -> Interpolated {
    let mut missing = Vec::new();
    let mut value = String::with_capacity(text.len());
    substitute(text, MAX_NESTING, &mut value, &mut missing);
    let mut seen = BTreeSet::new();
    missing.retain(|name| seen.insert(*name));
    let missing: Vec<_> = missing.into_iter().map(str::to_owned).collect();
    if missing.is_empty() { Interpolated::Value(value) } else { Interpolated::Missing(missing) }
}

fn substitute<'t>(text: &'t str, levels: usize, value: &mut String, missing: &mut Vec<&'t str>) {
    let mut rest = text;
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
            braces(&braced[..end], levels, value, missing);
            rest = &braced[end + 1..];
        } else {
            let name = &after[..name_length(after)];
            if name.is_empty() {
                value.push('$');
            } else {
                missing.push(name);
            }
            rest = &after[name.len()..];
        }
    }
    value.push_str(rest);
}

/// What stands between `${` and `}`.
fn braces<'t>(inner: &'t str, levels: usize, value: &mut String, missing: &mut Vec<&'t str>) {
    let (name, operator) = inner.split_at(name_length(inner));
    let operator = operator.strip_prefix(':').unwrap_or(operator);
    match operator.strip_prefix('-') {
        Some(default) if 0 < levels => substitute(default, levels - 1, value, missing),
        // The alternative is for a variable that is set, and none is.
        _ if operator.starts_with('+') => {}
        _ => missing.push(name),
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
            assert_eq!(interpolate(text), Interpolated::Value(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn names_without_a_default_are_missing() {
        for (text, expected) in [
            ("$X", vec!["X"]),
            ("${X}:${Y}:${X}", vec!["X", "Y"]),
            ("${X:?must be set}", vec!["X"]),
            ("${X?}", vec!["X"]),
            ("${A:-${B}}", vec!["B"]),
            ("${A:-a}$B_1.x", vec!["B_1"]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(interpolate(text), Interpolated::Missing(expected), "{text}");
        }
    }

    #[test]
    fn broken_input_stays_as_it_is() {
        assert_eq!(interpolate("${X"), Interpolated::Value("${X".to_owned()));
        let bomb = "${A:-".repeat(5_000) + &"}".repeat(5_000);
        assert_eq!(interpolate(&bomb), Interpolated::Missing(vec!["A".to_owned()]));
        let open = "${".repeat(500_000);
        assert_eq!(interpolate(&open), Interpolated::Value(open.clone()));
    }
}
