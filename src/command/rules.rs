//! `forge rules`.

use std::io::Write;

use serde::Serialize;

use super::Failure;
use crate::rule::{Confidence, Effort, Level, Pillar, Role, Severity, Status, SubjectKind};
use crate::rules;

/// The forms of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A rule in the JSON list.
#[derive(Serialize)]
struct Listed<'r> {
    id: &'r str,
    title: &'r str,
    pillar: Pillar,
    capability: &'r str,
    role: Role,
    subjects: &'r [SubjectKind],
    severity: Severity,
    confidence: Confidence,
    counted: bool,
    effort: Effort,
    since: &'r str,
    level: Option<Level>,
    status: Status,
    references: &'r [String],
}

/// Writes the list of rules.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn run(format: ListFormat, out: &mut dyn Write) -> Result<(), Failure> {
    match format {
        ListFormat::Text => text(out),
        ListFormat::Json => json(out),
    }
}

fn text(out: &mut dyn Write) -> Result<(), Failure> {
    let longest = rules::all().iter().map(|rule| rule.page.meta.id.len()).max().unwrap_or(0);
    for pillar in Pillar::ALL {
        let of_pillar: Vec<_> = rules::all().iter().filter(|rule| rule.page.meta.pillar == pillar).collect();
        if of_pillar.is_empty() {
            continue;
        }
        writeln!(out, "{}", pillar.id())?;
        for rule in of_pillar {
            let meta = &rule.page.meta;
            let preview = if meta.is_preview() { " (preview)" } else { "" };
            writeln!(out, "  {:longest$}  {:8}  {}{preview}", meta.id, meta.severity.id(), rule.page.title)?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "{} rules. `forge explain RULE` says what one checks, why, and how to mend it.",
        rules::all().len()
    )?;
    Ok(())
}

fn json(out: &mut dyn Write) -> Result<(), Failure> {
    let listed: Vec<Listed<'_>> = rules::all()
        .iter()
        .map(|rule| {
            let meta = &rule.page.meta;
            Listed {
                id: &meta.id,
                title: &rule.page.title,
                pillar: meta.pillar,
                capability: &meta.capability,
                role: meta.role,
                subjects: &meta.subjects,
                severity: meta.severity,
                confidence: meta.confidence,
                counted: meta.counted,
                effort: meta.effort,
                since: &meta.since,
                level: meta.level,
                status: meta.status,
                references: &meta.references,
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &listed).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
