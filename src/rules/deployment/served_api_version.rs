//! `served-api-version`: clusters serve the versions of the APIs that manifests are written for.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::{Platform, RemovedApi};
use crate::rule::Cx;

pub(super) fn of_workload(_: &Cx<'_>, workload: &Workload) -> Verdict {
    match &workload.removed_api {
        _ if workload.platform == Platform::Compose => {
            Verdict::not_applicable("compose files have no API versions")
        }
        Some(removed) => Verdict::fail(problem(removed)),
        None => Verdict::pass(workload.span, "clusters serve the version that it is written for"),
    }
}

/// Objects that are no workloads.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let problems = cx.project.cluster.removed_apis.iter().map(problem).collect();
    Verdict::of_sites(problems, Vec::new(), "no other object is written for a version that is gone")
}

fn problem(removed: &RemovedApi) -> Problem {
    let RemovedApi { span, version, kind, known } = removed;
    let message = format!("no cluster since Kubernetes {} takes a `{kind}` of `{version}`", known.since);
    let help = match &known.instead {
        Some(instead) => format!("write it for `{instead}`"),
        None => "remove it: the kind is gone".to_owned(),
    };
    Problem::new(*span, message, help)
}
