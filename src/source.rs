//! The audited tree as it was read: paths, kinds, texts, and what could not be read.
//!
//! Nothing here touches the disk. `discover` fills [`Sources`] from a folder, tests fill it from memory; every later
//! stage sees no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::span::{FileId, Range, Span};

mod kind;
mod sniff;

pub(crate) use kind::{Kind, TaskRunner, classify, needs_text};

/// Every file of the audited tree that some stage may need, in the order of its path.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    by_path: BTreeMap<Arc<str>, FileId>,
    /// The migrations of the tree that this one is compared with, where it is compared with one.
    before: Option<Migrations>,
    /// What happened while the tree was read.
    pub(crate) notes: Vec<Note>,
    /// `cargo metadata` of each workspace root that Cargo could read, keyed by the manifest's path.
    pub(crate) cargo: BTreeMap<String, crate::cargo::CargoView>,
}

/// The migrations of a tree.
#[derive(Debug)]
pub(crate) struct Migrations {
    pub(crate) paths: BTreeSet<Arc<str>>,
    texts: BTreeSet<Arc<str>>,
}

impl Migrations {
    /// Whether a file is among them, there or elsewhere: to move a folder brings no migration.
    pub(crate) fn has(&self, file: &SourceFile) -> bool {
        self.paths.contains(&file.path) || file.text.as_ref().is_some_and(|text| self.texts.contains(text))
    }
}

/// One file.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Relative to the audited root, with `/`.
    pub(crate) path: Arc<str>,
    pub(crate) kind: Kind,
    /// Whether it is a symbolic link to another file of the tree, so that its text stands there as well.
    pub(crate) is_link: bool,
    /// Absent where only the file's existence matters, or where it could not be read (a note says why).
    pub(crate) text: Option<Arc<str>>,
}

/// Something that the reader of a report should know and that is no finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) level: NoteLevel,
    pub(crate) place: Place,
    /// One line, lower case, no full stop.
    pub(crate) message: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NoteLevel {
    /// Something was left out on purpose.
    Info,
    /// Something could not be read, so that a verdict may be `unknown`.
    Warning,
}

/// Where a note belongs: files that could not be read have a path and no span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Tree,
    Path(String),
    Span(Span),
}

