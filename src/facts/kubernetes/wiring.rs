//! Objects that say something of workloads: budgets, autoscalers, ingresses, network policies; and how a workload
//! replaces its pods.

use super::container::labels;
use super::object::integer;
use super::{Autoscaler, Budget, Expression, Selector, Update, Wiring};
use crate::span::At;
use crate::syntax::yaml::Ref;

/// `strategy` of a `Deployment`, `updateStrategy` of a `StatefulSet` or `DaemonSet`.
pub(super) fn update(spec: Ref<'_>) -> Option<Update> {
    let node =
        spec.get("strategy").or_else(|| spec.get("updateStrategy")).filter(|node| node.is_mapping())?;
    Some(Update {
        kind: node.get("type").and_then(Ref::at_str),
        max_unavailable: node.path(&["rollingUpdate", "maxUnavailable"]).and_then(Ref::at_str),
    })
}

pub(super) fn wiring(api_version: &str, kind: &str, spec: Ref<'_>) -> Wiring {
    match kind {
        "PodDisruptionBudget" => Wiring::Budget(Budget {
            range: spec.range(),
            min_available: spec.get("minAvailable").and_then(Ref::at_str),
            max_unavailable: spec.get("maxUnavailable").and_then(Ref::at_str),
            selector: spec.get("selector").map(selector),
        }),
        "HorizontalPodAutoscaler" => Wiring::Autoscaler(autoscaler(spec)),
        "Ingress" => Wiring::Ingress(backends(spec, api_version == "networking.k8s.io/v1")),
        "NetworkPolicy" => match spec.get("podSelector") {
            Some(pods) => Wiring::NetworkPolicy(selector(pods)),
            None => Wiring::None,
        },
        _ => Wiring::None,
    }
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
    let target = |key| spec.path(&["scaleTargetRef", key]).and_then(Ref::at_str);
    // The field of `autoscaling/v1`.
    let of_cpu = spec.get("targetCPUUtilizationPercentage").map(|node| node.at("cpu".to_owned()));
    let metrics = spec.get("metrics").into_iter().flat_map(Ref::items).filter_map(utilization);
    Autoscaler {
        target_kind: target("kind"),
        target_name: target("name"),
        min: spec.get("minReplicas").and_then(integer),
        max: spec.get("maxReplicas").and_then(integer),
        utilization_of: of_cpu.into_iter().chain(metrics).collect(),
    }
}

/// The resource of a metric that is a share of what is requested; that of `v2beta1` stands beside its name.
fn utilization(metric: Ref<'_>) -> Option<At<String>> {
    let resource = metric.get("resource")?;
    let is_share = resource.get("targetAverageUtilization").is_some()
        || resource.path(&["target", "averageUtilization"]).is_some();
    resource.get("name").filter(|_| is_share)?.at_str()
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
