//! Folders of migrations: their order, the database that they are for, who runs them, and which of them may still have to run.
//!
//! A repository does not say which migrations have run. One that has run is history: nobody can mend it, and to edit it breaks the
//! checksums of sqlx and refinery. So only these are looked at:
//!
//! - in a comparison, those that the change brings, which certainly have still to run, all of them;
//! - the newest of each folder, with those of its day where versions are times. It may have run as well, which is why a rule
//!   cannot be sure of it.
//!
//! The first of a folder makes the schema that the first version meets, and is never looked at.

mod database;
mod harm;

use std::collections::BTreeMap;

use crate::facts::sql::{Action, SqlFacts};
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Note, Place, Sources, file_name, folder, join};
use crate::span::{FileId, Span};
use crate::syntax::toml;

use super::workload::is_aside;
pub(crate) use database::Database;
pub(crate) use harm::{Harm, Hazard, Transaction};

pub(crate) use crate::facts::sql::Value;

/// The migrations of one database.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: String,
    pub(crate) database: Database,
    /// Those that may still have to run, in their order.
    pub(crate) pending: Vec<Pending>,
}

/// A migration that may still have to run.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Its first line.
    pub(crate) place: Span,
    /// Whether the change brings it, so that it has certainly still to run.
    pub(crate) is_added: bool,
    pub(crate) hazards: Vec<Hazard>,
    /// Where it could not be read, and why; the first such place.
    pub(crate) unread: Option<(Span, String)>,
}

/// What runs migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Sqlx,
    Diesel,
    Unknown,
}

/// A file of a folder, or of the folder as it was before.
struct Entry<'s> {
    version: Version,
    path: &'s str,
    /// `None` where it is no longer there.
    file: Option<(FileId, &'s SqlFacts)>,
}

/// What orders migrations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(String);

impl Folder {
    /// Every folder of migrations that is not a test's or an example's, in the order of their paths.
    pub(crate) fn all(sources: &Sources, facts: &Facts) -> Vec<Self> {
        let mut homes: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for (id, file) in sources.iter().filter(|(_, file)| file.kind == Kind::Migration && !file.is_link) {
            if let FileFacts::Migration(facts) = facts.get(id)
                && !is_aside(&file.path)
            {
                let entry =
                    Entry { version: Version::of(&file.path), path: &file.path, file: Some((id, &**facts)) };
                homes.entry(home(&file.path)).or_default().push(entry);
            }
        }
        let before = sources.migrations_before();
        for path in before.iter().flat_map(|before| &before.paths).filter(|path| sources.find(path).is_none())
        {
            if let Some(entries) = homes.get_mut(home(path)) {
                entries.push(Entry { version: Version::of(path), path, file: None });
            }
        }
        let is_sqlx = database::depends_on_sqlx(sources, facts);
        homes
            .into_iter()
            .map(|(path, mut entries)| {
                entries.sort_by(|a, b| (&a.version, a.path).cmp(&(&b.version, b.path)));
                let texts = entries.iter().filter_map(|entry| entry.file.map(|(_, facts)| facts));
                let database = Database::of(path, texts, sources, facts);
                let pending = match database {
                    Database::Postgres => pending(sources, &entries, is_sqlx),
                    Database::Other(_) | Database::Unknown => Vec::new(),
                };
                Self { path: path.to_owned(), database, pending }
            })
            .collect()
    }
}

/// What of the migrations that matter could not be read: one note for each file.
pub(crate) fn unread(folders: &[Folder]) -> Vec<Note> {
    let unread = folders.iter().flat_map(|folder| &folder.pending).filter_map(|one| one.unread.as_ref());
    unread
        .map(|(span, why)| Note::warning(Place::Span(*span), format!("could not be read as SQL: {why}")))
        .collect()
}

