//! What the gate says of a change, and what somebody has waived.

use std::io;

use super::frame;
use super::place::Places;
use super::style::{Ink, Page};
use super::{counted, plain};
use crate::finding::Finding;
use crate::gate::{Change, Gate, GateStatus};
use crate::report::{Assessed, Detail, Report};
use crate::score::shown;

/// How many fixed findings are listed unless all are asked for.
const FIXED: usize = 10;

/// The verdict with its reasons, and what the change changes.
pub(super) fn write(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let Some(gate) = &report.gate else { return Ok(()) };
    page.flow(&[(Ink::Strong, "gate: "), (ink(gate), gate.status.id())], 2, Ink::Plain, [])?;
    for reason in &gate.reasons {
        page.prose(&[(Ink::Plain, "  - ")], 4, Ink::Plain, reason)?;
    }
    if let Some(change) = &gate.change {
        write_change(page, report, change)?;
    }
    page.blank()
}

fn write_change(page: &mut Page<'_>, report: &Report, change: &Change) -> io::Result<()> {
    let new = report.findings.iter().filter(|finding| finding.is_new == Some(true)).count();
    let counts = format!(
        "{} → {}; {new} new, {} fixed, {} unchanged",
        points(change.before.as_ref()),
        points(change.after.as_ref()),
        change.fixed.len(),
        change.unchanged
    );
    page.prose(
        &[(Ink::Plain, "  compared with "), (Ink::Hint, &plain(&change.base)), (Ink::Plain, ": ")],
        2,
        Ink::Plain,
        &counts,
    )?;
    for one in change.services.iter().filter(|one| points(one.before.as_ref()) != points(one.after.as_ref()))
    {
        let scores = format!("{} → {}", points(one.before.as_ref()), points(one.after.as_ref()));
        page.prose(
            &[(Ink::Plain, "  "), (Ink::Hint, &plain(&one.id)), (Ink::Plain, "  ")],
            4,
            Ink::Plain,
            &scores,
        )?;
    }
    for one in &change.vanished {
        let was = if one.was.is_empty() { String::new() } else { format!(", was at {}", one.was.join(", ")) };
        let text = format!("`{}` of `{}`{was}", one.capability, one.service);
        page.prose(&[(Ink::Bad, "  no longer proven: ")], 4, Ink::Plain, &text)?;
    }
    let limit = if page.look.detail == Detail::Verbose { usize::MAX } else { FIXED };
    for one in change.fixed.iter().take(limit) {
        let brings = if one.points >= 0.05 { format!(" ({:+.1} points)", one.points) } else { String::new() };
        let text = format!("{} at {}:{}: {}{brings}", one.rule, one.path, one.line, one.message);
        page.prose(&[(Ink::Good, "  fixed: ")], 4, Ink::Plain, &text)?;
    }
    if change.fixed.len() > limit {
        let more = format!("and {} more (`--verbose`)", change.fixed.len() - limit);
        page.prose(&[(Ink::Plain, "  ")], 4, Ink::Dim, &more)?;
    }
    Ok(())
}

fn points(score: Option<&Assessed>) -> String {
    score.map_or_else(|| "none".to_owned(), |score| shown(score.exact).to_string())
}

fn ink(gate: &Gate) -> Ink {
    match gate.status {
        GateStatus::Passed => Ink::Good,
        GateStatus::Failed => Ink::Bad,
        GateStatus::Inconclusive => Ink::Middling,
    }
}

/// The verdict, one line a reason.
pub(super) fn write_lines(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let Some(gate) = &report.gate else { return Ok(()) };
    let status = page.paint(ink(gate), gate.status.id()).into_owned();
    page.line(&format!("gate: {status}"))?;
    gate.reasons.iter().try_for_each(|reason| page.line(&format!("gate: {}", plain(reason))))
}

/// What does not count, and who said so why.
pub(super) fn write_waived(page: &mut Page<'_>, places: &Places<'_>, report: &Report) -> io::Result<()> {
    let waived: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
    if waived.is_empty() {
        return Ok(());
    }
    let head = format!("{} waived:", counted(waived.len(), "finding", "findings"));
    page.prose(&[], 0, Ink::Strong, &head)?;
    for finding in waived {
        let Some(waiver) = &finding.suppressed else { continue };
        let place = format!("{}: ", frame::at(places, finding.problem.span));
        let until = waiver.until.as_ref().map_or_else(String::new, |day| format!(" (until {day})"));
        let text = format!("{}: {}{until}", finding.rule.id, waiver.reason);
        page.prose(&[(Ink::Plain, "  "), (Ink::Hint, &place)], 4, Ink::Plain, &text)?;
    }
    page.blank()
}
