//! `forge config`, and the policy of a tree for the commands that audit it.

use std::io::Write;

use super::Failure;
use crate::cli::policy::PolicySettings;
use crate::config::json_schema;
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
    let policy = read(sources, settings)?;
    policy.config.narrow(sources);
    Ok(policy)
}

/// The policies of a change and of what it is compared with, of which that of the base governs both: a change that loosens what
/// judges it is judged by what was there. The change's own is validated. A base whose configuration is wrong has the usual one, which
/// the second answer says.
///
/// # Errors
/// When the configuration of the change, or the one that was named, cannot be read or is wrong.
pub(crate) fn policies(
    head: &mut Sources,
    base: &mut Sources,
    settings: &PolicySettings,
) -> Result<(Policy, Policy, Option<Note>), Failure> {
    let of_head = read(head, settings)?;
    let (of_base, note) = match read(base, settings) {
        Ok(policy) => (policy, None),
        Err(_) => {
            let message = "the base's configuration is wrong, so that the usual one governs";
            (Policy::usual(base, settings.today), Some(Note::warning(Place::Tree, message)))
        }
    };
    let of_head = of_head.governed_by(&of_base);
    of_head.config.narrow(head);
    of_base.config.narrow(base);
    Ok((of_head, of_base, note))
}

fn read(sources: &mut Sources, settings: &PolicySettings) -> Result<Policy, Failure> {
    if let Some(path) = &settings.config {
        let text = discover::read_config(path)
            .map_err(|why| Failure::ConfigUnreadable { path: path.clone(), why })?;
        // Reports hold no path of the machine.
        let shown = path.to_string_lossy().replace('\\', "/");
        let shown = if path.is_absolute() { file_name(&shown) } else { shown.trim_start_matches("./") };
        sources.set_config(shown, text);
    }
    Policy::of(sources, settings.today).map_err(|errors| {
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
