//! Objects: where a manifest keeps them, and where each kind keeps its pod.

use super::access::access;
use super::container::{container, labels};
use super::wiring::{update, wiring};
use super::{KubeObject, KubernetesFacts, PodSpec, ServicePort, ServiceSpec, Volume};
use crate::span::{At, Range};
use crate::syntax::yaml::{self, Kind, Ref, Style, Yaml};

pub(crate) fn extract_kubernetes(text: &str) -> KubernetesFacts {
    let tree = yaml::parse(text);
    if let Some(at) = template_expression(text, &tree) {
        let error = At::new("contains template expressions".to_owned(), Range::new(at, at + "{{".len()));
        return KubernetesFacts { errors: vec![error], ..KubernetesFacts::default() };
    }
    let objects = extract_objects(&tree, |_| true);
    KubernetesFacts { objects, errors: tree.into_errors(), unknown: Vec::new() }
}

/// The objects of a tree, in order, without those that are not to be kept.
pub(crate) fn extract_objects(tree: &Yaml, keeps: impl Fn(Ref<'_>) -> bool) -> Vec<KubeObject> {
    let mut objects = Vec::new();
    // A list may hold lists; the stack holds what is still to be looked at, the first on top.
    let mut next: Vec<_> = tree.roots().collect();
    next.reverse();
    while let Some(node) = next.pop() {
        let kind = node.get("kind").and_then(Ref::str).unwrap_or_default();
        if kind.ends_with("List")
            && let Some(items) = node.get("items").filter(|items| items.is_sequence())
        {
            let mut items: Vec<_> = items.items().collect();
            items.reverse();
            next.append(&mut items);
        } else if keeps(node) {
            objects.extend(object(node));
        }
    }
    objects
}

/// The first `{{` that a template engine would have to replace before the file means anything. In a file that
/// parses, those within block scalars are data: alert rules and configuration files of other programs.
fn template_expression(text: &str, tree: &Yaml) -> Option<usize> {
    let first = text.find("{{")?;
    if !tree.errors.is_empty() {
        return Some(first);
    }
    let outside = |node: Ref<'_>| match node.kind() {
        Kind::Scalar { style: Style::Plain | Style::Quoted, .. } => {
            text[node.range().as_usize()].find("{{").map(|at| node.range().start as usize + at)
        }
        // `{{ a }}` without quotes is a mapping whose key is a mapping.
        Kind::Mapping(_) => {
            let start = node.range().start as usize;
            text[start..].starts_with("{{").then_some(start)
        }
        Kind::Scalar { style: Style::Block, .. } | Kind::Sequence(_) => None,
    };
    tree.roots().flat_map(Ref::descendants).find_map(outside)
}

fn object(node: Ref<'_>) -> Option<KubeObject> {
    let api_version = node.get("apiVersion")?.at_str()?;
    let kind = node.get("kind")?.at_str()?;
    let metadata = |key| node.path(&["metadata", key]);
    let spec = node.get("spec");
    let selector = spec.and_then(|spec| spec.get("selector"));
    let is_core = |name: &str| api_version.value == "v1" && kind.value == name;
    let service = if is_core("Service") { spec.map(service) } else { None };
    let data = if is_core("ConfigMap") || is_core("Secret") {
        ["data", "stringData"].into_iter().filter_map(|key| node.get(key)).flat_map(Ref::pairs).collect()
    } else {
        Vec::new()
    };
    Some(KubeObject {
        name: metadata("name").and_then(Ref::at_str),
        namespace: metadata("namespace").and_then(Ref::at_str),
        labels: metadata("labels").map(labels).unwrap_or_default(),
        annotations: metadata("annotations").map(labels).unwrap_or_default(),
        range: node.range(),
        pod: pod(node, &kind.value),
        replicas: spec.and_then(|spec| spec.get("replicas")).and_then(integer),
        selector: selector
            .map(|selector| labels(selector.get("matchLabels").unwrap_or(selector)))
            .unwrap_or_default(),
        service,
        data,
        update: spec.and_then(update),
        claims_volumes: spec
            .and_then(|spec| spec.get("volumeClaimTemplates"))
            .is_some_and(|claims| claims.items().next().is_some()),
        wiring: match spec {
            Some(spec) => wiring(&api_version.value, &kind.value, spec),
            None => access(&kind.value, node),
        },
        api_version,
        kind,
    })
}

