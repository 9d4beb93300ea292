//! Who the main process of other people's images runs as: `rules/knowledge/images.toml`, made easy to ask.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::syntax::image_ref::ImageRef;

/// The file, below `rules/`. Its form is another than that of the files about crates.
pub(super) const FILE: &str = "knowledge/images.toml";

/// Who an image's main process runs as when nothing says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageUser {
    Root,
    /// Root, until the entrypoint gives it up.
    Drops,
    NonRoot,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For the reader.
    #[serde(rename = "source")]
    _source: String,
    /// Names of images that hold data.
    stores: Vec<String>,
    /// Names of one word that the default registry has.
    official: Vec<String>,
    /// Names of images that wait, and do nothing else.
    idle: Vec<String>,
    image: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Names as [`ImageRef::family`] gives them; `*` stands for any text.
    name: Vec<String>,
    /// The tag must be this; `*` stands for any text.
    tag: Option<String>,
    /// The least version, as `major.minor`. A tag without one is the newest.
    since: Option<String>,
    runs_as: RunsAs,
    #[serde(default)]
    drops: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RunsAs {
    Root,
    User,
}

/// Whether an image is a database, a cache or a queue: something of which two copies are not two of one thing.
pub(crate) fn is_store(image: &ImageRef) -> bool {
    let family = image.family();
    known().stores.iter().any(|pattern| matches(pattern, &family))
}

/// Whether nobody but whoever built it on this machine can have an image: it has a name of one word, and the default
/// registry has no such image.
pub(crate) fn is_only_here(image: &ImageRef) -> bool {
    let is_one_word = image.registry.is_none() && !image.repository.contains('/');
    is_one_word && !known().official.contains(&image.repository)
}

/// Whether an image does nothing but wait.
pub(crate) fn is_idle(image: &ImageRef) -> bool {
    let family = image.family();
    known().idle.iter().any(|pattern| matches(pattern, &family))
}

/// The name of an image as the default registry has it. A registry of one's own that mirrors the official images keeps them
/// below `library/`.
pub(super) fn official_name(image: &ImageRef) -> String {
    let family = image.family();
    family.rsplit_once("/library/").map_or(family.as_str(), |(_, name)| name).to_owned()
}

/// Who an image runs as; `None` where that is not known.
pub(crate) fn user_of(image: &ImageRef) -> Option<ImageUser> {
    let tag = image.tag.as_deref().unwrap_or("latest");
    let name = official_name(image);
    let entry = known().image.iter().find(|entry| entry.fits(&name, tag))?;
    Some(match entry.runs_as {
        RunsAs::User => ImageUser::NonRoot,
        RunsAs::Root if entry.drops => ImageUser::Drops,
        RunsAs::Root => ImageUser::Root,
    })
}

impl Entry {
    fn fits(&self, name: &str, tag: &str) -> bool {
        let is_since = || match (self.since.as_deref().and_then(version), version(tag)) {
            (Some(least), Some(version)) => version >= least,
            _ => true,
        };
        self.name.iter().any(|pattern| matches(pattern, name))
            && self.tag.as_ref().is_none_or(|pattern| matches(pattern, tag))
            && is_since()
    }
}

fn known() -> &'static File {
    static KNOWN: LazyLock<File> = LazyLock::new(|| super::parsed(FILE));
    &KNOWN
}

/// `2.4` of `2.4.1-alpine`; `2` is the newest of its minor versions.
fn version(tag: &str) -> Option<(u32, u32)> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
    let mut numbers = tag[..end].split('.');
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().map_or(Some(u32::MAX), |minor| minor.parse().ok())?))
}

/// Whether a text is what a pattern says, in which `*` stands for any text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_an_image() {
        let cases = [
            ("debian:12", Some(ImageUser::Root)),
            ("docker.io/library/rust:1.90", Some(ImageUser::Root)),
            ("harbor.example.com/library/debian:12", Some(ImageUser::Root)),
            ("gcr.io/distroless/cc-debian12", Some(ImageUser::Root)),
            ("gcr.io/distroless/cc-debian12:nonroot", Some(ImageUser::NonRoot)),
            ("gcr.io/distroless/cc-debian12:debug-nonroot-amd64", Some(ImageUser::NonRoot)),
            ("cgr.dev/chainguard/wolfi-base", Some(ImageUser::Root)),
            ("cgr.dev/chainguard/static", Some(ImageUser::NonRoot)),
            ("bitnami/minideb", Some(ImageUser::Root)),
            ("bitnami/redis:7.2", Some(ImageUser::NonRoot)),
            ("redis:7.2-alpine", Some(ImageUser::Drops)),
            ("haproxy:2.3", None),
            ("haproxy:2.4.1-alpine", Some(ImageUser::NonRoot)),
            ("haproxy:2", Some(ImageUser::NonRoot)),
            ("haproxy:lts", Some(ImageUser::NonRoot)),
            ("elasticsearch:7.17.1", Some(ImageUser::Drops)),
            ("elasticsearch:8.15.0", Some(ImageUser::NonRoot)),
            ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", Some(ImageUser::Root)),
            ("registry.access.redhat.com/ubi9/nodejs-20", None),
            ("ghcr.io/team/debian:12", None),
            ("team/app", None),
        ];
        for (image, user) in cases {
            let image = ImageRef::parse(image).expect("the reference is valid");
            assert_eq!(user_of(&image), user, "{image}");
        }
    }

    #[test]
    fn each_name_is_one_that_an_image_can_have() {
        for name in known().image.iter().flat_map(|entry| &entry.name) {
            let image = ImageRef::parse(&name.replace('*', "x")).expect("the name is valid");
            assert_eq!(image.family(), name.replace('*', "x"), "write it as the default registry does");
        }
    }
}
