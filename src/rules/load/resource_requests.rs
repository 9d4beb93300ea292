//! `resource-requests`: the scheduler knows what a container needs.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

const HELP: &str = "set `resources.requests` to what it uses on an ordinary day";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose places nothing by what it requests");
    }
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for container in workload.containers.iter().filter(|container| !container.is_init || container.is_sidecar)
    {
        let name = &container.name;
        let missing = match (container.cpu_request, container.memory_request) {
            (Some(_), Some(memory)) => {
                evidence.push(Label::new(memory, "what it needs is requested"));
                continue;
            }
            (None, None) => "neither CPU nor memory",
            (None, Some(_)) => "no CPU",
            (Some(_), None) => "no memory",
        };
        problems.push(Problem::new(container.span, format!("`{name}` requests {missing}"), HELP));
    }
    if !problems.is_empty() {
        if cx.project.has_limit_range(workload) {
            return Verdict::unknown("a `LimitRange` may set requests where a container has none");
        }
        if let Some(why) = cx.project.completed_by(workload) {
            return Verdict::unknown(why);
        }
    }
    Verdict::of_sites(problems, evidence, "it has no containers")
}
