use proptest::prelude::*;

use super::*;
use crate::config::WAIVERS_RULE;
use crate::engine;
use crate::finding::SuppressionKind;
use crate::report::{Report, Score};

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\n\
         tokio = { version = \"1\", features = [\"full\"] }\nreqwest = \"0.12\"\n",
    ),
    (
        "src/main.rs",
        "use axum::{Router, routing::get};\n\n#[tokio::main]\nasync fn main() {\n    \
         let listener = tokio::net::TcpListener::bind(\"127.0.0.1:8080\").await.unwrap();\n    \
         let app = Router::new().route(\"/\", get(root));\n    axum::serve(listener, app).await.unwrap();\n}\n\n\
         async fn root() -> String {\n    println!(\"asked\");\n    std::thread::sleep(std::time::Duration::from_secs(1));\n    \
         reqwest::get(\"http://b\").await.unwrap().text().await.unwrap()\n}\n",
    ),
    ("Dockerfile", "FROM rust:latest\nCOPY . .\nRUN cargo build --release\nENTRYPOINT target/release/api\n"),
];

fn audit(config: &str) -> Report {
    audit_files(FILES, config)
}

fn audit_files(files: &[(&str, &str)], config: &str) -> Report {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let mut sources = Sources::from_texts(files.chain([("forge.toml".to_owned(), config.to_owned())]));
    let policy =
        Policy::of(&mut sources, jiff::civil::date(2026, 11, 23)).expect("the configuration is right");
    engine::audit_under(&sources, &policy)
}

fn scores(report: &Report) -> (f64, f64) {
    match &report.score {
        Score::Assessed(score) => (score.exact, score.without_waivers),
        Score::NotAssessed { reason } => panic!("{reason}"),
    }
}

fn waiver(rule: &str) -> String {
    format!("[[waiver]]\nrule = \"{rule}\"\npath = \"**\"\nuntil = 2027-03-01\nreason = \"accepted\"\n")
}

fn failing() -> Vec<String> {
    let mut rules: Vec<String> = audit("").findings.iter().map(|finding| finding.rule.id.clone()).collect();
    rules.sort();
    rules.dedup();
    rules
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn waiving_never_lowers_the_score_and_never_changes_the_one_without(chosen in proptest::collection::vec(any::<bool>(), 40)) {
        let (before, without) = scores(&audit(""));
        let rules: Vec<String> = failing().into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(rule, _)| rule).collect();
        let waived = audit(&rules.iter().map(|rule| waiver(rule)).collect::<String>());
        prop_assert!(waived.findings.iter().all(|finding| finding.rule.id != "waivers-valid"));
        prop_assert!(waived.findings.iter().all(|one| one.suppressed.is_some() == rules.contains(&one.rule.id)));
        let ignored = audit(&format!("[rules]\nignore = {rules:?}\n"));
        prop_assert!(ignored.findings.iter().all(|one| !rules.contains(&one.rule.id)));
        for report in [&waived, &ignored] {
            let (after, still) = scores(report);
            prop_assert!(after >= before - 1e-9, "{before} {after}");
            prop_assert!(close(still, without), "{without} {still}");
        }
        prop_assert!(close(scores(&waived).0, scores(&ignored).0), "ignoring weighs as waiving does");
    }
}

#[test]
fn a_waived_finding_stays_in_the_report_with_what_mending_it_would_bring() {
    let plain = audit("");
    let report = audit(&waiver("no-blocking-in-async"));
    let of = |report: &Report| {
        report
            .findings
            .iter()
            .find(|one| one.rule.id == "no-blocking-in-async")
            .cloned()
            .expect("it is found")
    };
    let suppression = of(&report).suppressed.expect("it is waived");
    assert_eq!(
        (suppression.kind, suppression.reason.as_str(), suppression.until.as_deref()),
        (SuppressionKind::Config, "accepted", Some("2027-03-01"))
    );
    assert!(close(of(&report).points, of(&plain).points));
    assert!(scores(&report).0 > scores(&plain).0);
}

#[test]
fn what_is_waived_proves_nothing() {
    let report = audit(&waiver("metrics"));
    let metrics =
        report.services[0].capabilities.iter().find(|one| one.id == "metrics").expect("it is asked for");
    assert_eq!(metrics.evidence, crate::report::Evidence::Absent);
}

