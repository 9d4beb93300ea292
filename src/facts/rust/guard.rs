//! What must hold of a text before it is given to `syn`, whose parser is recursive.
//!
//! A stack overflow ends the process and nothing can catch it. With the large stacks of the parsing threads (see
//! `engine`) about 1 KiB of text per level of recursion is safe; texts that could nest deeper are refused.

/// Nested brackets above this are refused. The deepest of the corpus has 37.
const MAX_DEPTH: usize = 400;

/// A run of text without any of `;{},` above this is refused: prefix operators, `else if`, closures and generic
/// arguments nest without brackets. Strings and comments do not count.
const MAX_RUN: usize = 48 * 1024;

/// Closures, assignments, jumps and returned types nest without brackets too, and their commas and braces end no run.
/// More of their signs than this without a `;` are refused: some 10 KiB of stack a level.
const MAX_SIGNS: usize = 8_000;

/// `else` words above this are refused: each level of `else if` is one of recursion.
const MAX_ELSE: usize = 20_000;

const TOO_DEEP: &str = "is nested too deeply to be parsed";

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

/// The length of a byte order mark and a `#!` line, which are no Rust. `#![attribute]` is.
pub(super) fn prefix(text: &str) -> usize {
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[bom..];
    let is_shebang = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    bom + if is_shebang { rest.find('\n').unwrap_or(rest.len()) } else { 0 }
}

/// Refuses what could overflow the parser's stack; says where and why.
pub(super) fn check(text: &str) -> Result<(), (usize, &'static str)> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut run, mut elses, mut signs, mut arrows) =
        (0, 0usize, 0usize, 0usize, 0usize, 0usize);
    while at < bytes.len() {
        let word = bytes[at..].iter().take_while(|byte| IS_WORD[usize::from(**byte)]).count();
        if word > 0 {
            match &bytes[at..at + word] {
                b"else" => elses += 1,
                b"return" | b"break" | b"yield" => signs += 1,
                // The prefix of a raw string ends in its `r`.
                [.., b'r'] if word <= 2 => {
                    let raw = raw_string(&bytes[at + word - 1..]);
                    if raw > 0 {
                        at += word - 1 + raw;
                        continue;
                    }
                }
                _ => {}
            }
            (at, run) = (at + word, run + word);
            if run > MAX_RUN || elses > MAX_ELSE || signs > MAX_SIGNS {
                return Err((at, TOO_DEEP));
            }
            continue;
        }
        let skip = skip_inert(bytes, at);
        if skip > 0 {
            at += skip;
            continue;
        }
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'|' => signs += 1,
            b'=' if is_assignment(bytes, at) => signs += 1,
            b'-' if bytes.get(at + 1) == Some(&b'>') => arrows += 1,
            b';' => (signs, arrows) = (0, 0),
            _ => {}
        }
        run = if matches!(bytes[at], b';' | b'{' | b'}' | b',') { 0 } else { run + 1 };
        if bytes[at] == b'{' {
            arrows = 0;
        }
        if depth > MAX_DEPTH || run > MAX_RUN || elses > MAX_ELSE || signs > MAX_SIGNS || arrows > MAX_SIGNS {
            return Err((at, TOO_DEEP));
        }
        at += 1;
    }
    Ok(())
}

/// A single `=`, not part of a comparison or an arrow.
fn is_assignment(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    !matches!(bytes.get(at + 1), Some(b'=' | b'>')) && !matches!(before, Some(b'=' | b'!' | b'<' | b'>'))
}

/// The length of a comment, string, character or blank at `at`; 0 where there is none.
fn skip_inert(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest {
        [b' ' | b'\t' | b'\n' | b'\r', ..] => {
            rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
        }
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_comment(rest),
        [b'"', ..] => 1 + quoted(&rest[1..]),
        // A character, not a lifetime.
        [b'\'', b'\\', _, ..] => {
            3 + rest[3..].iter().take(12).position(|byte| *byte == b'\'').map_or(0, |end| end + 1)
        }
        [b'\'', _, b'\'', ..] => 3,
        _ => 0,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < rest.len() && depth > 0 {
        match &rest[at..] {
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `r"…"`, `r#"…"#`; `r#name` is an identifier.
fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let mut at = 2 + hashes;
    while at < rest.len() {
        if rest[at] == b'"'
            && rest[at + 1..].iter().take(hashes).filter(|byte| **byte == b'#').count() == hashes
        {
            return at + 1 + hashes;
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        let many = "(".repeat(10_000);
        for text in [
            format!("const A: &str = \"{many}\";"),
            format!("const A: &str = r#\"{many}\"\"#;"),
            format!("const A: &[u8] = br\"{many}\\\"; const B: &CStr = cr##\"{many}\"#\"##;"),
            format!("fn r() {{ let r#return = \"{many}\"; }}"),
            format!("// {many}\n/* {many} /* {many} */ */ fn a() {{}}"),
            "fn a<'a>(b: &'a str) { let c = '('; let d = '\\''; let e = b'['; }".repeat(1_000),
        ] {
            assert_eq!(check(&text), Ok(()), "{}", &text[..40]);
        }
    }

    #[test]
    fn what_nests_too_deeply_is_refused_at_its_place() {
        assert_eq!(check(&"(".repeat(100_000)), Err((MAX_DEPTH, "is nested too deeply to be parsed")));
        for text in
            ["!".repeat(100_000), "a+".repeat(100_000), "if a {} else ".repeat(30_000), "|a,|".repeat(30_000)]
        {
            assert!(check(&text).is_err(), "{}", &text[..20]);
        }
    }

    #[test]
    fn a_mark_and_a_script_line_are_no_rust() {
        for (text, length) in [
            ("fn a() {}", 0),
            ("\u{feff}fn a() {}", 3),
            ("\u{feff}#!/usr/bin/env run\nfn a() {}", 3 + 18),
            ("#![allow(x)]", 0),
            ("#! [allow(x)]", 0),
            ("#!/bin/x", 8),
        ] {
            assert_eq!(prefix(text), length, "{text:?}");
        }
    }
}
