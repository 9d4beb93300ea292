//! Code Quality, as GitLab reads it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::report::text::sample;
use crate::report::{Detail, Look};

fn issues(report: &Report, sources: &Sources) -> Vec<Value> {
    let look = Look { colour: false, width: 100, detail: Detail::Normal };
    let manner = Manner { look, path_prefix: "sub/", category: "", omit_waived: false, only_gate: false };
    let mut out = Vec::new();
    render(report, sources, &manner, &mut out).expect("a vector takes every write");
    serde_json::from_slice(&out).expect("it is a list")
}

#[test]
fn every_open_finding_is_an_issue_with_a_fingerprint_of_its_own() {
    let sources = sample::sources();
    let issues = issues(&sample::gated(&sources), &sources);
    // 40 actions, the signal, graceful shutdown, a variable; not the echo and the two that are waived.
    assert_eq!(issues.len(), 43);
    let prints: BTreeSet<&str> = issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(prints.len(), issues.len());
    let of = |rule: &str| issues.iter().find(|issue| issue["check_name"] == rule).cloned();
    assert_eq!(
        of("graceful-shutdown"),
        Some(json!({
            "description": "`api` stops without draining requests: add `.with_graceful_shutdown(shutdown_signal())`",
            "check_name": "graceful-shutdown",
            "fingerprint": "graceful-shutdown-0-1",
            "severity": "critical",
            "location": { "path": "sub/crates/api/src/main.rs", "lines": { "begin": 8, "end": 8 } }
        }))
    );
    assert_eq!(of("signal-reaches-process").expect("it is there")["severity"], "blocker");
    assert_eq!(of("env-documented").expect("it is there")["severity"], "minor");
    assert_eq!(of("toolchain-agreement"), None);
}

#[test]
fn a_list_of_nothing_is_a_list() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    report.findings.clear();
    assert_eq!(issues(&report, &sources), Vec::<Value>::new());
}
