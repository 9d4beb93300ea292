//! Whole services under the first 23 rules, so that the score means what people expect it to mean.
//!
//! Each number is worked out by hand beside it. They are no law: when the rule set grows they move, and
//! whoever moves them looks at them.

use super::*;
use Outcome::{NotApplicable, Pass};
use Severity::{Critical, High, Low, Medium};

/// Rule, capability, role, severity, counted; every one is of high confidence.
type Definition = (&'static str, &'static str, Role, Severity, bool);

const RULES: [Definition; 23] = [
    ("health-check", "health-signalling", Role::Evidence, High, false),
    ("graceful-shutdown", "graceful-termination", Role::Evidence, High, false),
    ("sigterm-handling", "graceful-termination", Role::Demerit, High, false),
    ("signal-reaches-process", "graceful-termination", Role::Demerit, Critical, false),
    ("exec-form-entrypoint", "graceful-termination", Role::Demerit, Medium, false),
    ("http-client-timeout", "bounded-waits", Role::Demerit, High, true),
    ("request-timeout", "bounded-waits", Role::Evidence, Medium, false),
    ("structured-logs", "structured-logs", Role::Evidence, High, false),
    ("machine-readable-logs", "structured-logs", Role::Demerit, Medium, false),
    ("no-print-logging", "structured-logs", Role::Demerit, Medium, true),
    ("metrics", "metrics", Role::Evidence, Medium, false),
    ("pinned-image", "reproducible-artefact", Role::Demerit, High, true),
    ("reachable-bind", "image-starts", Role::Demerit, Critical, false),
    ("toolchain-agreement", "reproducible-artefact", Role::Demerit, High, false),
    ("lockfile-committed", "reproducible-artefact", Role::Demerit, Medium, false),
    ("non-root-container", "runtime-privilege", Role::Demerit, High, false),
    ("pinned-action", "access-boundary", Role::Demerit, Medium, true),
    ("workflow-permissions", "access-boundary", Role::Demerit, Medium, false),
    ("job-timeout", "ci-verification", Role::Demerit, Low, false),
    ("env-documented", "documentation", Role::Demerit, Medium, true),
    ("dependency-updates", "dependency-hygiene", Role::Evidence, Medium, false),
    ("owners-named", "ownership", Role::Evidence, Medium, false),
    ("ci-runs-tests", "ci-verification", Role::Evidence, High, false),
];

/// How a service differs from one that passes everything.
#[derive(Clone, Copy)]
enum Answer {
    /// How many sites, at the rule's severity.
    Fails(usize),
    /// One site that another rule reports.
    Subsumed,
    DoesNotApply,
}
use Answer::{DoesNotApply, Fails, Subsumed};

