//! The score: how far the verdicts on one service prove that it is ready for production, in points of 100.
//!
//! Capabilities × demerits × criticals. A capability is worth fixed points; evidence earns them, demerits
//! take a share of them away, and a proven contradiction weighs on the whole. Everything here is arithmetic
//! over verdicts. It does not decide what is evidence (the rules do), which findings are waived (the states
//! come without them), or whether there is anything to assess (an empty [`Profile`] is *not assessed*, and
//! the caller says so).

pub(crate) mod level;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use self::level::Reached;
use self::standing::{Rules, Standing};
use crate::model::ServiceKind;
use crate::report::{Assessed, CapabilityReport, Evidence, PillarScore};
use crate::rule::{Confidence, Pillar, Role, Severity};

/// Something that a service is able to do, or that is true of it, when it is ready for production.
#[derive(Debug, PartialEq)]
pub(crate) struct Capability {
    pub(crate) id: &'static str,
    pub(crate) pillar: Pillar,
    pub(crate) points: f64,
    /// Nothing proves it: it is whole until something violates it. A service that reads no variable has none to
    /// describe.
    pub(crate) prohibitions_only: bool,
}

/// What a service is asked for: a property of its kind and of the rule set, never of the answers, so that no
/// finding leaves the denominator when it is mended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profile {
    /// In the order of [`CAPABILITIES`].
    pub(crate) capabilities: Vec<&'static Capability>,
}

/// The verdict of one rule on one subject of a service, as far as the score looks at it.
///
/// A rule has several where it has several subjects, such as two images. What a rule says of itself is the
/// same in all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    /// The id of one of [`CAPABILITIES`]; a state of a capability outside the profile does not count.
    pub(crate) capability: &'static str,
    pub(crate) rule: String,
    pub(crate) role: Role,
    /// The rule's; a site has its own.
    pub(crate) severity: Severity,
    /// The rule's; a site has its own.
    pub(crate) confidence: Confidence,
    /// Whether more sites hurt more, or the first says all.
    pub(crate) counted: bool,
    pub(crate) outcome: Outcome,
}

/// What a rule concluded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Pass,
    /// One for each site.
    Fail(Vec<Demerit>),
    Unknown,
    NotApplicable,
}

/// One site at which a rule failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demerit {
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    /// Another rule reports the same defect, and it costs once.
    pub(crate) subsumed: bool,
}

/// The score of one service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assessment {
    /// 0 to 100.
    pub(crate) exact: f64,
    /// With unknown evidence as absent, and each subject that a rule could not judge as one site of the
    /// rule's severity. Not a bound: an unknown may turn out to be several sites, or worse than its rule's
    /// severity, and a critical that nobody has proven does not weigh on the whole.
    pub(crate) low: f64,
    /// With unknown evidence as found; nothing that the unknowns turn out to be exceeds it.
    pub(crate) high: f64,
    /// The part of the profile's points whose evidence is known, 0 to 1.
    pub(crate) coverage: f64,
    /// In the order of [`Pillar::ALL`]. Criticals weigh on the total alone, so a pillar's value is without
    /// them.
    pub(crate) pillars: Vec<PillarScore>,
    /// In the order of [`CAPABILITIES`].
    pub(crate) capabilities: Vec<CapabilityReport>,
}

/// How far the shown number may lie above the exact one: sums of floating-point numbers are not exact.
const TOLERANCE: f64 = 1e-9;

/// What the first capability with a proven contradiction leaves of the total, and what each further one does.
const FIRST_CRITICAL: f64 = 0.60;
const FURTHER_CRITICAL: f64 = 0.85;

