//! `non-root-container`: the container does not run as root.

use crate::finding::{Label, Problem, Verdict};
use crate::model::run_as::{self, Runs};
use crate::model::workload::{Platform, RunAs};
use crate::model::{Image, Workload};
use crate::rule::Cx;

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    match cx.project.user_of(image) {
        Runs::NonRoot { span, why } => Verdict::pass(span, why),
        Runs::Root { span, why } => {
            let help = "add `USER` with a user that is not root to the final stage";
            Verdict::fail(Problem::new(span, why, help))
        }
        Runs::BuiltHere => Verdict::not_applicable("it is judged where it is built"),
        Runs::Unclear(why) => Verdict::unknown(why),
    }
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    let instances = cx.project.instances_in(workload);
    for container in &workload.containers {
        let runs = run_as::of_container(&cx.project.own_images, workload.span, container);
        let image = instances.iter().find(|it| it.span() == Some(container.span)).and_then(|it| it.image);
        // A compose file builds what it runs: that is judged there.
        if let Some(image) = image.filter(|_| workload.platform == Platform::Kubernetes)
            && container.user == RunAs::Silent
            && matches!(runs, Runs::BuiltHere | Runs::Unclear(_))
        {
            match cx.project.user_of(image) {
                Runs::NonRoot { span, why } => evidence.push(Label::new(span, why)),
                Runs::Root { span, why } => problems.push(
                    Problem::new(
                        container.span,
                        "neither the manifest nor the image says that it runs as another user than root",
                        "set `runAsNonRoot: true` and a user here, or a `USER` in the image",
                    )
                    .with_related(span, why),
                ),
                Runs::BuiltHere => {}
                Runs::Unclear(why) => unclear.push(why),
            }
            continue;
        }
        match runs {
            Runs::NonRoot { span, why } => evidence.push(Label::new(span, why)),
            Runs::Root { span, why } => {
                problems.push(Problem::new(span, why, "set a user that is not root"));
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
