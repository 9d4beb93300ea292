//! `no-secret-in-image`: no secret is built into an image.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::image::exposed::How;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, image: &Image) -> Verdict {
    let problems: Vec<Problem> = image
        .exposed
        .found
        .iter()
        .map(|exposed| {
            let name = &exposed.name;
            let (message, help) = match exposed.how {
                How::Env => (
                    format!("`{name}` is a secret, and whoever has the image reads it"),
                    "give it to the container when it is started",
                ),
                How::Arg => (
                    format!("`{name}` is a secret, and stays in the history of the build"),
                    "mount it where it is needed: `RUN --mount=type=secret`",
                ),
                How::File => (
                    format!("`{name}` holds secrets, and is copied into the image"),
                    "mount it into the container, and name it in `.dockerignore`",
                ),
            };
            let problem = Problem::new(exposed.span, message, help);
            if exposed.is_kept { problem } else { problem.with_severity(Severity::Medium) }
        })
        .collect();
    if problems.is_empty() && image.exposed.is_partial {
        return Verdict::unknown("part of the Dockerfile could not be read");
    }
    let evidence = Label::new(image.from, "no secret is built into it");
    let evidence = image.exposed.takes_values.then_some(evidence).into_iter().collect();
    Verdict::of_sites(problems, evidence, "nothing is set or copied while it is built")
}
