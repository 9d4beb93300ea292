//! `forge explain`.

use std::io::Write;

use super::Failure;
use crate::report::Look;
use crate::rules;

/// Writes a rule's manual page.
///
/// # Errors
/// When there is no such rule, or the page cannot be written.
pub(crate) fn run(name: &str, look: Look, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(rule) = rules::find(name) else {
        return Err(Failure::UnknownRule { name: name.to_owned(), nearest: nearest(name) });
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

/// The rule whose id is most like a word, if any is like it.
fn nearest(name: &str) -> Option<String> {
    let likeness = |id: &str| strsim::jaro_winkler(&name.to_ascii_lowercase().replace('_', "-"), id);
    let best = rules::all()
        .iter()
        .map(|rule| rule.page.meta.id.as_str())
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.75).then(|| best.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_rule_is_recognised() {
        for (word, rule) in [
            ("gracefull-shutdown", Some("graceful-shutdown")),
            ("graceful_shutdown", Some("graceful-shutdown")),
            ("pinned-images", Some("pinned-image")),
            ("xyzzy", None),
        ] {
            assert_eq!(nearest(word).as_deref(), rule, "{word}");
        }
    }
}
