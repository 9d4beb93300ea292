//! `supported-base`: what an image is built on, and what runs beside it, still gets fixes.

use crate::facts::dockerfile::Base;
use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::lifetimes;
use crate::model::{Image, Workload};
use crate::rule::{Cx, Severity};
use crate::span::Span;
use crate::syntax::image_ref::ImageRef;

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    if image.is_aside || !cx.project.is_run_in(image) {
        return Verdict::not_applicable("no service is known to run in it");
    }
    match &image.base {
        Base::Unresolved(what) => {
            Verdict::unknown(format!("what it is built on, `{what}`, is not written here"))
        }
        Base::Image(base) => judge(cx, [(image.base_place, base.clone())].into_iter(), None),
        Base::Scratch | Base::Stage(_) => Verdict::not_applicable("it is built on nothing"),
    }
}

pub(super) fn of_workload(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.is_aside {
        return Verdict::not_applicable("it is not for production");
    }
    let pulled = workload.containers.iter().filter(|container| container.build.is_none());
    let images = pulled.filter_map(|container| {
        let image = container.image.as_ref()?;
        let parsed = ImageRef::parse(image.value.as_ref().ok()?)?;
        Some((container.home.span(image.range), parsed))
    });
    // Where compose is for the developer's machine, old data is what is at stake.
    judge(cx, images, (!workload.is_for_production).then_some(Severity::Low))
}

fn judge(cx: &Cx<'_>, images: impl Iterator<Item = (Span, ImageRef)>, severity: Option<Severity>) -> Verdict {
    let Some(today) = cx.today else { return Verdict::not_applicable("no day is given to judge on") };
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for (span, image) in images {
        let lifetimes = lifetimes::of_image(&image);
        let Some(first) = lifetimes.first() else { continue };
        if first.until < today {
            let message = format!("`{image}`: {} has had no fixes since {}", first.release, first.until);
            let mut problem = Problem::new(span, message, format!("move to a release of {}", first.source));
            problem.severity = severity;
            problems.push(problem);
        } else {
            evidence
                .push(Label::new(span, format!("fixes for {} come until {}", first.release, first.until)));
        }
    }
    Verdict::of_sites(problems, evidence, "it is made of nothing whose releases are known")
}
