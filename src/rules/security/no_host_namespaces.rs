//! `no-host-namespaces`: a pod does not see its node's processes, network or shared memory.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::host::HostAccess;
use crate::model::workload::{Kind, Platform};
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    let is_compose = workload.platform == Platform::Compose;
    let problems: Vec<Problem> = workload
        .host
        .iter()
        .filter_map(|access| {
            let HostAccess::Namespace { span, which } = access else { return None };
            // On a developer's machine the network of the host is a way to reach what runs there.
            if is_compose && *which == "network" && !is_kept_up(workload) {
                return None;
            }
            let message = format!("`{}` shares the {which} namespace of its node", workload.name);
            let problem =
                Problem::new(*span, message, "remove it; publish a port where others have to reach it");
            Some(match *which {
                // What looks after its node has to see it.
                _ if workload.kind == Kind::DaemonSet => problem.with_severity(Severity::Low),
                "network" => problem.with_severity(Severity::Medium),
                _ => problem,
            })
        })
        .collect();
    if problems.is_empty() {
        Verdict::pass(workload.span, "it has namespaces of its own")
    } else {
        Verdict::Fail(problems)
    }
}

fn is_kept_up(workload: &Workload) -> bool {
    workload.is_for_production && workload.is_kept_up() != Some(false)
}
