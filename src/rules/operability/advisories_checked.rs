//! `advisories-checked`: CI looks the dependencies up among the known vulnerabilities.

use crate::finding::{Label, Problem, Verdict};
use crate::model::pipeline::Does;
use crate::model::pipeline::asked::Asked;
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let Some(manifest) = project.repository.manifest.filter(|_| !project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    match project.ci_does(Does::Audits) {
        Asked::Yes(runs) => Verdict::Pass(
            runs.iter().map(|run| Label::new(run.span, "advisories are asked for here")).collect(),
        ),
        Asked::Perhaps(why, labels) => Verdict::Unknown(why, labels),
        Asked::No => {
            let help = "run `cargo audit` or `cargo deny check advisories` on a schedule and on changes of `Cargo.lock`";
            let problem =
                Problem::new(manifest, "CI does not look for known vulnerabilities of the crates", help);
            let watched = project
                .repository
                .updates
                .iter()
                .find(|(ecosystem, _)| ecosystem == "cargo" || ecosystem == "*");
            Verdict::fail(match watched {
                // A bot brings the fix with the other updates, sooner or later.
                Some((_, span)) => {
                    problem.with_severity(Severity::Low).with_related(*span, "updates of crates are proposed")
                }
                None if project.pipelines.is_empty() => problem.subsumed_by("ci-runs-tests"),
                None => problem,
            })
        }
    }
}
