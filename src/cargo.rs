//! What Cargo itself says about the workspaces of the tree: packages and their targets.
//!
//! `cargo metadata` is the only program that Forge starts. It runs from the root of the file system, so that neither
//! `.cargo/config.toml` nor `rust-toolchain.toml` of the audited repository is found: Cargo reads configuration from
//! its working directory upwards, and rustup looks for a toolchain file there as well. With `--no-deps --offline`
//! nothing is resolved, downloaded or compiled. Where Cargo is absent or fails, the manifests alone give the same model
//! (`model::workspace`; a test holds the two against each other).

use std::collections::BTreeMap;
use std::path::Path;

use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use rayon::prelude::*;

use crate::source::{Kind, Note, Place, SourceFile};

/// Asking Cargo costs some 30 ms a workspace; a tree of hundreds of separate packages is read from its manifests.
const MAX_ROOTS: usize = 16;

/// The packages of one workspace, as Cargo sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CargoView {
    pub(crate) packages: Vec<CargoPackage>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CargoPackage {
    /// The path of its manifest in the audited tree.
    pub(crate) manifest: String,
    pub(crate) targets: Vec<CargoTarget>,
}

/// One target of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CargoTarget {
    pub(crate) name: String,
    pub(crate) kind: CargoTargetKind,
    /// The path of its root module in the audited tree.
    pub(crate) root: String,
}

/// What a target is built into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum CargoTargetKind {
    Lib,
    Bin,
    Example,
    Test,
    Bench,
    BuildScript,
}

/// What Cargo said of each workspace, by the path of its manifest, and what it refused to read.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) views: BTreeMap<String, CargoView>,
    pub(crate) notes: Vec<Note>,
}

/// Asks Cargo about each workspace root among the manifests of the tree.
pub(crate) fn ask(root: &Path, manifests: &[(SourceFile, Option<Note>)]) -> Answers {
    let mut answers = Answers::default();
    let roots = workspace_roots(manifests);
    if roots.len() > MAX_ROOTS {
        return answers;
    }
    let Ok(absolute) = std::path::absolute(root) else { return answers };
    let answered: Vec<_> = roots
        .into_par_iter()
        .map(|manifest| {
            let answer = metadata(&absolute.join(&manifest));
            (manifest, answer)
        })
        .collect();
    for (manifest, answer) in answered {
        match answer {
            Ok(metadata) => {
                answers.views.insert(manifest, view(&absolute, &metadata));
            }
            Err(Failure::NoCargo) => {}
            Err(Failure::Refused(why)) => {
                let message = format!("cargo cannot read it: {why}");
                answers.notes.push(Note::warning(Place::Path(manifest), message));
            }
        }
    }
    answers
}

/// Manifests with a `[workspace]` table. For any other Cargo looks for one in the folders above, also above the audited
/// tree, where nothing of the answer may come from.
fn workspace_roots(manifests: &[(SourceFile, Option<Note>)]) -> Vec<String> {
    let opens = |text: &str| text.lines().any(|line| line.trim_start().starts_with("[workspace"));
    let roots = manifests
        .iter()
        .filter(|(file, _)| file.kind == Kind::CargoManifest && file.text.as_deref().is_some_and(opens));
    roots.map(|(file, _)| file.path.to_string()).collect()
}

enum Failure {
    NoCargo,
    Refused(String),
}

fn metadata(manifest: &Path) -> Result<Metadata, Failure> {
    let neutral = if cfg!(windows) { "C:\\" } else { "/" };
    let result = MetadataCommand::new()
        .manifest_path(manifest)
        .current_dir(neutral)
        .no_deps()
        .other_options(["--offline".to_owned()])
        .env("RUSTUP_AUTO_INSTALL", "0")
        .env("CARGO_NET_OFFLINE", "true")
        .exec();
    result.map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => Failure::Refused(first_cause(&stderr, manifest)),
        // No program of that name, or one that does not speak Cargo's language.
        _ => Failure::NoCargo,
    })
}

/// The last line of Cargo's chain of causes says most; paths outside the tree would differ between machines.
fn first_cause(stderr: &str, manifest: &Path) -> String {
    let root = manifest.parent().map(|folder| format!("{}/", folder.display())).unwrap_or_default();
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let cause = lines.iter().find(|line| line.starts_with("error:")).or(lines.first()).copied();
    let cause = cause.unwrap_or("no reason given").trim_start_matches("error:").trim();
    cause.replace(&root, "").replace(&*manifest.to_string_lossy(), "Cargo.toml")
}

fn view(root: &Path, metadata: &Metadata) -> CargoView {
    let relative = |path: &cargo_metadata::camino::Utf8Path| {
        path.as_std_path().strip_prefix(root).ok().map(|path| path.to_string_lossy().replace('\\', "/"))
    };
    let mut packages: Vec<CargoPackage> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let manifest = relative(&package.manifest_path)?;
            let mut targets: Vec<CargoTarget> = package
                .targets
                .iter()
                .filter_map(|target| {
                    let kind = target.kind.first().map_or(CargoTargetKind::Lib, target_kind);
                    Some(CargoTarget { name: target.name.clone(), kind, root: relative(&target.src_path)? })
                })
                .collect();
            targets.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
            Some(CargoPackage { manifest, targets })
        })
        .collect();
    packages.sort_by(|a, b| a.manifest.cmp(&b.manifest));
    CargoView { packages }
}

fn target_kind(kind: &TargetKind) -> CargoTargetKind {
    match kind {
        TargetKind::Bin => CargoTargetKind::Bin,
        TargetKind::Example => CargoTargetKind::Example,
        TargetKind::Test => CargoTargetKind::Test,
        TargetKind::Bench => CargoTargetKind::Bench,
        TargetKind::CustomBuild => CargoTargetKind::BuildScript,
        _ => CargoTargetKind::Lib,
    }
}
