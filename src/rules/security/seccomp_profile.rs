//! `seccomp-profile`: a container can only make the system calls that containers need.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::{Cx, Severity};

const HELP: &str = "set `seccompProfile: { type: RuntimeDefault }` in the `securityContext` of the pod";

pub(super) fn check(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("container engines have a profile of their own for compose services");
    }
    let (mut problems, mut evidence, mut silent) = (Vec::new(), Vec::new(), None);
    for container in workload.lasting() {
        let name = &container.name;
        match &container.seccomp {
            Some(profile) if profile.value == "Unconfined" => {
                let message = format!("`{name}` may make every system call of its node");
                let place = container.home.at(profile);
                problems.push(Problem::new(place, message, HELP).with_severity(Severity::Medium));
            }
            Some(profile) => {
                evidence.push(Label::new(container.home.at(profile), "system calls are restricted"));
            }
            None => silent = silent.or(Some(container)),
        }
    }
    if let Some(container) = silent.filter(|_| problems.is_empty()) {
        if let Some(why) = workload.completed_by() {
            return Verdict::unknown(why);
        }
        let message =
            format!("`{}` may make every system call, unless its node says otherwise", container.name);
        problems.push(Problem::new(container.span, message, HELP));
    }
    Verdict::of_sites(problems, evidence, "it has no containers")
}
