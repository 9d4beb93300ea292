//! What a migration does to a program that runs while it does it: its queries that no longer fit, its statements that wait.
//!
//! What `PostgreSQL` locks and rewrites is told in <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES>.
//! Only what holds for every table with rows is told here; how many rows there are is not known.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::sql::{Action, Column, ColumnType, Constraint, SqlFacts, Value};
use crate::span::{FileId, Span};

/// What harms, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hazard {
    pub(crate) span: Span,
    pub(crate) harm: Harm,
}

/// How a migration harms what runs. A column is `table.column`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Which, in words.
    DropsColumn(String),
    DropsTable(String),
    RenamesColumn {
        column: String,
        to: String,
    },
    RenamesTable {
        table: String,
        to: String,
    },
    /// Another type, for which each row is written again.
    Retypes {
        column: String,
        to: String,
    },
    /// `SET NOT NULL`.
    Requires(String),
    /// A new column that needs a value and has none.
    AddsRequired(String),
    /// A new column with a value of its own in each row.
    Rewrites {
        column: String,
        value: Value,
    },
    BuildsIndex {
        table: String,
    },
    /// Which, in words.
    DropsIndex(String),
    /// A foreign key or a check, for which each row is looked at.
    Validates {
        table: String,
        what: &'static str,
    },
    /// A constraint whose index is built with it.
    BuildsConstraint {
        table: String,
        what: &'static str,
    },
    /// What only runs outside of a transaction is run in one.
    InTransaction {
        what: &'static str,
        of: Transaction,
    },
}

/// The transaction that a migration is run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    None,
    OfSqlx,
    OfDiesel,
    /// Of the statements that are sent together.
    OfOneMessage,
    /// The file begins one itself.
    OfFile,
    Unknown,
}

/// What is known of the tables when a migration runs.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// Tables that the migrations make which may still have to run: nobody uses them yet, and they are empty.
    new_tables: BTreeSet<String>,
    new_columns: BTreeSet<(String, String)>,
    /// Indexes that they have made so far.
    new_indexes: BTreeSet<String>,
    /// Tables that the migration has emptied, so that there is nothing to read or to write again.
    empty_tables: BTreeSet<String>,
    types: BTreeMap<(String, String), ColumnType>,
    /// Checks that a column is not null, by their name and whether each row is known to pass.
    proofs: Vec<Proof>,
}

#[derive(Debug)]
struct Proof {
    table: String,
    name: Option<String>,
    column: String,
    is_valid: bool,
}

impl Schema {
    /// Takes what a migration that may still have to run makes. No program that runs knows of it, whatever the order.
    pub(super) fn expect(&mut self, facts: &SqlFacts) {
        for statement in &facts.actions {
            match &statement.action {
                Action::CreateTable { table, .. } => {
                    self.new_tables.insert(table.clone());
                }
                Action::RenameTable { from, to } if self.new_tables.contains(from) => {
                    self.new_tables.insert(to.clone());
                }
                Action::AddColumn { table, column } => {
                    self.new_columns.insert((table.clone(), column.name.clone()));
                }
                _ => {}
            }
        }
    }

    /// Takes what a migration leaves behind.
    pub(super) fn apply(&mut self, facts: &SqlFacts) {
        for statement in &facts.actions {
            self.take(&statement.action);
        }
    }

    /// What a migration harms, which is then taken as well.
    pub(super) fn hazards(&mut self, file: FileId, facts: &SqlFacts, runs: Transaction) -> Vec<Hazard> {
        let mut found = Vec::new();
        let mut is_open = false;
        self.empty_tables.clear();
        for statement in &facts.actions {
            match statement.action {
                Action::Begin => is_open = true,
                Action::End => is_open = false,
                _ => {}
            }
            let runs = if is_open && runs == Transaction::Unknown { Transaction::OfFile } else { runs };
            let harm = self.harm(&statement.action, runs).filter(|harm| !self.is_of_nothing(harm));
            let harm = harm.filter(|_| !statement.is_assured);
            found.extend(harm.map(|harm| Hazard { span: Span::new(file, statement.range), harm }));
            self.take(&statement.action);
            match &statement.action {
                Action::CreateIndex { name, .. } => self.new_indexes.extend(name.clone()),
                Action::Empty { tables } => self.empty_tables.extend(tables.iter().cloned()),
                _ => {}
            }
        }
        found
    }

