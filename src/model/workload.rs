//! What is deployed: the containers of Kubernetes workloads and the services of compose files.

mod compose;
pub(crate) mod given;
pub(crate) mod grace;
pub(crate) mod health;
pub(crate) mod host;
mod kubernetes;
mod mesh;

pub(crate) use self::kubernetes::{patch_files, plain};

use self::given::Given;
use self::grace::{Delay, Grace};
use self::health::HealthCheck;
use self::host::{HostAccess, Power};
use crate::facts::kubernetes::{KubeObject, Strategy, Update};
use crate::facts::{Facts, FileFacts};
use crate::knowledge::images::{is_idle, is_store};
use crate::knowledge::kubernetes::{Removed, removed};
use crate::model::probe::ProbeUse;
use crate::model::tools::Hook;
use crate::source::{self, Sources, folder};
use crate::span::{At, FileId, Home, Span};
use crate::syntax::image_ref::ImageRef;

/// The number of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkloadId(pub(crate) u32);

/// One workload.
#[derive(Debug)]
pub(crate) struct Workload {
    /// `path#Kind/name` or `path#service`. Several kustomizations may make one each of what stands there.
    pub(crate) id: String,
    pub(crate) platform: Platform,
    pub(crate) span: Span,
    /// Where what it says stands.
    pub(crate) home: Home,
    /// The kustomization that makes it of what stands there.
    pub(crate) built_by: Option<FileId>,
    /// Why what it does not say may still hold of it, if it may.
    pub(crate) open: Option<String>,
    pub(crate) containers: Vec<Deployed>,
    pub(crate) is_aside: bool,
    pub(crate) kind: Kind,
    /// The kind as the manifest writes it; nothing of a compose service.
    pub(crate) kind_name: String,
    pub(crate) name: String,
    /// Absent, whoever applies the manifest decides.
    pub(crate) namespace: Option<String>,
    /// Of a compose service: other names that it has, or gives to others. Absent where its project meets services of others,
    /// whose names are not known.
    pub(crate) aliases: Option<Vec<String>>,
    /// The labels of its pods.
    pub(crate) labels: Vec<(String, String)>,
    /// The annotations of its pods.
    pub(crate) annotations: Vec<(String, At<String>)>,
    /// Its service account, which is `default` where it is absent.
    pub(crate) account: Option<At<String>>,
    /// `automountServiceAccountToken`.
    pub(crate) mounts_token: Option<At<bool>>,
    /// The version of the API that it is written for, where clusters do not serve that any more.
    pub(crate) removed_api: Option<RemovedApi>,
    pub(crate) replicas: Option<At<i64>>,
    pub(crate) update: Option<Update>,
    /// Whether its pods hold a volume that outlives them.
    pub(crate) keeps_data: bool,
    /// What it is given of the host.
    pub(crate) host: Vec<HostAccess>,
    /// Whether it is meant to run for users: all of Kubernetes, and the compose files that say how to keep services up.
    pub(crate) is_for_production: bool,
    /// Whether compose starts it again when it ends; absent, nothing is said of it, and it does not.
    pub(crate) restarts: Option<At<bool>>,
    /// The compose services that have to be there and healthy before it starts.
    pub(crate) waits_for: Vec<At<String>>,
    /// How long its containers are given to stop.
    pub(crate) grace: Grace,
}

/// What a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Pods that are replaced by a controller: `Deployment`, and what works like one.
    Deployment,
    StatefulSet,
    /// One pod on each node.
    DaemonSet,
    /// Pods without rollouts: `ReplicaSet`, `ReplicationController`, a `Pod` that is started again.
    Pods,
    /// It ends: `Job`, `CronJob`, a `Pod` that is not started again.
    Task,
    /// A custom resource whose controller decides.
    Custom,
    Compose,
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
    /// Its environment, but for what its image sets.
    pub(crate) given: Given,
    pub(crate) user: RunAs,
    pub(crate) probes: Vec<ProbeUse>,
    /// Of a compose service.
    pub(crate) health_check: HealthCheck,
    /// An init process is put in front (compose `init: true`).
    pub(crate) has_init: bool,
    pub(crate) uses_host_network: bool,
    /// Where it is named.
    pub(crate) span: Span,
    /// Where what it says stands.
    pub(crate) home: Home,
    /// An init container that keeps running.
    pub(crate) is_sidecar: bool,
    pub(crate) liveness: Option<Span>,
    pub(crate) readiness: Option<Span>,
    pub(crate) ports: Vec<Port>,
    /// Of a compose service.
    pub(crate) published: Vec<PublishedPort>,
    pub(crate) memory_limit: Option<Span>,
    pub(crate) memory_request: Option<Span>,
    pub(crate) cpu_request: Option<Span>,
    pub(crate) powers: Vec<Power>,
    /// Where something is mounted.
    pub(crate) mounts: Vec<String>,
    /// Those of them that hold a volume which outlives its pod.
    pub(crate) kept: Vec<Kept>,
    /// Commands that are run beside its program.
    pub(crate) hooks: Vec<Hook>,
    /// What it sleeps before it is told to stop.
    pub(crate) delay: Option<Delay>,
    /// Its `preStop` hook, whatever that does.
    pub(crate) pre_stop: Option<Span>,
    /// `allowPrivilegeEscalation`.
    pub(crate) escalation: Option<At<bool>>,
    /// `readOnlyRootFilesystem`.
    pub(crate) read_only_root: Option<At<bool>>,
    /// The type of its seccomp profile, or of its pod's.
    pub(crate) seccomp: Option<At<String>>,
    /// Variables with values that are written here.
    pub(crate) literals: Vec<Literal>,
}

