//! Metrics that rules of Prometheus ask for, and whether the code of the tree can export them.
//!
//! Names are put together in ways that need not be followed to know which cannot come about: a name whose parts stand nowhere in the
//! code, neither as texts nor as names. Only metrics of the tree are judged: those that share their beginning with one whose name
//! stands there.

use std::collections::BTreeSet;

use super::cluster::Cluster;
use super::scrape::{Monitoring, rules_of};
use crate::facts::Facts;
use crate::source::Sources;
use crate::span::Span;
use crate::spelling;

/// A metric of the tree that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    /// The rule's expression.
    pub(crate) span: Span,
    /// The alert's name.
    pub(crate) alert: String,
    pub(crate) metric: String,
    pub(crate) origin: Origin,
}

/// Where a metric comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Its name, or all parts of it, stand in the code.
    Code,
    /// Nowhere; the one of the code that it is most like.
    Nowhere(Option<String>),
}

/// First words of metrics that exporters and libraries of others have.
const OTHERS: &[&str] = &[
    "aws",
    "cadvisor",
    "container",
    "go",
    "grpc",
    "http",
    "http2",
    "istio",
    "jvm",
    "kafka",
    "kube",
    "kubelet",
    "kubernetes",
    "linkerd",
    "machine",
    "mysql",
    "nginx",
    "node",
    "pg",
    "postgres",
    "probe",
    "process",
    "prometheus",
    "promhttp",
    "rabbitmq",
    "redis",
    "scrape",
    "tokio",
    "traefik",
    "up",
];

/// What a library of metrics puts behind the name that the code says, last one first
/// (<https://prometheus.io/docs/specs/om/open_metrics_spec/#suffixes>); units are put there by OpenTelemetry and prometheus-client.
const SUFFIXES: &[&str] = &[
    "_bucket",
    "_count",
    "_sum",
    "_total",
    "_created",
    "_info",
    "_max",
    "_min",
    "_seconds",
    "_milliseconds",
    "_microseconds",
    "_bytes",
    "_ratio",
    "_percent",
];

/// The metrics of the tree that alerts ask for.
pub(super) fn asked(
    sources: &Sources,
    facts: &Facts,
    cluster: &Cluster,
    monitoring: &Monitoring,
) -> Vec<Asked> {
    let rules = || rules_of(cluster, monitoring);
    if !rules().any(|it| it.rule.is_alert && it.rule.metrics.is_some()) {
        return Vec::new();
    }
    let code = Code::of(sources, facts);
    let recorded: BTreeSet<&str> =
        rules().filter(|it| !it.rule.is_alert).map(|it| it.rule.name.value.as_str()).collect();
    let mut found = Vec::new();
    for given in rules().filter(|it| it.rule.is_alert) {
        let Some(metrics) = &given.rule.metrics else { continue };
        for metric in metrics.value.iter().filter(|it| !recorded.contains(it.as_str()) && code.is_own(it)) {
            found.push(Asked {
                span: given.home.at(metrics),
                alert: given.rule.name.value.clone(),
                metric: metric.clone(),
                origin: code.origin(metric),
            });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The names and texts of the code that may be a metric's, or a part of one.
struct Code(BTreeSet<String>);

impl Code {
    fn of(sources: &Sources, facts: &Facts) -> Self {
        let rust = sources.iter().filter_map(|(id, _)| facts.rust(id));
        Self(rust.flat_map(|rust| rust.names.iter()).filter_map(part).collect())
    }

    /// Whether a metric begins as one does whose whole name stands in the code.
    fn is_own(&self, metric: &str) -> bool {
        let Some((first, _)) = metric.split_once('_').filter(|(first, _)| first.len() > 2) else {
            return false;
        };
        let prefix = format!("{first}_");
        !OTHERS.contains(&first) && !metric.contains(':') && self.beginning_with(&prefix).next().is_some()
    }

    /// The whole names that begin so.
    fn beginning_with<'c>(&'c self, prefix: &'c str) -> impl Iterator<Item = &'c String> {
        let from = self.0.range(prefix.to_owned()..);
        from.take_while(move |name| name.starts_with(prefix)).filter(|name| is_whole(name))
    }

    fn origin(&self, metric: &str) -> Origin {
        if forms(metric).iter().any(|name| self.makes(name)) {
            return Origin::Code;
        }
        let prefix = metric.split_inclusive('_').next().unwrap_or_default();
        let near = spelling::nearest(metric, self.beginning_with(prefix).map(String::as_str));
        Origin::Nowhere(near.map(str::to_owned))
    }

    /// Whether the code has the name, or a namespace and the rest of it.
    fn makes(&self, name: &str) -> bool {
        let splits = name.match_indices('_').map(|(at, _)| (&name[..at], &name[at + 1..]));
        self.0.contains(name)
            || splits.into_iter().any(|(head, rest)| {
                self.0.contains(rest) && (!head.contains('_') || self.0.contains(head) || self.makes(head))
            })
    }
}

/// A metric's name, and what is left of it without what libraries add, longest first.
fn forms(metric: &str) -> Vec<String> {
    let mut found = vec![metric.to_owned()];
    let mut rest = metric;
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| rest.strip_suffix(suffix)) {
        found.push(shorter.to_owned());
        rest = shorter;
    }
    found
}

/// Names of metrics have words between `_`, and three of them at least where they begin with a namespace.
fn is_whole(name: &str) -> bool {
    name.bytes().filter(|byte| *byte == b'_').count() >= 2
}

/// A text as it is part of a metric's name: points and hyphens become `_`.
fn part(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ':' | '/');
    let is_usual = (2..=120).contains(&text.len()) && text.chars().all(is_part);
    let plain = || text.replace(['.', '-', '/'], "_").trim_matches('_').to_ascii_lowercase();
    is_usual.then(plain).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_of_the_code_when_its_parts_stand_there() {
        let names = [
            "app_orders_created_total",
            "app.queue.depth",
            "shop",
            "jobs_failed",
            "http",
            "requests_inflight",
            "app-cache-hits",
        ];
        let code = Code(names.into_iter().filter_map(part).collect());
        for (metric, is_own, origin) in [
            ("app_orders_created_total", true, Origin::Code),
            ("app_queue_depth", true, Origin::Code),
            ("app_queue_depth_bucket", true, Origin::Code),
            ("app_cache_hits_total", true, Origin::Code),
            // A namespace, a subsystem and a name.
            ("app_http_requests_inflight", true, Origin::Code),
            ("app_jobs_failed_total", true, Origin::Code),
            ("app_order_created_total", true, Origin::Nowhere(Some("app_orders_created_total".into()))),
            ("app_nothing_like_that", true, Origin::Nowhere(None)),
            ("other_orders_created_total", false, Origin::Nowhere(None)),
            ("http_orders_lost", false, Origin::Nowhere(None)),
        ] {
            assert_eq!(code.is_own(metric), is_own, "{metric}");
            if is_own {
                assert_eq!(code.origin(metric), origin, "{metric}");
            }
        }
    }
}
