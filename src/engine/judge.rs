//! From verdicts to the report: findings with their points, the score of each service, and the repository's.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Judged, Problem, Verdict};
use crate::fingerprint;
use crate::model::value::Text;
use crate::model::workload::Platform;
use crate::model::{Project, Service};
use crate::report::{BindReport, EnvReport, Report, RouteReport, Score, ServiceReport};
use crate::rule::{Role, Rule};
use crate::score::{self, Demerit, Outcome, Profile, State};
use crate::source::{Note, Sources};

/// The verdicts that enter a service's score, with where each came from.
struct Scored {
    profile: Profile,
    states: Vec<State>,
    /// For each state, the verdict it was made of.
    origins: Vec<usize>,
}

pub(super) fn report(
    project: &Project<'_>,
    judged: Vec<Judged>,
    mut notes: Vec<Note>,
    rules: &[Rule],
) -> Report {
    let assessable: BTreeSet<&str> = rules.iter().map(|rule| rule.page.meta.capability.as_str()).collect();
    let evidence_rules: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| rule.page.meta.role == Role::Evidence)
        .map(|rule| rule.page.meta.capability.as_str())
        .collect();
    let scored: BTreeMap<&str, Scored> = project
        .services
        .iter()
        .map(|service| (service.id.as_str(), states(service, &assessable, &judged)))
        .collect();
    let services: Vec<ServiceReport> = project
        .services
        .iter()
        .map(|service| service_report(project, service, &scored[service.id.as_str()], &evidence_rules))
        .collect();
    let gains = Gains { scored: &scored, evidence_rules: &evidence_rules, services: project.services.len() };
    let mut findings = findings(project.sources, &judged, &gains);
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| {
            let span = finding.problem.span;
            (span.file, span.range, finding.rule.id.clone(), finding.subject.clone())
        };
        key(a).cmp(&key(b))
    });
    notes.sort();
    notes.dedup();
    Report {
        score: repository_score(&services, &project.unreadable),
        is_complete: project.unreadable.is_empty(),
        services,
        checks: judged,
        findings,
        notes,
        rules: rules.len(),
        gate: None,
    }
}

fn states(service: &Service, assessable: &BTreeSet<&str>, judged: &[Judged]) -> Scored {
    let (mut states, mut origins) = (Vec::new(), Vec::new());
    for (at, verdict) in judged.iter().enumerate() {
        if !verdict.services.contains(&service.id) {
            continue;
        }
        let rule = verdict.rule;
        let outcome = match &verdict.verdict {
            Verdict::Pass(_) => Outcome::Pass,
            Verdict::Fail(problems) => {
                Outcome::Fail(problems.iter().map(|problem| demerit(verdict, problem)).collect())
            }
            Verdict::Unknown(..) => Outcome::Unknown,
            Verdict::NotApplicable(_) => Outcome::NotApplicable,
        };
        states.push(State {
            capability: rule.capability.as_str(),
            rule: rule.id.clone(),
            role: rule.role,
            severity: rule.severity,
            confidence: rule.confidence,
            counted: rule.counted,
            outcome,
        });
        origins.push(at);
    }
    Scored { profile: Profile::of(service.kind, assessable), states, origins }
}

fn demerit(verdict: &Judged, problem: &Problem) -> Demerit {
    Demerit {
        severity: problem.severity.unwrap_or(verdict.rule.severity),
        confidence: problem.confidence.unwrap_or(verdict.rule.confidence),
        subsumed: problem.subsumed_by.is_some(),
    }
}

/// What mending a site brings.
struct Gains<'g> {
    scored: &'g BTreeMap<&'g str, Scored>,
    evidence_rules: &'g BTreeSet<&'g str>,
    services: usize,
}

impl Gains<'_> {
    /// What mending the site of a verdict adds to the repository's score. Sites of one verdict that weigh the same bring
    /// the same, so that each weight is computed once.
    fn of(&self, verdict: usize, judged: &Judged) -> Vec<f64> {
        let Verdict::Fail(problems) = &judged.verdict else { return Vec::new() };
        let mut known: Vec<(Demerit, f64)> = Vec::new();
        problems
            .iter()
            .enumerate()
            .map(|(site, problem)| {
                let demerit = demerit(judged, problem);
                if let Some((_, gain)) = known.iter().find(|(other, _)| same(*other, demerit)) {
                    return *gain;
                }
                let gain = self.mean_gain(verdict, site, &judged.services);
                known.push((demerit, gain));
                gain
            })
            .collect()
    }

    fn mean_gain(&self, verdict: usize, site: usize, services: &[String]) -> f64 {
        let total: f64 = services
            .iter()
            .filter_map(|id| self.scored.get(id.as_str()))
            .filter_map(|scored| {
                let state = scored.origins.iter().position(|origin| *origin == verdict)?;
                Some(score::gain(&scored.profile, self.evidence_rules, &scored.states, state, site))
            })
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "a repository has fewer services than 2^52")]
        let services = self.services.max(1) as f64;
        total / services
    }
}

