//! `no-host-mounts`: a pod does not use the files of its node.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::host::HostAccess;
use crate::model::workload::{Kind, Platform};
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose gives a service files of the host by design");
    }
    if workload.kind == Kind::DaemonSet {
        return Verdict::not_applicable("it looks after its node, and has to see the node's files");
    }
    let problems: Vec<Problem> = workload
        .host
        .iter()
        .filter_map(|access| {
            let HostAccess::Path { span, path, is_read_only, is_sensitive } = access else { return None };
            let can = if *is_read_only { "reads" } else { "writes to" };
            let message = format!("`{}` {can} `{path}` of whatever node it runs on", workload.name);
            let help = "use a `persistentVolumeClaim` for data and an `emptyDir` for what may be lost";
            let problem = Problem::new(*span, message, help);
            Some(if *is_sensitive { problem.with_severity(Severity::High) } else { problem })
        })
        .collect();
    if problems.is_empty() {
        Verdict::pass(workload.span, "it mounts nothing of its node")
    } else {
        Verdict::Fail(problems)
    }
}
