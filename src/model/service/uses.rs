//! What a service uses of what is known, by its meaning.

use std::collections::BTreeMap;

use super::Use;
use crate::knowledge::{Item, Means};
use crate::model::reach::{Code, Reach};
use crate::model::work::{Phase, Work};

pub(super) fn used(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> BTreeMap<Means, Vec<Use>> {
    let symbols = code.symbols;
    let mut found: BTreeMap<Means, Vec<Use>> = BTreeMap::new();
    for (body, site) in &reach.sites {
        for item in symbols.items(site.node) {
            let Some(means) = item.means.filter(|_| code.holds(*body, site.at, item)) else { continue };
            found.entry(means).or_default().push(Use {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                phase: work.phase(code, *body, site.at),
            });
        }
    }
    for uses in found.values_mut() {
        uses.sort();
        uses.dedup();
    }
    found
}

pub(super) fn uses(
    code: &Code<'_, '_>,
    reach: &Reach,
    means: &[Means],
    keep: impl Fn(&Item) -> bool,
) -> Vec<Use> {
    let symbols = code.symbols;
    let mut found: Vec<Use> = reach
        .sites
        .iter()
        .filter(|(body, site)| {
            symbols
                .items(site.node)
                .filter(|item| item.means.is_some_and(|own| means.contains(&own)) && keep(item))
                .any(|item| code.holds(*body, site.at, item))
        })
        .map(|(body, site)| Use {
            span: symbols.span(*body, site.at),
            path: symbols.knowledge.full_path(site.node),
            phase: Phase::Start,
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The uses of what means this in all that is reached.
pub(crate) fn uses_of(code: &Code<'_, '_>, reach: &Reach, means: Means) -> Vec<Use> {
    uses(code, reach, &[means], |_| true)
}

/// Loggers are set up before anything branches, so all that `main` reaches counts.
pub(super) fn logger_uses(code: &Code<'_, '_>, reach: &Reach) -> Vec<Use> {
    uses(code, reach, &[Means::Logger], |_| true)
}

pub(super) fn json_logs(code: &Code<'_, '_>, reach: &Reach) -> Vec<Use> {
    let mut found = uses(code, reach, &[Means::JsonLogs], |_| true);
    found.extend(uses(code, reach, &[Means::Logger], |item| item.format.as_deref() == Some("json")));
    found.sort();
    found
}

pub(super) fn text_logs(code: &Code<'_, '_>, reach: &Reach) -> Vec<Use> {
    let mut found = uses(code, reach, &[Means::TextLogs], |_| true);
    // A format that is not written down is the library's own, which is for people.
    let is_text = |item: &Item| !matches!(item.format.as_deref(), Some("json" | "layers"));
    found.extend(uses(code, reach, &[Means::Logger], is_text));
    found.sort();
    found
}
