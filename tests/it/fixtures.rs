//! Whole repositories in `fixtures/`, each with what is right about it in `fixtures/<name>.expected.json`.
//!
//! The expectations are written by hand and compared exactly: services, every verdict, findings, notes, score.
//! Which rule says what in which words is left to the rules' own pages, and how a report looks to the snapshots.

#![expect(
    clippy::disallowed_methods,
    reason = "a test copies fixtures and starts the program; it audits nothing itself"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn exemplary() {
    check("exemplary");
}

#[test]
fn tutorial() {
    check("tutorial");
}

#[test]
fn workspace() {
    check("workspace");
}

#[test]
fn library() {
    check("library");
}

#[test]
fn broken() {
    check("broken");
}

#[test]
fn subcommands() {
    check("subcommands");
}

#[test]
fn contradictions() {
    check("contradictions");
}

#[test]
fn exemplary_as_text() {
    insta::assert_snapshot!(text("exemplary"));
}

#[test]
fn tutorial_as_text() {
    insta::assert_snapshot!(text("tutorial"));
}

#[test]
fn every_fixture_has_expectations_and_a_test() {
    let (mut folders, mut expectations) = (BTreeSet::new(), BTreeSet::new());
    for entry in fs::read_dir(fixtures()).expect("the folder of fixtures can be listed") {
        let entry = entry.expect("an entry of it can be read");
        let name = entry.file_name().into_string().expect("fixtures have names in UTF-8");
        if entry.path().is_dir() {
            folders.insert(name);
        } else {
            let name = name.strip_suffix(".expected.json");
            expectations.insert(name.expect("beside fixtures there are expectations only").to_owned());
        }
    }
    assert_eq!(folders, expectations, "folders on the left, expectations on the right");
    let own = include_str!("fixtures.rs");
    for name in folders {
        assert!(own.contains(&format!("check(\"{name}\")")), "no test audits `{name}`");
    }
}

/// What is right about a fixture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// As shown; `None` where nothing is assessed.
    score: Option<u64>,
    services: BTreeSet<String>,
    /// By `kind id` of the subject and by rule.
    verdicts: BTreeMap<String, BTreeMap<String, String>>,
    /// `rule path:line`.
    findings: BTreeSet<String>,
    /// `level path:line`, or `level path` where no line is to blame.
    notes: BTreeSet<String>,
    /// Where Forge is wrong: what stands above is what it says, and this is what is right. Not compared.
    #[serde(default)]
    fixme: Vec<String>,
}

impl Expected {
    /// One fact a line, so that two of them can be compared.
    fn lines(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::from([match self.score {
            Some(score) => format!("score {score}"),
            None => "score: not assessed".to_owned(),
        }]);
        lines.extend(self.services.iter().map(|id| format!("service {id}")));
        lines.extend(self.findings.iter().map(|finding| format!("finding {finding}")));
        lines.extend(self.notes.iter().map(|note| format!("note {note}")));
        for (subject, rules) in &self.verdicts {
            lines.extend(
                rules.iter().map(|(rule, verdict)| format!("verdict on {subject}: {rule} {verdict}")),
            );
        }
        lines
    }
}

/// Audits a fixture and compares the report with what is right.
fn check(name: &str) {
    let path = fixtures().join(format!("{name}.expected.json"));
    let text = fs::read_to_string(&path).expect("a fixture has expectations");
    let expected: Expected =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let report: Value =
        serde_json::from_str(&audit(name, &["--format", "json"])).expect("the report is JSON");
    let fixme = &expected.fixme;
    let (expected, actual) = (expected.lines(), actual(&report).lines());
    if actual == expected {
        return;
    }
    let mut difference = String::new();
    for line in expected.symmetric_difference(&actual) {
        let sign = if expected.contains(line) { '-' } else { '+' };
        writeln!(difference, "  {sign} {line}").expect("a string takes everything");
    }
    let details = details(&report, &difference);
    panic!("`{name}`: expected (-), reported (+)\n{difference}\n{details}\nto be mended: {fixme:#?}");
}

fn actual(report: &Value) -> Expected {
    let mut verdicts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for judged in list(&report["checks"]) {
        let verdict = word(&judged["verdict"]).to_owned();
        verdicts.entry(subject(judged)).or_default().insert(word(&judged["rule"]).to_owned(), verdict);
    }
    let findings = list(&report["findings"]).iter().map(|it| format!("{} {}", word(&it["rule"]), place(it)));
    let notes = list(&report["notes"]).iter().map(|it| format!("{} {}", word(&it["level"]), place(it)));
    let findings: Vec<String> = findings.collect();
    let distinct: BTreeSet<String> = findings.iter().cloned().collect();
    assert_eq!(findings.len(), distinct.len(), "a line is reported twice by one rule: {findings:#?}");
    Expected {
        score: report["score"]["value"].as_u64(),
        services: list(&report["services"]).iter().map(|service| word(&service["id"]).to_owned()).collect(),
        verdicts,
        findings: distinct,
        notes: notes.collect(),
        fixme: Vec::new(),
    }
}

/// Why the verdicts that differ are what they are, and what the notes say.
fn details(report: &Value, difference: &str) -> String {
    let mut text = String::new();
    for judged in list(&report["checks"]) {
        let head =
            format!("verdict on {}: {} {}", subject(judged), word(&judged["rule"]), word(&judged["verdict"]));
        if difference.contains(&format!("+ {head}\n")) {
            writeln!(text, "{head}: {} {:#}", judged["reason"], judged["evidence"])
                .expect("a string takes everything");
        }
    }
    for note in list(&report["notes"]) {
        writeln!(text, "note {}: {}", place(note), note["message"]).expect("a string takes everything");
    }
    text
}

fn subject(judged: &Value) -> String {
    format!("{} {}", word(&judged["subject"]["kind"]), word(&judged["subject"]["id"]))
}

fn place(value: &Value) -> String {
    let path = value["path"].as_str().unwrap_or("-");
    value["line"].as_u64().map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("the contract says that this is an array")
}

fn word(value: &Value) -> &str {
    value.as_str().expect("the contract says that this is a string")
}

/// The report as people read it: no colours, a fixed width, no path of this machine.
fn text(name: &str) -> String {
    audit(name, &["--color", "never"])
}

/// What the program writes about a copy of a fixture, which lies in no repository and no workspace.
fn audit(name: &str, arguments: &[&str]) -> String {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let root = folder.path().join(name);
    copy(&fixtures().join(name), &root);
    // Cargo and the walker look at these alone; the rest of the environment could change what is found.
    let kept = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let output = Command::new(env!("CARGO_BIN_EXE_forge"))
        .arg("audit")
        .arg(name)
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .envs(kept)
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name}`: {}\n{errors}", output.status);
    assert!(errors.is_empty(), "`{name}`: a run that goes well says nothing on standard error:\n{errors}");
    String::from_utf8(output.stdout).expect("reports are UTF-8")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made in the temporary one");
    for entry in fs::read_dir(from).expect("a fixture can be listed") {
        let entry = entry.expect("an entry of it can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file of a fixture can be copied");
        }
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
