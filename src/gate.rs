//! The gate: whether a change may be merged, and what it changes.
//!
//! Pure: [`compare`] sets the report of the change beside what was there [`Before`], be that the report of a commit or a
//! baseline file, and the [`Policy`] says what of the difference fails.

pub(crate) mod baseline;
pub(crate) mod before;
mod matching;
mod reasons;
mod services;
#[cfg(test)]
mod tests;

pub(crate) use before::Before;
pub(crate) use reasons::told_apart;

use crate::report::{Assessed, Report, Score};
use crate::rule::{Confidence, Level, Severity};
use crate::source::Sources;
use reasons::Why;

/// What makes the gate fail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    /// New findings below this are reported and do not fail.
    pub(crate) severity: Severity,
    /// New findings that are less sure than this are reported and do not fail.
    pub(crate) confidence: Confidence,
    /// How many points the score of a service may lose.
    pub(crate) max_drop: f64,
    /// How many points each service must have.
    pub(crate) fail_under: Option<f64>,
    /// The level that each service must have.
    pub(crate) require_level: Option<Level>,
}

impl Default for Policy {
    /// Nothing may get worse. What is low costs little, and fails by the score if it costs anything.
    fn default() -> Self {
        Self {
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            max_drop: 0.0,
            fail_under: None,
            require_level: None,
        }
    }
}

impl Policy {
    /// Nothing may get worse, however little.
    pub(crate) fn strict() -> Self {
        Self { severity: Severity::Low, confidence: Confidence::Low, ..Self::default() }
    }
}

/// What the gate says of a change.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) status: GateStatus,
    /// One line each, the gravest first: lower case, no full stop, names in backticks. Why it failed or could not tell.
    pub(crate) reasons: Vec<String>,
    /// What the change changes; `None` where there was nothing to compare with.
    pub(crate) change: Option<Change>,
}

/// The three answers of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GateStatus {
    Passed,
    Failed,
    /// There is nothing to compare with. Never taken for a pass.
    Inconclusive,
}

/// The difference between the base and the head. Which findings are new stands at each ([`crate::finding::Finding::is_new`]).
#[derive(Debug)]
pub(crate) struct Change {
    /// What it is compared with: a commit's id, or the path of a baseline file.
    pub(crate) base: String,
    /// The repository's scores; `None` where it was not assessed.
    pub(crate) before: Option<Assessed>,
    pub(crate) after: Option<Assessed>,
    /// By id.
    pub(crate) services: Vec<ServiceChange>,
    /// Findings of the base that the head does not have, the worst first.
    pub(crate) fixed: Vec<Fixed>,
    /// How many findings both have.
    pub(crate) unchanged: usize,
    pub(crate) vanished: Vec<Vanished>,
}

/// A service's scores before and after; `None` where it did not exist or was not assessed.
#[derive(Debug)]
pub(crate) struct ServiceChange {
    pub(crate) id: String,
    /// The id on the base, where it has another one there: the service has moved.
    pub(crate) was: Option<String>,
    pub(crate) before: Option<Assessed>,
    pub(crate) after: Option<Assessed>,
}

/// A finding of the base that is gone. Its place is one of the base's tree, so that it is kept as text.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: usize,
    /// What it cost the repository's score, in points of 100.
    pub(crate) points: f64,
}

/// A capability that was proven on the base and is not on the head.
#[derive(Debug)]
pub(crate) struct Vanished {
    pub(crate) service: String,
    pub(crate) capability: &'static str,
    /// What proved it, and where it stood: `path:line` of the base.
    pub(crate) was: Vec<String>,
    /// Whether the head may still have it, where Forge cannot see it.
    pub(crate) is_unknown: bool,
}

/// Compares a report with what was there before: tells which findings are new, and what the gate says.
pub(crate) fn compare(report: &mut Report, sources: &Sources, before: &Before, policy: &Policy) {
    let pairs = services::pair(before, report);
    let matched = matching::match_findings(before, report, sources, &pairs);
    for (finding, old) in report.findings.iter_mut().zip(&matched.old) {
        finding.is_new = Some(old.is_none());
    }
    let change = Change {
        base: before.base.clone(),
        before: before.score.clone(),
        after: assessed(&report.score).cloned(),
        services: services::changes(before, report, &pairs),
        fixed: matched.fixed,
        unchanged: matched.old.iter().flatten().count(),
        vanished: services::vanished(before, report, &pairs),
    };
    let Why { failed, open, failing } = reasons::of(report, sources, before, &change, policy);
    for at in failing {
        report.findings[at].fails_gate = true;
    }
    let status = match (failed.is_empty(), open.is_empty()) {
        (false, _) => GateStatus::Failed,
        (true, false) => GateStatus::Inconclusive,
        (true, true) => GateStatus::Passed,
    };
    let reasons = failed.into_iter().chain(open).collect();
    report.gate = Some(Gate { status, reasons, change: Some(change) });
}

fn assessed(score: &Score) -> Option<&Assessed> {
    match score {
        Score::Assessed(assessed) => Some(assessed),
        Score::NotAssessed { .. } => None,
    }
}

impl Gate {
    /// There is nothing to compare with, and why.
    pub(crate) fn inconclusive(why: String) -> Self {
        Self { status: GateStatus::Inconclusive, reasons: vec![why], change: None }
    }
}

impl GateStatus {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}