#[test]
fn a_waiver_about_nothing_is_a_finding_and_lowers_only_the_score() {
    let report = audit(&waiver("cors-restricted"));
    let found: Vec<&str> = report
        .findings
        .iter()
        .filter(|one| one.rule.id == "waivers-valid")
        .map(|one| one.problem.message.as_str())
        .collect();
    assert_eq!(found, ["the waiver is about nothing: `cors-restricted` finds nothing there"]);
    let (before, without) = scores(&audit(""));
    assert!(scores(&report).0 <= before && close(scores(&report).1, without));
}

#[test]
fn what_is_handled_elsewhere_is_not_asked_of_the_service() {
    let config = |until: &str| {
        format!(
            "[[service]]\nname = \"api\"\ntier = \"critical\"\n[[service.handled_elsewhere]]\nrule = \"metrics\"\n\
             link = \"https://x.example\"\nreason = \"the mesh counts\"\nuntil = {until}\n"
        )
    };
    let report = audit(&config("2027-03-01"));
    let verdict = report.checks.iter().find(|one| one.rule.id == "metrics").expect("it is judged");
    let told = "handled elsewhere until 2027-03-01: the mesh counts (https://x.example)";
    assert_eq!(verdict.verdict, crate::finding::Verdict::NotApplicable(told.to_owned()));
    assert!(report.services[0].capabilities.iter().all(|one| one.id != "metrics"));
    assert_eq!(report.services[0].tier.as_deref(), Some("critical"));
    let (before, without) = scores(&audit(""));
    assert!(scores(&report).0 > before && close(scores(&report).1, without));
    let past = audit(&config("2026-03-01"));
    assert!(past.findings.iter().any(|one| one.rule.id == "metrics"));
    assert!(past.findings.iter().any(|one| one.rule.id == "waivers-valid"));
}

#[test]
fn severities_and_paths_change_the_score_and_not_the_one_without() {
    let (before, without) = scores(&audit(""));
    let lower = audit("[rules.severity]\nno-blocking-in-async = \"low\"\n");
    assert!(scores(&lower).0 > before && close(scores(&lower).1, without));
    let ignored = audit("[[path]]\npaths = [\"Dockerfile\"]\nignore = [\"all\"]\n");
    assert!(ignored.findings.iter().all(|one| one.subject.kind != crate::rule::SubjectKind::Image));
    assert!(close(scores(&ignored).1, without));
    assert!(ignored.notes.iter().any(|note| note.message.starts_with("findings that `[[path]]` ignores")));
}

#[test]
fn a_waiver_in_what_is_excluded_is_not_asked_for() {
    let waiver = "// forge: allow(metrics, until = 2027-02-01) x\nfn a() {}\n";
    let files: Vec<(&str, &str)> = FILES.iter().copied().chain([("legacy/a.rs", waiver)]).collect();
    let told = |config: &str| {
        let report = audit_files(&files, config);
        report.findings.iter().filter(|finding| finding.rule.id == WAIVERS_RULE).count()
    };
    assert_eq!((told(""), told("exclude = [\"legacy\"]\n")), (1, 0), "the waiver is about nothing");
}

#[test]
fn what_is_excluded_is_not_audited_and_named() {
    let report = audit("exclude = [\"Dockerfile\"]\n");
    assert!(report.checks.iter().all(|one| one.subject.kind != crate::rule::SubjectKind::Image));
    let message = "1 file is not audited, because `exclude` has `Dockerfile`";
    assert!(report.notes.iter().any(|note| note.message == message), "{:?}", report.notes);
}

#[test]
fn a_comment_waives_what_starts_on_its_line() {
    let waived = FILES[1].1.replace(
        "    axum::serve",
        "    // forge: allow(graceful-shutdown, until = 2027-03-01) batch only\n    axum::serve",
    );
    let report = audit_files(&[FILES[0], ("src/main.rs", &waived), FILES[2]], "");
    let found = report.findings.iter().find(|one| one.rule.id == "graceful-shutdown").expect("it is found");
    assert_eq!(found.suppressed.as_ref().map(|one| one.kind), Some(SuppressionKind::InSource));
    assert!(report.findings.iter().all(|one| one.rule.id != "waivers-valid"));
}
