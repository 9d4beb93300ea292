//! What the gate says in each form of the report, and that it is never silent.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::git::{GitTree, gate_at};
use super::{GRACEFUL, exemplary};
use crate::common::{Forge, Run};

/// A change of the tutorial's service that mends two findings and brings one.
fn mended_and_broken() -> GitTree {
    let tree = GitTree::of_fixture("tutorial");
    tree.commit("base");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree.replace("Dockerfile", "FROM rust:latest", "FROM rust:1.90.0");
    tree.replace("src/main.rs", "127.0.0.1:{port}", "0.0.0.0:{port}");
    tree.replace("src/main.rs", "    \"Hello", "    let _ = reqwest::get(GREETER).await;\n    \"Hello");
    tree.replace(
        "src/main.rs",
        "#[tokio::main]",
        "const GREETER: &str = \"https://greeter.example.com\";\n\n#[tokio::main]",
    );
    tree.commit("greet after the greeter, be reachable, pin the image");
    tree
}

fn gate_beside(tree: &GitTree, options: &[&str]) -> Run {
    Forge::new()
        .args(&["gate", "--base", "main"])
        .args(options)
        .path(&tree.path())
        .current_dir(tree.outside())
        .run()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("it was written")
}

#[test]
fn files_say_what_the_change_does_and_standard_error_why_it_fails() {
    let tree = mended_and_broken();
    let run = gate_beside(&tree, &["--format", "sarif=x.sarif", "--format", "markdown=y.md"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    let reason = "new high finding of `http-client-timeout` in `hello-axum` at src/main.rs:32: \
                  `hello-axum` waits for ever: `reqwest::get` sets no time-out";
    assert_eq!(run.stderr, format!("forge: gate failed\nforge: - {reason}\n"));

    let log: Value = serde_json::from_str(&read(tree.outside(), "x.sarif")).expect("it is JSON");
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("there are results");
    let of_state = |state: &str| -> Vec<(&str, &Value)> {
        let in_state = results.iter().filter(|result| result["baselineState"] == state);
        let line =
            |result: &'_ Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].clone();
        assert!(in_state.clone().all(|result| line(result).is_u64()), "{results:#?}");
        in_state.map(|result| (result["ruleId"].as_str().unwrap_or_default(), result)).collect()
    };
    let (new, unchanged) = (of_state("new"), of_state("unchanged"));
    assert_eq!(new.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), ["http-client-timeout"]);
    assert!(unchanged.iter().any(|(rule, _)| *rule == "http-client-timeout"), "the call that was there");
    assert_eq!(new.len() + unchanged.len(), results.len());
    let gate = &run["properties"]["gate"];
    assert_eq!((&gate["status"], &gate["reasons"][0]), (&"failed".into(), &reason.into()), "{gate:#}");
    assert_eq!(gate["change"]["fixed"][0]["rule"], "reachable-bind");

    let comment = read(tree.outside(), "y.md");
    for words in [
        "\n## Forge: 42/100 (+20)\n",
        "\n❌ **The gate failed.**\n\n- new high finding of `http-client-timeout` in `hello-axum` ",
        "\n| `hello-axum` | http | 42 | 22 | +20 |\n",
        "\n### New findings: 1\n\n- **high** `http-client-timeout` at `src/main.rs:32`: ",
        "\n### Fixed: 2, +19.9 points\n\n- `reachable-bind` at `src/main.rs:22`: ",
        "\n- `pinned-image` at `Dockerfile:1`: ",
        "\n<summary>Findings that were there before: ",
    ] {
        assert!(comment.contains(words), "without {words:?}: {comment}");
    }
}

#[test]
fn a_gate_that_does_not_pass_is_never_silent() {
    let tree = exemplary();
    let run = |options: &[&str]| gate_beside(&tree, options);
    for format in ["json=a.json", "badge"] {
        assert_eq!(run(&["--format", format]).stderr, "", "{format}: it passes");
    }
    tree.replace("src/main.rs", GRACEFUL, "");
    for format in ["text", "json", "sarif", "markdown", "github"] {
        let run = run(&["--format", format]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{format}");
        assert!(run.stdout.contains("the score of `orders` drops"), "{format}: {}", run.stdout);
    }
    for format in ["text=a.txt", "gitlab", "junit", "badge"] {
        let run = run(&["--format", format]);
        assert_eq!(run.code, Some(1), "{format}");
        assert!(run.stderr.starts_with("forge: gate failed\nforge: - new "), "{format}: {}", run.stderr);
        assert!(run.stderr.contains("\nforge: - the score of `orders` drops"), "{format}: {}", run.stderr);
    }
    let audited = tree.forge(&["audit", "--base", "main", "--format", "badge"]);
    assert_eq!(audited.code, Some(1));
    assert!(audited.stderr.starts_with("forge: gate failed\n"), "{}", audited.stderr);

    fs::remove_dir_all(tree.path().join(".git")).expect("it stands there");
    let open = run(&["--format", "badge=b.svg"]);
    assert_eq!((open.code, open.stdout.as_str()), (Some(3), ""));
    assert!(open.stderr.starts_with("forge: gate inconclusive\nforge: - "), "{}", open.stderr);
}

#[test]
fn standard_error_names_the_first_reasons() {
    let tree = mended_and_broken();
    let call = |nth: usize| format!("    let _ = reqwest::get(\"https://{nth}.example.com\").await;\n");
    let calls: String = (0..12).map(call).collect();
    tree.replace("src/main.rs", "    \"Hello", &format!("{calls}    \"Hello"));
    let run = gate_beside(&tree, &["--format", "json=a.json"]);
    let report: Value = serde_json::from_str(&read(tree.outside(), "a.json")).expect("it is JSON");
    let reasons = report["gate"]["reasons"].as_array().map_or(0, Vec::len);
    assert!(reasons > 10, "{:#}", report["gate"]);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 12, "{}", run.stderr);
    assert_eq!(lines[11], format!("forge: and {} more", reasons - 10));
}

#[test]
fn quiet_is_the_verdict_and_its_reasons_and_verbose_is_all_of_them() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    let quiet = gate_beside(&tree, &["--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(1), ""));
    let mut lines = quiet.stdout.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("gate failed  against ")), "{}", quiet.stdout);
    assert!(lines.all(|line| line.starts_with("gate: ")), "{}", quiet.stdout);
    assert!(gate_beside(&tree, &["--verbose"]).stdout.contains("drops from 100 to"));
}

