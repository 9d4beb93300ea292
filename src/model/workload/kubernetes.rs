//! The workloads of a Kubernetes manifest.

use std::collections::BTreeSet;

use super::grace::{Delay, Grace};
use super::health::HealthCheck;
use super::{
    Deployed, Kept, Kind, Literal, Platform, Port, RemovedApi, RunAs, Workload, given, host, is_aside,
};
use crate::facts::kubernetes::{Container, KubeObject, PodSpec, Probe, ProbeAction, VolumeMount};
use crate::facts::{Facts, FileFacts};
use crate::model::probe::{ProbeUse, Role};
use crate::model::start::texts;
use crate::model::tools::{Hook, Runs};
use crate::source::{self, Sources, folder, join};
use crate::span::{At, FileId, Home};

/// What manifests deploy: as they stand, and where Kustomize takes them as it makes them.
pub(super) fn all(sources: &Sources, facts: &Facts) -> Vec<Workload> {
    let mut found = Vec::new();
    let parts = patch_files(sources, facts);
    for (file, manifest) in facts.kubernetes(sources) {
        let path = sources.path(file);
        if facts.kustomized.taken.contains(&file) || parts.contains(path) {
            continue;
        }
        let home = Home::File(file);
        let all = manifest.objects.iter().filter_map(|object| {
            let mut workload = workload(path, None, &home, object)?;
            workload.is_aside = is_aside(path) || is_part(sources, path, object.pod.as_ref()?);
            Some(workload)
        });
        found.extend(all);
    }
    for built in &facts.kustomized.built {
        let root = sources.path(built.root);
        found.extend(built.objects.iter().filter_map(|it| {
            let path = sources.path(it.file);
            let mut workload = workload(path, Some(&it.first_name), &built.home, &it.object)?;
            workload.is_aside = is_aside(path) || is_aside(root);
            workload.built_by = Some(built.root);
            workload.open.clone_from(&it.open);
            Some(workload)
        }));
    }
    found.sort_by_key(|workload| workload.span.file);
    found
}

fn workload(path: &str, first_name: Option<&str>, home: &Home, object: &KubeObject) -> Option<Workload> {
    let pod = object.pod.as_ref()?;
    let name = object.name.as_ref().map_or("", |name| name.value.as_str());
    let kind = object.kind.value.as_str();
    Some(Workload {
        id: format!("{path}#{kind}/{}", first_name.unwrap_or(name)),
        platform: Platform::Kubernetes,
        span: home.span(object.name.as_ref().map_or(object.kind.range, |name| name.range)),
        home: home.clone(),
        built_by: None,
        open: None,
        containers: containers(home, pod, object.claims_volumes),
        is_aside: is_aside(path),
        kind: kind_of(kind, pod),
        kind_name: kind.to_owned(),
        name: name.to_owned(),
        namespace: object.namespace.as_ref().map(|namespace| namespace.value.clone()),
        aliases: None,
        labels: plain(&pod.template_labels),
        annotations: pod.template_annotations.clone(),
        account: pod.account.clone(),
        mounts_token: pod.mounts_token.clone(),
        removed_api: RemovedApi::of(home, object),
        replicas: object.replicas.clone(),
        update: object.update.clone(),
        keeps_data: object.claims_volumes || pod.volumes.iter().any(|volume| volume.is_kept),
        host: host::of_pod(home, pod),
        is_for_production: true,
        restarts: None,
        waits_for: Vec::new(),
        grace: Grace::of_pod(home, pod),
    })
}

fn containers(home: &Home, pod: &PodSpec, claims_volumes: bool) -> Vec<Deployed> {
    let inits = pod.init_containers.iter().map(|container| (container, true));
    let all = pod.containers.iter().map(|container| (container, false));
    let of = |(container, is_init)| Deployed {
        kept: kept(home, pod, container, claims_volumes),
        ..kube_container(home, pod, container, is_init)
    };
    all.chain(inits).map(of).collect()
}

