//! What stays the same of a finding when code moves.

use crate::finding::Subject;
use crate::source::Sources;
use crate::span::Span;

/// The rule, the subject and the text of the line, as 16 hexadecimal digits.
pub(crate) fn of(sources: &Sources, rule: &str, subject: &Subject, span: Span) -> String {
    hash(&[rule, subject.kind.id(), &subject.id, &line(sources, span)])
}

/// The same without the subject, for one that has moved as a whole.
pub(crate) fn of_text(sources: &Sources, rule: &str, span: Span) -> String {
    hash(&[rule, &line(sources, span)])
}

/// The line without its blanks, so that neither indentation nor the end of lines matters.
fn line(sources: &Sources, span: Span) -> String {
    let text = sources.text(span.file);
    let range = span.range.as_usize();
    let start = text[..range.start.min(text.len())].rfind('\n').map_or(0, |at| at + 1);
    text[start..].lines().next().unwrap_or_default().split_whitespace().collect()
}

/// FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>): the same on every machine and in every version.
fn hash(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.join("\0").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}
