//! The report as a comment of a pull request: the score and what became of it, what is new, what was fixed, and the
//! rest folded. It always fits into a comment.

mod escape;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::choice::{Choice, open};
use super::{Assessed, Report, Score};
use crate::finding::Finding;
use crate::gate::{Change, Gate, GateStatus};
use crate::places::Places;
use crate::score::shown;
use crate::source::{NoteLevel, Place, Sources};
use escape::{clipped, code, prose};

/// What finds the comment again, so that the next run writes over it.
const MARKER: &str = "<!-- forge -->";
/// GitHub takes 65,536 characters, GitLab more.
const LIMIT: usize = 65_000;
/// Kept free for what says that something was cut, and for ends of what is folded.
const RESERVE: usize = 300;

/// Writes the comment.
pub(super) fn render(report: &Report, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(comment(report, sources).as_bytes())
}

fn comment(report: &Report, sources: &Sources) -> String {
    let places = Places::new(sources);
    let change = report.gate.as_ref().and_then(|gate| gate.change.as_ref());
    let open = open(report);
    let mut sheet = Sheet::default();
    sheet.line(MARKER);
    sheet.line(&format!("## {}", headline(report)));
    if let Score::Assessed(score) = &report.score {
        sheet.line("");
        sheet.line(&known(report, score));
    }
    if let Some(gate) = &report.gate {
        sheet.list(gate_line(gate), "", gate.reasons.iter().map(|reason| format!("- {}", prose(reason))));
    }
    services(&mut sheet, report, change);
    let fresh = open.iter().filter(|finding| finding.is_new == Some(true));
    let fresh: Vec<String> = fresh.map(|finding| entry(finding, &places)).collect();
    if !fresh.is_empty() {
        sheet.list(&format!("### New findings: {}", fresh.len()), "", fresh);
    }
    if let Some(change) = change {
        changed(&mut sheet, change);
    }
    let known: Vec<String> =
        open.iter().filter(|finding| finding.is_new != Some(true)).map(|one| entry(one, &places)).collect();
    let title = if change.is_some() { "Findings that were there before" } else { "Findings" };
    sheet.folded(title, known);
    sheet.folded("Waived", waived(report, &places));
    sheet.folded("Could not be read", notes(report, &places));
    sheet.text
}

/// A text that knows how much of it fits.
#[derive(Default)]
struct Sheet {
    text: String,
    /// Characters of the text.
    length: usize,
    is_full: bool,
}

impl Sheet {
    fn line(&mut self, line: &str) {
        self.length += line.chars().count() + 1;
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Lines below a head.
    fn list(&mut self, head: &str, tail: &str, lines: impl IntoIterator<Item = String>) {
        if self.is_full {
            return;
        }
        self.line("");
        self.line(head);
        self.line("");
        self.fill("lines", lines);
        if !tail.is_empty() {
            self.line("");
            self.line(tail);
        }
    }

    /// Rows right below the head of a table.
    fn table(&mut self, head: &str, rows: impl IntoIterator<Item = String>) {
        if self.is_full {
            return;
        }
        self.line("");
        self.line(head);
        self.fill("rows", rows);
    }

    /// As many lines as fit; of the rest it is said how many.
    fn fill(&mut self, what: &str, lines: impl IntoIterator<Item = String>) {
        let mut left = 0;
        for line in lines {
            if left == 0 && self.length + line.chars().count() + RESERVE < LIMIT {
                self.line(&line);
            } else {
                left += 1;
            }
        }
        if left > 0 {
            self.is_full = true;
            self.line("");
            let cut = format!(
                "**Cut here: {left} more {what}, and what would follow, do not fit into a comment.**"
            );
            self.line(&cut);
        }
    }

    fn folded(&mut self, title: &str, lines: Vec<String>) {
        if !lines.is_empty() {
            let head = format!("<details>\n<summary>{title}: {}</summary>", lines.len());
            self.list(&head, "</details>", lines);
        }
    }
}

fn headline(report: &Report) -> String {
    let change = report.gate.as_ref().and_then(|gate| gate.change.as_ref());
    match &report.score {
        Score::NotAssessed { reason } => format!("Forge: not assessed, {}", prose(reason)),
        Score::Assessed(score) => {
            let delta = change
                .and_then(|change| Some((change.before.as_ref()?, change.after.as_ref()?)))
                .map_or_else(String::new, |(before, after)| format!(" ({})", delta(before, after)));
            format!("Forge: {}/100{delta}", shown(score.exact))
        }
    }
}

/// The difference of two scores: of whole points where they differ in them, else to a tenth.
fn delta(before: &Assessed, after: &Assessed) -> String {
    let whole = i64::from(shown(after.exact)) - i64::from(shown(before.exact));
    let exact = after.exact - before.exact;
    match whole {
        0 if exact.abs() < 0.05 => "±0".to_owned(),
        0 => format!("{exact:+.1}"),
        _ => format!("{whole:+}"),
    }
}

fn known(report: &Report, score: &Assessed) -> String {
    let (low, high) = (shown(score.low), shown(score.high));
    let mut line = format!("{} % of the profile known", shown(score.coverage * 100.0));
    if low != high {
        line = format!("could be {low}–{high}, {line}");
    }
    if shown(score.without_waivers) != shown(score.exact) {
        let _ = write!(line, "; {} without waivers", shown(score.without_waivers));
    }
    if report.services.len() > 1
        && let Some(lowest) = &score.lowest_service
    {
        let _ = write!(line, "; lowest: {}", code(lowest));
    }
    let _ = write!(line, "; level: {}", super::text::level(&score.reached));
    line
}

fn gate_line(gate: &Gate) -> &'static str {
    match gate.status {
        GateStatus::Passed => "✅ **The gate passed.**",
        GateStatus::Failed => "❌ **The gate failed.**",
        GateStatus::Inconclusive => "⚠️ **The gate is inconclusive: it cannot tell.**",
    }
}

