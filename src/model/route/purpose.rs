//! What a route is for, as far as its path says it.

use super::{Route, Routes};
use crate::span::Span;

/// Last segments of paths that are called for health, by Kubernetes, clouds, load balancers and their users; without the
/// punctuation around them, as in `_health` and `__heartbeat__`.
const NAMES: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "healthchecks",
    "health-checks",
    "healthchecker",
    "health-checker",
    "health_checker",
    "healthy",
    "livez",
    "live",
    "liveness",
    "liveliness",
    "alive",
    "readyz",
    "ready",
    "readiness",
    "startupz",
    "ping",
    "status",
    "heartbeat",
    "lbheartbeat",
    "up",
    "hc",
    "healthiness",
    "health-status",
    "is-alive",
    "is-ready",
];

/// Those of them that ask whether requests are welcome.
const FOR_READINESS: &[&str] = &["readyz", "ready", "readiness", "is-ready"];

/// Names that a service's own health has directly below its root only, or below what leads to nothing else: the status of
/// anything may be asked for.
const VAGUE: &[&str] =
    &["health", "healthy", "status", "health-status", "up", "live", "alive", "ready", "ping"];

/// What stands before the name without being a thing whose health is asked for.
const PREFIXES: &[&str] = &[
    "api",
    "rest",
    "internal",
    "private",
    "public",
    "management",
    "manage",
    "actuator",
    "admin",
    "system",
    "sys",
    "ops",
    "meta",
    "service",
    "server",
    "app",
    "monitor",
    "monitoring",
    "diagnostics",
    "k8s",
    "kubernetes",
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "probe",
    "probes",
    "check",
    "checks",
    "http",
    "core",
    "common",
    "util",
    "utils",
];

/// Last segments of paths below such a name that tell how each thing is that the service depends on.
const DETAILS: &[&str] =
    &["all", "components", "deep", "dependencies", "deps", "detail", "details", "diagnostics", "full"];

/// Words with which a service calls what is behind its scenes: `/internal-backstage/health` is its own.
const ASIDE: &[&str] =
    &["internal", "private", "admin", "management", "ops", "system", "monitoring", "probes"];

/// Last segments of paths that answer the operators and no user.
const FOR_OPERATORS: &[&str] = &[
    "metrics",
    "version",
    "info",
    "debug",
    "pprof",
    "docs",
    "openapi",
    "swagger-ui",
    "statsz",
    "statusz",
    "traceconfigz",
    "tracez",
    "varz",
];

