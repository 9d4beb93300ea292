//! What a deployment asks of a container to learn how it is: the probes of Kubernetes, the health checks of compose files
//! and of Dockerfiles.

mod command;

use crate::facts::kubernetes::{Probe, ProbeAction};
use crate::model::start::Context;
use crate::model::value::Text;
use crate::source::file_name;
use crate::span::{At, Home, Span};

pub(crate) use command::{asks_of_script, asks_of_words};

/// A probe, or a health check.
#[derive(Clone, Debug)]
pub(crate) struct ProbeUse {
    pub(crate) span: Span,
    pub(crate) role: Role,
    pub(crate) asks: Asks,
    /// The command that it runs.
    pub(crate) command: Option<String>,
    /// Whether its command succeeds whatever comes of it.
    pub(crate) never_fails: bool,
    /// The number or the name of the port that it asks, where a field says it.
    pub(crate) port: Option<At<String>>,
}

/// What an answer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whether the container is started again.
    Liveness,
    /// Whether it is sent requests.
    Readiness,
    /// Whether it has started.
    Startup,
    /// Whether it is called healthy, by Docker.
    HealthCheck,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Http(HttpAsk),
    /// Whether the port takes connections.
    Tcp(PortAsk),
    Grpc(PortAsk),
    /// A program of the container, which asks nothing that can be told.
    Command,
    Unclear(String),
}

/// A request over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpAsk {
    pub(crate) path: Text,
    /// Where the path is written.
    pub(crate) path_at: Span,
    pub(crate) at: PortAsk,
    /// In capitals; `None` where it cannot be told.
    pub(crate) method: Option<&'static str>,
}

/// A port that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortAsk {
    /// A number, or the name of a port of the container.
    pub(crate) port: Text,
    pub(crate) span: Span,
    /// Whether it is asked of another host than the container itself, or of one that cannot be told.
    pub(crate) is_elsewhere: bool,
}

impl Asks {
    /// The port that is asked.
    pub(crate) fn port(&self) -> Option<&PortAsk> {
        match self {
            Self::Http(ask) => Some(&ask.at),
            Self::Tcp(at) | Self::Grpc(at) => Some(at),
            Self::Command | Self::Unclear(_) => None,
        }
    }
}

impl Role {
    /// What asks, in words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Liveness => "the liveness probe",
            Self::Readiness => "the readiness probe",
            Self::Startup => "the startup probe",
            Self::HealthCheck => "the health check",
        }
    }
}

impl ProbeUse {
    /// The path that it asks for, where it is written down.
    pub(crate) fn path(&self) -> Option<String> {
        match &self.asks {
            Asks::Http(ask) => ask.path.literal(),
            _ => None,
        }
    }

    /// A probe of Kubernetes.
    pub(crate) fn of_kubernetes(home: &Home, role: Role, probe: &Probe) -> Self {
        let span = home.span(probe.range);
        let at = |port: &At<String>| PortAsk {
            port: Text::known(port.value.as_str()),
            span: home.at(port),
            is_elsewhere: false,
        };
        let mut command = None;
        let asks = match &probe.action {
            ProbeAction::Http { path, port, .. } => {
                let text = path.as_ref().map_or("/", |path| path.value.as_str());
                // The kubelet puts the `/` in front that is missing.
                let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
                let path_at = path.as_ref().map_or(span, |path| home.at(path));
                Asks::Http(HttpAsk { path: Text::known(text), path_at, at: at(port), method: Some("GET") })
            }
            ProbeAction::Tcp { port } => Asks::Tcp(at(port)),
            ProbeAction::Grpc { port, .. } => Asks::Grpc(at(port)),
            ProbeAction::Exec { command: words } => {
                let words = crate::model::start::texts(words);
                command = Some(words.join(" "));
                asks_of_words(&words, span)
            }
            ProbeAction::Unclear => Asks::Unclear("the probe names nothing that it asks".into()),
        };
        let port = match &probe.action {
            ProbeAction::Http { port, .. } | ProbeAction::Tcp { port } | ProbeAction::Grpc { port, .. } => {
                Some(port.clone())
            }
            ProbeAction::Exec { .. } | ProbeAction::Unclear => None,
        };
        Self { span, role, asks, command, never_fails: false, port }
    }

    /// Looks into the script of the tree that its command starts, where it starts one alone.
    pub(crate) fn follow_script(&mut self, context: &Context<'_>) {
        let Some(name) = self.command.as_deref().and_then(|it| it.split_whitespace().next()).map(file_name)
        else {
            return;
        };
        if let (Asks::Unclear(_), Some((_, script))) = (&self.asks, context.script(name)) {
            self.asks = command::of_parsed(&script.script, self.span, 0);
        }
    }

    /// A health check of Docker.
    pub(crate) fn of_health_check(span: Span, asks: Asks, command: String) -> Self {
        let never_fails = command::never_fails(&command);
        Self { span, role: Role::HealthCheck, asks, command: Some(command), never_fails, port: None }
    }
}