/// The mounts of volumes that outlive a pod. What no volume of the pod is named for comes of `volumeClaimTemplates`.
fn kept(home: &Home, pod: &PodSpec, container: &Container, claims_volumes: bool) -> Vec<Kept> {
    let of = |mount: &VolumeMount| {
        let name = &mount.name.as_ref()?.value;
        let path = mount.path.as_ref()?;
        let volume =
            pod.volumes.iter().find(|volume| volume.name.as_ref().is_some_and(|own| own.value == *name));
        let is_per_pod = match volume {
            Some(volume) if volume.is_kept => false,
            None if claims_volumes => true,
            _ => return None,
        };
        Some(Kept { path: path.value.clone(), span: home.at(path), is_per_pod })
    };
    container.volume_mounts.iter().filter_map(of).collect()
}

fn kube_container(home: &Home, pod: &PodSpec, container: &Container, is_init: bool) -> Deployed {
    // Where the pod as a whole has some, its containers share them.
    let quantity = |own: &[(String, At<String>)], of_pod: &[(String, At<String>)], name: &str| {
        own.iter()
            .chain(of_pod)
            .find(|(key, value)| key == name && !value.value.is_empty())
            .map(|(_, value)| home.at(value))
    };
    let of_probe = |probe: &Option<Probe>| probe.as_ref().map(|probe| home.span(probe.range));
    let memory_limit = quantity(&container.limits, &pod.limits, "memory");
    let probes = [
        (Role::Liveness, &container.liveness),
        (Role::Readiness, &container.readiness),
        (Role::Startup, &container.startup),
    ];
    let name = container.name.as_ref();
    Deployed {
        name: name.map(|name| name.value.clone()).unwrap_or_default(),
        is_init,
        image: container.image.as_ref().map(|image| {
            let is_variable = image.value.contains(['$', '{', '<']);
            let value = if is_variable { Err(image.value.clone()) } else { Ok(image.value.clone()) };
            At::new(value, image.range)
        }),
        build: None,
        given: given::of_container(
            home,
            container,
            pod.enable_service_links.as_ref().is_some_and(|links| !links.value),
        ),
        user: run_as(home, pod, container),
        probes: probes
            .into_iter()
            .filter_map(|(role, probe)| Some(ProbeUse::of_kubernetes(home, role, probe.as_ref()?)))
            .collect(),
        health_check: HealthCheck::Off,
        has_init: pod.share_process_namespace.as_ref().is_some_and(|shared| shared.value),
        uses_host_network: pod.host_network.as_ref().is_some_and(|host| host.value),
        span: name.map_or_else(|| home.span(container.range), |name| home.at(name)),
        home: home.clone(),
        is_sidecar: container.restart_policy.as_ref().is_some_and(|policy| policy.value == "Always"),
        liveness: of_probe(&container.liveness),
        readiness: of_probe(&container.readiness),
        published: Vec::new(),
        ports: container
            .ports
            .iter()
            .map(|port| Port {
                name: port.name.as_ref().map(|name| name.value.clone()),
                number: port.port.value,
            })
            .collect(),
        memory_limit,
        // What is limited and not requested is requested as it is limited.
        memory_request: quantity(&container.requests, &pod.requests, "memory").or(memory_limit),
        cpu_request: quantity(&container.requests, &pod.requests, "cpu")
            .or_else(|| quantity(&container.limits, &pod.limits, "cpu")),
        powers: host::powers_of(home, container),
        mounts: container
            .volume_mounts
            .iter()
            .filter_map(|mount| Some(mount.path.as_ref()?.value.clone()))
            .collect(),
        kept: Vec::new(),
        hooks: hooks(home, container),
        delay: Delay::of(home, container),
        pre_stop: container.pre_stop.map(|hook| home.span(hook)),
        escalation: container.allow_privilege_escalation.clone(),
        read_only_root: container.read_only_root.clone(),
        seccomp: container.seccomp.clone().or_else(|| pod.seccomp.clone()),
        literals: container
            .env
            .iter()
            .filter_map(|variable| {
                let value = variable.value.as_ref()?;
                Some(Literal {
                    span: home.at(value),
                    name: variable.name.value.clone(),
                    value: value.value.clone(),
                })
            })
            .collect(),
    }
}

