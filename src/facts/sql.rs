//! What a migration does to the schema, as far as it can stop or break the program that still runs.
//!
//! Each statement is read by itself. What never locks or breaks anybody (inserts, functions, comments) is [`Action::Other`] without
//! having been parsed; what might and could not be read is [`Action::Unread`].

mod dialect;
mod lower;

use crate::span::{At, Range};
use crate::syntax::sql::{self, Piece};

pub(crate) use dialect::Dialect;

/// The facts of one migration.
#[derive(Debug, Default)]
pub(crate) struct SqlFacts {
    /// In their order.
    pub(crate) actions: Vec<Statement>,
    /// How many statements there are: an `ALTER TABLE` has several actions, a comment has none.
    pub(crate) count: usize,
    /// The databases that speak so, of those that are known.
    pub(crate) dialects: Vec<Dialect>,
    /// Whether the text begins with `-- no-transaction`, which is what sqlx looks for.
    pub(crate) opens_without_transaction: bool,
    /// A quote or a comment that is not closed. What stands behind it is not known.
    pub(crate) error: Option<At<String>>,
}

/// One thing that a statement does.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) action: Action,
    pub(crate) range: Range,
    /// Whether a comment for another linter says that somebody has looked at it and takes it for safe.
    pub(crate) is_assured: bool,
}

/// What is done. Names are without their schema, and as the database has them: lower case unless quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A table or a materialized view.
    CreateTable {
        table: String,
        columns: Vec<Column>,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        columns: Vec<String>,
    },
    DropTable {
        tables: Vec<String>,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    RenameTable {
        from: String,
        to: String,
    },
    SetType {
        table: String,
        column: String,
        to: ColumnType,
        is_computed: bool,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        name: Option<String>,
        constraint: Constraint,
        is_valid: bool,
    },
    ValidateConstraint {
        name: String,
    },
    CreateIndex {
        name: Option<String>,
        table: String,
        is_concurrent: bool,
    },
    DropIndex {
        names: Vec<String>,
        is_concurrent: bool,
    },
    /// `TRUNCATE`, and `DELETE` without a condition.
    Empty {
        tables: Vec<String>,
    },
    Begin,
    /// `COMMIT`, `END` and `ROLLBACK`.
    End,
    Other,
    /// It might matter, and why it could not be read.
    Unread(String),
}

/// A column, as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
    pub(crate) is_required: bool,
    pub(crate) value: Value,
    pub(crate) constraints: Vec<Constraint>,
}

/// A type by its name, in lower case, with its first number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnType {
    pub(crate) name: String,
    pub(crate) length: Option<u64>,
}

/// What the rows that are already there have in a new column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    /// The same in each row, so that it is written once: a constant, or what is computed once for the statement.
    Same,
    /// Its own in each row, from the function of this kind.
    Volatile,
    /// The next number of a sequence: `SERIAL`, an identity.
    Numbered,
    /// `GENERATED ALWAYS AS (…) STORED`.
    Stored,
}

/// What is demanded of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    Unique,
    PrimaryKey,
    ForeignKey,
    Check {
        /// The column of which it says that it is not null, if that is what it says.
        proves: Option<String>,
    },
    Exclude,
    /// Made from an index that is there.
    OfIndex,
}

/// Takes the facts of a migration. Never fails.
pub(crate) fn extract(text: &str) -> SqlFacts {
    let sql = sql::cut(text);
    let mut facts = SqlFacts {
        dialects: dialect::of(&sql.statements),
        opens_without_transaction: text.starts_with("-- no-transaction"),
        error: sql.error,
        ..SqlFacts::default()
    };
    let mut assured = Assured::default();
    for piece in &sql.statements {
        let is_assured = assured.enter(piece);
        let Some(range) = piece.range() else { continue };
        facts.count += 1;
        let actions = lower::actions(piece, range);
        facts.actions.extend(actions.into_iter().map(|(action, range)| Statement {
            action,
            range,
            is_assured,
        }));
    }
    facts
}

/// Where comments for other linters say that a statement is safe: squawk's
/// (<https://squawkhq.com/docs/cli#disabling-rules-via-comments>) and diesel-guard's, which Diesel's own documentation of migrations
/// names. Whoever wrote one has weighed what Forge would say.
#[derive(Default)]
struct Assured {
    is_file: bool,
    is_open: bool,
}

impl Assured {
    fn enter(&mut self, piece: &Piece) -> bool {
        let mut is_next = false;
        for (comment, is_before) in &piece.comments {
            // What stands inside of a statement, behind its first word, is about the next one where it opens a stretch.
            match comment.as_str() {
                "safety-assured:start" => self.is_open = true,
                "safety-assured:end" if *is_before => self.is_open = false,
                comment if comment.starts_with("squawk-ignore-file") => self.is_file = true,
                comment if comment.starts_with("squawk-ignore") => is_next = true,
                _ => {}
            }
        }
        let is_assured = self.is_file || self.is_open || is_next;
        if piece.comments.iter().any(|(comment, is_before)| comment == "safety-assured:end" && !is_before) {
            self.is_open = false;
        }
        is_assured
    }
}

#[cfg(test)]
mod tests;
