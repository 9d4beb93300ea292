//! Packages, their targets, and the modules of each target.
//!
//! Targets are what Cargo says they are; where Cargo was not asked, the same answer is derived from the manifest and the
//! names of files, as Cargo's own discovery does
//! (<https://doc.rust-lang.org/cargo/reference/cargo-targets.html#target-auto-discovery>). Names are not resolved here.

mod modules;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::CargoTargetKind;
use crate::facts::manifest::{Dependency, Inherited, ManifestFacts};
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Note, Place, Sources, ancestors, folder, join};
use crate::span::{At, FileId, Range, Span};

pub(crate) use modules::{Module, ModuleId, Unread, UnreadKind};

/// The number of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PackageId(pub(crate) u32);

/// The number of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CrateId(pub(crate) u32);

/// Every package of the audited tree, whatever workspace it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) crates: Vec<Crate>,
    pub(crate) modules: Vec<Module>,
    pub(crate) programs: Programs,
    /// What was found wrong while the manifests were joined.
    pub(crate) notes: Vec<Note>,
}

/// The programs that Cargo can build of the tree, those of examples and those that need a feature included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Programs {
    pub(crate) names: BTreeSet<String>,
    /// Why there may be others.
    pub(crate) gap: Option<String>,
}

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The place of the name in the manifest.
    pub(crate) name_span: Span,
    pub(crate) manifest: FileId,
    pub(crate) folder: String,
    /// `rust-version`, its own or the workspace's.
    pub(crate) rust_version: Option<(String, Span)>,
    pub(crate) edition: Option<(String, Span)>,
    pub(crate) dependencies: Vec<Dep>,
    /// Library and binaries.
    pub(crate) crates: Vec<CrateId>,
    /// The package whose manifest holds this one's `[workspace]`, by the manifest's file.
    pub(crate) workspace: Option<FileId>,
}

/// A dependency of a package.
#[derive(Debug)]
pub(crate) struct Dep {
    /// The name in code, with `_`.
    pub(crate) name: String,
    /// The name of the package, with `-`.
    pub(crate) package: String,
    /// The library of the audited tree that it is, if it is one.
    pub(crate) local: Option<CrateId>,
    /// Its key in the manifest.
    pub(crate) span: Span,
    pub(crate) features: Vec<String>,
    /// Whether a feature has to turn it on.
    pub(crate) optional: bool,
}

/// A library or binary.
#[derive(Debug)]
pub(crate) struct Crate {
    pub(crate) package: PackageId,
    pub(crate) kind: CargoTargetKind,
    /// The name of the target.
    pub(crate) name: String,
    pub(crate) root: ModuleId,
    /// Files of this crate that could not be read, so that what they would say is not known.
    pub(crate) unread: Vec<Unread>,
}

impl Workspace {
    pub(crate) fn link(sources: &Sources, facts: &Facts) -> Self {
        let mut workspace = Self::default();
        let manifests: Vec<(FileId, &ManifestFacts)> = facts
            .of_kind(sources, Kind::CargoManifest)
            .filter_map(|(id, facts)| match facts {
                FileFacts::Manifest(manifest) => Some((id, &**manifest)),
                _ => None,
            })
            .collect();
        let roots: BTreeMap<&str, (FileId, &ManifestFacts)> = manifests
            .iter()
            .filter(|(_, facts)| facts.workspace.is_some())
            .map(|(id, facts)| (folder(sources.path(*id)), (*id, *facts)))
            .collect();
        for (id, manifest) in &manifests {
            workspace.check_members(sources, *id, manifest);
            workspace.add_package(sources, *id, manifest, &roots);
        }
        workspace.add_crates(sources, facts, &manifests);
        workspace.join_dependencies(sources, &manifests, &roots);
        workspace.programs.gap = gap(sources, &manifests);
        workspace
    }

    pub(crate) fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    pub(crate) fn krate(&self, id: CrateId) -> &Crate {
        &self.crates[id.0 as usize]
    }

    pub(crate) fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    pub(crate) fn crates(&self) -> impl Iterator<Item = (CrateId, &Crate)> {
        self.crates.iter().enumerate().map(|(at, krate)| (CrateId(index(at)), krate))
    }

