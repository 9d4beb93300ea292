//! `no-privilege-escalation`: a process cannot gain more privileges than its container started with.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::host::Power;
use crate::model::workload::{Deployed, Platform};
use crate::rule::{Cx, Severity};

const HELP: &str = "set `allowPrivilegeEscalation: false` in the container's `securityContext`";

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("it is not asked of compose services");
    }
    let (mut problems, mut evidence, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for container in &workload.containers {
        let name = &container.name;
        let problem = match &container.escalation {
            Some(allowed) if !allowed.value => {
                let place = workload.home.at(allowed);
                evidence.push(Label::new(place, "it cannot gain privileges"));
                continue;
            }
            Some(allowed) => {
                let message = format!("`{name}` is allowed to gain privileges");
                Problem::new(workload.home.at(allowed), message, HELP).with_severity(Severity::Medium)
            }
            None => {
                let message =
                    format!("a `setuid` program in `{name}` can gain privileges, since nothing forbids it");
                silent.push(container.span);
                Problem::new(container.span, message, HELP)
            }
        };
        problems.push(if is_privileged(container) {
            problem.subsumed_by("unprivileged-container")
        } else {
            problem
        });
    }
    if !silent.is_empty()
        && silent.len() == problems.len()
        && let Some(why) = workload.completed_by()
    {
        return Verdict::unknown(why);
    }
    Verdict::of_sites(problems, evidence, "it has no containers")
}

/// What is privileged may always gain more, and its privilege is what has to go.
fn is_privileged(container: &Deployed) -> bool {
    container.powers.iter().any(|power| match power {
        Power::Privileged(_) => true,
        Power::Capability { name, .. } => name == "ALL" || name == "SYS_ADMIN",
    })
}
