//! What the gate says: its verdict and why, what became of the scores, what is new and what was mended.

use std::io::{self, Write};

use super::style::{Ink, Page, clean};
use super::{counted, frame, plain};
use crate::finding::Finding;
use crate::gate::{Change, Gate, GateStatus, ServiceChange, told_apart};
use crate::places::Places;
use crate::report::{Assessed, Detail, Report};
use crate::rule::Pillar;

/// How many lines of one kind are shown unless all are asked for.
const SHOWN: usize = 20;

/// How many reasons stand on standard error.
const TOLD: usize = 10;

pub(super) fn write(
    page: &mut Page<'_>,
    places: &Places<'_>,
    report: &Report,
    gate: &Gate,
) -> io::Result<()> {
    write_verdict(page, gate)?;
    for reason in limited(page, &gate.reasons) {
        page.prose(&[(ink(gate.status), "  ✗ ")], 4, Ink::Plain, reason)?;
    }
    write_rest(page, gate.reasons.len())?;
    page.blank()?;
    let Some(change) = &gate.change else { return Ok(()) };
    scores(page, change)?;
    new(page, places, report)?;
    fixed(page, change)?;
    let unchanged = counted(change.unchanged, "finding", "findings");
    page.prose(&[], 0, Ink::Dim, &format!("{unchanged} as before"))?;
    page.blank()
}

/// The verdict, one line a reason.
pub(super) fn write_lines(page: &mut Page<'_>, gate: &Gate) -> io::Result<()> {
    write_verdict(page, gate)?;
    gate.reasons.iter().try_for_each(|reason| page.line(&format!("gate: {}", plain(reason))))
}

/// The verdict and the first of its reasons, a line each, as the program speaks on standard error.
pub(in crate::report) fn render_verdict(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "forge: gate {}", gate.status.id())?;
    for reason in gate.reasons.iter().take(TOLD) {
        writeln!(out, "forge: - {}", plain(reason))?;
    }
    match gate.reasons.len().saturating_sub(TOLD) {
        0 => Ok(()),
        more => writeln!(out, "forge: and {more} more"),
    }
}

/// The verdict in one line.
fn write_verdict(page: &mut Page<'_>, gate: &Gate) -> io::Result<()> {
    let verdict = format!("gate {}", gate.status.id());
    let against = match &gate.change {
        Some(change) => format!("  against {}", short(&change.base)),
        None => "  nothing to compare with".to_owned(),
    };
    page.flow(&[(ink(gate.status), &verdict), (Ink::Dim, &clean(&against))], 2, Ink::Plain, [])
}

fn ink(status: GateStatus) -> Ink {
    match status {
        GateStatus::Passed => Ink::Good,
        GateStatus::Failed => Ink::Worst,
        GateStatus::Inconclusive => Ink::Middling,
    }
}

/// A commit's id as people write it.
fn short(base: &str) -> &str {
    let is_id = base.len() >= 40 && base.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { &base[..12] } else { base }
}

fn limited<'t, T>(page: &Page<'_>, all: &'t [T]) -> &'t [T] {
    let limit = if page.look.detail == Detail::Verbose { usize::MAX } else { SHOWN };
    &all[..all.len().min(limit)]
}

fn write_rest(page: &mut Page<'_>, all: usize) -> io::Result<()> {
    if page.look.detail == Detail::Verbose || all <= SHOWN {
        return Ok(());
    }
    page.prose(&[(Ink::Plain, "  ")], 2, Ink::Dim, &format!("and {} more (`--verbose`)", all - SHOWN))
}

/// The scores before and after, and the pillars that have changed.
fn scores(page: &mut Page<'_>, change: &Change) -> io::Result<()> {
    let services: Vec<&ServiceChange> = change.services.iter().collect();
    if services.is_empty() {
        return Ok(());
    }
    if services.len() > 1 {
        score(page, "score", change.before.as_ref(), change.after.as_ref())?;
    }
    let has_changed = |service: &&&ServiceChange| differs(service.before.as_ref(), service.after.as_ref());
    let changed: Vec<&&ServiceChange> =
        services.iter().filter(|service| services.len() == 1 || has_changed(service)).collect();
    for service in limited(page, &changed) {
        let name = match &service.was {
            Some(was) => format!("{} (was {})", clean(&service.id), clean(was)),
            None => clean(&service.id).into_owned(),
        };
        score(page, &name, service.before.as_ref(), service.after.as_ref())?;
        pillars(page, service)?;
    }
    write_rest(page, changed.len())?;
    page.blank()
}

