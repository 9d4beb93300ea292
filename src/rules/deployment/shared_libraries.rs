//! `shared-libraries`: the image has the libraries that its program loads when it starts.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::image::built::{Built, Linked};
use crate::model::image::content::Holds;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    let natives = cx.project.natives_in(image);
    let Some((_, first)) = natives.first() else {
        return Verdict::not_applicable("no service in it is known to load a library of the system");
    };
    match &image.built {
        Built::Elsewhere { linked: Linked::Glibc(_), .. } => {}
        Built::Elsewhere { linked: Linked::Static | Linked::Musl, .. } => {
            return Verdict::not_applicable("its program is linked with musl, and so with whatever it needs");
        }
        Built::InPlace(from) | Built::Elsewhere { from, linked: Linked::Same, .. } => {
            return Verdict::pass(*from, "the program is built on what it runs on");
        }
        Built::No => return Verdict::unknown("where its program is built cannot be told"),
        Built::Unclear(why) => return Verdict::unknown(why.clone()),
    }
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for (service, native) in &natives {
        let name = &native.library.name;
        let needs =
            format!("`{}` loads `{name}` when it starts, by `{}`", service.name, native.path.join("` → `"));
        match image.content.library(native.library) {
            Holds::Has(span, why) => evidence.extend([Label::new(span, why), Label::new(native.span, needs)]),
            Holds::Unknown(why) => unclear = Some(why),
            Holds::Lacks(span, why) => {
                let help = format!(
                    "install the package of `{name}` in the final stage, or link it in: `vendored`, `bundled`"
                );
                problems.push(Problem::new(span, why, help).with_related(native.span, needs));
            }
        }
    }
    match unclear.filter(|_| problems.is_empty()) {
        Some(why) => {
            Verdict::Unknown(why, vec![Label::new(first.span, "this brings a library of the system")])
        }
        None => {
            Verdict::of_sites(problems, evidence, "no service in it is known to load a library of the system")
        }
    }
}
