//! Which database a folder of migrations is for.

use crate::facts::manifest::{Dependency, ManifestFacts};
use crate::facts::sql::{Dialect, SqlFacts};
use crate::facts::{Facts, FileFacts};
use crate::model::workload::is_aside;
use crate::source::{Kind, Sources, ancestors, file_name, folder};

/// The database that a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Postgres,
    /// Another one, by its name.
    Other(&'static str),
    Unknown,
}

/// Parts of the names of folders.
const NAMES: &[(Database, &[&str])] = &[
    (Database::Postgres, &["postgres", "postgresql", "pg", "pgsql", "psql"]),
    (Database::Other("SQLite"), &["sqlite", "sqlite3", "rusqlite", "hiqlite", "libsql", "turso"]),
    (Database::Other("MySQL"), &["mysql", "mariadb"]),
    (Database::Other("ClickHouse"), &["clickhouse"]),
    (Database::Other("Spanner"), &["spanner"]),
    (Database::Other("Cassandra"), &["cassandra", "scylla"]),
    (Database::Other("DuckDB"), &["duckdb"]),
];

impl Database {
    /// The name of one that is known and is not `PostgreSQL`.
    pub(crate) fn other(self) -> Option<&'static str> {
        match self {
            Self::Other(name) => Some(name),
            Self::Postgres | Self::Unknown => None,
        }
    }

    /// The name of a folder says it outright; the words of the texts are the next best, since a workspace may have clients of
    /// several databases; then the dependencies of the package that the folder stands in, and at last those of all packages.
    pub(super) fn of<'f>(
        path: &str,
        texts: impl Iterator<Item = &'f SqlFacts>,
        sources: &Sources,
        facts: &Facts,
    ) -> Self {
        let named = || ancestors(path).find_map(|at| of_name(file_name(at)));
        let spoken = || only(texts.flat_map(|facts| &facts.dialects).map(|dialect| of_dialect(*dialect)));
        let own = || ancestors(path).find_map(|at| only(of_manifest(sources, facts, at)));
        named().or_else(spoken).or_else(own).or_else(|| only(of_all(sources, facts))).unwrap_or(Self::Unknown)
    }
}

/// The one that all are, if they are one.
fn only(mut all: impl Iterator<Item = Database>) -> Option<Database> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn of_name(name: &str) -> Option<Database> {
    let mut parts = name.split(['-', '_', '.']);
    parts.find_map(|part| {
        let known = NAMES.iter().find(|(_, names)| names.iter().any(|name| part.eq_ignore_ascii_case(name)));
        known.map(|(database, _)| *database)
    })
}

fn of_dialect(dialect: Dialect) -> Database {
    match dialect {
        Dialect::Postgres => Database::Postgres,
        Dialect::MySql => Database::Other("MySQL"),
        Dialect::Sqlite => Database::Other("SQLite"),
    }
}

fn manifests<'f>(
    sources: &'f Sources,
    facts: &'f Facts,
) -> impl Iterator<Item = (&'f str, &'f ManifestFacts)> {
    facts.of_kind(sources, Kind::CargoManifest).filter_map(|(file, facts)| match facts {
        FileFacts::Manifest(facts) if !is_aside(sources.path(file)) => Some((sources.path(file), &**facts)),
        _ => None,
    })
}

/// Those that the manifest in a folder has clients of.
fn of_manifest<'f>(
    sources: &'f Sources,
    facts: &'f Facts,
    at: &'f str,
) -> impl Iterator<Item = Database> + 'f {
    manifests(sources, facts)
        .filter(move |(path, _)| folder(path) == at)
        .flat_map(|(_, facts)| clients(facts))
}

fn of_all<'f>(sources: &'f Sources, facts: &'f Facts) -> impl Iterator<Item = Database> + 'f {
    manifests(sources, facts).flat_map(|(_, facts)| clients(facts))
}

fn all_of(facts: &ManifestFacts) -> impl Iterator<Item = &Dependency> {
    facts.dependencies.iter().chain(facts.workspace.iter().flat_map(|workspace| &workspace.dependencies))
}

fn clients(facts: &ManifestFacts) -> impl Iterator<Item = Database> + '_ {
    all_of(facts).flat_map(|dependency| {
        let has = |feature: &str| dependency.features.iter().any(|own| own.starts_with(feature));
        let by_feature = |database: Database, feature: &str| has(feature).then_some(database);
        match dependency.package.as_deref().unwrap_or(&dependency.key.value) {
            "tokio-postgres" | "postgres" | "deadpool-postgres" | "bb8-postgres" => {
                [Some(Database::Postgres), None, None]
            }
            "rusqlite" => [Some(Database::Other("SQLite")), None, None],
            "sqlx" | "diesel" | "diesel-async" | "diesel_async" | "refinery" | "sea-orm" => [
                by_feature(Database::Postgres, "postgres")
                    .or_else(|| by_feature(Database::Postgres, "tokio-postgres"))
                    .or_else(|| by_feature(Database::Postgres, "sqlx-postgres")),
                by_feature(Database::Other("SQLite"), "sqlite")
                    .or_else(|| by_feature(Database::Other("SQLite"), "rusqlite"))
                    .or_else(|| by_feature(Database::Other("SQLite"), "sqlx-sqlite")),
                by_feature(Database::Other("MySQL"), "mysql")
                    .or_else(|| by_feature(Database::Other("MySQL"), "sqlx-mysql")),
            ],
            _ => [None, None, None],
        }
        .into_iter()
        .flatten()
    })
}

/// Whether a package of the tree uses sqlx, which is then what runs numbered files.
pub(super) fn depends_on_sqlx(sources: &Sources, facts: &Facts) -> bool {
    manifests(sources, facts).any(|(_, facts)| {
        all_of(facts)
            .any(|dependency| dependency.package.as_deref().unwrap_or(&dependency.key.value) == "sqlx")
    })
}
