//! SQL as statements with their places, over `sqlparser`'s tokens.
//!
//! A text is cut at its semicolons before anything of it is parsed, so that a statement that the parser does not know loses
//! itself alone. What a statement means is left to `facts::sql`.

use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use crate::span::{At, Range};

/// The parser bounds how deep parentheses nest. A chain of operators it reads in a loop, and what it makes of one is as deep as the
/// chain is long, and taken down by recursion. A test holds that 2 MiB of stack suffice for chains of this length.
const MOST_TOKENS: usize = 4_000;

/// A text in pieces.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) statements: Vec<Piece>,
    /// Where the text stops to be SQL, and why: a quote or a comment that is not closed.
    pub(crate) error: Option<At<String>>,
}

/// One statement.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// Without comments and blanks, and without its semicolon.
    tokens: Vec<TokenWithSpan>,
    /// Where each of the tokens stands.
    ranges: Vec<Range>,
    /// What the comments before and inside of it say, with whether they stand before its first token.
    pub(crate) comments: Vec<(String, bool)>,
}

/// Cuts a text into statements. Strings, dollar quotes and comments hold no end of one.
pub(crate) fn cut(text: &str) -> Sql {
    let mut cursor = Cursor::new(text);
    let mut tokens = Vec::new();
    let ended = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location_into_buf(&mut tokens);
    let mut sql = Sql::default();
    let mut piece = Piece::default();
    for token in tokens {
        match &token.token {
            Token::SemiColon => {
                let whole = std::mem::take(&mut piece);
                sql.statements.extend(Some(whole).filter(|piece| !piece.tokens.is_empty()));
            }
            Token::Whitespace(
                Whitespace::SingleLineComment { comment, .. } | Whitespace::MultiLineComment(comment),
            ) => {
                let is_before = piece.tokens.is_empty();
                piece.comments.push((comment.trim().to_owned(), is_before));
            }
            Token::Whitespace(_) | Token::EOF => {}
            _ => {
                piece.ranges.push(Range::new(cursor.offset(token.span.start), cursor.offset(token.span.end)));
                piece.tokens.push(token);
            }
        }
    }
    sql.error = ended.err().map(|error| {
        let at = cursor.offset(error.location);
        At::new(error.message, Range::new(at, at))
    });
    // What stands before the place where the text breaks off is half a statement, and nobody knows which half.
    if sql.error.is_none() && !(piece.tokens.is_empty() && piece.comments.is_empty()) {
        sql.statements.push(piece);
    }
    sql
}

impl Piece {
    /// The whole of it; nothing where there are only comments.
    pub(crate) fn range(&self) -> Option<Range> {
        Some(self.ranges.first()?.cover(*self.ranges.last()?))
    }

    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().map(|token| &token.token)
    }

    pub(crate) fn words(&self) -> Words<'_> {
        Words { rest: &self.tokens }
    }

    /// The statement as `sqlparser` understands it, or why it does not.
    pub(crate) fn parse(&self) -> Result<Statement, String> {
        parse(self.tokens.clone())
    }

    /// The parts of an `ALTER TABLE`, each as a statement of its own: a table is altered in several ways at once, and what
    /// cannot be read of one way says nothing of the others.
    pub(crate) fn alterations(&self) -> Vec<Alteration<'_>> {
        let Some(first) = self.first_alteration() else { return Vec::new() };
        let mut parts = Vec::new();
        let (mut depth, mut start) = (0_usize, first);
        for (at, token) in self.tokens.iter().enumerate().skip(first) {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                Token::Comma if depth == 0 => {
                    parts.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push((start, self.tokens.len()));
        let parts = parts.into_iter().filter(|(start, end)| start < end);
        parts.map(|(start, end)| Alteration { piece: self, first, start, end }).collect()
    }

    /// The first token behind the table's name: `ALTER TABLE [IF EXISTS] [ONLY] name [*]`.
    fn first_alteration(&self) -> Option<usize> {
        let mut words = self.words();
        words.skip_all(&["alter", "table"]);
        words.skip_all(&["if", "exists"]);
        words.skip("only");
        words.name()?;
        if let [TokenWithSpan { token: Token::Mul, .. }, rest @ ..] = words.rest {
            words.rest = rest;
        }
        Some(self.tokens.len() - words.rest.len())
    }
}

/// What is left to read of a statement that tells what it does by words and names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'p> {
    rest: &'p [TokenWithSpan],
}

