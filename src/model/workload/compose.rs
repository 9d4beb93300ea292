//! The services of a compose file.

use super::grace::Grace;
use super::health::HealthCheck;
use super::{BuildFrom, Deployed, Kind, Platform, PublishedPort, RunAs, Workload, given, host, is_aside};
use crate::facts::compose::{ComposeFacts, ComposeService, Variables, Words};
use crate::facts::{Facts, FileFacts};
use crate::model::Project;
use crate::model::probe::{Asks, ProbeUse, asks_of_script, asks_of_words};
use crate::model::start::texts;
use crate::model::tools::{Hook, Runs};
use crate::source::{Sources, file_name, folder, is_for_development, join};
use crate::span::{At, FileId, Home, Span};

/// What the `.env` beside a compose file sets.
pub(super) fn variables(sources: &Sources, facts: &Facts, file: FileId) -> Variables {
    let beside = join(folder(sources.path(file)), ".env").and_then(|path| sources.find(&path));
    match beside.map(|id| facts.get(id)) {
        Some(FileFacts::EnvFile(facts)) => {
            let set = facts.variables.iter();
            Variables::of(set.filter_map(|(name, value)| Some((name.value.as_str(), value.as_deref()?))))
        }
        _ => Variables::default(),
    }
}

pub(super) fn workloads(
    sources: &Sources,
    file: FileId,
    compose: &ComposeFacts,
    known: &Variables,
) -> Vec<Workload> {
    let path = sources.path(file);
    let is_for_production = is_for_production(path, compose);
    compose
        .services
        .iter()
        .map(|service| Workload {
            id: format!("{path}#{}", service.name.value),
            platform: Platform::Compose,
            span: Span::new(file, service.name.range),
            home: Home::File(file),
            built_by: None,
            open: None,
            containers: vec![container(sources, file, service, known)],
            is_aside: is_aside(path),
            kind: Kind::Compose,
            kind_name: String::new(),
            name: service.name.value.clone(),
            namespace: None,
            aliases: (!compose.meets_others && service.extends.is_none()).then(|| service.aliases.clone()),
            labels: Vec::new(),
            annotations: Vec::new(),
            account: None,
            mounts_token: None,
            removed_api: None,
            replicas: None,
            update: None,
            keeps_data: false,
            host: host::of_compose(file, service, known),
            is_for_production,
            restarts: service
                .deploy_restart
                .as_ref()
                .or(service.restart.as_ref())
                .map(|it| At::new(!matches!(it.value.as_str(), "no" | "none" | "false"), it.range)),
            waits_for: service
                .depends_on
                .iter()
                .filter(|it| !it.is_optional)
                .filter(|it| it.condition.as_ref().is_some_and(|it| it.value == "service_healthy"))
                .map(|it| it.name.clone())
                .collect(),
            grace: Grace::of_compose(file, service, known),
        })
        .collect()
}

impl Project<'_> {
    /// Whether a compose file is for users by all that it says: it keeps a service of the repository up, and its name says
    /// nothing of development.
    pub(crate) fn is_for_users(&self, workload: &Workload) -> bool {
        let mut beside = self.workloads.iter().filter(|other| other.span.file == workload.span.file);
        workload.platform == Platform::Compose
            && workload.is_for_production
            && !is_for_development(self.sources.path(workload.span.file))
            && beside
                .any(|other| other.is_kept_up() == Some(true) && self.services_in(other).next().is_some())
    }
}

/// Whether a compose file says how to keep what it starts running; one that does not may be for development alone.
fn is_for_production(path: &str, compose: &ComposeFacts) -> bool {
    let keeps_running = |service: &ComposeService| {
        service.deploy_restart.is_some()
            || service.memory_limit.is_some()
            || service
                .restart
                .as_ref()
                .is_some_and(|it| matches!(it.value.as_str(), "always" | "unless-stopped"))
    };
    let mut words = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_for_tests = words.any(|word| matches!(word, "test" | "tests" | "e2e" | "loadtest"));
    !is_for_tests && (file_name(path).contains("prod") || compose.services.iter().any(keeps_running))
}

