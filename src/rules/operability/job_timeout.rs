//! `job-timeout`: jobs have a timeout.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::System;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    if pipeline.system != System::GitHub {
        return Verdict::not_applicable("only GitHub leaves a job six hours unless it is told otherwise");
    }
    let own: Vec<_> = pipeline.jobs.iter().filter(|job| job.calls.is_none()).collect();
    if own.is_empty() {
        return if pipeline.is_partial {
            Verdict::unknown("its jobs could not be read")
        } else {
            Verdict::not_applicable("it has no jobs of its own")
        };
    }
    let problems: Vec<Problem> = own
        .iter()
        .filter(|job| !job.has_timeout && !job.is_partial)
        .map(|job| {
            Problem::new(
                job.span,
                format!("the job `{}` may hang for six hours", job.name),
                "add `timeout-minutes:` with a little more than it takes",
            )
        })
        .collect();
    if problems.is_empty() && own.iter().any(|job| !job.has_timeout) {
        Verdict::unknown("part of a job could not be read")
    } else if problems.is_empty() {
        Verdict::Pass(own.iter().map(|job| Label::new(job.span, "it has a time-out")).collect())
    } else {
        Verdict::Fail(problems)
    }
}
