//! `no-service-link-collision`: no variable that a service reads is set by Kubernetes to another service's address.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::workload::Platform;
use crate::rule::Cx;
use std::collections::BTreeMap;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Kubernetes {
        return Verdict::not_applicable("only Kubernetes tells pods the addresses of services");
    }
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for instance in cx.project.instances_in(workload) {
        let service = instance.service;
        let mut read: BTreeMap<&str, _> =
            service.environment.reads.iter().map(|read| (read.name.as_str(), read.span)).collect();
        for bind in &service.binds {
            read.extend(bind.port.variables().into_iter().map(|name| (name, bind.span)));
        }
        let place = instance.span().unwrap_or(workload.span);
        for (name, span) in read {
            let label = Label::new(span, format!("`{}` reads `{name}` here", service.name));
            match instance.linked(name) {
                None => evidence.push(label),
                Some((_, Some(why))) => unclear = unclear.or(Some((why, label))),
                Some((other, None)) => {
                    let message = format!(
                        "`{}` reads `{name}`, which Kubernetes sets to the address of the service `{}`",
                        service.name, other.name
                    );
                    let help = "set `enableServiceLinks: false` in the pod, or the variable itself";
                    problems.push(
                        Problem::new(place, message, help)
                            .with_related(label.span, label.message)
                            .with_related(
                                other.span,
                                "whose name makes the variable, such as `tcp://10.0.0.11:8080`",
                            ),
                    );
                }
            }
        }
    }
    match unclear {
        Some((why, label)) if problems.is_empty() => Verdict::Unknown(why, vec![label]),
        _ => Verdict::of_sites(problems, evidence, "no service in it reads a variable"),
    }
}
