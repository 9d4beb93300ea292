//! `forge audit`.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, compare};
use crate::cli::AuditSettings;
use crate::cli::policy::PolicySettings;
use crate::discover::{self, discover};
use crate::engine;
use crate::gate::GateStatus;
use crate::report::Report;
use crate::source::Sources;

/// Audits, compares where that is asked for, and writes the report.
///
/// # Errors
/// When the tree cannot be read at all, or the report cannot be written.
pub(crate) fn run(settings: &AuditSettings, out: &mut dyn Write) -> Result<Option<GateStatus>, Failure> {
    settings.outputs.check()?;
    let progress = progress(settings.show_progress);
    let audited = engine::with_threads(settings.threads, || audit(settings, &progress));
    progress.finish_and_clear();
    let (sources, report) = audited.map_err(Failure::Threads)??;
    let status = report.gate.as_ref().map(|gate| gate.status);
    match settings.outputs.write(&settings.path, &report, &sources, out) {
        // Whoever reads the report has had enough of it; what the gate says stands.
        Err(Failure::Write(error) | Failure::WriteTo(_, error))
            if error.kind() == io::ErrorKind::BrokenPipe && status.is_some() => {}
        written => written?,
    }
    Ok(status)
}

fn audit(settings: &AuditSettings, progress: &ProgressBar) -> Result<(Sources, Report), Failure> {
    progress.set_message("reading the tree");
    if let Some(how) = &settings.compare {
        return compare::audit(&settings.path, settings.threads, how, &settings.policy);
    }
    let how =
        discover::Settings { threads: settings.threads, use_cargo: settings.use_cargo, left_out: Vec::new() };
    of_tree(&settings.path, &how, &settings.policy, || progress.set_message("reading the code"))
}

/// Audits a folder as its configuration asks for it.
///
/// # Errors
/// When it cannot be read at all, or its configuration is wrong.
pub(super) fn of_tree(
    root: &Path,
    how: &discover::Settings,
    policy: &PolicySettings,
    on_read: impl FnOnce(),
) -> Result<(Sources, Report), Failure> {
    let mut sources = discover(root, how).map_err(Failure::Discover)?;
    let policy = super::config::policy(&mut sources, policy)?;
    on_read();
    let report = engine::audit_under(&sources, &policy);
    Ok((sources, report))
}

/// A sign of life on a terminal's standard error; nothing where nobody watches.
fn progress(show: bool) -> ProgressBar {
    let target = if show { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style =
        ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::with_draw_target(None, target).with_style(style);
    if show {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    bar
}
