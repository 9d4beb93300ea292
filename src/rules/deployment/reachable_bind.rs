//! `reachable-bind`: the address bound inside a container is reachable from outside it.

use crate::finding::{Label, Problem, Verdict};
use crate::model::instance::{Instance, Setting};
use crate::model::server::Audience;
use crate::model::service::Bind;
use crate::model::{Image, Service, Workload};
use crate::rule::Cx;
use crate::span::Span;

/// What an address is, as a container's neighbours see it.
enum Seen {
    Reachable(String),
    /// With the place that says so, where that is not in the code.
    Loopback(String, Option<Span>),
    Unclear,
}

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let images: Vec<&Image> = cx.project.images_of(service).collect();
    let workloads: Vec<&Workload> = cx.project.workloads_of(service).collect();
    let instances = cx.project.instances(service);
    if images.is_empty() && workloads.is_empty() {
        return Verdict::not_applicable("it runs in no container");
    }
    if service.binds.is_empty() && !service.kind.is_reached() && service.blind_spot().is_none() {
        return Verdict::not_applicable(format!("a {} that binds nothing is not reached", service.kind.id()));
    }
    let (mut evidence, mut for_operators, mut loopback, mut unclear) =
        (Vec::new(), Vec::new(), Vec::new(), 0);
    // A helper crate's listener for metrics is no proof that the service itself can be reached.
    let has_own = service.binds.iter().any(|bind| bind.is_own);
    for bind in service.binds.iter().filter(|bind| bind.is_own || !has_own) {
        match seen(bind, &instances) {
            Seen::Reachable(address) => {
                let list =
                    if bind.audience == Audience::Operators { &mut for_operators } else { &mut evidence };
                list.push(Label::new(bind.span, format!("`{address}` is bound")));
            }
            Seen::Loopback(address, said) => loopback.push((bind, address, said)),
            Seen::Unclear => unclear += 1,
        }
    }
    // That metrics can be reached is no help to whom the service is for.
    if !loopback.iter().any(|(bind, ..)| bind.audience == Audience::Users) {
        evidence.append(&mut for_operators);
    }
    if !service.is_for_operators() {
        let all = loopback.len();
        loopback.retain(|(bind, ..)| bind.audience != Audience::Operators);
        unclear += usize::from(loopback.is_empty() && all > 0);
    }
    // One listener that can be reached is enough: an admin port on loopback is a choice.
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    let Some((bind, address, said)) = loopback.first().filter(|_| unclear == 0) else {
        return Verdict::unknown(match service.blind_spot() {
            Some(why) => why,
            None if service.binds.is_empty() => "the address that it binds could not be found".into(),
            None => "the address that it binds is not written in the code".into(),
        });
    };
    let variables = bind.host.variables();
    let is_open = instances.iter().any(|it| {
        it.deployed.is_some() && variables.iter().any(|name| matches!(it.variable(name), Setting::Unknown(_)))
    });
    if is_open || !variables.is_empty() && !cx.project.repository.helm_templates.is_empty() {
        return Verdict::unknown("its address comes from the environment, which is not all written here");
    }
    if workloads.iter().flat_map(|workload| &workload.containers).any(|container| container.uses_host_network)
    {
        return Verdict::not_applicable("it shares the network of its host");
    }
    let container = images.first().map_or_else(|| workloads[0].span, |image| image.from);
    let message =
        format!("`{}` binds `{address}` in its container, where nothing outside can reach it", service.name);
    let help = "bind `0.0.0.0`, at least by default in the image";
    let mut problem = Problem::new(said.unwrap_or(bind.span), message, help);
    if said.is_some() {
        problem = problem.with_related(bind.span, "it is bound here");
    }
    Verdict::fail(problem.with_related(container, "it runs in this container"))
}

/// What the containers make of the address: variables that they set, else the defaults of the code. One that can be
/// reached is enough.
fn seen(bind: &Bind, instances: &[Instance<'_>]) -> Seen {
    let mut all = instances.iter().map(|instance| seen_in(bind, instance)).collect::<Vec<_>>();
    let best = all.iter().position(|seen| matches!(seen, Seen::Reachable(_)));
    let best = best.or_else(|| all.iter().position(|seen| matches!(seen, Seen::Unclear)));
    if all.is_empty() { Seen::Unclear } else { all.swap_remove(best.unwrap_or(0)) }
}

fn seen_in(bind: &Bind, instance: &Instance<'_>) -> Seen {
    match bind.host.keys().and_then(|keys| instance.setting(keys)) {
        Some(Setting::Set { value: Some(host), span }) => {
            let host = without_port(&host).to_owned();
            return if is_loopback(&host) { Seen::Loopback(host, Some(span)) } else { Seen::Reachable(host) };
        }
        Some(Setting::Set { value: None, .. }) => return Seen::Unclear,
        Some(Setting::Unset | Setting::Unknown(_)) | None => {}
    }
    let provided = |name: &str| instance.variable(name).value().map(str::to_owned);
    // A configuration that nothing here shows may say another: a default that can be reached is taken, loopback is not.
    let by_default = bind.host.by_default();
    let is_set_elsewhere = by_default != bind.host;
    let Some(host) = by_default.with_env(&provided) else { return Seen::Unclear };
    match without_port(&host) {
        host if !is_loopback(host) => Seen::Reachable(host.to_owned()),
        _ if is_set_elsewhere => Seen::Unclear,
        host => Seen::Loopback(host.to_owned(), None),
    }
}

/// The host of an address; a variable may hold host and port together.
fn without_port(address: &str) -> &str {
    let host = address
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok())
        .map_or(address, |(host, _)| host);
    host.trim_matches(['[', ']'])
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "::1") || host.starts_with("127.")
}
