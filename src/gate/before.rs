//! What was there before the change, without its tree: what a comparison needs of a report.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Judged, Subject, Verdict};
use crate::fingerprint;
use crate::places::Places;
use crate::report::{Assessed, Evidence, Report};
use crate::rule::{Role, Severity};
use crate::source::Sources;
use crate::span::Span;

/// What was there before.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    /// A commit's id, or the path of a baseline file.
    pub(crate) base: String,
    pub(crate) score: Option<Assessed>,
    /// By id.
    pub(crate) services: Vec<ServiceBefore>,
    pub(crate) findings: Vec<FindingBefore>,
    /// What rules looked at. A baseline knows only what they found fault with.
    pub(crate) subjects: BTreeSet<Subject>,
    /// Whether every binary could be read, so that there were no services besides these.
    pub(crate) is_complete: bool,
}

/// A service as it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceBefore {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The file that holds `fn main`.
    pub(crate) main: String,
    pub(crate) score: Option<Assessed>,
    /// Capabilities that were proven, and where.
    pub(crate) found: Vec<(String, Vec<String>)>,
}

/// A finding as it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FindingBefore {
    pub(crate) rule: String,
    pub(crate) subject: Subject,
    pub(crate) severity: Severity,
    pub(crate) fingerprint: String,
    /// The fingerprint without the subject.
    pub(crate) text: String,
    pub(crate) message: String,
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) points: f64,
    /// Whether another finding reports the same defect.
    pub(crate) is_subsumed: bool,
}

impl Before {
    /// What a report says.
    pub(crate) fn of(report: &Report, sources: &Sources, base: String) -> Self {
        let places = Places::new(sources);
        let services = report.services.iter().map(|service| ServiceBefore {
            id: service.id.clone(),
            name: service.name.clone(),
            main: service.main.clone(),
            score: super::assessed(&service.score).cloned(),
            found: service
                .capabilities
                .iter()
                .filter(|capability| capability.evidence == Evidence::Found)
                .map(|capability| {
                    let spans = proofs(&report.checks, &service.id, capability.id);
                    let was = spans.into_iter().map(|span| places.place(span)).collect();
                    (capability.id.to_owned(), was)
                })
                .collect(),
        });
        let services = services.collect();
        let findings = report.findings.iter().map(|finding| FindingBefore {
            rule: finding.rule.id.clone(),
            subject: finding.subject.clone(),
            severity: finding.severity,
            fingerprint: finding.fingerprint.clone(),
            text: fingerprint::of_text(sources, &finding.rule.id, finding.problem.span),
            message: finding.problem.message.clone(),
            path: sources.path(finding.problem.span.file).to_owned(),
            line: places.start(finding.problem.span).line,
            points: finding.points,
            is_subsumed: finding.problem.subsumed_by.is_some(),
        });
        Self {
            base,
            score: super::assessed(&report.score).cloned(),
            services,
            findings: findings.collect(),
            subjects: report.checks.iter().map(|judged| judged.subject.clone()).collect(),
            is_complete: report.is_complete,
        }
    }
}

/// What is left of what was there once `report` was compared with it: the findings that both have, under the names that
/// they have now. Nothing is forgiven by it, so that no score falls and no proof is forgotten.
pub(crate) fn pruned(before: &Before, report: &Report, sources: &Sources) -> Before {
    let now = Before::of(report, sources, before.base.clone());
    let is_known = report.findings.iter().map(|finding| finding.is_new == Some(false));
    let findings = now.findings.into_iter().zip(is_known).filter(|(_, known)| *known);
    let pairs = super::services::pair(before, report);
    let services = pairs.into_iter().map(|(old, new)| {
        let (old, new) = (&before.services[old], &now.services[new]);
        let mut found: BTreeMap<String, Vec<String>> = old.found.iter().cloned().collect();
        found.extend(new.found.iter().cloned());
        ServiceBefore {
            score: better(old.score.as_ref(), new.score.as_ref()),
            found: found.into_iter().collect(),
            ..new.clone()
        }
    });
    let mut services: Vec<ServiceBefore> = services.collect();
    services.sort_by(|a, b| a.id.cmp(&b.id));
    Before {
        base: before.base.clone(),
        score: better(before.score.as_ref(), now.score.as_ref()),
        services,
        findings: findings.map(|(finding, _)| finding).collect(),
        subjects: now.subjects,
        is_complete: before.is_complete && now.is_complete,
    }
}

fn better(old: Option<&Assessed>, new: Option<&Assessed>) -> Option<Assessed> {
    match (old, new) {
        (Some(old), Some(new)) if old.exact < new.exact => Some(new.clone()),
        (old, new) => old.or(new).cloned(),
    }
}

/// Where a capability of a service was seen.
fn proofs(checks: &[Judged], service: &str, capability: &str) -> BTreeSet<Span> {
    let seen = |of_role: &dyn Fn(Role) -> bool| -> BTreeSet<Span> {
        let of_service = checks.iter().filter(|judged| {
            judged.rule.capability == capability
                && of_role(judged.rule.role)
                && judged.services.iter().any(|id| id == service)
        });
        let labels = of_service.filter_map(|judged| match &judged.verdict {
            Verdict::Pass(labels) => Some(labels),
            _ => None,
        });
        labels.flatten().map(|label| label.span).collect()
    };
    let evidence = seen(&|role| role == Role::Evidence);
    // Where no rule proves it, what the others were content with is the artefact that does.
    if evidence.is_empty() { seen(&|_| true) } else { evidence }
}
