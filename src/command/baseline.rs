//! `forge baseline`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::audit::of_tree;
use super::{Failure, compare};
use crate::cli::policy::PolicySettings;
use crate::discover::Settings;
use crate::gate::baseline::Baseline;
use crate::gate::{self, Before, Policy, before};
use crate::report::Report;
use crate::source::Sources;
use crate::{engine, output};

/// What a baseline is called where nobody says otherwise.
const NAME: &str = "forge-baseline.json";

/// Writes down what there is.
///
/// # Errors
/// When the tree cannot be read, or the file cannot be written.
pub(crate) fn write(
    root: &Path,
    file: Option<PathBuf>,
    policy: &PolicySettings,
    threads: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let file = file.unwrap_or_else(|| root.join(NAME));
    let (sources, report) = audit(root, policy, threads)?;
    let baseline = Baseline::of(&Before::of(&report, &sources, String::new()));
    save(&file, &baseline)?;
    let (findings, services) = (baseline.findings(), report.services.len());
    writeln!(out, "{}: {findings} findings of {services} services", file.display())?;
    Ok(())
}

/// Takes out what is mended.
///
/// # Errors
/// When the tree or the baseline cannot be read, or the file cannot be written.
pub(crate) fn prune(
    root: &Path,
    file: Option<PathBuf>,
    policy: &PolicySettings,
    threads: usize,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let file = file.unwrap_or_else(|| root.join(NAME));
    let old = compare::read(&file)?;
    let (sources, mut report) = audit(root, policy, threads)?;
    let known = old.before("");
    gate::compare(&mut report, &sources, &known, &Policy::default());
    let pruned = Baseline::of(&before::pruned(&known, &report, &sources));
    save(&file, &pruned)?;
    let (before, after) = (old.findings(), pruned.findings());
    writeln!(out, "{}: {} of {before} findings are gone, {after} are left", file.display(), before - after)?;
    Ok(())
}

/// Audits as a comparison does.
fn audit(root: &Path, policy: &PolicySettings, threads: usize) -> Result<(Sources, Report), Failure> {
    let how = Settings { threads, use_cargo: false, left_out: Vec::new() };
    engine::with_threads(threads, || of_tree(root, &how, policy, || {})).map_err(Failure::Threads)?
}

fn save(file: &Path, baseline: &Baseline) -> Result<(), Failure> {
    output::write_atomically(file, baseline.text().as_bytes())
        .map_err(|error| Failure::WriteTo(file.to_path_buf(), error))
}