/// A volume in a container that outlives its pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The folder that it is mounted at.
    pub(crate) path: String,
    pub(crate) span: Span,
    /// Whether each pod has one of its own (`volumeClaimTemplates`); else they share it.
    pub(crate) is_per_pod: bool,
}

/// A port that a container declares.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) name: Option<String>,
    pub(crate) number: i64,
}

/// A port that a compose file publishes.
#[derive(Clone, Debug)]
pub(crate) struct PublishedPort {
    /// As it is in the container.
    pub(crate) target: String,
    pub(crate) span: Span,
    /// At which address of the machine, where one is said; `Err` is one that a variable says.
    pub(crate) address: Option<Result<String, String>>,
}

/// A kind under a version of its API that clusters do not serve any more.
#[derive(Clone, Debug)]
pub(crate) struct RemovedApi {
    /// Where the version stands.
    pub(crate) span: Span,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) known: &'static Removed,
}

impl RemovedApi {
    pub(super) fn of(home: &Home, object: &KubeObject) -> Option<Self> {
        let known = removed(&object.api_version.value, &object.kind.value)?;
        Some(Self {
            span: home.at(&object.api_version),
            version: object.api_version.value.clone(),
            kind: object.kind.value.clone(),
            known,
        })
    }
}

/// A name and its value, as they are written.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) value: String,
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
    /// In a user namespace, where root is an ordinary user of the node.
    Mapped(Span),
    Root(Span),
    Unclear(Span),
}

impl Deployed {
    /// Whether it is a database, a cache or a queue of another project.
    pub(crate) fn is_store(&self) -> bool {
        let image = self.image.as_ref().and_then(|image| image.value.as_ref().ok());
        self.build.is_none() && image.and_then(|text| ImageRef::parse(text)).is_some_and(|it| is_store(&it))
    }
}

impl Deployed {
    /// Whether it does nothing, so that its pod is there.
    pub(crate) fn is_idle(&self) -> bool {
        let image = self.image.as_ref().and_then(|image| image.value.as_ref().ok());
        image.and_then(|text| ImageRef::parse(text)).is_some_and(|it| is_idle(&it))
    }
}

impl Workload {
    /// Whether its containers are meant to run until they are replaced.
    pub(crate) fn is_long_running(&self) -> bool {
        match self.kind {
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::Pods | Kind::Compose => true,
            Kind::Task | Kind::Custom => false,
        }
    }

    /// Why what it does not say may still hold of it, if it may.
    pub(crate) fn completed_by(&self) -> Option<String> {
        if self.kind == Kind::Custom {
            return Some("what its kind adds to its pods is not known".into());
        }
        self.open.clone()
    }

    /// Whether compose keeps it running; `None` where it is not said.
    pub(crate) fn is_kept_up(&self) -> Option<bool> {
        self.restarts.as_ref().map(|restarts| restarts.value)
    }

    /// Why one pod of it is meant to run at a time, if it is.
    pub(crate) fn runs_alone(&self) -> Option<&'static str> {
        if self.runs_once() {
            return Some("it is made to run once at a time");
        }
        self.is_store().then_some("it holds data, and a second pod would hold others")
    }

    /// Whether two pods of it may not be there at once: they would share a volume, or it is recreated as a whole.
    pub(crate) fn runs_once(&self) -> bool {
        let strategy = self.update.as_ref().and_then(|update| update.kind.as_ref());
        self.keeps_data || strategy.is_some_and(|kind| kind.value == Strategy::Recreate)
    }

    /// Whether it runs a database, a cache or a queue of another project.
    pub(crate) fn is_store(&self) -> bool {
        self.containers.iter().any(Deployed::is_store)
    }

    /// Its containers but those that only prepare it.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = &Deployed> {
        self.containers.iter().filter(|container| !container.is_init || container.is_sidecar)
    }

    /// The containers that run as long as it does.
    pub(crate) fn long_running(&self) -> impl Iterator<Item = &Deployed> {
        self.lasting().filter(|_| self.is_long_running())
    }

    pub(crate) fn all(sources: &Sources, facts: &Facts) -> Vec<Self> {
        let mut found = Vec::new();
        for (file, own) in facts.of_kind(sources, source::Kind::Compose) {
            if let FileFacts::Compose(compose) = own {
                let known = compose::variables(sources, facts, file);
                found.extend(compose::workloads(sources, file, compose, &known));
            }
        }
        found.extend(kubernetes::all(sources, facts));
        found
    }
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
