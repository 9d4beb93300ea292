use super::*;

/// The folders of a tree.
fn folders<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Vec<Folder> {
    let sources = Sources::from_texts(files);
    Folder::all(&sources, &Facts::extract(&sources))
}

/// What harms, with the paths of those that were looked at, of a tree that may be compared with another one.
fn looked_at(before: Option<&[(&str, &str)]>, files: &[(&str, &str)]) -> Vec<(String, usize, bool)> {
    let mut sources = Sources::from_texts(files.iter().copied());
    if let Some(before) = before {
        sources.remember(&Sources::from_texts(before.iter().copied()));
    }
    let folders = Folder::all(&sources, &Facts::extract(&sources));
    let pending = folders.iter().flat_map(|folder| &folder.pending);
    pending
        .map(|one| {
            let path = sources.path(one.place.file);
            (file_name(path).to_owned(), one.hazards.len(), one.is_added)
        })
        .collect()
}

fn seen(all: &[(&str, usize, bool)]) -> Vec<(String, usize, bool)> {
    all.iter().map(|(name, hazards, is_added)| ((*name).to_owned(), *hazards, *is_added)).collect()
}

const FIRST: (&str, &str) =
    ("migrations/1_first.sql", "CREATE TABLE a (id BIGSERIAL, b varchar(10), c int);");
const INDEX: &str = "CREATE INDEX ON a (b);";

#[test]
fn the_newest_is_looked_at_by_number() {
    let files = [FIRST, ("migrations/9_x.sql", INDEX), ("migrations/10_y.sql", INDEX)];
    assert_eq!(looked_at(None, &files), seen(&[("10_y.sql", 1, false)]));
    assert_eq!(looked_at(None, &[FIRST]), []);
}

#[test]
fn what_was_written_on_one_day_is_looked_at_together() {
    let files = [
        ("migrations/20240101000000_a.sql", "CREATE TABLE a (id BIGSERIAL);"),
        ("migrations/20250607080910_b.sql", "DROP TABLE a;"),
        ("migrations/20250608080910_c.sql", "CREATE TABLE d (id int);"),
        ("migrations/20250608080911_d.sql", "CREATE INDEX ON d (id); CREATE INDEX ON a (id);"),
    ];
    let all = [("20250608080910_c.sql", 0, false), ("20250608080911_d.sql", 1, false)];
    assert_eq!(looked_at(None, &files), seen(&all));
}

#[test]
fn all_that_a_change_brings_is_looked_at() {
    let before = [FIRST, ("migrations/2_x.sql", INDEX)];
    let files = [
        FIRST,
        before[1],
        ("migrations/3_y.sql", "CREATE INDEX ON a (c);"),
        ("migrations/4_z.sql", "DROP TABLE a;"),
    ];
    assert_eq!(looked_at(Some(&before), &files), seen(&[("3_y.sql", 1, true), ("4_z.sql", 1, true)]));
    assert_eq!(looked_at(Some(&files), &files), seen(&[("4_z.sql", 1, false)]));
    assert_eq!(looked_at(Some(&files), &before), [], "what was before the last one is not new without it");
    let moved = [("db/migrations/1_first.sql", FIRST.1), ("db/migrations/2_x.sql", INDEX)];
    assert_eq!(looked_at(Some(&before), &moved), seen(&[("2_x.sql", 1, false)]), "a folder that moved");
    assert_eq!(looked_at(Some(&[]), &before), seen(&[("2_x.sql", 0, true)]), "with its table");
}

#[test]
fn the_database_is_established_first() {
    let table = "CREATE TABLE a (id int);";
    let manifest =
        |features: &str| format!("[dependencies]\nsqlx = {{ version = \"0.8\", features = [{features}] }}\n");
    let of = |path: &str, text: &str, manifest: &str| {
        folders([(path, text), ("Cargo.toml", manifest)]).remove(0).database
    };
    let (one, both) = (manifest("\"postgres\""), manifest("\"postgres\", \"sqlite\""));
    assert_eq!(of("migrations/1_a.sql", table, &one), Database::Postgres);
    assert_eq!(of("migrations/1_a.sql", table, &both), Database::Unknown);
    assert_eq!(of("migrations/1_a.sql", "CREATE TABLE a (id SERIAL);", &both), Database::Postgres);
    assert_eq!(of("migrations/1_a.sql", "CREATE TABLE `a` (id int);", &both), Database::Other("MySQL"));
    assert_eq!(
        of("migrations/sqlite/1_a.sql", "CREATE TABLE a (id SERIAL);", &one),
        Database::Other("SQLite")
    );
    assert_eq!(of("crates/storage-pg/migrations/1_a.sql", table, &both), Database::Postgres);
    assert_eq!(
        of("migrations/1_a.sql", table, "[dependencies]\ntokio-postgres = \"0.7\"\n"),
        Database::Postgres
    );
}

