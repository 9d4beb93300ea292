//! `liveness-probe`: a container that hangs is started again.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::{Deployed, Platform};
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose starts nothing again because of a probe");
    }
    let judged = workload.long_running().filter(|container| !is_helper(container));
    Cx::each_has(
        workload,
        judged,
        |container| container.liveness,
        "the container is probed",
        |container| {
            let message =
                format!("nothing starts `{}` again when it hangs: it has no liveness probe", container.name);
            let help =
                "add a `livenessProbe` that asks a route which looks at nothing but the process itself";
            Problem::new(container.span, message, help).subsumed_by("health-check")
        },
    )
}

/// A sidecar that serves nothing.
fn is_helper(container: &Deployed) -> bool {
    container.is_sidecar && container.ports.is_empty()
}
