//! Until when the releases are supported that images are built on and hold: `rules/knowledge/lifetimes.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::images::{matches, official_name};
use crate::date;
use crate::syntax::image_ref::ImageRef;

/// The file, below `rules/`. Its form is another than that of the files about crates.
pub(super) const FILE: &str = "knowledge/lifetimes.toml";

/// How long a release lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// `Debian buster`.
    pub(crate) release: String,
    /// The last day of its support.
    pub(crate) until: Date,
    /// Where that is said.
    pub(crate) source: &'static str,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For the reader.
    #[serde(rename = "source")]
    _source: String,
    product: Vec<Product>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    title: String,
    source: String,
    /// Names of its images, as [`ImageRef::family`] gives them; `*` stands for any text.
    name: Vec<String>,
    /// Parts of the tag of any official image that is built on it.
    #[serde(default)]
    word: BTreeMap<String, String>,
    /// The least part of a version that tells the release; the empty one is all of them.
    version: BTreeMap<String, String>,
}

/// What is known of the releases in an image, the one that ends first before the others.
pub(crate) fn of_image(image: &ImageRef) -> Vec<Lifetime> {
    let name = official_name(image);
    let tag = image.tag.as_deref().unwrap_or_default();
    let parts = || tag.split(['-', '_']);
    let mut found = Vec::new();
    for product in &known().product {
        let is_own = product.name.iter().any(|pattern| matches(pattern, &name));
        let of_version = product.version.iter().filter(|_| is_own).find(|(version, _)| is_of(tag, version));
        // An image of somebody's own may be called anything.
        let of_word = product
            .word
            .iter()
            .find(|(word, _)| (is_own || !name.contains('/')) && parts().any(|part| part == word.as_str()));
        let lifetime = |(release, until): (&String, &String)| {
            let release = format!("{} {}", product.title, release.trim_start_matches("alpine"));
            Some(Lifetime {
                release: release.trim_end().to_owned(),
                until: date::parse(until)?,
                source: &product.source,
            })
        };
        found.extend(of_version.or(of_word).and_then(lifetime));
    }
    found.sort_by_key(|lifetime| lifetime.until);
    found
}

/// Whether a tag is of a version: `3.9.1-slim` of `3.9`, and not of `3.90`.
fn is_of(tag: &str, version: &str) -> bool {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    version.is_empty()
        || tag.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

fn known() -> &'static File {
    static KNOWN: LazyLock<File> = LazyLock::new(|| super::parsed(FILE));
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_by_name_and_tag() {
        for (image, expected) in [
            ("debian:buster-slim", "Debian buster 2024-06-30"),
            ("docker.io/library/debian:10.13", "Debian 10 2024-06-30"),
            ("debian:stable-slim", ""),
            ("rust:1.75-bullseye", "Debian bullseye 2026-08-31"),
            ("alpine:3.18.4", "Alpine 3.18 2025-05-09"),
            ("alpine:3", ""),
            ("alpine", ""),
            ("node:18-alpine3.17", "Alpine 3.17 2024-11-22, Node.js 18 2025-04-30"),
            ("node:181", ""),
            ("python:3.9-slim-bookworm", "Python 3.9 2025-10-31, Debian bookworm 2028-06-30"),
            ("python:3", ""),
            ("postgres:12-alpine", "PostgreSQL 12 2024-11-21"),
            ("redis:6.2-alpine", "Redis 6.2 2027-04-01"),
            ("redis:7.0", "Redis 7.0 2024-07-29"),
            ("redis:7", ""),
            ("gcr.io/distroless/cc-debian10", "Debian 2024-06-30"),
            ("ghcr.io/team/app:buster", ""),
            ("team/postgres:12", ""),
        ] {
            let image = ImageRef::parse(image).expect("the reference is valid");
            let found = of_image(&image);
            let found: Vec<String> = found.iter().map(|it| format!("{} {}", it.release, it.until)).collect();
            assert_eq!(found.join(", "), expected, "{image}");
        }
    }

    #[test]
    fn every_day_is_one() {
        for product in &known().product {
            assert!(product.source.starts_with("https://endoflife.date/"), "{}", product.title);
            for day in product.word.values().chain(product.version.values()) {
                assert!(date::parse(day).is_some(), "{}: {day}", product.title);
            }
        }
    }
}
