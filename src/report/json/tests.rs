//! The contract, field by field.

use serde_json::{Value, json};

use super::*;
use crate::report::text::sample::{API, WORKER_ID, report, sources};

fn rendered(report: &Report, sources: &Sources) -> String {
    let mut out = Vec::new();
    render(report, sources, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("JSON is text")
}

#[test]
fn the_contract_is_kept() {
    let sources = sources();
    let report = report(&sources);
    let text = rendered(&report, &sources);
    assert!(text.starts_with("{\n  \"schema_version\": 1,\n") && text.ends_with("}\n"));
    assert_eq!(text, rendered(&report, &sources), "the same report gives the same bytes");
    let json: Value = serde_json::from_str(&text).expect("it was just written");
    for (pointer, expected) in [
        ("/tool", json!({"name": "forge", "version": "0.1.0", "ruleset": "0.1.0", "rules": 23})),
        ("/score/status", json!("assessed")),
        ("/score/value", json!(53)),
        ("/score/exact", json!(53.42)),
        ("/score/low", json!(47)),
        ("/score/high", json!(61)),
        ("/score/coverage", json!(0.93)),
        ("/score/without_waivers", json!(51)),
        ("/score/level", json!("bronze")),
        ("/score/next_level/id", json!("silver")),
        ("/score/next_level/missing/1", json!("metrics")),
        ("/score/lowest_service", json!(API)),
        ("/score/pillars/0", json!({"id": "failure", "value": 31.26, "points": 20})),
        ("/score/pillars/2", json!({"id": "deployment", "value": 100.0, "points": 12.5})),
        ("/services/0/score/value", json!(44)),
        ("/services/0/binds/0", json!({"address": "0.0.0.0", "port": 8080, "path": MAIN, "line": 7})),
        (
            "/services/0/routes/0",
            json!({"method": "GET", "path": "/health", "path_in_repo": MAIN, "line": 6}),
        ),
        (
            "/services/0/capabilities/0",
            json!({
                "id": "graceful-termination", "pillar": "failure", "points": 6, "evidence": "found",
                "score": 0.4
            }),
        ),
        ("/services/1/image", Value::Null),
        ("/services/1/env/0/name", json!("QUEUE_URL")),
        ("/notes/0/line", json!(1)),
        ("/notes/1/line", Value::Null),
        ("/notes/2", json!({"level": "info", "path": null, "line": null, "message": "3 files over 1 MiB"})),
        ("/gate", Value::Null),
    ] {
        assert_eq!(json.pointer(pointer), Some(&expected), "{pointer}");
    }
}

const MAIN: &str = "crates/api/src/main.rs";

/// The only element of an array of which this holds.
fn only<'a>(json: &'a Value, array: &str, rule: &str, subject: &str) -> &'a Value {
    let all = json[array].as_array().expect("the contract says so");
    let mut having = all.iter().filter(|one| one["rule"] == rule && one["subject"]["id"] == subject);
    let first = having.next().expect("the sample has it");
    assert_eq!(having.next(), None);
    first
}

#[test]
fn places_count_characters_and_ends_are_behind() {
    let sources = sources();
    let json: Value = serde_json::from_str(&rendered(&report(&sources), &sources)).expect("it is JSON");
    let finding = only(&json, "findings", "graceful-shutdown", API);
    for (field, expected) in [
        ("pillar", json!("failure")),
        ("severity", json!("high")),
        ("confidence", json!("high")),
        ("points", json!(3.604)),
        ("path", json!(MAIN)),
        ("line", json!(8)),
        ("column", json!(17)),
        ("end_line", json!(8)),
        ("end_column", json!(43)),
        ("subject", json!({"kind": "service", "id": API})),
        ("services", json!([API])),
        (
            "related",
            json!([{"path": MAIN, "line": 7, "column": 38, "message": "the listener that is served"}]),
        ),
        ("subsumed_by", Value::Null),
        ("fix", Value::Null),
        ("suppressed", Value::Null),
        ("new", Value::Null),
    ] {
        assert_eq!(finding[field], expected, "{field}");
    }
    let subsumed = only(&json, "findings", "exec-form-entrypoint", "crates/api/Dockerfile");
    assert_eq!(subsumed["subsumed_by"], "signal-reaches-process");
}

#[test]
fn each_verdict_has_its_evidence_or_its_reason() {
    let sources = sources();
    let json: Value = serde_json::from_str(&rendered(&report(&sources), &sources)).expect("it is JSON");
    for (rule, subject, verdict, reason, evidence) in [
        ("health-check", API, "pass", Value::Null, 1),
        ("graceful-shutdown", API, "fail", Value::Null, 1),
        ("pinned-action", ".github/workflows/ci.yml", "fail", Value::Null, 40),
        ("metrics", WORKER_ID, "unknown", json!("`crates/worker/src/main.rs` could not be parsed"), 0),
        ("request-timeout", WORKER_ID, "not_applicable", json!("it serves no requests"), 0),
    ] {
        let check = only(&json, "checks", rule, subject);
        assert_eq!(check["verdict"], verdict, "{rule}");
        assert_eq!(check["reason"], reason, "{rule}");
        assert_eq!(check["evidence"].as_array().map(Vec::len), Some(evidence), "{rule}");
    }
    let health = only(&json, "checks", "health-check", API);
    let seen = json!({"path": MAIN, "line": 6, "column": 35, "message": "`GET /health` is served"});
    assert_eq!(health["evidence"][0], seen);
}

#[test]
fn without_a_service_there_is_no_number() {
    let score = serde_json::to_value(score(&Score::NotAssessed { reason: "no service found".to_owned() }));
    let expected = json!({"status": "not_assessed", "reason": "no service found"});
    assert_eq!(score.expect("it has string keys"), expected);
}

#[test]
fn only_everything_is_a_hundred() {
    for (exact, shown) in [
        (0.0, 0),
        (0.999, 0),
        (62.999_999, 62),
        (63.0, 63),
        (28.999_999_999_9, 29),
        (99.999, 99),
        (100.0, 100),
    ] {
        assert_eq!(crate::score::shown(exact), shown, "{exact}");
    }
}
