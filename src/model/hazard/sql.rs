//! SQL that is run, and what of its text is not written in the code.

use super::Finder;
use super::origin::Origin;
use super::pieces::Piece;
use crate::knowledge::Means;
use crate::span::Span;

/// A call that runs SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sql {
    pub(crate) span: Span,
    pub(crate) path: String,
    pub(crate) text: SqlText,
}

/// What the text is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SqlText {
    /// All of it is written in the code.
    Written,
    /// Values stand in it that somebody else chose.
    Spliced { label: String, from_request: bool },
    /// Parts of it are not written in the code, and what they are cannot be told, or they stand for names.
    Open,
}

impl Finder<'_, '_> {
    pub(super) fn sql(&self) -> Vec<Sql> {
        let symbols = self.chains.code.symbols;
        let mut found = Vec::new();
        for (body, at, item, args) in self.calls(Means::Sql) {
            let Some(arg) = args.get(item.arg.unwrap_or(0)) else { continue };
            let pieces = self.origins.pieces(body, *arg);
            let text = if pieces.iter().all(|piece| piece.written().is_some()) {
                SqlText::Written
            } else {
                // `builder.push(…)` goes on with what was begun before.
                spliced(&pieces, self.path(body, at).ends_with("::push"))
            };
            found.push(Sql { span: symbols.span(body, *arg), path: self.path(body, at), text });
        }
        found.sort_by_key(|sql| sql.span);
        found.dedup_by_key(|sql| sql.span);
        found
    }
}

/// What a text with parts that are not written is taken for.
fn spliced(pieces: &[Piece], is_part: bool) -> SqlText {
    let mut before = String::new();
    let begins = pieces.first().and_then(Piece::written).unwrap_or_default();
    if !is_part && !is_query(begins) {
        return SqlText::Open;
    }
    for piece in pieces {
        let (origin, label) = match piece {
            Piece::Written(text) => {
                before.push_str(text);
                continue;
            }
            Piece::Put { origin, label, .. } => (origin, label),
        };
        let from_request = *origin == Origin::Request;
        // Names of tables and columns cannot be bound; who is to say them is known only of requests.
        if origin.is_text() && (is_value(&before) || from_request) {
            return SqlText::Spliced { label: label.clone(), from_request };
        }
        before.push('?');
    }
    SqlText::Open
}

/// Statements that take parameters. `CREATE`, `SET`, `LISTEN` and the like take none.
fn is_query(text: &str) -> bool {
    let text = text.trim_start();
    let first: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    let first = first.to_ascii_uppercase();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE", "MERGE"].contains(&first.as_str())
}

/// Whether a value is expected behind this text: it stands within quotes, or behind a comparison.
fn is_value(before: &str) -> bool {
    if before.matches('\'').count() % 2 == 1 {
        return true;
    }
    let end = before.trim_end();
    let is_compared = end.ends_with(['=', '<', '>']) && !end.ends_with("->") && !end.ends_with("->>");
    let upper = end.to_ascii_uppercase();
    is_compared || upper.ends_with(" LIKE") || upper.ends_with(" IN (") || upper.ends_with("VALUES (")
}
