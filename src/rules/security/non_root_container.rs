//! `non-root-container`: the container does not run as root.

use crate::finding::{Label, Problem, Verdict};
use crate::model::run_as::Runs;
use crate::model::{Image, Workload};
use crate::rule::Cx;

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    match cx.project.user_of(image) {
        Runs::NonRoot { span, why } => Verdict::pass(span, why),
        Runs::Root { span, why, .. } => {
            let help = "add `USER` with a user that is not root to the final stage";
            Verdict::fail(Problem::new(span, why, help))
        }
        Runs::BuiltHere => Verdict::not_applicable("it is judged where it is built"),
        Runs::Unclear(why) => Verdict::unknown(why),
    }
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for container in &workload.containers {
        match cx.project.user_in(workload, container) {
            Runs::NonRoot { span, why } => evidence.push(Label::new(span, why)),
            Runs::Root { span, why, image } => {
                let problem = Problem::new(span, why, "set a user that is not root, here or in the image");
                problems.push(image.into_iter().fold(problem, |problem, image| {
                    problem.with_related(image, "its image leaves it to run as root")
                }));
            }
            Runs::BuiltHere => {}
            Runs::Unclear(why) => unclear.push(why),
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match unclear.into_iter().next() {
        Some(why) => Verdict::unknown(why),
        None if !evidence.is_empty() => Verdict::Pass(evidence),
        None if workload.containers.is_empty() => Verdict::not_applicable("it has no containers"),
        None => Verdict::not_applicable("its image is built here and judged there"),
    }
}
