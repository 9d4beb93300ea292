//! `ci-runs-tests`: CI runs the tests.

use crate::finding::{Label, Problem, Verdict};
use crate::model::pipeline::{Called, Command};
use crate::rule::Cx;
use crate::span::Span;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let Some(manifest) = project.repository.manifest.filter(|_| !project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    let commands = || {
        project.pipelines.iter().flat_map(|pipeline| {
            let of_jobs = pipeline.jobs.iter().flat_map(|job| &job.runs);
            of_jobs.map(move |(span, command)| (*span, command))
        })
    };
    let evidence: Vec<Label> = commands().flat_map(|(span, command)| evidence(span, command)).collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some((span, Command::HandsOver(to))) = commands().find(|(_, c)| matches!(c, Command::HandsOver(_)))
    {
        let label = Label::new(span, format!("`{to}` is run here"));
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

fn evidence(span: Span, command: &Command) -> Vec<Label> {
    match command {
        Command::Tests => vec![Label::new(span, "the tests are run here")],
        Command::TestsThrough(text, place) => vec![
            Label::new(span, format!("`{text}` runs the tests")),
            Label::new(*place, "the tests are run here"),
        ],
        Command::HandsOver(_) => Vec::new(),
    }
}
