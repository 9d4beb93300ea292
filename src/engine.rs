//! Runs the stages over a tree: facts, model, checks, and the report that follows from them.
//!
//! Pure from [`Sources`] on. A check that panics is `unknown` for its subject, and a note; the rest of the audit goes on.

mod judge;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::facts::Facts;
use crate::finding::{Judged, Subject, Verdict};
use crate::model::{Project, Service};
use crate::policy::{self, Policy};
use crate::report::Report;
use crate::rule::{Check, Cx, Rule, SubjectKind};
use crate::rules;
use crate::source::{Note, Place, Sources};

/// Stack of the threads that parse. `syn`'s parser and the drop of its tree are recursive; the guard before parsing
/// (`facts::rust::guard`) is set so that this suffices. It is address space, not memory: only what is used is taken.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// Audits a tree that was read as it is: without the configuration and the waivers that it holds.
pub fn audit(sources: &Sources) -> Report {
    audit_under(sources, &Policy::default())
}

/// Audits a tree under a policy. What the policy excludes was left out of the tree before ([`Config::narrow`]).
///
/// [`Config::narrow`]: crate::config::Config::narrow
pub(crate) fn audit_under(sources: &Sources, policy: &Policy) -> Report {
    judge(sources, policy, Facts::extract(sources), rules::all())
}

/// Audits a tree and one that it came from, each under its policy; what both have is read once.
pub(crate) fn audit_both(head: (&Sources, &Policy), base: (&Sources, &Policy)) -> (Report, Report) {
    let facts = Facts::extract(head.0);
    let before = Facts::extract_beside(base.0, head.0, &facts);
    let all = rules::all();
    (judge(head.0, head.1, facts, all), judge(base.0, base.1, before, all))
}

fn judge(sources: &Sources, policy: &Policy, facts: Facts, rules: &'static [Rule]) -> Report {
    let project = Project::link(sources, &facts);
    let mut notes = sources.notes.clone();
    notes.extend(facts.notes(sources));
    // Facts are the largest part of a run, and nothing reads them from here on.
    facts.release();
    notes.extend(project.notes.iter().cloned());
    let cx = Cx { project: &project, waivers: &policy.waivers, today: policy.today };
    let mut judged = check(&cx, rules, &mut notes);
    let decisions = policy::decide(policy, sources, &mut judged, &mut notes);
    judge::report(&project, policy, judged, &decisions, notes, rules)
}

/// Runs `work` on a pool of threads that can parse deeply nested code.
///
/// # Errors
/// When the system gives no threads.
pub(crate) fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build();
    pool.map(|pool| pool.install(work)).map_err(|error| error.to_string())
}

/// One check on one subject.
struct Task<'t> {
    rule: &'static Rule,
    check: &'static Check,
    subject: Subject,
    services: Vec<String>,
    on: On<'t>,
}

