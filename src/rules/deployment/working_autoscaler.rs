//! `working-autoscaler`: an autoscaler can scale what it is for.

use crate::facts::kubernetes::{Autoscaler, Resource};
use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::cluster::Object;
use crate::model::workload::Deployed;
use crate::rule::{Cx, Severity};
use crate::span::Span;

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let Some(scaler) = cx.project.autoscaler_of(workload) else {
        return Verdict::not_applicable("no autoscaler is for it");
    };
    let mut problems: Vec<Problem> = stuck(scaler).into_iter().collect();
    if let Some(replicas) = &workload.replicas {
        let message =
            format!("each time this is applied, it undoes what the autoscaler `{}` did", scaler.name);
        let help = "remove `replicas`, which the autoscaler sets";
        let place = workload.home.at(replicas);
        problems.push(Problem::new(place, message, help).with_related(scaler.span, "the autoscaler"));
    }
    if workload.completed_by().is_none() {
        problems.extend(unmeasured(cx, scaler, workload));
    }
    Verdict::of_sites(problems, vec![Label::new(scaler.span, "this autoscaler is for it")], "")
}

/// Autoscalers whose target is not in the tree.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let problems = cx.project.autoscalers_without_target().filter_map(stuck);
    Verdict::of_sites(problems.collect(), Vec::new(), "no autoscaler is here without its target")
}

fn stuck(scaler: &Object<Autoscaler>) -> Option<Problem> {
    let (min, max) = (scaler.spec.least(), scaler.spec.max.as_ref()?);
    let message = format!("`{}` can scale nothing: it has as many pods at most as at least", scaler.name);
    let help = "raise `maxReplicas` to what a peak needs";
    (max.value <= min).then(|| Problem::new(scaler.home.at(max), message, help))
}

/// A share of what is requested cannot be told where nothing is.
fn unmeasured(cx: &Cx<'_>, scaler: &Object<Autoscaler>, workload: &Workload) -> Option<Problem> {
    let measures = scaler.spec.measures.iter();
    let mut given = measures.filter(|it| !cx.project.has_default_request(workload, it.resource.value));
    given.find_map(|measure| {
        let (what, requested): (_, fn(&Deployed) -> Option<Span>) = match measure.resource.value {
            Resource::Cpu => ("CPU", |container| container.cpu_request),
            Resource::Memory => ("memory", |container| container.memory_request),
        };
        let is_measured =
            |container: &&Deployed| measure.container.as_ref().is_none_or(|name| *name == container.name);
        let containers = workload.containers.iter().filter(|container| !container.is_init);
        let container = containers.filter(is_measured).find(|container| requested(container).is_none())?;
        let message = format!(
            "`{}` scales by the use of {what}, and cannot: `{}` requests none",
            scaler.name, container.name
        );
        let place = scaler.home.at(&measure.resource);
        let problem = Problem::new(place, message, "request it in each container that it measures");
        Some(problem.with_related(container.span, "this container").with_severity(Severity::High))
    })
}
