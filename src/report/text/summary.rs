//! What stands above the diagnostics: the score with its range, the pillars, and the fixes that bring most.

use std::io;

use super::entry::fixes;
use super::style::{Ink, Page, clean, columns};
use super::{counted, plain};
use crate::finding::Finding;
use crate::report::{Assessed, Report, Score};
use crate::rule::{Confidence, Effort, Level, Severity};
use crate::score::level::Reached;
use crate::score::shown;
use crate::source::Sources;

/// What a service is, where there is none.
const NO_SERVICE: &str = "Forge looked for binaries whose `main` reaches a call that starts a server, a \
                          consumer loop or a scheduler; libraries and command-line tools are not scored";
/// The cells of a pillar's bar.
const BAR: usize = 20;
/// How many rules that are in the way of the next level are named.
const LACKING: usize = 3;
/// How many fixes are listed.
const FIXES: usize = 5;

pub(super) fn write(page: &mut Page<'_>, report: &Report, sources: &Sources) -> io::Result<()> {
    let about = format!(
        " · {} · {} · {}",
        counted(report.rules, "rule", "rules"),
        counted(report.services.len(), "service", "services"),
        counted(sources.len(), "file", "files"),
    );
    let name = concat!("forge ", env!("CARGO_PKG_VERSION"));
    page.flow(&[(Ink::Strong, name), (Ink::Dim, &about)], 2, Ink::Plain, [])?;
    page.blank()?;
    write_score_line(page, report)?;
    if let Score::Assessed(score) = &report.score {
        details(page, report, score)?;
        page.blank()?;
        pillars(page, report, score)?;
    }
    page.blank()
}

/// The score of the repository in one line, or why there is none.
pub(super) fn write_score_line(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    match &report.score {
        _ if report.services.is_empty() && report.is_complete => {
            page.prose(&[(Ink::Strong, "no service found"), (Ink::Plain, ": ")], 2, Ink::Plain, NO_SERVICE)
        }
        Score::NotAssessed { reason } => {
            page.prose(&[(Ink::Strong, "not assessed"), (Ink::Plain, ": ")], 2, Ink::Plain, reason)
        }
        Score::Assessed(score) => {
            let value = value(score);
            let value =
                [(Ink::of_score(score.exact), value.as_str()), (Ink::Strong, "/100"), (Ink::Plain, "  ")];
            page.prose(&value, 2, Ink::Plain, &range(score))
        }
    }
}

/// The same without colours, for other forms.
pub(in crate::report) fn score_line(report: &Report) -> String {
    match &report.score {
        _ if report.services.is_empty() && report.is_complete => "no service found".to_owned(),
        Score::NotAssessed { reason } => format!("not assessed: {}", plain(reason)),
        Score::Assessed(score) => format!("{}/100, {}", value(score), range(score)),
    }
}

/// The score as a number of 100.
pub(super) fn value(score: &Assessed) -> String {
    shown(score.exact).to_string()
}

/// What the unknowns leave open.
pub(super) fn range(score: &Assessed) -> String {
    let (low, high) = (shown(score.low), shown(score.high));
    let known = shown(score.coverage * 100.0);
    match (low == high, known) {
        (true, 100) => "all of the profile known".to_owned(),
        (true, _) => format!("{known} % of the profile known"),
        (false, _) => format!("could be {low}–{high}, {known} % of the profile known"),
    }
}

/// The level, and what is in the way of the next.
pub(in crate::report) fn level(reached: &Reached) -> String {
    let is = reached.level.map_or("none yet", Level::id);
    let Some(next) = reached.next() else { return is.to_owned() };
    let named = &reached.in_the_way[..reached.in_the_way.len().min(LACKING)];
    let more = match reached.in_the_way.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{is}; {} lacks {}{more}", next.id(), named.join(", "))
}

