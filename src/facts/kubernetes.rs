//! Kubernetes: the objects of a manifest, and of each workload its pod template.
//!
//! Responsible for the shape of one file. Objects are not joined to each other, defaults are not filled in,
//! and templates are not rendered here (`facts::helm` does it): a file that holds template expressions is one error.
//! Field names are those of <https://kubernetes.io/docs/reference/kubernetes-api/>. Booleans are those of
//! YAML 1.1, as `kubectl` reads them: `privileged: yes` is true.

mod access;
mod container;
mod kustomize;
mod object;
mod wiring;

pub(crate) use kustomize::{Generator, Kustomization, extract_kustomization};
pub(crate) use object::{extract_kubernetes, extract_objects};

use super::prometheus::Rule;
use crate::span::{At, Range};

#[derive(Clone, Debug, Default)]
pub(crate) struct KubernetesFacts {
    /// In the order of the file; the items of a `List` in its place.
    pub(crate) objects: Vec<KubeObject>,
    pub(crate) errors: Vec<At<String>>,
    /// Of a template: texts that are not known until it is installed.
    pub(crate) unknown: Vec<At<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct KubeObject {
    pub(crate) api_version: At<String>,
    pub(crate) kind: At<String>,
    pub(crate) name: Option<At<String>>,
    pub(crate) namespace: Option<At<String>>,
    pub(crate) labels: Vec<(String, At<String>)>,
    pub(crate) annotations: Vec<(String, At<String>)>,
    pub(crate) range: Range,
    /// Of a workload: of every kind, known or not, that has containers where workloads have them.
    pub(crate) pod: Option<PodSpec>,
    pub(crate) replicas: Option<At<i64>>,
    /// `spec.selector.matchLabels`, or `spec.selector` itself where a kind has no `matchLabels`.
    pub(crate) selector: Vec<(String, At<String>)>,
    /// Of a core `Service`.
    pub(crate) service: Option<ServiceSpec>,
    /// `data` and `stringData` of a `ConfigMap` or `Secret`. The values of a secret's `data` are base64.
    pub(crate) data: Vec<(At<String>, At<String>)>,
    /// How a workload replaces its pods: `strategy` or `updateStrategy`.
    pub(crate) update: Option<Update>,
    /// `volumeClaimTemplates`: each pod has volumes of its own.
    pub(crate) claims_volumes: bool,
    pub(crate) wiring: Wiring,
}

/// How a workload replaces its pods.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// `RollingUpdate` where it is absent.
    pub(crate) kind: Option<At<Strategy>>,
    pub(crate) max_unavailable: Option<At<Amount>>,
    /// Pods that may be started before old ones are stopped; a quarter of them where it is absent, and one at least.
    pub(crate) max_surge: Option<At<Amount>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// `RollingUpdate`.
    Rolling,
    /// `Recreate`: all pods are stopped before the first new one starts.
    Recreate,
    /// Who deletes a pod gets a new one.
    OnDelete,
    /// Of another controller.
    Other,
}

/// A number of pods, or a share of them in percent (`IntOrString`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    Pods(i64),
    Percent(i64),
}

impl Amount {
    pub(crate) fn of(text: &str) -> Option<Self> {
        match text.trim().strip_suffix('%') {
            Some(share) => share.parse().ok().map(Self::Percent),
            None => text.trim().parse().ok().map(Self::Pods),
        }
    }

    pub(crate) fn is_none(self) -> bool {
        matches!(self, Self::Pods(0) | Self::Percent(0))
    }

    /// How many that is of so many pods, where shares are rounded up.
    pub(crate) fn rounded_up(self, pods: i64) -> i64 {
        match self {
            Self::Pods(number) => number,
            Self::Percent(share) => share.saturating_mul(pods).saturating_add(99).div_euclid(100),
        }
    }

    pub(crate) fn rounded_down(self, pods: i64) -> i64 {
        match self {
            Self::Pods(number) => number,
            Self::Percent(share) => share.saturating_mul(pods).div_euclid(100),
        }
    }
}

