//! Reads the audited tree: walks it in parallel, tells what each file is, and takes the texts that later stages need.
//!
//! The only module that reads files of the audited repository. Bad input never stops it: what cannot be read becomes a
//! [`Note`]. It follows no link out of the tree, opens nothing that is not a regular file, and reads nothing above the
//! size limit.

#![expect(clippy::disallowed_methods, reason = "this is the end of the program that reads the audited tree")]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use crate::cargo;
use crate::source::{Kind, Note, Place, SourceFile, Sources, classify, file_name, folder, needs_text};

/// Files above this size are not read. The largest source file of the corpus has 0.6 MB; a lock file may have one more.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The walk stops here: a tree of this size is a mistake, such as auditing `/`.
const MAX_FILES: usize = 500_000;

/// How the tree is read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads of the walk; the reading and parsing use rayon's pool.
    pub threads: usize,
    /// Whether `cargo metadata` is asked for what the manifests already say (see `cargo`).
    pub use_cargo: bool,
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
    check_root(root)?;
    let (mut found, mut notes) = walk(root, settings.threads);
    drop_ignored(root, &mut found, &mut notes);
    drop_vendored(&mut found, &mut notes);
    let canonical_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let read = |found: Vec<Found>| -> Vec<(SourceFile, Option<Note>)> {
        found.into_par_iter().map(|found| read(root, &canonical_root, found)).collect()
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

fn check_root(root: &Path) -> Result<(), DiscoverError> {
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

/// A path that the walk met: relative to the root, and whether it is a link.
struct Found {
    path: String,
    is_link: bool,
    /// A pipe, a socket or a device: opening it could block for ever.
    is_special: bool,
}

fn walk(root: &Path, threads: usize) -> (Vec<Found>, Vec<Note>) {
    let collected: Mutex<(Vec<Found>, Vec<Note>)> = Mutex::default();
    let walker = WalkBuilder::new(root)
        .threads(threads)
        // The walker would open whatever is called `.gitignore`, a pipe as well; see `drop_ignored`.
        .standard_filters(false)
        .follow_links(false)
        .filter_entry(|entry| !is_left_out(entry))
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
        notes.push(Note::warning(Place::Tree, format!("more than {MAX_FILES} files; the rest was not read")));
    }
    (found, notes)
}

/// Folders that hold nothing of the repository's own.
fn is_left_out(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    match entry.file_name().to_str() {
        Some(".git" | "node_modules" | ".venv" | ".hg" | ".jj") => true,
        // A source folder may well be called `target`; Cargo's own is tagged or stands beside a manifest.
        Some("target") => {
            entry.path().join("CACHEDIR.TAG").exists()
                || entry.path().parent().is_some_and(|parent| parent.join("Cargo.toml").exists())
        }
        _ => false,
    }
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

/// Leaves out what the `.gitignore` files of the tree name. The nearest file that says something of a path decides, as Git
/// does it (<https://git-scm.com/docs/gitignore>).
fn drop_ignored(root: &Path, found: &mut Vec<Found>, notes: &mut Vec<Note>) {
    let mut matchers: std::collections::BTreeMap<String, Gitignore> = std::collections::BTreeMap::new();
    for file in found.iter().filter(|file| file_name(&file.path) == ".gitignore" && !file.is_link) {
        let text = if file.is_special {
            Err("is not a regular file; not read".to_owned())
        } else {
            read_bytes(&root.join(&file.path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        match text {
            Ok(text) => {
                let mut builder = GitignoreBuilder::new(folder(&file.path));
                for line in text.lines() {
                    // A pattern that is no pattern ignores nothing, for Git too.
                    let _ = builder.add_line(None, line);
                }
                if let Ok(matcher) = builder.build() {
                    matchers.insert(folder(&file.path).to_owned(), matcher);
                }
            }
            Err(why) => notes.push(Note::warning(Place::Path(file.path.clone()), why)),
        }
    }
    if matchers.is_empty() {
        return;
    }
    found.retain(|file| {
        // Git tracks what was added in spite of a pattern. These exist only to be committed.
        if is_made_to_be_committed(file_name(&file.path)) {
            return true;
        }
        let decided =
            ancestors(&file.path).filter_map(|folder| matchers.get(folder)).find_map(|matcher| match matcher
                .matched_path_or_any_parents(&file.path, false)
            {
                ignore::Match::None => None,
                matched => Some(matched.is_ignore()),
            });
        decided != Some(true)
    });
}

/// Examples of environment files, and lock files.
fn is_made_to_be_committed(name: &str) -> bool {
    let is_example = ["sample", "example", "template", "dist"].iter().any(|end| name.ends_with(end));
    name == "Cargo.lock" || (name.contains("env") && is_example)
}

/// `cargo vendor` writes a checksum file into each crate that it copies; those crates are not the repository's own.
fn drop_vendored(found: &mut Vec<Found>, notes: &mut Vec<Note>) {
    let vendored: std::collections::BTreeSet<String> = found
        .iter()
        .filter(|found| file_name(&found.path) == ".cargo-checksum.json")
        .map(|found| folder(&found.path).to_owned())
        .collect();
    if vendored.is_empty() {
        return;
    }
    found.retain(|found| !ancestors(&found.path).any(|folder| vendored.contains(folder)));
    let crates = vendored.len();
    notes.push(Note::info(Place::Tree, format!("{crates} vendored crates were left out")));
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder(path)), |at| (!at.is_empty()).then(|| folder(at)))
}

fn read(root: &Path, canonical_root: &Path, found: Found) -> (SourceFile, Option<Note>) {
    let Found { path, is_link, is_special } = found;
    let by_name = classify(&path, "");
    let without_text = |kind| SourceFile { path: path.as_str().into(), kind, is_link, text: None };
    if !by_name.is_read() && !needs_text(&path) {
        return (without_text(by_name), None);
    }
    let note = |message: String| Some(Note::warning(Place::Path(path.clone()), message));
    if is_special {
        return (without_text(by_name), note("is not a regular file; not read".into()));
    }
    let full = root.join(&path);
    if is_link {
        match fs::canonicalize(&full) {
            Ok(target) if !target.starts_with(canonical_root) => {
                return (without_text(by_name), note("is a link out of the tree; not followed".into()));
            }
            Ok(target) if !target.is_file() => return (without_text(Kind::Other), None),
            Ok(_) => {}
            Err(_) => return (without_text(by_name), note("is a link that leads nowhere".into())),
        }
    }
    let bytes = match read_bytes(&full) {
        Ok(bytes) => bytes,
        Err(why) => return (without_text(by_name), note(why)),
    };
    match String::from_utf8(bytes) {
        Ok(text) => {
            let kind = classify(&path, &text);
            let text = kind.is_read().then(|| text.into());
            (SourceFile { path: path.as_str().into(), kind, is_link, text }, None)
        }
        // What has no known kind and is not text is no fault of anybody's.
        Err(_) if by_name == Kind::Other => (without_text(by_name), None),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..offset].split(|byte| *byte == b'\n').count();
            (without_text(by_name), note(format!("is not valid UTF-8 (line {line}); not read")))
        }
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut file = File::open(path).map_err(|error| describe(&error))?;
    let size = file.metadata().map_err(|error| describe(&error))?;
    if !size.is_file() {
        return Err("is not a regular file; not read".into());
    }
    let too_large = || format!("is larger than {} MiB; not read", MAX_FILE_BYTES / 1024 / 1024);
    if size.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size.len()).unwrap_or(0) + 1);
    // The size may be a lie (`/proc`, a file that grows): the limit holds while reading as well.
    let taken =
        file.by_ref().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|error| describe(&error))?;
    if taken as u64 > MAX_FILE_BYTES { Err(too_large()) } else { Ok(bytes) }
}
