//! What the objects of Kubernetes manifests say of each other: which pods a service, a budget, an autoscaler or a
//! policy is about.
//!
//! A join is lenient: an object without a namespace may be in any, and of several that match, those that stand nearest
//! are meant, since the same names are used for each environment. It is made once, from the object to what it is about.
//! Where something else may make what is not found
//! (Kustomize, Helm, an operator), the place is *open*, and nothing is missing there.

mod generated;
mod joins;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use generated::Generated;
use generated::generated;

use super::workload::{Literal, WorkloadId, is_aside, patch_files};
use crate::facts::kubernetes::{
    Autoscaler, Budget, Defaults, KubeObject, KubernetesFacts, Kustomization, Monitor, Selector, ServiceSpec,
    Wiring,
};
use crate::facts::prometheus::Rule;
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Sources, folder, join};
use crate::span::{At, FileId, Span};

/// The objects that are not workloads, in the order of their files.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) services: Vec<Object<ServiceSpec>>,
    pub(crate) budgets: Vec<Object<Budget>>,
    pub(crate) autoscalers: Vec<Object<Autoscaler>>,
    /// The services that each leads to.
    pub(crate) ingresses: Vec<Object<Vec<At<String>>>>,
    pub(crate) policies: Vec<Object<Selector>>,
    /// What Prometheus' operator is told to scrape.
    pub(crate) monitors: Vec<Object<Monitor>>,
    /// The rules that it is given.
    pub(crate) rules: Vec<Object<Vec<Rule>>>,
    /// What a `ConfigMap` (`false`) or a `Secret` (`true`) holds.
    pub(crate) values: Vec<Object<(bool, Vec<Literal>)>>,
    defaults: Vec<Object<Defaults>>,
    /// What Kustomize makes such objects of.
    pub(crate) generated: Vec<Object<Generated>>,
    /// Folders in which manifests are made of what is not written there.
    open: BTreeSet<String>,
    /// Folders whose manifests Kustomize changes, here or from where they are used.
    patched: BTreeSet<String>,
}

/// An object of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Object<T> {
    /// Where it is named.
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) annotations: Vec<(String, At<String>)>,
    pub(crate) spec: T,
    /// The workloads that it is about.
    pub(crate) about: Vec<WorkloadId>,
}

/// How many pods a workload has at least, or at most, and where that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pods {
    pub(crate) pods: i64,
    pub(crate) said: Option<Span>,
    pub(crate) by_autoscaler: bool,
}

impl Cluster {
    pub(super) fn of(sources: &Sources, facts: &Facts) -> Self {
        let mut cluster = Self::default();
        let parts = patch_files(sources, facts);
        for (file, manifest) in facts.kubernetes(sources) {
            let path = sources.path(file);
            if !manifest.errors.is_empty() || manifest.objects.iter().any(makes_pods) {
                cluster.open.insert(folder(path).to_owned());
            }
            if !is_aside(path) && !parts.contains(path) {
                cluster.add(file, manifest);
            }
        }
        let mut made = BTreeMap::new();
        for (id, file) in sources.iter() {
            let here = folder(&file.path);
            let is_open = match (file.kind, facts.get(id)) {
                (Kind::HelmChart, FileFacts::Chart { is_whole }) => !is_whole,
                (Kind::HelmTemplate, FileFacts::Kubernetes(_)) => false,
                (kind, _) => matches!(kind, Kind::HelmChart | Kind::HelmTemplate | Kind::Kustomization),
            };
            if is_open {
                cluster.open.insert(here.to_owned());
            }
            if let FileFacts::Kustomization(kustomization) = facts.get(id) {
                let generators = kustomization.generators.iter();
                cluster.generated.extend(generators.map(|it| generated(sources, facts, id, it)));
                made.insert(here.to_owned(), &**kustomization);
            }
        }
        cluster.patched = patched(&made);
        cluster
    }

