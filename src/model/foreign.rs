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

/// Those of them that name logging itself.
const LOGS: &[&str] = &["logger", "logging", "observability", "telemetry"];

/// The crates that a service depends on and that may do something for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Foreign {
    may: Vec<(Means, String)>,
    /// The one whose name says that it sets up logging.
    logs: Option<String>,
}

impl Foreign {
    /// A crate that may do it.
    pub(crate) fn may(&self, means: Means) -> Option<&str> {
        self.may.iter().find(|(own, _)| *own == means).map(|(_, name)| name.as_str())
    }

    /// A crate that is made to set up logging.
    pub(crate) fn sets_up_logs(&self) -> Option<&str> {
        self.logs.as_deref()
    }

    pub(crate) fn of(sources: &Sources, symbols: &Symbols<'_>, closure: &BTreeSet<CrateId>) -> Self {
        let is_part = |name: &str| PARTS.iter().any(|part| name.split('-').next() == Some(part));
        let mut unknown = unknown_dependencies(symbols, closure);
        unknown.retain(|name| !is_part(name));
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
                let own: Vec<&str> = dependencies.iter().map(|it| package(it)).collect();
                // A crate of the same family does it for its sister.
                let is_unknown = |name: &str| !symbols.knowledge.is_known(&in_code(name));
                let is_sister = |other: &&str| is_family(other, name) && is_unknown(other);
                let family: Vec<&str> = own.iter().copied().filter(is_sister).collect();
                let theirs = lock.packages.iter().zip(&lock.dependencies);
                let theirs = theirs.filter(|((name, _), _)| family.contains(&name.as_str()));
                let theirs = theirs.flat_map(|(_, dependencies)| dependencies).map(|it| package(it));
                let dependencies: Vec<String> = own.iter().copied().chain(theirs).map(in_code).collect();
                let does = |means| dependencies.iter().any(|it| has(symbols.knowledge, it, means));
                // Many crates count and log; who serves, or says that this is what it is for, sets it up.
                let serves = does(Means::Server);
                let says = |name: &str, words: &[&str]| name.split('-').any(|word| words.contains(&word));
                let logs = says(name, LOGS) || family.iter().any(|it| says(it, LOGS));
                let is_for_it = serves || logs || says(name, SETS_UP);
                if logs && does(Means::Logger) {
                    found.logs.get_or_insert_with(|| name.clone());
                }
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

/// Frameworks that do nothing but serve: whoever depends on one starts a server, or helps to.
const FRAMEWORKS: &[&str] = &["actix-web", "axum", "ntex", "poem", "rocket", "salvo", "warp"];

/// The crates that a service depends on, of which nothing is known but that they depend on a framework, by their names in code.
pub(super) fn serving(
    sources: &Sources,
    symbols: &Symbols<'_>,
    closure: &BTreeSet<CrateId>,
) -> BTreeSet<String> {
    let unknown = unknown_dependencies(symbols, closure);
    let mut found = BTreeSet::new();
    for (_, facts) in symbols.facts.of_kind(sources, Kind::CargoLock).filter(|_| !unknown.is_empty()) {
        let FileFacts::Lock(lock) = facts else { continue };
        for ((name, _), dependencies) in lock.packages.iter().zip(&lock.dependencies) {
            if unknown.contains(name.as_str())
                && dependencies.iter().any(|it| FRAMEWORKS.contains(&package(it)))
            {
                found.insert(in_code(name));
            }
        }
    }
    found
}

/// The packages outside of the tree that these crates depend on and of which nothing is known.
fn unknown_dependencies<'s>(symbols: &Symbols<'s>, closure: &BTreeSet<CrateId>) -> BTreeSet<&'s str> {
    let workspace = symbols.workspace;
    let packages = closure.iter().map(|id| workspace.package(workspace.krate(*id).package));
    let outside = packages.flat_map(|package| &package.dependencies).filter(|dep| dep.local.is_none());
    let names = outside.map(|dep| dep.package.as_str());
    names.filter(|name| !symbols.knowledge.is_known(&in_code(name))).collect()
}

/// The name of a dependency as a lock file has it, which may be followed by its version.
fn package(dependency: &str) -> &str {
    dependency.split(' ').next().unwrap_or_default()
}

/// Whether two packages begin with the same word: `stackable-operator` and `stackable-telemetry`.
fn is_family(one: &str, other: &str) -> bool {
    let word = |name: &str| name.split_once('-').map(|(word, _)| word.to_owned());
    word(one).is_some_and(|first| {
        !PARTS.contains(&first.as_str()) && first.len() > 3 && Some(first) == word(other)
    })
}

fn in_code(package: &str) -> String {
    package.replace('-', "_")
}

/// Whether an item of a crate has a meaning.
fn has(knowledge: &Knowledge, krate: &str, means: Means) -> bool {
    knowledge.krate(krate).is_some_and(|node| knowledge.holds(node, means))
}
