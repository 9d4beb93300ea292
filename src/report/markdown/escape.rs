//! Texts of the audited repository in Markdown: shown as they are, and never markup, a mention or a link.

use crate::report::text::plain;

/// Longer texts would be the whole comment.
const LONGEST: usize = 400;
/// Splits what GitHub would take for a mention or a link, and is not shown.
const SPLIT: &str = "<!-- -->";

/// A name or a path as code, in a table too.
pub(super) fn code(text: &str) -> String {
    let text = clipped(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{ticks}{pad}{}{pad}{ticks}", text.replace('|', "\\|"))
}

/// A message, in which names stand in backticks.
pub(super) fn prose(message: &str) -> String {
    let message = clipped(message);
    let parts: Vec<&str> = message.split('`').collect();
    // With an odd number of backticks it cannot be told what is a name.
    if parts.len().is_multiple_of(2) {
        return words(&message);
    }
    let parts = parts.into_iter().enumerate();
    parts
        .map(|(at, part)| match at % 2 {
            0 => words(part),
            _ if part.is_empty() => words("``"),
            _ => code(part),
        })
        .collect()
}

/// On one line, without what a terminal or a reader would be misled by, and not too long.
pub(super) fn clipped(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn words(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // A backslash does not keep GitHub from linking what it finds in the finished text.
            '@' | '#' | ':' => {
                safe.push(character);
                safe.push_str(SPLIT);
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' | '!' | '$' => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
    }
    // The two autolinks without a colon.
    let safe = safe.replace("www.", &format!("www{SPLIT}.")).replace("WWW.", &format!("WWW{SPLIT}."));
    // Prose has colons that link nothing.
    safe.replace(&format!(":{SPLIT} "), ": ")
}
