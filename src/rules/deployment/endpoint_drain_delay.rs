//! `endpoint-drain-delay`: a pod accepts requests for as long as they are still sent to it.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::server::{Audience, Server, Stop};
use crate::model::service::{Pause, Service};
use crate::rule::Cx;

const HELP: &str = "sleep some seconds in a `preStop` hook, or after the signal and before the drain";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !workload.is_long_running() || cx.project.services_of_pods(workload).is_empty() {
        return Verdict::not_applicable("no service of Kubernetes sends requests to it");
    }
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for instance in cx.project.instances_in(workload) {
        let service = instance.service;
        let Some((_, container)) = instance.deployed.filter(|_| service.kind.is_reached()) else { continue };
        let Some(server) = drained(service) else { continue };
        if let Some(hook) = container.pre_stop {
            evidence.push(Label::new(hook, "it is told to stop after this"));
            continue;
        }
        match pause(service) {
            Pause::Here(span) => evidence.push(Label::new(span, "it goes on for as long as this sleeps")),
            Pause::Near(_) => {
                return Verdict::unknown("what sleeps near the handling of the signal may be a delay");
            }
            Pause::No => {
                if let Some(why) = service.unseen_signal().or_else(|| workload.completed_by()) {
                    return Verdict::unknown(why);
                }
                if let Some(mesh) = workload.mesh() {
                    return Verdict::unknown(format!(
                        "`{mesh}` puts a proxy before it, which stops in its own way"
                    ));
                }
                let message = format!(
                    "`{}` stops accepting at once when it is told to stop, while requests are still sent to it",
                    container.name
                );
                let problem = Problem::new(container.span, message, HELP);
                problems
                    .push(problem.with_related(server.span, "this server drains as soon as it is told to"));
            }
        }
    }
    Verdict::of_sites(
        problems,
        evidence,
        "it runs no service of this repository that drains what users ask of it",
    )
}

/// A server for users that stops in order; of one that does not, that is the greater defect.
fn drained(service: &Service) -> Option<&Server> {
    if service.routes.are_for_operators(&service.name) {
        return None;
    }
    service.servers.iter().find(|server| {
        server.audience != Audience::Operators && matches!(server.stop, Stop::ByDefault | Stop::Drains(_))
    })
}

fn pause(service: &Service) -> Pause {
    service.signals.iter().map(|signal| signal.pause).max().unwrap_or(Pause::No)
}
