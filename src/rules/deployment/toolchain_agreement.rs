//! `toolchain-agreement`: rust-toolchain, `rust-version`, builder images and CI agree.

use crate::finding::{Label, Problem, Verdict};
use crate::model::toolchain::{Contradiction, Toolchain};
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    if cx.project.services.is_empty() {
        return Verdict::not_applicable("no service found");
    }
    let toolchain = Toolchain::of(cx.project);
    let problems: Vec<Problem> = toolchain.contradictions().into_iter().map(problem).collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if toolchain.places() < 2 {
        return Verdict::not_applicable("fewer than two places name a Rust version");
    }
    let stated = toolchain.stated.iter().map(|own| Label::new(own.span, format!("Rust {}", own.text)));
    let needed =
        toolchain.needed.iter().map(|least| Label::new(least.span, format!("{} is needed", least.by)));
    Verdict::Pass(stated.chain(needed).collect())
}

fn problem(contradiction: Contradiction<'_>) -> Problem {
    match contradiction {
        Contradiction::TooOld(stated, needed) => Problem::new(
            stated.span,
            format!(
                "this {} has Rust {}, which cannot build what needs {}",
                stated.place.name(),
                stated.text,
                needed.by
            ),
            "raise it to the version that the package needs",
        )
        .with_related(needed.span, format!("{} is needed here", needed.by)),
        Contradiction::Differs(image, file) => Problem::new(
            image.span,
            format!("the image is built with Rust {}, everything else with {}", image.text, file.text),
            "name the same version in both",
        )
        .with_related(file.span, "the toolchain file names this version")
        .with_severity(Severity::Medium),
    }
}
