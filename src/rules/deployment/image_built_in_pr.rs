//! `image-built-in-pr`: a change builds the image before it is merged.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::pipeline::build::Tried;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    let project = cx.project;
    if image.is_aside || !project.is_run_in(image) {
        return Verdict::not_applicable("no service is known to run in it");
    }
    if !image.builds_rust {
        return Verdict::not_applicable("it holds what was built before");
    }
    if !project.pipelines.iter().any(|pipeline| pipeline.runs_for_changes) {
        return Verdict::not_applicable("no workflow runs for pull requests");
    }
    let path = project.sources.path(image.file);
    match project.is_tried(path) {
        Tried::NotBuilt => Verdict::not_applicable("no workflow is known to build it"),
        Tried::Yes(build) => Verdict::pass(build.span, "changes build it here"),
        Tried::Perhaps(span) => {
            let label = Label::new(span, "this may build it");
            Verdict::Unknown("what builds images for changes cannot be followed".into(), vec![label])
        }
        Tried::No(_) if project.pipelines.iter().any(|pipeline| pipeline.is_partial) => {
            Verdict::unknown("part of the pipelines could not be read")
        }
        Tried::No(build) => Verdict::fail(
            Problem::new(
                build.span,
                format!("`{path}` is built here, and for no pull request"),
                "build it for `pull_request` as well, without pushing it",
            )
            .with_related(image.from, "the image that is built"),
        ),
    }
}
