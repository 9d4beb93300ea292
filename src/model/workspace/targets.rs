//! The targets of a package: what Cargo said, or the same by Cargo's own rules of discovery.

use std::collections::BTreeMap;

use crate::cargo::{CargoTarget, CargoTargetKind};
use crate::facts::manifest::{BuildScript, ManifestFacts, Target};
use crate::source::{Sources, join};

/// The targets that Cargo reported, by the path of the package's manifest.
pub(super) fn seen_by_cargo(sources: &Sources) -> BTreeMap<&str, &[CargoTarget]> {
    sources
        .cargo
        .values()
        .flat_map(|view| &view.packages)
        .map(|package| (package.manifest.as_str(), package.targets.as_slice()))
        .collect()
}

/// The targets of a package by its manifest and the files beside it.
pub(super) fn infer(
    sources: &Sources,
    folder: &str,
    package: &str,
    manifest: &ManifestFacts,
) -> Vec<CargoTarget> {
    let auto = manifest.package.as_ref();
    let mut found = Vec::new();
    let at = |path: &str| join(folder, path).filter(|path| sources.find(path).is_some());
    let auto_lib = auto.is_none_or(|package| package.autolib);
    let lib_path = manifest.lib.as_ref().and_then(|lib| lib.path.as_ref()).map(|path| path.value.clone());
    if let Some(root) =
        lib_path.map_or_else(|| auto_lib.then(|| at("src/lib.rs")).flatten(), |path| at(&path))
    {
        let named = manifest.lib.as_ref().and_then(|lib| lib.name.as_ref()).map(|name| name.value.clone());
        let name = named.unwrap_or_else(|| package.replace('-', "_"));
        found.push(CargoTarget { name, kind: CargoTargetKind::Lib, root });
    }
    let kinds = [
        (CargoTargetKind::Bin, &manifest.bins, "src/bin", auto.is_none_or(|package| package.autobins)),
        (CargoTargetKind::Example, &manifest.examples, "examples", auto.is_none_or(|p| p.autoexamples)),
        (CargoTargetKind::Test, &manifest.tests, "tests", auto.is_none_or(|package| package.autotests)),
        (CargoTargetKind::Bench, &manifest.benches, "benches", auto.is_none_or(|p| p.autobenches)),
    ];
    for (kind, declared, below, discover) in kinds {
        let mut of_kind: Vec<CargoTarget> = Vec::new();
        let conventional = conventional(sources, folder, below, package, kind);
        for target in declared {
            let Some(name) = target.name.as_ref().map(|name| name.value.clone()) else { continue };
            let root = declared_root(target, &name, &conventional, &at);
            of_kind.extend(root.map(|root| CargoTarget { name, kind, root }));
        }
        if discover {
            for (name, root) in conventional {
                let is_declared =
                    declared.iter().any(|own| own.name.as_ref().is_some_and(|own| own.value == name));
                if !is_declared && !of_kind.iter().any(|target| target.root == root) {
                    of_kind.push(CargoTarget { name, kind, root });
                }
            }
        }
        of_kind.sort_by(|a, b| a.name.cmp(&b.name));
        found.extend(of_kind);
    }
    let script = match auto.map(|package| &package.build) {
        Some(BuildScript::None) => None,
        Some(BuildScript::Named(path)) => at(path),
        Some(BuildScript::Conventional) | None => at("build.rs"),
    };
    found.extend(script.map(|root| CargoTarget {
        name: "build-script-build".into(),
        kind: CargoTargetKind::BuildScript,
        root,
    }));
    found.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    found
}

fn declared_root(
    target: &Target,
    name: &str,
    conventional: &[(String, String)],
    at: &impl Fn(&str) -> Option<String>,
) -> Option<String> {
    match &target.path {
        Some(path) => at(&path.value),
        None => conventional
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, root)| root.clone())
            // A binary without a path may also be `src/main.rs`, whatever it is called.
            .or_else(|| at("src/main.rs")),
    }
}

/// Names and root files by convention: `below/NAME.rs`, `below/NAME/main.rs`, and `src/main.rs` for the package's own
/// binary.
fn conventional(
    sources: &Sources,
    folder: &str,
    below: &str,
    package: &str,
    kind: CargoTargetKind,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if kind == CargoTargetKind::Bin
        && let Some(root) = join(folder, "src/main.rs").filter(|path| sources.find(path).is_some())
    {
        found.push((package.to_owned(), root));
    }
    let Some(prefix) = join(folder, below).map(|path| format!("{path}/")) else { return found };
    for (rest, file) in sources.below(&prefix) {
        let name = match rest.split_once('/') {
            None => rest.strip_suffix(".rs"),
            Some((name, "main.rs")) => Some(name),
            Some(_) => None,
        };
        found.extend(name.map(|name| (name.to_owned(), file.path.to_string())));
    }
    found
}
