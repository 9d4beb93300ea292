//! What holds of the score whatever the rules answer, over random states.
//!
//! Not here, since arithmetic cannot hold it: that evidence is a fact reachable from the binary (the rules'
//! examples test that), that a repository without a service is not assessed, that preview rules do not enter,
//! and the gate.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::score::level::Reached;
use Outcome::{NotApplicable, Pass, Unknown};

/// Floating-point sums differ by less; the least demerit is worth more.
const ROUNDING: f64 = 1e-9;

/// Some of each sort: with proofs and without, and prohibitions.
const SOME: [&str; 6] =
    ["graceful-termination", "bounded-waits", "metrics", "image-starts", "async-hygiene", "secrets"];

/// A service and the rule set that judged it.
#[derive(Clone, Debug)]
struct Case {
    profile: Profile,
    evidence_rules: BTreeSet<&'static str>,
    states: Vec<State>,
}

impl Case {
    fn assess(&self) -> Assessment {
        assess(&self.profile, &self.evidence_rules, &self.states)
    }

    fn with(&self, states: Vec<State>) -> Self {
        Self { states, ..self.clone() }
    }

    /// The same, but for one outcome.
    fn answering(&self, state: usize, outcome: Outcome) -> Self {
        let mut other = self.clone();
        other.states[state].outcome = outcome;
        other
    }

    fn evidence(&self, capability: &str) -> Evidence {
        let reports = self.assess().capabilities;
        reports.iter().find(|c| c.id == capability).expect("the profile has every one of `SOME`").evidence
    }

    /// The index of each state and of each of its sites.
    fn sites(&self) -> Vec<(usize, usize, Demerit)> {
        let of_state = |(index, state): (usize, &State)| match &state.outcome {
            Outcome::Fail(sites) => sites.iter().enumerate().map(|(site, d)| (index, site, *d)).collect(),
            _ => Vec::new(),
        };
        self.states.iter().enumerate().flat_map(of_state).collect()
    }
}

fn severity() -> impl Strategy<Value = Severity> {
    select(vec![Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical])
}

fn confidence() -> impl Strategy<Value = Confidence> {
    select(vec![Confidence::Low, Confidence::Medium, Confidence::High])
}

fn demerit() -> impl Strategy<Value = Demerit> {
    let subsumed = prop::bool::weighted(0.2);
    (severity(), confidence(), subsumed).prop_map(|(severity, confidence, subsumed)| Demerit {
        severity,
        confidence,
        subsumed,
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Pass), Just(Unknown), Just(NotApplicable), vec(demerit(), 1..4).prop_map(Outcome::Fail)]
}

