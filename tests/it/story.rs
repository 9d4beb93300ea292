//! The story of a team that has a gate, told once: a repository with a fault, the changes that people propose, and what is said of
//! each. Here at the terminal; `action.rs` tells it through the steps of the Action.

use crate::gate::git::{GitTree, reasons, status};

/// The day on which all of it happens.
pub(crate) const TODAY: &str = "2026-11-23";

const DRAIN: &str = "\n        .with_graceful_shutdown(shutdown::requested(readiness))";
const SERVE: &str = "    axum::serve(listener, app.router(config.request_timeout))";

/// A change, and what the gate says of it.
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    pub(crate) change: fn(&GitTree),
    pub(crate) status: &'static str,
    /// Words that one reason has, for each.
    pub(crate) reasons: &'static [&'static [&'static str]],
    /// The rule that a finding of the base was of.
    pub(crate) fixed: Option<&'static str>,
}

impl Scene {
    pub(crate) fn code(&self) -> i32 {
        i32::from(self.status == "failed")
    }
}

const LOST: &[&str] = &["`orders` has lost `graceful-termination`", "src/main.rs:36"];
const NEW: &[&str] = &["new high finding of `graceful-shutdown` in `orders` at src/main.rs:"];

pub(crate) const SCENES: &[Scene] = &[
    Scene {
        title: "nothing that counts is changed",
        change: |tree| tree.write("src/notes.rs", "//! Not part of anything.\n"),
        status: "passed",
        reasons: &[],
        fixed: None,
    },
    Scene {
        title: "graceful shutdown is removed",
        change: |tree| tree.replace("src/main.rs", DRAIN, ""),
        status: "failed",
        reasons: &[NEW, LOST, &["the score of `orders` drops from "]],
        fixed: None,
    },
    Scene {
        title: "and waived, by the same change",
        change: |tree| {
            let waiver = "    // forge: allow(graceful-shutdown, until = 2027-03-01) we deploy at night";
            tree.replace("src/main.rs", DRAIN, "");
            tree.replace("src/main.rs", SERVE, &format!("{waiver}\n{SERVE}"));
        },
        status: "failed",
        reasons: &[NEW, LOST],
        fixed: None,
    },
    Scene {
        title: "and waived in the configuration",
        change: |tree| {
            tree.replace("src/main.rs", DRAIN, "");
            tree.write(
                "forge.toml",
                "[[waiver]]\nrule = \"graceful-shutdown\"\npath = \"src/main.rs\"\nuntil = 2027-03-01\nreason = \"at night\"\n",
            );
        },
        status: "failed",
        reasons: &[NEW, LOST],
        fixed: None,
    },
    Scene {
        title: "and the configuration is loosened: the rule is off",
        change: |tree| {
            tree.replace("src/main.rs", DRAIN, "");
            tree.write("forge.toml", "[rules]\nignore = [\"graceful-shutdown\"]\n");
        },
        status: "failed",
        reasons: &[NEW, LOST],
        fixed: None,
    },
    Scene {
        title: "and the configuration is loosened: nothing fails",
        change: |tree| {
            tree.replace("src/main.rs", DRAIN, "");
            tree.write("forge.toml", "[gate]\nfail_on = \"critical\"\nmax_drop = 100\n");
        },
        status: "failed",
        reasons: &[NEW, LOST, &["the score of `orders` drops from "]],
        fixed: None,
    },
    Scene {
        title: "a file is moved",
        change: |tree| {
            tree.git(&["mv", "src/shutdown.rs", "src/stopping.rs"]);
            for path in tree.files_with("shutdown::") {
                tree.replace(&path, "shutdown::", "stopping::");
            }
            tree.replace("src/main.rs", "mod shutdown;", "mod stopping;");
        },
        status: "passed",
        reasons: &[],
        fixed: None,
    },
    Scene {
        title: "a finding is mended",
        change: |tree| tree.replace("Dockerfile", "USER 0:0", "USER 65532:65532"),
        status: "passed",
        reasons: &[],
        fixed: Some("non-root-container"),
    },
    Scene {
        title: "a waiver is added that has ended",
        change: |tree| {
            let waiver = "# forge: allow(non-root-container, until = 2026-11-22) the port is 80";
            tree.replace("Dockerfile", "USER 0:0", &format!("{waiver}\nUSER 0:0"));
        },
        status: "failed",
        reasons: &[&["waiver at Dockerfile:21: the waiver ended on 2026-11-22"]],
        fixed: None,
    },
];

