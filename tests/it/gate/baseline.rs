//! Baseline files: written, compared with, pruned, and refused.

use std::fs;

use serde_json::Value;

use super::git::{json_at, reasons, status};
use crate::common::{Forge, Run, Tree};

fn forge(args: &[&str], tree: &Tree) -> Run {
    Forge::new().args(args).current_dir(&tree.path()).run()
}

fn written() -> Tree {
    let tree =
        Tree::service_with(&[("Dockerfile", "FROM debian:bookworm\nCOPY shop /shop\nCMD [\"/shop\"]\n")]);
    let run = forge(&["baseline", "write"], &tree);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("findings of 1 services"), "{}", run.stdout);
    tree
}

fn file(tree: &Tree) -> String {
    fs::read_to_string(tree.path().join("forge-baseline.json")).expect("it was written")
}

fn against(tree: &Tree) -> Value {
    json_at(&tree.path(), &["--baseline", &tree.path().join("forge-baseline.json").to_string_lossy()])
}

#[test]
fn what_a_baseline_knows_passes_and_what_is_new_fails() {
    let tree = written();
    let report = against(&tree);
    assert_eq!(status(&report), "passed", "{:#}", report["gate"]);
    assert_eq!(report["gate"]["change"]["base"], "forge-baseline.json");
    tree.write("Dockerfile", "FROM debian\nCOPY shop /shop\nCMD /shop\n");
    let report = against(&tree);
    assert_eq!(status(&report), "failed");
    assert!(reasons(&report).iter().any(|reason| reason.contains("`pinned-image`")), "{:#}", report["gate"]);
}

#[test]
fn a_baseline_is_written_alike_and_is_no_part_of_the_tree() {
    let tree = written();
    let first = file(&tree);
    let report = tree.audit().text;
    assert_eq!(forge(&["baseline", "write"], &tree).code, Some(0));
    assert!(file(&tree) == first, "the same tree gives the same bytes");
    tree.remove("forge-baseline.json");
    assert_eq!(
        tree.audit().json["findings"],
        serde_json::from_str::<Value>(&report).expect("JSON")["findings"]
    );
    let names: Vec<_> = fs::read_dir(tree.path()).expect("it can be listed").flatten().collect();
    assert!(names.iter().all(|entry| !entry.file_name().to_string_lossy().contains("baseline")), "{names:?}");
}

#[test]
fn pruning_takes_out_what_is_mended_and_nothing_else() {
    let tree = written();
    let before = file(&tree);
    let run = forge(&["baseline", "prune"], &tree);
    assert!(run.stdout.contains(" 0 of "), "{}", run.stdout);
    assert!(file(&tree) == before);
    tree.write("Dockerfile", "FROM debian:bookworm\nCOPY shop /shop\nUSER 1\nCMD /shop\n");
    let run = forge(&["baseline", "prune"], &tree);
    assert!(run.stdout.contains(" 1 of "), "{}", run.stdout);
    assert!(!file(&tree).contains("non-root-container"));
    assert!(!file(&tree).contains("exec-form-entrypoint"), "what is new is not forgiven by pruning");
    assert_eq!(status(&against(&tree)), "failed");
}

#[test]
fn a_file_that_is_no_baseline_is_one_clear_message() {
    let tree = written();
    let good = file(&tree);
    for (text, words) in [
        (good.replace("\"forge_baseline\": 1", "\"forge_baseline\": 7"), "of version 7, not 1"),
        (good[..good.len() / 2].to_owned(), "is no baseline (line "),
        (good.replace("\"fingerprint\"", "\"thumb\""), "is no baseline (line "),
        ("[]".to_owned(), "is no baseline"),
        (String::new(), "is no baseline"),
    ] {
        tree.write("forge-baseline.json", text);
        for command in [&["gate", "--baseline", "forge-baseline.json"][..], &["baseline", "prune"]] {
            let run = forge(command, &tree);
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{words}");
            assert!(run.stderr.contains(words) && run.stderr.lines().count() == 1, "{words}: {}", run.stderr);
        }
    }
    tree.write("forge-baseline.json", [0xff, 0xfe]);
    assert!(forge(&["baseline", "prune"], &tree).stderr.contains("not valid UTF-8"));
    let run = forge(&["gate", "--baseline", "no.json"], &tree);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no.json does not exist; `forge baseline write`"), "{}", run.stderr);
}

#[test]
fn a_baseline_of_other_rules_cannot_be_compared_with() {
    let tree = written();
    let text =
        file(&tree).replace(concat!("\"ruleset\": \"", env!("CARGO_PKG_VERSION")), "\"ruleset\": \"0.0.1");
    tree.write("forge-baseline.json", text);
    let report = against(&tree);
    assert_eq!(status(&report), "inconclusive");
    assert!(reasons(&report)[0].contains("rule set 0.0.1"), "{:?}", reasons(&report));
}

#[test]
fn a_baseline_stands_in_where_the_base_is_not_in_the_clone() {
    let tree = written();
    let report = json_at(
        &tree.path(),
        &["--base", "main", "--baseline", &tree.path().join("forge-baseline.json").to_string_lossy()],
    );
    assert_eq!(status(&report), "passed");
    let notes = report["notes"].as_array().expect("an array");
    assert!(
        notes
            .iter()
            .any(|note| note["message"].as_str().is_some_and(|text| text.contains("since there is no base")))
    );
}

#[test]
fn a_path_that_cannot_be_written_leaves_nothing_behind() {
    let tree = written();
    for output in ["no/such/folder/b.json", "src"] {
        let run = forge(&["baseline", "write", "--output", output], &tree);
        assert_eq!(run.code, Some(2), "{output}");
        assert!(run.stderr.contains("could not write") && run.stderr.lines().count() == 1, "{}", run.stderr);
    }
    let hidden = fs::read_dir(tree.path()).expect("it can be listed").flatten();
    assert!(hidden.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".src")));
}
