//! `release-after-tests`: what is handed out has passed the tests of its workflow.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::System;
use crate::model::pipeline::release::After;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    if pipeline.system != System::GitHub || pipeline.is_only_called {
        return Verdict::not_applicable("only workflows that start by themselves are judged");
    }
    let releases = cx.project.releases(pipeline);
    if releases.is_empty() {
        return Verdict::not_applicable("it hands nothing out");
    }
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    let test = cx.project.testing_job(pipeline);
    for release in releases {
        let (what, name) = (release.run.command.brief(), &release.job.name);
        match (release.after, test) {
            (After::Tests(span), _) => {
                evidence.push(Label::new(span, format!("`{name}` is after these tests")));
            }
            (After::Unclear(by), Some(_)) => {
                unclear.push(Label::new(release.job.span, format!("`{by}` comes before it, and may test")));
            }
            (After::Nothing, Some((test, place))) => {
                let message = format!("`{what}` of the job `{name}` does not wait for the tests");
                let help = format!("add `{}` to the job's `needs:`", test.name);
                problems.push(
                    Problem::new(release.job.span, message, help)
                        .with_related(release.run.span, "it is handed out here")
                        .with_related(place, "the tests are run here"),
                );
            }
            // What was tested elsewhere, and whether that is required, is not said here.
            (After::Unclear(_) | After::Nothing, None) => {}
        }
    }
    if problems.is_empty() && pipeline.is_partial {
        Verdict::unknown("part of the workflow could not be read")
    } else if problems.is_empty() && !unclear.is_empty() {
        Verdict::Unknown("what runs before the release cannot be followed".into(), unclear)
    } else {
        Verdict::of_sites(problems, evidence, "it runs no tests for which a release could wait")
    }
}
