//! Reads the commit that a change is compared with from Git's objects.
//!
//! The only module that opens a Git repository. It writes nothing, starts nothing and fetches nothing: only the
//! repository's own configuration is read, no filter or hook is run, and `GIT_DIR` and its relatives are not obeyed, since
//! the repository is the one that the audited folder lies in.

#![expect(clippy::disallowed_methods, reason = "this is the end of the program that reads git repositories")]

mod commit;
mod listing;
mod near;

use std::path::Path;

use gix::bstr::BStr;
use gix::discover::upwards::{Options, TrustPolicy};
use gix::hash::ObjectId;
use gix::sec::{Trust, trust::Mapping};

use crate::source::Sources;
use listing::Listing;

/// Why there is no commit to compare with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The user named a revision that does not exist; with those that are named almost so.
    NoSuchRevision { name: String, near: Vec<String> },
    /// The repository does not hold it, and what to do: one line, lower case, no full stop.
    NotHere(String),
}

/// The commit that a change is compared with: the last one that it has in common with the branch it goes to.
pub(crate) struct Base {
    /// The commit's whole id.
    pub(crate) id: String,
    /// Folders of submodules in the base or the head, relative to the audited folder. Their files are objects of another
    /// repository, so that neither tree has them.
    pub(crate) submodules: Vec<String>,
    repository: gix::ThreadSafeRepository,
    listing: Listing,
}

impl Base {
    /// Finds the merge base of `HEAD` and a revision, for the folder that is audited.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(root: &Path, revision: &str) -> Result<Self, Missing> {
        let shared = open(root)?;
        let repository = shared.to_thread_local();
        let folder = folder_of(root, &repository)?;
        let head = head(&repository)?;
        let other = resolve(&repository, revision)?;
        let base = merge_base(&repository, head, other, revision)?;
        let now = listing::of_commit(&repository, head, &folder).map_err(|_| damaged("`HEAD`"))?;
        let before = listing::of_commit(&repository, base, &folder).map_err(|_| damaged(&short(base)))?;
        if !folder.is_empty() && now.is_none() && before.is_none() {
            return Err(Missing::NotHere(format!(
                "no commit has the folder `{folder}`; add it to the repository or compare with `--baseline`"
            )));
        }
        let listing = before.unwrap_or_default();
        let mut submodules = listing.submodules.clone();
        submodules.extend(now.unwrap_or_default().submodules);
        submodules.sort();
        submodules.dedup();
        Ok(Self { id: base.to_string(), submodules, repository: shared, listing })
    }

    /// Reads the commit's files as the audited folder is read.
    ///
    /// # Errors
    /// When one of them is missing or damaged: what is left of a tree would look as if the change had added the rest.
    pub(crate) fn read(self) -> Result<Sources, Missing> {
        let id = self.id;
        commit::read(self.repository, self.listing).map_err(|()| damaged(&format!("`{}`", &id[..12])))
    }
}

fn open(root: &Path) -> Result<gix::ThreadSafeRepository, Missing> {
    let isolated = || gix::open::Options::isolated().bail_if_untrusted(false);
    // Who owns the folder matters to programs that run what its configuration names. This one runs nothing.
    let how = Options { trust: TrustPolicy::Assume(Trust::Reduced), ..Options::default() };
    let folder = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let trust = Mapping { full: isolated(), reduced: isolated() };
    gix::ThreadSafeRepository::discover_opts(folder, how, trust).map_err(|error| {
        Missing::NotHere(if error.is_not_found() {
            "the folder is not in a git repository; compare with a file instead (`--baseline`)".into()
        } else {
            "the git repository cannot be opened; `git status` says why".into()
        })
    })
}

/// The audited folder as the repository names it: empty for its root.
fn folder_of(root: &Path, repository: &gix::Repository) -> Result<String, Missing> {
    let inside = || {
        let tree = std::fs::canonicalize(repository.workdir()?).ok()?;
        let root = std::fs::canonicalize(root).ok()?;
        let parts = root.strip_prefix(tree).ok()?.components();
        let parts: Option<Vec<String>> =
            parts.map(|part| Some(part.as_os_str().to_str()?.to_owned())).collect();
        Some(parts?.join("/"))
    };
    let folder = inside().ok_or_else(|| {
        Missing::NotHere("the folder is not in the working tree of its git repository".into())
    })?;
    if repository.config_snapshot().boolean("core.sparseCheckout") == Some(true) {
        let message =
            "the checkout is sparse, so what the change removes cannot be told; check out all of it";
        return Err(Missing::NotHere(message.into()));
    }
    Ok(folder)
}

fn head(repository: &gix::Repository) -> Result<ObjectId, Missing> {
    let head = repository.head().map_err(|_| damaged("`HEAD`"))?;
    if head.is_unborn() {
        return Err(Missing::NotHere("the branch has no commit yet; commit first".into()));
    }
    let commit = head.into_peeled_object().and_then(gix::Object::peel_to_commit);
    commit.map(|commit| commit.id).map_err(|_| damaged("`HEAD`"))
}

/// The commit that a revision names.
fn resolve(repository: &gix::Repository, revision: &str) -> Result<ObjectId, Missing> {
    let found = repository
        .rev_parse_single(BStr::new(revision))
        .and_then(|id| id.object())
        .and_then(gix::Object::peel_to_commit);
    match found {
        Ok(commit) => Ok(commit.id),
        // A shallow clone often lacks the branch as well; which of the two it is cannot be told from here.
        Err(_) if is_shallow(repository) => Err(Missing::NotHere(format!(
            "`{revision}` is not in this clone, which is shallow; fetch its history too (`fetch-depth: 0` in a \
             workflow, `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`)"
        ))),
        Err(_) => {
            Err(Missing::NoSuchRevision { name: revision.to_owned(), near: near::to(repository, revision) })
        }
    }
}

fn merge_base(
    repository: &gix::Repository,
    head: ObjectId,
    other: ObjectId,
    revision: &str,
) -> Result<ObjectId, Missing> {
    match repository.merge_base(head, other) {
        Ok(Some(base)) => Ok(base.detach()),
        _ if is_shallow(repository) => Err(Missing::NotHere(format!(
            "where the change left `{revision}` is not in this clone, which is shallow; fetch the whole history \
             (`fetch-depth: 0` in a workflow, `GIT_DEPTH: 0` in GitLab, or `git fetch --unshallow`)"
        ))),
        Ok(None) => Err(Missing::NotHere(format!(
            "`HEAD` and `{revision}` have no commit in common; name another base"
        ))),
        Err(_) => Err(damaged("the history")),
    }
}

fn is_shallow(repository: &gix::Repository) -> bool {
    repository.is_shallow().unwrap_or(false)
}

fn damaged(what: &str) -> Missing {
    Missing::NotHere(format!(
        "objects of {what} are missing or damaged; `git fsck` lists them, and a full clone has them all"
    ))
}

fn short(id: ObjectId) -> String {
    format!("`{}`", id.to_hex_with_len(12))
}
