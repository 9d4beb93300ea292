//! `liveness-probe`: a container that hangs is started again.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::{Deployed, Platform};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose starts nothing again because of a probe");
    }
    let judged = || workload.long_running().filter(|container| !is_helper(container));
    let missing = || judged().filter(|container| container.liveness.is_none());
    if missing().next().is_some()
        && let Some(why) = cx.project.completed_by(workload)
    {
        return Verdict::unknown(why);
    }
    let nothing_to_ask = cx
        .project
        .services_in(workload)
        .any(|own| matches!(super::health_check::check(cx, own), Verdict::Fail(_)));
    let problems = missing()
        .map(|container| {
            let message =
                format!("nothing starts `{}` again when it hangs: it has no liveness probe", container.name);
            let help =
                "add a `livenessProbe` that asks a route which looks at nothing but the process itself";
            let problem = Problem::new(container.span, message, help);
            if nothing_to_ask { problem.subsumed_by("health-check") } else { problem }
        })
        .collect();
    let evidence = judged()
        .filter_map(|container| Some(Label::new(container.liveness?, "the container is probed")))
        .collect();
    Verdict::of_sites(problems, evidence, "no container of it is meant to run on")
}

/// A sidecar that serves nothing.
fn is_helper(container: &Deployed) -> bool {
    container.is_sidecar && container.ports.is_empty()
}
