//! `ci-failures-stop`: what fails in CI stops the change.

use std::collections::BTreeMap;

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::run::{Ignored, Run};
use crate::model::pipeline::{Does, Job, MadeFor};
use crate::rule::Cx;
use crate::span::Span;

pub(super) fn check(cx: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    let gates = || {
        let of_job = |job| Job::gates(job).map(move |run| (job, run));
        pipeline.jobs.iter().flat_map(of_job)
    };
    let mut problems: BTreeMap<Span, Problem> = BTreeMap::new();
    for (job, run) in gates() {
        if let Some(ignored) = run.ignored.filter(|ignored| !is_meant(cx, job, run, *ignored)) {
            let problem = problem(run, ignored);
            problems.entry(problem.span).or_insert(problem);
        }
    }
    let counts = gates().filter(|(_, run)| run.ignored.is_none());
    let seen = |(_, run): (&Job, &Run)| {
        Label::new(run.span, format!("the job fails with `{}`", run.command.brief()))
    };
    let evidence: Vec<Label> = counts.map(seen).collect();
    if problems.is_empty() && pipeline.is_partial {
        return Verdict::unknown("part of the pipeline could not be read");
    }
    let problems = problems.into_values().collect();
    Verdict::of_sites(problems, evidence, "it neither tests, checks nor deploys, or only for whoever watches")
}

/// Whether it may fail with good reason: the job is a trial, the same check counts elsewhere, or it is about advisories, which
/// come from outside on any day, and the job that may fail still shows that it did.
fn is_meant(cx: &Cx<'_>, job: &Job, run: &Run, ignored: Ignored) -> bool {
    let does = run.command.does;
    let jobs = || cx.project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
    let counts = || jobs().flat_map(Job::gates).any(|it| it.command.does == does && it.ignored.is_none());
    job.made_for == MadeFor::Watchers
        || (does == Does::Audits && matches!(ignored, Ignored::Job(_)))
        || (matches!(does, Does::Lints | Does::Formats | Does::Audits) && counts())
}

fn problem(run: &Run, ignored: Ignored) -> Problem {
    let what = run.command.brief();
    let (span, message, help) = match ignored {
        Ignored::Forgiven => (
            run.span,
            format!("`{what}` may fail, and the pipeline passes"),
            "let it fail: remove what follows `||`",
        ),
        Ignored::Piped => (
            run.span,
            format!("the exit code of `{what}` is lost in the pipe"),
            "set `shell: bash`, with which GitHub sets `pipefail`",
        ),
        Ignored::Step(span) => (
            span,
            format!("`{what}` may fail, and the job passes"),
            "remove `continue-on-error`, or fail in a later step by `steps.<id>.outcome`",
        ),
        Ignored::Job(span) => {
            (span, format!("`{what}` may fail, and the pipeline passes"), "let the job fail the pipeline")
        }
    };
    let problem = Problem::new(span, message, help);
    match run.command.place {
        Some(place) => problem.with_related(place, "it is run here"),
        None if span != run.span => problem.with_related(run.span, "it is run here"),
        None => problem,
    }
}
