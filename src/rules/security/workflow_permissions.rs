//! `workflow-permissions`: token permissions are declared and minimal.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::System;
use crate::rule::{Confidence, Cx, Severity};

pub(super) fn check(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    if pipeline.system != System::GitHub {
        return Verdict::not_applicable("only GitHub workflows declare permissions");
    }
    let is_declared =
        pipeline.permissions.is_some() || pipeline.jobs.iter().any(|job| job.permissions.is_some());
    if pipeline.is_only_called && !is_declared {
        return Verdict::not_applicable("a called workflow has the permissions of its caller");
    }
    let granted =
        || pipeline.permissions.iter().chain(pipeline.jobs.iter().filter_map(|job| job.permissions.as_ref()));
    let all = granted().filter(|granted| granted.is_write_all).map(|granted| {
        let help = "grant what the jobs need, such as `contents: read`";
        Problem::new(granted.span, "the token may write everything", help)
    });
    let problems: Vec<Problem> = all.chain(shared_writes(pipeline)).collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let all_jobs = !pipeline.jobs.is_empty() && pipeline.jobs.iter().all(|job| job.permissions.is_some());
    if pipeline.permissions.is_some() || all_jobs || pipeline.is_only_called {
        return Verdict::Pass(
            granted().map(|granted| Label::new(granted.span, "permissions are declared")).collect(),
        );
    }
    if pipeline.is_partial || pipeline.jobs.is_empty() {
        return Verdict::unknown("its jobs could not be read");
    }
    let help = "add `permissions: contents: read` above `jobs:`, and more only to the job that needs it";
    let silent = || pipeline.jobs.iter().filter(|job| job.permissions.is_none());
    if silent().count() == pipeline.jobs.len() {
        return Verdict::fail(Problem::new(
            pipeline.jobs_key.unwrap_or(pipeline.span),
            "no permissions are declared, so that the token has the repository's default",
            help,
        ));
    }
    Verdict::Fail(
        silent()
            .map(|job| {
                let message = format!(
                    "the job `{}` declares no permissions, unlike others, so that its token has the repository's default",
                    job.name
                );
                Problem::new(job.span, message, help)
            })
            .collect(),
    )
}

/// What several jobs may write because the workflow says so: mostly one of them needs it.
fn shared_writes(pipeline: &Pipeline) -> impl Iterator<Item = Problem> {
    let sharing = pipeline.jobs.iter().filter(|job| job.permissions.is_none()).count();
    let scopes = pipeline.permissions.iter().filter(move |_| sharing > 1).flat_map(|granted| &granted.writes);
    scopes.map(move |scope| {
        let message = format!("all {sharing} jobs may write `{}`", scope.value);
        let help = "declare it in the job that needs it";
        let mut problem = Problem::new(scope.span(pipeline.file), message, help).with_severity(Severity::Low);
        problem.confidence = Some(Confidence::Medium);
        problem
    })
}
