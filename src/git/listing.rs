//! What a commit's tree holds below a folder.

use std::collections::BTreeMap;

use gix::hash::ObjectId;
use gix::object::tree::EntryKind;

use crate::discover::tree::{MAX_FILES, is_left_out, too_many};
use crate::source::{Note, Place};

/// The files below a folder of a commit.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By path, relative to the folder.
    pub(super) files: BTreeMap<String, Entry>,
    /// Folders that stand for a commit of another repository.
    pub(super) submodules: Vec<String>,
    pub(super) notes: Vec<Note>,
}

/// A file or a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) id: ObjectId,
    pub(super) is_link: bool,
}

/// Lists a commit below a folder; `None` where it has no such folder.
pub(super) fn of_commit(
    repository: &gix::Repository,
    commit: ObjectId,
    folder: &str,
) -> gix::Result<Option<Listing>> {
    let mut tree = repository.find_commit(commit)?.tree()?;
    if !folder.is_empty() {
        let Some(entry) = tree.peel_to_entry_by_path(folder)? else { return Ok(None) };
        if !entry.mode().is_tree() {
            return Ok(None);
        }
        tree = entry.object()?.into_tree();
    }
    let mut listing = Listing::default();
    let mut folders: Vec<(Vec<u8>, ObjectId)> = vec![(Vec::new(), tree.id)];
    let mut seen = 0;
    while let Some((folder, id)) = folders.pop() {
        // A few trees that name one another can stand for a number of folders that nobody could list.
        seen += 1;
        if seen + listing.files.len() > MAX_FILES {
            listing.notes.push(too_many());
            break;
        }
        list(repository, &folder, id, &mut listing, &mut folders)?;
    }
    listing.submodules.sort();
    Ok(Some(listing))
}

fn list(
    repository: &gix::Repository,
    folder: &[u8],
    id: ObjectId,
    listing: &mut Listing,
    folders: &mut Vec<(Vec<u8>, ObjectId)>,
) -> gix::Result<()> {
    let tree = repository.find_tree(id)?;
    let tree = tree.decode()?;
    let is_package = tree.entries.iter().any(|entry| entry.filename == "Cargo.toml");
    for entry in &tree.entries {
        let mut path = folder.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(entry.filename);
        match entry.mode.kind() {
            EntryKind::Tree => {
                let is_made_by_cargo = || is_package || is_tagged(repository, entry.oid.into());
                if !is_left_out(entry.filename, is_made_by_cargo) {
                    folders.push((path, entry.oid.into()));
                }
            }
            EntryKind::Commit => listing.submodules.push(String::from_utf8_lossy(&path).into_owned()),
            kind => match String::from_utf8(path) {
                Ok(path) => {
                    let is_link = kind == EntryKind::Link;
                    listing.files.insert(path, Entry { id: entry.oid.into(), is_link });
                }
                Err(error) => {
                    let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    listing
                        .notes
                        .push(Note::warning(Place::Path(shown), "name is not valid UTF-8; not read"));
                }
            },
        }
    }
    Ok(())
}

/// Whether Cargo says that it made a folder.
fn is_tagged(repository: &gix::Repository, folder: ObjectId) -> bool {
    repository.find_tree(folder).is_ok_and(|tree| tree.find_entry("CACHEDIR.TAG").is_some())
}
