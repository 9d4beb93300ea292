//! Objects that say something of workloads: budgets, autoscalers, ingresses, network policies; and how a workload
//! replaces its pods.

use super::container::labels;
use super::object::integer;
use super::{
    Amount, Autoscaler, Budget, Defaults, Endpoint, Expression, Ingress, Measure, Monitor, Resource,
    Selector, Strategy, Update, Wiring,
};
use crate::facts::prometheus::rules;
use crate::span::At;
use crate::syntax::yaml::Ref;

/// `strategy` of a `Deployment`, `updateStrategy` of a `StatefulSet` or `DaemonSet`.
pub(super) fn update(spec: Ref<'_>) -> Option<Update> {
    let node =
        spec.get("strategy").or_else(|| spec.get("updateStrategy")).filter(|node| node.is_mapping())?;
    Some(Update {
        kind: node.get("type").and_then(|node| {
            Some(node.at(match node.str()? {
                "RollingUpdate" | "Rolling" => Strategy::Rolling,
                "Recreate" => Strategy::Recreate,
                "OnDelete" => Strategy::OnDelete,
                _ => Strategy::Other,
            }))
        }),
        max_unavailable: node.path(&["rollingUpdate", "maxUnavailable"]).and_then(amount),
        max_surge: node.path(&["rollingUpdate", "maxSurge"]).and_then(amount),
    })
}

fn amount(node: Ref<'_>) -> Option<At<Amount>> {
    let text = node.at_str()?;
    Amount::of(&text.value).map(|amount| node.at(amount))
}

fn resource(name: &str) -> Option<Resource> {
    match name {
        "cpu" => Some(Resource::Cpu),
        "memory" => Some(Resource::Memory),
        _ => None,
    }
}

pub(super) fn wiring(api_version: &str, kind: &str, spec: Ref<'_>) -> Wiring {
    match kind {
        "PodDisruptionBudget" => Wiring::Budget(Budget {
            range: spec.range(),
            min_available: spec.get("minAvailable").and_then(amount),
            max_unavailable: spec.get("maxUnavailable").and_then(amount),
            selector: spec.get("selector").map(selector),
        }),
        "HorizontalPodAutoscaler" => Wiring::Autoscaler(autoscaler(spec)),
        "LimitRange" => Wiring::Defaults(defaults(spec)),
        "ScaledObject" => Wiring::Autoscaler(scaled_object(spec)),
        "Ingress" => Wiring::Ingress(Ingress {
            backends: backends(spec, api_version == "networking.k8s.io/v1"),
            hosts: spec
                .get("rules")
                .into_iter()
                .flat_map(Ref::items)
                .filter_map(|rule| rule.get("host")?.at_str())
                .collect(),
            tls: spec.get("tls").filter(|tls| tls.items().next().is_some()).map(Ref::range),
            class: spec.get("ingressClassName").and_then(Ref::str).map(str::to_owned),
        }),
        "ServiceMonitor" => monitor(spec, false),
        "PodMonitor" => monitor(spec, true),
        "PrometheusRule" => Wiring::Rules(rules(spec)),
        "NetworkPolicy" => match spec.get("podSelector") {
            Some(pods) => Wiring::NetworkPolicy(selector(pods)),
            None => Wiring::None,
        },
        _ => Wiring::None,
    }
}

fn monitor(spec: Ref<'_>, is_of_pods: bool) -> Wiring {
    let Some(selected) = spec.get("selector") else { return Wiring::None };
    let key = if is_of_pods { "podMetricsEndpoints" } else { "endpoints" };
    let endpoint = |node: Ref<'_>| Endpoint {
        range: node.range(),
        port: node.get("port").and_then(Ref::at_str),
        target_port: node.get("targetPort").or_else(|| node.get("portNumber")).and_then(Ref::at_text),
        path: node.get("path").and_then(Ref::at_str),
    };
    Wiring::Monitor(Monitor {
        is_of_pods,
        selector: selector(selected),
        endpoints: spec.get(key).into_iter().flat_map(Ref::items).map(endpoint).collect(),
    })
}

fn selector(node: Ref<'_>) -> Selector {
    let expression = |node: Ref<'_>| {
        let text = |key| node.get(key).and_then(Ref::str).map(str::to_owned);
        let values = node.get("values").map(Ref::strings).unwrap_or_default();
        Some(Expression {
            key: text("key")?,
            operator: text("operator")?,
            values: values.into_iter().map(|value| value.value).collect(),
        })
    };
    Selector {
        range: node.range(),
        labels: node.get("matchLabels").map(labels).unwrap_or_default(),
        expressions: node
            .get("matchExpressions")
            .into_iter()
            .flat_map(Ref::items)
            .filter_map(expression)
            .collect(),
    }
}