/// What objects that are no workloads say of those that are.
#[derive(Clone, Debug, Default)]
pub(crate) enum Wiring {
    #[default]
    None,
    /// `PodDisruptionBudget`.
    Budget(Budget),
    /// `HorizontalPodAutoscaler`.
    Autoscaler(Autoscaler),
    Ingress(Ingress),
    /// The pods that a `NetworkPolicy` is for.
    NetworkPolicy(Selector),
    /// `ServiceMonitor` or `PodMonitor`.
    Monitor(Monitor),
    /// `PrometheusRule`.
    Rules(Vec<Rule>),
    /// `LimitRange`: what the containers of its namespace get that say nothing themselves.
    Defaults(Defaults),
    /// `Role` or `ClusterRole`.
    Role(Vec<RoleRule>),
    /// `RoleBinding` or `ClusterRoleBinding`.
    Binding(Binding),
    /// `ServiceAccount`: its `automountServiceAccountToken`.
    Account(Option<At<bool>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Ingress {
    /// The names of the services that it leads to; empty where a backend names none.
    pub(crate) backends: Vec<At<String>>,
    /// The names that it answers to.
    pub(crate) hosts: Vec<At<String>>,
    /// Its `tls`, where there is an entry.
    pub(crate) tls: Option<Range>,
    /// `ingressClassName`.
    pub(crate) class: Option<String>,
}

/// What a role allows.
#[derive(Clone, Debug)]
pub(crate) struct RoleRule {
    pub(crate) groups: Vec<At<String>>,
    pub(crate) resources: Vec<At<String>>,
    pub(crate) verbs: Vec<At<String>>,
    /// Whether it is about objects of certain names alone.
    pub(crate) is_of_names: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) role_kind: String,
    pub(crate) role: Option<At<String>>,
    /// The service accounts that are given the role, each with its namespace.
    pub(crate) accounts: Vec<(String, Option<String>)>,
}

/// What Prometheus scrapes, as its operator is told
/// (<https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor>).
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    /// Whether it selects pods; else services.
    pub(crate) is_of_pods: bool,
    pub(crate) selector: Selector,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// Where each of what is selected is asked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) range: Range,
    /// The name of a port: of the service, or of the pod.
    pub(crate) port: Option<At<String>>,
    /// The number or the name of a port of the pod.
    pub(crate) target_port: Option<At<String>>,
    /// `/metrics` where it is absent.
    pub(crate) path: Option<At<String>>,
}

/// What a container needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Cpu,
    Memory,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) limits: Vec<Resource>,
    pub(crate) requests: Vec<Resource>,
}

/// An absent selector selects nothing.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    /// The mapping of the `spec`.
    pub(crate) range: Range,
    pub(crate) min_available: Option<At<Amount>>,
    pub(crate) max_unavailable: Option<At<Amount>>,
    pub(crate) selector: Option<Selector>,
}

#[derive(Clone, Debug)]
pub(crate) struct Autoscaler {
    pub(crate) target_kind: Option<At<String>>,
    pub(crate) target_name: Option<At<String>>,
    pub(crate) min: Option<At<i64>>,
    /// The least number of pods where `min` is absent: 1, and 0 of a `ScaledObject`.
    pub(crate) default_min: i64,
    pub(crate) max: Option<At<i64>>,
    /// What it holds at a share of what the containers request.
    pub(crate) measures: Vec<Measure>,
}

