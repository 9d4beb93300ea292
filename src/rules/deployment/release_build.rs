//! `release-build`: the program that an image runs is built for release.

use crate::finding::{Problem, Verdict};
use crate::model::Image;
use crate::model::image::built::Built;
use crate::model::image::profile::Profile;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    match image.profile {
        Profile::Release(span) => Verdict::pass(span, "the program is built for release"),
        Profile::Debug(span) => {
            let help = "build with `--release`, and copy from `target/release`";
            Verdict::fail(Problem::new(span, "the image runs a program that is built for debugging", help))
        }
        Profile::Unknown if image.built == Built::No => {
            Verdict::not_applicable("it builds nothing from Rust")
        }
        Profile::Unknown if !cx.project.is_run_in(image) && !image.starts_rust() => {
            Verdict::not_applicable("it runs nothing that is known to be Rust")
        }
        Profile::Unknown => {
            Verdict::unknown("which profile the program is built with is not written in the Dockerfile")
        }
    }
}
