//! The comment as GitHub gets it.

use super::*;
use crate::report::text::sample;

#[test]
fn the_whole_comment() {
    let sources = sample::sources();
    let mut report = sample::gated(&sources);
    // Forty of one kind say no more than two.
    report.findings.drain(2..40);
    insta::assert_snapshot!("gated", comment(&report, &sources));
    let mut report = sample::report(&sources);
    report.findings.drain(2..40);
    insta::assert_snapshot!("plain", comment(&report, &sources));
}

#[test]
fn without_a_service_the_headline_says_so() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    report.services.clear();
    report.findings.clear();
    report.notes.clear();
    report.score = Score::NotAssessed { reason: "no service found".into() };
    assert_eq!(comment(&report, &sources), "<!-- forge -->\n## Forge: not assessed, no service found\n");
}

#[test]
fn names_that_mean_harm_stay_text() {
    let (sources, report) = sample::hostile();
    let comment = comment(&report, &sources);
    insta::assert_snapshot!("hostile", comment);
    for line in comment.lines() {
        // What is left behind the code spans and the markup of our own.
        let own = line.split('`').step_by(2).collect::<String>();
        for harm in ["<script", "<img", "@root", "https://", "www.evil", "\u{1b}"] {
            assert!(!own.contains(harm), "{harm}: {line}");
        }
    }
    assert!(!comment.contains("\n::error"));
}

#[test]
fn code_spans_hold_whatever_stands_in_them() {
    for (text, span) in [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a``b", "``` `a``b ```"),
        ("a|b", "`a\\|b`"),
        ("", "`  `"),
        ("a\nb", "`a b`"),
    ] {
        assert_eq!(code(text), span);
    }
}

#[test]
fn prose_is_no_markup() {
    for (text, safe) in [
        ("the `a|b` of <b>", "the `a\\|b` of &lt;b&gt;"),
        ("odd ` tick", "odd \\` tick"),
        ("@me #1 a: b", "@<!-- -->me #<!-- -->1 a: b"),
        ("http://x *b* [l](u)", "http:<!-- -->//x \\*b\\* \\[l\\](u)"),
        ("`` x", "\\`\\` x"),
    ] {
        assert_eq!(prose(text), safe);
    }
}

#[test]
fn a_comment_is_never_longer_than_github_takes() {
    let sources = sample::sources();
    let mut report = sample::gated(&sources);
    let finding = report.findings[45].clone();
    for (count, is_cut) in [(1, false), (10_000, true)] {
        report.findings = vec![finding.clone(); count];
        let comment = comment(&report, &sources);
        assert!(comment.chars().count() <= LIMIT, "{}", comment.chars().count());
        assert_eq!(comment.contains("**Cut here: "), is_cut);
        assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
    }
    let gate = report.gate.as_mut().expect("it has one");
    gate.reasons = vec!["a reason | with `names` and *stars* @everywhere".repeat(20); 1_000];
    report.notes = vec![report.notes[0].clone(); 10_000];
    let services = std::mem::take(&mut report.services);
    assert!(comment(&report, &sources).chars().count() <= LIMIT);
    report.gate = None;
    report.services = services;
    assert!(comment(&report, &sources).chars().count() <= LIMIT);
}

#[test]
fn each_answer_of_the_gate_is_a_line() {
    let sources = sample::sources();
    let mut report = sample::gated(&sources);
    for (status, line) in [
        (GateStatus::Passed, "✅ **The gate passed.**"),
        (GateStatus::Failed, "❌ **The gate failed.**"),
        (GateStatus::Inconclusive, "⚠️ **The gate is inconclusive: it cannot tell.**"),
    ] {
        report.gate.as_mut().expect("it has one").status = status;
        assert!(comment(&report, &sources).contains(line));
    }
}