fn same(a: Demerit, b: Demerit) -> bool {
    (a.severity, a.confidence, a.subsumed) == (b.severity, b.confidence, b.subsumed)
}

fn findings(sources: &Sources, judged: &[Judged], gains: &Gains<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, verdict) in judged.iter().enumerate() {
        let Verdict::Fail(problems) = &verdict.verdict else { continue };
        for (problem, points) in problems.iter().zip(gains.of(at, verdict)) {
            found.push(Finding {
                rule: verdict.rule,
                subject: verdict.subject.clone(),
                services: verdict.services.clone(),
                severity: problem.severity.unwrap_or(verdict.rule.severity),
                confidence: problem.confidence.unwrap_or(verdict.rule.confidence),
                points,
                fingerprint: fingerprint::of(sources, &verdict.rule.id, &verdict.subject, problem.span),
                suppressed: None,
                is_new: None,
                problem: problem.clone(),
            });
        }
    }
    found
}

fn service_report(
    project: &Project<'_>,
    service: &Service,
    scored: &Scored,
    evidence_rules: &BTreeSet<&str>,
) -> ServiceReport {
    let assessment = score::assess(&scored.profile, evidence_rules, &scored.states);
    let score = if scored.profile.is_empty() {
        Score::NotAssessed { reason: "no rule looks at this kind of service".into() }
    } else {
        Score::Assessed(assessment.assessed(assessment.exact))
    };
    let on = |platform| project.workloads_of(service).any(|workload| workload.platform == platform);
    let target = if on(Platform::Kubernetes) {
        "kubernetes"
    } else if on(Platform::Compose) {
        "compose"
    } else if service.images.is_empty() {
        "none"
    } else {
        "image"
    };
    ServiceReport {
        id: service.id.clone(),
        name: service.name.clone(),
        package: service.package.clone(),
        binary: service.name.clone(),
        main: project.sources.path(service.main.file).to_owned(),
        kind: service.kind.id(),
        frameworks: service.frameworks.clone(),
        target,
        image: project.images_of(service).next().map(|image| image.id.clone()),
        workloads: project.workloads_of(service).map(|workload| workload.id.clone()).collect(),
        score,
        capabilities: assessment.capabilities,
        binds: service
            .binds
            .iter()
            .map(|bind| BindReport {
                address: by_default(&bind.host),
                port: by_default(&bind.port).and_then(|port| port.parse().ok()),
                span: bind.span,
            })
            .collect(),
        routes: service
            .routes
            .served
            .iter()
            .map(|route| RouteReport {
                method: route.method.clone(),
                path: route.path.clone(),
                span: route.span,
            })
            .collect(),
        env: service
            .environment
            .reads
            .iter()
            .map(|read| EnvReport { name: read.name.clone(), required: read.required, span: read.span })
            .collect(),
    }
}

/// What a text is when the environment says nothing.
fn by_default(text: &Text) -> Option<String> {
    text.with_env(&|_| None)
}

fn why_not(unreadable: &[String]) -> String {
    let more = match unreadable.len() {
        0 => return "no service found".into(),
        1 => String::new(),
        2 => " and 1 other file".into(),
        count => format!(" and {} other files", count - 1),
    };
    format!("`{}`{more} could not be read, so whether there is a service cannot be told", unreadable[0])
}

fn repository_score(services: &[ServiceReport], unreadable: &[String]) -> Score {
    let assessed: Vec<_> = services
        .iter()
        .filter_map(|service| match &service.score {
            Score::Assessed(assessed) => Some((service.id.clone(), assessed.clone())),
            Score::NotAssessed { .. } => None,
        })
        .collect();
    match score::repository(&assessed) {
        Some(assessed) => Score::Assessed(assessed),
        None => Score::NotAssessed { reason: why_not(unreadable) },
    }
}
