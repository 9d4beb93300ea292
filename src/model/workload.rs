//! What is deployed: the containers of Kubernetes workloads and the services of compose files.

use crate::facts::compose::{ComposeFacts, ComposeService, Interpolated, Words, interpolate};
use crate::facts::kubernetes::{Container, KubernetesFacts, PodSpec, Probe, ProbeAction};
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Sources, folder, join};
use crate::span::{At, FileId, Span};

/// The number of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkloadId(pub(crate) u32);

/// One workload.
#[derive(Debug)]
pub(crate) struct Workload {
    /// `path#Kind/name` or `path#service`.
    pub(crate) id: String,
    pub(crate) platform: Platform,
    pub(crate) span: Span,
    pub(crate) containers: Vec<Deployed>,
    pub(crate) is_aside: bool,
}

/// What runs a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Platform {
    Compose,
    Kubernetes,
}

/// One container of a workload.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings of a container")]
pub(crate) struct Deployed {
    pub(crate) name: String,
    pub(crate) is_init: bool,
    /// The image as written, with defaults of variables; `Err` is the text with variables that have none.
    pub(crate) image: Option<At<Result<String, String>>>,
    pub(crate) build: Option<BuildFrom>,
    pub(crate) env: Vec<(String, Option<String>)>,
    /// Whether variables come from somewhere that is not written here.
    pub(crate) env_is_open: bool,
    pub(crate) user: RunAs,
    pub(crate) probes: Vec<ProbeUse>,
    /// An init process is put in front (compose `init: true`).
    pub(crate) has_init: bool,
    pub(crate) uses_host_network: bool,
}

/// A build of a compose service.
#[derive(Debug)]
pub(crate) struct BuildFrom {
    /// The path of the Dockerfile in the tree.
    pub(crate) dockerfile: Option<String>,
    pub(crate) target: Option<String>,
}

/// Who a manifest says that the container runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunAs {
    Silent,
    NonRoot(Span),
    Root(Span),
    Unclear(Span),
}

/// A probe, or the health check of a compose service.
#[derive(Debug)]
pub(crate) struct ProbeUse {
    pub(crate) span: Span,
    /// The path of an HTTP probe, or of the URL in a command.
    pub(crate) path: Option<String>,
    /// The command that it runs.
    pub(crate) command: Option<String>,
}

impl Workload {
    pub(crate) fn all(sources: &Sources, facts: &Facts) -> Vec<Self> {
        let mut found = Vec::new();
        for (file, facts) in facts.of_kind(sources, Kind::Compose) {
            if let FileFacts::Compose(compose) = facts {
                found.extend(of_compose(sources, file, compose));
            }
        }
        for (file, facts) in facts.of_kind(sources, Kind::Kubernetes) {
            if let FileFacts::Kubernetes(kubernetes) = facts {
                found.extend(of_kubernetes(sources, file, kubernetes));
            }
        }
        found
    }
}

fn of_compose(sources: &Sources, file: FileId, compose: &ComposeFacts) -> Vec<Workload> {
    let path = sources.path(file);
    compose
        .services
        .iter()
        .map(|service| Workload {
            id: format!("{path}#{}", service.name.value),
            platform: Platform::Compose,
            span: Span::new(file, service.name.range),
            containers: vec![compose_container(sources, file, service)],
            is_aside: is_aside(path),
        })
        .collect()
}

fn compose_container(sources: &Sources, file: FileId, service: &ComposeService) -> Deployed {
    let base = folder(sources.path(file));
    let build = service.build.as_ref().map(|build| {
        let context = build.context.as_ref().map_or(".", |context| context.value.as_str());
        let name = build.dockerfile.as_ref().map_or("Dockerfile", |name| name.value.as_str());
        let dockerfile = join(base, context).and_then(|context| join(&context, name));
        BuildFrom {
            dockerfile: dockerfile.filter(|path| sources.find(path).is_some()),
            target: build.target.as_ref().map(|target| target.value.clone()),
        }
    });
    let image = service.image.as_ref().map(|image| {
        let value = match interpolate(&image.value) {
            Interpolated::Value(value) => Ok(value),
            Interpolated::Missing(_) => Err(image.value.clone()),
        };
        At::new(value, image.range)
    });
    let user = match &service.user {
        None => RunAs::Silent,
        Some(user) => {
            let span = user.span(file);
            match interpolate(&user.value) {
                Interpolated::Value(value) => match value.split(':').next().unwrap_or_default() {
                    "root" | "0" => RunAs::Root(span),
                    _ => RunAs::NonRoot(span),
                },
                Interpolated::Missing(_) => RunAs::Unclear(span),
            }
        }
    };
    let env = service
        .environment
        .iter()
        .map(|(name, value)| {
            let value = value.as_ref().and_then(|value| match interpolate(&value.value) {
                Interpolated::Value(value) => Some(value),
                Interpolated::Missing(_) => None,
            });
            (name.value.clone(), value)
        })
        .collect();
    let probe = service.healthcheck.as_ref().filter(|check| !check.disabled).and_then(|check| {
        let text = match check.test.as_ref()? {
            Words::Exec(words) => words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "),
            Words::Shell(text) => text.value.clone(),
        };
        Some(ProbeUse { span: Span::new(file, check.range), path: url_path(&text), command: Some(text) })
    });
    Deployed {
        name: service.name.value.clone(),
        is_init: false,
        image,
        build,
        env,
        env_is_open: !service.env_files.is_empty() || service.extends.is_some(),
        user,
        probes: probe.into_iter().collect(),
        has_init: service.init.as_ref().is_some_and(|init| init.value),
        uses_host_network: service.network_mode.as_ref().is_some_and(|mode| mode.value == "host"),
    }
}

