//! What the objects of Kubernetes manifests say of each other: which pods a service, a budget, an autoscaler or a
//! policy is about.
//!
//! A join is lenient: an object without a namespace may be in any, and of several that match, those that stand nearest
//! are meant, since the same names are used for each environment. Where something else may make what is not found
//! (Kustomize, Helm, an operator), the place is *open*, and nothing is missing there.

use std::collections::{BTreeMap, BTreeSet};

use super::workload::{Kind as WorkloadKind, Literal, Platform, Workload, is_aside, patch_files};
use super::{Project, Service};
use crate::facts::kubernetes::{
    Autoscaler, Budget, KubeObject, KubernetesFacts, Kustomization, Selector, ServiceSpec, Wiring,
};
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Sources, ancestors, folder, join};
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
    /// What a `ConfigMap` (`false`) or a `Secret` (`true`) holds.
    pub(crate) values: Vec<Object<(bool, Vec<Literal>)>>,
    limit_ranges: Vec<Object<()>>,
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
    pub(crate) spec: T,
}

/// How many pods a workload has at least, and where that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Least {
    pub(crate) pods: i64,
    pub(crate) said: Option<Span>,
    pub(crate) by_autoscaler: bool,
}

impl Cluster {
    pub(super) fn of(sources: &Sources, facts: &Facts) -> Self {
        let mut cluster = Self::default();
        let parts = patch_files(sources, facts);
        for (file, facts) in facts.of_kind(sources, Kind::Kubernetes) {
            let path = sources.path(file);
            let FileFacts::Kubernetes(manifest) = facts else { continue };
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
            if matches!(file.kind, Kind::HelmChart | Kind::HelmTemplate | Kind::Kustomization) {
                cluster.open.insert(here.to_owned());
            }
            if let FileFacts::Kustomization(kustomization) = facts.get(id) {
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
            }
            if object.kind.value == "LimitRange" {
                self.limit_ranges.push(named(file, object, ()));
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

/// Whether a path, or a folder that it is in, is one of these.
fn is_within(path: &str, folders: &BTreeSet<String>) -> bool {
    ancestors(path).any(|here| folders.contains(here))
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
            | "SealedSecret"
            | "SecretStore"
            | "ServiceMonitor"
            | "VirtualService"
    );
    !is_built_in && !makes_none
}

fn named<T>(file: FileId, object: &KubeObject, spec: T) -> Object<T> {
    Object {
        span: object.name.as_ref().unwrap_or(&object.kind).span(file),
        name: object.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        namespace: object.namespace.as_ref().map(|namespace| namespace.value.clone()),
        spec,
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

fn is_target(scaler: &Autoscaler, workload: &Workload) -> bool {
    let is_named = scaler.target_name.as_ref().is_some_and(|name| name.value == workload.name);
    let is_kind = |kind: &At<String>| workload.id.contains(&format!("#{}/", kind.value));
    is_named && scaler.target_kind.as_ref().is_none_or(is_kind)
}

/// Whether two objects may be in one namespace.
fn may_meet(a: Option<&String>, b: Option<&String>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
}

impl Project<'_> {
    /// Whether what a manifest does not say may be said by what is not written beside it.
    pub(crate) fn is_open(&self, span: Span) -> bool {
        is_within(self.sources.path(span.file), &self.cluster.open)
    }

    /// Why what a workload does not say may still hold of it, if it may.
    pub(crate) fn completed_by(&self, workload: &Workload) -> Option<String> {
        if workload.kind == WorkloadKind::Custom {
            return Some("what its kind adds to its pods is not known".into());
        }
        let is_patched = is_within(self.sources.path(workload.span.file), &self.cluster.patched);
        is_patched.then(|| "this manifest is changed by Kustomize before it is applied".into())
    }

    /// Whether the pods that an object is about should be among those that manifests make here: it stands in one file with
    /// some, or beside some that have its name or one of the labels that it selects.
    pub(crate) fn has_pods_for<T>(&self, object: &Object<T>, labels: &[(String, At<String>)]) -> bool {
        let here = folder(self.sources.path(object.span.file));
        self.workloads.iter().any(|workload| {
            let is_alike = workload.name == object.name
                || labels.iter().any(|label| has_all(&workload.labels, std::slice::from_ref(label)));
            workload.platform == Platform::Kubernetes
                && (workload.span.file == object.span.file
                    || is_alike && folder(self.sources.path(workload.span.file)) == here)
        })
    }

    /// Whether a service of this name may be in the namespace of an object.
    pub(crate) fn has_service<T>(&self, name: &str, of: &Object<T>) -> bool {
        let mut services = self.cluster.services.iter();
        services.any(|it| it.name == name && may_meet(it.namespace.as_ref(), of.namespace.as_ref()))
    }

    /// The workloads that an object is about, the nearest of those that match.
    pub(crate) fn workloads_for<T>(
        &self,
        object: &Object<T>,
        is: impl Fn(&Workload) -> bool,
    ) -> Vec<&Workload> {
        let all = self.workloads.iter().filter(|workload| {
            may_meet(workload.namespace.as_ref(), object.namespace.as_ref()) && is(workload)
        });
        self.nearest(object.span, all.collect(), |workload| workload.span)
    }

    /// The objects that are about a workload, the nearest of those that match.
    fn objects_for<'o, T>(
        &self,
        workload: &Workload,
        objects: &'o [Object<T>],
        is: impl Fn(&T) -> bool,
    ) -> Vec<&'o Object<T>> {
        let all = objects
            .iter()
            .filter(|object| may_meet(workload.namespace.as_ref(), object.namespace.as_ref()))
            .filter(|object| is(&object.spec));
        self.nearest(workload.span, all.collect(), |object| object.span)
    }

    fn nearest<'o, T>(&self, from: Span, mut found: Vec<&'o T>, place: impl Fn(&T) -> Span) -> Vec<&'o T> {
        let here = folder(self.sources.path(from.file));
        let distance = |other: &T| {
            let other = place(other).file;
            let is_beside = folder(self.sources.path(other)) == here;
            (other != from.file, !is_beside)
        };
        if let Some(least) = found.iter().map(|other| distance(other)).min() {
            found.retain(|other| distance(other) == least);
        }
        found
    }