type Difference = (&'static str, Answer);

fn states(differences: &[Difference]) -> Vec<State> {
    for (name, _) in differences {
        assert!(RULES.iter().any(|(rule, ..)| rule == name), "no rule `{name}`");
    }
    let state = |&(rule, capability, role, severity, counted): &Definition| {
        let demerit = |subsumed| Demerit { severity, confidence: Confidence::High, subsumed };
        let outcome = match differences.iter().find(|(name, _)| *name == rule) {
            None => Pass,
            Some((_, Fails(sites))) => Outcome::Fail(vec![demerit(false); *sites]),
            Some((_, Subsumed)) => Outcome::Fail(vec![demerit(true)]),
            Some((_, DoesNotApply)) => NotApplicable,
        };
        State {
            capability,
            rule: rule.to_owned(),
            role,
            severity,
            confidence: Confidence::High,
            counted,
            outcome,
        }
    };
    RULES.iter().map(state).collect()
}

/// Scores a service against the capabilities that the 23 rules can assess: 52 points.
fn score(differences: &[Difference]) -> f64 {
    let assessable = RULES.iter().map(|&(_, capability, ..)| capability).collect();
    let proofs =
        RULES.iter().filter(|&&(_, _, role, ..)| role == Role::Evidence).map(|&(_, c, ..)| c).collect();
    assess(&Profile::of(ServiceKind::Http, &assessable), &proofs, &states(differences)).exact
}

fn check(name: &str, differences: &[Difference], expected: f64) {
    let got = score(differences);
    assert!((got - expected).abs() < 0.005, "{name}: {got:.4}, expected {expected:.2}");
}

/// The service of an axum tutorial: it answers, logs text and has an image and a workflow, and nobody has run
/// it.
const TUTORIAL: [Difference; 14] = [
    ("graceful-shutdown", Fails(1)),
    ("sigterm-handling", Fails(1)),
    ("http-client-timeout", DoesNotApply),
    ("request-timeout", Fails(1)),
    ("machine-readable-logs", Fails(1)),
    ("metrics", Fails(1)),
    ("pinned-image", Fails(2)),
    ("toolchain-agreement", DoesNotApply),
    ("non-root-container", Fails(1)),
    ("pinned-action", Fails(4)),
    ("workflow-permissions", Fails(1)),
    ("job-timeout", Fails(1)),
    ("env-documented", Fails(2)),
    ("dependency-updates", Fails(1)),
];

/// A service that is run for real, whose maintainers have not yet read this report.
const SOLID: [Difference; 7] = [
    ("http-client-timeout", Fails(1)),
    ("pinned-image", Fails(2)),
    ("pinned-action", Fails(5)),
    ("workflow-permissions", Fails(1)),
    ("job-timeout", Fails(1)),
    ("dependency-updates", Fails(1)),
    ("owners-named", Fails(1)),
];

/// All that the rules see of an image.
const WITHOUT_IMAGE: [Difference; 4] = [
    ("signal-reaches-process", DoesNotApply),
    ("exec-form-entrypoint", DoesNotApply),
    ("reachable-bind", DoesNotApply),
    ("non-root-container", DoesNotApply),
];

/// `base`, with `changes` instead of what it says of the same rules.
fn with(base: &[Difference], changes: &[Difference]) -> Vec<Difference> {
    let kept = base.iter().filter(|(rule, _)| changes.iter().all(|(changed, _)| changed != rule));
    kept.chain(changes).copied().collect()
}

#[test]
fn services_score_what_one_expects() {
    check("perfect", &[], 100.0);

    // health 6 + logs 7·0.7 + image 5 + artefact 3·0.8 + privilege 3·0.4 + access 2·0.85·0.7 + CI 4·0.92
    // + documentation 3·0.9 + ownership 1 = 28.07 of 52.
    check("tutorial", &TUTORIAL, 100.0 * 28.07 / 52.0);
    check("tutorial, nobody owns it", &with(&TUTORIAL, &[("owners-named", Fails(1))]), 52.06);
    // Shell form: two rules see it, one reports it; graceful-termination has nothing left to lose.
    let swallowed =
        with(&TUTORIAL, &[("signal-reaches-process", Fails(1)), ("exec-form-entrypoint", Subsumed)]);
    check("tutorial, SIGTERM swallowed", &swallowed, 0.6 * 53.98);
    check("tutorial without a health route", &with(&TUTORIAL, &[("health-check", Fails(1))]), 42.44);

    // 6 + 6 + 4·0.88 + 7 + 6 + 5 + 3·0.8 + 3 + 2·(1 − 0.3·5/9)·0.7 + 4·0.92 + 3 = 46.7667 of 52.
    check("solid", &SOLID, 89.94);
    let swallowed = with(&SOLID, &[("signal-reaches-process", Fails(1)), ("exec-form-entrypoint", Subsumed)]);
    // 46.7667 − 6·0.9 = 41.3667.
    check("solid, SIGTERM swallowed", &swallowed, 0.6 * 100.0 * 41.3667 / 52.0);
}

#[test]
fn an_imperfect_image_pays_unless_it_proves_a_contradiction() {
    let without = |base: &[Difference]| {
        let mut image_gone = with(base, &WITHOUT_IMAGE);
        image_gone.retain(|(rule, _)| *rule != "pinned-image");
        image_gone.push(("pinned-image", DoesNotApply));
        image_gone
    };
    // The image's own 5 + 3·0.4 go, and 3·0.2 of the artefact that its floating bases took come back.
    check("tutorial without an image", &without(&TUTORIAL), 100.0 * (28.07 - 6.2 + 0.6) / 52.0);
    check("solid without an image", &without(&SOLID), 100.0 * (46.7667 - 8.0 + 0.6) / 52.0);
    // Shell form with `exec` missing but no signal proven lost: 6·0.3 more.
    let shell = with(&SOLID, &[("exec-form-entrypoint", Fails(1)), ("non-root-container", Fails(1))]);
    assert!(score(&without(&shell)) < score(&shell));
    // The exception: the image proves that SIGTERM is lost, and to delete it is to mend that.
    let swallowed = with(&SOLID, &[("signal-reaches-process", Fails(1))]);
    assert!(score(&without(&swallowed)) > score(&swallowed));
}

/// What one failure takes from a service that passes everything else, in points of the 52 that can be
/// assessed.
#[test]
fn one_failure_costs_what_one_expects() {
    let cost = |rule: &'static str, sites: usize| (100.0 - score(&[(rule, Fails(sites))])) * 0.52;
    let cases = [
        // Absent evidence costs the capability.
        ("health-check", 1, 6.0),
        ("graceful-shutdown", 1, 6.0),
        ("structured-logs", 1, 7.0),
        ("metrics", 1, 6.0),
        ("request-timeout", 1, 4.0),
        ("ci-runs-tests", 1, 4.0),
        ("dependency-updates", 1, 2.0),
        ("owners-named", 1, 1.0),
        // High demerits.
        ("sigterm-handling", 1, 3.6),
        ("toolchain-agreement", 1, 1.8),
        ("non-root-container", 1, 1.8),
        ("http-client-timeout", 1, 0.48),
        ("http-client-timeout", 5, 1.3333),
        ("pinned-image", 1, 0.36),
        ("pinned-image", 5, 1.0),
        // Medium demerits.
        ("exec-form-entrypoint", 1, 1.8),
        ("machine-readable-logs", 1, 2.1),
        ("lockfile-committed", 1, 0.9),
        ("workflow-permissions", 1, 0.6),
        ("no-print-logging", 1, 0.42),
        ("no-print-logging", 10, 1.5),
        ("pinned-action", 1, 0.12),
        ("env-documented", 1, 0.18),
        // A low one.
        ("job-timeout", 1, 0.32),
    ];
    for (rule, sites, expected) in cases {
        let got = cost(rule, sites);
        assert!((got - expected).abs() < 0.005, "{rule} at {sites}: {got:.4}, expected {expected}");
    }
}