fn differs(before: Option<&Assessed>, after: Option<&Assessed>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => (before.exact - after.exact).abs() > f64::EPSILON,
        (before, after) => before.is_some() != after.is_some(),
    }
}

fn score(
    page: &mut Page<'_>,
    name: &str,
    before: Option<&Assessed>,
    after: Option<&Assessed>,
) -> io::Result<()> {
    let text = match (before, after) {
        (Some(before), Some(after)) if differs(Some(before), Some(after)) => {
            let (from, to) = told_apart(before.exact, after.exact);
            let delta = after.exact - before.exact;
            let ink = if delta < 0.0 { Ink::Bad } else { Ink::Good };
            let delta = page.paint(ink, &format!("{delta:+.1}")).into_owned();
            format!("{from} → {to}  {delta}")
        }
        (Some(_), Some(after)) => format!("{}, as before", told_apart(after.exact, after.exact).0),
        (None, Some(after)) => format!("{}, new", told_apart(after.exact, after.exact).0),
        (Some(before), None) => {
            format!("{}, now gone or not assessed", told_apart(before.exact, before.exact).0)
        }
        (None, None) => "not assessed".to_owned(),
    };
    let name = page.paint(Ink::Strong, name).into_owned();
    page.line(&format!("{name}  {text}"))
}

fn pillars(page: &mut Page<'_>, service: &ServiceChange) -> io::Result<()> {
    let (Some(before), Some(after)) = (&service.before, &service.after) else { return Ok(()) };
    for pillar in Pillar::ALL {
        let of =
            |score: &Assessed| score.pillars.iter().find(|one| one.pillar == pillar).map(|one| one.value);
        let (Some(from), Some(to)) = (of(before), of(after)) else { continue };
        if (from - to).abs() > 1e-6 {
            let (from, to) = told_apart(from, to);
            page.line(&format!("  {:13}  {from} → {to} %", pillar.id()))?;
        }
    }
    Ok(())
}

/// What is new and no reason to fail: too minor, or not sure enough.
fn new(page: &mut Page<'_>, places: &Places<'_>, report: &Report) -> io::Result<()> {
    let new: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.is_new == Some(true) && !finding.fails_gate)
        // What is waived stands below, and what another rule reports as well stands there.
        .filter(|finding| finding.suppressed.is_none() && finding.problem.subsumed_by.is_none())
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let head = format!("{}, no reason to fail", counted(new.len(), "more new finding", "more new findings"));
    page.prose(&[], 0, Ink::Strong, &head)?;
    for finding in limited(page, &new) {
        let place = frame::at(places, finding.problem.span);
        let severity = format!("{} ", finding.severity.id());
        let lead = [
            (Ink::Plain, "  "),
            (Ink::of_severity(finding.severity), severity.as_str()),
            (Ink::Plain, &finding.rule.id),
        ];
        let text = format!(" {place}: {}", plain(&finding.problem.message));
        page.prose(&[lead.as_slice(), &[(Ink::Plain, " ")]].concat(), 4, Ink::Plain, &text)?;
    }
    write_rest(page, new.len())?;
    page.blank()
}

/// What was mended, and what that brought.
fn fixed(page: &mut Page<'_>, change: &Change) -> io::Result<()> {
    if change.fixed.is_empty() {
        return Ok(());
    }
    let head = counted(change.fixed.len(), "finding fixed", "findings fixed");
    page.prose(&[], 0, Ink::Strong, &head)?;
    for fixed in limited(page, &change.fixed) {
        let points = format!("{:>+6.1} ", fixed.points);
        let text = format!("{} {}:{}: {}", fixed.rule, clean(&fixed.path), fixed.line, plain(&fixed.message));
        page.prose(&[(Ink::Good, &points)], 4, Ink::Plain, &text)?;
    }
    write_rest(page, change.fixed.len())?;
    page.blank()
}
