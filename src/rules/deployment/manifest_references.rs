//! `manifest-references`: what manifests refer to is there.

use crate::facts::kubernetes::ServicePort;
use crate::finding::{Label, Problem, Verdict};
use crate::model::cluster::Object;
use crate::model::workload::{Deployed, Kind, Workload};
use crate::rule::{Cx, Severity};
use crate::span::{At, Span};

/// The ports that probes and services ask for are declared.
pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for container in workload
        .containers
        .iter()
        .filter(|container| workload.kind != Kind::Compose && !container.probes.is_empty())
    {
        for probe in &container.probes {
            let Some(port) = &probe.port else { continue };
            let place = workload.home.at(port);
            if is_declared(std::iter::once(container), port) {
                evidence.push(Label::new(place, "the port of this probe is declared"));
            } else if workload.completed_by().is_none() {
                let message = format!(
                    "the probe asks port `{}`, which `{}` does not declare",
                    port.value, container.name
                );
                let problem = Problem::new(place, message, "name a port of the same container");
                problems.push(by_number(problem, port));
            }
        }
    }
    for service in cx.project.services_of_pods(workload) {
        for target in service.spec.ports.iter().filter_map(target) {
            let place = service.home.at(target);
            let mut selected = cx.project.workloads_for(service).peekable();
            let first = selected.peek().copied();
            if selected.any(|other| is_declared(other.containers.iter(), target)) {
                evidence.push(Label::new(place, "the port that this service sends to is declared"));
            } else if first.is_some_and(|first| std::ptr::eq(first, workload))
                && workload.completed_by().is_none()
            {
                let message = format!(
                    "`{}` sends to port `{}`, which no container of `{}` declares",
                    service.name, target.value, workload.name
                );
                let help = "name a port that a container declares";
                let problem = Problem::new(place, message, help).with_related(workload.span, "the pods");
                problems.push(by_number(problem, target));
            }
        }
    }
    Verdict::of_sites(problems, evidence, "neither probes nor services name its ports")
}

/// A name is looked up among the ports that are declared; a number works without, and is doubtful only where the
/// containers declare others.
fn is_declared<'c>(containers: impl Iterator<Item = &'c Deployed> + Clone, port: &At<String>) -> bool {
    let number: Option<i64> = port.value.parse().ok();
    let is_one = containers.clone().flat_map(|container| &container.ports).any(|declared| {
        number == Some(declared.number) || declared.name.as_deref() == Some(port.value.as_str())
    });
    is_one || number.is_some() && containers.into_iter().any(|container| container.ports.is_empty())
}

/// What is asked by its number is reached whether or not it is declared
/// (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports>): a number that others stand beside is
/// probably a slip, and nothing is proven.
fn by_number(problem: Problem, port: &At<String>) -> Problem {
    if port.value.parse::<u16>().is_ok() { problem.with_severity(Severity::Low) } else { problem }
}

fn target(port: &ServicePort) -> Option<&At<String>> {
    port.target_port.as_ref().filter(|target| !target.value.contains(['$', '{']))
}

/// Services, ingresses, policies, budgets and autoscalers are about something.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let (mut missing, mut evidence) = (Vec::new(), Vec::new());
    let mut tell = |found: bool, place: Span, message: String, help: &str| {
        if found {
            evidence.push(Label::new(place, "what it refers to is here"));
        } else if !project.is_open(place) {
            missing.push(Problem::new(place, message, help));
        }
    };
    let pods = "use the labels of the pods' template";
    // Without pods that are alike beside it, what it is about is deployed from elsewhere.
    for service in project.cluster.services.iter().filter(|service| is_for_pods(service)) {
        let selector = &service.spec.selector;
        let message = format!("the service `{}` selects no pod: no template has these labels", service.name);
        let place = selector.first().map_or(service.span, |(_, value)| service.home.at(value));
        let found = !service.about.is_empty();
        if found || project.has_pods_for(service, selector) {
            tell(found, place, message, pods);
        }
    }
    for policy in project.cluster.policies.iter().filter(|policy| !policy.spec.is_empty()) {
        let found = !policy.about.is_empty();
        let message = format!("the network policy `{}` selects no pod, and so restricts none", policy.name);
        if found || project.has_pods_for(policy, &policy.spec.labels) {
            tell(found, policy.span, message, pods);
        }
    }
    for budget in project.budgets_without_pods() {
        let message = format!("the disruption budget `{}` selects no pod, and so protects none", budget.name);
        if budget.spec.selector.as_ref().is_some_and(|it| project.has_pods_for(budget, &it.labels)) {
            tell(false, budget.span, message, pods);
        }
    }
    for scaler in project.autoscalers_without_target() {
        let Some(target) = &scaler.spec.target_name else { continue };
        let message =
            format!("the autoscaler `{}` is for `{}`, which is not here", scaler.name, target.value);
        if project.has_pods_for(scaler, &[]) {
            tell(false, scaler.home.at(target), message, "name the workload that it is to scale");
        }
    }
    for ingress in &project.cluster.ingresses {
        // One that leads to services of this tree should lead to no others.
        let is_ours = project.cluster.services.iter().any(|service| service.span.file == ingress.span.file)
            || ingress
                .spec
                .ingress
                .backends
                .iter()
                .any(|backend| project.has_service(&backend.value, ingress));
        for backend in ingress.spec.ingress.backends.iter().filter(|_| is_ours) {
            let name = &ingress.name;
            let message = match backend.value.as_str() {
                "" => format!("a backend of the ingress `{name}` names no service"),
                service => {
                    format!("the ingress `{name}` leads to the service `{service}`, which is not here")
                }
            };
            let found = project.has_service(&backend.value, ingress);
            tell(found, ingress.home.at(backend), message, "name a service of its namespace");
        }
    }
    Verdict::of_sites(missing, evidence, "no manifest refers to another")
}

fn is_for_pods(service: &Object<crate::facts::kubernetes::ServiceSpec>) -> bool {
    let is_external = service.spec.kind.as_ref().is_some_and(|kind| kind.value == "ExternalName");
    !service.spec.selector.is_empty() && !is_external
}