#[test]
fn types_that_keep_their_rows_are_no_hazard() {
    for (text, hazards) in [
        ("ALTER TABLE a ALTER b TYPE varchar(20)", 0),
        ("ALTER TABLE a ALTER b TYPE text", 0),
        ("ALTER TABLE a ALTER b TYPE varchar(5)", 1),
        ("ALTER TABLE a ALTER c TYPE bigint", 1),
        ("ALTER TABLE a ALTER c TYPE int4", 0),
        ("ALTER TABLE a ALTER c TYPE text", 1),
        ("ALTER TABLE elsewhere ALTER b TYPE varchar(5)", 0),
        ("ALTER TABLE elsewhere ALTER b TYPE bigint", 1),
    ] {
        assert_eq!(
            looked_at(None, &[FIRST, ("migrations/2_x.sql", text)]),
            seen(&[("2_x.sql", hazards, false)]),
            "{text}"
        );
    }
}

#[test]
fn what_is_made_or_emptied_before_is_no_hazard() {
    for (text, hazards) in [
        ("CREATE INDEX i ON a (b); DROP INDEX i;", 1),
        ("DROP INDEX i; CREATE INDEX i ON a (b);", 2),
        ("TRUNCATE a; CREATE INDEX i ON a (b); ALTER TABLE a ALTER c TYPE bigint;", 0),
        ("TRUNCATE a; ALTER TABLE a ADD d int NOT NULL;", 1),
        ("DELETE FROM a WHERE c > 1; CREATE INDEX i ON a (b);", 1),
        ("ALTER TABLE a ADD d int; ALTER TABLE a RENAME d TO e;", 0),
        ("CREATE TABLE x (d int); ALTER TABLE x RENAME TO y; CREATE INDEX ON y (d);", 0),
        ("DROP TABLE a, b, c;", 1),
    ] {
        assert_eq!(
            looked_at(None, &[FIRST, ("migrations/2_x.sql", text)]),
            seen(&[("2_x.sql", hazards, false)]),
            "{text}"
        );
    }
}

#[test]
fn the_transaction_is_that_of_the_runner() {
    let sqlx = "[dependencies]\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\n";
    let diesel = "[dependencies]\ndiesel = { version = \"2\", features = [\"postgres\"] }\n";
    let concurrent = "CREATE INDEX CONCURRENTLY i ON a (b);";
    let run = |manifest: &str, files: &[(&str, &str)]| {
        let files = files.iter().copied().chain([("Cargo.toml", manifest)]);
        let hazards = folders(files).remove(0).pending.remove(0).hazards;
        hazards.into_iter().map(|hazard| hazard.harm).collect::<Vec<_>>()
    };
    let fails = |of| vec![Harm::InTransaction { what: "CREATE INDEX CONCURRENTLY", of }];
    let outside = format!("-- no-transaction\n{concurrent}");
    let beside = format!("-- no-transaction\n{concurrent}\nSELECT 1;");
    assert_eq!(run(sqlx, &[FIRST, ("migrations/2_x.sql", concurrent)]), fails(Transaction::OfSqlx));
    assert_eq!(run(sqlx, &[FIRST, ("migrations/2_x.sql", &outside)]), []);
    assert_eq!(run(sqlx, &[FIRST, ("migrations/2_x.sql", &beside)]), fails(Transaction::OfOneMessage));
    assert_eq!(run(diesel, &[FIRST, ("migrations/2_x.sql", concurrent)]), []);
    let first = ("migrations/2024-01-01-000000_a/up.sql", FIRST.1);
    let up = ("migrations/2024-01-02-000000_b/up.sql", concurrent);
    let metadata = ("migrations/2024-01-02-000000_b/metadata.toml", "run_in_transaction = false\n");
    assert_eq!(run(diesel, &[first, up]), fails(Transaction::OfDiesel));
    assert_eq!(run(diesel, &[first, up, metadata]), []);
}

#[test]
fn what_cannot_be_read_is_one_note() {
    let text = "DROP TABLE IF EXISTS;\nALTER TABLE a ADD ???;\nSELECT 'x";
    let folders = folders([FIRST, ("migrations/2_x.sql", text)]);
    let notes = unread(&folders);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].message, "could not be read as SQL: it does not say what is dropped");
}
