//! `no-runtime-socket`: no container can start containers on its node.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Kind;
use crate::model::workload::host::HostAccess;
use crate::rule::{Cx, Severity};

const HELP: &str = "give it a proxy that allows the calls it needs, or a role in the cluster's API";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !cx.project.is_deployed(workload) {
        return Verdict::not_applicable("nothing says that this compose file is for production");
    }
    let sockets: Vec<Problem> = workload
        .host
        .iter()
        .filter_map(|access| {
            let HostAccess::RuntimeSocket { span, path } = access else { return None };
            let message = format!(
                "who writes to `{path}` starts containers as root of the node, and `{}` can",
                workload.name
            );
            let problem = Problem::new(*span, message, HELP);
            // What looks after its node may have to ask its runtime.
            let is_agent = workload.kind == Kind::DaemonSet;
            Some(if is_agent { problem.with_severity(Severity::Medium) } else { problem })
        })
        .collect();
    if sockets.is_empty() {
        Verdict::pass(workload.span, "it has no socket of a container runtime")
    } else {
        Verdict::Fail(sockets)
    }
}
