//! `unprivileged-container`: no container is given what makes it root of its node.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::host::Power;
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !cx.project.is_deployed(workload) {
        return Verdict::not_applicable("nothing says that this compose file is for production");
    }
    let mut problems = Vec::new();
    for container in &workload.containers {
        let name = &container.name;
        problems.extend(container.powers.iter().map(|power| match power {
            Power::Privileged(span) => {
                let message = format!("`{name}` is privileged: it can do to its node what root can");
                Problem::new(
                    *span,
                    message,
                    "remove it, and add the one capability that is needed, if any is",
                )
            }
            Power::Capability { span, name: capability, is_root } => {
                let help = "drop `ALL` and add what is needed alone";
                let given = format!("`{name}` is given the capability `{capability}`");
                if *is_root {
                    Problem::new(*span, format!("{given}, with which it can take over its node"), help)
                } else {
                    Problem::new(*span, format!("{given}, which few programs need"), help)
                        .with_severity(Severity::Medium)
                }
            }
        }));
    }
    let bare = workload.containers.iter().map(|container| {
        Label::new(container.span, format!("`{}` has no privileges of its node", container.name))
    });
    Verdict::of_sites(problems, bare.collect(), "it has no containers")
}
