//! `resource-requests`: the scheduler knows what a container needs.

use crate::facts::kubernetes::Resource;
use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::{Deployed, Platform};
use crate::rule::Cx;

const HELP: &str = "set `resources.requests` to what it uses on an ordinary day";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose places nothing by what it requests");
    }
    let requested = |container: &Deployed| container.cpu_request.and(container.memory_request);
    let may_be_given = |resource| cx.project.has_default_request(workload, resource);
    if (may_be_given(Resource::Cpu) || may_be_given(Resource::Memory))
        && workload.lasting().any(|container| requested(container).is_none())
    {
        return Verdict::unknown("a `LimitRange` may set requests where a container has none");
    }
    Cx::each_has(workload, workload.lasting(), requested, "what it needs is requested", |container| {
        let missing = match (container.cpu_request, container.memory_request) {
            (None, None) => "neither CPU nor memory",
            (None, Some(_)) => "no CPU",
            (Some(_), _) => "no memory",
        };
        Problem::new(container.span, format!("`{}` requests {missing}", container.name), HELP)
    })
}
