//! What a workload is given of the machine that it runs on.

use crate::facts::compose::{ComposeService, Variables};
use crate::facts::kubernetes::{Container, PodSpec};
use crate::span::{FileId, Home, Span};

/// Something of the host that all containers of a workload, or those that mount it, get at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostAccess {
    /// `network`, `process` or `IPC`.
    Namespace { span: Span, which: &'static str },
    /// The socket of a container runtime: who writes to it starts containers as root.
    RuntimeSocket { span: Span, path: String },
    /// A path of the host's files. It is sensitive where who writes to it takes over the node, or reads its secrets there.
    Path { span: Span, path: String, is_read_only: bool, is_sensitive: bool },
}

/// A privilege of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    Privileged(Span),
    /// A capability that few programs need.
    Capability {
        span: Span,
        name: String,
        /// Whether it is as good as root of the node; others reach the network and the processes of their own pod, and those
        /// of the node with its namespaces.
        is_root: bool,
    },
}

/// Sockets of container runtimes, wherever `/var/run` leads to.
const RUNTIME_SOCKETS: &[&str] =
    &["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock", "podman.sock"];

/// Capabilities with which a process leaves its container or takes over what runs beside it
/// (<https://man7.org/linux/man-pages/man7/capabilities.7.html>).
const AS_ROOT: &[&str] =
    &["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_RAWIO"];

/// Folders of the node's system, and of what runs its containers, with all that is in them.
const SENSITIVE: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run/containerd",
    "/run/crio",
    "/run/docker",
    "/sbin",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/run/containerd",
    "/var/run/crio",
    "/var/run/docker",
];

/// In those, what tells nothing that an image could not hold as well.
const HARMLESS: &[&str] = &[
    "/dev/shm",
    "/etc/localtime",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/pki",
    "/etc/ssl",
    "/etc/timezone",
    "/lib/modules",
    "/usr/share",
];

fn is_sensitive(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let is_in =
        |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    matches!(path, "" | "/run" | "/var/run")
        || SENSITIVE.iter().any(|folder| is_in(folder)) && !HARMLESS.iter().any(|folder| is_in(folder))
}

const FAR_REACHING: &[&str] = &["NET_ADMIN", "SYS_PTRACE"];

pub(super) fn of_pod(home: &Home, pod: &PodSpec) -> Vec<HostAccess> {
    let namespaces = [(&pod.host_network, "network"), (&pod.host_pid, "process"), (&pod.host_ipc, "IPC")]
        .into_iter()
        .filter_map(|(shared, which)| {
            let span = home.at(shared.as_ref().filter(|shared| shared.value)?);
            Some(HostAccess::Namespace { span, which })
        });
    let containers = || pod.containers.iter().chain(&pod.init_containers);
    let paths = pod.volumes.iter().filter_map(|volume| {
        let path = volume.host_path.as_ref()?;
        let name = volume.name.as_ref().map(|name| name.value.as_str());
        let mut mounts = containers()
            .flat_map(|container| &container.volume_mounts)
            .filter(|mount| mount.name.as_ref().map(|name| name.value.as_str()) == name)
            .peekable();
        let is_mounted = mounts.peek().is_some();
        let is_read_only =
            is_mounted && mounts.all(|mount| mount.read_only.as_ref().is_some_and(|only| only.value));
        Some(access(home.at(path), &path.value, is_read_only))
    });
    namespaces.chain(paths).collect()
}

pub(super) fn of_compose(file: FileId, service: &ComposeService, known: &Variables) -> Vec<HostAccess> {
    let shared = [(&service.network_mode, "network"), (&service.pid, "process"), (&service.ipc, "IPC")];
    let namespaces = shared.into_iter().filter_map(|(mode, which)| {
        let span = mode.as_ref().filter(|mode| mode.value == "host")?.span(file);
        Some(HostAccess::Namespace { span, which })
    });
    // Other paths of the host are how compose gives files to a service.
    let sockets = service
        .mounts
        .iter()
        .filter_map(|mount| Some((mount, known.value(&mount.source)?)))
        .filter(|(_, source)| is_runtime_socket(source))
        .map(|(mount, source)| access(Span::new(file, mount.range), &source, false));
    namespaces.chain(sockets).collect()
}

pub(super) fn powers_of(home: &Home, container: &Container) -> Vec<Power> {
    let privileged = container.privileged.as_ref().filter(|privileged| privileged.value);
    let privileged = privileged.map(|privileged| Power::Privileged(home.at(privileged)));
    let capabilities = container.added_capabilities.iter();
    privileged.into_iter().chain(capabilities.filter_map(|it| capability(home.at(it), &it.value))).collect()
}

pub(super) fn powers_of_compose(file: FileId, service: &ComposeService) -> Vec<Power> {
    let privileged = service.privileged.as_ref().filter(|privileged| privileged.value);
    let privileged = privileged.map(|privileged| Power::Privileged(privileged.span(file)));
    let capabilities = service.cap_add.iter();
    privileged.into_iter().chain(capabilities.filter_map(|it| capability(it.span(file), &it.value))).collect()
}

fn capability(span: Span, name: &str) -> Option<Power> {
    let upper = name.to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    let is_root = AS_ROOT.contains(&name);
    (is_root || FAR_REACHING.contains(&name)).then(|| Power::Capability {
        span,
        name: name.to_owned(),
        is_root,
    })
}

fn access(span: Span, path: &str, is_read_only: bool) -> HostAccess {
    let path = path.to_owned();
    if is_runtime_socket(&path) {
        HostAccess::RuntimeSocket { span, path }
    } else {
        let is_sensitive = is_sensitive(&path);
        HostAccess::Path { span, path, is_read_only, is_sensitive }
    }
}

fn is_runtime_socket(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    path.starts_with('/') && RUNTIME_SOCKETS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Range;

    #[test]
    fn capabilities_are_told_in_any_case_and_with_their_prefix() {
        let span = Span::new(FileId(0), Range::default());
        for (name, is_dangerous) in [
            ("ALL", true),
            ("nEt_aDmIn", true),
            ("CAP_SYS_ADMIN", true),
            ("NET_BIND_SERVICE", false),
            ("CHOWN", false),
        ] {
            assert_eq!(capability(span, name).is_some(), is_dangerous, "{name}");
        }
    }

    #[test]
    fn what_is_in_a_sensitive_folder_is_sensitive() {
        for (path, expected) in [
            ("/", true),
            ("/etc/", true),
            ("/etc/kubernetes/pki", true),
            ("/etcetera", false),
            ("/etc/localtime", false),
            ("/var/run", true),
            ("/var/run/app", false),
            ("/run/containerd", true),
            ("/data", false),
        ] {
            assert_eq!(is_sensitive(path), expected, "{path}");
        }
    }

    #[test]
    fn a_socket_of_a_runtime_is_told_from_others() {
        for (path, is_one) in [
            ("/var/run/docker.sock", true),
            ("/run/containerd/containerd.sock", true),
            ("/var/run/thing.sock", false),
            ("docker.sock", false),
        ] {
            assert_eq!(is_runtime_socket(path), is_one, "{path}");
        }
    }
}
