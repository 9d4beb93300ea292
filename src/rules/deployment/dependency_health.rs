//! `dependency-health`: a compose service that is waited for has a health check.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Compose {
        return Verdict::not_applicable("Kubernetes starts nothing in an order");
    }
    let file = workload.span.file;
    let beside = || cx.project.workloads.iter().filter(|other| other.span.file == file);
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in &workload.waits_for {
        let place = wanted.span(file);
        let name = &wanted.value;
        let Some(other) = beside().find(|other| other.name == *name) else {
            unclear.push(format!("`{name}` is in another file"));
            continue;
        };
        match cx.project.has_health_check(other) {
            Some(true) => evidence.push(Label::new(place, "what it waits for has a health check")),
            Some(false) => {
                let message = format!(
                    "`{}` waits for `{name}` to be healthy, which has no health check",
                    workload.name
                );
                let help = "add a `healthcheck` to it, or wait until it is started only";
                problems
                    .push(Problem::new(place, message, help).with_related(other.span, "it has none here"));
            }
            None => unclear.push(format!("whether the image of `{name}` has a health check is not known")),
        }
    }
    match unclear.into_iter().next() {
        Some(why) if problems.is_empty() => Verdict::unknown(why),
        _ => Verdict::of_sites(problems, evidence, "it waits for no service to be healthy"),
    }
}
