//! `service-references`: the services that variables name are there.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::rule::{Confidence, Cx};
use crate::spelling;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let references = workload.references();
    if references.is_empty() {
        return Verdict::not_applicable("its variables name no other service");
    }
    let Some(names) = cx.project.compose_names() else {
        return Verdict::unknown("its project meets services of other projects");
    };
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for reference in references {
        let (host, variable) = (&reference.host, &reference.variable);
        if names.contains(host.as_str()) {
            evidence.push(Label::new(reference.span, format!("`{variable}` names `{host}`, which is there")));
            continue;
        }
        let near = spelling::nearest(host, names.iter().copied());
        let message = format!("`{variable}` names the host `{host}`, and no compose service is called so");
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a service of the project, or give one this name as an alias".to_owned(),
        };
        let mut problem = Problem::new(reference.span, message, help);
        // Without a name that is near, it may be a container that somebody starts by hand.
        problem.confidence = Some(if near.is_some() { Confidence::High } else { Confidence::Medium });
        problems.push(problem);
    }
    Verdict::of_sites(problems, evidence, "its variables name no other service")
}
