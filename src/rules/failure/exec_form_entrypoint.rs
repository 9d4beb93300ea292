//! `exec-form-entrypoint`: ENTRYPOINT and CMD are in exec form, or hand over with `exec`.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::image::Written;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, image: &Image) -> Verdict {
    let written = [("ENTRYPOINT", &image.entrypoint), ("CMD", &image.cmd)];
    let mut problems = Vec::new();
    let mut evidence = Vec::new();
    let mut unclear = Vec::new();
    for (instruction, command) in written {
        // With an ENTRYPOINT, CMD is arguments; in shell form they are arguments that no one meant.
        let Some((written, span)) = command else { continue };
        match written {
            Written::Exec => evidence.push(Label::new(*span, format!("{instruction} is in exec form"))),
            Written::HandsOver => {
                evidence.push(Label::new(*span, format!("{instruction} hands over with `exec`")));
            }
            Written::OwnShell => {
                unclear.push(Label::new(*span, format!("{instruction} is a text for what `SHELL` names")));
            }
            Written::Shell => problems.push(Problem::new(
                *span,
                format!("{instruction} is in shell form: a shell is process 1 and receives the signals"),
                format!("write it as a JSON array: `{instruction} [\"program\", \"argument\"]`"),
            )),
        }
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, _) if !unclear.is_empty() => {
            Verdict::Unknown("`SHELL` names a program that is no known shell".into(), unclear)
        }
        (true, false) => Verdict::Pass(evidence),
        (true, true) => Verdict::not_applicable("the image starts what its base image starts"),
    }
}
