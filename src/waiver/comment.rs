//! Where the comments of a file are, as far as waivers need it: what stands in a string is none.
//!
//! Only files that contain what a waiver begins with are looked at.

use std::ops::Range as Bytes;

use crate::source::Kind;
use crate::span::Range;
use crate::syntax::rust::{Piece, piece};

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// With its marks.
    pub(crate) range: Range,
    /// How many bytes open and close it.
    marks: (usize, usize),
}

impl Comment {
    fn new(start: usize, end: usize, marks: (usize, usize)) -> Self {
        Self { range: Range::new(start, end), marks }
    }

    /// What it says, without its marks and without blanks behind.
    pub(super) fn content(&self, text: &str) -> Bytes<usize> {
        let whole = self.range.as_usize();
        let start = whole.start + self.marks.0;
        let end = (whole.end - self.marks.1).max(start);
        start..start + text[start..end].trim_end().len()
    }
}

/// The comments of a file, in order. None where the form of the file has none, or where it is not known.
pub(crate) fn all(kind: Kind, text: &str) -> Vec<Comment> {
    match kind {
        Kind::Rust => rust(text),
        Kind::Document => html(text),
        Kind::Migration => dashes(text),
        Kind::Dockerfile | Kind::DockerIgnore | Kind::EnvFile | Kind::CodeOwners => {
            hash(text, Hash::LineStart)
        }
        Kind::CargoManifest | Kind::ToolchainFile => hash(text, Hash::Toml),
        Kind::Compose
        | Kind::Kubernetes
        | Kind::Kustomization
        | Kind::Workflow
        | Kind::Action
        | Kind::GitlabCi
        | Kind::HelmChart
        | Kind::HelmTemplate
        | Kind::Shell
        | Kind::Tasks(_)
        | Kind::SystemdUnit
        | Kind::Prometheus
        | Kind::DependencyUpdates => hash(text, Hash::Anywhere),
        // JSON has no comments; in the others a line that begins so is one.
        Kind::Config if !text.trim_start().starts_with('{') => hash(text, Hash::Anywhere),
        _ => Vec::new(),
    }
}

/// The line that a comment is about: its own where code stands before it, otherwise the next that has code.
pub(super) fn target(text: &str, comments: &[Comment], comment: &Comment) -> Option<Bytes<usize>> {
    let mut line = line_at(text, comment.range.start as usize);
    loop {
        if has_code(text, comments, &line) {
            return Some(line);
        }
        let next = text[line.end..].find('\n').map(|at| line.end + at + 1)?;
        if next >= text.len() {
            return None;
        }
        line = line_at(text, next);
    }
}

fn line_at(text: &str, offset: usize) -> Bytes<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    start..end
}

fn has_code(text: &str, comments: &[Comment], line: &Bytes<usize>) -> bool {
    let mut at = line.start;
    let from = comments.partition_point(|comment| (comment.range.end as usize) <= line.start);
    for comment in &comments[from..] {
        let range = comment.range.as_usize();
        if range.start >= line.end {
            break;
        }
        if range.start > at && !text[at..range.start].trim().is_empty() {
            return true;
        }
        at = at.max(range.end);
    }
    at < line.end && !text[at..line.end].trim().is_empty()
}

/// Lines that begin with the two dashes of SQL. What stands behind a statement may be part of a string.
fn dashes(text: &str) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if content.starts_with("--") {
            let at = start + line.len() - line.trim_start().len();
            let marks = content.len() - content.trim_start_matches('-').len();
            comments.push(Comment::new(at, at + content.len(), (marks, 0)));
        }
        start += line.len();
    }
    comments
}

/// Where `#` opens a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    /// Only as the first of its line.
    LineStart,
    /// Behind a blank as well, outside of quotes, which end with the line.
    Anywhere,
    /// As in TOML, where some quotes span lines.
    Toml,
}

fn hash(text: &str, how: Hash) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut open: Option<&str> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        if let Some(at) = hash_in(&text[start..end], how, &mut open) {
            comments.push(Comment::new(
                start + at,
                end,
                (text[start + at..end].len() - text[start + at..end].trim_start_matches('#').len(), 0),
            ));
        }
        start += line.len();
    }
    comments
}

/// The first `#` of a line that opens a comment. `open` is the quote that spans lines.
fn hash_in(line: &str, how: Hash, open: &mut Option<&'static str>) -> Option<usize> {
    if how == Hash::LineStart {
        let blank = line.len() - line.trim_start().len();
        return line[blank..].starts_with('#').then_some(blank);
    }
    let bytes = line.as_bytes();
    let (mut at, mut quote): (usize, Option<u8>) = (0, None);
    while at < bytes.len() {
        if let Some(long) = open {
            if line.is_char_boundary(at) && line[at..].starts_with(*long) {
                at += 3;
                *open = None;
            } else {
                at += if bytes[at] == b'\\' && *long == "\"\"\"" { 2 } else { 1 };
            }
            continue;
        }
        let byte = bytes[at];
        // Within a word an apostrophe is one, and `#` is part of it.
        let opens_word = at == 0 || bytes[at - 1].is_ascii_whitespace() || b"=:([{,".contains(&bytes[at - 1]);
        match quote {
            Some(b'"') if byte == b'\\' => at += 1,
            Some(mark) if byte == mark => quote = None,
            None if how == Hash::Toml && line.is_char_boundary(at) && line[at..].starts_with("\"\"\"") => {
                *open = Some("\"\"\"");
                at += 2;
            }
            None if how == Hash::Toml && line.is_char_boundary(at) && line[at..].starts_with("'''") => {
                *open = Some("'''");
                at += 2;
            }
            None if matches!(byte, b'"' | b'\'') && (opens_word || how == Hash::Toml) => quote = Some(byte),
            None if byte == b'#' && (opens_word || how == Hash::Toml) => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Comments of Markdown that stand alone on a line, outside of fences.
fn html(text: &str) -> Vec<Comment> {
    let (mut comments, mut in_fence, mut start) = (Vec::new(), false, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_fence = !in_fence;
        } else if !in_fence && trimmed.starts_with("<!--") && trimmed.ends_with("-->") && trimmed.len() >= 7 {
            comments.push(Comment::new(at, at + trimmed.len(), (4, 3)));
        }
        start += line.len();
    }
    comments
}

/// Comments of Rust. Documentation is none: it may well show a waiver.
fn rust(text: &str) -> Vec<Comment> {
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (piece, end) = piece(bytes, at);
        // Documentation is a comment of no content, so that it is no code either.
        match (piece, &bytes[at..end]) {
            (Piece::LineComment, [_, _, rest @ ..]) => {
                let is_doc =
                    matches!(rest, [b'!', ..]) || (matches!(rest, [b'/', ..]) && rest.get(1) != Some(&b'/'));
                comments.push(Comment::new(at, end, (if is_doc { end - at } else { 2 }, 0)));
            }
            (Piece::BlockComment, whole) => {
                let is_doc = matches!(whole.get(2), Some(b'!' | b'*')) && whole.len() > 4;
                let closed = if whole.ends_with(b"*/") { 2 } else { 0 };
                let opened = if is_doc { whole.len() - closed } else { 2 };
                comments.push(Comment::new(at, end, (opened, closed)));
            }
            _ => {}
        }
        at = end;
    }
    comments
}
