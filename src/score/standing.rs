//! How one capability stands: whether it is proven, and what the rules that failed take away from it.
//!
//! It knows nothing of points, nor of what a contradiction does to the whole.

use std::collections::BTreeMap;

use super::{Capability, Demerit, Outcome, State};
use crate::report::Evidence;
use crate::rule::{Confidence, Role, Severity};

/// The states of one capability, by rule.
pub(super) type Rules<'a> = BTreeMap<&'a str, Vec<&'a State>>;

/// How one capability stands.
pub(super) struct Standing {
    pub(super) evidence: Evidence,
    /// Shares of the capability's points, 0 to 1.
    pub(super) score: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether it has a proven contradiction.
    pub(super) critical: bool,
}

impl Standing {
    pub(super) fn of(capability: &Capability, has_evidence_rule: bool, rules: &Rules<'_>) -> Self {
        let states = || rules.values().flatten().copied();
        let evidence = evidence(capability, has_evidence_rule, states);
        let (score, low, high) = match evidence {
            Evidence::Found => (1.0, 1.0, 1.0),
            Evidence::Unknown => (0.5, 0.0, 1.0),
            Evidence::Absent => (0.0, 0.0, 0.0),
        };
        // A failed evidence rule is among them. Where no other proves the capability there is nothing left to
        // take away; where another does, it is a demerit like any.
        let left = |unknown| rules.values().map(|states| 1.0 - damage(states, unknown)).product::<f64>();
        Self {
            evidence,
            score: score * left(Unknowns::Harmless),
            low: low * left(Unknowns::Fail),
            high: high * left(Unknowns::Harmless),
            critical: states().flat_map(State::demerits).any(|demerit| demerit.is_contradiction()),
        }
    }
}

/// Whether a capability is proven.
fn evidence<'a, I>(capability: &Capability, has_evidence_rule: bool, states: impl Fn() -> I) -> Evidence
where
    I: Iterator<Item = &'a State>,
{
    let any = |role: Role, is: fn(&Outcome) -> bool| states().any(|s| s.role == role && is(&s.outcome));
    let passed_or_failed = |outcome: &Outcome| matches!(outcome, Outcome::Pass | Outcome::Fail(_));
    let unknown = |outcome: &Outcome| matches!(outcome, Outcome::Unknown);

    if any(Role::Evidence, |outcome| !matches!(outcome, Outcome::NotApplicable)) {
        return if any(Role::Evidence, |outcome| matches!(outcome, Outcome::Pass)) {
            Evidence::Found
        } else if any(Role::Evidence, unknown) {
            Evidence::Unknown
        } else {
            Evidence::Absent
        };
    }
    // A rule that nobody could ask, for want of a subject, has not said that it does not apply.
    if has_evidence_rule && !any(Role::Evidence, |_| true) {
        return Evidence::Absent;
    }
    // Nothing can be asked for, as of a worker that serves no requests: that something was judged is the
    // evidence.
    if any(Role::Demerit, passed_or_failed) {
        Evidence::Found
    } else if any(Role::Demerit, unknown) {
        Evidence::Unknown
    } else if capability.prohibitions_only {
        // Where nothing can be violated, nothing is.
        Evidence::Found
    } else {
        Evidence::Absent
    }
}

/// What a rule that could not tell is taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknowns {
    Harmless,
    /// Each fails at one site.
    Fail,
}

/// The share of a capability that one rule takes away, given all its states: `p·q·v` when its sites are
/// alike.
///
/// When they are not, they are laid in from the heaviest to the lightest, and each adds what it raises `v`
/// by, at its own weight: `Σ wᵢ·(v(i) − v(i−1))`. That is `∫ v(sites heavier than t) dt`. Since `v` grows,
/// and mending or weakening a site can only lessen how many are heavier than any `t`, neither ever costs. (A
/// product over groups of equal sites lacks that: to weaken one of five high sites to medium opens a second
/// group, and lowers the score.)
pub(super) fn damage(states: &[&State], unknowns: Unknowns) -> f64 {
    let mut weights: Vec<f64> = Vec::new();
    for state in states {
        if unknowns == Unknowns::Fail && state.outcome == Outcome::Unknown {
            weights.push(weight(state.severity, state.confidence));
        }
        weights.extend(state.demerits().map(|demerit| weight(demerit.severity, demerit.confidence)));
    }
    weights.sort_by(|a, b| b.total_cmp(a));

    let counted = states.iter().any(|state| state.counted);
    let mut damage = 0.0;
    let mut volume_before = 0.0;
    for (sites, weight) in (1..).zip(weights) {
        let volume = volume(sites, counted);
        damage += weight * (volume - volume_before);
        volume_before = volume;
    }
    damage
}

/// `p·q`, the part of a capability that one site takes away when the first says all.
fn weight(severity: Severity, confidence: Confidence) -> f64 {
    let p = match severity {
        Severity::Critical => 0.90,
        Severity::High => 0.60,
        Severity::Medium => 0.30,
        Severity::Low => 0.08,
        Severity::Info => 0.0,
    };
    let q = match confidence {
        Confidence::High => 1.0,
        Confidence::Medium => 0.7,
        Confidence::Low => 0.0,
    };
    p * q
}

/// `v = n/(n+k−1)`: more sites hurt more, ever less, so that each mended one still pays.
fn volume(sites: u32, counted: bool) -> f64 {
    let k = if counted { 5.0 } else { 1.0 };
    let n = f64::from(sites);
    n / (n + k - 1.0)
}

impl Demerit {
    /// Whether it proves that the service is broken, which weighs on the whole.
    pub(super) fn is_contradiction(self) -> bool {
        self.severity == Severity::Critical && self.confidence == Confidence::High
    }
}

impl State {
    /// The sites that count.
    fn demerits(&self) -> impl Iterator<Item = &Demerit> {
        let demerits: &[Demerit] = if let Outcome::Fail(demerits) = &self.outcome { demerits } else { &[] };
        demerits.iter().filter(|demerit| !demerit.subsumed)
    }
}