fn pending(sources: &Sources, entries: &[Entry<'_>], is_sqlx: bool) -> Vec<Pending> {
    let before = sources.migrations_before();
    let is_added = |entry: &Entry<'_>| match (before, entry.file) {
        (Some(before), Some((file, _))) => !before.has(sources.file(file)),
        _ => false,
    };
    let newest = entries.last().map(|entry| entry.version.day());
    let is_pending = |entry: &Entry<'_>| is_added(entry) || Some(entry.version.day()) == newest;
    let steps: Vec<(&Entry<'_>, FileId, &SqlFacts)> =
        entries.iter().filter_map(|entry| entry.file.map(|(file, facts)| (entry, file, facts))).collect();
    let first = entries.first().map(|entry| entry.path);
    let mut schema = harm::Schema::default();
    for (_, _, facts) in steps.iter().filter(|(entry, ..)| is_pending(entry)) {
        schema.expect(facts);
    }
    let mut found = Vec::new();
    for (entry, file, facts) in steps {
        if !is_pending(entry) || Some(entry.path) == first {
            schema.apply(facts);
            continue;
        }
        let runs = transaction(sources, entry, facts, is_sqlx);
        found.push(Pending {
            place: sources.first_line(file),
            is_added: is_added(entry),
            hazards: schema.hazards(file, facts, runs),
            unread: first_unread(file, facts),
        });
    }
    found
}

fn first_unread(file: FileId, facts: &SqlFacts) -> Option<(Span, String)> {
    let broken = facts.error.as_ref().map(|error| (error.span(file), error.value.clone()));
    let unknown = facts.actions.iter().filter(|statement| !statement.is_assured);
    let mut unknown = unknown.filter_map(|statement| match &statement.action {
        Action::Unread(why) => Some((Span::new(file, statement.range), why.clone())),
        _ => None,
    });
    unknown.next().or(broken)
}

/// How a migration is run, as far as that is known.
fn transaction(sources: &Sources, entry: &Entry<'_>, facts: &SqlFacts, is_sqlx: bool) -> Transaction {
    let runner = runner(entry.path, is_sqlx);
    let is_outside = match runner {
        Runner::Sqlx => facts.opens_without_transaction,
        Runner::Diesel => {
            let metadata = join(folder(entry.path), "metadata.toml").and_then(|path| sources.find(&path));
            metadata.is_some_and(|file| {
                toml::parse(sources.text(file)).root().bool("run_in_transaction") == Some(false)
            })
        }
        Runner::Unknown => return Transaction::Unknown,
    };
    match (is_outside, runner) {
        // Statements that are sent in one message are one transaction, whoever sends them
        // (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
        (true, _) if facts.count > 1 => Transaction::OfOneMessage,
        (true, _) => Transaction::None,
        (false, Runner::Diesel) => Transaction::OfDiesel,
        (false, _) => Transaction::OfSqlx,
    }
}

fn runner(path: &str, is_sqlx: bool) -> Runner {
    let name = file_name(path);
    if name.eq_ignore_ascii_case("up.sql") {
        Runner::Diesel
    } else if is_sqlx && name.starts_with(|c: char| c.is_ascii_digit()) {
        Runner::Sqlx
    } else {
        Runner::Unknown
    }
}

/// The folder whose migrations are run together. Diesel has a folder for each.
fn home(path: &str) -> &str {
    let own = folder(path);
    if file_name(path).eq_ignore_ascii_case("up.sql") { folder(own) } else { own }
}

impl Version {
    /// sqlx and refinery order by number, diesel by the text before the first `_`, without dashes.
    fn of(path: &str) -> Self {
        /// As many digits as a number of 128 bits has.
        const WIDTH: usize = 39;
        let name = file_name(path);
        if name.eq_ignore_ascii_case("up.sql") {
            let own = file_name(folder(path));
            return Self(own.split('_').next().unwrap_or_default().replace('-', ""));
        }
        let number = name.trim_start_matches(['V', 'U', 'v', 'u']);
        let number: String = number.chars().take_while(char::is_ascii_digit).collect();
        Self(format!("{:0>WIDTH$}", number.trim_start_matches('0')))
    }

    /// The day of a version that is a time; else the version. What one change needs is mostly written on one day.
    fn day(&self) -> &str {
        let digits = self.0.trim_start_matches('0');
        let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok());
        let is_time = digits.len() >= 12
            && part(0, 4).is_some_and(|year| (1990..2100).contains(&year))
            && part(4, 6).is_some_and(|month| (1..=12).contains(&month))
            && part(6, 8).is_some_and(|day| (1..=31).contains(&day));
        if is_time { &digits[..8] } else { &self.0 }
    }
}

#[cfg(test)]
mod tests;
