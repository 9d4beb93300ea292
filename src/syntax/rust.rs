//! A Rust text in pieces: words, and what is no code. For whoever has to look at a text before or without a parser.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Blank,
    /// `// …` up to the end of its line.
    LineComment,
    /// `/* … */`; they nest.
    BlockComment,
    /// A string of any form with its prefix, or a character.
    Text,
    /// A name, a keyword, a number, or what stands before a string that is none of a raw one's.
    Word,
    /// Any other byte; the quote of a lifetime is one.
    Other,
}

/// The piece at an offset, and where it ends. What is not closed ends with the text.
#[inline]
pub(crate) fn piece(bytes: &[u8], at: usize) -> (Piece, usize) {
    let rest = &bytes[at..];
    if let word @ 1.. = rest.iter().take_while(|byte| IS_WORD[usize::from(**byte)]).count() {
        let end = at + word;
        let raw = matches!(&rest[..word], b"r" | b"br" | b"cr").then(|| raw_string(bytes, end)).flatten();
        return raw.map_or((Piece::Word, end), |end| (Piece::Text, end));
    }
    match rest {
        [b' ' | b'\t' | b'\n' | b'\r', ..] => {
            let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
            (Piece::Blank, at + rest.iter().take_while(blank).count())
        }
        [b'/', b'/', ..] => {
            let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            (Piece::LineComment, at + length)
        }
        [b'/', b'*', ..] => (Piece::BlockComment, block_comment(bytes, at)),
        [b'"', ..] => (Piece::Text, string(bytes, at + 1)),
        [b'\'', ..] => character(bytes, at).map_or((Piece::Other, at + 1), |end| (Piece::Text, end)),
        _ => (Piece::Other, at + 1),
    }
}

/// Bytes of names, words and numbers.
static IS_WORD: [bool; 256] = {
    let mut is_word = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        is_word[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    is_word
};

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while at < bytes.len() && depth > 0 {
        match &bytes[at..] {
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

fn string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `"…"`, `#"…"#` behind the prefix; `r#name` is an identifier.
fn raw_string(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(start + hashes) != Some(&b'"') {
        return None;
    }
    let mut at = start + hashes + 1;
    while at < bytes.len() {
        let closing =
            |quote: usize| bytes[quote + 1..].iter().take(hashes).filter(|byte| **byte == b'#').count();
        if bytes[at] == b'"' && closing(at) == hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(bytes.len())
}

/// A character; `None` for what opens a lifetime.
fn character(bytes: &[u8], start: usize) -> Option<usize> {
    let first = *bytes.get(start + 1)?;
    if first == b'\\' {
        // The longest is `'\u{10ffff}'`.
        let close = (start + 3..bytes.len().min(start + 14)).find(|at| bytes[*at] == b'\'');
        return close.map(|at| at + 1);
    }
    let length = match first {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    (bytes.get(start + 1 + length) == Some(&b'\'')).then_some(start + 2 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that are no blanks.
    fn pieces(text: &str) -> Vec<(Piece, &str)> {
        let (mut at, mut found) = (0, Vec::new());
        while at < text.len() {
            let (piece, end) = piece(text.as_bytes(), at);
            assert!(end > at && end <= text.len(), "{text:?} at {at}");
            if piece != Piece::Blank {
                found.push((piece, &text[at..end]));
            }
            at = end;
        }
        found
    }

    #[test]
    fn what_is_no_code_is_one_piece() {
        use Piece::{BlockComment, LineComment, Other, Text, Word};
        for (text, expected) in [
            ("a // b \"c\nd", vec![(Word, "a"), (LineComment, "// b \"c"), (Word, "d")]),
            ("/* a /* b */ \" */c", vec![(BlockComment, "/* a /* b */ \" */"), (Word, "c")]),
            (r#""a \" // b" c"#, vec![(Text, r#""a \" // b""#), (Word, "c")]),
            ("r#\"a \" b\"#c", vec![(Text, "r#\"a \" b\"#"), (Word, "c")]),
            ("br\"\\\" x", vec![(Text, "br\"\\\""), (Word, "x")]),
            ("cr##\"a\"#b\"##", vec![(Text, "cr##\"a\"#b\"##")]),
            ("r#type", vec![(Word, "r"), (Other, "#"), (Word, "type")]),
            ("b\"x\" b'y'", vec![(Word, "b"), (Text, "\"x\""), (Word, "b"), (Text, "'y'")]),
            (
                "'\"' '\\'' '\\u{1F600}' 'é' '😀'",
                vec![(Text, "'\"'"), (Text, "'\\''"), (Text, "'\\u{1F600}'"), (Text, "'é'"), (Text, "'😀'")],
            ),
            ("<'a>", vec![(Other, "<"), (Other, "'"), (Word, "a"), (Other, ">")]),
            ("\"open", vec![(Text, "\"open")]),
            ("/* open", vec![(BlockComment, "/* open")]),
            ("r#\"open\"", vec![(Text, "r#\"open\"")]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
