//! What somebody has waived.

use std::io;

use super::style::{Ink, Page};
use super::{counted, frame};
use crate::finding::Finding;
use crate::places::Places;
use crate::report::Report;

/// What does not count, and who said so why.
pub(super) fn write(page: &mut Page<'_>, places: &Places<'_>, report: &Report) -> io::Result<()> {
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