fn autoscaler(spec: Ref<'_>) -> Autoscaler {
    // The field of `autoscaling/v1`.
    let of_cpu = spec.get("targetCPUUtilizationPercentage").map(|node| node.at(Resource::Cpu));
    let metrics = || spec.get("metrics").into_iter().flat_map(Ref::items);
    // Without any metric, it is the use of the CPU
    // (<https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/>).
    let by_default = of_cpu.is_none() && metrics().next().is_none();
    let by_default = by_default.then(|| spec.get("scaleTargetRef").unwrap_or(spec).at(Resource::Cpu));
    let of_all = |resource| Measure { resource, container: None };
    let measures = of_cpu.into_iter().chain(by_default).map(of_all).chain(metrics().filter_map(measure));
    Autoscaler {
        target_kind: spec.path(&["scaleTargetRef", "kind"]).and_then(Ref::at_str),
        target_name: spec.path(&["scaleTargetRef", "name"]).and_then(Ref::at_str),
        min: spec.get("minReplicas").and_then(integer),
        default_min: 1,
        max: spec.get("maxReplicas").and_then(integer),
        measures: measures.collect(),
    }
}

/// KEDA's, which makes an autoscaler (<https://keda.sh/docs/latest/reference/scaledobject-spec/>). What its triggers measure
/// lies outside the cluster for the most part.
fn scaled_object(spec: Ref<'_>) -> Autoscaler {
    Autoscaler {
        target_kind: spec.path(&["scaleTargetRef", "kind"]).and_then(Ref::at_str),
        target_name: spec.path(&["scaleTargetRef", "name"]).and_then(Ref::at_str),
        min: spec.get("minReplicaCount").and_then(integer),
        default_min: 0,
        max: spec.get("maxReplicaCount").and_then(integer),
        measures: Vec::new(),
    }
}

/// The resource of a metric that is a share of what is requested; that of `v2beta1` stands beside its name.
fn measure(metric: Ref<'_>) -> Option<Measure> {
    let node = metric.get("resource").or_else(|| metric.get("containerResource"))?;
    let is_share = node.get("targetAverageUtilization").is_some()
        || node.path(&["target", "averageUtilization"]).is_some();
    let name = node.get("name").filter(|_| is_share)?;
    Some(Measure {
        resource: name.at(resource(name.str()?)?),
        container: node.get("container").and_then(Ref::str).map(str::to_owned),
    })
}

/// A limit that is not given is the most that is allowed, and a request that is not given is the limit
/// (<https://kubernetes.io/docs/concepts/policy/limit-range/>).
fn defaults(spec: Ref<'_>) -> Defaults {
    let mut found = Defaults::default();
    let items = spec.get("limits").into_iter().flat_map(Ref::items);
    for item in items.filter(|item| item.get("type").and_then(Ref::str) == Some("Container")) {
        let of = |keys: &[&str]| -> Vec<Resource> {
            let maps = keys.iter().filter_map(|key| item.get(key)).map(labels);
            maps.flatten().filter_map(|(name, _)| resource(&name)).collect()
        };
        found.limits.extend(of(&["default", "max"]));
        found.requests.extend(of(&["defaultRequest", "default", "min", "max"]));
    }
    found
}

/// The services that an ingress leads to. Each syntax has its own: a name that stands where the other has it is none.
fn backends(spec: Ref<'_>, is_v1: bool) -> Vec<At<String>> {
    let rules = spec.get("rules").into_iter().flat_map(Ref::items);
    let paths = rules
        .filter_map(|rule| rule.path(&["http", "paths"]))
        .flat_map(Ref::items)
        .filter_map(|path| path.get("backend"));
    let defaults = ["defaultBackend", "backend"].into_iter().filter_map(|key| spec.get(key));
    paths
        .chain(defaults)
        .filter(|backend| backend.get("resource").is_none())
        .map(|backend| {
            let name = if is_v1 { backend.path(&["service", "name"]) } else { backend.get("serviceName") };
            name.and_then(Ref::at_str).unwrap_or_else(|| backend.at(String::new()))
        })
        .collect()
}