fn container(sources: &Sources, file: FileId, service: &ComposeService, known: &Variables) -> Deployed {
    let base = folder(sources.path(file));
    let build = service.build.as_ref().map(|build| {
        let written = |text: Option<&At<String>>, otherwise: &str| {
            known.value(text.map_or(otherwise, |text| text.value.as_str()))
        };
        let context = written(build.context.as_ref(), ".").and_then(|context| join(base, &context));
        let dockerfile =
            context.and_then(|context| join(&context, &written(build.dockerfile.as_ref(), "Dockerfile")?));
        BuildFrom {
            dockerfile: dockerfile.filter(|path| sources.find(path).is_some()),
            target: build
                .target
                .as_ref()
                .map(|it| known.value(&it.value).unwrap_or_else(|| it.value.clone())),
        }
    });
    let image = service.image.as_ref().map(|image| {
        let value = known.value(&image.value).ok_or_else(|| image.value.clone());
        At::new(value, image.range)
    });
    let user = match &service.user {
        None => RunAs::Silent,
        Some(user) => {
            let span = user.span(file);
            match known.value(&user.value) {
                Some(value) => match value.split(':').next().unwrap_or_default() {
                    "root" | "0" => RunAs::Root(span),
                    _ => RunAs::NonRoot(span),
                },
                None => RunAs::Unclear(span),
            }
        }
    };
    let probe = service.healthcheck.as_ref().filter(|check| !check.disabled).and_then(|check| {
        let span = Span::new(file, check.range);
        let written = |text: &str| {
            known.value(text).ok_or_else(|| "a variable in its command has no value here".to_owned())
        };
        let (command, asks) = match check.test.as_ref()? {
            Words::Exec(words) => {
                let plain: Result<Vec<String>, String> = words.iter().map(|it| written(&it.value)).collect();
                let asks = plain.map(|words| asks_of_words(&words, span));
                (texts(words).join(" "), asks)
            }
            Words::Shell(text) => {
                (text.value.clone(), written(&text.value).map(|it| asks_of_script(&it, span)))
            }
        };
        let asks = asks.unwrap_or_else(Asks::Unclear);
        Some(ProbeUse::of_health_check(span, asks, command))
    });
    Deployed {
        name: service.name.value.clone(),
        is_init: false,
        image,
        build,
        given: given::of_compose(sources, file, service, known),
        user,
        probes: probe.into_iter().collect(),
        health_check: match &service.healthcheck {
            Some(check) if check.disabled => HealthCheck::Off,
            Some(check) if check.test.is_some() => HealthCheck::Given,
            _ if service.extends.is_some() => HealthCheck::Extended,
            _ => HealthCheck::OfImage,
        },
        has_init: service.init.as_ref().is_some_and(|init| init.value),
        uses_host_network: service.network_mode.as_ref().is_some_and(|mode| mode.value == "host"),
        span: service.name.span(file),
        home: Home::File(file),
        is_sidecar: false,
        liveness: None,
        readiness: None,
        ports: Vec::new(),
        published: published(file, service, known),
        memory_limit: service.memory_limit.as_ref().map(|limit| limit.span(file)),
        memory_request: service.memory_reservation.as_ref().map(|limit| limit.span(file)),
        cpu_request: None,
        powers: host::powers_of_compose(file, service),
        mounts: service.mounts.iter().filter_map(|mount| mount.target.clone()).collect(),
        kept: Vec::new(),
        hooks: health_hook(file, service).into_iter().collect(),
        delay: None,
        pre_stop: None,
        escalation: None,
        read_only_root: None,
        seccomp: None,
        literals: Vec::new(),
    }
}

/// Ranges of ports and datagrams are left out.
fn published(file: FileId, service: &ComposeService, known: &Variables) -> Vec<PublishedPort> {
    let is_tcp = |protocol: Option<&str>| protocol.is_none_or(|protocol| protocol == "tcp");
    let ports = service.ports.iter().filter(|port| is_tcp(port.protocol.as_deref()));
    let found = ports.filter_map(|port| {
        let address = port.host_ip.as_deref();
        Some(PublishedPort {
            target: known.value(port.target.as_deref()?)?,
            span: Span::new(file, port.range),
            address: address.map(|text| known.value(text).ok_or_else(|| text.to_owned())),
        })
    });
    found.filter(|port| port.target.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

fn health_hook(file: FileId, service: &ComposeService) -> Option<Hook> {
    let check = service.healthcheck.as_ref().filter(|check| !check.disabled)?;
    let run = match check.test.as_ref()? {
        Words::Shell(text) => Runs::Text(text.value.clone()),
        Words::Exec(words) => Runs::Words(texts(words)),
    };
    Some(Hook { span: Span::new(file, check.range), what: "health check", run })
}
