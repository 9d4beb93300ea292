//! `restart-policy`: a compose service that ends is started again.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Compose {
        return Verdict::not_applicable("Kubernetes starts containers again unless it is told not to");
    }
    if !workload.is_for_production {
        return Verdict::not_applicable("nothing says that this compose file is for production");
    }
    match &workload.restarts {
        Some(restarts) if restarts.value => {
            Verdict::pass(workload.home.at(restarts), "it is started again when it ends")
        }
        // A task ends on purpose; what is said to stay down is none of ours to judge.
        Some(_) => Verdict::not_applicable("it is said to end"),
        None if cx.project.services_in(workload).next().is_none() => {
            Verdict::not_applicable("it runs no service of this repository, and may be a task")
        }
        None => {
            let message =
                format!("nothing starts `{}` again when it ends or its machine is restarted", workload.name);
            Verdict::fail(Problem::new(workload.span, message, "add `restart: unless-stopped`"))
        }
    }
}