/// Every capability, by pillar in the order of [`Pillar::ALL`]; 100 points.
pub(crate) static CAPABILITIES: &[Capability] = &[
    proven(Pillar::Failure, "graceful-termination", 6.0),
    proven(Pillar::Failure, "health-signalling", 6.0),
    proven(Pillar::Failure, "bounded-waits", 4.0),
    unviolated(Pillar::Failure, "failure-containment", 4.0),
    proven(Pillar::Observability, "structured-logs", 7.0),
    proven(Pillar::Observability, "metrics", 6.0),
    proven(Pillar::Observability, "tracing", 4.0),
    proven(Pillar::Observability, "alerting", 3.0),
    proven(Pillar::Deployment, "image-starts", 5.0),
    proven(Pillar::Deployment, "reproducible-artefact", 3.0),
    proven(Pillar::Deployment, "rollout", 4.0),
    unviolated(Pillar::Deployment, "configuration-contract", 4.0),
    unviolated(Pillar::Deployment, "data-change", 4.0),
    proven(Pillar::Load, "resource-envelope", 5.0),
    unviolated(Pillar::Load, "back-pressure", 5.0),
    unviolated(Pillar::Load, "async-hygiene", 3.0),
    unviolated(Pillar::Load, "downstream-capacity", 2.0),
    unviolated(Pillar::Operability, "documentation", 3.0),
    proven(Pillar::Operability, "ownership", 1.0),
    proven(Pillar::Operability, "ci-verification", 4.0),
    proven(Pillar::Operability, "dependency-hygiene", 2.0),
    unviolated(Pillar::Security, "secrets", 3.0),
    proven(Pillar::Security, "runtime-privilege", 3.0),
    proven(Pillar::Security, "access-boundary", 2.0),
    unviolated(Pillar::Security, "dangerous-code", 2.0),
    unviolated(Pillar::Structure, "consistent-structure", 2.0),
    proven(Pillar::Structure, "data-boundaries", 2.0),
    unviolated(Pillar::Structure, "configuration-place", 1.0),
];

/// Scores a service.
///
/// `evidence_rules` holds the capabilities for which the rule set has a rule whose pass is evidence.
pub(crate) fn assess(profile: &Profile, evidence_rules: &BTreeSet<&str>, states: &[State]) -> Assessment {
    assess_view(profile, evidence_rules, &states.iter().collect::<Vec<_>>())
}

/// What mending one site adds to the exact score: the difference to the score without it.
///
/// When it is the last site of its state, the state becomes a pass. 0 where the indices name no site.
pub(crate) fn gain(
    profile: &Profile,
    evidence_rules: &BTreeSet<&str>,
    states: &[State],
    state_index: usize,
    demerit_index: usize,
) -> f64 {
    let Some(mended) = states.get(state_index).and_then(|state| state.without(demerit_index)) else {
        return 0.0;
    };
    let mut view: Vec<&State> = states.iter().collect();
    let before = assess_view(profile, evidence_rules, &view).exact;
    view[state_index] = &mended;
    assess_view(profile, evidence_rules, &view).exact - before
}

/// The score of a repository: the mean over its services, and which is the lowest, of equals the first.
/// `None` without services: nothing assessed is not a number.
pub(crate) fn repository(services: &[(String, Assessed)]) -> Option<Assessed> {
    let (lowest, _) = services.iter().min_by(|(_, a), (_, b)| a.exact.total_cmp(&b.exact))?;
    let mean_of = |field: fn(&Assessed) -> f64| mean(services.iter().map(|(_, service)| field(service)));
    let pillars = Pillar::ALL.into_iter().filter_map(|pillar| {
        let scores = || services.iter().flat_map(|(_, s)| &s.pillars).filter(move |s| s.pillar == pillar);
        scores().next()?;
        Some(PillarScore {
            pillar,
            value: mean(scores().map(|score| score.value)),
            points: mean(scores().map(|score| score.points)),
        })
    });
    Some(Assessed {
        exact: mean_of(|s| s.exact),
        low: mean_of(|s| s.low),
        high: mean_of(|s| s.high),
        coverage: mean_of(|s| s.coverage),
        without_waivers: mean_of(|s| s.without_waivers),
        lowest_service: Some(lowest.clone()),
        reached: Reached::lowest(services.iter().map(|(_, service)| &service.reached)),
        pillars: pillars.collect(),
    })
}

/// The number that people see: rounded down, so that 100 means that nothing is missing.
pub(crate) fn shown(exact: f64) -> u32 {
    (0..=100).rev().find(|&points| f64::from(points) <= exact + TOLERANCE).unwrap_or(0)
}

impl Profile {
    /// The capabilities that apply to the kind of service, of those that the rule set has a rule for.
    pub(crate) fn of(kind: ServiceKind, assessable: &BTreeSet<&str>) -> Self {
        let capabilities = CAPABILITIES
            .iter()
            .filter(|capability| assessable.contains(capability.id))
            .filter_map(|capability| asked_of(capability, kind))
            .collect();
        Self { capabilities }
    }

    /// Whether there is nothing to assess.
    pub(crate) fn is_empty(&self) -> bool {
        self.capabilities.is_empty()
    }
}

