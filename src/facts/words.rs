//! The names of environment variables that a text mentions, whatever kind of text it is.
//!
//! Used only to tell whether a variable that the code reads is written down anywhere; a mention proves nothing else.

use std::collections::HashSet;

/// Names shorter than this are words, not variables.
const SHORTEST: usize = 3;

/// Adds every `UPPER_CASE` word of a text.
pub(crate) fn collect<'t>(text: &'t str, into: &mut HashSet<&'t str>) {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'_' {
            at += 1;
            continue;
        }
        let start = at;
        let mut is_name = true;
        while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
            is_name &= is_part(bytes[at]);
            at += 1;
        }
        if is_name && at - start >= SHORTEST && !bytes[start].is_ascii_digit() {
            into.insert(&text[start..at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_upper_case_words_are_names() {
        let mut found = HashSet::new();
        collect("Set `DATABASE_URL` and ${API_KEY}; not Hello, not HTTPd, not 404, ab_CD.", &mut found);
        let mut found: Vec<&str> = found.into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["API_KEY", "DATABASE_URL"]);
    }
}
