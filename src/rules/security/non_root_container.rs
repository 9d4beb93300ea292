//! `non-root-container`: the container does not run as root.

use crate::facts::dockerfile::Base;
use crate::finding::{Label, Problem, Verdict};
use crate::model::workload::{Deployed, RunAs};
use crate::model::{Image, Workload};
use crate::rule::Cx;

pub(super) fn of_image(cx: &Cx<'_>, image: &Image) -> Verdict {
    let help = "add `USER` with a user that is not root to the final stage";
    if let Some(user) = &image.user {
        return match user.is_root() {
            Some(false) => Verdict::pass(user.span, "the container runs as this user"),
            Some(true) if drops_root(image) => Verdict::unknown("it starts as root and drops it by itself"),
            Some(true) => Verdict::fail(Problem::new(user.span, "the container runs as root", help)),
            None => Verdict::unknown("the user is a variable without a value"),
        };
    }
    match &image.base {
        Base::Image(base) if is_nonroot(&base.to_string()) => {
            Verdict::pass(image.from, "the base image runs as a user that is not root")
        }
        Base::Unresolved(what) => Verdict::unknown(format!("the base image `{what}` is not written here")),
        Base::Image(base) if !is_known_root(&base.family()) => {
            let own = cx.project.images.iter().any(|other| other.id.contains(base.name()));
            let whose = if own { "is built elsewhere in this repository" } else { "is not known" };
            Verdict::unknown(format!("the user of the base image `{base}` {whose}"))
        }
        _ => Verdict::fail(Problem::new(
            image.from,
            "the container runs as root: no stage of it sets a user",
            help,
        )),
    }
}

pub(super) fn of_workload(_: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence, mut silent): (Vec<Problem>, Vec<Label>, Vec<&Deployed>) =
        (Vec::new(), Vec::new(), Vec::new());
    for container in &workload.containers {
        match container.user {
            RunAs::NonRoot(span) => evidence.push(Label::new(span, "the container runs as this user")),
            RunAs::Root(span) => problems.push(Problem::new(
                span,
                format!("`{}` is made to run as root", container.name),
                "set a user that is not root",
            )),
            RunAs::Unclear(_) | RunAs::Silent => silent.push(container),
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match silent.first() {
        None if evidence.is_empty() => Verdict::not_applicable("it has no containers"),
        None => Verdict::Pass(evidence),
        Some(container) if container.build.is_some() => {
            Verdict::not_applicable("its image is built here and judged there")
        }
        Some(container) => Verdict::unknown(format!(
            "the manifest says nothing of the user of `{}`; its image decides",
            container.name
        )),
    }
}

/// Entrypoints that are given root so that they can give it up.
fn drops_root(image: &Image) -> bool {
    image.entrypoint.is_some() && matches!(image.start, crate::model::start::Start::Unclear { .. })
}

/// Distroless and Chainguard name their images so; Chainguard's run as `nonroot` unless the tag says otherwise.
fn is_nonroot(image: &str) -> bool {
    image.contains("nonroot") || image.starts_with("cgr.dev/chainguard/") || image.contains("-unprivileged")
}

/// Bases of which it is known that they set no user.
const ROOT: &[&str] = &[
    "debian",
    "ubuntu",
    "alpine",
    "rust",
    "busybox",
    "fedora",
    "centos",
    "rockylinux",
    "almalinux",
    "amazonlinux",
    "archlinux",
    "buildpack-deps",
    "node",
    "python",
    "golang",
    "gcc",
    "nginx",
    "photon",
    "opensuse",
    "leap",
    "clux",
    "cargo-chef",
    "muslrust",
    "rust-musl-cross",
    "rust-musl-builder",
    "ubi-minimal",
    "ubi9-minimal",
    "ubi8-minimal",
    "ubi9",
    "ubi8",
    "wolfi-base",
    "nix",
    "void",
    "httpd",
    "caddy",
];

fn is_known_root(family: &str) -> bool {
    let name = family.rsplit('/').next().unwrap_or(family);
    ROOT.contains(&name) || family.contains("distroless")
}
