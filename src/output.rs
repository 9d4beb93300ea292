//! Writes what Forge makes to where it was asked for: whole, or not at all.
//!
//! The only module that writes files. What is written is decided elsewhere.

#![expect(clippy::disallowed_methods, reason = "this is the end of the program that writes files")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a file beside the path and renames it, so that nobody ever reads half of it, and an old file stays as it was
/// when the disk is full. Pipes, devices and what else is no file are written to directly.
///
/// A link is followed. The permissions of an old file are kept; a file that may not be written is not replaced.
///
/// # Errors
/// When it cannot be written; nothing is left behind then.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Some(Destination { path, old }) = destination(path)? else {
        return OpenOptions::new().append(true).open(path)?.write_all(bytes);
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".forge-");
    // As any other program makes a file; the umask takes away from it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(path.parent().unwrap_or(Path::new("/")))?;
    temporary.write_all(bytes)?;
    if let Some(old) = old {
        temporary.as_file().set_permissions(old.metadata()?.permissions())?;
    }
    // A disk may tell only now that it is full.
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a path can be written to, as far as that can be told without writing: before an audit that takes a while.
///
/// # Errors
/// When it cannot.
pub(crate) fn check(path: &Path) -> io::Result<()> {
    destination(path).map(drop)
}

/// Appends to a file while it stays within a number of bytes; whether it did. A missing file is made.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn append_within(path: &Path, bytes: &[u8], limit: u64) -> io::Result<bool> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let room = limit.saturating_sub(file.metadata()?.len());
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > room {
        return Ok(false);
    }
    file.write_all(bytes)?;
    Ok(true)
}

/// A regular file that is, or is to be made.
struct Destination {
    path: PathBuf,
    /// What stands there, opened for writing.
    old: Option<File>,
}

/// What a path leads to; `None` where it is no regular file.
fn destination(path: &Path) -> io::Result<Option<Destination>> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        // `/dev/stdout` may lead to a file that the shell has opened; that file is the shell's.
        Ok(meta) if !meta.is_file() || path.starts_with("/dev") || path.starts_with("/proc") => Ok(None),
        Ok(_) => {
            let old = OpenOptions::new().append(true).open(path)?;
            Ok(Some(Destination { path: fs::canonicalize(path)?, old: Some(old) }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(name) = path.file_name() else { return Err(error) };
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder =
                fs::canonicalize(folder.unwrap_or(Path::new("."))).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => io::Error::new(error.kind(), "its folder does not exist"),
                    _ => error,
                })?;
            Ok(Some(Destination { path: folder.join(name), old: None }))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
