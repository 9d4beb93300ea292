//! `alert-runbook`: an alert says where it is written what to do.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;

/// One finding for each set of alerts, at the first that names nothing.
pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for set in &cx.project.cluster.alerts {
        let named = set.spec.iter().filter_map(|alert| alert.runbook.as_ref());
        evidence.extend(named.map(|runbook| Label::new(set.home.at(runbook), "this says what to do")));
        let mut silent = set.spec.iter().filter(|alert| alert.runbook.is_none());
        let Some(first) = silent.next() else { continue };
        let message = match silent.count() {
            0 => format!("the alert `{}` says nothing of what to do", first.name.value),
            more => format!("the alert `{}` and {more} more say nothing of what to do", first.name.value),
        };
        let help = "add the annotation `runbook_url` with the page that says what to look at and what to do";
        problems.push(Problem::new(set.home.at(&first.name), message, help));
    }
    Verdict::of_sites(problems, evidence, "no alerts are here")
}