fn details(page: &mut Page<'_>, report: &Report, score: &Assessed) -> io::Result<()> {
    if shown(score.without_waivers) != shown(score.exact) {
        page.line(&format!("{} without waivers", shown(score.without_waivers)))?;
    }
    page.prose(&[(Ink::Plain, "level: ")], 2, Ink::Plain, &level(&score.reached))?;
    if report.services.len() > 1
        && let Some(lowest) = &score.lowest_service
    {
        let of = report.services.iter().find(|service| service.id == *lowest).map(|service| &service.score);
        let points = match of {
            Some(Score::Assessed(score)) => format!(" with {}", value(score)),
            _ => String::new(),
        };
        page.flow(&[(Ink::Plain, "lowest: ")], 2, Ink::Plain, [format!("{}{points}", clean(lowest)).into()])?;
    }
    Ok(())
}

fn pillars(page: &mut Page<'_>, report: &Report, score: &Assessed) -> io::Result<()> {
    for pillar in &score.pillars {
        let filled = filled(pillar.value);
        let name = format!("{:13}  ", pillar.pillar.id());
        let (full, empty) = ("█".repeat(filled), "░".repeat(BAR - filled));
        let full = page.paint(Ink::of_score(pillar.value), &full).into_owned();
        let empty = page.paint(Ink::Dim, &empty).into_owned();
        let value = format!("{:>4} %", shown(pillar.value));
        let weight = page.paint(Ink::Dim, &format!("  of {} points", pillar.points)).into_owned();
        page.line(&format!("{name}{full}{empty}{value}{weight}"))?;
    }
    // Without this a reader would add up the bars and find another number.
    let is_capped = |finding: &Finding| {
        finding.severity == Severity::Critical
            && finding.confidence == Confidence::High
            && finding.problem.subsumed_by.is_none()
            && finding.suppressed.is_none()
            && !finding.services.is_empty()
    };
    let criticals = report.findings.iter().filter(|finding| is_capped(finding)).count();
    if criticals > 0 {
        let weigh = if criticals == 1 { "weighs" } else { "weigh" };
        let proven = counted(criticals, "proven contradiction", "proven contradictions");
        let text = format!("beside the pillars, {proven} (critical) {weigh} on the whole");
        page.prose(&[], 0, Ink::Dim, &text)?;
    }
    Ok(())
}

/// The full cells of a bar: never all for less than everything, never none for something.
fn filled(value: f64) -> usize {
    let step = 100 / BAR;
    let whole = usize::try_from(shown(value)).unwrap_or(0);
    let rounded = (whole + step / 2) / step;
    match whole {
        100 => BAR,
        0 => 0,
        _ => rounded.clamp(1, BAR - 1),
    }
}

/// The rules whose findings cost most.
pub(super) fn write_fixes(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let fixes = fixes(report);
    if fixes.is_empty() || matches!(report.score, Score::NotAssessed { .. }) {
        return Ok(());
    }
    page.flow(&[(Ink::Strong, "fixes that bring most")], 0, Ink::Plain, [])?;
    page.blank()?;
    let shown = &fixes[..fixes.len().min(FIXES)];
    let widest = shown.iter().map(|fix| columns(&fix.rule.id)).max().unwrap_or(0);
    for fix in shown {
        let points = page.paint(Ink::Good, &format!("{:>+6.1}", fix.points)).into_owned();
        let effort = page.paint(Ink::Dim, effort(fix.rule.effort)).into_owned();
        let rule = plain(&fix.rule.id);
        page.line(&format!(
            "{points}  {rule:widest$}  {:<10}  {effort}",
            counted(fix.places, "place", "places")
        ))?;
    }
    page.blank()
}

fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Small => "minutes",
        Effort::Medium => "hours",
        Effort::Large => "days",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_for_everything_and_empty_only_for_nothing() {
        for (value, cells) in
            [(0.0, 0), (0.4, 0), (1.0, 1), (50.0, 10), (52.9, 10), (53.0, 11), (99.9, 19), (100.0, 20)]
        {
            assert_eq!(filled(value), cells, "{value}");
        }
    }
}
