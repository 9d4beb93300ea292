//! `memory-limit`: a container that takes too much memory is stopped before it takes its neighbours'.

use crate::facts::kubernetes::Resource;
use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::{Deployed, Platform};
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let is_kept_up = workload.is_kept_up() == Some(true);
    let is_ours = || cx.project.services_in(workload).next().is_some();
    if workload.platform == Platform::Compose && !(workload.is_for_production && is_kept_up && is_ours()) {
        return Verdict::not_applicable("it is no service of this repository that compose keeps up");
    }
    let lacks = |container: &Deployed| container.memory_limit.is_none();
    if cx.project.has_default_limit(workload, Resource::Memory) && workload.lasting().any(lacks) {
        return Verdict::unknown("a `LimitRange` may set a limit where a container has none");
    }
    let limit = |container: &Deployed| container.memory_limit;
    Cx::each_has(workload, workload.lasting(), limit, "its memory is limited", |container| {
        let message = format!("`{}` may take all memory of its node: it has no memory limit", container.name);
        match workload.platform {
            Platform::Kubernetes => {
                let help = "set `resources.limits.memory` to what it needs at its peak";
                Problem::new(container.span, message, help)
            }
            // Without a scheduler, what suffers is one machine that somebody chose.
            Platform::Compose => {
                let help = "set `deploy.resources.limits.memory`, or `mem_limit`";
                Problem::new(container.span, message, help).with_severity(Severity::Low)
            }
        }
    })
}
