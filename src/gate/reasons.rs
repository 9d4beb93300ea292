//! Why the gate fails, and why it cannot tell: one sentence for each thing, the gravest first.

use std::collections::BTreeSet;

use super::{Before, Change, Policy, ServiceChange, Vanished};
use crate::config::WAIVERS_RULE;
use crate::finding::Finding;
use crate::places::Places;
use crate::report::{Report, Score};
use crate::rule::Severity;
use crate::source::Sources;

/// Sums of floating-point numbers are not exact; less than this is no difference.
const TOLERANCE: f64 = 1e-6;

/// How many places of a proof are named.
const PLACES: usize = 3;

/// Why it fails, and why it cannot tell.
pub(super) struct Why {
    pub(super) failed: Vec<String>,
    pub(super) open: Vec<String>,
    /// The findings that are reasons to fail, as the report numbers them.
    pub(super) failing: Vec<usize>,
}

pub(super) fn of(
    report: &Report,
    sources: &Sources,
    before: &Before,
    change: &Change,
    policy: &Policy,
) -> Why {
    let unseen = unseen(before, change);
    let places = Places::new(sources);
    let is_of_waivers = |finding: &Finding| finding.rule.id == WAIVERS_RULE;
    let all = || report.findings.iter().enumerate();
    let mut worse: Vec<(usize, &Finding)> = all()
        .filter(|(_, finding)| !is_of_waivers(finding))
        .filter(|(_, finding)| fails(finding, policy) && !is_only_of(finding, &unseen))
        .collect();
    // Sorting is stable: findings of one severity stay in the order of their places.
    worse.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
    // Waivers that are past, of no use or not in order fail whoever brought them, since a day passes without a change.
    let waivers: Vec<(usize, &Finding)> = all().filter(|(_, finding)| is_of_waivers(finding)).collect();
    let mut failed: Vec<String> = worse.iter().map(|(_, finding)| of_finding(finding, &places)).collect();
    failed.extend(waivers.iter().map(|(_, finding)| of_waiver(finding, &places)));
    failed.extend(change.vanished.iter().map(of_vanished));
    failed.extend(change.services.iter().filter_map(|service| of_drop(service, policy)));
    failed.extend(change.services.iter().filter_map(|service| of_score(service, policy)));
    failed.extend(change.services.iter().filter_map(|service| of_level(service, policy)));
    let failing = worse.iter().chain(&waivers).map(|(at, _)| *at).collect();
    Why { failed, open: open(report, before, change, &unseen), failing }
}

/// Whether a new finding fails the gate. One that another rule reports as well fails there.
fn fails(finding: &Finding, policy: &Policy) -> bool {
    finding.is_new == Some(true)
        && finding.suppressed.is_none()
        && !finding.rule.is_preview()
        && finding.problem.subsumed_by.is_none()
        && finding.severity > Severity::Info
        && finding.severity >= policy.severity
        && finding.confidence >= policy.confidence
}

fn of_waiver(finding: &Finding, places: &Places<'_>) -> String {
    format!("waiver at {}: {}", places.place(finding.problem.span), finding.problem.message)
}

/// Services of the head that the base may have had as well, in a file that could not be read.
fn unseen<'c>(before: &Before, change: &'c Change) -> BTreeSet<&'c str> {
    let is_unseen = |service: &&ServiceChange| !before.is_complete && service.before.is_none();
    change.services.iter().filter(is_unseen).map(|service| service.id.as_str()).collect()
}

fn is_only_of(finding: &Finding, services: &BTreeSet<&str>) -> bool {
    !finding.services.is_empty() && finding.services.iter().all(|id| services.contains(id.as_str()))
}

fn of_finding(finding: &Finding, places: &Places<'_>) -> String {
    let subject = match finding.subject.id.as_str() {
        "." => "the repository".to_owned(),
        id => format!("`{id}`"),
    };
    format!(
        "new {} finding of `{}` in {subject} at {}: {}",
        finding.severity.id(),
        finding.rule.id,
        places.place(finding.problem.span),
        finding.problem.message
    )
}

fn of_vanished(vanished: &Vanished) -> String {
    let Vanished { service, capability, was, is_unknown } = vanished;
    let named = was[..was.len().min(PLACES)].join(", ");
    let more =
        if was.len() > PLACES { format!(" and {} more places", was.len() - PLACES) } else { String::new() };
    let proof = if was.is_empty() { String::new() } else { format!(": the base shows it at {named}{more}") };
    if *is_unknown {
        format!("whether `{service}` still has `{capability}` cannot be told any more{proof}")
    } else {
        format!("`{service}` has lost `{capability}`{proof}")
    }
}

fn of_drop(service: &ServiceChange, policy: &Policy) -> Option<String> {
    let (before, after) = (service.before.as_ref()?.exact, service.after.as_ref()?.exact);
    if before - after <= policy.max_drop + TOLERANCE {
        return None;
    }
    let (from, to) = told_apart(before, after);
    let allowed = match policy.max_drop {
        max if max > 0.0 => format!(", more than the {max} points that are allowed"),
        _ => String::new(),
    };
    Some(format!("the score of `{}` drops from {from} to {to}{allowed}", service.id))
}

fn of_score(service: &ServiceChange, policy: &Policy) -> Option<String> {
    let (after, least) = (service.after.as_ref()?.exact, policy.fail_under?);
    let (has, needs) = told_apart(after, least);
    (after + TOLERANCE < least).then(|| {
        format!("the score of `{}` is {has}, below the {needs} that every service must have", service.id)
    })
}

fn of_level(service: &ServiceChange, policy: &Policy) -> Option<String> {
    let (reached, required) = (&service.after.as_ref()?.reached, policy.require_level?);
    if reached.level >= Some(required) {
        return None;
    }
    let named: Vec<String> = reached.in_the_way.iter().take(PLACES).map(|rule| format!("`{rule}`")).collect();
    let more = reached.in_the_way.len().saturating_sub(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "`{}` is not `{}`, which every service must be: the next level lacks {}{more}",
        service.id,
        required.id(),
        named.join(", ")
    ))
}

/// Two scores with as many decimals as it takes to tell them apart.
pub(crate) fn told_apart(a: f64, b: f64) -> (String, String) {
    let at = |decimals: i32, value: f64| {
        let scale = 10_f64.powi(decimals);
        // Rounded down as everywhere, but for what arithmetic took off.
        let value = ((value + TOLERANCE / 1000.0) * scale).floor() / scale;
        format!("{value:.0$}", usize::try_from(decimals).unwrap_or(0))
    };
    let pair = |decimals| (at(decimals, a), at(decimals, b));
    (0..6).map(pair).find(|(a, b)| a != b).unwrap_or_else(|| pair(0))
}

fn open(report: &Report, before: &Before, change: &Change, unseen: &BTreeSet<&str>) -> Vec<String> {
    let mut open = Vec::new();
    for id in unseen {
        open.push(format!(
            "what of `{id}` is new cannot be told: a file of the base that may hold it could not be read"
        ));
    }
    let gone = change.services.iter().filter(|service| service.after.is_none() && service.before.is_some());
    if !report.is_complete {
        for service in gone {
            open.push(format!(
                "whether `{}` is still there cannot be told: a file that may hold it could not be read",
                service.id
            ));
        }
    } else if let (Some(_), Score::NotAssessed { reason }) = (&before.score, &report.score) {
        open.push(format!("the base was assessed and the change cannot be: {reason}"));
    }
    if let (None, Score::NotAssessed { reason }) = (&before.score, &report.score) {
        open.push(format!("neither the base nor the change was assessed: {reason}"));
    }
    open
}