    /// Whether what takes long takes long on a table without rows.
    fn is_of_nothing(&self, harm: &Harm) -> bool {
        let table = match harm {
            Harm::BuildsIndex { table }
            | Harm::Validates { table, .. }
            | Harm::BuildsConstraint { table, .. } => table,
            Harm::Retypes { column, .. } | Harm::Rewrites { column, .. } => {
                column.split('.').next().unwrap_or_default()
            }
            _ => return false,
        };
        self.empty_tables.contains(table)
    }

    fn take(&mut self, action: &Action) {
        match action {
            Action::CreateTable { table, columns } => {
                for column in columns {
                    self.types.insert((table.clone(), column.name.clone()), column.kind.clone());
                }
            }
            Action::AddColumn { table, column } => {
                self.types.insert((table.clone(), column.name.clone()), column.kind.clone());
            }
            Action::SetType { table, column, to, .. } => {
                self.types.insert((table.clone(), column.clone()), to.clone());
            }
            Action::RenameColumn { table, from, to } => {
                if let Some(kind) = self.types.remove(&(table.clone(), from.clone())) {
                    self.types.insert((table.clone(), to.clone()), kind);
                }
            }
            Action::AddConstraint {
                table,
                name,
                constraint: Constraint::Check { proves: Some(column) },
                is_valid,
            } => {
                let (table, column) = (table.clone(), column.clone());
                self.proofs.push(Proof { table, name: name.clone(), column, is_valid: *is_valid });
            }
            Action::ValidateConstraint { name } => {
                for proof in self.proofs.iter_mut().filter(|proof| proof.name.as_ref() == Some(name)) {
                    proof.is_valid = true;
                }
            }
            _ => {}
        }
    }

    fn harm(&self, action: &Action, runs: Transaction) -> Option<Harm> {
        let is_new = |table: &String| self.new_tables.contains(table);
        let is_new_column =
            |table: &String, column: &String| self.new_columns.contains(&(table.clone(), column.clone()));
        let dotted = |table: &String, column: &String| format!("{table}.{column}");
        match action {
            Action::CreateIndex { is_concurrent: true, .. } => {
                in_transaction("CREATE INDEX CONCURRENTLY", runs)
            }
            Action::DropIndex { is_concurrent: true, .. } => in_transaction("DROP INDEX CONCURRENTLY", runs),
            Action::DropIndex { names, .. } => {
                listed(names.iter().filter(|name| !self.new_indexes.contains(*name))).map(Harm::DropsIndex)
            }
            Action::DropTable { tables } => {
                listed(tables.iter().filter(|table| !is_new(table))).map(Harm::DropsTable)
            }
            Action::CreateIndex { table, .. }
            | Action::AddColumn { table, .. }
            | Action::DropColumn { table, .. }
            | Action::RenameColumn { table, .. }
            | Action::RenameTable { from: table, .. }
            | Action::SetType { table, .. }
            | Action::SetNotNull { table, .. }
            | Action::AddConstraint { table, .. }
                if is_new(table) =>
            {
                None
            }
            Action::CreateIndex { table, .. } => Some(Harm::BuildsIndex { table: table.clone() }),
            Action::AddColumn { table, column } => added(table, column),
            Action::DropColumn { table, columns } => {
                let old: Vec<String> = columns
                    .iter()
                    .filter(|column| !is_new_column(table, column))
                    .map(|column| dotted(table, column))
                    .collect();
                listed(old.iter()).map(Harm::DropsColumn)
            }
            Action::RenameColumn { table, from, to } if !is_new_column(table, from) => {
                Some(Harm::RenamesColumn { column: dotted(table, from), to: to.clone() })
            }
            Action::RenameTable { from, to } => {
                Some(Harm::RenamesTable { table: from.clone(), to: to.clone() })
            }
            Action::SetType { table, column, to, is_computed } => {
                let old = self.types.get(&(table.clone(), column.clone()));
                let keeps = !is_computed && keeps_rows(old, to);
                (!keeps).then(|| Harm::Retypes { column: dotted(table, column), to: shown(to) })
            }
            Action::SetNotNull { table, column } if !self.is_proven(table, column) => {
                Some(Harm::Requires(dotted(table, column)))
            }
            Action::AddConstraint { table, constraint, is_valid, .. } => constrained(table, constraint)
                .filter(|harm| match harm {
                    Harm::Validates { .. } => *is_valid,
                    _ => true,
                }),
            _ => None,
        }
    }

