//! The arithmetic on single capabilities, with numbers worked out by hand.

use super::standing::{Unknowns, damage};
use super::*;
use crate::score::level::Reached;
use Outcome::{NotApplicable, Pass, Unknown};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn site(severity: Severity) -> Demerit {
    Demerit { severity, confidence: Confidence::High, subsumed: false }
}

fn fail(severities: &[Severity]) -> Outcome {
    Outcome::Fail(severities.iter().copied().map(site).collect())
}

fn state(capability: &'static str, name: &str, role: Role, outcome: Outcome) -> State {
    State {
        capability,
        rule: name.to_owned(),
        role,
        severity: Severity::High,
        confidence: Confidence::High,
        counted: false,
        outcome,
    }
}

/// Assesses one capability alone.
fn assess_one(capability: &'static str, has_evidence_rule: bool, states: &[State]) -> Assessment {
    let alone = BTreeSet::from([capability]);
    let evidence_rules = if has_evidence_rule { alone.clone() } else { BTreeSet::new() };
    assess(&Profile::of(ServiceKind::Http, &alone), &evidence_rules, states)
}

#[test]
fn evidence_is_found_unknown_or_absent() {
    use Evidence::{Absent, Found};
    let bad = || fail(&[Severity::Medium]);
    let check = |evidence: Option<Vec<Outcome>>, demerit: Vec<Outcome>, expected: Evidence, score: f64| {
        let capability = "bounded-waits";
        let of = |role, name: &'static str, outcomes: Vec<Outcome>| {
            outcomes.into_iter().map(move |outcome| state(capability, name, role, outcome))
        };
        let has_evidence_rule = evidence.is_some();
        let states: Vec<State> = of(Role::Evidence, "proof", evidence.unwrap_or_default())
            .chain(of(Role::Demerit, "fault", demerit))
            .collect();
        let report = &assess_one(capability, has_evidence_rule, &states).capabilities[0];
        assert_eq!(report.evidence, expected, "{states:?}");
        assert!(close(report.score, score), "{} for {states:?}", report.score);
    };
    // An evidence rule answers.
    check(Some(vec![Pass]), vec![], Found, 1.0);
    check(Some(vec![Pass]), vec![Unknown], Found, 1.0);
    check(Some(vec![Pass]), vec![bad()], Found, 0.7);
    check(Some(vec![Unknown]), vec![Pass], Evidence::Unknown, 0.5);
    check(Some(vec![Unknown]), vec![bad()], Evidence::Unknown, 0.35);
    check(Some(vec![bad()]), vec![Pass], Absent, 0.0);
    check(Some(vec![bad(), Unknown]), vec![], Evidence::Unknown, 0.35);
    // Another subject proves it, so the failure is a demerit.
    check(Some(vec![bad(), Pass]), vec![], Found, 0.7);
    check(Some(vec![NotApplicable, Pass]), vec![], Found, 1.0);
    // It does not apply, as to a worker: the artefact is what the demerit rules judge.
    check(Some(vec![NotApplicable]), vec![Pass], Found, 1.0);
    check(Some(vec![NotApplicable]), vec![bad()], Found, 0.7);
    check(Some(vec![NotApplicable]), vec![Unknown], Evidence::Unknown, 0.5);
    check(Some(vec![NotApplicable]), vec![NotApplicable], Absent, 0.0);
    // It could not be asked, for want of a subject.
    check(Some(vec![]), vec![Pass], Absent, 0.0);
    // There is none.
    check(None, vec![Pass, Unknown], Found, 1.0);
    check(None, vec![NotApplicable, bad()], Found, 0.7);
    check(None, vec![NotApplicable, Unknown], Evidence::Unknown, 0.5);
    check(None, vec![NotApplicable], Absent, 0.0);
    check(None, vec![], Absent, 0.0);
}

