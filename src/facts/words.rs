//! The names of environment variables that a text mentions, whatever kind of text it is.
//!
//! Used only to tell whether a variable that the code reads is written down anywhere; a mention proves nothing else.

use std::collections::HashSet;

/// Names shorter than this are words, not variables.
const SHORTEST: usize = 3;

/// Adds every `UPPER_CASE` word of a text.
pub(crate) fn collect<'t>(text: &'t str, into: &mut HashSet<&'t str>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        // Most of a text is neither: a word is only measured where one may begin.
        if CLASSES[usize::from(bytes[start])] == Class::Between {
            start += 1;
            continue;
        }
        let mut end = start;
        let mut is_name = !bytes[start].is_ascii_digit();
        while let Some(byte) = bytes.get(end) {
            match CLASSES[usize::from(*byte)] {
                Class::Between => break,
                Class::Word => is_name = false,
                Class::Name => {}
            }
            end += 1;
        }
        if is_name && end - start >= SHORTEST {
            into.insert(&text[start..end]);
        }
        start = end;
    }
}

/// What a byte may be part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Between,
    /// Of words only: lower-case letters.
    Word,
    /// Of words and of names of variables.
    Name,
}

/// A look-up is a quarter of the price of asking what a byte is, and documents are half of a tree's bytes.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Between; 256];
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_lowercase() {
            classes[byte as usize] = Class::Word;
        } else if byte.is_ascii_alphanumeric() || byte == b'_' {
            classes[byte as usize] = Class::Name;
        }
        byte += 1;
    }
    classes
};

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