    /// Whether a check that holds for each row says that a column is not null, so that no row is looked at again.
    fn is_proven(&self, table: &str, column: &str) -> bool {
        self.proofs.iter().any(|proof| proof.is_valid && proof.table == table && proof.column == column)
    }
}

/// The first of some names in backticks, with how many more there are; nothing without any.
fn listed<'n>(names: impl Iterator<Item = &'n String>) -> Option<String> {
    let names: Vec<&String> = names.collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("`{one}`")),
        [one, other] => Some(format!("`{one}` and `{other}`")),
        [one, rest @ ..] => Some(format!("`{one}` and {} more", rest.len())),
    }
}

fn in_transaction(what: &'static str, of: Transaction) -> Option<Harm> {
    match of {
        Transaction::None | Transaction::Unknown => None,
        _ => Some(Harm::InTransaction { what, of }),
    }
}

/// What a new column of a table that is there does: the worst of it.
fn added(table: &str, column: &Column) -> Option<Harm> {
    let name = format!("{table}.{}", column.name);
    match column.value {
        Value::Null if column.is_required => return Some(Harm::AddsRequired(name)),
        Value::Volatile | Value::Numbered | Value::Stored => {
            return Some(Harm::Rewrites { column: name, value: column.value });
        }
        Value::Null | Value::Same => {}
    }
    column.constraints.iter().find_map(|constraint| match constraint {
        // While all rows have nothing in it, none is looked at.
        Constraint::ForeignKey if column.value == Value::Null => None,
        constraint => constrained(table, constraint),
    })
}

fn constrained(table: &str, constraint: &Constraint) -> Option<Harm> {
    let table = table.to_owned();
    match constraint {
        Constraint::Unique => Some(Harm::BuildsConstraint { table, what: "UNIQUE" }),
        Constraint::PrimaryKey => Some(Harm::BuildsConstraint { table, what: "PRIMARY KEY" }),
        Constraint::Exclude => Some(Harm::BuildsConstraint { table, what: "EXCLUDE" }),
        Constraint::ForeignKey => Some(Harm::Validates { table, what: "FOREIGN KEY" }),
        Constraint::Check { .. } => Some(Harm::Validates { table, what: "CHECK" }),
        Constraint::OfIndex => None,
    }
}

/// Whether rows stay as they are when a type changes: text that may be longer, numbers with more digits. Where the old type is not
/// known, what is mostly a longer text is taken for one.
fn keeps_rows(old: Option<&ColumnType>, new: &ColumnType) -> bool {
    let is_text = |kind: &ColumnType| matches!(kind.name.as_str(), "text" | "varchar" | "citext");
    match (old, new.name.as_str()) {
        (None, "text" | "varchar" | "citext") => true,
        (Some(old), "text" | "citext") => is_text(old),
        (Some(old), "varchar") => match (old.length, new.length) {
            _ if !is_text(old) => false,
            (_, None) => true,
            (Some(old), Some(new)) => old <= new,
            (None, Some(_)) => false,
        },
        (Some(old), "numeric") => old.name == "numeric",
        (Some(old), _) => old == new,
        (None, _) => false,
    }
}

fn shown(kind: &ColumnType) -> String {
    kind.length.map_or_else(|| kind.name.clone(), |length| format!("{}({length})", kind.name))
}