impl Words<'_> {
    /// Goes past a word, where that is the next.
    pub(crate) fn skip(&mut self, word: &str) -> bool {
        match self.rest {
            [next, rest @ ..]
                if bare_word(&next.token).is_some_and(|next| next.eq_ignore_ascii_case(word)) =>
            {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Goes past these words, where all of them are next.
    pub(crate) fn skip_all(&mut self, words: &[&str]) {
        let mut after = *self;
        if words.iter().all(|word| after.skip(word)) {
            *self = after;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next name without its schema, as the database has it: lower case unless quoted.
    pub(crate) fn name(&mut self) -> Option<String> {
        loop {
            let [TokenWithSpan { token: Token::Word(word), .. }, rest @ ..] = self.rest else { return None };
            self.rest = rest;
            if let [TokenWithSpan { token: Token::Period, .. }, rest @ ..] = self.rest {
                self.rest = rest;
                continue;
            }
            let is_quoted = word.quote_style.is_some();
            return Some(if is_quoted { word.value.clone() } else { word.value.to_lowercase() });
        }
    }

    /// Names with commas between them.
    pub(crate) fn names(&mut self) -> Vec<String> {
        let mut names: Vec<String> = self.name().into_iter().collect();
        while let [TokenWithSpan { token: Token::Comma, .. }, rest @ ..] = self.rest {
            self.rest = rest;
            names.extend(self.name());
        }
        names
    }
}

/// One of the ways in which an `ALTER TABLE` alters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alteration<'p> {
    piece: &'p Piece,
    /// Where the first one begins.
    first: usize,
    start: usize,
    end: usize,
}

impl Alteration<'_> {
    pub(crate) fn words(&self) -> Words<'_> {
        Words { rest: &self.piece.tokens[self.start..self.end] }
    }

    pub(crate) fn range(&self) -> Range {
        self.piece.ranges[self.start].cover(self.piece.ranges[self.end - 1])
    }

    /// The statement that alters in this way alone.
    pub(crate) fn parse(&self) -> Result<Statement, String> {
        let tokens = &self.piece.tokens;
        parse(tokens[..self.first].iter().chain(&tokens[self.start..self.end]).cloned().collect())
    }
}

fn parse(tokens: Vec<TokenWithSpan>) -> Result<Statement, String> {
    if tokens.len() > MOST_TOKENS {
        return Err("the statement is too long".to_owned());
    }
    let mut parser = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens);
    let statement = parser.parse_statement().map_err(|error| plain(&error))?;
    match parser.peek_token().token {
        Token::EOF => Ok(statement),
        token => Err(format!("`{token}` is not expected")),
    }
}

/// Why the parser gave up; where is told by the place of a note.
fn plain(error: &ParserError) -> String {
    match error {
        ParserError::TokenizerError(why) | ParserError::ParserError(why) => {
            let why = why.split(" at Line: ").next().unwrap_or_default();
            why.replacen("Expected:", "expected", 1).replacen("found:", "found", 1)
        }
        ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
    }
}

/// A word that is not quoted.
pub(crate) fn bare_word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(&word.value),
        _ => None,
    }
}

/// Counts as the tokenizer does, by lines and characters. Places are asked for in their order, so that one walk suffices.
struct Cursor<'t> {
    text: &'t str,
    at: usize,
    line: u64,
    column: u64,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    fn offset(&mut self, place: Location) -> usize {
        while (self.line, self.column) < (place.line, place.column) {
            let Some(next) = self.text[self.at..].chars().next() else { break };
            self.at += next.len_utf8();
            (self.line, self.column) =
                if next == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let ranges = cut(text).statements.into_iter().filter_map(|piece| piece.range());
        ranges.map(|range| text[range.as_usize()].to_owned()).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes() {
        let text =
            "-- a; b\nSELECT ';' ; /* ; /* ; */ */\n\nSELECT \"ü;\" ;;\nDO $x$ BEGIN a; END $x$;\nSELECT 1\n";
        let all = ["SELECT ';'", "SELECT \"ü;\"", "DO $x$ BEGIN a; END $x$", "SELECT 1"];
        assert_eq!(texts(text), all);
    }

    #[test]
    fn what_stands_before_a_quote_that_is_not_closed_is_kept() {
        let sql = cut("SELECT 1;\nSELECT 2, 'ab;\n");
        assert_eq!(sql.statements.len(), 1);
        assert!(sql.error.is_some_and(|error| error.range.start > 10));
    }

    #[test]
    fn alterations_are_told_apart() {
        let text = "ALTER TABLE IF EXISTS ONLY \"s\".t *\n  ADD a int DEFAULT f(1, 2),\n  FROB x,\n  DROP b;";
        let sql = cut(text);
        let all = sql.statements[0].alterations();
        let seen: Vec<&str> = all.iter().map(|part| &text[part.range().as_usize()]).collect();
        assert_eq!(seen, ["ADD a int DEFAULT f(1, 2)", "FROB x", "DROP b"]);
    }

    #[test]
    fn long_chains_do_not_exhaust_the_stack() {
        for link in ["+ 1", "OR a", "::int", "IS NULL", "[1]", "COLLATE c", "AT TIME ZONE 'utc'"] {
            for count in [100, 900, MOST_TOKENS, 100_000] {
                let text = format!("ALTER TABLE t ADD CHECK (1 {})", format!("{link} ").repeat(count));
                let sql = cut(&text);
                // Whether it can be read does not matter here.
                let _ = sql.statements[0].alterations()[0].parse();
            }
            let text = format!("ALTER TABLE t ADD CHECK ({}1{})", "(".repeat(100_000), ")".repeat(100_000));
            assert!(cut(&text).statements[0].parse().is_err());
        }
    }

    #[test]
    fn places_are_bytes() {
        let text = "SELECT 'äöü', a;\r\n\tDROP TABLE b;";
        assert_eq!(texts(text), ["SELECT 'äöü', a", "DROP TABLE b"]);
    }
}
