//! Workflow commands, as the runner reads them.

use super::*;
use crate::report::text::sample;
use crate::report::{Detail, Look};

fn written(report: &Report, sources: &Sources, path_prefix: &str) -> String {
    let look = Look { colour: false, width: 100, detail: Detail::Normal };
    let manner = Manner { look, path_prefix, category: "", omit_waived: false, only_gate: false };
    let mut out = Vec::new();
    render(report, sources, &manner, &mut out).expect("a vector takes every write");
    String::from_utf8(out).expect("only text is written")
}

#[test]
fn the_new_and_the_worst_come_first_and_ten_of_each_kind() {
    let sources = sample::sources();
    let text = written(&sample::gated(&sources), &sources, "services/");
    insta::assert_snapshot!("gated", text);
    for kind in ["::error ", "::warning ", "::notice "] {
        assert!(text.lines().filter(|line| line.starts_with(kind)).count() <= SHOWN, "{kind}");
    }
    assert!(!text.contains("toolchain-agreement"), "it is waived");
}

#[test]
fn names_that_mean_harm_are_no_commands() {
    let (sources, report) = sample::hostile();
    let text = written(&report, &sources, "");
    insta::assert_snapshot!("hostile", text);
    let commands: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 1, "{text}");
    assert!(!text.contains("##["));
    // file, line, endLine, col, endColumn, title: a comma of the path is none of the command.
    let properties = commands[0].split("::").nth(1).expect("there are properties");
    assert_eq!(properties.matches(',').count(), 5, "{properties}");
}

#[test]
fn a_range_over_lines_has_no_columns() {
    let sources = sample::sources();
    let mut report = sample::report(&sources);
    report.findings.retain(|finding| finding.rule.id == "graceful-shutdown");
    report.findings[0].problem.span.range.end += 12;
    let text = written(&report, &sources, "");
    assert!(text.starts_with("::error file=crates/api/src/main.rs,line=8,endLine=9,title="), "{text}");
}
