//! The comparison, over trees in memory.

use super::*;
use crate::engine;
use crate::report::Report;

const MANIFEST: &str =
    "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n";
const MAIN: &str = "use axum::{Router, routing::get};
#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route(\"/healthz\", get(|| async { \"ok\" })).route(\"/a\", get(a));
    let listener = tokio::net::TcpListener::bind(\"0.0.0.0:80\").await?;
    axum::serve(listener, app).await
}
async fn a() { CALLS }
";
const CALL: &str = "let _ = reqwest::Client::new().get(\"http://a\").send().await;\n";

/// A service below a folder whose handler makes this many clients.
fn tree(folder: &str, clients: usize) -> Vec<(String, String)> {
    vec![
        (format!("{folder}Cargo.toml"), MANIFEST.to_owned()),
        (format!("{folder}src/main.rs"), MAIN.replace("CALLS", &CALL.repeat(clients))),
    ]
}

/// The report of a tree, compared with another one.
fn compared(before: Vec<(String, String)>, after: Vec<(String, String)>, policy: &Policy) -> Report {
    let (old, new) = (Sources::from_texts(before), Sources::from_texts(after));
    let none = crate::policy::Policy::default();
    let (mut report, before) = engine::audit_both((&new, &none), (&old, &none));
    let alone = engine::audit(&old);
    assert_eq!(
        format!("{:?}", alone.findings),
        format!("{:?}", before.findings),
        "shared facts are the same facts"
    );
    compare(&mut report, &new, &Before::of(&before, &old, "base".into()), policy);
    report
}

fn gate(report: &Report) -> (&Gate, &Change) {
    let gate = report.gate.as_ref().expect("it was compared");
    (gate, gate.change.as_ref().expect("there was something to compare with"))
}

fn new_of(report: &Report, rule: &str) -> usize {
    report.findings.iter().filter(|one| one.rule.id == rule && one.is_new == Some(true)).count()
}

#[test]
fn equal_findings_are_counted() {
    for (old, new, brought, fixed) in [(2, 2, 0, 0), (2, 3, 1, 0), (3, 2, 0, 1), (0, 2, 2, 0), (2, 0, 0, 2)] {
        let report = compared(tree("", old), tree("", new), &Policy::default());
        let (gate, change) = gate(&report);
        let of_rule = change.fixed.iter().filter(|fixed| fixed.rule == "http-client-timeout").count();
        assert_eq!((new_of(&report, "http-client-timeout"), of_rule), (brought, fixed), "{old} to {new}");
        let status = if brought > 0 { GateStatus::Failed } else { GateStatus::Passed };
        assert_eq!(gate.status, status, "{old} to {new}: {:?}", gate.reasons);
    }
}

#[test]
fn a_service_that_moved_is_the_same() {
    for (from, to) in [("", "crates/app/"), ("a/", "b/c/"), ("a/", "")] {
        let report = compared(tree(from, 2), tree(to, 2), &Policy::default());
        let (gate, change) = gate(&report);
        assert_eq!(gate.status, GateStatus::Passed, "{:?}", gate.reasons);
        assert_eq!((change.fixed.len(), change.unchanged), (0, report.findings.len()));
        assert!(change.services.len() == 1 && change.services[0].was.is_some());
    }
}

#[test]
fn two_services_of_one_name_are_not_mixed_up() {
    let both = || [tree("a/", 1), tree("b/", 2)].concat();
    let moved = [tree("x/", 1), tree("y/", 3)].concat();
    let report = compared(both(), moved, &Policy::default());
    let (gate, change) = gate(&report);
    // Which is which cannot be told, so that neither is taken for the other.
    assert_eq!(change.services.iter().filter(|service| service.was.is_some()).count(), 0);
    assert_eq!(gate.status, GateStatus::Failed);
}

#[test]
fn a_copy_of_what_stays_is_new() {
    let report = compared(tree("a/", 1), [tree("a/", 1), tree("b/", 1)].concat(), &Policy::default());
    assert_eq!(new_of(&report, "http-client-timeout"), 1);
    assert_eq!(gate(&report).0.status, GateStatus::Failed);
}

