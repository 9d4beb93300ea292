//! `several-replicas`: the loss of one pod or node does not stop the service.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Kind;
use crate::rule::Cx;

const HELP: &str = "run two at least, or three where they have to agree on something";

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.kind != Kind::Deployment {
        return Verdict::not_applicable("it is no deployment");
    }
    if !cx.project.is_asked(workload) {
        return Verdict::not_applicable("nobody waits for it: it serves no requests");
    }
    if let Some(why) = workload.runs_alone() {
        return Verdict::not_applicable(why);
    }
    let least = cx.project.least_pods(workload);
    let place = least.said.unwrap_or(workload.span);
    match least.pods {
        0 => Verdict::not_applicable("it is scaled to zero on purpose"),
        1 => {
            if let Some(why) = workload.completed_by() {
                return Verdict::unknown(why);
            }
            let name = &workload.name;
            let message = if least.by_autoscaler {
                format!("`{name}` may be scaled down to one pod, whose loss stops it")
            } else if least.said.is_some() {
                format!("`{name}` runs in one pod, whose loss stops it")
            } else {
                format!("`{name}` says nothing of replicas and runs in one pod, whose loss stops it")
            };
            Verdict::fail(Problem::new(place, message, HELP))
        }
        pods => Verdict::pass(place, format!("it runs in {pods} pods at least")),
    }
}

/// Autoscalers whose target is not in the tree.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let problems = cx
        .project
        .autoscalers_without_target()
        .filter_map(|scaler| {
            let least = scaler.spec.least();
            let place = scaler.spec.min.as_ref().map_or(scaler.span, |min| scaler.home.at(min));
            let message =
                format!("`{}` may scale its target down to one pod, whose loss stops it", scaler.name);
            (least == 1).then(|| Problem::new(place, message, HELP))
        })
        .collect();
    Verdict::of_sites(problems, Vec::new(), "no autoscaler is here without its target")
}
