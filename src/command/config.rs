//! `forge config`, and the policy of a tree for the commands that audit it.

use std::io::Write;

use super::Failure;
use crate::cli::policy::PolicySettings;
use crate::config::{Config, json_schema};
use crate::discover;
use crate::finding::Problem;
use crate::policy::Policy;
use crate::report;
use crate::source::{Note, Place, Sources, file_name};
use crate::span::Span;

/// Prints the JSON Schema.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn schema(out: &mut dyn Write) -> Result<(), Failure> {
    out.write_all(json_schema::text().as_bytes())?;
    Ok(())
}

/// The policy of a tree, which loses what it excludes.
///
/// # Errors
/// When the configuration cannot be read, or is wrong.
pub(crate) fn policy(sources: &mut Sources, settings: &PolicySettings) -> Result<Policy, Failure> {
    Ok(Policy::under(read(sources, settings)?, sources, settings.today))
}

/// The policies of a change and of what it is compared with. That of the base governs both: a change that loosens what judges
/// it is judged by what was there. The change's own configuration is validated.
///
/// # Errors
/// When the configuration of the change, or the one that was named, cannot be read or is wrong.
pub(crate) fn policies(
    head: &mut Sources,
    base: &mut Sources,
    settings: &PolicySettings,
) -> Result<(Policy, Policy), Failure> {
    let mut own = read(head, settings)?;
    let of_base = read(base, settings).unwrap_or_else(|_| {
        let message = "the base's configuration is wrong, so that the usual one governs";
        own.notes.push(Note::warning(Place::Tree, message));
        Config::default()
    });
    if own.path.is_some() && own.text != of_base.text {
        let message = "what the change makes of it holds from the next change on; this one is judged by that of its base";
        own.notes.push(Note::info(Place::Path(own.place().to_owned()), message));
    }
    let of_base = Policy::under(of_base, base, settings.today);
    let of_head = Policy::of_change(&own, head, &of_base, settings.today);
    Ok((of_head, of_base))
}

fn read(sources: &mut Sources, settings: &PolicySettings) -> Result<Config, Failure> {
    if let Some(path) = &settings.config {
        let text = discover::read_config(path)
            .map_err(|why| Failure::ConfigUnreadable { path: path.clone(), why })?;
        // Reports hold no path of the machine.
        let shown = path.to_string_lossy().replace('\\', "/");
        let shown = if path.is_absolute() { file_name(&shown) } else { shown.trim_start_matches("./") };
        sources.set_config(shown, text);
    }
    Config::read(sources).map_err(|errors| {
        let problems: Vec<Problem> = errors
            .errors
            .into_iter()
            .map(|error| Problem::new(Span::new(errors.file, error.range), error.message, error.help))
            .collect();
        let count =
            if problems.len() == 1 { "an error".to_owned() } else { format!("{} errors", problems.len()) };
        let drawn = report::draw_errors(&problems, sources, settings.look).unwrap_or_default();
        Failure::Config(format!("`{}` has {count}; nothing was audited\n{drawn}", sources.path(errors.file)))
    })
}
