//! What crates outside the tree may do for a service that Forge cannot see: those of which nothing is known, and that
//! depend on what does it.

use std::collections::BTreeSet;

use crate::facts::FileFacts;
use crate::knowledge::{Knowledge, Means};
use crate::model::symbols::Symbols;
use crate::model::workspace::CrateId;
use crate::source::{Kind, Sources};

/// Names of crates that add to what others set up, and set up nothing.
const PARTS: &[&str] = &["tracing", "opentelemetry", "log", "test"];

/// Words in the names of crates that set something up.
const SETS_UP: &[&str] = &[
    "bootstrap",
    "init",
    "launcher",
    "logger",
    "logging",
    "observability",
    "runtime",
    "service",
    "telemetry",
];

/// The crates that a service depends on and that may do something for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foreign {
    may: Vec<(Means, String)>,
}

impl Foreign {
    /// A crate that may do it.
    pub(crate) fn may(&self, means: Means) -> Option<&str> {
        self.may.iter().find(|(own, _)| *own == means).map(|(_, name)| name.as_str())
    }

    pub(crate) fn of(sources: &Sources, symbols: &Symbols<'_>, closure: &BTreeSet<CrateId>) -> Self {
        let workspace = symbols.workspace;
        let packages = closure.iter().map(|id| workspace.package(workspace.krate(*id).package));
        let unknown: BTreeSet<&str> = packages
            .flat_map(|package| &package.dependencies)
            .filter(|dep| dep.local.is_none() && symbols.knowledge.krate(&in_code(&dep.package)).is_none())
            .map(|dep| dep.package.as_str())
            .filter(|name| !PARTS.iter().any(|part| name.split('-').next() == Some(part)))
            .collect();
        if unknown.is_empty() {
            return Self::default();
        }
        let mut found = Self::default();
        for (_, facts) in symbols.facts.of_kind(sources, Kind::CargoLock) {
            let FileFacts::Lock(lock) = facts else { continue };
            for ((name, _), dependencies) in lock.packages.iter().zip(&lock.dependencies) {
                if !unknown.contains(name.as_str()) {
                    continue;
                }
                let dependencies: Vec<String> = dependencies
                    .iter()
                    .map(|dependency| in_code(dependency.split(' ').next().unwrap_or_default()))
                    .collect();
                let does = |means| dependencies.iter().any(|it| has(symbols.knowledge, it, means));
                // Many crates count and log; who serves, or says that this is what it is for, sets it up.
                let serves = does(Means::Server);
                let is_for_it = serves || name.split('-').any(|word| SETS_UP.contains(&word));
                let all = [
                    (Means::Logger, is_for_it && does(Means::Logger)),
                    (Means::SpanExport, is_for_it && does(Means::SpanExport)),
                    (Means::Metrics, serves && does(Means::Metrics)),
                ];
                found
                    .may
                    .extend(all.into_iter().filter(|(_, may)| *may).map(|(means, _)| (means, name.clone())));
            }
        }
        found.may.sort_by(|a, b| a.1.cmp(&b.1));
        found
    }
}

fn in_code(package: &str) -> String {
    package.replace('-', "_")
}

/// Whether an item of a crate has a meaning.
fn has(knowledge: &Knowledge, krate: &str, means: Means) -> bool {
    knowledge.krate(krate).is_some_and(|node| knowledge.holds(node, means))
}
