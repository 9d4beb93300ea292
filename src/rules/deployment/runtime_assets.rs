//! `runtime-assets`: the files that a program reads while it runs are in its image.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::asset::Held;
use crate::model::image::layout::Found;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for service in cx.project.services_on(image) {
        for Held { asset, place, found } in cx.project.assets_in(service, image) {
            let (name, path) = (&service.name, &asset.path);
            match found {
                Found::Here(span) => {
                    evidence.push(Label::new(asset.span, format!("`{name}` reads `{path}` here")));
                    evidence.push(Label::new(span, format!("`{place}` is copied here")));
                }
                Found::Nowhere => {
                    let message = format!("`{name}` reads `{path}`, and the image has no `{place}`");
                    let problem = Problem::new(
                        image.from,
                        message,
                        format!("copy `{path}` to `{place}` in the final stage"),
                    );
                    problems.push(problem.with_related(asset.span, format!("`{name}` reads `{path}` here")));
                }
                Found::Unclear(why) => unclear = Some(why),
            }
        }
    }
    match unclear {
        Some(why) if problems.is_empty() && evidence.is_empty() => Verdict::unknown(why),
        _ => {
            Verdict::of_sites(problems, evidence, "it reads no file of the repository by a path in its code")
        }
    }
}
