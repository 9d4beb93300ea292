//! What a check concludes: a verdict with its evidence, and findings that stand at a place.

use crate::rule::{Confidence, Meta, Severity, SubjectKind};
use crate::span::Span;

/// What a check concludes of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The property was designed in; where.
    Pass(Vec<Label>),
    /// It is missing or wrong.
    Fail(Vec<Problem>),
    /// The precondition does not hold.
    NotApplicable(String),
    /// Forge cannot tell; why, and where that comes from.
    Unknown(String, Vec<Label>),
}

/// A place and what is seen there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Label {
    pub(crate) span: Span,
    /// Lower case, no full stop, names in backticks.
    pub(crate) message: String,
}

/// What is wrong, before it is known whose subject and rule it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The narrowest thing that the reader must change.
    pub(crate) span: Span,
    /// What is wrong, on one line that stands alone: lower case, no full stop, names in backticks.
    pub(crate) message: String,
    /// What to do, on one line.
    pub(crate) help: String,
    /// The other half of a contradiction, or what makes the message plain.
    pub(crate) related: Vec<Label>,
    /// Where it differs from the rule's.
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    /// The rule that reports the same defect, so that it costs once.
    pub(crate) subsumed_by: Option<&'static str>,
}

/// The verdict of one rule on one subject.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) rule: &'static Meta,
    pub(crate) subject: Subject,
    pub(crate) verdict: Verdict,
    /// The services whose score it enters, by id.
    pub(crate) services: Vec<String>,
}

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject {
    pub(crate) kind: SubjectKind,
    pub(crate) id: String,
}

/// A problem with its rule and subject.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: &'static Meta,
    pub(crate) subject: Subject,
    pub(crate) services: Vec<String>,
    pub(crate) problem: Problem,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// What mending this one adds to the repository's score, in points of 100.
    pub(crate) points: f64,
    pub(crate) fingerprint: String,
    /// Why it does not count, where somebody decided that.
    pub(crate) suppressed: Option<Suppression>,
    /// Whether the change brought it; `None` where nothing was compared.
    pub(crate) is_new: Option<bool>,
    /// Whether it is among the reasons for which the gate fails.
    pub(crate) fails_gate: bool,
}

/// A decision that a finding is accepted, and who answers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suppression {
    pub(crate) kind: SuppressionKind,
    /// As it was written.
    pub(crate) reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub(crate) until: Option<String>,
    /// Where it is written.
    pub(crate) span: Span,
}

/// Where a finding was suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SuppressionKind {
    /// A comment beside the finding.
    InSource,
    /// An entry of `forge.toml`.
    Config,
}

impl Label {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

impl Problem {
    pub(crate) fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: help.into(),
            related: Vec::new(),
            severity: None,
            confidence: None,
            subsumed_by: None,
        }
    }

    pub(crate) fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label::new(span, message));
        self
    }

    pub(crate) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(crate) fn subsumed_by(mut self, rule: &'static str) -> Self {
        self.subsumed_by = Some(rule);
        self
    }
}

impl Verdict {
    /// Of one thing that is deployed in several forms: as bad as the worst of them. A place that is wrong in several is wrong
    /// once.
    pub(crate) fn of_variants(all: impl Iterator<Item = Self>) -> Self {
        let rank = |verdict: &Self| match verdict {
            Self::Fail(_) => 3,
            Self::Unknown(..) => 2,
            Self::Pass(_) => 1,
            Self::NotApplicable(_) => 0,
        };
        let merged = all.reduce(|mut known, other| {
            if let (Self::Fail(problems), Self::Fail(others)) = (&mut known, &other) {
                let new = |other: &&Problem| problems.iter().all(|problem| problem.span != other.span);
                let new: Vec<Problem> = others.iter().filter(new).cloned().collect();
                problems.extend(new);
                return known;
            }
            if rank(&known) < rank(&other) { other } else { known }
        });
        merged.unwrap_or_else(|| Self::not_applicable("it is deployed in no form"))
    }

    /// Without what is said twice of one place.
    pub(crate) fn without_repetitions(mut self) -> Self {
        if let Self::Fail(problems) = &mut self {
            let mut seen = std::collections::BTreeSet::new();
            problems.retain(|problem| seen.insert((problem.span, problem.message.clone())));
        }
        self
    }

    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Pass(_) => "pass",
            Self::Fail(_) => "fail",
            Self::NotApplicable(_) => "not_applicable",
            Self::Unknown(..) => "unknown",
        }
    }

    /// A pass seen at one place.
    pub(crate) fn pass(span: Span, message: impl Into<String>) -> Self {
        Self::Pass(vec![Label::new(span, message)])
    }

    /// A failure at one place.
    pub(crate) fn fail(problem: Problem) -> Self {
        Self::Fail(vec![problem])
    }

    /// Fails with problems, passes with evidence, and does not apply where there is neither.
    pub(crate) fn of_sites(problems: Vec<Problem>, evidence: Vec<Label>, neither: &str) -> Self {
        if !problems.is_empty() {
            Self::Fail(problems)
        } else if !evidence.is_empty() {
            Self::Pass(evidence)
        } else {
            Self::not_applicable(neither)
        }
    }

    pub(crate) fn not_applicable(why: impl Into<String>) -> Self {
        Self::NotApplicable(why.into())
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into(), Vec::new())
    }
}
