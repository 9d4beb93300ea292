//! `forge audit`.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use crate::cli::AuditSettings;
use crate::discover::{self, discover};
use crate::engine;

/// Audits and writes the report.
///
/// # Errors
/// When the tree cannot be read at all, or the report cannot be written.
pub(crate) fn run(settings: &AuditSettings, out: &mut dyn Write) -> Result<(), Failure> {
    settings.outputs.check()?;
    let progress = progress(settings.show_progress);
    let how = discover::Settings { threads: settings.threads, use_cargo: settings.use_cargo };
    let audited = engine::with_threads(settings.threads, || {
        progress.set_message("reading the tree");
        let sources = discover(&settings.path, &how)?;
        progress.set_message("reading the code");
        let report = engine::audit(&sources);
        Ok((sources, report))
    });
    progress.finish_and_clear();
    let (sources, report) = audited.map_err(Failure::Threads)?.map_err(Failure::Discover)?;
    settings.outputs.write(&settings.path, &report, &sources, out)
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
