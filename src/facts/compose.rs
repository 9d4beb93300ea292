//! Docker Compose: the services of a compose file.
//!
//! Responsible for the shape of one file, in short and long syntax alike. Files are not merged, `extends` and
//! `env_file` are named and not followed, and interpolation (`${X:-y}`) stays text: see [`Variables`].
//! The forms are those of <https://github.com/compose-spec/compose-spec/blob/main/spec.md>.

mod interpolate;
mod ports;
mod read;

pub(crate) use interpolate::Variables;
pub(crate) use read::extract_compose;

use crate::span::{At, Range};

#[derive(Clone, Debug, Default)]
pub(crate) struct ComposeFacts {
    pub(crate) services: Vec<ComposeService>,
    /// Whether it meets services of other projects: a network of theirs, an `include`.
    pub(crate) meets_others: bool,
    pub(crate) errors: Vec<At<String>>,
}

/// A service that another one waits for.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    pub(crate) name: At<String>,
    /// `service_started` where it is absent.
    pub(crate) condition: Option<At<String>>,
    /// `required: false`: it may be absent, and fail.
    pub(crate) is_optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct ComposeService {
    pub(crate) name: At<String>,
    /// From the service's key to its end.
    pub(crate) range: Range,
    pub(crate) image: Option<At<String>>,
    pub(crate) build: Option<Build>,
    /// Replaces the image's `CMD`.
    pub(crate) command: Option<Words>,
    /// Replaces the image's `ENTRYPOINT`, and drops its `CMD`.
    pub(crate) entrypoint: Option<Words>,
    /// Without a value, the variable is taken from the environment of whoever starts the service.
    pub(crate) environment: Vec<(At<String>, Option<At<String>>)>,
    pub(crate) env_files: Vec<At<String>>,
    pub(crate) ports: Vec<PortMapping>,
    /// Ports open to other services only.
    pub(crate) expose: Vec<At<String>>,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) user: Option<At<String>>,
    pub(crate) stop_signal: Option<At<String>>,
    /// A duration such as `1m30s`; 10 s where it is absent.
    pub(crate) stop_grace_period: Option<At<String>>,
    /// Whether Docker's own init is PID 1 and forwards signals.
    pub(crate) init: Option<At<bool>>,
    /// Services and the condition to wait for; without one, only that they have been started.
    pub(crate) depends_on: Vec<Dependency>,
    /// Other names that the services of the project know it by, or that it knows others by: `container_name`, `hostname`,
    /// aliases of networks and of links, `extra_hosts`.
    pub(crate) aliases: Vec<String>,
    pub(crate) network_mode: Option<At<String>>,
    pub(crate) restart: Option<At<String>>,
    pub(crate) profiles: Vec<At<String>>,
    pub(crate) privileged: Option<At<bool>>,
    pub(crate) extends: Option<Extends>,
    pub(crate) cap_add: Vec<At<String>>,
    /// `pid` and `ipc`: `host` shares the host's.
    pub(crate) pid: Option<At<String>>,
    pub(crate) ipc: Option<At<String>>,
    pub(crate) mounts: Vec<Mount>,
    /// `deploy.resources.limits.memory` or `mem_limit`.
    pub(crate) memory_limit: Option<At<String>>,
    /// `deploy.resources.reservations.memory` or `mem_reservation`.
    pub(crate) memory_reservation: Option<At<String>>,
    /// The condition of `deploy.restart_policy`; `any` where it has none.
    pub(crate) deploy_restart: Option<At<String>>,
}

/// A folder, a file or a volume that is mounted.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) range: Range,
    /// A path of the host, or the name of a volume.
    pub(crate) source: String,
    /// Where it is in the container.
    pub(crate) target: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// The key `build` and its value.
    pub(crate) range: Range,
    /// A folder, or the address of a repository; `.` where it is absent.
    pub(crate) context: Option<At<String>>,
    /// Relative to the context.
    pub(crate) dockerfile: Option<At<String>>,
    pub(crate) target: Option<At<String>>,
    /// Without a value, the argument is taken from the environment.
    pub(crate) args: Vec<(At<String>, Option<At<String>>)>,
    /// The Dockerfile stands in the compose file itself (`dockerfile_inline`).
    pub(crate) inline: bool,
}

/// A command. Neither form of `command` and `entrypoint` starts a shell: compose splits [`Words::Shell`] into
/// words itself. Only in [`Healthcheck::test`] does it stand for `CMD-SHELL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Exec(Vec<At<String>>),
    Shell(At<String>),
}

/// `[host_ip:][published:]target[/protocol]`, or the same as a mapping. Ports may be ranges (`3000-3005`)
/// and may be interpolated, so they are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortMapping {
    pub(crate) range: Range,
    /// The short syntax as written; of a mapping, the same in short syntax.
    pub(crate) raw: String,
    /// Absent, the port is published on all addresses.
    pub(crate) host_ip: Option<String>,
    /// Absent, the host picks a port.
    pub(crate) published: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) protocol: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Healthcheck {
    /// The key `healthcheck` and its value.
    pub(crate) range: Range,
    /// `disable: true` or `test: ["NONE"]`: the image's own check is off, too.
    pub(crate) disabled: bool,
    /// Without the leading `CMD` or `CMD-SHELL`; absent, the image's own test runs.
    pub(crate) test: Option<Words>,
}

/// The service that this one starts from.
#[derive(Clone, Debug)]
pub(crate) struct Extends {
    pub(crate) service: At<String>,
    /// Absent, it stands in the same file.
    pub(crate) file: Option<At<String>>,
}
