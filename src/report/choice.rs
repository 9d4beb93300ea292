//! Which findings a form shows, and in which order. The text report groups them itself.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Report;
use crate::finding::Finding;

/// What a form that shows each defect once needs to know of all findings.
pub(super) struct Choice<'a> {
    by_rule: BTreeMap<&'a str, Vec<&'a Finding>>,
}

impl<'a> Choice<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            by_rule.entry(&finding.rule.id).or_default().push(finding);
        }
        Self { by_rule }
    }

    /// Whether the rule that is said to see the same defect does see it: then it is shown there.
    pub(super) fn is_echo(&self, finding: &Finding) -> bool {
        let Some(of_rule) = finding.problem.subsumed_by.and_then(|rule| self.by_rule.get(rule)) else {
            return false;
        };
        of_rule.iter().any(|other| {
            other.problem.span.file == finding.problem.span.file
                || other.subject == finding.subject
                || other.services.iter().any(|service| finding.services.contains(service))
        })
    }
}

/// Numbers the findings of one fingerprint, so that two on equal lines are two wherever they are told apart by it.
pub(super) fn numbered<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(&'a Finding, usize)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    findings
        .map(|finding| {
            let count = seen.entry(&finding.fingerprint).or_default();
            *count += 1;
            (finding, *count)
        })
        .collect()
}

/// What somebody has to mend: neither waived nor shown with another finding. New ones first, then the worst.
pub(super) fn open(report: &Report) -> Vec<&Finding> {
    let choice = Choice::of(report);
    let mut open: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none() && !choice.is_echo(finding))
        .collect();
    // The sort is stable, so that equal ones keep the order of their places.
    open.sort_by(|a, b| {
        let is_new = |finding: &Finding| finding.is_new == Some(true);
        is_new(b).cmp(&is_new(a)).then_with(|| worst_first(a, b))
    });
    open
}

/// By severity, then by what mending brings; what is waived comes last.
pub(super) fn worst_first(a: &Finding, b: &Finding) -> Ordering {
    (a.suppressed.is_some().cmp(&b.suppressed.is_some()))
        .then_with(|| b.severity.cmp(&a.severity))
        .then_with(|| b.points.total_cmp(&a.points))
}