#[test]
fn prohibitions_start_whole() {
    let check = |outcomes: Vec<Outcome>, evidence: Evidence, score: f64| {
        let states: Vec<State> =
            outcomes.into_iter().map(|o| state("secrets", "secret", Role::Demerit, o)).collect();
        let report = &assess_one("secrets", false, &states).capabilities[0];
        assert_eq!(report.evidence, evidence, "{states:?}");
        assert!(close(report.score, score), "{} for {states:?}", report.score);
    };
    check(vec![], Evidence::Found, 1.0);
    check(vec![NotApplicable], Evidence::Found, 1.0);
    check(vec![Pass], Evidence::Found, 1.0);
    check(vec![Pass, Unknown], Evidence::Found, 1.0);
    check(vec![Unknown, NotApplicable], Evidence::Unknown, 0.5);
    check(vec![fail(&[Severity::High])], Evidence::Found, 0.4);
}

#[test]
fn sites_weigh_by_severity_confidence_and_number() {
    use Severity::{Critical, High, Info, Low, Medium};
    let check = |counted: bool, sites: &[Severity], expected: f64| {
        let one = State { counted, ..state("image-starts", "rule", Role::Demerit, fail(sites)) };
        let taken = damage(&[&one], Unknowns::Harmless);
        assert!(close(taken, expected), "{taken} for {sites:?}");
        // The same sites at several subjects are the same sites.
        let apart: Vec<State> = sites.iter().map(|&s| State { outcome: fail(&[s]), ..one.clone() }).collect();
        assert!(close(damage(&apart.iter().collect::<Vec<_>>(), Unknowns::Harmless), expected), "{sites:?}");
    };
    check(false, &[], 0.0);
    check(false, &[Critical], 0.9);
    check(false, &[High], 0.6);
    check(false, &[Medium], 0.3);
    check(false, &[Low], 0.08);
    check(false, &[Info], 0.0);
    check(false, &[Low, High, Medium], 0.6);
    check(true, &[High], 0.6 / 5.0);
    check(true, &[High; 2], 0.6 * 2.0 / 6.0);
    check(true, &[High; 5], 0.6 * 5.0 / 9.0);
    // The first at its own weight, the second adds what it raises 1/5 to 2/6 by.
    check(true, &[Medium, High], 0.6 / 5.0 + 0.3 * (2.0 / 6.0 - 1.0 / 5.0));
    check(true, &[Info, High], 0.6 / 5.0);

    let unsure = |confidence, subsumed| Demerit { confidence, subsumed, ..site(High) };
    let one = |demerit| state("image-starts", "rule", Role::Demerit, Outcome::Fail(vec![demerit]));
    let taken = |demerit| damage(&[&one(demerit)], Unknowns::Harmless);
    assert!(close(taken(unsure(Confidence::Medium, false)), 0.42));
    assert!(close(taken(unsure(Confidence::Low, false)), 0.0));
    assert!(close(taken(unsure(Confidence::High, true)), 0.0));
}

#[test]
fn unknowns_open_the_range() {
    let check = |states: &[State], exact: f64, low: f64, high: f64, coverage: f64| {
        let a = assess_one("structured-logs", true, states);
        let numbers = [(a.exact, exact), (a.low, low), (a.high, high), (a.coverage, coverage)];
        assert!(numbers.iter().all(|&(got, expected)| close(got, expected)), "{a:?}");
    };
    let of = |name, role, outcome| state("structured-logs", name, role, outcome);
    let found = of("proof", Role::Evidence, Pass);
    check(std::slice::from_ref(&found), 100.0, 100.0, 100.0, 1.0);
    check(&[of("proof", Role::Evidence, Unknown)], 50.0, 0.0, 100.0, 0.0);
    check(&[of("proof", Role::Evidence, fail(&[Severity::High]))], 0.0, 0.0, 0.0, 1.0);
    check(&[found.clone(), of("fault", Role::Demerit, Unknown)], 100.0, 40.0, 100.0, 1.0);
    // A second evidence rule that cannot tell would be a demerit if it failed.
    check(&[found.clone(), of("other", Role::Evidence, Unknown)], 100.0, 40.0, 100.0, 1.0);
    // What nobody has proven does not weigh on the whole.
    let critical = State { severity: Severity::Critical, ..of("fault", Role::Demerit, Unknown) };
    check(&[found, critical], 100.0, 10.0, 100.0, 1.0);
}

