//! The report as annotations of a GitHub workflow, and a few lines for its log.

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::choice::open;
use super::text::{plain, score_line};
use super::{Manner, Report};
use crate::finding::Finding;
use crate::places::Places;
use crate::rule::Severity;
use crate::source::Sources;

/// GitHub shows this many annotations of each kind a step.
const SHOWN: usize = 10;

/// Writes the workflow commands and, below them, the score and the gate.
pub(super) fn render(
    report: &Report,
    sources: &Sources,
    manner: &Manner<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let places = Places::new(sources);
    let open = open(report);
    let mut left_out = 0;
    for kind in ["error", "warning", "notice"] {
        let of_kind = open.iter().filter(|finding| self::kind(finding.severity) == kind);
        for (at, finding) in of_kind.enumerate() {
            if at < SHOWN {
                annotation(finding, &places, manner, out)?;
            } else {
                left_out += 1;
            }
        }
    }
    tell(out, &format!("forge: {}", score_line(report)))?;
    if left_out > 0 {
        let all = open.len();
        tell(
            out,
            &format!(
                "{left_out} of {all} findings are not annotated: GitHub shows {SHOWN} errors, warnings and notices each"
            ),
        )?;
    } else if open.is_empty() {
        tell(out, "no findings")?;
    }
    let waived = report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    if waived > 0 {
        tell(out, &format!("waived: {waived}"))?;
    }
    if let Some(gate) = &report.gate {
        tell(out, &format!("the gate: {}", gate.status.id()))?;
        for reason in &gate.reasons {
            tell(out, &format!("- {}", plain(reason)))?;
        }
    }
    Ok(())
}

fn annotation(
    finding: &Finding,
    places: &Places<'_>,
    manner: &Manner<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let problem = &finding.problem;
    let (start, end) = (places.start(problem.span), places.end(problem.span));
    let path = manner.path_in_repository(places.path(problem.span));
    let is_new = if finding.is_new == Some(true) { " (new)" } else { "" };
    // Columns of a range over several lines are refused.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let mut message = plain(&problem.message);
    if !problem.help.is_empty() {
        message.push_str("\nhelp: ");
        message.push_str(&plain(&problem.help));
    }
    writeln!(
        out,
        "::{} file={},line={},endLine={}{columns},title={}::{}",
        kind(finding.severity),
        property(&path),
        start.line,
        end.line,
        property(&format!("{}: {}{is_new}", finding.severity.id(), finding.rule.id)),
        data(&message),
    )
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    }
}

/// A line that is no command, whatever stands in it. The older form of commands is found anywhere in a line.
fn tell(out: &mut dyn Write, line: &str) -> io::Result<()> {
    writeln!(out, "{}", line.replace("##[", "# #["))
}

/// As the runner reads the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "# #[")
}

/// As the runner reads a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
