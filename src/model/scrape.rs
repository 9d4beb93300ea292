//! What Prometheus is told to scrape: by annotations, by the monitors of its operator, and by the targets that its own
//! configuration names.

use super::probe::{HttpAsk, PortAsk};
use super::running::{Running, Runs};
use super::value::Text;
use super::workload::{Deployed, Platform, Workload, WorkloadId};
use super::{Project, Service};
use crate::facts::kubernetes::{Endpoint, ServiceSpec};
use crate::facts::prometheus::{Job, Rule};
use crate::facts::{Facts, FileFacts};
use crate::model::cluster::{Cluster, Object};
use crate::source::{Kind, Sources, ancestors, folder};
use crate::span::{At, FileId, Home, Span};

/// What Prometheus' own files say.
#[derive(Debug, Default)]
pub(crate) struct Monitoring {
    jobs: Vec<(FileId, Job)>,
    /// The files of rules, and what stands in each.
    rules: Vec<(Home, Vec<Rule>)>,
}

/// A rule that Prometheus is given, and where what it says stands.
pub(crate) struct Given<'m> {
    pub(crate) home: &'m Home,
    pub(crate) rule: &'m Rule,
}

pub(super) fn rules_of<'m>(
    cluster: &'m Cluster,
    monitoring: &'m Monitoring,
) -> impl Iterator<Item = Given<'m>> {
    let of_objects = cluster.rules.iter().map(|object| (&object.home, &object.spec));
    let all = of_objects.chain(monitoring.rules.iter().map(|(home, rules)| (home, rules)));
    all.flat_map(|(home, rules)| rules.iter().map(move |rule| Given { home, rule }))
}

/// A container that Prometheus asks.
pub(crate) struct Scrape<'p> {
    /// Where it is told to.
    pub(crate) span: Span,
    pub(crate) asks: Asked<'p>,
}

/// What comes of it before anybody answers.
pub(crate) enum Asked<'p> {
    Container(&'p Deployed, HttpAsk),
    /// No port has the name that it asks for.
    NoPort(String),
    Unclear(String),
}

const SCRAPE: &str = "prometheus.io/scrape";
const PORT: &str = "prometheus.io/port";
const PATH: &str = "prometheus.io/path";

impl Monitoring {
    pub(super) fn of(sources: &Sources, facts: &Facts) -> Self {
        let mut found = Self::default();
        for (file, facts) in facts.of_kind(sources, Kind::Prometheus) {
            let FileFacts::Prometheus(facts) = facts else { continue };
            if super::workload::is_aside(sources.path(file)) {
                continue;
            }
            found.jobs.extend(facts.jobs.iter().map(|job| (file, job.clone())));
            found.rules.push((Home::File(file), facts.rules.clone()));
        }
        found
    }
}

