//! Where a report goes: standard output, files, the summary of a workflow's step.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::gate::GateStatus;
use crate::output;
use crate::report::{self, Format, Look, Manner, Report};
use crate::source::Sources;

/// GitHub refuses a larger summary of a step.
const SUMMARY_BYTES: u64 = 1024 * 1024;
/// What the runs of this program are called where several tools upload.
const CATEGORY: &str = "forge/audit/";

/// A form of the report, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) format: Format,
    /// `None` is standard output.
    pub(crate) path: Option<PathBuf>,
}

/// Everything that is to be written of one run.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) targets: Vec<Target>,
    /// Where the Markdown is appended, if anywhere.
    pub(crate) summary: Option<PathBuf>,
    pub(crate) look: Look,
    /// As it was typed; found by `.git` otherwise.
    pub(crate) path_prefix: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) omit_waived: bool,
    /// Whether the text has what the gate says, and no more.
    pub(crate) only_gate: bool,
}

impl Target {
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        match (&self.path, &other.path) {
            (None, None) => true,
            (Some(one), Some(other)) => place(one) == place(other),
            _ => false,
        }
    }
}

/// The words of a path without `.`, from the root.
fn place(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

impl Outputs {
    /// Whether all of it can be written, as far as can be told: before an audit that takes a while.
    ///
    /// # Errors
    /// With the first path that cannot be written.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for path in self.targets.iter().filter_map(|target| target.path.as_ref()) {
            output::check(path).map_err(|error| Failure::WriteTo(path.clone(), error))?;
        }
        Ok(())
    }

    /// Writes all of it: files first, standard output last. Nothing is written before everything is made.
    ///
    /// # Errors
    /// With the first place that cannot be written. A summary that cannot be is only complained about: nobody typed it.
    pub(crate) fn write(
        &self,
        root: &Path,
        report: &Report,
        sources: &Sources,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let path_prefix = match &self.path_prefix {
            Some(prefix) => normal(prefix),
            None => path_in_repository(root),
        };
        let category = self
            .category
            .as_ref()
            .map_or_else(|| format!("{CATEGORY}{path_prefix}"), |category| ended(category));
        let manner = Manner {
            look: self.look,
            path_prefix: &path_prefix,
            category: &category,
            omit_waived: self.omit_waived,
            only_gate: self.only_gate,
        };
        let made = |format: Format, look: Look| {
            let mut bytes = Vec::new();
            report::render(report, sources, format, &Manner { look, ..manner.clone() }, &mut bytes)
                .map(|()| bytes)
        };
        let mut files = Vec::new();
        let mut printed = Vec::new();
        for target in &self.targets {
            match &target.path {
                Some(path) => {
                    // The terminal's colours are none of a file's.
                    let look = Look { colour: false, ..self.look };
                    files.push((path, made(target.format, look)?));
                }
                None => printed = made(target.format, self.look)?,
            }
        }
        let summary = match &self.summary {
            Some(path) => Some((path, made(Format::Markdown, self.look)?)),
            None => None,
        };
        for (path, bytes) in files {
            output::write_atomically(path, &bytes).map_err(|error| Failure::WriteTo(path.clone(), error))?;
        }
        if let Some((path, bytes)) = summary {
            summarise(path, &bytes);
        }
        if !self.targets.iter().any(|target| target.path.is_none() && target.format.has_gate()) {
            complain_of_gate(report);
        }
        out.write_all(&printed)?;
        out.flush()?;
        Ok(())
    }
}

/// A gate that does not pass says so, also where nothing on standard output does.
fn complain_of_gate(report: &Report) {
    let Some(gate) = report.gate.as_ref().filter(|gate| gate.status != GateStatus::Passed) else { return };
    let mut lines = Vec::new();
    if report::render_verdict(gate, &mut lines).is_ok() {
        let _ = io::stderr().write_all(&lines);
    }
}

fn summarise(path: &Path, bytes: &[u8]) {
    let problem = match output::append_within(path, bytes, SUMMARY_BYTES) {
        Ok(true) => return,
        Ok(false) => "it is full".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = writeln!(io::stderr(), "forge: could not write the step summary {}: {problem}", path.display());
}

/// A name for runs with the slash behind which GitHub would look for the name of a single run.
fn ended(category: &str) -> String {
    format!("{}/", category.trim_end_matches('/'))
}

/// A path as a prefix: empty, or with one slash at its end.
fn normal(prefix: &str) -> String {
    let prefix = prefix.replace('\\', "/");
    let words = prefix.split('/').filter(|word| !matches!(*word, "" | "."));
    words.flat_map(|word| [word, "/"]).collect()
}

/// The path of a folder in the repository that it belongs to, by the nearest `.git` upwards; empty where there is none.
#[expect(clippy::disallowed_methods, reason = "what stands above the audited tree is in no `Sources`")]
fn path_in_repository(root: &Path) -> String {
    let Ok(root) = fs::canonicalize(root) else { return String::new() };
    let repository = root.ancestors().find(|folder| folder.join(".git").exists());
    let inside = repository.and_then(|repository| root.strip_prefix(repository).ok());
    inside.and_then(Path::to_str).map(normal).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_empty_or_ends_with_a_slash() {
        for (typed, prefix) in [
            ("", ""),
            (".", ""),
            ("/", ""),
            ("a", "a/"),
            ("./a//b/", "a/b/"),
            ("/a/b", "a/b/"),
            ("a\\b", "a/b/"),
        ] {
            assert_eq!(normal(typed), prefix, "{typed}");
        }
    }

    #[test]
    fn a_folder_knows_its_path_in_the_repository() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let inner = folder.path().join("services/a b");
        fs::create_dir_all(&inner).expect("writable");
        assert_eq!(path_in_repository(&inner), "", "there is no repository");
        // In a worktree it is a file.
        fs::write(folder.path().join(".git"), "gitdir: elsewhere").expect("writable");
        assert_eq!(path_in_repository(&inner), "services/a b/");
        assert_eq!(path_in_repository(folder.path()), "");
    }
}
