//! `no-toolchain-in-runtime`: what runs does not hold what it was built with.

use crate::finding::{Problem, Verdict};
use crate::model::Image;
use crate::model::image::built::Built;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    let is_rust = image.starts_rust() || cx.project.is_run_in(image);
    match (&image.built, image.content.has_rust()) {
        _ if !is_rust => Verdict::not_applicable("it runs nothing that is known to be Rust"),
        (Built::InPlace(_), _) | (_, Ok(true)) => {
            let message =
                "the image that runs the program holds the compiler and the sources that it was built with";
            let help = "add a final stage on a small base, and copy the program there";
            Verdict::fail(Problem::new(image.base_place, message, help))
        }
        (_, Err(why)) => Verdict::unknown(why),
        (Built::Elsewhere { from, .. }, Ok(false)) => {
            Verdict::pass(*from, "the program is built in a stage of its own")
        }
        (Built::No | Built::Unclear(_), Ok(false)) => {
            Verdict::pass(image.base_place, "the final stage holds no toolchain of Rust")
        }
    }
}
