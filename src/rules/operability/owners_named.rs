//! `owners-named`: the repository says who is responsible.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let repository = &cx.project.repository;
    let Some(manifest) = repository.manifest.filter(|_| !cx.project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    let evidence: Vec<Label> =
        repository.owners.iter().map(|span| Label::new(*span, "owners are named here")).collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    let help = "add `.github/CODEOWNERS` with a line such as `* @organisation/team`";
    Verdict::fail(match repository.empty_owners {
        Some(span) => Problem::new(span, "CODEOWNERS names no owner", help),
        None => Problem::new(manifest, "no file says who owns the service", help),
    })
}
