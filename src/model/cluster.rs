//! What the objects of Kubernetes manifests say of each other: which pods a service, a budget, an autoscaler or a
//! policy is about.
//!
//! A join is lenient: an object without a namespace may be in any, and of several that match, those that stand nearest
//! are meant, since the same names are used for each environment. It is made once, from the object to what it is about.
//! Where something else may make what is not found
//! (Kustomize, Helm, an operator), the place is *open*, and nothing is missing there.

mod entrance;
mod generated;
mod joins;
mod network;
mod rights;
mod token;

use std::collections::BTreeSet;

pub(crate) use generated::Generated;
use generated::all_generated;
pub(crate) use network::Policies;
pub(crate) use rights::{Excess, Much};
pub(crate) use token::Token;

use super::workload::{Literal, RemovedApi, WorkloadId, is_aside, patch_files, plain};
use crate::facts::kubernetes::{
    Autoscaler, Binding, Budget, Defaults, Ingress, KubeObject, Monitor, RoleRule, Selector, ServiceSpec,
    Wiring,
};
use crate::facts::prometheus::Rule;
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Sources, folder};
use crate::span::{At, FileId, Home, Span};

/// The objects that are not workloads, in the order of their files.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) services: Vec<Object<ServiceSpec>>,
    pub(crate) budgets: Vec<Object<Budget>>,
    pub(crate) autoscalers: Vec<Object<Autoscaler>>,
    pub(crate) ingresses: Vec<Object<Entrance>>,
    pub(crate) policies: Vec<Object<Selector>>,
    /// What Prometheus' operator is told to scrape.
    pub(crate) monitors: Vec<Object<Monitor>>,
    /// The rules that it is given.
    pub(crate) rules: Vec<Object<Vec<Rule>>>,
    /// What may restrict connections in the stead of policies, and where it stands.
    other_policies: Vec<Span>,
    /// A template of a chart that makes a policy where its values ask for one.
    optional_policy: Option<FileId>,
    /// Each with its kind.
    pub(crate) roles: Vec<Object<(String, Vec<RoleRule>)>>,
    pub(crate) bindings: Vec<Object<(String, Binding)>>,
    /// Service accounts, with their `automountServiceAccountToken`.
    pub(crate) accounts: Vec<Object<Option<At<bool>>>>,
    /// Those of objects that are no workloads.
    pub(crate) removed_apis: Vec<RemovedApi>,
    /// What a `ConfigMap` (`false`) or a `Secret` (`true`) holds.
    pub(crate) values: Vec<Object<(bool, Vec<Literal>)>>,
    defaults: Vec<Object<Defaults>>,
    /// What Kustomize makes such objects of.
    pub(crate) generated: Vec<Object<Generated>>,
    /// Folders in which manifests are made of what is not written there.
    open: BTreeSet<String>,
}

/// An `Ingress`, with what controllers read of it.
#[derive(Clone, Debug)]
pub(crate) struct Entrance {
    pub(crate) ingress: Ingress,
    pub(crate) annotations: Vec<(String, String)>,
    /// Whether its chart has a `tls` for it, which its values may ask for.
    pub(crate) has_optional_tls: bool,
}

/// An object of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Object<T> {
    /// Where it is named.
    pub(crate) span: Span,
    /// Where what it says stands.
    pub(crate) home: Home,
    /// The kustomization that makes it of what stands there.
    pub(crate) built_by: Option<FileId>,
    /// Whether Kustomize may change it by what is not known.
    pub(crate) is_open: bool,
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
pub(crate) struct PodCount {
    pub(crate) pods: i64,
    pub(crate) said: Option<Span>,
    pub(crate) by_autoscaler: bool,
}

impl Cluster {
    pub(super) fn of(sources: &Sources, facts: &Facts) -> Self {
        let mut cluster = Self::default();
        let parts = patch_files(sources, facts);
        let kustomized: BTreeSet<&str> =
            facts.of_kind(sources, Kind::Kustomization).map(|(id, _)| folder(sources.path(id))).collect();
        for (file, manifest) in facts.kubernetes(sources) {
            let path = sources.path(file);
            if !manifest.errors.is_empty() || manifest.objects.iter().any(makes_pods) {
                cluster.open.insert(folder(path).to_owned());
            }
            if !is_aside(path) && !parts.contains(path) && !facts.kustomized.taken.contains(&file) {
                let home = Home::File(file);
                let has_optional_tls =
                    sources.file(file).kind == Kind::HelmTemplate && sources.text(file).contains("tls");
                let is_left_out = kustomized.contains(folder(path));
                let origin = Origin { has_optional_tls, is_left_out, ..Origin::plain(&home) };
                manifest.objects.iter().for_each(|object| cluster.add(object, &origin));
            }
        }
        for built in &facts.kustomized.built {
            if is_aside(sources.path(built.root)) {
                continue;
            }
            for it in built.objects.iter().filter(|it| !is_aside(sources.path(it.file))) {
                let origin = Origin {
                    built_by: Some(built.root),
                    is_open: it.open.is_some(),
                    ..Origin::plain(&built.home)
                };
                cluster.add(&it.object, &origin);
            }
            cluster.generated.extend(all_generated(sources, facts, built));
        }
        let whole = whole_folders(facts);
        for (id, file) in sources.iter() {
            let here = folder(&file.path);
            let is_open = match (file.kind, facts.get(id)) {
                (Kind::HelmChart, FileFacts::Chart { is_whole }) => !is_whole,
                (Kind::HelmTemplate, FileFacts::Kubernetes(_)) => false,
                (Kind::Kustomization, _) => !whole.contains(here),
                (kind, _) => matches!(kind, Kind::HelmChart | Kind::HelmTemplate),
            };
            if file.kind == Kind::HelmTemplate
                && file.text.as_ref().is_some_and(|text| text.contains("kind: NetworkPolicy"))
            {
                cluster.optional_policy = Some(id);
            }
            if is_open {
                cluster.open.insert(here.to_owned());
            }
        }
        cluster
    }

