//! The report for people: what the score is and why, what is proven of each service, what to mend first, and
//! where.
//!
//! Nothing is judged here. Order and grouping serve reading; programs read the JSON.

mod diagnostics;
mod entry;
pub(super) mod errors;
mod frame;
mod gate;
mod proven;
#[cfg(test)]
pub(super) mod sample;
mod style;
mod summary;
#[cfg(test)]
mod tests;
mod waived;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::places::Places;
use entry::{Group, fixes, groups};
use style::{Ink, Page, clean};

use super::{Detail, Look, Report};
use crate::finding::Finding;
use crate::rule::Severity;
use crate::source::{Note, NoteLevel, Place, Sources};

/// How many notes are listed unless all are asked for.
const NOTES: usize = 10;

/// Writes the report as text.
pub(super) fn render(report: &Report, sources: &Sources, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(sources);
    let mut page = Page::new(out, look);
    if look.detail == Detail::Quiet {
        return quiet(&mut page, &places, report);
    }
    let groups = groups(report);
    summary::write(&mut page, report, sources)?;
    if let Some(gate) = &report.gate {
        gate::write(&mut page, &places, report, gate)?;
    }
    proven::write(&mut page, &places, report)?;
    summary::write_fixes(&mut page, report)?;
    for group in &groups {
        diagnostics::write(&mut page, &places, group)?;
    }
    waived::write(&mut page, &places, report)?;
    notes(&mut page, &places, &report.notes)?;
    closing(&mut page, report, &groups)
}

/// Writes what the gate says, and no more.
pub(super) fn render_gate(
    report: &Report,
    sources: &Sources,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let places = Places::new(sources);
    let mut page = Page::new(out, look);
    match &report.gate {
        Some(gate) if look.detail == Detail::Quiet => gate::write_lines(&mut page, gate),
        Some(gate) => gate::write(&mut page, &places, report, gate),
        None => Ok(()),
    }
}

/// A line for the score and one a defect, in the order of their places: what an editor can jump through.
fn quiet(page: &mut Page<'_>, places: &Places<'_>, report: &Report) -> io::Result<()> {
    summary::write_score_line(page, report)?;
    if let Some(gate) = &report.gate {
        gate::write_lines(page, gate)?;
    }
    let shown = |finding: &&Finding| finding.problem.subsumed_by.is_none() && finding.suppressed.is_none();
    for finding in report.findings.iter().filter(shown) {
        let place = frame::at(places, finding.problem.span);
        let severity = page.paint(Ink::of_severity(finding.severity), finding.severity.id()).into_owned();
        let message = plain(&finding.problem.message);
        let is_new = if finding.is_new == Some(true) { "new: " } else { "" };
        page.line(&format!("{place}: {severity} {}: {is_new}{message}", finding.rule.id))?;
    }
    Ok(())
}

/// The verdict and the first of its reasons, a line each.
pub(super) use gate::render_verdict;
/// The score in one line.
pub(super) use summary::{level, score_line};

/// A message on one line, safe to show.
pub(super) fn plain(message: &str) -> String {
    message.split_whitespace().map(clean).collect::<Vec<Cow<'_, str>>>().join(" ")
}

fn notes(page: &mut Page<'_>, places: &Places<'_>, notes: &[Note]) -> io::Result<()> {
    let limit = if page.look.detail == Detail::Verbose { usize::MAX } else { NOTES };
    let mut room = limit;
    for level in [NoteLevel::Warning, NoteLevel::Info] {
        let here: Vec<&Note> = notes.iter().filter(|note| note.level == level).collect();
        if here.is_empty() {
            continue;
        }
        page.prose(&[], 0, Ink::Strong, &notes_head(places, level, &here))?;
        let shown = here.len().min(room);
        for note in &here[..shown] {
            write_note(page, places, note)?;
        }
        room -= shown;
        if shown < here.len() {
            let more = format!("and {} more (`--verbose`)", here.len() - shown);
            page.prose(&[(Ink::Plain, "  ")], 2, Ink::Dim, &more)?;
        }
        page.blank()?;
    }
    Ok(())
}

fn notes_head(places: &Places<'_>, level: NoteLevel, notes: &[&Note]) -> String {
    let files: BTreeSet<&str> = notes
        .iter()
        .filter_map(|note| match &note.place {
            Place::Tree => None,
            Place::Path(path) => Some(path.as_str()),
            Place::Span(span) => Some(places.path(*span)),
        })
        .collect();
    match (level, files.len()) {
        (NoteLevel::Info, _) => "left out on purpose:".to_owned(),
        (NoteLevel::Warning, 0) => "not all could be read, so some verdicts may be unknown:".to_owned(),
        (NoteLevel::Warning, files) => {
            let files = counted(files, "file", "files");
            format!("{files} could not be read in full, so what depends on that is unknown, never a pass:")
        }
    }
}

fn write_note(page: &mut Page<'_>, places: &Places<'_>, note: &Note) -> io::Result<()> {
    let place = match &note.place {
        Place::Tree => String::new(),
        Place::Path(path) => format!("{}: ", clean(path)),
        Place::Span(span) => format!("{}:{}: ", clean(places.path(*span)), places.start(*span).line),
    };
    page.prose(&[(Ink::Plain, "  "), (Ink::Hint, &place)], 4, Ink::Plain, &note.message)
}

/// How many findings there are, and what to do next.
fn closing(page: &mut Page<'_>, report: &Report, groups: &[Group<'_>]) -> io::Result<()> {
    let entries = || groups.iter().flat_map(|group| &group.entries);
    let mut counts = Vec::new();
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        let count: usize =
            entries().filter(|entry| entry.severity == severity).map(|entry| entry.findings.len()).sum();
        if count > 0 {
            counts.push(format!("{count} {}", severity.id()));
        }
    }
    let total: usize = entries().map(|entry| entry.findings.len()).sum();
    let head = match total {
        0 => "no findings".to_owned(),
        _ => format!("{}: {}", counted(total, "finding", "findings"), counts.join(", ")),
    };
    let dearest = fixes(report).first().map(|fix| fix.rule.id.as_str());
    let explained = dearest.or_else(|| entries().map(|entry| entry.rule.id.as_str()).next());
    let mut next = String::new();
    if let Some(rule) = explained {
        next = format!("; `forge explain {rule}` says why and how");
    }
    if page.look.detail < Detail::Verbose && !report.services.is_empty() {
        next.push_str("; `--verbose` shows what passed");
    }
    page.prose(&[(if total == 0 { Ink::Good } else { Ink::Strong }, &head)], 0, Ink::Plain, &next)
}

/// A number and what it counts.
fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
