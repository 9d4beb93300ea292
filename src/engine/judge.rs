//! From verdicts to the report: findings with their points, the score of each service, and the repository's.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::names;
use crate::finding::{Finding, Judged, Verdict};
use crate::fingerprint;
use crate::model::value::Text;
use crate::model::workload::Platform;
use crate::model::{Project, Service};
use crate::policy::{Decision, Policy, Standing};
use crate::report::{BindReport, EnvReport, Report, RouteReport, Score, ServiceReport};
use crate::rule::{Role, Rule};
use crate::score::level::Reached;
use crate::score::{self, Demerit};
use crate::source::{Note, Place, Sources};

mod view;

use view::{View, Which};

/// The verdicts that enter a service's score.
struct Scored {
    /// As the policy has it.
    decided: View,
    /// As the rules gave it, where that differs.
    raw: Option<View>,
}

impl Scored {
    fn raw(&self) -> &View {
        self.raw.as_ref().unwrap_or(&self.decided)
    }
}

pub(super) fn report(
    project: &Project<'_>,
    policy: &Policy,
    mut judged: Vec<Judged>,
    decisions: &[Decision],
    mut notes: Vec<Note>,
    rules: &[Rule],
) -> Report {
    let weighing = || rules.iter().filter(|rule| !rule.page.meta.is_preview());
    let assessable: BTreeSet<&str> = weighing().map(|rule| rule.page.meta.capability.as_str()).collect();
    let evidence_rules: BTreeSet<&str> = weighing()
        .filter(|rule| rule.page.meta.role == Role::Evidence)
        .map(|rule| rule.page.meta.capability.as_str())
        .collect();
    let verdicts = view::Verdicts { policy, judged: &judged, decisions, assessable: &assessable };
    let scored: BTreeMap<&str, Scored> = project
        .services
        .iter()
        .map(|service| {
            let raw = verdicts.differ_for(service).then(|| verdicts.view(service, Which::Raw));
            (service.id.as_str(), Scored { decided: verdicts.view(service, Which::Decided), raw })
        })
        .collect();
    let services: Vec<ServiceReport> = project
        .services
        .iter()
        .map(|service| {
            let scored = &scored[service.id.as_str()];
            let reached = verdicts.level_of(service);
            let mut report = service_report(project, service, scored, reached, &evidence_rules);
            report.tier = policy.config.declared(&service.id).find_map(|declared| declared.tier.clone());
            report
        })
        .collect();
    let gains = Gains { scored: &scored, evidence_rules: &evidence_rules, services: project.services.len() };
    let mut findings = findings(project.sources, &judged, decisions, &gains);
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| {
            let span = finding.problem.span;
            (span.file, span.range, finding.rule.id.clone(), finding.subject.clone())
        };
        key(a).cmp(&key(b))
    });
    for (one, decision) in judged.iter_mut().zip(decisions) {
        view::show(one, decision);
    }
    for declared in &policy.config.services {
        if !project.services.iter().any(|service| names(&declared.name, &service.id)) {
            let message =
                format!("there is no service `{}`, so what is said of it has no effect", declared.name);
            notes.push(Note::warning(Place::Path(policy.config.place().to_owned()), message));
        }
    }
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

/// What mending a site brings.
struct Gains<'g> {
    scored: &'g BTreeMap<&'g str, Scored>,
    evidence_rules: &'g BTreeSet<&'g str>,
    services: usize,
}

impl Gains<'_> {
    /// What mending each site of a verdict adds to the repository's score; of a waived one, to the score without waivers. Sites
    /// of one verdict that weigh the same bring the same, so that each weight is computed once.
    fn of(&self, verdict: usize, judged: &Judged, decision: &Decision) -> Vec<f64> {
        let Verdict::Fail(problems) = &judged.verdict else { return Vec::new() };
        let mut known: Vec<(Demerit, bool, f64)> = Vec::new();
        let mut counted = 0;
        problems
            .iter()
            .zip(&decision.sites)
            .enumerate()
            .map(|(at, (problem, site))| {
                let counts = site.standing == Standing::Counts;
                let severity = site.severity.filter(|_| counts);
                let demerit = view::demerit(judged, problem, severity);
                let (which, index) = if counts { (Which::Decided, counted) } else { (Which::Raw, at) };
                counted += usize::from(counts);
                if let Some((_, _, gain)) =
                    known.iter().find(|(other, counting, _)| *counting == counts && same(*other, demerit))
                {
                    return *gain;
                }
                let gain = self.mean_gain(verdict, index, &judged.services, which);
                known.push((demerit, counts, gain));
                gain
            })
            .collect()
    }

    fn mean_gain(&self, verdict: usize, site: usize, services: &[String], which: Which) -> f64 {
        let total: f64 = services
            .iter()
            .filter_map(|id| self.scored.get(id.as_str()))
            .filter_map(|scored| {
                let view = if which == Which::Raw { scored.raw() } else { &scored.decided };
                let state = view.origins.iter().position(|origin| *origin == verdict)?;
                Some(score::gain(&view.profile, self.evidence_rules, &view.states, state, site))
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

fn findings(sources: &Sources, judged: &[Judged], decisions: &[Decision], gains: &Gains<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, (verdict, decision)) in judged.iter().zip(decisions).enumerate() {
        let Verdict::Fail(problems) = &verdict.verdict else { continue };
        if decision.not_applicable.is_some() {
            continue;
        }
        let sites = problems.iter().zip(&decision.sites).zip(gains.of(at, verdict, decision));
        for ((problem, site), points) in sites {
            let suppressed = match &site.standing {
                Standing::Counts => None,
                Standing::Waived(suppression) => Some(suppression.clone()),
                Standing::Ignored => continue,
            };
            found.push(Finding {
                rule: verdict.rule,
                subject: verdict.subject.clone(),
                services: verdict.services.clone(),
                severity: site.severity.or(problem.severity).unwrap_or(verdict.rule.severity),
                confidence: problem.confidence.unwrap_or(verdict.rule.confidence),
                points,
                fingerprint: fingerprint::of(sources, &verdict.rule.id, &verdict.subject, problem.span),
                suppressed,
                is_new: None,
                fails_gate: false,
                problem: problem.clone(),
            });
        }
    }
    found
}

/// Several kustomizations may make one workload each of what stands at one place.
fn workload_ids(project: &Project<'_>, service: &Service) -> Vec<String> {
    let mut ids: Vec<String> = project.workloads_of(service).map(|workload| workload.id.clone()).collect();
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    ids
}

fn service_report(
    project: &Project<'_>,
    service: &Service,
    scored: &Scored,
    reached: Reached,
    evidence_rules: &BTreeSet<&str>,
) -> ServiceReport {
    let assess = |view: &View| score::assess(&view.profile, evidence_rules, &view.states);
    let assessment = assess(&scored.decided);
    let score = if scored.decided.profile.is_empty() {
        Score::NotAssessed { reason: "no rule looks at this kind of service".into() }
    } else {
        let without_waivers = scored.raw.as_ref().map_or(assessment.exact, |raw| assess(raw).exact);
        Score::Assessed(assessment.assessed(without_waivers, reached))
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
        workloads: workload_ids(project, service),
        score,
        tier: None,
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