/// The repository before anybody changes anything: on `main`, and a branch `change` that is checked out.
pub(crate) fn before() -> GitTree {
    let tree = GitTree::of_fixture("exemplary");
    tree.replace("Dockerfile", "USER 65532:65532", "USER 0:0");
    tree.commit("as it is");
    tree.git(&["checkout", "--quiet", "-b", "change"]);
    tree
}

/// The repository with a change that is committed.
pub(crate) fn after(scene: &Scene) -> GitTree {
    let tree = before();
    (scene.change)(&tree);
    tree.commit(scene.title);
    tree
}

/// Asserts what the report says of the change, and returns how many points it brought.
pub(crate) fn expect(scene: &Scene, report: &serde_json::Value) -> f64 {
    let title = scene.title;
    let given = reasons(report);
    assert_eq!(status(report), scene.status, "{title}: {given:#?}");
    for words in scene.reasons {
        let has = given.iter().any(|reason| words.iter().all(|word| reason.contains(word)));
        assert!(has, "{title}: no reason with {words:?} in {given:#?}");
    }
    let fixed = report["gate"]["change"]["fixed"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rules: Vec<&str> = fixed.iter().filter_map(|one| one["rule"].as_str()).collect();
    assert_eq!(rules, scene.fixed.into_iter().collect::<Vec<_>>(), "{title}");
    let points = fixed.iter().filter_map(|one| one["points"].as_f64()).sum();
    assert_eq!(points > 0.5, scene.fixed.is_some(), "{title}: {points}");
    points
}

#[test]
fn the_repository_has_a_score_and_a_fault() {
    let report = before().forge(&["audit", "--format", "json", "--today", TODAY]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).expect("the report is JSON");
    let score = report["score"]["value"].as_u64().expect("it is assessed");
    assert!((80..100).contains(&score), "{score}");
    let rules: Vec<&str> =
        report["findings"].as_array().into_iter().flatten().filter_map(|one| one["rule"].as_str()).collect();
    assert_eq!(rules, ["non-root-container"]);
}

#[test]
fn the_gate_tells_good_changes_from_bad_ones() {
    for scene in SCENES {
        let tree = after(scene);
        let gate =
            |format: &str| tree.forge(&["gate", "--base", "main", "--today", TODAY, "--format", format]);
        let json = gate("json");
        assert_eq!((json.code, json.stderr.as_str()), (Some(scene.code()), ""), "{}", scene.title);
        let report = serde_json::from_str(&json.stdout).expect("the report is JSON");
        let points = expect(scene, &report);
        let text = gate("text").stdout;
        assert!(text.starts_with(&format!("gate {}", scene.status)), "{}: {text}", scene.title);
        if scene.fixed.is_some() {
            assert!(text.contains("1 finding fixed") && text.contains(&format!("{points:+.1}")), "{text}");
        }
    }
}

#[test]
fn a_waiver_of_the_base_holds_through_its_last_day_and_then_fails_whatever_changes() {
    let tree = before();
    let waiver = "# forge: allow(non-root-container, until = 2026-11-23) the port is 80";
    tree.replace("Dockerfile", "USER 0:0", &format!("{waiver}\nUSER 0:0"));
    tree.commit("accept it for a day");
    let gate = |today: &str| tree.forge(&["gate", "--base", "HEAD", "--today", today]);
    let last = gate(TODAY);
    assert_eq!(last.code, Some(0), "{}", last.stdout);
    let next = gate("2026-11-24");
    assert_eq!(next.code, Some(1), "{}", next.stdout);
    assert!(next.stdout.contains("the waiver ended on 2026-11-23"), "{}", next.stdout);
}
