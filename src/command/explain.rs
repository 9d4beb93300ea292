//! `forge explain`.

use std::io::Write;

use super::Failure;
use crate::report::Look;
use crate::{rules, spelling};

/// Writes a rule's manual page.
///
/// # Errors
/// When there is no such rule, or the page cannot be written.
pub(crate) fn run(name: &str, look: Look, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(rule) = rules::find(name) else {
        let nearest = spelling::nearest(name, rules::ids()).map(str::to_owned);
        return Err(Failure::UnknownRule { name: name.to_owned(), nearest });
    };
    let meta = &rule.page.meta;
    let bold = |text: &str| if look.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    writeln!(out, "{}  {}", bold(&meta.id), rule.page.title)?;
    writeln!(
        out,
        "{} · capability {} · {} · since {}\n",
        meta.pillar.id(),
        meta.capability,
        meta.severity.id(),
        meta.since
    )?;
    for line in rule.page.body.lines() {
        if line.starts_with('#') { writeln!(out, "{}", bold(line))? } else { writeln!(out, "{line}")? }
    }
    writeln!(out)?;
    for reference in &meta.references {
        writeln!(out, "{reference}")?;
    }
    Ok(())
}
