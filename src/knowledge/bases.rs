//! What is in the images that others are built on, and what packages bring: `rules/knowledge/bases.toml`, made easy to
//! ask.

use std::sync::LazyLock;

use serde::Deserialize;

use super::images::{matches, official_name};
use crate::syntax::image_ref::ImageRef;

/// The file, below `rules/`. Its form is another than that of the files about crates.
pub(super) const FILE: &str = "knowledge/bases.toml";

/// The library that programs are linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Libc {
    Glibc(Glibc),
    Musl,
    None,
}

/// A version of glibc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glibc {
    pub(crate) version: (u32, u32),
    /// Whether it is this or any later, as for a tag that moves.
    pub(crate) or_newer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For the reader.
    #[serde(rename = "source")]
    _source: String,
    breaks: Vec<String>,
    harmless: Vec<String>,
    release: Vec<Release>,
    rust: Vec<RustDefault>,
    programs: Vec<Programs>,
    base: Vec<Base>,
    package: Vec<Package>,
    client: Vec<ClientRoots>,
    library: Vec<Library>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    of: String,
    word: Vec<String>,
    glibc: String,
    #[serde(default)]
    newer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RustDefault {
    since: String,
    release: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    name: String,
    of: Vec<String>,
}

/// What is known of an image that others are built on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself in the data")]
pub(crate) struct Base {
    name: Vec<String>,
    #[serde(default)]
    tag: Vec<String>,
    libc: Option<String>,
    #[serde(default)]
    newer: bool,
    /// The distribution whose release the tag names.
    release: Option<String>,
    /// The distribution whose release the image's name ends with.
    in_name: Option<String>,
    /// Whether the tag's version of Rust says what a tag without a release is built on.
    #[serde(default)]
    rust: bool,
    /// Whether the compiler's runtime library is there, which programs of Rust load beside glibc.
    pub(crate) libgcc: Option<bool>,
    /// Whether there are root certificates.
    pub(crate) roots: Option<bool>,
    /// Whether it is made to build Rust in.
    #[serde(default)]
    pub(crate) builds_rust: bool,
    /// Whether what is built in it holds musl.
    #[serde(default)]
    pub(crate) builds_musl: bool,
    programs: Option<Vec<String>>,
}

/// What a package brings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    name: Vec<String>,
    #[serde(default)]
    pub(crate) programs: Vec<String>,
    #[serde(default)]
    pub(crate) roots: bool,
    #[serde(default)]
    pub(crate) recommends_roots: bool,
    #[serde(default)]
    pub(crate) glibc_on_musl: bool,
}

/// Which root certificates a client trusts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientRoots {
    #[serde(rename = "crate")]
    krate: String,
    versions: Option<String>,
    /// Dependencies with which it trusts those of the image.
    pub(crate) system: Vec<String>,
    /// Dependencies that bring some.
    #[serde(default)]
    pub(crate) bundled: Vec<String>,
    /// The dependency with which it cannot be made without any.
    pub(crate) at_once: Option<String>,
}

/// A library of the system that a crate loads when the program starts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Library {
    /// `libpq`.
    pub(crate) name: String,
    /// The crate that binds it.
    #[serde(rename = "crate")]
    pub(crate) krate: String,
    /// The dependencies of that crate with which it is linked in.
    pub(crate) linked_by: Vec<String>,
    /// Packages that bring it, themselves or with what they depend on.
    packages: Vec<String>,
    /// Packages with which it does not come.
    without: Vec<String>,
    lacking: Vec<Releases>,
    /// Images that have it.
    #[serde(default)]
    having: Vec<Releases>,
}

/// Images, and releases of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    image: Vec<String>,
    /// By the version of glibc; all of them where it is empty.
    #[serde(default)]
    glibc: Vec<String>,
}

/// The libraries of the system that are known.
pub(crate) fn libraries() -> &'static [Library] {
    &known().library
}

impl Library {
    /// Whether a package brings it; `None` where that is not known.
    pub(crate) fn comes_with(&self, package: &str) -> Option<bool> {
        let is_of = |list: &[String]| list.iter().any(|pattern| matches(pattern, package));
        if is_of(&self.packages) { Some(true) } else { is_of(&self.without).then_some(false) }
    }

    /// Whether a base has it; `None` where that is not known.
    pub(crate) fn is_in(&self, image: &ImageRef) -> Option<bool> {
        let name = official_name(image);
        let libc = base(image).and_then(|base| base.libc(image));
        let is_release = |texts: &[String]| match libc {
            _ if texts.is_empty() => true,
            Some(Libc::Glibc(glibc)) if !glibc.or_newer => {
                texts.iter().any(|text| version(text) == Some(glibc.version))
            }
            _ => false,
        };
        let fits =
            |it: &Releases| it.image.iter().any(|pattern| matches(pattern, &name)) && is_release(&it.glibc);
        if self.lacking.iter().any(fits) { Some(false) } else { self.having.iter().any(fits).then_some(true) }
    }
}

