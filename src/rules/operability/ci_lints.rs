//! `ci-lints`: CI runs Clippy and checks the formatting.

use crate::finding::{Label, Problem, Verdict};
use crate::model::pipeline::Does;
use crate::model::pipeline::asked::Asked;
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let Some(manifest) = project.repository.manifest.filter(|_| !project.services.is_empty()) else {
        return Verdict::not_applicable("no service found");
    };
    let asked = [
        (
            Does::Lints,
            "CI does not run Clippy",
            "run `cargo clippy --all-targets -- -D warnings`",
            Severity::Medium,
        ),
        (Does::Formats, "CI does not check the formatting", "run `cargo fmt --all --check`", Severity::Low),
    ];
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for (does, message, help, severity) in asked {
        match project.ci_does(does) {
            Asked::Yes(runs) => evidence.extend(
                runs.iter().map(|run| Label::new(run.span, format!("`{}` is run here", run.command.brief()))),
            ),
            Asked::Perhaps(why, labels) => unclear = Some((why, labels)),
            Asked::No => problems.push(Problem::new(manifest, message, help).with_severity(severity)),
        }
    }
    // Both are missing at one place.
    if problems.len() == 2 {
        let help = "run `cargo clippy --all-targets -- -D warnings` and `cargo fmt --all --check`";
        let problem = Problem::new(manifest, "CI runs neither Clippy nor rustfmt", help);
        let is_none = project.pipelines.is_empty();
        problems = vec![if is_none { problem.subsumed_by("ci-runs-tests") } else { problem }];
    }
    match unclear {
        Some((why, labels)) if problems.is_empty() => Verdict::Unknown(why, labels),
        _ => Verdict::of_sites(problems, evidence, "there is nothing to lint"),
    }
}
