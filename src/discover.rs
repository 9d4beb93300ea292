//! Reads the audited tree: walks it in parallel, tells what each file is, and takes the texts that later stages need.
//!
//! The only module that reads files of the audited repository. Bad input never stops it: what cannot be read becomes a
//! [`Note`]. It follows no link out of the tree, opens nothing that is not a regular file, and reads nothing above the
//! size limit.

#![expect(clippy::disallowed_methods, reason = "this is the end of the program that reads the audited tree")]

pub(crate) mod tree;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use crate::cargo;
use crate::source::{Kind, Note, Place, SourceFile, Sources, classify};
use tree::{Found, Leads, MAX_FILE_BYTES, MAX_FILES, Tree, too_large};

/// How the tree is read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads of the walk; the reading and parsing use rayon's pool.
    pub threads: usize,
    /// Whether `cargo metadata` is asked for what the manifests already say (see `cargo`).
    pub use_cargo: bool,
    /// Folders that are not read, relative to the root: submodules, where the tree is compared with a commit.
    pub left_out: Vec<String>,
}

/// Why a tree could not be read at all. All of these are the caller's to mend.
#[derive(Debug, PartialEq, Eq)]
pub enum DiscoverError {
    /// Nothing stands at the path.
    Missing(PathBuf),
    /// The path is a file.
    NotAFolder(PathBuf),
    /// The folder may not be listed.
    Unreadable(PathBuf, String),
}

impl std::fmt::Display for DiscoverError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "{} does not exist", path.display()),
            Self::NotAFolder(path) => {
                write!(f, "{} is a file; give the folder of the repository", path.display())
            }
            Self::Unreadable(path, why) => write!(f, "{} cannot be read: {why}", path.display()),
        }
    }
}

impl std::error::Error for DiscoverError {}

/// Reads the tree below `root`.
///
/// # Errors
/// When `root` itself is missing, is no folder or cannot be listed. Everything below it that cannot be read is a note.
pub fn discover(root: &Path, settings: &Settings) -> Result<Sources, DiscoverError> {
    check(root)?;
    let (mut found, mut notes) = walk(root, settings);
    let canonical_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let disk = Disk { root, canonical_root };
    tree::keep(&disk, &mut found, &mut notes);
    let read = |found: Vec<Found>| -> Vec<(SourceFile, Option<Note>)> {
        found.into_par_iter().map(|found| tree::read(&disk, found)).collect()
    };
    // Cargo needs the manifests alone, and takes a while to answer; the rest of the tree is read meanwhile.
    let (manifests, rest): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|found| classify(&found.path, "") == Kind::CargoManifest);
    let manifests = read(manifests);
    let ask = || if settings.use_cargo { cargo::ask(root, &manifests) } else { cargo::Answers::default() };
    let (answers, rest) = rayon::join(ask, || read(rest));
    let mut files = Vec::with_capacity(manifests.len() + rest.len());
    for (file, note) in manifests.into_iter().chain(rest) {
        files.push(file);
        notes.extend(note);
    }
    notes.extend(answers.notes);
    let mut sources = Sources::new(files, notes);
    sources.cargo = answers.views;
    sources.notes.sort();
    Ok(sources)
}

/// Reads a configuration that was named.
///
/// # Errors
/// Why it cannot be read.
pub(crate) fn read_config(path: &Path) -> Result<String, String> {
    let bytes = read_bytes(path).map_err(|why| why.trim_start_matches("could not be read: ").to_owned())?;
    String::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".to_owned())
}

/// Whether there is a folder that can be listed.
pub(crate) fn check(root: &Path) -> Result<(), DiscoverError> {
    let unreadable = |error: std::io::Error| DiscoverError::Unreadable(root.to_path_buf(), error.to_string());
    match fs::metadata(root) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(DiscoverError::Missing(root.to_path_buf()))
        }
        Err(error) => Err(unreadable(error)),
        Ok(meta) if !meta.is_dir() => Err(DiscoverError::NotAFolder(root.to_path_buf())),
        Ok(_) => fs::read_dir(root).map(drop).map_err(unreadable),
    }
}

