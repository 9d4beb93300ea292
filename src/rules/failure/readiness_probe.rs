//! `readiness-probe`: a pod gets requests once it can answer them.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose keeps no requests from a service");
    }
    if !cx.project.is_asked(workload) {
        return Verdict::not_applicable("it serves no requests");
    }
    // Where some containers declare ports, they are the ones that are asked.
    let declares = workload.long_running().any(|container| !container.ports.is_empty());
    let judged = workload
        .long_running()
        .filter(|container| if declares { !container.ports.is_empty() } else { !container.is_sidecar });
    Cx::each_has(
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
            Problem::new(container.span, message, help).subsumed_by("readiness-check")
        },
    )
}