impl Sources {
    /// Builds the tree from paths and texts in memory, as tests and examples do.
    pub fn from_texts<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| {
                let (path, text) = (path.into(), text.into());
                SourceFile {
                    kind: classify(&path, &text),
                    path: path.into(),
                    is_link: false,
                    text: Some(text.into()),
                }
            })
            .collect();
        Self::new(files, Vec::new())
    }

    /// The tree of these files, whatever order they came in.
    pub(crate) fn new(mut files: Vec<SourceFile>, notes: Vec<Note>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let by_path = files.iter().enumerate().map(|(at, file)| (Arc::clone(&file.path), id(at))).collect();
        Self { files, by_path, before: None, notes, cargo: BTreeMap::new() }
    }

    /// Keeps one copy of the texts that another tree has at the same path.
    pub(crate) fn share_texts(&mut self, other: &Self) {
        for file in &mut self.files {
            let same = other.find(&file.path).and_then(|id| other.file(id).text.as_ref());
            if let Some(same) = same.filter(|same| file.text.as_ref() == Some(same)) {
                file.text = Some(Arc::clone(same));
            }
        }
    }

    /// Remembers which migrations were there before the change: those that it brings have still to run, which nothing else tells.
    pub(crate) fn remember(&mut self, before: &Self) {
        let migrations = || before.files.iter().filter(|file| file.kind == Kind::Migration);
        self.before = Some(Migrations {
            paths: migrations().map(|file| Arc::clone(&file.path)).collect(),
            texts: migrations().filter_map(|file| file.text.clone()).collect(),
        });
    }

    /// The migrations of the tree that this one is compared with; `None` where it stands alone.
    pub(crate) fn migrations_before(&self) -> Option<&Migrations> {
        self.before.as_ref()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (id(at), file))
    }

    pub(crate) fn file(&self, file: FileId) -> &SourceFile {
        &self.files[file.0 as usize]
    }

    pub(crate) fn path(&self, file: FileId) -> &str {
        &self.file(file).path
    }

    /// The text of a file, empty where it could not be read.
    pub(crate) fn text(&self, file: FileId) -> &str {
        self.file(file).text.as_deref().unwrap_or_default()
    }

    pub(crate) fn find(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The files whose path begins with `prefix`, each with the rest of it.
    pub(crate) fn below<'s>(&'s self, prefix: &str) -> impl Iterator<Item = (&'s str, &'s SourceFile)> {
        let first = self.files.partition_point(|file| &*file.path < prefix);
        self.files[first..].iter().map_while(move |file| Some((file.path.strip_prefix(prefix)?, file)))
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Treats files as if nobody had read them; how many there were. Their numbers stay. The configuration itself stays as well.
    pub(crate) fn leave_out(&mut self, is_out: impl Fn(&str) -> bool) -> usize {
        let out = self.files.iter_mut().filter(|file| file.kind != Kind::ForgeConfig && is_out(&file.path));
        out.map(|file| (file.kind, file.text) = (Kind::Other, None)).count()
    }

    /// Takes a configuration from outside of the tree instead of its own. No other file changes its number.
    pub(crate) fn set_config(&mut self, path: &str, text: String) {
        for file in self.files.iter_mut().filter(|file| file.kind == Kind::ForgeConfig) {
            file.kind = Kind::Other;
        }
        let path: Arc<str> = path.into();
        self.by_path.entry(Arc::clone(&path)).or_insert_with(|| id(self.files.len()));
        let (kind, text) = (Kind::ForgeConfig, Some(text.into()));
        self.files.push(SourceFile { path, kind, is_link: false, text });
    }

    /// The first line of a file, as the place for what concerns the whole of it.
    pub(crate) fn first_line(&self, file: FileId) -> Span {
        let text = self.text(file);
        Span::new(file, Range::new(0, text.find('\n').unwrap_or(text.len())))
    }
}

impl Note {
    pub(crate) fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { level: NoteLevel::Warning, place, message: message.into() }
    }

    pub(crate) fn info(place: Place, message: impl Into<String>) -> Self {
        Self { level: NoteLevel::Info, place, message: message.into() }
    }
}

fn id(at: usize) -> FileId {
    FileId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Joins a relative path to a folder of the tree and removes `.` and `..`; `None` where it leaves the tree.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> =
        if relative.starts_with('/') { return None } else { folder.split('/').collect() };
    parts.retain(|part| !part.is_empty());
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folder of a path: `a/b` of `a/b/c`, the empty path of `c`.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder and those that it stands in, the nearest first; the last is the root.
pub(crate) fn ancestors(folder_path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder_path), |at| (!at.is_empty()).then(|| folder(at)))
}

/// Whether the name of a file, or of a folder that it is in, says that it is for who develops or tests.
pub(crate) fn is_for_development(path: &str) -> bool {
    const WORDS: &[&str] = &[
        "ci",
        "debug",
        "demo",
        "dev",
        "develop",
        "development",
        "e2e",
        "example",
        "examples",
        "load",
        "loadtest",
        "local",
        "sample",
        "samples",
        "sandbox",
        "test",
        "tests",
    ];
    has_word(path, WORDS)
}

/// Whether one of the words that a path is made of is among these.
pub(crate) fn has_word(path: &str, words: &[&str]) -> bool {
    let parts = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.into_iter().any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

/// The last component of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_stays_in_the_tree() {
        assert_eq!(join("a/b", "../c/./d.rs").as_deref(), Some("a/c/d.rs"));
        assert_eq!(join("", "x").as_deref(), Some("x"));
        assert_eq!(join("a", "../../etc/passwd"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }
}