/// A rule of the capability and what it answers; it may have found no subject.
fn rule(capability: &'static str) -> impl Strategy<Value = (Role, Vec<State>)> {
    let prohibited = SOME[4..].contains(&capability);
    let roles = if prohibited { vec![Role::Demerit] } else { vec![Role::Evidence, Role::Demerit] };
    (select(roles), severity(), confidence(), any::<bool>(), vec(outcome(), 0..3)).prop_map(
        move |(role, severity, confidence, counted, outcomes)| {
            let state = |outcome| State {
                capability,
                rule: String::new(),
                role,
                severity,
                confidence,
                counted,
                outcome,
            };
            (role, outcomes.into_iter().map(state).collect())
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let rules: Vec<_> = SOME.into_iter().map(|capability| vec(rule(capability), 0..4)).collect();
    rules.prop_map(|capabilities| {
        let mut case = Case {
            profile: Profile::of(ServiceKind::Http, &SOME.into()),
            evidence_rules: BTreeSet::new(),
            states: Vec::new(),
        };
        for (id, rules) in SOME.into_iter().zip(capabilities) {
            for (number, (role, states)) in rules.into_iter().enumerate() {
                if role == Role::Evidence {
                    case.evidence_rules.insert(id);
                }
                let named = |state| State { rule: format!("rule-{number}"), ..state };
                case.states.extend(states.into_iter().map(named));
            }
        }
        case
    })
}

/// A rule that the set did not have, with one answer.
fn new_rule(capability: &'static str, role: Role, outcome: Outcome) -> State {
    State {
        capability,
        rule: "new".to_owned(),
        role,
        severity: Severity::High,
        confidence: Confidence::High,
        counted: false,
        outcome,
    }
}

/// The case with that rule in the set.
fn with_new(case: &Case, state: State) -> Case {
    let mut with = case.clone();
    if state.role == Role::Evidence {
        with.evidence_rules.insert(state.capability);
    }
    with.states.push(state);
    with
}

fn is_critical(state: &State) -> bool {
    let proves = |demerit: &Demerit| !demerit.subsumed && demerit.is_contradiction();
    matches!(&state.outcome, Outcome::Fail(sites) if sites.iter().any(proves))
}

fn not_lower(after: &Assessment, before: &Assessment) -> bool {
    let pairs = [(after.exact, before.exact), (after.low, before.low), (after.high, before.high)];
    pairs.iter().all(|(after, before)| *after >= before - ROUNDING)
}

fn same(a: &Assessment, b: &Assessment) -> bool {
    not_lower(a, b) && not_lower(b, a)
}

fn config() -> ProptestConfig {
    // No file is written beside the sources.
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn mending_a_site_never_lowers_the_score(case in case()) {
        let before = case.assess();
        for (state, site, _) in case.sites() {
            let mended = case.states[state].without(site).expect("the site is there");
            let after = case.answering(state, mended.outcome).assess();
            prop_assert!(not_lower(&after, &before), "{before:?} {after:?}");
            let gain = gain(&case.profile, &case.evidence_rules, &case.states, state, site);
            prop_assert!((gain - (after.exact - before.exact)).abs() < ROUNDING);
        }
    }

    /// Where the capability is not absent: a share of nothing is nothing.
    #[test]
    fn mending_a_counted_site_raises_the_score(case in case()) {
        for (state, site, demerit) in case.sites() {
            let State { capability, counted, .. } = case.states[state];
            let Demerit { severity, confidence, subsumed } = demerit;
            let weighs = !subsumed && severity > Severity::Info && confidence > Confidence::Low;
            if counted && weighs && case.evidence(capability) != Evidence::Absent {
                let gain = gain(&case.profile, &case.evidence_rules, &case.states, state, site);
                prop_assert!(gain > ROUNDING, "{gain}");
            }
        }
    }

    #[test]
    fn weakening_a_site_never_lowers_the_score(case in case(), weaker in demerit()) {
        let before = case.assess();
        for (state, site, demerit) in case.sites() {
            let Outcome::Fail(mut sites) = case.states[state].outcome.clone() else { continue };
            sites[site] = Demerit {
                severity: weaker.severity.min(demerit.severity),
                confidence: weaker.confidence.min(demerit.confidence),
                subsumed: weaker.subsumed || demerit.subsumed,
            };
            prop_assert!(not_lower(&case.answering(state, Outcome::Fail(sites)).assess(), &before));
        }
    }

    /// A violation in an artefact that was there: of what did not apply, see the artefacts below; and an
    /// unknown that turns out to be a failure is no new violation.
    #[test]
    fn a_violation_never_raises_the_score(case in case(), new in demerit()) {
        let before = case.assess();
        for (index, state) in case.states.iter().enumerate() {
            let sites = match &state.outcome {
                Pass => vec![new],
                Outcome::Fail(sites) => sites.iter().copied().chain([new]).collect(),
                Unknown | NotApplicable => continue,
            };
            prop_assert!(not_lower(&before, &case.answering(index, Outcome::Fail(sites)).assess()));
        }
    }

    /// Where the capability was assessed. In one that had no artefact, a rule that passes has found one.
    #[test]
    fn a_rule_that_does_not_fire_changes_nothing(case in case(), which in select(SOME.to_vec())) {
        let before = case.assess();
        let with = |role, outcome| with_new(&case, new_rule(which, role, outcome)).assess();
        prop_assert!(same(&with(Role::Demerit, NotApplicable), &before));
        // That a proof does not apply says something only where no proof was asked for a subject yet.
        let asked = case.states.iter().any(|s| s.capability == which && s.role == Role::Evidence);
        if asked || !case.evidence_rules.contains(which) {
            prop_assert!(same(&with(Role::Evidence, NotApplicable), &before));
        }
        if case.evidence(which) == Evidence::Found {
            prop_assert!(same(&with(Role::Demerit, Pass), &before));
        }
    }

    #[test]
    fn passes_are_no_padding(case in case(), which in select(SOME.to_vec()), more in 1usize..60) {
        let before = case.assess();
        if case.evidence(which) == Evidence::Found {
            for role in [Role::Evidence, Role::Demerit] {
                let mut padded = with_new(&case, new_rule(which, role, Pass));
                padded.states.extend((0..more).map(|n| State {
                    rule: format!("padding-{n}"),
                    ..new_rule(which, role, Pass)
                }));
                // More subjects that pass a rule that fails elsewhere do not dilute it either.
                let again: Vec<State> = case.states.iter().filter(|s| s.capability == which && s.role == role)
                    .map(|s| State { outcome: Pass, ..s.clone() }).collect();
                padded.states.extend(again);
                prop_assert!(same(&padded.assess(), &before));
            }
        }
    }

    /// The first artefact of a capability; a further one beside it is judged as what it adds.
    #[test]
    fn an_imperfect_artefact_never_hurts_unless_it_proves_a_contradiction(
        case in case(), which in select(SOME.to_vec()), answers in vec(outcome(), 40)
    ) {
        if case.evidence(which) == Evidence::Absent {
            let answer = |(state, outcome): (&State, &Outcome)| {
                let answered = State { outcome: outcome.clone(), ..state.clone() };
                if state.capability == which && !is_critical(&answered) { answered } else { state.clone() }
            };
            let added = case.with(case.states.iter().zip(answers.iter().cycle()).map(answer).collect());
            prop_assert!(not_lower(&added.assess(), &case.assess()));
        }
    }

    /// All artefacts of a capability, so that none of its rules applies and none of its proofs passes.
    #[test]
    fn deleting_an_artefact_never_helps_unless_it_proves_a_contradiction(
        case in case(), which in select(SOME[..4].to_vec())
    ) {
        let of = |state: &&State| state.capability == which;
        if !case.states.iter().filter(of).any(is_critical) {
            let mut deleted = case.clone();
            for state in deleted.states.iter_mut().filter(|state| state.capability == which) {
                state.outcome = NotApplicable;
            }
            prop_assert!(not_lower(&case.assess(), &deleted.assess()));
            let without = case.with(case.states.iter().filter(|s| !of(s)).cloned().collect());
            prop_assert!(not_lower(&case.assess(), &without.assess()));
        }
    }

    #[test]
    fn the_range_holds_the_score_and_only_unknowns_open_it(case in case()) {
        let a = case.assess();
        prop_assert!(0.0 <= a.low && a.low <= a.exact + ROUNDING && a.exact <= a.high + ROUNDING, "{a:?}");
        prop_assert!(a.high <= 100.0 + ROUNDING && (0.0..=1.0).contains(&a.coverage), "{a:?}");
        let unknown = a.capabilities.iter().any(|c| c.evidence == Evidence::Unknown);
        prop_assert_eq!(unknown, a.coverage < 1.0);
        if !case.states.iter().any(|state| state.outcome == Unknown) {
            prop_assert!((a.high - a.low).abs() < ROUNDING && !unknown, "{:?}", a);
        }
    }

    /// As long as each turns out to be no worse than one site of the rule's severity, and no contradiction.
    #[test]
    fn what_is_unknown_turns_out_within_the_range(case in case(), how in vec(0..3, 40)) {
        let before = case.assess();
        let resolve = |(state, how): (&State, &i32)| {
            let State { severity, confidence, .. } = *state;
            let site = Demerit { severity, confidence, subsumed: false };
            let outcome = match (&state.outcome, how) {
                (Unknown, 0) => Outcome::Fail(vec![site]),
                (Unknown, 1) => Pass,
                (Unknown, _) => NotApplicable,
                (known, _) => known.clone(),
            };
            State { outcome, ..state.clone() }
        };
        let resolved = case.with(case.states.iter().zip(how.iter().cycle()).map(resolve).collect());
        let after = resolved.assess();
        prop_assert!(after.exact <= before.high + ROUNDING, "{before:?} {after:?}");
        let proven = |case: &Case| case.states.iter().filter(|s| is_critical(s)).count();
        if proven(&resolved) == proven(&case) {
            prop_assert!(after.exact >= before.low - ROUNDING, "{before:?} {after:?}");
        }
    }

    #[test]
    fn criticals_bound_the_score(case in case()) {
        let exact = case.assess().exact;
        let critical = case.states.iter().filter(|state| is_critical(state));
        let broken: BTreeSet<_> = critical.map(|state| state.capability).collect();
        prop_assert!(broken.is_empty() || exact < 60.0, "{exact}");
        prop_assert!(broken.len() < 2 || exact < 51.0, "{exact}");
    }

    #[test]
    fn the_order_of_states_is_of_no_matter(case in case(), swaps in vec(any::<(Index, Index)>(), 0..40)) {
        let mut states = case.states.clone();
        for (a, b) in swaps.iter().filter(|_| !case.states.is_empty()) {
            states.swap(a.index(case.states.len()), b.index(case.states.len()));
        }
        // To the bit: the same tree gives the same bytes.
        prop_assert_eq!(case.with(states).assess(), case.assess());
    }

    #[test]
    fn the_profile_does_not_depend_on_the_answers(case in case()) {
        let points = |case: &Case| {
            let reports = case.assess().capabilities.into_iter();
            reports.map(|report| (report.id, report.points.to_bits())).collect::<Vec<_>>()
        };
        prop_assert_eq!(points(&case), points(&case.with(Vec::new())));
    }

    #[test]
    fn a_repository_lies_between_its_services(cases in vec(case(), 1..5)) {
        let service = |(n, case): (usize, &Case)| (format!("service-{n}"), case.assess().assessed(0.0, Reached::default()));
        let services: Vec<(String, Assessed)> = cases.iter().enumerate().map(service).collect();
        let whole = repository(&services).expect("there are services");
        let lowest = services.iter().find(|(id, _)| Some(id) == whole.lowest_service.as_ref());
        let lowest = &lowest.expect("it names one of them").1;
        prop_assert!(services.iter().all(|(_, s)| lowest.exact <= s.exact));
        prop_assert!(lowest.exact <= whole.exact + ROUNDING);
        prop_assert!(services.iter().any(|(_, s)| whole.exact <= s.exact + ROUNDING));
    }

    #[test]
    fn shown_is_the_greatest_number_that_is_reached(exact in 0.0..100.0f64) {
        let shown = f64::from(shown(exact));
        prop_assert!(shown <= exact + ROUNDING && exact < shown + 1.0, "{shown} for {exact}");
    }
}