    /// The library of a package, if it has one.
    pub(crate) fn library(&self, package: PackageId) -> Option<CrateId> {
        self.package(package).crates.iter().copied().find(|id| self.krate(*id).kind == CargoTargetKind::Lib)
    }

    /// This crate and every library of the tree that it is built from.
    pub(crate) fn closure(&self, of: CrateId) -> BTreeSet<CrateId> {
        let mut found = BTreeSet::from([of]);
        let mut open = vec![of];
        while let Some(id) = open.pop() {
            let package = self.krate(id).package;
            let own = self.library(package);
            let deps = self.package(package).dependencies.iter().filter_map(|dep| dep.local);
            open.extend(own.into_iter().chain(deps).filter(|id| found.insert(*id)));
        }
        found
    }

    /// A member that names no package stops Cargo altogether.
    fn check_members(&mut self, sources: &Sources, id: FileId, manifest: &ManifestFacts) {
        let Some(workspace) = &manifest.workspace else { return };
        for member in &workspace.members {
            let is_pattern = member.value.contains(['*', '?', '[']);
            let there = join(folder(sources.path(id)), &member.value).is_some_and(|folder| {
                sources.find(&join(&folder, "Cargo.toml").unwrap_or_default()).is_some()
            });
            if !is_pattern && !there {
                let message = format!("workspace member `{}` has no Cargo.toml", member.value);
                self.notes.push(Note::warning(Place::Span(member.span(id)), message));
            }
        }
    }

    fn add_package(
        &mut self,
        sources: &Sources,
        id: FileId,
        manifest: &ManifestFacts,
        roots: &BTreeMap<&str, (FileId, &ManifestFacts)>,
    ) {
        let Some(package) = &manifest.package else { return };
        let own_folder = folder(sources.path(id));
        let root = package
            .workspace
            .as_ref()
            .and_then(|path| join(own_folder, path))
            .and_then(|path| roots.get(path.as_str()))
            .or_else(|| {
                let above = ancestors(own_folder).filter_map(|above| Some((above, roots.get(above)?)));
                above
                    .filter(|(above, (_, facts))| !excludes(facts, above, own_folder))
                    .map(|(_, root)| root)
                    .next()
            })
            .copied();
        let inherit =
            |own: &Option<Inherited>, shared: fn(&ManifestFacts) -> Option<(String, Range)>| match own {
                Some(Inherited::Own(value)) => Some((value.value.clone(), value.span(id))),
                Some(Inherited::Workspace) => {
                    let (file, facts) = root?;
                    shared(facts).map(|(value, range)| (value, Span::new(file, range)))
                }
                None => None,
            };
        let rust_version = inherit(&package.rust_version, |facts| {
            let version = facts.workspace.as_ref()?.rust_version.as_ref()?;
            Some((version.value.clone(), version.range))
        });
        let edition = inherit(&package.edition, |facts| {
            let edition = facts.workspace.as_ref()?.edition.as_ref()?;
            Some((edition.value.clone(), edition.range))
        });
        self.packages.push(Package {
            name: package.name.value.clone(),
            name_span: package.name.span(id),
            manifest: id,
            folder: own_folder.to_owned(),
            rust_version,
            edition,
            dependencies: Vec::new(),
            crates: Vec::new(),
            workspace: root.map(|(file, _)| file),
        });
    }

    fn add_crates(&mut self, sources: &Sources, facts: &Facts, manifests: &[(FileId, &ManifestFacts)]) {
        let seen_by_cargo = targets::seen_by_cargo(sources);
        for at in 0..self.packages.len() {
            let package = &self.packages[at];
            let Some((_, manifest)) = manifests.iter().find(|(id, _)| *id == package.manifest) else {
                continue;
            };
            let found = match seen_by_cargo.get(sources.path(package.manifest)) {
                Some(targets) => (*targets).to_vec(),
                None => targets::infer(sources, &package.folder, &package.name, manifest),
            };
            let declared =
                manifest.bins.iter().chain(&manifest.examples).filter_map(|target| target.name.as_ref());
            self.programs.names.extend(declared.map(|name| name.value.clone()));
            for target in found {
                if matches!(target.kind, CargoTargetKind::Bin | CargoTargetKind::Example) {
                    self.programs.names.insert(target.name.clone());
                }
                if !matches!(target.kind, CargoTargetKind::Lib | CargoTargetKind::Bin) {
                    continue;
                }
                if target.kind == CargoTargetKind::Bin && is_off_by_default(manifest, &target.name) {
                    continue;
                }
                let Some(root_file) = sources.find(&target.root) else { continue };
                let id = CrateId(index(self.crates.len()));
                let (root, unread) = modules::build(sources, facts, id, root_file, &mut self.modules);
                let package = PackageId(index(at));
                self.crates.push(Crate { package, kind: target.kind, name: target.name, root, unread });
                self.packages[at].crates.push(id);
            }
        }
    }

