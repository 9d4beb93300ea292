//! The gate on repositories as Git makes them: one story from end to end, and everything that may be in the way of a base.

mod baseline;
mod formats;
pub(crate) mod git;
mod missing;

use std::fs;

use serde_json::Value;

use git::{GitTree, gate, gate_json, reasons, status};

const GRACEFUL: &str = "\n        .with_graceful_shutdown(shutdown::requested(readiness))";

/// The exemplary service on `main`, and a branch `change` that is checked out.
fn exemplary() -> GitTree {
    let tree = GitTree::of_fixture("exemplary");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree
}

#[test]
fn a_change_that_changes_nothing_passes() {
    let tree = exemplary();
    let run = gate(&tree, &["--base", "main"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    assert!(run.stdout.starts_with("gate passed"), "{}", run.stdout);
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(report["gate"]["status"], "passed");
    assert_eq!(report["gate"]["reasons"], Value::Array(Vec::new()));
    assert_eq!(report["gate"]["change"]["base"], tree.id("main").as_str());
}

#[test]
fn a_change_that_removes_graceful_shutdown_fails_and_says_so() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    tree.commit("faster stops");
    let run = gate(&tree, &["--base", "main"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{}", run.stdout);
    let report = gate_json(&tree, &["--base", "main"]);
    let reasons = reasons(&report);
    let has = |words: &[&str]| reasons.iter().any(|reason| words.iter().all(|word| reason.contains(word)));
    assert!(has(&["new high finding of `graceful-shutdown` in `orders` at src/main.rs:"]), "{reasons:#?}");
    assert!(
        has(&["`orders` has lost `graceful-termination`", "the base shows it at ", "src/main.rs:36"]),
        "{reasons:#?}"
    );
    assert!(has(&["the score of `orders` drops from 100 to "]), "{reasons:#?}");
    let new: Vec<&str> = report["findings"]
        .as_array()
        .expect("findings are an array")
        .iter()
        .filter(|finding| finding["new"] == true)
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert!(new.contains(&"graceful-shutdown"), "{new:?}");
    assert!(!run.stdout.contains("graceful-shutdown` says why"), "the gate is short");
}

#[test]
fn uncommitted_work_is_part_of_the_change() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    assert_eq!(status(&gate_json(&tree, &["--base", "main"])), "failed");
    assert_eq!(status(&gate_json(&tree, &["--base", "HEAD"])), "failed");
}

#[test]
fn an_audit_with_a_base_says_and_exits_the_same() {
    let tree = exemplary();
    let whole = |tree: &GitTree| tree.forge(&["audit", "--base", "main"]);
    let passed = whole(&tree);
    assert_eq!(passed.code, Some(0));
    assert!(passed.stdout.contains("gate passed") && passed.stdout.contains("100/100"), "{}", passed.stdout);
    tree.replace("src/main.rs", GRACEFUL, "");
    let failed = whole(&tree);
    assert_eq!(failed.code, Some(1));
    assert!(failed.stdout.contains("gate failed") && failed.stdout.contains("fixes that bring most"));
    let json = |command: &str| tree.forge(&[command, "--base", "main", "--format", "json"]).stdout;
    assert!(json("audit") == json("gate"), "both are the whole report");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    for format in ["text", "json"] {
        let run =
            |threads: &str| gate(&tree, &["--base", "main", "--format", format, "--threads", threads]).stdout;
        assert!(run("1") == run("4"), "{format}");
    }
}

/// The exemplary service with two migrations, the second of which builds an index while nobody can write.
fn migrated() -> GitTree {
    let tree = GitTree::of_fixture("exemplary");
    tree.write("migrations/0001_orders.sql", "CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, note TEXT);\n");
    tree.write("migrations/0002_index.sql", "CREATE INDEX orders_note ON orders (note);\n");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree
}

#[test]
fn migrations_that_a_change_brings_are_judged_and_no_others() {
    let tree = migrated();
    expect_nothing_new(&tree);
    tree.write("migrations/0003_note.sql", "ALTER TABLE orders RENAME COLUMN note TO remark;\n");
    tree.write("migrations/0004_owner.sql", "ALTER TABLE orders ADD COLUMN owner BIGINT;\n");
    let report = gate_json(&tree, &["--base", "main"]);
    let new: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .expect("findings are an array")
        .iter()
        .filter(|finding| finding["new"] == true)
        .filter_map(|finding| Some((finding["rule"].as_str()?, finding["path"].as_str()?)))
        .collect();
    assert_eq!(new, [("safe-migrations", "migrations/0003_note.sql")]);
    assert_eq!(status(&report), "failed");
    assert!(reasons(&report)[0].contains("new high finding of `safe-migrations`"), "{:?}", reasons(&report));
}

#[test]
fn migrations_that_moved_or_went_are_nothing_new() {
    let tree = migrated();
    fs::create_dir(tree.path().join("db")).expect("the folder is writable");
    tree.git(&["mv", "migrations", "db/migrations"]);
    assert_eq!(status(&gate_json(&tree, &["--base", "main"])), "passed");
    tree.git(&["rm", "--quiet", "-f", "db/migrations/0002_index.sql"]);
    assert_eq!(status(&gate_json(&tree, &["--base", "main"])), "passed");
}

/// A service with faults, so that what moves has something to move.
fn tutorial() -> GitTree {
    let tree = GitTree::of_fixture("tutorial");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    let report = gate_json(&tree, &["--base", "main"]);
    assert!(report["gate"]["change"]["unchanged"].as_u64() > Some(5), "{}", report["gate"]);
    tree
}

fn expect_nothing_new(tree: &GitTree) -> Value {
    let report = gate_json(tree, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    let change = &report["gate"]["change"];
    assert_eq!(change["fixed"], Value::Array(Vec::new()));
    assert_eq!(change["unchanged"].as_u64(), report["findings"].as_array().map(|all| all.len() as u64));
    report
}

#[test]
fn a_moved_file_is_nothing_new() {
    let tree = tutorial();
    fs::create_dir(tree.path().join("docker")).expect("the folder is writable");
    tree.git(&["mv", "Dockerfile", "docker/Dockerfile"]);
    tree.commit("move the Dockerfile");
    expect_nothing_new(&tree);
}

#[test]
fn a_moved_folder_is_nothing_new() {
    let tree = GitTree::of_fixture("workspace");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    let members: Vec<String> = gate_json(&tree, &["--base", "main"])["services"]
        .as_array()
        .expect("services are an array")
        .iter()
        .filter_map(|service| service["main"].as_str()?.split('/').next().map(str::to_owned))
        .collect();
    let folder = members.first().expect("the workspace has a service").clone();
    tree.git(&["mv", &folder, "moved"]);
    for path in tree.files_with(&folder) {
        let text = fs::read_to_string(tree.path().join(&path)).expect("the file was just listed");
        tree.write(
            &path,
            text.replace(&format!("{folder}/"), "moved/").replace(&format!("\"{folder}\""), "\"moved\""),
        );
    }
    tree.commit("rename a folder");
    let report = gate_json(&tree, &["--base", "main"]);
    let moved = report["gate"]["change"]["services"].as_array().expect("services are an array").iter();
    assert!(moved.clone().any(|service| service["was"].is_string()), "{:#}", report["gate"]);
    let new: Vec<&Value> =
        report["findings"].as_array().expect("an array").iter().filter(|one| one["new"] == true).collect();
    assert!(new.is_empty(), "{new:#?}");
}

#[test]
fn moved_lines_and_other_ends_of_lines_are_nothing_new() {
    let tree = tutorial();
    for path in ["src/main.rs", "Dockerfile"] {
        let text = fs::read_to_string(tree.path().join(path)).expect("the fixture has the file");
        let comment = if path == "Dockerfile" { "# one line more" } else { "// one line more" };
        // Git stores LF and checks out CRLF where `core.autocrlf` says so; filters are not run on the base.
        tree.write(path, format!("{comment}\n{text}").replace('\n', "\r\n"));
    }
    expect_nothing_new(&tree);
}

#[test]
fn what_is_mended_passes_and_says_what_it_brought() {
    let tree = tutorial();
    let text = fs::read_to_string(tree.path().join("Dockerfile")).expect("the fixture has a Dockerfile");
    let last = text.lines().position(|line| line.starts_with("CMD") || line.starts_with("ENTRYPOINT"));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(last.expect("the image starts something"), "USER 10001");
    tree.write("Dockerfile", lines.join("\n") + "\n");
    tree.commit("run as nobody");
    let report = gate_json(&tree, &["--base", "main"]);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    let fixed = report["gate"]["change"]["fixed"].as_array().expect("an array").clone();
    assert_eq!(fixed.len(), 1, "{fixed:#?}");
    assert_eq!(fixed[0]["rule"], "non-root-container");
    assert!(fixed[0]["points"].as_f64() > Some(0.5), "{fixed:#?}");
    let text = gate(&tree, &["--base", "main"]).stdout;
    let points = format!("{:+.1}", fixed[0]["points"].as_f64().expect("points are a number"));
    assert!(text.contains("1 finding fixed") && text.contains(&points), "{text}");
    assert!(text.contains(" → "), "{text}");
}

#[test]
fn the_policy_of_the_command_line_decides_what_fails() {
    let tree = tutorial();
    tree.write("src/noise.rs", "pub fn noise() {}\n");
    let code = |options: &[&str]| gate(&tree, &[&["--base", "main"], options].concat()).code;
    assert_eq!(code(&["--fail-under", "0"]), Some(0));
    assert_eq!(code(&["--fail-under", "100"]), Some(1));
    assert_eq!(code(&["--fail-under", "101"]), Some(2));
    assert_eq!(code(&["--require-level", "gold"]), Some(1));
    assert_eq!(code(&["--require-level", "platinum"]), Some(2));
    assert_eq!(code(&["--max-drop", "-1"]), Some(2));
    assert_eq!(code(&["--fail-on", "info"]), Some(2));
    let worse = exemplary();
    worse.replace("src/main.rs", GRACEFUL, "");
    let report = gate_json(&worse, &["--base", "main", "--fail-on", "critical", "--max-drop", "100"]);
    let reasons = reasons(&report);
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains("has lost")), "{reasons:#?}");
    // What is new and does not fail is told all the same.
    let text = gate(&worse, &["--base", "main", "--fail-on", "critical", "--max-drop", "100"]).stdout;
    assert!(text.contains("1 more new finding, no reason to fail"), "{text}");
    let needless = worse.forge(&["audit", "--fail-on", "high"]);
    assert_eq!(needless.code, Some(2), "a policy without a comparison says nothing: {}", needless.stdout);
}

#[test]
fn a_reader_who_leaves_does_not_change_the_answer() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    let line = format!(
        "{{ \"$FORGE\" gate --base main --format json {:?}; echo $? >{:?}; }} | true; sleep 0.1; while ! [ -s {1:?} ]; do sleep 0.1; done",
        tree.path(),
        tree.outside().join("code")
    );
    crate::common::Forge::shell(&line).run();
    assert_eq!(fs::read_to_string(tree.outside().join("code")).expect("the shell wrote it").trim(), "1");
}
