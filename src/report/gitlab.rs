//! The report as GitLab's Code Quality reads it
//! (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>).

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use serde::Serialize;

use super::choice::{Choice, numbered};
use super::text::plain;
use super::{Manner, Report};
use crate::places::Places;
use crate::rule::Severity;
use crate::source::Sources;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes the findings that are not waived, in the order of their places.
pub(super) fn render(
    report: &Report,
    sources: &Sources,
    manner: &Manner<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (places, choice) = (Places::new(sources), Choice::of(report));
    let shown =
        report.findings.iter().filter(|finding| finding.suppressed.is_none() && !choice.is_echo(finding));
    let mut issues = Vec::new();
    // GitLab shows only one issue of those with the same fingerprint.
    for (finding, count) in numbered(shown) {
        let problem = &finding.problem;
        let help =
            if problem.help.is_empty() { String::new() } else { format!(": {}", plain(&problem.help)) };
        issues.push(Issue {
            description: format!("{}{help}", plain(&problem.message)),
            check_name: &finding.rule.id,
            fingerprint: format!("{}-{count}", finding.fingerprint),
            severity: severity(finding.severity),
            location: Location {
                path: manner.path_in_repository(places.path(problem.span)),
                lines: Lines { begin: places.start(problem.span).line, end: places.end(problem.span).line },
            },
        });
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