#[test]
fn contradictions_weigh_on_the_whole() {
    let profile = Profile::of(ServiceKind::Http, &BTreeSet::from(["image-starts", "rollout", "secrets"]));
    let critical = site(Severity::Critical);
    let total = |demerits: &[(&'static str, Demerit)]| {
        let of = |capability, outcome| state(capability, "rule", Role::Demerit, outcome);
        let mut states: Vec<State> = profile.capabilities.iter().map(|c| of(c.id, Pass)).collect();
        states.extend(demerits.iter().map(|&(id, demerit)| of(id, Outcome::Fail(vec![demerit]))));
        assess(&profile, &BTreeSet::new(), &states).exact
    };
    // Points: 5, 4 and 3.
    assert!(close(total(&[]), 100.0));
    assert!(close(total(&[("rollout", critical)]), 60.0 * (5.0 + 0.4 + 3.0) / 12.0));
    assert!(close(total(&[("rollout", critical); 2]), 60.0 * (5.0 + 0.4 + 3.0) / 12.0));
    let two = [("rollout", critical), ("secrets", critical)];
    assert!(close(total(&two), 60.0 * 0.85 * (5.0 + 0.4 + 0.3) / 12.0));
    let unsure = Demerit { confidence: Confidence::Medium, ..critical };
    assert!(close(total(&[("rollout", unsure)]), 100.0 * (5.0 + 4.0 * 0.37 + 3.0) / 12.0));
    assert!(close(total(&[("rollout", Demerit { subsumed: true, ..critical })]), 100.0));
}

#[test]
fn gain_is_the_score_without_the_site() {
    let states = [
        state("image-starts", "a", Role::Demerit, fail(&[Severity::High, Severity::Low])),
        state("image-starts", "b", Role::Evidence, fail(&[Severity::High])),
    ];
    let profile = Profile::of(ServiceKind::Http, &BTreeSet::from(["image-starts"]));
    let gain_of = |s, d| gain(&profile, &BTreeSet::from(["image-starts"]), &states, s, d);
    // Absent evidence: nothing else pays.
    assert!(close(gain_of(0, 0), 0.0));
    assert!(close(gain_of(1, 0), 40.0));
    assert!(close(gain_of(1, 1), 0.0));
    assert!(close(gain_of(2, 0), 0.0));
    let artefact = |s, d| gain(&profile, &BTreeSet::new(), &states[..1], s, d);
    assert!(close(artefact(0, 0), 52.0));
    assert!(close(artefact(0, 1), 0.0));
}

#[test]
fn shown_is_floored() {
    let cases = [
        (0.0, 0),
        (0.999, 0),
        (49.999_999, 49),
        (50.0 - 1e-12, 50),
        (50.0, 50),
        (99.999_999, 99),
        (100.0 - 1e-12, 100),
        (100.0, 100),
        (f64::NAN, 0),
        (-1.0, 0),
        (1000.0, 100),
    ];
    for (exact, expected) in cases {
        assert_eq!(shown(exact), expected, "{exact}");
    }
}

#[test]
fn repository_is_the_mean_and_names_the_lowest() {
    assert_eq!(repository(&[]), None);
    let of = |outcome| {
        assess_one("metrics", true, &[state("metrics", "metrics", Role::Evidence, outcome)])
            .assessed(0.0, Reached::default())
    };
    let services = [
        ("a:good".to_owned(), of(Pass)),
        ("b:bad".to_owned(), of(fail(&[Severity::Medium]))),
        ("c:bad".to_owned(), of(fail(&[Severity::Medium]))),
        ("d:dim".to_owned(), of(Unknown)),
    ];
    let whole = repository(&services).expect("there are services");
    assert!(close(whole.exact, 37.5) && close(whole.low, 25.0) && close(whole.high, 50.0), "{whole:?}");
    assert!(close(whole.coverage, 0.75), "{whole:?}");
    assert_eq!(whole.lowest_service.as_deref(), Some("b:bad"));
    let [pillar] = &whole.pillars[..] else { panic!("one pillar has points") };
    assert!(pillar.pillar == Pillar::Observability && close(pillar.value, 37.5) && close(pillar.points, 6.0));
}

#[test]
fn nothing_to_assess_is_no_number_but_never_nan() {
    let profile = Profile::of(ServiceKind::Http, &BTreeSet::new());
    assert!(profile.is_empty());
    let a = assess(&profile, &BTreeSet::new(), &[state("metrics", "metrics", Role::Evidence, Pass)]);
    assert!(close(a.exact, 0.0) && close(a.high, 0.0) && close(a.coverage, 0.0), "{a:?}");
    assert!(a.pillars.is_empty() && a.capabilities.is_empty());
}

#[test]
fn points_of_each_pillar_are_published() {
    let of = |pillar| CAPABILITIES.iter().filter(|c| c.pillar == pillar).map(|c| c.points).sum::<f64>();
    let published = [20.0, 20.0, 20.0, 15.0, 10.0, 10.0, 5.0];
    for (pillar, points) in Pillar::ALL.into_iter().zip(published) {
        assert!((of(pillar) - points).abs() < 1e-9, "{} has {}", pillar.id(), of(pillar));
    }
}

#[test]
fn capabilities_are_unique_and_in_the_order_of_pillars() {
    let ids: BTreeSet<&str> = CAPABILITIES.iter().map(|capability| capability.id).collect();
    assert_eq!(ids.len(), CAPABILITIES.len());
    assert!(CAPABILITIES.is_sorted_by_key(|capability| capability.pillar));
}

#[test]
fn profile_is_what_the_rule_set_can_assess() {
    let assessable = BTreeSet::from(["secrets", "metrics", "no-such-capability"]);
    let ids = |kind| Profile::of(kind, &assessable).capabilities.iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids(ServiceKind::Http), ["metrics", "secrets"]);
    assert_eq!(ids(ServiceKind::Worker), ids(ServiceKind::Http));
    assert!(Profile::of(ServiceKind::Grpc, &BTreeSet::new()).is_empty());
}