fn hooks(home: &Home, container: &Container) -> Vec<Hook> {
    let probes = [
        ("liveness probe", &container.liveness),
        ("readiness probe", &container.readiness),
        ("startup probe", &container.startup),
    ];
    let of_probe = |(what, probe): (&'static str, &Option<Probe>)| {
        let probe = probe.as_ref()?;
        let ProbeAction::Exec { command } = &probe.action else { return None };
        let run = Runs::Words(texts(command));
        Some(Hook { span: home.span(probe.range), what, run })
    };
    let of_lifecycle = container.hooks.iter().map(|(name, command)| Hook {
        span: home.at(name),
        what: if name.value == "preStop" { "`preStop` hook" } else { "`postStart` hook" },
        run: Runs::Words(texts(command)),
    });
    probes.into_iter().filter_map(of_probe).chain(of_lifecycle).collect()
}

/// The container's own context wins over the pod's, field by field
/// (<https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>).
fn run_as(home: &Home, pod: &PodSpec, container: &Container) -> RunAs {
    let user = container.run_as_user.as_ref().or(pod.run_as_user.as_ref());
    let non_root = container.run_as_non_root.as_ref().or(pod.run_as_non_root.as_ref());
    let mapped = pod.host_users.as_ref().filter(|host_users| !host_users.value);
    match (user, non_root) {
        (Some(user), _) if user.value != 0 => RunAs::NonRoot(home.at(user)),
        _ if let Some(mapped) = mapped => RunAs::Mapped(home.at(mapped)),
        (Some(user), _) => RunAs::Root(home.at(user)),
        // `false` allows root and does not ask for it.
        (None, Some(non_root)) if non_root.value => RunAs::NonRoot(home.at(non_root)),
        _ => RunAs::Silent,
    }
}

/// Whether this is part of a workload, without being named as one: nothing of it says what is run.
fn is_part(sources: &Sources, path: &str, pod: &PodSpec) -> bool {
    let is_beside = |(_, file): (FileId, &source::SourceFile)| {
        file.kind == source::Kind::Kustomization && folder(&file.path) == folder(path)
    };
    pod.containers.iter().all(|container| container.image.is_none()) && sources.iter().any(is_beside)
}

/// The files that Kustomize lays over others, which hold parts of workloads.
pub(crate) fn patch_files(sources: &Sources, facts: &Facts) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, facts) in facts.of_kind(sources, source::Kind::Kustomization) {
        let FileFacts::Kustomization(kustomization) = facts else { continue };
        let here = folder(sources.path(file));
        found.extend(kustomization.patch_files.iter().filter_map(|path| join(here, path)));
    }
    found
}

fn kind_of(kind: &str, pod: &PodSpec) -> Kind {
    match kind {
        // OpenShift's and Argo's work like a `Deployment`.
        "Deployment" | "DeploymentConfig" | "Rollout" => Kind::Deployment,
        "StatefulSet" => Kind::StatefulSet,
        "DaemonSet" => Kind::DaemonSet,
        "ReplicaSet" | "ReplicationController" => Kind::Pods,
        "Pod" if pod.restart_policy.as_ref().is_none_or(|policy| policy.value == "Always") => Kind::Pods,
        "Pod" | "Job" | "CronJob" => Kind::Task,
        _ => Kind::Custom,
    }
}

pub(crate) fn plain(labels: &[(String, At<String>)]) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.clone(), value.value.clone())).collect()
}
