//! `pinned-image`: every external image has a version tag or a digest.

use crate::finding::{Label, Problem, Verdict};
use crate::model::{Image, Pipeline, Workload};
use crate::rule::Cx;
use crate::span::Span;
use crate::syntax::image_ref::{Floating, ImageRef};

/// An image as it is referred to somewhere; `Err` is what could not be resolved.
type Reference = (Span, Result<ImageRef, String>);

pub(super) fn of_image(_: &Cx<'_>, image: &Image) -> Verdict {
    let references = image.bases.iter().map(|base| (base.span, base.image.clone())).collect();
    judge(references, "it is built from no other image")
}

pub(super) fn of_workload(_: &Cx<'_>, workload: &Workload) -> Verdict {
    let references = workload
        .containers
        .iter()
        // What is built here is judged where it is built.
        .filter(|container| container.build.is_none())
        .filter_map(|container| {
            let image = container.image.as_ref()?;
            Some((Span::new(workload.span.file, image.range), parse(&image.value)))
        })
        .collect();
    judge(references, "it runs no image from elsewhere")
}

pub(super) fn of_pipeline(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    let references = pipeline
        .images
        .iter()
        .map(|image| {
            let is_variable = image.value.contains(['$', '{']);
            let parsed = if is_variable { None } else { ImageRef::parse(&image.value) };
            let parsed = parsed.ok_or_else(|| image.value.clone());
            (Span::new(pipeline.file, image.range), parsed)
        })
        .collect();
    judge(references, "its jobs run in no image")
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
