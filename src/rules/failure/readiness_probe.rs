//! `readiness-probe`: a pod gets requests once it can answer them.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose keeps no requests from a service");
    }
    if !cx.project.may_be_asked(workload) {
        return Verdict::not_applicable("it serves no requests");
    }
    // Where some containers declare ports, they are the ones that are asked.
    let declares = workload.long_running().any(|container| !container.ports.is_empty());
    let judged = workload
        .long_running()
        .filter(|container| if declares { !container.ports.is_empty() } else { !container.is_sidecar });
    let nothing_to_ask = cx
        .project
        .services_in(workload)
        .any(|own| matches!(super::readiness_check::check(cx, own), Verdict::Fail(_)));
    cx.each_has(
        workload,
        judged,
        |container| container.readiness,
        "requests wait for this probe",
        |container| {
            let message = format!(
                "requests reach `{}` before it can answer: it has no readiness probe",
                container.name
            );
            let help = "add a `readinessProbe` that asks whether the service can answer";
            let problem = Problem::new(container.span, message, help);
            if nothing_to_ask { problem.subsumed_by("readiness-check") } else { problem }
        },
    )
}
