//! What must hold of a text before it is given to `syn`, whose parser is recursive.
//!
//! A stack overflow ends the process and nothing can catch it. With the large stacks of the parsing threads (see
//! `engine`) about 1 KiB of text per level of recursion is safe; texts that could nest deeper are refused.

use crate::syntax::rust::{Piece, piece};

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
        let (piece, end) = piece(bytes, at);
        match piece {
            Piece::Blank | Piece::LineComment | Piece::BlockComment | Piece::Text => {
                at = end;
                continue;
            }
            Piece::Word => {
                match &bytes[at..end] {
                    b"else" => elses += 1,
                    b"return" | b"break" | b"yield" => signs += 1,
                    _ => {}
                }
                run += end - at;
                at = end;
                if run > MAX_RUN || elses > MAX_ELSE || signs > MAX_SIGNS {
                    return Err((at, TOO_DEEP));
                }
                continue;
            }
            Piece::Other => {}
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