fn of_kubernetes(sources: &Sources, file: FileId, kubernetes: &KubernetesFacts) -> Vec<Workload> {
    let path = sources.path(file);
    kubernetes
        .objects
        .iter()
        .filter_map(|object| {
            let pod = object.pod.as_ref()?;
            let name = object.name.as_ref().map_or("", |name| name.value.as_str());
            let kind = object.kind.value.as_str();
            let range = object.name.as_ref().map_or(object.kind.range, |name| name.range);
            Some(Workload {
                id: format!("{path}#{kind}/{name}"),
                platform: Platform::Kubernetes,
                span: Span::new(file, range),
                containers: containers(file, pod),
                is_aside: is_aside(path),
            })
        })
        .collect()
}

fn containers(file: FileId, pod: &PodSpec) -> Vec<Deployed> {
    let inits = pod.init_containers.iter().map(|container| (container, true));
    let all = pod.containers.iter().map(|container| (container, false));
    all.chain(inits).map(|(container, is_init)| kube_container(file, pod, container, is_init)).collect()
}

fn kube_container(file: FileId, pod: &PodSpec, container: &Container, is_init: bool) -> Deployed {
    let probes = [&container.liveness, &container.readiness, &container.startup];
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
        env: container
            .env
            .iter()
            .map(|variable| {
                (variable.name.value.clone(), variable.value.as_ref().map(|value| value.value.clone()))
            })
            .collect(),
        env_is_open: !container.env_from.is_empty(),
        user: run_as(file, pod, container),
        probes: probes.into_iter().flatten().map(|probe| probe_use(file, probe)).collect(),
        has_init: pod.share_process_namespace.as_ref().is_some_and(|shared| shared.value),
        uses_host_network: pod.host_network.as_ref().is_some_and(|host| host.value),
    }
}

/// The container's own context wins over the pod's, field by field
/// (<https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>).
fn run_as(file: FileId, pod: &PodSpec, container: &Container) -> RunAs {
    let user = container.run_as_user.as_ref().or(pod.run_as_user.as_ref());
    let non_root = container.run_as_non_root.as_ref().or(pod.run_as_non_root.as_ref());
    match (user, non_root) {
        (Some(user), _) if user.value == 0 => RunAs::Root(user.span(file)),
        (Some(user), _) => RunAs::NonRoot(user.span(file)),
        // `false` allows root and does not ask for it.
        (None, Some(non_root)) if non_root.value => RunAs::NonRoot(non_root.span(file)),
        _ => RunAs::Silent,
    }
}

fn probe_use(file: FileId, probe: &Probe) -> ProbeUse {
    let (path, command) = match &probe.action {
        ProbeAction::Http { path, .. } => {
            (Some(path.as_ref().map_or_else(|| "/".to_owned(), |path| path.value.clone())), None)
        }
        ProbeAction::Exec { command } => {
            let text = super::start::texts(command).join(" ");
            (url_path(&text), Some(text))
        }
        ProbeAction::Tcp { .. } | ProbeAction::Grpc { .. } | ProbeAction::Unclear => (None, None),
    };
    ProbeUse { span: Span::new(file, probe.range), path, command }
}

/// The path of the first URL of a command: `curl -f http://localhost:8080/health || exit 1`.
pub(crate) fn url_path(command: &str) -> Option<String> {
    let start = command.find("://")?;
    let rest = &command[start + 3..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '|' | ';' | ')'))
        .unwrap_or(rest.len());
    let url = &rest[..end];
    let path = url.find('/').map_or("/", |at| &url[at..]);
    Some(path.split(['?', '#']).next().unwrap_or("/").to_owned())
}

/// Folders whose manifests deploy nothing of the repository's own.
pub(crate) fn is_aside(path: &str) -> bool {
    folder(path).split('/').any(|part| {
        matches!(
            part,
            ".devcontainer"
                | "tests"
                | "test"
                | "fixtures"
                | "testdata"
                | "examples"
                | "example"
                | "vendor"
                | "third_party"
                | "third-party"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_health_checks_url_is_found() {
        for (command, path) in [
            ("curl -f http://localhost:8080/health || exit 1", Some("/health")),
            ("wget -qO- \"http://127.0.0.1/ready?x=1\"", Some("/ready")),
            ("curl http://localhost:8080", Some("/")),
            ("/app/health", None),
        ] {
            assert_eq!(url_path(command).as_deref(), path, "{command}");
        }
    }
}