    fn add(&mut self, object: &KubeObject, origin: &Origin<'_>) {
        if let Some(service) = &object.service {
            self.services.push(origin.named(object, service.clone()));
        }
        match &object.wiring {
            Wiring::None => {}
            Wiring::Budget(budget) => self.budgets.push(origin.named(object, budget.clone())),
            Wiring::Autoscaler(scaler) => self.autoscalers.push(origin.named(object, scaler.clone())),
            Wiring::Ingress(ingress) => {
                let annotations = plain(&object.annotations);
                let has_optional_tls = origin.has_optional_tls;
                let entrance = Entrance { ingress: ingress.clone(), annotations, has_optional_tls };
                self.ingresses.push(origin.named(object, entrance));
            }
            Wiring::NetworkPolicy(pods) => self.policies.push(origin.named(object, pods.clone())),
            Wiring::Monitor(monitor) => self.monitors.push(origin.named(object, monitor.clone())),
            Wiring::Rules(rules) => self.rules.push(origin.named(object, rules.clone())),
            Wiring::Defaults(defaults) => self.defaults.push(origin.named(object, defaults.clone())),
            Wiring::Role(rules) => {
                self.roles.push(origin.named(object, (object.kind.value.clone(), rules.clone())));
            }
            Wiring::Binding(binding) => {
                self.bindings.push(origin.named(object, (object.kind.value.clone(), binding.clone())));
            }
            Wiring::Account(mounts) => self.accounts.push(origin.named(object, mounts.clone())),
        }
        if object.pod.is_none() && !origin.is_left_out {
            self.removed_apis.extend(RemovedApi::of(origin.home, object));
        }
        if OTHER_POLICIES.contains(&object.kind.value.as_str()) {
            self.other_policies.push(origin.home.at(&object.kind));
        }
        if !object.data.is_empty() {
            let literals = object.data.iter().map(|(name, value)| Literal {
                span: origin.home.at(value),
                name: name.value.clone(),
                value: value.value.clone(),
            });
            let is_secret = object.kind.value == "Secret";
            self.values.push(origin.named(object, (is_secret, literals.collect())));
        }
    }
}

/// Kinds of other projects that say who may connect to what.
const OTHER_POLICIES: &[&str] = &[
    "AdminNetworkPolicy",
    "AuthorizationPolicy",
    "BaselineAdminNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "CiliumNetworkPolicy",
    "GlobalNetworkPolicy",
    "ServerAuthorization",
];

/// Where objects come from.
struct Origin<'o> {
    home: &'o Home,
    built_by: Option<FileId>,
    is_open: bool,
    has_optional_tls: bool,
    /// Whether it stands beside a kustomization that does not take it: a part that somebody switched off.
    is_left_out: bool,
}

impl<'o> Origin<'o> {
    fn plain(home: &'o Home) -> Self {
        Self { home, built_by: None, is_open: false, has_optional_tls: false, is_left_out: false }
    }

    fn named<T>(&self, object: &KubeObject, spec: T) -> Object<T> {
        Object {
            span: self.home.at(object.name.as_ref().unwrap_or(&object.kind)),
            home: self.home.clone(),
            built_by: self.built_by,
            is_open: self.is_open,
            name: object.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
            namespace: object.namespace.as_ref().map(|namespace| namespace.value.clone()),
            labels: object.labels.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect(),
            annotations: object.annotations.clone(),
            spec,
            about: Vec::new(),
        }
    }
}

/// The folders of kustomizations of which all is known that comes of them.
fn whole_folders(facts: &Facts) -> BTreeSet<&str> {
    let folders = |is_whole: bool| {
        let built = facts.kustomized.built.iter().filter(move |built| built.is_whole == is_whole);
        built.flat_map(|built| &built.folders).map(String::as_str)
    };
    let others: BTreeSet<&str> = folders(false).collect();
    folders(true).filter(|here| !others.contains(here)).collect()
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
