//! Containers: what they run, what they are given, and how they are probed.

use super::object::{boolean, integer};
use super::{Container, ContainerPort, EnvVar, Probe, ProbeAction, VolumeMount};
use crate::span::At;
use crate::syntax::yaml::Ref;

pub(super) fn container(node: Ref<'_>) -> Container {
    let string = |key| node.get(key).and_then(Ref::at_str);
    let items = |key| node.get(key).into_iter().flat_map(Ref::items);
    let words = |key| node.get(key).filter(|words| words.is_sequence()).map(Ref::strings);
    let context = |key| node.path(&["securityContext", key]);
    let resources = |key| node.path(&["resources", key]).map(labels).unwrap_or_default();
    Container {
        range: node.range(),
        name: string("name"),
        image: string("image"),
        command: words("command"),
        args: words("args"),
        env: items("env").filter_map(env_var).collect(),
        env_from: items("envFrom").filter_map(env_from).collect(),
        ports: items("ports").filter_map(port).collect(),
        liveness: node.entry("livenessProbe").and_then(probe),
        readiness: node.entry("readinessProbe").and_then(probe),
        startup: node.entry("startupProbe").and_then(probe),
        run_as_non_root: context("runAsNonRoot").and_then(boolean),
        run_as_user: context("runAsUser").and_then(integer),
        privileged: context("privileged").and_then(boolean),
        allow_privilege_escalation: context("allowPrivilegeEscalation").and_then(boolean),
        added_capabilities: context("capabilities")
            .and_then(|capabilities| capabilities.get("add"))
            .map(Ref::strings)
            .unwrap_or_default(),
        seccomp: context("seccompProfile").and_then(|profile| profile.get("type")?.at_str()),
        read_only_root: context("readOnlyRootFilesystem").and_then(boolean),
        limits: resources("limits"),
        requests: resources("requests"),
        pre_stop: node
            .get("lifecycle")
            .and_then(|lifecycle| lifecycle.entry("preStop"))
            .map(|(key, value)| key.through(value)),
        hooks: node.get("lifecycle").map(hooks).unwrap_or_default(),
        pre_stop_sleep: node.path(&["lifecycle", "preStop", "sleep", "seconds"]).and_then(integer),
        volume_mounts: items("volumeMounts").map(volume_mount).collect(),
        restart_policy: string("restartPolicy"),
    }
}

/// A flat mapping whose keys need no place: labels, selectors, quantities.
pub(super) fn labels(node: Ref<'_>) -> Vec<(String, At<String>)> {
    node.pairs().into_iter().map(|(key, value)| (key.value, value)).collect()
}

fn env_var(node: Ref<'_>) -> Option<EnvVar> {
    Some(EnvVar {
        name: node.get("name")?.at_str()?,
        value: node.get("value").and_then(Ref::at_str),
        from: node.get("valueFrom").and_then(value_from),
    })
}

fn value_from(node: Ref<'_>) -> Option<String> {
    let part = |reference: Ref<'_>, key| reference.get(key).and_then(Ref::str).unwrap_or_default().to_owned();
    let keyed = |field, kind| {
        let reference = node.get(field)?;
        Some(format!("{kind}/{}#{}", part(reference, "name"), part(reference, "key")))
    };
    keyed("configMapKeyRef", "ConfigMap")
        .or_else(|| keyed("secretKeyRef", "Secret"))
        .or_else(|| Some(format!("field/{}", part(node.get("fieldRef")?, "fieldPath"))))
        .or_else(|| Some(format!("resource/{}", part(node.get("resourceFieldRef")?, "resource"))))
}

fn env_from(node: Ref<'_>) -> Option<(At<String>, String)> {
    let named = |field, kind| {
        let name = node.path(&[field, "name"])?.at_str()?;
        Some(At::new(format!("{kind}/{}", name.value), name.range))
    };
    let prefix = node.get("prefix").and_then(Ref::str).unwrap_or_default().to_owned();
    Some((named("configMapRef", "ConfigMap").or_else(|| named("secretRef", "Secret"))?, prefix))
}

fn port(node: Ref<'_>) -> Option<ContainerPort> {
    Some(ContainerPort {
        name: node.get("name").and_then(Ref::at_str),
        port: node.get("containerPort").and_then(integer)?,
        protocol: node.get("protocol").and_then(Ref::at_str),
    })
}

fn volume_mount(node: Ref<'_>) -> VolumeMount {
    VolumeMount {
        name: node.get("name").and_then(Ref::at_str),
        path: node.get("mountPath").and_then(Ref::at_str),
        read_only: node.get("readOnly").and_then(boolean),
    }
}

fn hooks(lifecycle: Ref<'_>) -> Vec<(At<String>, Vec<At<String>>)> {
    let command = |name: &str| {
        let (key, hook) = lifecycle.entry(name)?;
        let words = hook.path(&["exec", "command"])?;
        Some((At::new(name.to_owned(), key.through(hook)), words.strings()))
    };
    ["postStart", "preStop"].into_iter().filter_map(command).collect()
}

/// A probe that is null is no probe.
fn probe((key, node): (Ref<'_>, Ref<'_>)) -> Option<Probe> {
    if node.is_null() {
        return None;
    }
    let number = |key| node.get(key).and_then(integer);
    Some(Probe {
        range: key.through(node),
        action: action(node).unwrap_or(ProbeAction::Unclear),
        initial_delay: number("initialDelaySeconds"),
        period: number("periodSeconds"),
        timeout: number("timeoutSeconds"),
        failure_threshold: number("failureThreshold"),
    })
}

fn action(probe: Ref<'_>) -> Option<ProbeAction> {
    let string = |node: Ref<'_>, key| node.get(key).and_then(Ref::at_str);
    if let Some(http) = probe.get("httpGet") {
        let port = string(http, "port")?;
        return Some(ProbeAction::Http { path: string(http, "path"), port, scheme: string(http, "scheme") });
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        return Some(ProbeAction::Tcp { port: string(tcp, "port")? });
    }
    if let Some(grpc) = probe.get("grpc") {
        return Some(ProbeAction::Grpc { port: string(grpc, "port")?, service: string(grpc, "service") });
    }
    let command = probe.get("exec")?.get("command")?;
    Some(ProbeAction::Exec { command: command.strings() })
}
