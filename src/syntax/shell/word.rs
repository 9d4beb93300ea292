//! Words without their quotes.

/// Takes away the quotes and backslashes of a word that the shell would, and leaves expansions as written.
///
/// `"$@"` becomes `$@`, `'a b'` becomes `a b`, and `"$(cat "x")"` becomes `$(cat "x")`.
pub(super) fn unquote(word: &str) -> String {
    let mut result = String::with_capacity(word.len());
    let mut quote = None;
    let mut at = 0;
    while let Some(c) = word[at..].chars().next() {
        let start = at;
        at += c.len_utf8();
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => result.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (_, '\\') => {
                let next = word[at..].chars().next();
                // Between double quotes a backslash escapes these only, outside it escapes anything.
                if quote.is_some() && !matches!(next, Some('"' | '$' | '`' | '\\' | '\n')) {
                    result.push('\\');
                } else if let Some(next) = next {
                    at += next.len_utf8();
                    // A backslash before a line end continues the line.
                    if next != '\n' {
                        result.push(next);
                    }
                }
            }
            (_, '$' | '`') => {
                at = start + expansion(&word[start..]);
                result.push_str(&word[start..at]);
            }
            (_, c) => result.push(c),
        }
    }
    result
}

/// The length of the expansion that a text begins with: to the bracket or backquote that closes it.
fn expansion(text: &str) -> usize {
    let (open, close) = match text.as_bytes() {
        [b'`', ..] => return text[1..].find('`').map_or(text.len(), |end| end + 2),
        [b'$', b'(', ..] => ('(', ')'),
        [b'$', b'{', ..] => ('{', '}'),
        _ => return 1,
    };
    let (mut depth, mut quote) = (0_usize, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (quote, '\\') if quote != Some('\'') => drop(chars.next()),
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c == open => depth += 1,
            (None, c) if c == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + c.len_utf8();
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_and_expansions_stay() {
        let cases = [
            ("\"$@\"", "$@"),
            ("'a b'", "a b"),
            ("a\\ b", "a b"),
            ("\"a\\\"b\\n\"", "a\"b\\n"),
            ("'$HOME'/x", "$HOME/x"),
            ("\"$(cat \"a b\")\"c", "$(cat \"a b\")c"),
            ("${A:-\"b\"}'c'", "${A:-\"b\"}c"),
            ("`a 'b'`\"c\"", "`a 'b'`c"),
            ("a\\\nb", "ab"),
            ("\"unclosed", "unclosed"),
            ("$(unclosed", "$(unclosed"),
            ("'é'", "é"),
        ];
        for (word, expected) in cases {
            assert_eq!(unquote(word), expected, "{word}");
        }
    }
}
