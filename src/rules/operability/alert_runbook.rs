//! `alert-runbook`: an alert says where it is written what to do.

use std::collections::BTreeMap;

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;
use crate::span::{FileId, Span};

/// One finding for each file of alerts, at the first that names nothing.
pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let mut silent: BTreeMap<FileId, Vec<(Span, &str)>> = BTreeMap::new();
    let mut evidence = Vec::new();
    for alert in cx.project.alerting_rules().filter(|alert| alert.rule.is_alert) {
        match &alert.rule.runbook {
            Some(runbook) => evidence.push(Label::new(alert.home.at(runbook), "this says what to do")),
            None => {
                let place = alert.home.at(&alert.rule.name);
                silent.entry(place.file).or_default().push((place, &alert.rule.name.value));
            }
        }
    }
    let problem = |alerts: &Vec<(Span, &str)>| {
        let (first, name) = alerts[0];
        let message = match alerts.len() {
            1 => format!("the alert `{name}` says nothing of what to do"),
            all => format!("the alert `{name}` and {} more say nothing of what to do", all - 1),
        };
        let help = "add the annotation `runbook_url` with the page that says what to look at and what to do";
        Problem::new(first, message, help)
    };
    Verdict::of_sites(silent.values().map(problem).collect(), evidence, "no alerts are here")
}
