//! `safe-migrations`: schema changes do not lock or break the version that is still running.

use crate::finding::{Label, Problem, Verdict};
use crate::model::migration::{Database, Harm, Hazard, Pending, Transaction, Value};
use crate::rule::{Confidence, Cx, Severity};

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let folders = &cx.project.migrations;
    let pending = || folders.iter().flat_map(|folder| &folder.pending);
    let problems: Vec<Problem> =
        pending().flat_map(|one| one.hazards.iter().map(|hazard| problem(one, hazard))).collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let unread: Vec<Label> = pending()
        .filter_map(|one| one.unread.as_ref())
        .map(|(span, why)| Label::new(*span, format!("could not be read: {why}")))
        .collect();
    if !unread.is_empty() {
        return Verdict::Unknown("a statement of the newest migrations could not be read".into(), unread);
    }
    let evidence: Vec<Label> =
        pending().map(|one| Label::new(one.place, "locks nothing for long and takes nothing away")).collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(folder) = folders.iter().find(|folder| folder.database == Database::Unknown) {
        return Verdict::unknown(format!("nothing says which database `{}` is for", folder.path));
    }
    Verdict::not_applicable(match folders.iter().find_map(|folder| folder.database.other()) {
        _ if folders.is_empty() => "there are no migrations in SQL".to_owned(),
        Some(name) => format!("only PostgreSQL is judged, and the migrations are for {name}"),
        None => "the first migration of a schema meets no version that runs".to_owned(),
    })
}

fn problem(migration: &Pending, hazard: &Hazard) -> Problem {
    let harm = &hazard.harm;
    let (message, help) = broken(harm).or_else(|| locked(harm)).unwrap_or_else(|| failed(harm));
    let mut problem = Problem::new(hazard.span, message, help);
    if let Harm::DropsIndex(_) = harm {
        problem.severity = Some(Severity::Low);
    }
    problem.confidence = Some(confidence(migration, harm));
    problem
}

/// A migration that no comparison shows to be new may have run long ago: it is shown and costs nothing. Of one that is new, what
/// fails or breaks on any table is sure; whether a lock is felt depends on how large the table is, and whether a column is still used
/// on what the release before did.
fn confidence(migration: &Pending, harm: &Harm) -> Confidence {
    match harm {
        // It cannot have run anywhere.
        Harm::InTransaction { .. } if !migration.is_added => Confidence::Medium,
        _ if !migration.is_added => Confidence::Low,
        Harm::AddsRequired(_)
        | Harm::RenamesColumn { .. }
        | Harm::RenamesTable { .. }
        | Harm::InTransaction { .. } => Confidence::High,
        _ => Confidence::Medium,
    }
}

/// What the queries of the running version no longer fit, and what to do instead.
fn broken(harm: &Harm) -> Option<(String, &'static str)> {
    let later =
        "first release a version that does not use it, and drop it in the migration of a later release";
    Some(match harm {
        Harm::DropsColumn(what) | Harm::DropsTable(what) => {
            (format!("{what} is dropped while the running version may still use it"), later)
        }
        Harm::RenamesColumn { column, to } => (
            format!("`{column}` becomes `{to}`, and the running version asks for the old name"),
            "add the new column, write both, fill the old rows, and drop the old one in a later release",
        ),
        Harm::RenamesTable { table, to } => (
            format!("`{table}` becomes `{to}`, and the running version asks for the old name"),
            "leave a view with the old name until no version that runs uses it, or keep the name",
        ),
        Harm::AddsRequired(column) => (
            format!(
                "`{column}` is `NOT NULL` without a default: rows that are there cannot have it, and the running version inserts without it"
            ),
            "give it a default, or add it without `NOT NULL`, fill it, and demand it in a later release",
        ),
        _ => return None,
    })
}

/// What the running version has to wait for, and how it need not.
fn locked(harm: &Harm) -> Option<(String, &'static str)> {
    let in_batches =
        "add the column without it, set the default in a second statement, and fill the old rows in batches";
    Some(match harm {
        Harm::Retypes { column, to } => (
            format!(
                "`{column}` becomes `{to}`: nothing reads or writes the table while each row is written again"
            ),
            "add a column of the new type, write both, fill the old rows in batches, and move over to it",
        ),
        Harm::Requires(column) => (
            format!(
                "`{column}` becomes `NOT NULL`: each row is read under an exclusive lock, and what the running version inserts without it fails"
            ),
            "add `CHECK (… IS NOT NULL) NOT VALID`, `VALIDATE` it in a second migration, and then set `NOT NULL`",
        ),
        Harm::Rewrites { column, value } => (
            format!(
                "`{column}` has {} each row: nothing reads or writes the table while all are written again",
                match value {
                    Value::Numbered => "a number of its own in",
                    Value::Stored => "a value that is computed for",
                    _ => "a default that differs in",
                }
            ),
            in_batches,
        ),
        Harm::BuildsIndex { table } => (
            format!("nothing is written to `{table}` while the index is built"),
            "create it `CONCURRENTLY`, alone in a migration that runs outside of a transaction",
        ),
        Harm::DropsIndex(index) => (
            format!(
                "{index} is dropped under a lock that waits for every query on its table, and holds up those behind it"
            ),
            "drop it `CONCURRENTLY`, alone in a migration that runs outside of a transaction",
        ),
        Harm::Validates { table, what } => (
            format!("nothing is written to `{table}` while each row is checked for the `{what}`"),
            "add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a migration of its own",
        ),
        Harm::BuildsConstraint { table, what } => (
            format!("nothing reads or writes `{table}` while the index of the `{what}` constraint is built"),
            "create a unique index `CONCURRENTLY` first, and add the constraint `USING INDEX`",
        ),
        _ => return None,
    })
}

/// What the database refuses.
fn failed(harm: &Harm) -> (String, &'static str) {
    let Harm::InTransaction { what, of } = harm else {
        return ("the migration harms the running version".to_owned(), "look at what it locks");
    };
    let (why, help) = match of {
        Transaction::OfDiesel => (
            "in which diesel runs a migration",
            "write `run_in_transaction = false` into `metadata.toml` beside it, and leave it alone in its migration",
        ),
        Transaction::OfOneMessage => (
            "and statements that are sent together are one",
            "give it a migration of its own: no other statement may stand in the file",
        ),
        Transaction::OfFile => ("and one is open here", "end the transaction before it"),
        _ => (
            "in which sqlx runs a migration",
            "begin the file with the line `-- no-transaction`, and leave it alone in its migration",
        ),
    };
    (format!("`{what}` fails in a transaction, {why}"), help)
}
