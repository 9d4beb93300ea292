//! `toolchain-agreement`: rust-toolchain, `rust-version`, builder images and CI agree.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::{Cx, Severity};
use crate::span::Span;

/// A Rust version, as far as it is written: `1.80` has no patch.
type Version = (u32, u32, Option<u32>);

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let project = cx.project;
    let repository = &project.repository;
    if project.services.is_empty() {
        return Verdict::not_applicable("no service found");
    }
    let required = required(cx);
    let channels: Vec<(Version, &str, Span)> = versions(&repository.channels);
    let images: Vec<(Version, &str, Span)> = project
        .images
        .iter()
        .filter(|image| !image.is_aside)
        .flat_map(|image| versions(&image.rust_versions))
        .collect();
    let ci = ci_versions(cx);
    let mut problems = Vec::new();
    for (kind, statements) in [("builder image", &images), ("toolchain file", &channels), ("CI job", &ci)] {
        for (version, text, span) in statements {
            if let Some((least, why, because)) = &required
                && is_older(*version, *least)
            {
                problems.push(
                    Problem::new(
                        *span,
                        format!("this {kind} has Rust {text}, which cannot build what needs {why}"),
                        "raise it to the version that the package needs",
                    )
                    .with_related(*because, format!("{why} is needed here")),
                );
            }
        }
    }
    for (version, text, span) in &images {
        for (pinned, channel, at) in &channels {
            if !problems.iter().any(|problem| problem.span == *span) && differ(*version, *pinned) {
                problems.push(
                    Problem::new(
                        *span,
                        format!("the image is built with Rust {text}, everything else with {channel}"),
                        "name the same version in both",
                    )
                    .with_related(*at, "the toolchain file names this version")
                    .with_severity(Severity::Medium),
                );
            }
        }
    }
    // What floats agrees with anything, and is still a statement.
    let in_ci =
        project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs).filter(|job| !job.toolchains.is_empty());
    let stated = images.len() + repository.channels.len() + in_ci.count() + usize::from(required.is_some());
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if stated < 2 {
        return Verdict::not_applicable("fewer than two places name a Rust version");
    }
    let places = images.iter().chain(&channels).chain(&ci);
    let mut evidence: Vec<Label> =
        places.map(|(_, text, span)| Label::new(*span, format!("Rust {text}"))).collect();
    evidence.extend(
        repository.rust_versions.iter().map(|(text, span)| Label::new(*span, format!("needs Rust {text}"))),
    );
    Verdict::Pass(evidence)
}

/// The version that the services need at least: `rust-version`, or what the edition needs
/// (<https://doc.rust-lang.org/edition-guide/>).
fn required(cx: &Cx<'_>) -> Option<(Version, String, Span)> {
    let repository = &cx.project.repository;
    let by_version = repository
        .rust_versions
        .iter()
        .filter_map(|(text, span)| Some((parse(text)?, format!("`rust-version = \"{text}\"`"), *span)));
    let by_edition = repository.editions.iter().filter_map(|(text, span)| {
        let least = match text.as_str() {
            "2024" => (1, 85, None),
            "2021" => (1, 56, None),
            "2018" => (1, 31, None),
            _ => return None,
        };
        Some((least, format!("edition {text}"), *span))
    });
    by_version.chain(by_edition).max_by_key(|(version, _, _)| (version.0, version.1, version.2.unwrap_or(0)))
}

/// Pinned versions of jobs without a matrix: a matrix tests several on purpose.
fn ci_versions<'c>(cx: &'c Cx<'_>) -> Vec<(Version, &'c str, Span)> {
    let pipelines = cx.project.pipelines.iter();
    pipelines
        .flat_map(|pipeline| pipeline.jobs.iter().map(move |job| (pipeline, job)))
        .filter(|(_, job)| !job.has_matrix)
        .flat_map(|(pipeline, job)| job.toolchains.iter().map(move |toolchain| (pipeline, toolchain)))
        .filter_map(|(pipeline, toolchain)| {
            Some((parse(&toolchain.value)?, toolchain.value.as_str(), toolchain.span(pipeline.file)))
        })
        .collect()
}

fn versions(stated: &[(String, Span)]) -> Vec<(Version, &str, Span)> {
    stated.iter().filter_map(|(text, span)| Some((parse(text)?, text.as_str(), *span))).collect()
}

/// `1.80`, `1.80.1`; `stable` and `nightly-2024-01-01` are no versions.
fn parse(text: &str) -> Option<Version> {
    let mut parts = text.trim().trim_start_matches('v').split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    let patch = parts
        .next()
        .and_then(|patch| patch.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok());
    Some((major, minor, patch))
}

fn is_older(version: Version, least: Version) -> bool {
    match (version.0, version.1).cmp(&(least.0, least.1)) {
        std::cmp::Ordering::Equal => match (version.2, least.2) {
            (Some(own), Some(least)) => own < least,
            // An image `1.80` is the newest patch of it.
            _ => false,
        },
        order => order.is_lt(),
    }
}

fn differ(a: Version, b: Version) -> bool {
    (a.0, a.1) != (b.0, b.1) || matches!((a.2, b.2), (Some(a), Some(b)) if a != b)
}