impl Route {
    /// Whether the route is called for health. A path with parameters is about some thing's health, a POST is no probe.
    pub(crate) fn is_for_health(&self, service: &str) -> bool {
        let path = self.path.to_ascii_lowercase();
        let mut segments = path.trim_matches('/').rsplit('/').map(name_of);
        let last = segments.next().unwrap_or_default();
        let has_parameter = path.contains(['{', ':', '<', '*']);
        let method = self.method.as_deref().unwrap_or("GET");
        // `/orders/health` of the service `orders-api` is its own.
        let is_own = |part: &str| part == service || service.split(['-', '_']).any(|word| word == part);
        let is_aside = |part: &str| part.split(['-', '_']).any(|word| ASIDE.contains(&word));
        let is_prefix = |part: &str| {
            part.is_empty() || PREFIXES.contains(&part) || is_version(part) || is_own(part) || is_aside(part)
        };
        let own = path.trim_matches('/').split('/').count().saturating_sub(1 + self.shared);
        let is_below_others = segments.take(own).any(|part| !is_prefix(part));
        // `/-/healthy` is the process's, `/-/status` the status of what the site is about.
        let is_site_status = last == "status" && path.split('/').any(|part| part == "-");
        if is_site_status || has_parameter || (VAGUE.contains(&last) && is_below_others) {
            return false;
        }
        NAMES.contains(&last) && matches!(method, "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether the route's path has a word that stands for health.
    pub(super) fn names_health(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        path.split('/').any(|part| NAMES.contains(&name_of(part)))
    }

    /// Whether the route gives metrics: `/metrics`, `/internal/metrics`, `/prometheus`.
    pub(super) fn is_for_metrics(&self) -> bool {
        let last = self.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        matches!(last.to_ascii_lowercase().as_str(), "metrics" | "_metrics" | "__metrics__" | "prometheus")
    }

    /// Whether the route tells how the things are that the service depends on: `/health/diagnostics`.
    pub(crate) fn is_for_details(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        let mut segments = path.trim_matches('/').rsplit('/').map(name_of);
        let last = segments.next().unwrap_or_default();
        DETAILS.contains(&last) && segments.next().is_some_and(|before| NAMES.contains(&before))
    }

    /// Whether the route is called to learn whether the service can take requests.
    pub(crate) fn is_for_readiness(&self, service: &str) -> bool {
        let path = self.path.to_ascii_lowercase();
        let last = path.trim_end_matches('/').rsplit('/').next().map(name_of);
        self.is_for_health(service) && last.is_some_and(|last| FOR_READINESS.contains(&last))
    }

    /// Whether the route answers the operators of the service: probes, metrics, its documentation.
    pub(crate) fn is_for_operators(&self, service: &str) -> bool {
        let path = self.path.to_ascii_lowercase();
        self.is_for_health(service)
            || path.split('/').any(|part| FOR_OPERATORS.contains(&part.split('.').next().unwrap_or(part)))
    }
}

/// A service with fewer routes than this has no prefix of its own.
const FEW: usize = 6;

/// Says of each route how many of its first segments nearly all routes have: those are the service's own name.
pub(super) fn share(routes: &mut [Route]) {
    let segments = |route: &Route| -> Vec<String> {
        route.path.trim_matches('/').split('/').map(str::to_ascii_lowercase).collect()
    };
    let all: Vec<Vec<String>> = routes.iter().map(segments).collect();
    let mut prefix: Vec<String> = Vec::new();
    if all.len() < FEW {
        return;
    }
    while let Some(next) = all.iter().filter(|own| own.starts_with(&prefix)).find_map(|own| {
        let longer = own.get(..=prefix.len())?;
        let sharing =
            all.iter().filter(|other| other.len() > longer.len() && other.starts_with(longer)).count();
        (sharing * 5 >= all.len() * 4).then(|| longer.to_vec())
    }) {
        prefix = next;
    }
    for (route, own) in routes.iter_mut().zip(&all) {
        route.shared = own.iter().zip(&prefix).take_while(|(one, other)| one == other).count();
    }
}

impl Routes {
    /// The route at which metrics are served.
    pub(crate) fn for_metrics(&self) -> Option<&Route> {
        self.served.iter().find(|route| !route.is_partial && route.is_for_metrics())
    }

    /// Whether what is registered at a place answers users, and not the operators of the service.
    pub(crate) fn is_for_users(&self, route: Span, service: &str) -> bool {
        let mut routes = self.served.iter().filter(|own| own.span == route).peekable();
        let is_served = routes.peek().is_some() && routes.all(|route| !route.is_for_operators(service));
        is_served || self.open.contains(&route)
    }

    /// Whether routes were read, and all of them are for probes and metrics.
    pub(crate) fn are_for_operators(&self, service: &str) -> bool {
        let is_all = self.opaque.is_empty() && !self.has_fallback && self.of_users(service).next().is_none();
        is_all && !self.served.is_empty()
    }

    /// The places of what answers users.
    pub(crate) fn of_users(&self, service: &str) -> impl Iterator<Item = Span> {
        let served = self.served.iter().filter(move |route| !route.is_for_operators(service));
        served.map(|route| route.span).chain(self.open.iter().copied())
    }
}

/// A segment of a path without what stands around its name.
fn name_of(part: &str) -> &str {
    let part = part.trim_matches(['_', '-', '.']);
    part.strip_suffix(".json").unwrap_or(part)
}

/// `v1`, `v2beta1`, `2024-01-01`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').unwrap_or(part).starts_with(|first: char| first.is_ascii_digit())
}
