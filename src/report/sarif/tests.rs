//! SARIF against its schema, and point by point.

use serde_json::{Value, json};

use super::*;
use crate::report::text::sample::{self, HOSTILE_PATH};
use crate::report::{Detail, Look};

/// From <https://github.com/oasis-tcs/sarif-spec>, as the crate `serde-sarif` 0.8.0 carries it.
const OASIS: &str = include_str!("../../../tests/data/sarif-schema-2.1.0.json");

/// With the pattern of languages as the errata have it; the first edition's is no regular expression.
fn schema() -> Value {
    let (wrong, right) = ("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    serde_json::from_str(&OASIS.replace(wrong, right)).expect("the schema is JSON")
}

fn manner() -> Manner<'static> {
    let look = Look { colour: false, width: 100, detail: Detail::Normal };
    Manner { look, path_prefix: "", category: "forge/audit/", omit_waived: false, only_gate: false }
}

fn parsed(report: &Report, sources: &Sources, manner: &Manner<'_>, limits: &Limits) -> Value {
    let file = within(report, sources, manner, limits).expect("memory takes every write");
    assert!(file.ends_with(b"}\n"));
    let value: Value = serde_json::from_slice(&file).expect("it is JSON");
    let schema = schema();
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is one");
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    value
}

fn sarif(report: &Report, sources: &Sources) -> Value {
    parsed(report, sources, &manner(), &GITHUB)
}

fn result<'v>(log: &'v Value, rule: &str) -> &'v Value {
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    results.iter().find(|result| result["ruleId"] == rule).unwrap_or_else(|| panic!("no result of {rule}"))
}

#[test]
fn the_schema_is_one_that_can_be_broken() {
    let schema = schema();
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    assert!(!jsonschema::is_valid(&schema, &json!({"version": "2.1.0", "runs": [{"results": []}]})));
}

#[test]
fn the_whole_run() {
    let sources = sample::sources();
    let mut log = sarif(&sample::gated(&sources), &sources);
    let rules = log.pointer_mut("/runs/0/tool/driver/rules").expect("there are rules").take();
    assert!(rules.as_array().is_some_and(|rules| rules.len() >= crate::rules::all().len()));
    // Forty of one kind say no more than two.
    let results = log.pointer_mut("/runs/0/results").and_then(Value::as_array_mut).expect("results");
    results.drain(2..40);
    insta::assert_snapshot!("run", serde_json::to_string_pretty(&log).expect("it is JSON"));
}

#[test]
fn every_result_points_to_its_rule() {
    let sources = sample::sources();
    let log = sarif(&sample::report(&sources), &sources);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("there are rules");
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert!(ids.is_sorted() && ids.len() == rules.len());
    for result in log["runs"][0]["results"].as_array().expect("there are results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("it is small");
        assert_eq!(result["ruleId"], ids[index]);
    }
}

#[test]
fn every_rule_is_described_for_github() {
    let sources = sample::sources();
    let log = sarif(&sample::report(&sources), &sources);
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("there are rules") {
        let id = rule["id"].as_str().expect("a text");
        let is_security = rule["properties"]["tags"][0] == "security";
        assert_eq!(rule["properties"]["security-severity"].is_string(), is_security, "{id}");
        let markdown = rule["help"]["markdown"].as_str().expect("a text");
        for part in ["## Why it matters\n", "## How to fix\n", "## Bad\n", "## Good\n", "## Limits\n"] {
            assert_eq!(markdown.matches(part).count(), 1, "{id}: {part}");
        }
        assert!(
            !markdown.contains("// finding\n") && !markdown.contains(" # finding\n"),
            "{id} has the marks of its tests"
        );
        assert!(markdown.matches("\n```").count().is_multiple_of(2), "{id} has an open fence");
        for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"]] {
            assert!(
                text.as_str().is_some_and(|text| text.ends_with('.') && text.len() < 1024),
                "{id}: {text}"
            );
        }
        let name = rule["name"].as_str().expect("a text");
        assert!(!name.eq_ignore_ascii_case(id) && name.chars().all(char::is_alphanumeric), "{name}");
    }
    let find = |id: &str| {
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("there are rules");
        rules.iter().find(|rule| rule["id"] == id).cloned().expect("the rule is there")
    };
    let tls = find("tls-verification");
    assert_eq!(tls["name"], "TlsVerification");
    assert_eq!(tls["properties"]["security-severity"], "9.0");
    assert_eq!(tls["defaultConfiguration"]["level"], "error");
    let there = "https://github.com/forge-audit/forge/blob/main/rules/security/tls-verification.md";
    assert_eq!(tls["helpUri"], there);
    assert_eq!(find("metrics")["name"], "MetricsRule");
    assert_eq!(find("job-timeout")["properties"]["problem.severity"], "recommendation");
}

#[test]
fn columns_count_code_points_and_the_other_half_is_linked() {
    let sources = sample::sources();
    let log = sarif(&sample::report(&sources), &sources);
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let graceful = result(&log, "graceful-shutdown");
    let region = &graceful["locations"][0]["physicalLocation"]["region"];
    // `    /* Größe */ axum::serve(listener, app)`: 16 code points before it, 18 bytes.
    assert_eq!(region, &json!({"startLine": 8, "startColumn": 17, "endLine": 8, "endColumn": 43}));
    assert_eq!(
        graceful["message"]["text"],
        "`api` stops without draining requests. Add `.with_graceful_shutdown(shutdown_signal())`. \
         See [the listener that is served](1)."
    );
    assert_eq!(graceful["relatedLocations"][0]["id"], 1);
    assert_eq!(graceful["relatedLocations"][0]["message"]["text"], "The listener that is served.");
}

