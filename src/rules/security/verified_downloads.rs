//! `verified-downloads`: the build runs no program that nobody has looked at.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    if image.is_aside || !cx.project.is_run_in(image) {
        return Verdict::not_applicable("no service is known to run in it");
    }
    let problems = image.fetched.unseen.iter().map(|unseen| {
        let message = format!("`{}` runs whatever `{}` gives on the day", unseen.shell, unseen.address);
        let help = "fetch a version of it to a file, and compare its checksum before it runs";
        let problem = Problem::new(unseen.span, message, help);
        // What a stage of the build runs is not in the image, and may still change what is.
        if unseen.is_shipped { problem } else { problem.with_severity(Severity::Low) }
    });
    let checked = image.fetched.checked.iter();
    let evidence = checked.map(|span| Label::new(*span, "what is fetched is checked here")).collect();
    Verdict::of_sites(problems.collect(), evidence, "its build pipes nothing into a shell")
}
