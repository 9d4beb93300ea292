//! `pinned-image`: every external image has a version tag or a digest.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::images::is_only_here;
use crate::model::workload::Platform;
use crate::model::{Image, Pipeline, Workload};
use crate::rule::Cx;
use crate::span::Span;
use crate::syntax::image_ref::{Floating, ImageRef};

/// An image as it is referred to somewhere; `Err` is what could not be resolved.
type Reference = (Span, Result<ImageRef, String>);

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    let bases = image.bases.iter().chain(&image.sources).filter(|base| !is_ours(cx, &base.image));
    judge(bases.map(|base| (base.span, base.image.clone())).collect(), "it is built from no other image")
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let references = workload
        .containers
        .iter()
        // What is built here is judged where it is built.
        .filter(|container| container.build.is_none())
        .filter_map(|container| {
            let image = container.image.as_ref()?;
            Some((workload.home.at(image), parse(&image.value)))
        })
        .filter(|(_, image)| !is_ours(cx, image) && !is_local(workload, image))
        .collect();
    judge(references, "it runs no image from elsewhere")
}

pub(super) fn of_pipeline(cx: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    let images = pipeline.images.iter().filter(|used| !is_ours(cx, &used.image));
    let references = images.clone().map(|used| (used.span, used.image.clone())).collect();
    let mut verdict = judge(references, "its jobs run in no image");
    if let Verdict::Fail(problems) = &mut verdict {
        let is_action = |span| images.clone().any(|used| used.is_action && used.span == span);
        for problem in problems.iter_mut().filter(|problem| is_action(problem.span)) {
            problem.subsumed_by = Some("pinned-action");
        }
    }
    verdict
}

fn is_ours(cx: &Cx<'_>, image: &Result<ImageRef, String>) -> bool {
    image.as_ref().is_ok_and(|image| cx.project.own_images.has(image))
}

/// Whether compose starts what was built on the same machine before, under a tag that says for what.
fn is_local(workload: &Workload, image: &Result<ImageRef, String>) -> bool {
    workload.platform == Platform::Compose
        && image.as_ref().is_ok_and(|image| is_only_here(image) && image.floating() == Some(Floating::Moving))
}

fn parse(image: &Result<String, String>) -> Result<ImageRef, String> {
    image.as_ref().ok().and_then(|text| ImageRef::parse(text)).ok_or_else(|| match image {
        Ok(text) | Err(text) => text.clone(),
    })
}

fn judge(references: Vec<Reference>, none: &str) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for (span, reference) in references {
        match reference {
            Err(text) => {
                unclear.push(Label::new(span, format!("what `{text}` stands for is not written here")));
            }
            Ok(image) => match image.floating() {
                None => evidence.push(Label::new(span, format!("`{image}` is pinned"))),
                Some(floating) => problems.push(problem(span, &image, floating)),
            },
        }
    }
    if !problems.is_empty() {
        Verdict::Fail(problems)
    } else if !unclear.is_empty() {
        Verdict::Unknown("an image is named by a variable without a value".into(), unclear)
    } else if !evidence.is_empty() {
        Verdict::Pass(evidence)
    } else {
        Verdict::not_applicable(none)
    }
}

fn problem(span: Span, image: &ImageRef, floating: Floating) -> Problem {
    let why = match floating {
        Floating::NoTag => "has no tag, which means `latest`".to_owned(),
        Floating::Latest => "is whatever `latest` is on the day".to_owned(),
        Floating::Moving => "has a tag that moves".to_owned(),
    };
    Problem::new(span, format!("`{image}` {why}"), "name a version, or better a digest")
}