#[test]
fn equal_fingerprints_are_told_apart_in_the_order_of_their_places() {
    let sources = sample::sources();
    let report = sample::report(&sources);
    let log = sarif(&report, &sources);
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    let fingerprints: Vec<&str> = results
        .iter()
        .filter(|result| result["ruleId"] == "pinned-action")
        .filter_map(|result| result["partialFingerprints"]["forgeFingerprint/v1"].as_str())
        .collect();
    assert_eq!(fingerprints[0], "pinned-action-0:1");
    assert_eq!(fingerprints[39], "pinned-action-0:40");
}

#[test]
fn a_defect_that_two_rules_see_is_one_alert() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    let has = |report: &Report| {
        let log = sarif(report, &sources);
        let results = log["runs"][0]["results"].as_array().expect("there are results").clone();
        results.iter().any(|result| result["ruleId"] == "exec-form-entrypoint")
    };
    assert!(!has(&report), "`signal-reaches-process` says it");
    report.findings.retain(|finding| finding.rule.id != "signal-reaches-process");
    assert!(has(&report), "nobody else says it");
}

#[test]
fn waived_findings_are_suppressed_or_left_out() {
    let sources = sample::sources();
    let report = sample::gated(&sources);
    let log = sarif(&report, &sources);
    let waived = &result(&log, "toolchain-agreement")["suppressions"];
    assert_eq!(waived[0]["kind"], "external");
    assert_eq!(waived[0]["status"], "accepted");
    assert!(waived[0]["justification"].as_str().is_some_and(|why| why.ends_with("(until 2027-03-01)")));
    assert_eq!(result(&log, "http-client-timeout")["suppressions"][0]["kind"], "inSource");
    assert!(result(&log, "graceful-shutdown").get("suppressions").is_none());

    let without = parsed(&report, &sources, &Manner { omit_waived: true, ..manner() }, &GITHUB);
    let count = |log: &Value| log["runs"][0]["results"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&without) + 2, count(&log));
}

#[test]
fn paths_are_uris_from_the_root_of_the_repository() {
    for (path, expected) in [
        ("src/main.rs", "src/main.rs"),
        ("a b/c+d.rs", "a%20b/c%2Bd.rs"),
        ("ü/100%#1?.rs", "%C3%BC/100%25%231%3F.rs"),
        ("a:b", "a%3Ab"),
        ("~/-_.x", "~/-_.x"),
        ("漢\n\\", "%E6%BC%A2%0A%5C"),
    ] {
        assert_eq!(uri(path), expected);
    }
    let sources = sample::sources();
    let prefixed = Manner { path_prefix: "services/a b/", ..manner() };
    let log = parsed(&sample::report(&sources), &sources, &prefixed, &GITHUB);
    assert_eq!(
        result(&log, "graceful-shutdown")["locations"][0]["physicalLocation"]["artifactLocation"],
        json!({"uri": "services/a%20b/crates/api/src/main.rs", "uriBaseId": "%SRCROOT%"})
    );
}

#[test]
fn names_that_mean_harm_stay_text() {
    let (sources, report) = sample::hostile();
    let log = sarif(&report, &sources);
    let result = result(&log, "tls-verification");
    let location = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(location, "a%20b/%C3%BC%23100%25%2Cc%3Ad%7C%60e%60%0A%3A%3Aerror%3A%3A.rs");
    let text = result["message"]["text"].as_str().expect("a text");
    assert!(text.contains("[a] (1)"), "no link that the message did not mean: {text}");
    assert!(text.ends_with("See [a \\[link\\] to \\\\ it](1)."), "{text}");
    assert!(HOSTILE_PATH.contains('#'));
}

#[test]
fn what_is_too_much_for_github_is_cut_and_told() {
    let sources = sample::sources();
    let report = sample::report(&sources);
    let all = sarif(&report, &sources)["runs"][0]["results"].as_array().map_or(0, Vec::len);
    let log = parsed(&report, &sources, &manner(), &Limits { results: 4, bytes: usize::MAX });
    let results = log["runs"][0]["results"].as_array().expect("there are results");
    let rules: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    // The worst four, in the order of their places.
    let worst = ["signal-reaches-process", "toolchain-agreement", "graceful-shutdown", "http-client-timeout"];
    let mut sorted = rules.clone();
    sorted.sort_unstable();
    let mut expected = worst;
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().expect("notes");
    let last = notes.last().expect("there is one")["message"]["text"].as_str().expect("a text").to_owned();
    let told = format!(
        "{} of {all} findings are not listed, the least severe ones: a run may have 4 results.",
        all - 4
    );
    assert!(last.starts_with(&told), "{last}");
}

#[test]
fn the_size_that_is_uploaded_stays_within_the_limit() {
    let sources = sample::sources();
    let report = sample::report(&sources);
    let whole = within(&report, &sources, &manner(), &GITHUB).expect("memory takes every write");
    let limit = compressed(&whole).expect("it can be compressed") - 500;
    let limits = Limits { results: 25_000, bytes: limit };
    let cut = within(&report, &sources, &manner(), &limits).expect("memory takes every write");
    assert!(compressed(&cut).expect("it can be compressed") <= limit);
    let log = parsed(&report, &sources, &manner(), &limits);
    assert!(log["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()));
    assert!(String::from_utf8_lossy(&cut).contains("the compressed file has to stay below"));
}

#[test]
fn notes_are_notifications() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    let log = sarif(&report, &sources);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().map(Vec::len), Some(3));
    report.notes = vec![report.notes[2].clone(); NOTES + 7];
    let log = sarif(&report, &sources);
    let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().expect("notes");
    assert_eq!(notes.len(), NOTES + 1);
    assert_eq!(notes[NOTES]["message"]["text"], "7 more notes are not listed.");
}