/// Whether it is known which root certificates a client of this crate trusts.
pub(crate) fn is_client(krate: &str) -> bool {
    known().client.iter().any(|client| client.krate == krate)
}

/// Which root certificates a client of this crate trusts.
pub(crate) fn client_roots(krate: &str, version: &str) -> Option<&'static ClientRoots> {
    let version = semver::Version::parse(version).ok()?;
    known().client.iter().find(|client| {
        let holds = |versions: &String| {
            semver::VersionReq::parse(versions).is_ok_and(|versions| versions.matches(&version))
        };
        client.krate == krate && client.versions.as_ref().is_none_or(holds)
    })
}

/// What is known of an image.
pub(crate) fn base(image: &ImageRef) -> Option<&'static Base> {
    let name = official_name(image);
    let tag = image.tag.as_deref().unwrap_or("latest");
    known().base.iter().find(|base| {
        let of_tag = base.tag.is_empty() || base.tag.iter().any(|pattern| matches(pattern, tag));
        of_tag && base.name.iter().any(|pattern| matches(pattern, &name))
    })
}

/// What is known of a package. `None` says that it may bring anything.
pub(crate) fn package(name: &str) -> Option<&'static Package> {
    known().package.iter().find(|package| package.name.iter().any(|pattern| matches(pattern, name)))
}

/// Whether a command in `RUN` brings nothing that is asked for.
pub(crate) fn is_harmless(command: &str) -> bool {
    known().harmless.iter().any(|name| name == command)
}

/// Whether it is known of every base whether it has a program of this name.
pub(crate) fn is_asked_for(program: &str) -> bool {
    let is_it = |name: &String| name == program;
    let known = known();
    known.programs.iter().flat_map(|group| &group.of).any(is_it)
        || known.package.iter().flat_map(|package| &package.programs).any(is_it)
        || known.base.iter().filter_map(|base| base.programs.as_ref()).flatten().any(is_it)
}

/// Whether a glibc between these, the newer included, brought symbols that programs of Rust take.
pub(crate) fn breaks_between(older: (u32, u32), newer: (u32, u32)) -> bool {
    known().breaks.iter().filter_map(|text| version(text)).any(|at| at > older && at <= newer)
}

impl Base {
    /// Whether it has a program; `None` where that is not known.
    pub(crate) fn has(&self, program: &str) -> Option<bool> {
        let programs = self.programs.as_ref()?;
        let in_group = |name: &String| {
            let group = known().programs.iter().find(|group| group.name == *name);
            group.map_or(name == program, |group| group.of.iter().any(|name| name == program))
        };
        let has = programs.iter().any(in_group);
        (has || is_asked_for(program)).then_some(has)
    }

    /// The C library of an image of this kind.
    pub(crate) fn libc(&self, image: &ImageRef) -> Option<Libc> {
        let found = match self.libc.as_deref() {
            Some("musl") => return Some(Libc::Musl),
            Some("none") => return Some(Libc::None),
            Some(text) => Glibc { version: version(text.strip_prefix("glibc ")?)?, or_newer: self.newer },
            None => self.release(image)?,
        };
        // A digest fixes what a moving tag meant on some day.
        (image.digest.is_none() || !found.or_newer).then_some(Libc::Glibc(found))
    }

    fn release(&self, image: &ImageRef) -> Option<Glibc> {
        let tag = image.tag.as_deref().unwrap_or("latest");
        if let Some(of) = self.in_name.as_deref() {
            let word = image.name().rsplit_once(of).map(|(_, word)| word);
            return match word {
                Some(word) => glibc_of(of, word),
                None => Some(Glibc { version: version("2.36")?, or_newer: true }),
            };
        }
        let of = self.release.as_deref()?;
        let parts = || tag.split(['-', '_']);
        let is_number = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
        // `bookworm-slim`, `1.90-slim-bookworm`; numbers are of the image itself.
        if let Some(found) = parts()
            .filter(|part| !is_number(part) && *part != "latest" && *part != "stable")
            .find_map(|part| glibc_of(of, part))
        {
            return Some(found);
        }
        if self.rust {
            return rust_default(of, tag);
        }
        if self.roots.is_none() && self.programs.is_none() {
            return None;
        }
        let first = parts().next()?;
        glibc_of(of, first).or_else(|| {
            let major = first.split('.').next().unwrap_or_default();
            is_number(&first).then(|| glibc_of(of, major)).flatten()
        })
    }
}

/// What an image of Rust is built on whose tag does not say it: `1.80-slim`, `latest-rust-1.80.1`, `nightly`.
fn rust_default(of: &str, tag: &str) -> Option<Glibc> {
    let versioned = tag.rsplit_once("rust-").map_or(tag, |(_, version)| version);
    let text = versioned.split('-').next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = text.split('.').map(|number| number.parse().ok()).collect();
    match numbers.as_deref() {
        // `1.71` is its newest patch.
        Some([major, minor, rest @ ..]) => {
            let stated = (*major, *minor, rest.first().copied().unwrap_or(u32::MAX));
            let default = known().rust.iter().find(|default| stated >= triple(&default.since))?;
            glibc_of(of, &default.release)
        }
        _ => {
            let newest = glibc_of(of, &known().rust.first()?.release)?;
            Some(Glibc { or_newer: true, ..newest })
        }
    }
}