fn walk(root: &Path, settings: &Settings) -> (Vec<Found>, Vec<Note>) {
    let collected: Mutex<(Vec<Found>, Vec<Note>)> = Mutex::default();
    let left_out: std::collections::BTreeSet<PathBuf> =
        settings.left_out.iter().map(|folder| root.join(folder)).collect();
    let walker = WalkBuilder::new(root)
        .threads(settings.threads)
        // The walker would open whatever is called `.gitignore`, a pipe as well; see `drop_ignored`.
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(move |entry| !is_left_out(entry) && !left_out.contains(entry.path()))
        .build_parallel();
    walker.run(|| {
        Box::new(|entry| {
            let mut collected = collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match entry {
                Ok(entry) => {
                    if let Some(found) = found(root, &entry, &mut collected.1) {
                        collected.0.push(found);
                    }
                }
                Err(error) => collected.1.push(walk_error(root, &error)),
            }
            if collected.0.len() < MAX_FILES { WalkState::Continue } else { WalkState::Quit }
        })
    });
    let (found, mut notes) = collected.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if found.len() >= MAX_FILES {
        notes.push(tree::too_many());
    }
    (found, notes)
}

/// Folders that hold nothing of the repository's own.
fn is_left_out(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    tree::is_left_out(entry.file_name().as_encoded_bytes(), || {
        entry.path().join("CACHEDIR.TAG").exists()
            || entry.path().parent().is_some_and(|parent| parent.join("Cargo.toml").exists())
    })
}

fn found(root: &Path, entry: &DirEntry, notes: &mut Vec<Note>) -> Option<Found> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return None;
    }
    let Some(path) = relative(root, entry.path()) else {
        let shown = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        notes.push(Note::warning(Place::Path(shown), "name is not valid UTF-8; not read"));
        return None;
    };
    Some(Found { path, is_link: kind.is_symlink(), is_special: !kind.is_file() && !kind.is_symlink() })
}

fn walk_error(root: &Path, error: &ignore::Error) -> Note {
    fn path_of(error: &ignore::Error) -> Option<&Path> {
        match error {
            ignore::Error::WithPath { path, .. } => Some(path),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
            ignore::Error::Loop { child, .. } => Some(child),
            _ => None,
        }
    }
    let place = path_of(error).and_then(|path| relative(root, path)).map_or(Place::Tree, Place::Path);
    let why = error.io_error().map_or_else(|| "could not be listed".into(), describe);
    Note::warning(place, why)
}

fn describe(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "could not be read: permission denied".into(),
        std::io::ErrorKind::NotFound => "could not be read: it vanished while the tree was read".into(),
        kind => format!("could not be read: {kind}"),
    }
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

/// The tree as it stands on disk.
struct Disk<'r> {
    root: &'r Path,
    canonical_root: PathBuf,
}

impl Tree for Disk<'_> {
    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        read_bytes(&self.root.join(path))
    }

    fn link(&self, path: &str) -> Leads {
        match fs::canonicalize(self.root.join(path)) {
            Ok(target) if !target.starts_with(&self.canonical_root) => Leads::OutOfTheTree,
            Ok(target) if !target.is_file() => Leads::ToNoFile,
            Ok(_) => Leads::ToAFile,
            Err(_) => Leads::Nowhere,
        }
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut file = File::open(path).map_err(|error| describe(&error))?;
    let size = file.metadata().map_err(|error| describe(&error))?;
    if !size.is_file() {
        return Err("is not a regular file; not read".into());
    }
    if size.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size.len()).unwrap_or(0) + 1);
    // The size may be a lie (`/proc`, a file that grows): the limit holds while reading as well.
    let taken =
        file.by_ref().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
    if taken as u64 > MAX_FILE_BYTES { Err(too_large()) } else { Ok(bytes) }
}
