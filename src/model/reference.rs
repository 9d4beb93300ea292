//! What the variables of a workload say of other services: the hosts in `http://users:8080/v1` and `kafka:9092`.

use std::collections::BTreeSet;

use super::Project;
use super::workload::given::Value;
use super::workload::{Platform, Workload};
use crate::span::Span;

/// A host that a variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The variable's place.
    pub(crate) span: Span,
    pub(crate) variable: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// Protocols whose addresses have a host.
const SCHEMES: &[&str] = &[
    "amqp",
    "amqps",
    "grpc",
    "grpcs",
    "http",
    "https",
    "kafka",
    "mariadb",
    "memcached",
    "mongodb",
    "mysql",
    "nats",
    "otlp",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "tcp",
    "ws",
    "wss",
];

impl Workload {
    /// The hosts of one word that the variables of a compose service name: only services of the project, and what it is
    /// told besides, have such names.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        for container in self.containers.iter().filter(|_| self.platform == Platform::Compose) {
            for variable in &container.given.variables {
                let Value::Text(text) = &variable.value else { continue };
                found.extend(hosts(text).into_iter().filter(|(host, _)| is_one_word(host)).map(
                    |(host, port)| {
                        let (span, variable) = (variable.span, variable.name.clone());
                        Reference { span, variable, host, port }
                    },
                ));
            }
        }
        found
    }
}

impl Project<'_> {
    /// The names by which compose services know each other, in any file of the tree: several may be started together.
    /// `None` where they meet services of other projects.
    pub(crate) fn compose_names(&self) -> Option<BTreeSet<&str>> {
        let compose = self.workloads.iter().filter(|it| it.platform == Platform::Compose);
        let mut names = BTreeSet::new();
        for workload in compose {
            names.insert(workload.name.as_str());
            names.extend(workload.aliases.as_ref()?.iter().map(String::as_str));
        }
        Some(names)
    }
}

/// The hosts of an address, with their ports; brokers may be listed.
pub(super) fn hosts(text: &str) -> Vec<(String, Option<u16>)> {
    let Some((scheme, rest)) = text.split_once("://") else { return Vec::new() };
    if !SCHEMES.contains(&scheme.split('+').next().unwrap_or_default()) {
        return Vec::new();
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let host = |host: &str| match host.split_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse().ok()),
        None => (host.to_owned(), None),
    };
    hosts.split(',').map(host).collect()
}

/// Whether it is a name without a domain, and not the machine itself.
fn is_one_word(host: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !host.is_empty()
        && host.chars().all(is_name)
        && host.contains(|c: char| c.is_ascii_alphabetic())
        && host != "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_addresses() {
        for (text, expected) in [
            ("http://users:8080/v1", vec![("users", Some(8080))]),
            ("postgres://app:s3cret@db/app", vec![("db", None)]),
            ("kafka://a:9092,b:9093", vec![("a", Some(9092)), ("b", Some(9093))]),
            ("redis+cluster://cache", vec![("cache", None)]),
            ("sqlite://data", vec![]),
            ("users:8080", vec![]),
        ] {
            let found = hosts(text);
            let found: Vec<_> = found.iter().map(|(host, port)| (host.as_str(), *port)).collect();
            assert_eq!(found, expected, "{text}");
        }
        let words: Vec<_> = ["db", "my_db", "10", "db.internal", "localhost", "${X}", ""]
            .into_iter()
            .filter(|it| is_one_word(it))
            .collect();
        assert_eq!(words, ["db", "my_db"]);
    }
}