    pub(crate) fn services_of_pods(&self, workload: &Workload) -> Vec<&Object<ServiceSpec>> {
        self.objects_for(workload, &self.cluster.services, |service| {
            !service.selector.is_empty() && has_all(&workload.labels, &service.selector)
        })
    }

    /// The workloads that a service of Kubernetes sends its requests to.
    pub(crate) fn selected_by(&self, service: &Object<ServiceSpec>) -> Vec<&Workload> {
        self.workloads_for(service, |workload| has_all(&workload.labels, &service.spec.selector))
    }

    pub(crate) fn budgets_of(&self, workload: &Workload) -> Vec<&Object<Budget>> {
        self.objects_for(workload, &self.cluster.budgets, |budget| {
            budget.selector.as_ref().is_some_and(|selector| selector.selects(&workload.labels))
        })
    }

    pub(crate) fn autoscaler_of(&self, workload: &Workload) -> Option<&Object<Autoscaler>> {
        let is_for = |scaler: &Autoscaler| is_target(scaler, workload);
        let found = self.objects_for(workload, &self.cluster.autoscalers, is_for);
        found.into_iter().next()
    }

    /// Autoscalers of what is not in the tree.
    pub(crate) fn autoscalers_without_target(&self) -> impl Iterator<Item = &Object<Autoscaler>> {
        let all = self.cluster.autoscalers.iter();
        all.filter(|scaler| {
            self.workloads_for(scaler, |workload| is_target(&scaler.spec, workload)).is_empty()
        })
    }

    /// Budgets of pods that are not in the tree.
    pub(crate) fn budgets_without_pods(&self) -> impl Iterator<Item = &Object<Budget>> {
        let counts = |budget: &Budget, workload: &Workload| {
            budget.selector.as_ref().is_some_and(|selector| selector.selects(&workload.labels))
        };
        let all = self.cluster.budgets.iter();
        all.filter(move |budget| self.workloads_for(budget, |it| counts(&budget.spec, it)).is_empty())
    }

    /// How many pods a workload has when nothing is asked of it.
    pub(crate) fn least_pods(&self, workload: &Workload) -> Least {
        if let Some(scaler) = self.autoscaler_of(workload) {
            let said = scaler.spec.min.as_ref().map_or(scaler.span, |min| min.span(scaler.span.file));
            let pods = scaler.spec.min.as_ref().map_or(1, |min| min.value);
            return Least { pods, said: Some(said), by_autoscaler: true };
        }
        let replicas = workload.replicas.as_ref();
        Least {
            pods: replicas.map_or(1, |replicas| replicas.value),
            said: replicas.map(|replicas| replicas.span(workload.span.file)),
            by_autoscaler: false,
        }
    }

    /// Whether defaults for the resources of its containers are set for its namespace.
    pub(crate) fn has_limit_range(&self, workload: &Workload) -> bool {
        let ranges = self.cluster.limit_ranges.iter();
        ranges.filter(|range| may_meet(workload.namespace.as_ref(), range.namespace.as_ref())).count() > 0
    }

    /// Whether a workload is meant to run for users, or runs a service of the repository. Others of a compose file help
    /// who develops or tests.
    pub(crate) fn is_deployed(&self, workload: &Workload) -> bool {
        workload.is_for_production || self.services_in(workload).next().is_some()
    }

    /// The services of the repository that a workload runs.
    pub(crate) fn services_in<'s>(&'s self, workload: &Workload) -> impl Iterator<Item = &'s Service> {
        self.services.iter().filter(|service| self.workloads_of(service).any(|own| own.id == workload.id))
    }

    /// Whether others send requests to a workload, as far as that is known: what its own services are decides, and
    /// without them anything may.
    pub(crate) fn may_be_asked(&self, workload: &Workload) -> bool {
        let mut own = self.services_in(workload).peekable();
        own.peek().is_none() || own.any(|service| service.kind.is_reached())
    }
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