#[test]
fn whoever_stops_reading_does_not_make_it_pass() {
    let tree = exemplary();
    tree.replace("src/main.rs", GRACEFUL, "");
    for format in ["text", "json", "json=/dev/stdout"] {
        let command = format!("gate --base main '{}' --format {format}", tree.path().display());
        let run = Forge::shell(&format!("{{ \"$FORGE\" {command}; echo \"exit $?\" >&2; }} | :")).run();
        assert!(run.stderr.ends_with("exit 1\n"), "{format}: {}", run.stderr);
    }
}

#[test]
fn a_workflow_shows_the_verdict_and_the_summary_of_its_step() {
    let tree = mended_and_broken();
    let summary = tree.outside().join("summary.md");
    let run = Forge::new()
        .args(&["gate", "--base", "main"])
        .path(&tree.path())
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let first = "::error file=src/main.rs,line=32,endLine=32,col=13,endColumn=34,title=high%3A http-client-timeout (new)::";
    assert!(run.stdout.starts_with(first), "what is new comes first: {}", run.stdout);
    let told =
        "\nthe gate: failed\n- new high finding of `http-client-timeout` in `hello-axum` at src/main.rs:32: ";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let comment = fs::read_to_string(&summary).expect("it was written");
    assert!(comment.starts_with("<!-- forge -->\n## Forge: 42/100 (+20)\n"), "{comment}");
    assert!(comment.contains("❌ **The gate failed.**") && comment.contains("### Fixed: 2"), "{comment}");
}

#[test]
fn places_are_told_from_the_root_of_the_repository() {
    let tree = exemplary();
    let inner = tree.path().join("services/orders");
    fs::create_dir_all(&inner).expect("the folder is writable");
    for name in ["Cargo.toml", "Cargo.lock", "Dockerfile", "src"] {
        tree.git(&["mv", name, "services/orders"]);
    }
    tree.commit("move");
    tree.git(&["branch", "--force", "main"]);
    tree.replace("services/orders/src/main.rs", GRACEFUL, "");
    let uri = |options: &[&str]| {
        let run = gate_at(&inner, &[&["--base", "main", "--format", "sarif"], options].concat());
        let log: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
        let results = log["runs"][0]["results"].as_array().expect("there are results");
        let new = results.iter().find(|result| {
            (&result["ruleId"], &result["baselineState"]) == (&"graceful-shutdown".into(), &"new".into())
        });
        let place = &new.expect("it is new")["locations"][0]["physicalLocation"];
        (place["artifactLocation"]["uri"].clone(), log["runs"][0]["automationDetails"]["id"].clone())
    };
    assert_eq!(
        uri(&[]),
        ("services/orders/src/main.rs".into(), "forge/audit/services/orders/".into()),
        "as in an audit"
    );
    assert_eq!(
        uri(&["--path-prefix", "a", "--sarif-category", "gate"]),
        ("a/src/main.rs".into(), "gate/".into())
    );
}

#[test]
fn what_is_waived_is_no_news_and_a_waiver_out_of_order_is_told_once() {
    let tree = exemplary();
    tree.git(&["checkout", "--quiet", "main"]);
    let waiver = "[[waiver]]\nrule = \"graceful-shutdown\"\npath = \"src/**\"\nuntil = 2027-03-01\nreason = \"it is stopped by hand\"\n";
    tree.write("forge.toml", waiver);
    tree.commit("a waiver");
    tree.git(&["checkout", "--quiet", "-B", "change"]);
    tree.replace("src/main.rs", GRACEFUL, "");
    let run = gate_beside(&tree, &["--today", "2026-11-23", "--max-drop", "100"]);
    assert!(!run.stdout.contains("high graceful-shutdown "), "{}", run.stdout);
    assert!(!run.stdout.contains("new high finding"), "{}", run.stdout);

    let main = fs::read_to_string(tree.path().join("src/main.rs")).expect("it is there");
    tree.write("src/main.rs", format!("// forge: allow(metrics)\n{main}"));
    let run = gate_beside(&tree, &["--today", "2026-11-23", "--max-drop", "100"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("waiver at src/main.rs:1: "), "{}", run.stdout);
    assert!(!run.stdout.contains("medium waivers-valid "), "told once: {}", run.stdout);
}