impl<'p> Project<'p> {
    /// The rules that Prometheus is given.
    pub(crate) fn alerting_rules(&self) -> impl Iterator<Item = Given<'_>> {
        rules_of(&self.cluster, &self.monitoring)
    }

    /// Whether the tree says what Prometheus scrapes.
    pub(crate) fn says_what_is_scraped(&self) -> bool {
        let is_told = |annotations: &[(String, At<String>)]| annotations.iter().any(|(key, _)| key == SCRAPE);
        !self.cluster.monitors.is_empty()
            || !self.monitoring.jobs.is_empty()
            || self.cluster.services.iter().any(|service| is_told(&service.annotations))
            || self.workloads.iter().any(|workload| is_told(&workload.annotations))
    }

    /// A monitor or an annotation for pods that run no known service: any may be meant.
    pub(crate) fn scraped_out_of_sight(&'p self) -> Option<Span> {
        let is_unknown = |id: &WorkloadId| self.services_in(self.workload(*id)).next().is_none();
        let monitors = self.cluster.monitors.iter().filter(|monitor| monitor.spec.is_of_pods);
        let open =
            monitors.filter(|it| it.about.is_empty() || it.about.iter().any(is_unknown)).map(|it| it.span);
        let of_services = self.cluster.monitors.iter().filter(|monitor| !monitor.spec.is_of_pods);
        let selected = of_services.filter(|monitor| {
            let mut services = self
                .cluster
                .services
                .iter()
                .filter(|it| monitor.spec.selector.selects(&it.labels))
                .peekable();
            services.peek().is_none()
                || services.any(|it| it.about.is_empty() || it.about.iter().any(is_unknown))
        });
        open.chain(selected.map(|it| it.span)).next()
    }

    /// Whether Prometheus is told to scrape what runs a service.
    pub(crate) fn is_scraped(&'p self, service: &Service) -> Option<Span> {
        let all = self.workloads_of(service).flat_map(|workload| self.scrapes(workload));
        all.map(|scrape| scrape.span).next()
    }

    /// What of a workload Prometheus is told to scrape.
    pub(crate) fn scrapes(&'p self, workload: &'p Workload) -> Vec<Scrape<'p>> {
        match workload.platform {
            Platform::Compose => self.targets(workload),
            Platform::Kubernetes => {
                let mut found: Vec<Scrape<'p>> =
                    self.annotated(workload, &workload.home, &workload.annotations).into_iter().collect();
                for service in self.services_of_pods(workload) {
                    found.extend(self.annotated(workload, &service.home, &service.annotations));
                    found.extend(self.monitored(workload, service));
                }
                for monitor in &self.cluster.monitors {
                    if monitor.spec.is_of_pods
                        && monitor.about.iter().any(|id| self.workload(*id).id == workload.id)
                    {
                        found.extend(
                            monitor.spec.endpoints.iter().map(|it| self.of_pod(workload, &monitor.home, it)),
                        );
                    }
                }
                found.sort_by_key(|scrape| scrape.span);
                found.dedup_by_key(|scrape| scrape.span);
                found
            }
        }
    }

    /// Annotations by which most configurations of Prometheus find pods and services; a service's are taken for its pods
    /// (<https://github.com/prometheus/prometheus/blob/main/documentation/examples/prometheus-kubernetes.yml>).
    fn annotated(
        &'p self,
        workload: &'p Workload,
        home: &Home,
        annotations: &[(String, At<String>)],
    ) -> Option<Scrape<'p>> {
        let of = |key: &str| annotations.iter().find(|(own, _)| own == key).map(|(_, value)| value);
        let told = of(SCRAPE).filter(|value| value.value == "true")?;
        let span = home.at(told);
        let path = of(PATH).cloned().unwrap_or_else(|| At::new("/metrics".into(), told.range));
        let asks = match of(PORT) {
            Some(port) => self.asked(workload, home, port, &path),
            None => Asked::Unclear(format!("no `{PORT}` says which port is meant")),
        };
        Some(Scrape { span, asks })
    }

    /// What monitors ask of the pods of a service.
    fn monitored(&'p self, workload: &'p Workload, service: &Object<ServiceSpec>) -> Vec<Scrape<'p>> {
        let may_be = |own: Option<&String>| own.zip(service.namespace.as_ref()).is_none_or(|(a, b)| a == b);
        let monitors = self.cluster.monitors.iter().filter(|monitor| {
            !monitor.spec.is_of_pods
                && monitor.spec.selector.selects(&service.labels)
                && may_be(monitor.namespace.as_ref())
                && !monitor.spec.selector.is_empty()
        });
        let endpoints =
            monitors.flat_map(|monitor| monitor.spec.endpoints.iter().map(|it| (&monitor.home, it)));
        let of = |(home, endpoint): (&Home, &Endpoint)| {
            let Some(name) = &endpoint.port else { return self.of_pod(workload, home, endpoint) };
            let port = service
                .spec
                .ports
                .iter()
                .find(|port| port.name.as_ref().is_some_and(|own| own.value == name.value));
            let asks = match port {
                Some(port) => {
                    let number = || port.port.as_ref().map(|port| port.value.to_string());
                    let target = port.target_port.as_ref().map(|target| target.value.clone()).or_else(number);
                    let target = At::new(target.unwrap_or_default(), name.range);
                    self.asked(workload, home, &target, &path_of(endpoint))
                }
                None if self.is_open(service.span) => {
                    Asked::Unclear("the ports of its service are not all written here".into())
                }
                None => Asked::NoPort(format!(
                    "the service `{}` has no port named `{}`",
                    service.name, name.value
                )),
            };
            Scrape { span: home.span(endpoint.range), asks }
        };
        endpoints.map(of).collect()
    }

    fn of_pod(&'p self, workload: &'p Workload, home: &Home, endpoint: &Endpoint) -> Scrape<'p> {
        let asks = match endpoint.port.as_ref().or(endpoint.target_port.as_ref()) {
            Some(port) => self.asked(workload, home, port, &path_of(endpoint)),
            None => Asked::Unclear("it names no port".into()),
        };
        Scrape { span: home.span(endpoint.range), asks }
    }

    /// The targets of Prometheus' own configuration that are a service of a compose file. Other compose files may have
    /// services of the same names: one is meant that stands above the configuration, or below it.
    fn targets(&'p self, workload: &'p Workload) -> Vec<Scrape<'p>> {
        let names: Vec<&str> = std::iter::once(workload.name.as_str())
            .chain(workload.aliases.iter().flatten().map(String::as_str))
            .collect();
        let mut found = Vec::new();
        let here = folder(self.sources.path(workload.span.file));
        let is_near = |file: FileId| {
            let there = folder(self.sources.path(file));
            ancestors(there).any(|above| above == here) || ancestors(here).any(|above| above == there)
        };
        for (file, job) in self.monitoring.jobs.iter().filter(|(file, _)| is_near(*file)) {
            for target in &job.targets {
                let named = target.value.split_once(':').filter(|(host, _)| names.contains(host));
                let Some((_, port)) = named else { continue };
                let path = job.path.clone().unwrap_or_else(|| At::new("/metrics".into(), target.range));
                let port = At::new(port.to_owned(), target.range);
                found.push(Scrape {
                    span: target.span(*file),
                    asks: self.asked(workload, &Home::File(*file), &port, &path),
                });
            }
        }
        found
    }

    /// The container that is asked at a port, by its number or its name.
    fn asked(
        &'p self,
        workload: &'p Workload,
        home: &Home,
        port: &At<String>,
        path: &At<String>,
    ) -> Asked<'p> {
        let declares = |container: &&Deployed| {
            container.ports.iter().any(|own| {
                own.name.as_deref() == Some(port.value.as_str()) || own.number.to_string() == port.value
            })
        };
        let runs_service = |container: &&Deployed| matches!(self.runs(workload, container), Runs::Service(_));
        let only = |mut found: Vec<&'p Deployed>| if found.len() == 1 { found.pop() } else { None };
        let container = only(workload.lasting().filter(declares).collect())
            .or_else(|| only(workload.lasting().collect()))
            .or_else(|| only(workload.lasting().filter(runs_service).collect()));
        let Some(container) = container else {
            return Asked::Unclear("which of its containers is asked cannot be told".into());
        };
        let is_number = port.value.bytes().all(|byte| byte.is_ascii_digit());
        let is_named = container.ports.iter().any(|own| own.name.as_deref() == Some(port.value.as_str()));
        if !is_number && !is_named {
            return Asked::NoPort(format!(
                "no container of `{}` has a port named `{}`",
                workload.name, port.value
            ));
        }
        Asked::Container(
            container,
            HttpAsk {
                path: Text::known(path.value.as_str()),
                path_at: home.at(path),
                at: PortAsk {
                    port: Text::known(port.value.as_str()),
                    span: home.at(port),
                    is_elsewhere: false,
                },
                method: Some("GET"),
            },
        )
    }
}

fn path_of(endpoint: &Endpoint) -> At<String> {
    endpoint.path.clone().unwrap_or_else(|| At::new("/metrics".into(), endpoint.range))
}

impl Running<'_> {
    /// Whether an exporter with a listener of its own answers at a port, whatever path is asked for.
    pub(crate) fn exports_at(&self, port: u16) -> Option<Span> {
        let (listeners, _) = self.listeners();
        let is_it = |text: &str| text.parse::<u16>() == Ok(port);
        let found = listeners.into_iter().find(|it| it.bind.exports && it.port.text().is_some_and(is_it));
        found.map(|listener| listener.bind.span)
    }
}