fn triple(text: &str) -> (u32, u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

fn glibc_of(distribution: &str, word: &str) -> Option<Glibc> {
    let release = known()
        .release
        .iter()
        .find(|release| release.of == distribution && release.word.iter().any(|own| own == word))?;
    Some(Glibc { version: version(&release.glibc)?, or_newer: release.newer })
}

pub(crate) fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn known() -> &'static File {
    static KNOWN: LazyLock<File> = LazyLock::new(|| super::parsed(FILE));
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<&'static Base> {
        base(&ImageRef::parse(text).expect("the reference is valid"))
    }

    #[test]
    fn the_c_library_of_an_image() {
        let glibc = |minor, or_newer| Some(Libc::Glibc(Glibc { version: (2, minor), or_newer }));
        let cases = [
            ("debian:bookworm-slim", glibc(36, false)),
            ("debian:12.5", glibc(36, false)),
            ("debian:trixie-20260713-slim", glibc(41, false)),
            ("debian:sid-slim", glibc(41, true)),
            ("debian", glibc(41, true)),
            ("debian:stable-slim", glibc(41, true)),
            ("debian:stable-slim@sha256:00", None),
            ("debian:bookworm-slim@sha256:00", glibc(36, false)),
            ("ubuntu:22.04", glibc(35, false)),
            ("ubuntu:noble-20260730", glibc(39, false)),
            ("ubuntu", glibc(39, true)),
            ("rust:1.80", glibc(36, false)),
            ("rust:1.71", glibc(36, false)),
            ("rust:1.71.0-slim", glibc(31, false)),
            ("rust:1.93-slim", glibc(41, false)),
            ("rust:1.93-slim-bookworm", glibc(36, false)),
            ("rust:latest", glibc(41, true)),
            ("rust:1", glibc(41, true)),
            ("rust:slim-bullseye", glibc(31, false)),
            ("rust:1.90-alpine3.22", Some(Libc::Musl)),
            ("rust:1.10", None),
            ("lukemathwalker/cargo-chef:latest-rust-1.80.1", glibc(36, false)),
            ("lukemathwalker/cargo-chef:0.1.73-rust-1.91.1-trixie", glibc(41, false)),
            ("lukemathwalker/cargo-chef:latest-rust-1.93-alpine", Some(Libc::Musl)),
            ("gcr.io/distroless/cc-debian12:nonroot", glibc(36, false)),
            ("gcr.io/distroless/cc", glibc(36, true)),
            ("gcr.io/distroless/static-debian12", Some(Libc::None)),
            ("gcr.io/distroless/base-debian11", glibc(31, false)),
            ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", glibc(34, false)),
            ("rockylinux:9.3", glibc(34, false)),
            ("rockylinux:9-minimal", glibc(34, false)),
            ("amazonlinux:2023", glibc(34, false)),
            ("fedora:41", glibc(40, false)),
            ("alpine:3.22", Some(Libc::Musl)),
            ("node:24-trixie-slim", glibc(41, false)),
            ("node:24", None),
            ("busybox:stable", None),
        ];
        for (image, libc) in cases {
            let reference = ImageRef::parse(image).expect("the reference is valid");
            assert_eq!(of(image).and_then(|base| base.libc(&reference)), libc, "{image}");
        }
    }

    #[test]
    fn the_programs_of_an_image() {
        let has = |image: &str, program: &str| of(image).and_then(|base| base.has(program));
        assert_eq!(has("debian:12", "curl"), Some(false));
        assert_eq!(has("debian:12", "sh"), Some(true));
        assert_eq!(has("debian:12", "pgrep"), Some(false));
        assert_eq!(has("debian:12", "grpc_health_probe"), None);
        assert_eq!(has("alpine:3.22", "wget"), Some(true));
        assert_eq!(has("alpine:3.22", "curl"), Some(false));
        assert_eq!(has("alpine:3.22", "bash"), Some(false));
        assert_eq!(has("gcr.io/distroless/cc-debian12", "sh"), Some(false));
        assert_eq!(has("gcr.io/distroless/cc-debian12:debug", "wget"), Some(true));
        assert_eq!(has("node:24-slim", "curl"), None);
    }

    #[test]
    fn a_newer_glibc_matters_where_it_brought_symbols() {
        assert!(breaks_between((2, 36), (2, 41)));
        assert!(breaks_between((2, 31), (2, 36)));
        assert!(!breaks_between((2, 39), (2, 41)));
        assert!(!breaks_between((2, 35), (2, 36)));
    }
}
