//! What becomes of a tree's files once they are listed: which are left out, what each is, and its text.
//!
//! The same for a tree on disk and for one in a commit, so that the two can be compared.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::source::{Kind, Note, Place, SourceFile, ancestors, classify, file_name, folder, needs_text};

/// Files above this size are not read. The largest source file of the corpus has 0.6 MB; a lock file may have one more.
pub(crate) const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The walk stops here: a tree of this size is a mistake, such as auditing `/`.
pub(crate) const MAX_FILES: usize = 500_000;

/// Where files are read from.
pub(crate) trait Tree: Sync {
    /// What a file holds, or why that cannot be told. Links are followed.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Where a link leads.
    fn link(&self, path: &str) -> Leads;
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    ToAFile,
    /// To a folder, or to what is neither.
    ToNoFile,
    OutOfTheTree,
    Nowhere,
}

/// A path that the walk met: relative to the root, and whether it is a link.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) is_link: bool,
    /// A pipe, a socket or a device: opening it could block for ever.
    pub(crate) is_special: bool,
}

/// Whether a folder of this name holds nothing of the repository's own.
pub(crate) fn is_left_out(name: &[u8], is_made_by_cargo: impl FnOnce() -> bool) -> bool {
    match name {
        b".git" | b"node_modules" | b".venv" | b".hg" | b".jj" => true,
        // A source folder may well be called `target`; Cargo's own is tagged or stands beside a manifest.
        b"target" => is_made_by_cargo(),
        _ => false,
    }
}

pub(crate) fn too_many() -> Note {
    Note::warning(Place::Tree, format!("more than {MAX_FILES} files; the rest was not read"))
}

pub(crate) fn too_large() -> String {
    format!("is larger than {} MiB; not read", MAX_FILE_BYTES / 1024 / 1024)
}

/// Keeps the repository's own files.
pub(crate) fn keep(tree: &impl Tree, found: &mut Vec<Found>, notes: &mut Vec<Note>) {
    drop_ignored(tree, found, notes);
    drop_vendored(found, notes);
}

/// Leaves out what the `.gitignore` files of the tree name. The nearest file that says something of a path decides, as Git
/// does it (<https://git-scm.com/docs/gitignore>).
fn drop_ignored(tree: &impl Tree, found: &mut Vec<Found>, notes: &mut Vec<Note>) {
    let mut matchers: std::collections::BTreeMap<String, Gitignore> = std::collections::BTreeMap::new();
    for file in found.iter().filter(|file| file_name(&file.path) == ".gitignore" && !file.is_link) {
        let text = if file.is_special {
            Err("is not a regular file; not read".to_owned())
        } else {
            tree.bytes(&file.path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
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
            ancestors(folder(&file.path)).filter_map(|folder| matchers.get(folder)).find_map(|matcher| {
                match matcher.matched_path_or_any_parents(&file.path, false) {
                    ignore::Match::None => None,
                    matched => Some(matched.is_ignore()),
                }
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
    found.retain(|found| !ancestors(folder(&found.path)).any(|folder| vendored.contains(folder)));
    let crates = vendored.len();
    notes.push(Note::info(Place::Tree, format!("{crates} vendored crates were left out")));
}

/// Tells what a file is, and takes its text where some stage needs it.
pub(crate) fn read(tree: &impl Tree, found: Found) -> (SourceFile, Option<Note>) {
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
    if is_link {
        match tree.link(&path) {
            Leads::OutOfTheTree => {
                return (without_text(by_name), note("is a link out of the tree; not followed".into()));
            }
            Leads::ToNoFile => return (without_text(Kind::Other), None),
            Leads::Nowhere => return (without_text(by_name), note("is a link that leads nowhere".into())),
            Leads::ToAFile => {}
        }
    }
    let bytes = match tree.bytes(&path) {
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
