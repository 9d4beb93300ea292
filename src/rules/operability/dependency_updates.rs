//! `dependency-updates`: a bot proposes updates of the dependencies.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;
use crate::span::Span;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let repository = &cx.project.repository;
    let Some(manifest) = repository.manifest.filter(|_| !cx.project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    let watches_cargo = |ecosystem: &str| matches!(ecosystem, "cargo" | "*");
    let evidence: Vec<Label> = repository
        .updates
        .iter()
        .filter(|(ecosystem, _)| watches_cargo(ecosystem))
        .map(|(_, span)| Label::new(*span, "updates of crates are proposed"))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    let of_locks = |span: &Span| {
        repository.locks.iter().any(|(_, lock)| lock.as_ref().is_ok_and(|l| l.file == span.file))
    };
    if let Some(span) = repository.unread.iter().find(|span| !of_locks(span)) {
        let label = Label::new(*span, "this could not be read");
        return Verdict::Unknown("the configuration of updates could not be read".into(), vec![label]);
    }
    let help = "configure Dependabot with the `cargo` ecosystem, or Renovate";
    let place = repository.updates.first().map(|(_, span)| *span).or(repository.empty_updates);
    Verdict::fail(match place {
        Some(span) => Problem::new(span, "the update bot does not watch crates", help),
        None => Problem::new(manifest, "nothing proposes updates of the dependencies", help),
    })
}
