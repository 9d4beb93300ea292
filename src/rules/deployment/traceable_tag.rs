//! `traceable-tag`: an image is pushed under a name that says what it was built from.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::pushed::Named;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for (span, name, named) in cx.project.pushes(pipeline) {
        match named {
            Named::Traceable => evidence.push(Label::new(span, "its tag says what it was built from")),
            Named::Unclear => unclear.push(Label::new(span, "the tag is not written here")),
            Named::Latest => problems.push(Problem::new(
                span,
                format!("`{name}` is pushed as `latest` alone"),
                "push it under the version or the commit as well: `:${{ github.sha }}`",
            )),
        }
    }
    if problems.is_empty() && evidence.is_empty() && !unclear.is_empty() {
        return Verdict::Unknown("the tags of what is pushed are not written here".into(), unclear);
    }
    Verdict::of_sites(problems, evidence, "it pushes no image")
}