impl Autoscaler {
    pub(crate) fn least(&self) -> i64 {
        self.min.as_ref().map_or(self.default_min, |min| min.value)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Measure {
    pub(crate) resource: At<Resource>,
    /// The one container that it looks at; absent, it is all of the pod.
    pub(crate) container: Option<String>,
}

/// `matchLabels` and `matchExpressions`; empty, it selects everything.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    pub(crate) range: Range,
    pub(crate) labels: Vec<(String, At<String>)>,
    pub(crate) expressions: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub(crate) operator: String,
    pub(crate) values: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ServiceSpec {
    pub(crate) range: Range,
    /// `ClusterIP` where it is absent.
    pub(crate) kind: Option<At<String>>,
    /// `None` for a headless service.
    pub(crate) cluster_ip: Option<At<String>>,
    pub(crate) selector: Vec<(String, At<String>)>,
    pub(crate) ports: Vec<ServicePort>,
}

#[derive(Clone, Debug)]
pub(crate) struct ServicePort {
    pub(crate) range: Range,
    pub(crate) name: Option<At<String>>,
    pub(crate) port: Option<At<i64>>,
    /// `TCP` where it is absent.
    pub(crate) protocol: Option<At<String>>,
    /// A number or the name of a container's port; absent, it is `port`.
    pub(crate) target_port: Option<At<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct PodSpec {
    /// The mapping of the pod's `spec`.
    pub(crate) range: Range,
    pub(crate) template_labels: Vec<(String, At<String>)>,
    pub(crate) template_annotations: Vec<(String, At<String>)>,
    /// `serviceAccountName`; `default` where it is absent.
    pub(crate) account: Option<At<String>>,
    /// `automountServiceAccountToken`; that of the account where it is absent.
    pub(crate) mounts_token: Option<At<bool>>,
    /// `seccompProfile.type`: holds for a container that says nothing itself.
    pub(crate) seccomp: Option<At<String>>,
    pub(crate) containers: Vec<Container>,
    pub(crate) init_containers: Vec<Container>,
    /// `securityContext` of the pod: holds for a container that says nothing itself.
    pub(crate) run_as_non_root: Option<At<bool>>,
    pub(crate) run_as_user: Option<At<i64>>,
    /// `terminationGracePeriodSeconds`; 30 where it is absent.
    pub(crate) grace_period_seconds: Option<At<i64>>,
    pub(crate) share_process_namespace: Option<At<bool>>,
    pub(crate) host_network: Option<At<bool>>,
    pub(crate) host_pid: Option<At<bool>>,
    pub(crate) host_ipc: Option<At<bool>>,
    /// `false` gives the pod a user namespace of its own.
    pub(crate) host_users: Option<At<bool>>,
    pub(crate) volumes: Vec<Volume>,
    /// `false` keeps the addresses of the namespace's services out of the environment.
    pub(crate) enable_service_links: Option<At<bool>>,
    /// `Always` where it is absent.
    pub(crate) restart_policy: Option<At<String>>,
    /// Those of the pod as a whole, which its containers share.
    pub(crate) limits: Vec<(String, At<String>)>,
    pub(crate) requests: Vec<(String, At<String>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Volume {
    pub(crate) name: Option<At<String>>,
    /// The path of a `hostPath`.
    pub(crate) host_path: Option<At<String>>,
    /// Whether it outlives the pod: a claim, a disk of a cloud, a share of the network.
    pub(crate) is_kept: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) range: Range,
    pub(crate) name: Option<At<String>>,
    pub(crate) image: Option<At<String>>,
    /// Replaces the image's `ENTRYPOINT`.
    pub(crate) command: Option<Vec<At<String>>>,
    /// Replaces the image's `CMD`.
    pub(crate) args: Option<Vec<At<String>>>,
    pub(crate) env: Vec<EnvVar>,
    /// `ConfigMap/name` or `Secret/name`, at the name, and what is put before each of its keys.
    pub(crate) env_from: Vec<(At<String>, String)>,
    pub(crate) ports: Vec<ContainerPort>,
    pub(crate) liveness: Option<Probe>,
    pub(crate) readiness: Option<Probe>,
    pub(crate) startup: Option<Probe>,
    pub(crate) run_as_non_root: Option<At<bool>>,
    pub(crate) run_as_user: Option<At<i64>>,
    pub(crate) privileged: Option<At<bool>>,
    pub(crate) allow_privilege_escalation: Option<At<bool>>,
    /// `capabilities.add`.
    pub(crate) added_capabilities: Vec<At<String>>,
    /// `seccompProfile.type`.
    pub(crate) seccomp: Option<At<String>>,
    /// `readOnlyRootFilesystem`.
    pub(crate) read_only_root: Option<At<bool>>,
    pub(crate) limits: Vec<(String, At<String>)>,
    pub(crate) requests: Vec<(String, At<String>)>,
    /// The key `preStop` and its value.
    pub(crate) pre_stop: Option<Range>,
    /// The commands of `lifecycle`, with the name of the hook.
    pub(crate) hooks: Vec<(At<String>, Vec<At<String>>)>,
    /// The seconds that `preStop` sleeps by itself.
    pub(crate) pre_stop_sleep: Option<At<i64>>,
    pub(crate) volume_mounts: Vec<VolumeMount>,
    /// `Always` makes an init container a sidecar.
    pub(crate) restart_policy: Option<At<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct EnvVar {
    pub(crate) name: At<String>,
    pub(crate) value: Option<At<String>>,
    /// `valueFrom`: `ConfigMap/name#key`, `Secret/name#key`, `field/path` or `resource/path`.
    pub(crate) from: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ContainerPort {
    pub(crate) name: Option<At<String>>,
    pub(crate) port: At<i64>,
    /// `TCP` where it is absent.
    pub(crate) protocol: Option<At<String>>,
}

#[derive(Clone, Debug)]
pub(crate) struct VolumeMount {
    /// The name of a volume of the pod.
    pub(crate) name: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
    pub(crate) read_only: Option<At<bool>>,
}

/// A check by the kubelet. Absent numbers have defaults: delay 0 s, period 10 s, timeout 1 s, threshold 3.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    /// The key of the probe and its value.
    pub(crate) range: Range,
    pub(crate) action: ProbeAction,
    /// Seconds.
    pub(crate) initial_delay: Option<At<i64>>,
    /// Seconds.
    pub(crate) period: Option<At<i64>>,
    /// Seconds.
    pub(crate) timeout: Option<At<i64>>,
    pub(crate) failure_threshold: Option<At<i64>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeAction {
    Http {
        /// `/` where it is absent.
        path: Option<At<String>>,
        /// A number or the name of a port.
        port: At<String>,
        scheme: Option<At<String>>,
    },
    Tcp {
        port: At<String>,
    },
    Grpc {
        port: At<String>,
        service: Option<At<String>>,
    },
    Exec {
        command: Vec<At<String>>,
    },
    /// No action that Kubernetes knows, or one without its port.
    Unclear,
}

#[cfg(test)]
mod tests;