fn services(sheet: &mut Sheet, report: &Report, change: Option<&Change>) {
    if report.services.is_empty() {
        return;
    }
    let points = |score: Option<&Assessed>| {
        score.map_or_else(|| "–".to_owned(), |score| shown(score.exact).to_string())
    };
    let rows = report.services.iter().map(|service| {
        let (score, why) = match &service.score {
            Score::Assessed(score) => (Some(score), String::new()),
            Score::NotAssessed { reason } => (None, format!(" not assessed: {}", prose(reason))),
        };
        let mut row = format!("| {} | {} | {}{why} |", code(&service.id), service.kind, points(score));
        if let Some(change) = change {
            let known = change.services.iter().find(|one| one.id == service.id);
            let before = known.and_then(|one| one.before.as_ref());
            let difference =
                before.zip(score).map_or_else(|| "new".to_owned(), |(before, after)| delta(before, after));
            let _ = write!(row, " {} | {difference} |", points(before));
        }
        row
    });
    let head = match change {
        Some(_) => "| service | kind | score | before | change |\n|---|---|---|---|---|",
        None => "| service | kind | score |\n|---|---|---|",
    };
    sheet.table(head, rows);
    if let Some(change) = change {
        let gone = change.services.iter().filter(|one| one.after.is_none() && one.before.is_some());
        let gone: Vec<String> = gone.map(|one| code(&one.id)).collect();
        if !gone.is_empty() {
            sheet.list("No longer assessed:", "", gone.into_iter().map(|id| format!("- {id}")));
        }
    }
}

fn changed(sheet: &mut Sheet, change: &Change) {
    if !change.vanished.is_empty() {
        let lines = change.vanished.iter().map(|one| {
            let was: Vec<String> = one.was.iter().take(3).map(|place| code(place)).collect();
            let was = if was.is_empty() { String::new() } else { format!(", was at {}", was.join(", ")) };
            format!("- {} of {}{was}", code(one.capability), code(&one.service))
        });
        sheet.list("### No longer proven", "", lines);
    }
    if !change.fixed.is_empty() {
        let points: f64 = change.fixed.iter().map(|one| one.points).sum();
        let brings = if points >= 0.05 { format!(", +{points:.1} points") } else { String::new() };
        let lines = change.fixed.iter().map(|one| {
            let place = format!("{}:{}", one.path, one.line);
            format!(
                "- {} at {}: {}{}",
                code(&one.rule),
                code(&place),
                prose(&one.message),
                worth(one.points, "+")
            )
        });
        sheet.list(&format!("### Fixed: {}{brings}", change.fixed.len()), "", lines);
    }
}

/// One finding on one line.
fn entry(finding: &Finding, places: &Places<'_>) -> String {
    let span = finding.problem.span;
    let place = format!("{}:{}", places.path(span), places.start(span).line);
    format!(
        "- **{}** {} at {}: {}{}",
        finding.severity.id(),
        code(&finding.rule.id),
        code(&place),
        prose(&finding.problem.message),
        worth(finding.points, "worth "),
    )
}

fn worth(points: f64, how: &str) -> String {
    if points >= 0.05 { format!(" ({how}{points:.1} points)") } else { String::new() }
}

fn waived(report: &Report, places: &Places<'_>) -> Vec<String> {
    let choice = Choice::of(report);
    let waived = report.findings.iter().filter(|finding| !choice.is_echo(finding));
    waived
        .filter_map(|finding| {
            let waiver = finding.suppressed.as_ref()?;
            let until =
                waiver.until.as_ref().map_or_else(String::new, |day| format!(", until {}", prose(day)));
            let span = finding.problem.span;
            let place = format!("{}:{}", places.path(span), places.start(span).line);
            let reason = prose(&waiver.reason);
            Some(format!("- {} at {}: {reason}{until}", code(&finding.rule.id), code(&place)))
        })
        .collect()
}

fn notes(report: &Report, places: &Places<'_>) -> Vec<String> {
    let warnings = report.notes.iter().filter(|note| note.level == NoteLevel::Warning);
    warnings
        .map(|note| match &note.place {
            Place::Tree => format!("- {}", prose(&note.message)),
            Place::Path(path) => format!("- {}: {}", code(&clipped(path)), prose(&note.message)),
            Place::Span(span) => {
                let place = format!("{}:{}", places.path(*span), places.start(*span).line);
                format!("- {}: {}", code(&place), prose(&note.message))
            }
        })
        .collect()
}
