//! `ci-runs-tests`: CI runs the tests.

use crate::finding::{Label, Problem, Verdict};
use crate::model::pipeline::run::Run;
use crate::model::pipeline::{Called, Does};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let Some(manifest) = project.repository.manifest.filter(|_| !project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    let runs = || project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs).flat_map(|job| &job.runs);
    let evidence: Vec<Label> = runs().filter(|run| run.command.tests()).flat_map(evidence).collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(run) = runs().find(|run| run.command.does == Does::Anything) {
        let to = &run.command.text;
        let label = Label::new(run.span, format!("`{to}` is run here"));
        return Verdict::Unknown(format!("CI runs `{to}`, which may run the tests"), vec![label]);
    }
    if let Some(span) = project.repository.other_ci.first() {
        let label = Label::new(*span, "this pipeline is not read");
        return Verdict::Unknown("the pipeline is of a system that is not read".into(), vec![label]);
    }
    if project.pipelines.iter().any(|pipeline| {
        pipeline.is_partial || pipeline.jobs.iter().any(|job| job.calls == Some(Called::Elsewhere))
    }) {
        return Verdict::unknown("part of the pipelines could not be read");
    }
    let message =
        if project.pipelines.is_empty() { "no CI runs the tests: there is none" } else { "CI runs no tests" };
    Verdict::fail(Problem::new(manifest, message, "run `cargo test --locked` on every change"))
}

fn evidence(run: &Run) -> Vec<Label> {
    match run.command.place {
        None => vec![Label::new(run.span, "the tests are run here")],
        Some(place) => vec![
            Label::new(run.span, format!("`{}` runs the tests", run.command.text)),
            Label::new(place, "the tests are run here"),
        ],
    }
}
