//! The crates that a service is built with, as its `Cargo.lock` has them.

use std::collections::{BTreeMap, BTreeSet};

use super::Project;
use super::service::Service;
use crate::facts::manifest::LockFacts;
use crate::facts::{Facts, FileFacts};
use crate::source::{Sources, folder, join};

/// The names of the crates of each service, by its id; nothing of one whose lock file says nothing.
pub(super) fn of_services(
    sources: &Sources,
    facts: &Facts,
    services: &[Service],
) -> BTreeMap<String, BTreeSet<String>> {
    let of_one = |service: &Service| {
        let found = graph(lock_of(sources, facts, service)?, &service.package);
        (!found.is_empty()).then(|| (service.id.clone(), found))
    };
    services.iter().filter_map(of_one).collect()
}

impl Project<'_> {
    /// Whether a service is built with a crate for whose name this holds; `None` where no lock file says it.
    pub(crate) fn is_built_with(&self, service: &Service, is: impl Fn(&str) -> bool) -> Option<bool> {
        self.dependencies.get(&service.id).map(|all| all.iter().any(|name| is(name)))
    }
}

/// The lock file of a service's workspace, where it could be read.
pub(super) fn lock_of<'f>(sources: &Sources, facts: &'f Facts, service: &Service) -> Option<&'f LockFacts> {
    let root = folder(sources.path(service.workspace));
    let file = join(root, "Cargo.lock").and_then(|path| sources.find(&path))?;
    match facts.get(file) {
        FileFacts::Lock(lock) if lock.errors.is_empty() => Some(lock),
        _ => None,
    }
}

/// What is reached from a package. Versions are not told apart: what any of them brings is taken to be there.
fn graph(lock: &LockFacts, package: &str) -> BTreeSet<String> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (name, _)) in lock.packages.iter().enumerate() {
        by_name.entry(name).or_default().push(at);
    }
    let mut found = BTreeSet::new();
    let mut next = vec![package];
    while let Some(name) = next.pop() {
        let Some(all) = by_name.get(name).filter(|_| !found.contains(name)) else { continue };
        found.insert(name.to_owned());
        let dependencies = all.iter().flat_map(|at| &lock.dependencies[*at]);
        next.extend(dependencies.map(|it| it.split(' ').next().unwrap_or(it)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::graph;
    use crate::facts::manifest::extract_lock;

    #[test]
    fn what_is_reached_from_a_package() {
        let text = "[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b 1.0.0\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\ndependencies = [\n \"a\",\n \"c\",\n]\n\n[[package]]\nname = \"c\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"d\"\nversion = \"1.0.0\"\n";
        let names = |package: &str| graph(&extract_lock(text), package).into_iter().collect::<Vec<_>>();
        assert_eq!(names("a"), ["a", "b", "c"]);
        assert!(names("x").is_empty());
    }
}
