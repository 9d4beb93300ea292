//! The files of a commit, read as a folder's are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::listing::{Entry, Listing};
use crate::discover::tree::{self, Found, Leads, MAX_FILE_BYTES, Tree, too_large};
use crate::source::{Note, SourceFile, Sources, ancestors, folder, join};

/// Links that lead to links; the number at which Linux stops.
const MAX_HOPS: usize = 40;

/// Reads the files that a listing names. The error says that an object could not be had.
pub(super) fn read(repository: gix::ThreadSafeRepository, listing: Listing) -> Result<Sources, ()> {
    let Listing { files, mut notes, submodules: _ } = listing;
    let mut found: Vec<Found> = files
        .iter()
        .map(|(path, entry)| Found { path: path.clone(), is_link: entry.is_link, is_special: false })
        .collect();
    let commit = Commit {
        folders: files.keys().flat_map(|path| ancestors(folder(path))).map(str::to_owned).collect(),
        files,
        repository,
        idle: Mutex::default(),
        is_damaged: AtomicBool::new(false),
    };
    tree::keep(&commit, &mut found, &mut notes);
    let read: Vec<(SourceFile, Option<Note>)> =
        found.into_par_iter().map(|found| tree::read(&commit, found)).collect();
    if commit.is_damaged.load(Ordering::Relaxed) {
        return Err(());
    }
    let mut files = Vec::with_capacity(read.len());
    for (file, note) in read {
        files.push(file);
        notes.extend(note);
    }
    notes.sort();
    Ok(Sources::new(files, notes))
}

struct Commit {
    files: BTreeMap<String, Entry>,
    /// Each folder that holds a file, the root among them.
    folders: BTreeSet<String>,
    repository: gix::ThreadSafeRepository,
    /// Views of the repository that no thread is using: each has caches of its own.
    idle: Mutex<Vec<gix::Repository>>,
    /// Whether an object was missing or could not be read.
    is_damaged: AtomicBool,
}

impl Tree for Commit {
    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let nowhere = || "is a link that leads nowhere".to_owned();
        let path = self.follow(path).map_err(|_| nowhere())?;
        let entry = self.files.get(&path).ok_or_else(nowhere)?;
        self.blob(entry)
    }

    fn link(&self, path: &str) -> Leads {
        match self.follow(path) {
            Ok(target) if self.files.contains_key(&target) => Leads::ToAFile,
            Ok(target) if self.folders.contains(&target) => Leads::ToNoFile,
            Ok(_) => Leads::Nowhere,
            Err(leads) => leads,
        }
    }
}

impl Commit {
    /// The path without links, as the system would find it on disk.
    fn follow(&self, path: &str) -> Result<String, Leads> {
        let mut at = String::new();
        let mut rest: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let mut hops = 0;
        while let Some(part) = rest.pop() {
            let next = join(&at, &part).ok_or(Leads::OutOfTheTree)?;
            match self.files.get(&next) {
                Some(entry) if entry.is_link => {
                    hops += 1;
                    let target = self.blob(entry).ok().and_then(|target| String::from_utf8(target).ok());
                    let target = target.filter(|_| hops < MAX_HOPS).ok_or(Leads::Nowhere)?;
                    if target.starts_with('/') {
                        return Err(Leads::OutOfTheTree);
                    }
                    rest.extend(target.rsplit('/').map(str::to_owned));
                }
                _ => at = next,
            }
        }
        Ok(at)
    }

    fn blob(&self, entry: &Entry) -> Result<Vec<u8>, String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let repository = taken.unwrap_or_else(|| self.repository.to_thread_local());
        let bytes = match repository.find_header(entry.id) {
            Ok(header) if header.size() > MAX_FILE_BYTES => Err(too_large()),
            Ok(_) => {
                repository.find_blob(entry.id).map(|mut blob| blob.take_data()).map_err(|_| self.damage())
            }
            Err(_) => Err(self.damage()),
        };
        idle().push(repository);
        bytes
    }

    fn damage(&self) -> String {
        self.is_damaged.store(true, Ordering::Relaxed);
        "could not be read from the commit".to_owned()
    }
}
