//! The ports at which others reach a workload: what compose publishes, and where services of Kubernetes send requests.

use super::Project;
use super::probe::PortAsk;
use super::running::Runs;
use super::value::Text;
use super::workload::{Deployed, Platform, Workload};
use crate::span::Span;

/// A port that leads to a container.
pub(crate) struct Published<'p> {
    /// Who leads there: ``the service `api` ``.
    pub(crate) by: String,
    pub(crate) span: Span,
    pub(crate) ask: PortAsk,
    pub(crate) runs: Runs<'p>,
}

impl Project<'_> {
    pub(crate) fn published<'p>(&'p self, workload: &'p Workload) -> Vec<Published<'p>> {
        match workload.platform {
            Platform::Compose => self.published_by_compose(workload),
            Platform::Kubernetes => self.published_by_services(workload),
        }
    }

    fn published_by_compose<'p>(&'p self, workload: &'p Workload) -> Vec<Published<'p>> {
        let ports = workload
            .lasting()
            .flat_map(|container| container.published.iter().map(move |it| (container, it)));
        let all = ports.map(|(container, port)| Published {
            by: "the compose file".into(),
            span: port.span,
            ask: PortAsk { port: Text::known(port.target.clone()), span: port.span, is_elsewhere: false },
            runs: self.runs(workload, container),
        });
        all.collect()
    }

    fn published_by_services<'p>(&'p self, workload: &'p Workload) -> Vec<Published<'p>> {
        let mut found = Vec::new();
        for service in self.services_of_pods(workload) {
            let is_tcp = |protocol: Option<&str>| protocol.is_none_or(|protocol| protocol == "TCP");
            for port in &service.spec.ports {
                let number = port.port.as_ref().map(|port| (port.value.to_string(), port.range));
                let target =
                    port.target_port.as_ref().map(|target| (target.value.clone(), target.range)).or(number);
                let Some((target, range)) = target else { continue };
                if !is_tcp(port.protocol.as_ref().map(|protocol| protocol.value.as_str())) {
                    continue;
                }
                let span = service.home.span(range);
                let Some(container) = behind(workload, &target) else { continue };
                found.push(Published {
                    by: format!("the service `{}`", service.name),
                    span,
                    ask: PortAsk { port: Text::known(target), span, is_elsewhere: false },
                    runs: self.runs(workload, container),
                });
            }
        }
        found
    }
}

/// The container of a pod that a port leads to: the only one, or the one that declares it.
fn behind<'p>(workload: &'p Workload, target: &str) -> Option<&'p Deployed> {
    let mut all = workload.lasting();
    if let (Some(only), None) = (all.next(), all.next()) {
        return Some(only);
    }
    let is_it = |name: Option<&str>, number: i64| name == Some(target) || number.to_string() == target;
    workload
        .lasting()
        .find(|container| container.ports.iter().any(|port| is_it(port.name.as_deref(), port.number)))
}
