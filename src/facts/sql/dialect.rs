//! Which database a text is written for, by words and signs that only one of them has.

use sqlparser::tokenizer::Token;

use crate::syntax::sql::{Piece, bare_word};

/// A database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

/// Each at most once, in order.
pub(super) fn of(statements: &[Piece]) -> Vec<Dialect> {
    let mut found: Vec<Dialect> = statements.iter().flat_map(Piece::tokens).filter_map(of_token).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn of_token(token: &Token) -> Option<Dialect> {
    match token {
        Token::DoubleColon | Token::DollarQuotedString(_) => return Some(Dialect::Postgres),
        Token::Char('`') => return Some(Dialect::MySql),
        _ => {}
    }
    Some(match bare_word(token)?.to_ascii_lowercase().as_str() {
        "serial" | "bigserial" | "smallserial" | "timestamptz" | "jsonb" | "bytea" | "concurrently"
        | "plpgsql" | "uuid_generate_v4" | "gen_random_uuid" | "tsvector" | "citext" | "regclass"
        | "int8" | "int4" | "float8" | "pg_trgm" | "inet" => Dialect::Postgres,
        "auto_increment" | "engine" | "utf8mb4" | "longtext" | "mediumtext" | "tinyint" | "mediumblob"
        | "longblob" | "unsigned" => Dialect::MySql,
        "autoincrement" | "pragma" | "rowid" | "strftime" | "sqlite_master" => Dialect::Sqlite,
        _ => return None,
    })
}