#[test]
fn another_text_of_the_line_is_no_new_finding_of_a_service_as_a_whole() {
    let reworded = |mut files: Vec<(String, String)>| {
        files[1].1 = files[1]
            .1
            .replace("axum::serve(listener, app)", "axum::serve(listener, app.into_make_service())");
        files
    };
    let report = compared(tree("", 0), reworded(tree("", 0)), &Policy::default());
    assert_eq!(gate(&report).0.status, GateStatus::Passed, "{:?}", gate(&report).0.reasons);
    assert_eq!(gate(&report).1.fixed.len(), 0);
}

#[test]
fn what_a_service_loses_is_named_with_its_old_place() {
    let mut worse = tree("", 0);
    worse[1].1 = worse[1].1.replace(".route(\"/healthz\", get(|| async { \"ok\" }))", "");
    let report = compared(tree("", 0), worse, &Policy::default());
    let (gate, change) = gate(&report);
    let lost: Vec<&Vanished> =
        change.vanished.iter().filter(|vanished| vanished.capability == "health-signalling").collect();
    assert_eq!(lost.len(), 1, "{change:?}");
    assert!(lost[0].was.contains(&"src/main.rs:4".to_owned()), "{lost:?}");
    assert!(
        gate.reasons
            .iter()
            .any(|reason| reason.contains("`app` has lost `health-signalling`: the base shows it at"))
    );
}

#[test]
fn the_thresholds_are_those_of_the_policy() {
    let run = |policy: Policy| {
        let report = compared(tree("", 1), tree("", 2), &policy);
        gate(&report).0.reasons.clone()
    };
    let lenient = Policy { severity: Severity::Critical, max_drop: 100.0, ..Policy::default() };
    assert_eq!(run(lenient.clone()), Vec::<String>::new());
    let by_score = run(Policy { max_drop: 0.0, ..lenient.clone() });
    assert!(matches!(by_score.as_slice(), [only] if only.starts_with("the score of `app` drops from ")));
    let by_points = run(Policy { fail_under: Some(99.0), ..lenient.clone() });
    assert!(
        matches!(by_points.as_slice(), [only] if only.contains("below the 99 that every service must have"))
    );
    let by_level = run(Policy { require_level: Some(Level::Silver), ..lenient });
    let why = "`app` is not `silver`, which every service must be: the next level lacks ";
    assert!(matches!(by_level.as_slice(), [only] if only.starts_with(why)), "{by_level:?}");
}

#[test]
fn nothing_assessed_is_no_pass() {
    let library =
        || vec![("Cargo.toml".to_owned(), MANIFEST.to_owned()), ("src/lib.rs".to_owned(), String::new())];
    for (before, after, words) in [
        (library(), library(), "neither the base nor the change was assessed"),
        (tree("", 0), library(), "the base was assessed and the change cannot be"),
    ] {
        let report = compared(before, after, &Policy::default());
        let (gate, _) = gate(&report);
        assert_eq!(gate.status, GateStatus::Inconclusive);
        assert!(gate.reasons[0].contains(words), "{:?}", gate.reasons);
    }
}

#[test]
fn scores_are_told_apart_by_as_many_decimals_as_it_takes() {
    for (a, b, shown) in [
        (80.0, 74.9, ("80", "74")),
        (74.83, 74.31, ("74.8", "74.3")),
        (74.31, 74.32, ("74.31", "74.32")),
        (74.0, 74.0, ("74", "74")),
        (100.0, 99.999, ("100", "99")),
    ] {
        let (from, to) = told_apart(a, b);
        assert_eq!((from.as_str(), to.as_str()), shown);
    }
}

#[test]
fn a_baseline_says_what_the_report_said() {
    let sources = Sources::from_texts(tree("", 3));
    let report = engine::audit(&sources);
    let before = Before::of(&report, &sources, "file".into());
    let read =
        baseline::Baseline::parse(&baseline::Baseline::of(&before).text()).expect("it was just written");
    let again = read.before("file");
    let sorted = |before: &Before| {
        let mut prints: Vec<&str> = before.findings.iter().map(|one| one.fingerprint.as_str()).collect();
        prints.sort_unstable();
        prints.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sorted(&again), sorted(&before));
    assert_eq!(again.services.len(), before.services.len());
    assert_eq!(again.score.map(|score| score.exact), before.score.map(|score| score.exact));
}