/// The pod of a workload. Beyond the kinds of Kubernetes itself, the place tells and not the kind: a custom
/// resource with containers where a `Deployment` has them (Argo's `Rollout`, Knative's `Service`) runs them.
fn pod(object: Ref<'_>, kind: &str) -> Option<PodSpec> {
    const TEMPLATE: &[&str] = &["spec", "template"];
    const NESTED: &[&str] = &["spec", "jobTemplate", "spec", "template"];
    match kind {
        "Pod" => pod_spec(object),
        "CronJob" => object.path(NESTED).and_then(pod_spec),
        "DaemonSet"
        | "Deployment"
        | "DeploymentConfig"
        | "Job"
        | "ReplicaSet"
        | "ReplicationController"
        | "Rollout"
        | "StatefulSet" => object.path(TEMPLATE).and_then(pod_spec),
        _ => [TEMPLATE, NESTED, &["template"], &[]]
            .into_iter()
            .filter_map(|path| object.path(path))
            .find(|template| template.path(&["spec", "containers"]).is_some_and(Ref::is_sequence))
            .and_then(pod_spec),
    }
}

/// A template without a `spec` still has labels, which services select.
fn pod_spec(template: Ref<'_>) -> Option<PodSpec> {
    let spec = template.get("spec").or_else(|| template.get("metadata").map(|_| template))?;
    let context = |key| spec.path(&["securityContext", key]);
    let containers =
        |key| spec.get(key).into_iter().flat_map(Ref::items).filter(|node| node.is_mapping()).map(container);
    Some(PodSpec {
        range: spec.range(),
        template_labels: template.path(&["metadata", "labels"]).map(labels).unwrap_or_default(),
        template_annotations: template.path(&["metadata", "annotations"]).map(labels).unwrap_or_default(),
        account: spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount")).and_then(Ref::at_str),
        mounts_token: spec.get("automountServiceAccountToken").and_then(boolean),
        seccomp: context("seccompProfile").and_then(|profile| profile.get("type")?.at_str()),
        containers: containers("containers").collect(),
        init_containers: containers("initContainers").collect(),
        run_as_non_root: context("runAsNonRoot").and_then(boolean),
        run_as_user: context("runAsUser").and_then(integer),
        grace_period_seconds: spec.get("terminationGracePeriodSeconds").and_then(integer),
        share_process_namespace: spec.get("shareProcessNamespace").and_then(boolean),
        host_network: spec.get("hostNetwork").and_then(boolean),
        host_pid: spec.get("hostPID").and_then(boolean),
        host_ipc: spec.get("hostIPC").and_then(boolean),
        host_users: spec.get("hostUsers").and_then(boolean),
        enable_service_links: spec.get("enableServiceLinks").and_then(boolean),
        volumes: spec.get("volumes").into_iter().flat_map(Ref::items).map(volume).collect(),
        restart_policy: spec.get("restartPolicy").and_then(Ref::at_str),
        limits: spec.path(&["resources", "limits"]).map(labels).unwrap_or_default(),
        requests: spec.path(&["resources", "requests"]).map(labels).unwrap_or_default(),
    })
}

fn volume(node: Ref<'_>) -> Volume {
    Volume {
        name: node.get("name").and_then(Ref::at_str),
        host_path: node.path(&["hostPath", "path"]).and_then(Ref::at_str),
        is_kept: KEPT.iter().any(|kind| node.get(kind).is_some()),
    }
}

/// The volumes that outlive a pod, those that have been removed since included
/// (<https://kubernetes.io/docs/concepts/storage/volumes/#volume-types>).
const KEPT: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "gcePersistentDisk",
    "glusterfs",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

fn service(spec: Ref<'_>) -> ServiceSpec {
    let port = |node: Ref<'_>| ServicePort {
        range: node.range(),
        name: node.get("name").and_then(Ref::at_str),
        port: node.get("port").and_then(integer),
        protocol: node.get("protocol").and_then(Ref::at_str),
        target_port: node.get("targetPort").and_then(Ref::at_str),
    };
    ServiceSpec {
        range: spec.range(),
        kind: spec.get("type").and_then(Ref::at_str),
        cluster_ip: spec.get("clusterIP").and_then(Ref::at_str),
        selector: spec.get("selector").map(labels).unwrap_or_default(),
        ports: spec.get("ports").into_iter().flat_map(Ref::items).map(port).collect(),
    }
}

pub(super) fn boolean(node: Ref<'_>) -> Option<At<bool>> {
    node.as_bool_1_1().map(|value| node.at(value))
}

pub(super) fn integer(node: Ref<'_>) -> Option<At<i64>> {
    node.as_i64().map(|value| node.at(value))
}