/// The subject that a check is given.
enum On<'t> {
    Service(&'t Service),
    Image(&'t crate::model::Image),
    /// As each kustomization that takes it makes it.
    Workload(Vec<&'t crate::model::Workload>),
    Pipeline(&'t crate::model::Pipeline),
    Repository,
}

fn check(cx: &Cx<'_>, rules: &'static [Rule], notes: &mut Vec<Note>) -> Vec<Judged> {
    let tasks: Vec<Task<'_>> = rules
        .iter()
        .flat_map(|rule| rule.checks.iter().map(move |check| (rule, check)))
        .flat_map(|(rule, check)| tasks(cx.project, rule, check))
        .collect();
    let results: Vec<(Judged, Option<Note>)> = tasks.into_par_iter().map(|task| run(cx, task)).collect();
    let mut judged = Vec::with_capacity(results.len());
    for (verdict, note) in results {
        judged.push(verdict);
        notes.extend(note);
    }
    judged.sort_by(|a, b| (&a.rule.id, &a.subject).cmp(&(&b.rule.id, &b.subject)));
    subsume(&mut judged);
    judged
}

/// A rule says of which other one its problem may be a part. It is one where that other rule found something at the same
/// subject, or at one of another kind that the same service has: what another workload of the service lacks is no part of
/// what this one lacks.
fn subsume(judged: &mut [Judged]) {
    let failed: Vec<(&'static str, Subject, Vec<String>)> = judged
        .iter()
        .filter(|one| matches!(one.verdict, Verdict::Fail(_)) && !one.rule.is_preview())
        .map(|one| (one.rule.id.as_str(), one.subject.clone(), one.services.clone()))
        .collect();
    for one in judged {
        let Verdict::Fail(problems) = &mut one.verdict else { continue };
        for problem in problems {
            problem.subsumed_by = problem.subsumed_by.filter(|whole| {
                let is_here = |(rule, subject, services): &(&str, Subject, Vec<String>)| {
                    rule == whole
                        && (*subject == one.subject
                            || subject.kind != one.subject.kind
                                && services.iter().any(|service| one.services.contains(service)))
                };
                failed.iter().any(is_here)
            });
        }
    }
}

/// The verdicts of one rule on every subject, for its examples.
pub(crate) fn verdicts(cx: &Cx<'_>, rule: &'static Rule) -> Vec<(Subject, Verdict)> {
    let tasks = rule.checks.iter().flat_map(|check| tasks(cx.project, rule, check));
    tasks.map(|task| run(cx, task).0).map(|judged| (judged.subject, judged.verdict)).collect()
}

fn tasks<'t>(project: &'t Project<'_>, rule: &'static Rule, check: &'static Check) -> Vec<Task<'t>> {
    let kind = check.subject();
    let task = |id: &str, services: Vec<String>, on: On<'t>| Task {
        rule,
        check,
        subject: Subject { kind, id: id.to_owned() },
        services,
        on,
    };
    let all = || project.services.iter().map(|service| service.id.clone()).collect::<Vec<_>>();
    match kind {
        SubjectKind::Service => {
            project.services.iter().map(|s| task(&s.id, vec![s.id.clone()], On::Service(s))).collect()
        }
        SubjectKind::Image => project
            .images
            .iter()
            // A link to a Dockerfile is judged where that stands.
            .filter(|image| !image.is_aside && !project.sources.file(image.file).is_link)
            .map(|image| {
                let services = project.services_on(image).map(|service| service.id.clone()).collect();
                task(&image.id, services, On::Image(image))
            })
            .collect(),
        SubjectKind::Workload => project
            .workloads_by_place()
            .into_iter()
            .map(|variants| {
                let all = variants.iter().flat_map(|workload| project.services_in(workload));
                let mut services: Vec<String> = all.map(|service| service.id.clone()).collect();
                let mut seen = BTreeSet::new();
                services.retain(|id| seen.insert(id.clone()));
                task(&variants[0].id, services, On::Workload(variants))
            })
            .collect(),
        SubjectKind::Pipeline => {
            project.pipelines.iter().map(|p| task(&p.id, all(), On::Pipeline(p))).collect()
        }
        SubjectKind::Repository => vec![task(".", all(), On::Repository)],
    }
}

fn run(cx: &Cx<'_>, task: Task<'_>) -> (Judged, Option<Note>) {
    let verdict = catch_unwind(AssertUnwindSafe(|| match (task.check, &task.on) {
        (Check::Service(check), On::Service(service)) => check(cx, service),
        (Check::Image(check), On::Image(image)) => check(cx, image),
        (Check::Workload(check), On::Workload(variants)) => {
            Verdict::of_variants(variants.iter().map(|workload| check(cx, workload)))
        }
        (Check::Pipeline(check), On::Pipeline(pipeline)) => check(cx, pipeline),
        (Check::Repository(check), On::Repository) => check(cx),
        _ => Verdict::unknown("the rule does not know this kind of subject"),
    }));
    let (verdict, note) = match verdict {
        Ok(verdict) => (verdict.without_repetitions(), None),
        Err(_) => {
            let id = &task.rule.page.meta.id;
            let message =
                format!("the rule `{id}` failed on `{}`; this is a defect of forge", task.subject.id);
            (Verdict::unknown("the rule failed"), Some(Note::warning(Place::Tree, message)))
        }
    };
    let judged =
        Judged { rule: &task.rule.page.meta, subject: task.subject, verdict, services: task.services };
    (judged, note)
}