    fn join_dependencies(
        &mut self,
        sources: &Sources,
        manifests: &[(FileId, &ManifestFacts)],
        roots: &BTreeMap<&str, (FileId, &ManifestFacts)>,
    ) {
        let by_folder: BTreeMap<String, PackageId> = self
            .packages
            .iter()
            .enumerate()
            .map(|(at, package)| (package.folder.clone(), PackageId(index(at))))
            .collect();
        for at in 0..self.packages.len() {
            let package = &self.packages[at];
            let Some((_, manifest)) = manifests.iter().find(|(id, _)| *id == package.manifest) else {
                continue;
            };
            let root = package.workspace.and_then(|file| roots.values().find(|(id, _)| *id == file));
            let mut joined: Vec<Dep> = Vec::new();
            for dependency in &manifest.dependencies {
                let (source, base) = declared(dependency, root, sources, &package.folder);
                let name = dependency.key.value.replace('-', "_");
                if joined.iter().any(|dep| dep.name == name) {
                    continue;
                }
                let local = source
                    .path
                    .as_ref()
                    .and_then(|path| join(&base, path))
                    .and_then(|folder| by_folder.get(&folder))
                    .and_then(|package| self.library(*package));
                let mut features = source.features.clone();
                features.extend(dependency.features.iter().cloned());
                joined.push(Dep {
                    name,
                    package: source.package.clone().unwrap_or_else(|| source.key.value.clone()),
                    local,
                    span: dependency.key.span(package.manifest),
                    features,
                    optional: dependency.optional,
                });
            }
            self.packages[at].dependencies = joined;
        }
    }
}

/// Why the tree may have packages that are not seen.
fn gap(sources: &Sources, manifests: &[(FileId, &ManifestFacts)]) -> Option<String> {
    if let Some((id, _)) = manifests.iter().find(|(_, manifest)| !manifest.errors.is_empty()) {
        return Some(format!("`{}` could not be read whole", sources.path(*id)));
    }
    sources.find(".gitmodules").map(|_| "packages may lie in a submodule of Git".to_owned())
}

/// Whether a binary needs a feature that a plain `cargo build` does not turn on: a tool for its developers.
fn is_off_by_default(manifest: &ManifestFacts, binary: &str) -> bool {
    let declared =
        manifest.bins.iter().find(|bin| bin.name.as_ref().is_some_and(|name| name.value == binary));
    declared
        .is_some_and(|bin| bin.required_features.iter().any(|name| !manifest.default_features.contains(name)))
}

/// Where a dependency is really declared: `workspace = true` points to the workspace's table. With the folder that its
/// `path` is relative to.
fn declared<'m>(
    dependency: &'m Dependency,
    root: Option<&(FileId, &'m ManifestFacts)>,
    sources: &Sources,
    own_folder: &str,
) -> (&'m Dependency, String) {
    if dependency.inherits
        && let Some((file, facts)) = root
        && let Some(workspace) = &facts.workspace
        && let Some(shared) =
            workspace.dependencies.iter().find(|other| other.key.value == dependency.key.value)
    {
        return (shared, folder(sources.path(*file)).to_owned());
    }
    (dependency, own_folder.to_owned())
}

/// Whether a workspace leaves a folder below it out. What `members` names stays in all the same
/// (<https://doc.rust-lang.org/cargo/reference/workspaces.html#the-members-and-exclude-fields>).
fn excludes(manifest: &ManifestFacts, root: &str, folder: &str) -> bool {
    let Some(workspace) = &manifest.workspace else { return false };
    let below = |paths: &[At<String>]| {
        let mut folders = paths.iter().filter_map(|path| join(root, &path.value));
        folders.any(|named| {
            folder == named || folder.strip_prefix(&named).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    below(&workspace.exclude) && !below(&workspace.members)
}

pub(crate) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