/// What is asked of a kind of service for a capability, if anything is; a new kind has to be decided here. It must not
/// lose points for good for what no service of its kind can show.
fn asked_of(capability: &'static Capability, kind: ServiceKind) -> Option<&'static Capability> {
    /// Who answers no requests can only leave waits of its own unbounded.
    static OWN_WAITS: Capability = unviolated(Pillar::Failure, "bounded-waits", 4.0);

    match (kind, capability.id) {
        // That an image starts is proven by the address that is reached in it.
        (ServiceKind::Worker | ServiceKind::Scheduler, "image-starts") => None,
        (ServiceKind::Tcp | ServiceKind::Worker | ServiceKind::Scheduler, "bounded-waits") => {
            Some(&OWN_WAITS)
        }
        _ => Some(capability),
    }
}

impl Assessment {
    /// The score as a service reports it; `without_waivers` comes from an assessment of the same service in
    /// which every waived finding is a site.
    pub(crate) fn assessed(&self, without_waivers: f64, reached: Reached) -> Assessed {
        Assessed {
            exact: self.exact,
            low: self.low,
            high: self.high,
            coverage: self.coverage,
            without_waivers,
            lowest_service: None,
            reached,
            pillars: self.pillars.clone(),
        }
    }
}

impl State {
    /// The state once a site is mended; `None` where there is no such site.
    fn without(&self, demerit_index: usize) -> Option<Self> {
        let Outcome::Fail(demerits) = &self.outcome else { return None };
        demerits.get(demerit_index)?;
        let mut left = demerits.clone();
        left.remove(demerit_index);
        let outcome = if left.is_empty() { Outcome::Pass } else { Outcome::Fail(left) };
        Some(Self { outcome, ..self.clone() })
    }
}

const fn proven(pillar: Pillar, id: &'static str, points: f64) -> Capability {
    Capability { id, pillar, points, prohibitions_only: false }
}

const fn unviolated(pillar: Pillar, id: &'static str, points: f64) -> Capability {
    Capability { id, pillar, points, prohibitions_only: true }
}

fn assess_view(profile: &Profile, evidence_rules: &BTreeSet<&str>, states: &[&State]) -> Assessment {
    let mut by_capability: BTreeMap<&str, Rules<'_>> = BTreeMap::new();
    for state in states {
        by_capability.entry(state.capability).or_default().entry(&state.rule).or_default().push(state);
    }
    let standings: Vec<(&Capability, Standing)> = profile
        .capabilities
        .iter()
        .map(|&capability| {
            let rules = by_capability.remove(capability.id).unwrap_or_default();
            (capability, Standing::of(capability, evidence_rules.contains(capability.id), &rules))
        })
        .collect();

    let factor = critical_factor(standings.iter().filter(|(_, standing)| standing.critical).count());
    let total = |share: fn(&Standing) -> f64| {
        100.0 * factor * weighted_mean(standings.iter().map(|(c, s)| (c.points, share(s))))
    };
    let known = |s: &Standing| if s.evidence == Evidence::Unknown { 0.0 } else { 1.0 };
    Assessment {
        exact: total(|s| s.score),
        low: total(|s| s.low),
        high: total(|s| s.high),
        coverage: weighted_mean(standings.iter().map(|(c, s)| (c.points, known(s)))),
        pillars: Pillar::ALL.into_iter().filter_map(|pillar| pillar_score(pillar, &standings)).collect(),
        capabilities: standings
            .iter()
            .map(|(capability, standing)| CapabilityReport {
                id: capability.id,
                pillar: capability.pillar,
                points: capability.points,
                evidence: standing.evidence,
                score: standing.score,
            })
            .collect(),
    }
}

fn pillar_score(pillar: Pillar, standings: &[(&Capability, Standing)]) -> Option<PillarScore> {
    let of_pillar = || standings.iter().filter(move |(capability, _)| capability.pillar == pillar);
    of_pillar().next()?;
    Some(PillarScore {
        pillar,
        value: 100.0 * weighted_mean(of_pillar().map(|(c, s)| (c.points, s.score))),
        points: of_pillar().map(|(capability, _)| capability.points).sum(),
    })
}

/// What the criticals leave of the total.
fn critical_factor(capabilities: usize) -> f64 {
    (0..capabilities).map(|earlier| if earlier == 0 { FIRST_CRITICAL } else { FURTHER_CRITICAL }).product()
}

/// 0 where there are no points, so that an empty profile is never "not a number".
fn weighted_mean(shares: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (points, earned) =
        shares.fold((0.0, 0.0), |(points, earned), (p, share)| (points + p, earned + p * share));
    if points > 0.0 { earned / points } else { 0.0 }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    weighted_mean(values.map(|value| (1.0, value)))
}

#[cfg(test)]
mod calibration;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