#[test]
fn a_kind_loses_nothing_for_what_no_service_of_its_kind_can_show() {
    let assessable = BTreeSet::from(["bounded-waits", "image-starts", "metrics"]);
    let asked = |kind| -> Vec<(&str, f64, bool)> {
        let profile = Profile::of(kind, &assessable);
        profile.capabilities.iter().map(|own| (own.id, own.points, own.prohibitions_only)).collect()
    };
    let (waits, starts) = (("bounded-waits", 4.0, false), ("image-starts", 5.0, false));
    let (own_waits, metrics) = (("bounded-waits", 4.0, true), ("metrics", 6.0, false));
    assert_eq!(asked(ServiceKind::Http), [waits, metrics, starts]);
    assert_eq!(asked(ServiceKind::Grpc), [waits, metrics, starts]);
    assert_eq!(asked(ServiceKind::Tcp), [own_waits, metrics, starts]);
    assert_eq!(asked(ServiceKind::Worker), [own_waits, metrics]);
    assert_eq!(asked(ServiceKind::Scheduler), [own_waits, metrics]);
    let states = [
        state("bounded-waits", "request-timeout", Role::Evidence, NotApplicable),
        state("metrics", "metrics", Role::Evidence, Pass),
    ];
    let worker = Profile::of(ServiceKind::Worker, &assessable);
    assert!(close(assess(&worker, &BTreeSet::from(["bounded-waits", "metrics"]), &states).exact, 100.0));
}
