//! `libc-agreement`: the runtime stage can load what the builder stage linked.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::image::built::Built;
use crate::model::image::loads::Loads;
use crate::rule::{Confidence, Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    let (from, name, linked, how) = match &image.built {
        Built::No => return Verdict::not_applicable("it builds nothing from Rust"),
        Built::InPlace(span) => {
            return Verdict::pass(*span, "the program runs in the image that it is built in");
        }
        Built::Unclear(_) if !cx.project.is_run_in(image) && !image.starts_rust() => {
            return Verdict::not_applicable("it runs nothing that is known to be Rust");
        }
        Built::Unclear(why) => return Verdict::unknown(why),
        Built::Elsewhere { from, image, linked, how } => (*from, image, *linked, how),
    };
    let there = how.clone().unwrap_or_else(|| format!("the program is built in `{name}`"));
    match image.loads(linked) {
        Loads::Yes(why) => Verdict::Pass(vec![Label::new(image.base_place, why), Label::new(from, there)]),
        Loads::Unclear(why) => Verdict::unknown(why),
        Loads::No { why, is_certain } => {
            let help = "build and run on the same release, or build for `x86_64-unknown-linux-musl`";
            let mut problem = Problem::new(image.base_place, why, help).with_related(from, there);
            if !is_certain {
                // It starts as long as it takes no symbol that only the newer one has.
                problem = problem.with_severity(Severity::Medium);
                problem.confidence = Some(Confidence::Low);
            }
            Verdict::fail(problem)
        }
    }
}
