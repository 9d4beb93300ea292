//! `working-autoscaler`: an autoscaler can scale what it is for.

use crate::facts::kubernetes::Autoscaler;
use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::cluster::Object;
use crate::rule::{Cx, Severity};

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let Some(scaler) = cx.project.autoscaler_of(workload) else {
        return Verdict::not_applicable("no autoscaler is for it");
    };
    let mut problems: Vec<Problem> = stuck(scaler).into_iter().collect();
    if let Some(replicas) = &workload.replicas {
        let message =
            format!("each time this is applied, it undoes what the autoscaler `{}` did", scaler.name);
        let help = "remove `replicas`, which the autoscaler sets";
        let place = replicas.span(workload.span.file);
        problems.push(Problem::new(place, message, help).with_related(scaler.span, "the autoscaler"));
    }
    if cx.project.completed_by(workload).is_none() && !cx.project.has_limit_range(workload) {
        problems.extend(unmeasured(scaler, workload));
    }
    Verdict::of_sites(problems, vec![Label::new(scaler.span, "this autoscaler is for it")], "")
}

/// Autoscalers whose target is not in the tree.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let problems = cx.project.autoscalers_without_target().filter_map(stuck);
    Verdict::of_sites(problems.collect(), Vec::new(), "no autoscaler is here without its target")
}

fn stuck(scaler: &Object<Autoscaler>) -> Option<Problem> {
    let (min, max) = (scaler.spec.min.as_ref().map_or(1, |min| min.value), scaler.spec.max.as_ref()?);
    let message = format!("`{}` can scale nothing: it has as many pods at most as at least", scaler.name);
    let help = "raise `maxReplicas` to what a peak needs";
    (max.value <= min).then(|| Problem::new(max.span(scaler.span.file), message, help))
}

/// A share of what is requested cannot be told where nothing is.
fn unmeasured(scaler: &Object<Autoscaler>, workload: &Workload) -> Option<Problem> {
    for resource in &scaler.spec.utilization_of {
        let is_missing = |it: &&crate::model::workload::Deployed| match resource.value.as_str() {
            "cpu" => !it.is_init && it.cpu_request.is_none(),
            "memory" => !it.is_init && it.memory_request.is_none(),
            _ => false,
        };
        if let Some(container) = workload.containers.iter().find(is_missing) {
            let message = format!(
                "`{}` scales by the use of {}, and cannot: `{}` requests none",
                scaler.name, resource.value, container.name
            );
            let place = resource.span(scaler.span.file);
            let problem = Problem::new(place, message, "request it in each container of the pod");
            return Some(
                problem.with_related(container.span, "this container").with_severity(Severity::High),
            );
        }
    }
    None
}
