//! `image-digest`: the final base and the deployed images are pinned by digest.

use crate::facts::dockerfile::Base;
use crate::finding::{Label, Problem, Verdict};
use crate::model::{Image, Workload};
use crate::rule::Cx;
use crate::span::Span;
use crate::syntax::image_ref::ImageRef;

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    match &image.base {
        Base::Image(base) if cx.project.is_built_here(base) => {
            Verdict::not_applicable("the image that it is built on is built here")
        }
        Base::Image(base) => judge(&[(image.base_place, base.clone())], Vec::new()),
        Base::Scratch | Base::Stage(_) => Verdict::not_applicable("it is built on no other image"),
        Base::Unresolved(what) => Verdict::unknown(format!("what `{what}` stands for is not written here")),
    }
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !cx.project.is_deployed(workload) {
        return Verdict::not_applicable("nothing says that this compose file is for production");
    }
    let (mut images, mut unclear) = (Vec::new(), Vec::new());
    for container in workload.containers.iter().filter(|container| container.build.is_none()) {
        let Some(written) = &container.image else { continue };
        let span = workload.home.at(written);
        match written.value.as_ref().map(|text| ImageRef::parse(text)) {
            // Another service of the compose file builds it.
            Ok(Some(image)) if cx.project.own_images.has(&image) => {}
            Ok(Some(image)) => images.push((span, image)),
            Ok(None) | Err(_) => {
                unclear.push(Label::new(span, "what its image is called is not written here"));
            }
        }
    }
    judge(&images, unclear)
}

fn judge(images: &[(Span, ImageRef)], unclear: Vec<Label>) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for (span, image) in images {
        if image.digest.is_some() {
            evidence.push(Label::new(*span, format!("`{}` is pinned by digest", image.name())));
            continue;
        }
        // Without the tag, so that the finding is the same one when the tag changes.
        let message = format!("`{}` has no digest, and a tag can be given to another image", image.name());
        let problem = Problem::new(*span, message, "add the digest, and let an update bot keep it current");
        // A tag that moves is the greater defect, and the same reference.
        problems.push(if image.floating().is_some() { problem.subsumed_by("pinned-image") } else { problem });
    }
    if problems.is_empty() && !unclear.is_empty() {
        return Verdict::Unknown("an image is named by a variable without a value".into(), unclear);
    }
    Verdict::of_sites(problems, evidence, "it runs no image from elsewhere")
}