    fn add(&mut self, file: FileId, manifest: &KubernetesFacts) {
        for object in &manifest.objects {
            if let Some(service) = &object.service {
                self.services.push(named(file, object, service.clone()));
            }
            match &object.wiring {
                Wiring::None => {}
                Wiring::Budget(budget) => self.budgets.push(named(file, object, budget.clone())),
                Wiring::Autoscaler(scaler) => self.autoscalers.push(named(file, object, scaler.clone())),
                Wiring::Ingress(backends) => self.ingresses.push(named(file, object, backends.clone())),
                Wiring::NetworkPolicy(pods) => self.policies.push(named(file, object, pods.clone())),
                Wiring::Monitor(monitor) => self.monitors.push(named(file, object, monitor.clone())),
                Wiring::Rules(rules) => self.rules.push(named(file, object, rules.clone())),
                Wiring::Defaults(defaults) => self.defaults.push(named(file, object, defaults.clone())),
            }
            if !object.data.is_empty() {
                let literals = object.data.iter().map(|(name, value)| Literal {
                    span: value.span(file),
                    name: name.value.clone(),
                    value: value.value.clone(),
                });
                let is_secret = object.kind.value == "Secret";
                self.values.push(named(file, object, (is_secret, literals.collect())));
            }
        }
    }
}

/// The folders and files that are patched, and what those are made of in turn.
fn patched(made: &BTreeMap<String, &Kustomization>) -> BTreeSet<String> {
    let mut next: Vec<String> =
        made.iter().filter(|(_, it)| it.patches).map(|(path, _)| path.clone()).collect();
    let mut found = BTreeSet::new();
    while let Some(path) = next.pop() {
        if let Some(kustomization) = made.get(&path).filter(|_| !found.contains(&path)) {
            next.extend(kustomization.resources.iter().filter_map(|resource| join(&path, resource)));
        }
        found.insert(path);
    }
    found
}

/// Custom resources whose operators may make pods and services that no manifest names.
fn makes_pods(object: &KubeObject) -> bool {
    let Some((group, _)) = object.api_version.value.split_once('/') else { return false };
    let is_built_in = !group.contains('.') || group.ends_with(".k8s.io");
    let makes_none = matches!(
        object.kind.value.as_str(),
        "Certificate"
            | "ClusterIssuer"
            | "DeploymentConfig"
            | "ExternalSecret"
            | "Gateway"
            | "IngressRoute"
            | "Issuer"
            | "PodMonitor"
            | "PrometheusRule"
            | "Rollout"
            | "Route"
            | "ScaledObject"
            | "SealedSecret"
            | "SecretStore"
            | "ServiceMonitor"
            | "TriggerAuthentication"
            | "VirtualService"
    );
    !is_built_in && !makes_none
}

fn named<T>(file: FileId, object: &KubeObject, spec: T) -> Object<T> {
    Object {
        span: object.name.as_ref().unwrap_or(&object.kind).span(file),
        name: object.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        namespace: object.namespace.as_ref().map(|namespace| namespace.value.clone()),
        labels: object.labels.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect(),
        annotations: object.annotations.clone(),
        spec,
        about: Vec::new(),
    }
}

impl Selector {
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// Whether it selects pods with these labels.
    pub(crate) fn selects(&self, labels: &[(String, String)]) -> bool {
        let value = |key: &str| labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
        let is_met = |key: &str, operator: &str, values: &[String]| {
            let is_among = value(key).is_some_and(|value| values.iter().any(|known| known == value));
            match operator {
                "In" => is_among,
                "NotIn" => !is_among,
                "Exists" => value(key).is_some(),
                "DoesNotExist" => value(key).is_none(),
                _ => false,
            }
        };
        has_all(labels, &self.labels)
            && self.expressions.iter().all(|it| is_met(&it.key, &it.operator, &it.values))
    }
}

fn has_all(labels: &[(String, String)], wanted: &[(String, At<String>)]) -> bool {
    wanted.iter().all(|(key, value)| labels.iter().any(|(own, is)| own == key && *is == value.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::kubernetes::Expression;
    use crate::span::Range;

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_selector_means_all_that_it_says() {
        let expression = |operator: &str, values: &[&str]| Selector {
            range: Range::default(),
            labels: vec![("app".into(), At::new("a".into(), Range::default()))],
            expressions: vec![Expression {
                key: "tier".into(),
                operator: operator.into(),
                values: values.iter().map(|value| (*value).to_owned()).collect(),
            }],
        };
        let (web, bare) = (labels(&[("app", "a"), ("tier", "web")]), labels(&[("app", "a")]));
        for (selector, of_web, of_bare) in [
            (expression("In", &["web", "api"]), true, false),
            (expression("NotIn", &["web"]), false, true),
            (expression("Exists", &[]), true, false),
            (expression("DoesNotExist", &[]), false, true),
        ] {
            assert_eq!((selector.selects(&web), selector.selects(&bare)), (of_web, of_bare), "{selector:?}");
            assert!(!selector.selects(&labels(&[("app", "b"), ("tier", "web")])));
        }
    }
}
