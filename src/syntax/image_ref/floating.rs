//! Which tags move: a tag is a promise by name, and only some names promise a version.
//!
//! Knows how versions, dates, commits and the releases of distributions are written. It does not know which
//! tags exist, and a registry can move any of them; only a digest is fixed.

use super::ImageRef;

/// How a reference can come to mean another image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Floating {
    /// Neither tag nor digest, which means `latest`.
    NoTag,
    /// `latest`, `latest-alpine`, `alpine-latest`.
    Latest,
    /// A tag that names a channel, a branch, a variant or a first major version, but no release.
    Moving,
}

/// Tags that name a channel or a branch. A number after one (`stable-2`) does not make a release of it; a
/// version, a date or a commit (`nightly-2024-01-01`) does.
const CHANNELS: [&str; 28] = [
    "alpha",
    "beta",
    "branch",
    "canary",
    "current",
    "dev",
    "devel",
    "develop",
    "development",
    "edge",
    "head",
    "lts",
    "main",
    "mainline",
    "master",
    "next",
    "nightly",
    "preview",
    "rawhide",
    "release",
    "rolling",
    "sid",
    "snapshot",
    "stable",
    "staging",
    "testing",
    "trunk",
    "unstable",
];

/// Distributions whose number or codename is the release of the image itself. For every other image such a
/// word says only what it was built on.
const DISTRIBUTIONS: [&str; 16] = [
    "almalinux",
    "alpine",
    "amazonlinux",
    "bitnami/minideb",
    "buildpack-deps",
    "centos",
    "debian",
    "fedora",
    "mcr.microsoft.com/windows/nanoserver",
    "mcr.microsoft.com/windows/server",
    "mcr.microsoft.com/windows/servercore",
    "opensuse/leap",
    "oraclelinux",
    "photon",
    "rockylinux",
    "ubuntu",
];

/// Codenames of the releases of Debian (<https://www.debian.org/releases/>) and Ubuntu
/// (<https://wiki.ubuntu.com/Releases>).
const CODENAMES: [&str; 19] = [
    "bionic", "bookworm", "bullseye", "buster", "focal", "forky", "jammy", "jessie", "lunar", "mantic",
    "noble", "oracular", "plucky", "questing", "resolute", "stretch", "trixie", "trusty", "xenial",
];

/// Words before a number that say what an image was built on: `alpine3.20`, `debian12`, `ltsc2022`.
const VARIANTS: [&str; 14] = [
    "al",
    "alpine",
    "amazonlinux",
    "debian",
    "el",
    "fc",
    "fedora",
    "glibc",
    "ltsc",
    "musl",
    "rocky",
    "ubi",
    "ubuntu",
    "windowsservercore",
];

/// Architectures, whose digits are no version.
const ARCHITECTURES: [&str; 20] = [
    "386", "aarch64", "amd64", "arm32v5", "arm32v6", "arm32v7", "arm64", "arm64v8", "armhf", "armv6",
    "armv7", "i386", "i686", "mips64le", "ppc64le", "riscv64", "s390x", "x64", "x86", "x86_64",
];

/// Words that a number of one digit may follow and be a release: `v2`, `pg9`, `jdk8`. Behind any other word it may
/// be part of a name (`oauth2`, `s3`).
const VERSIONED: [&str; 16] = [
    "build", "go", "java", "jdk", "jre", "net", "node", "pg", "php", "py", "python", "r", "rc", "rel",
    "ruby", "v",
];

pub(super) fn floating(image: &ImageRef) -> Option<Floating> {
    if image.digest.is_some() {
        return None;
    }
    let Some(tag) = &image.tag else { return Some(Floating::NoTag) };
    let tag = tag.to_ascii_lowercase();
    let parts: Vec<&str> = tag.split(['-', '_']).filter(|part| !part.is_empty()).collect();
    // `latest-rust-1.80`: the newest packaging of a version that is named. `latest-pg16` names none.
    let names_version = || parts.iter().any(|part| counts(part, false) && number_of(part) == Number::Version);
    if parts.contains(&"latest") {
        return (!names_version()).then_some(Floating::Latest);
    }
    (!is_release(image, &tag, &parts)).then_some(Floating::Moving)
}

fn is_release(image: &ImageRef, tag: &str, parts: &[&str]) -> bool {
    let family = image.family();
    let distribution = DISTRIBUTIONS.contains(&family.as_str());
    if distribution && parts.iter().any(|part| CODENAMES.contains(part)) {
        return true;
    }
    if has_date(tag) || parts.iter().any(|part| is_commit(part)) {
        return true;
    }
    // `x86_64` was split in two with the rest of the tag.
    let without_architecture = tag.replace("x86_64", "amd64");
    let mut counted =
        without_architecture.split(['-', '_']).filter(|part| counts(part, distribution)).map(number_of);
    if parts.first().is_some_and(|first| CHANNELS.contains(first)) {
        return counted.any(|number| number == Number::Version);
    }
    // A lone number of two digits is the release itself (`postgres:16`, `node:22`), one of a single digit the line of all
    // releases that begin so (`rust:1`, `redis:7`, `mysql:8`), but for distributions (`almalinux:9`). The official images write it without a `v`, so that `v1` is a project's own first release, and
    // pinned on purpose.
    counted.any(|number| match number {
        Number::Version | Number::Major | Number::Lone(10..) => true,
        Number::Lone(2..) => distribution,
        Number::Lone(_) | Number::None => false,
    })
}

/// Whether the numbers in a part of a tag belong to the image and not to what it was built on.
fn counts(part: &str, distribution: bool) -> bool {
    let word = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    !ARCHITECTURES.contains(&part) && (distribution || !VARIANTS.contains(&word))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    None,
    /// One number: the largest of the part.
    Lone(u64),
    /// One number behind a word that says of what: `v2`, `pg16`.
    Major,
    /// Two or more numbers with points between.
    Version,
}

/// The number that a part of a tag holds: `v1.2.3`, `1.75`, `16`, `pg16`, `1.20rc1`. The digits of a name are none:
/// `e2e`, `k8s`, `oauth2`.
fn number_of(part: &str) -> Number {
    if part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    {
        return Number::Major;
    }
    let word = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (letters, digits) = part.split_at(part.len() - word.len());
    let ends_in_number = digits.len() > 1 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !letters.is_empty() && !ends_in_number && !VERSIONED.contains(&letters);
    let mut found = Number::None;
    for run in part.split(|c: char| !c.is_ascii_digit() && c != '.') {
        let digits = run.trim_matches('.');
        if digits.contains('.') {
            return Number::Version;
        }
        // More digits than fit are a build number or a timestamp.
        if !digits.is_empty() && !is_name {
            let number = digits.parse().unwrap_or(u64::MAX);
            found = match found {
                Number::Lone(other) => Number::Lone(number.max(other)),
                _ => Number::Lone(number),
            };
        }
    }
    // A word says what the number is of: `pg9`, `jdk8`.
    if matches!(found, Number::Lone(_)) && !letters.is_empty() { Number::Major } else { found }
}

/// `2024-01-01`, `20240101`, `2024.01.01`, wherever it stands.
fn has_date(tag: &str) -> bool {
    let pattern: String = tag.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    ["0000-00-00", "0000.00.00", "0000_00_00", "00000000"].iter().any(|date| pattern.contains(date))
}

/// Seven to forty hexadecimal digits. Short ones without a decimal digit could be a word.
fn is_commit(part: &str) -> bool {
    (7..=40).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (part.len() >= 12 || part.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Option<Floating>, images: &[&str]) {
        for text in images {
            let image = ImageRef::parse(text).expect("the reference is valid");
            assert_eq!(image.floating(), expected, "{text}");
        }
    }

    #[test]
    fn releases() {
        check(
            None,
            &[
                "lukemathwalker/cargo-chef:latest-rust-1.80.1",
                "debian:12",
                "debian:bookworm",
                "debian:bookworm-slim",
                "debian:bookworm-20240101-slim",
                "debian:12.5",
                "ubuntu:24.04",
                "ubuntu:noble",
                "postgres:16",
                "postgres:16-alpine",
                "fedora:40",
                "almalinux:9",
                "alpine:3.19",
                "rust:1.75",
                "rust:1.75-slim-bookworm",
                "rust:1.80-alpine3.20",
                "node:20",
                "node:20-bookworm-slim",
                "golang:1.22",
                "app:v1.2.3",
                "app:2024-01-01",
                "app:20240101",
                "app:1.2.3-rc.1",
                "minio/minio:RELEASE.2024-05-01T01-11-10Z",
                "app:3f2a9bc",
                "app:sha-3f2a9bc",
                "app:main-3f2a9bc",
                "rustlang/rust:nightly-2024-01-01",
                "pgvector/pgvector:pg16",
                "traefik:v3",
                "mcr.microsoft.com/windows/nanoserver:ltsc2022",
                "docker.io/library/debian:trixie",
                "busybox:buildroot-2014.02",
                "openjdk:jdk17",
                "rust@sha256:0ef2",
                "rust:latest@sha256:0ef2",
                "app:1.20rc1",
                "nginx:stable-1.26",
                "app:1.2.3_amd64",
                "team/app:v1",
                "ghcr.io/team/app:v1-alpine",
                "ghcr.io/team/app:v0",
                "app:php8",
                "app:8u402",
                "app:release-2024.01.01",
                "app:develop-3f2a9bc",
            ],
        );
    }

    #[test]
    fn without_a_tag_or_latest() {
        check(Some(Floating::NoTag), &["debian", "localhost:5000/team/app", "gcr.io/distroless/cc-debian12"]);
        check(
            Some(Floating::Latest),
            &[
                "debian:latest",
                "nginx:latest-alpine",
                "app:alpine-latest",
                "gcr.io/distroless/cc-debian12:latest",
                "timescale/timescaledb:latest-pg16",
            ],
        );
    }

    #[test]
    fn moving_tags() {
        check(
            Some(Floating::Moving),
            &[
                "rust:1",
                "rust:1-slim",
                "redis:7",
                "mysql:8",
                "python:3-slim",
                "gcr.io/distroless/cc-debian12:nonroot",
                "rust:1-bookworm",
                "rust:bookworm",
                "rust:slim",
                "rust:slim-bookworm",
                "rust:alpine",
                "rust:alpine3.20",
                "node:lts",
                "node:lts-alpine3.19",
                "node:bookworm",
                "python:slim",
                "debian:stable",
                "debian:stable-slim",
                "debian:sid",
                "ubuntu:rolling",
                "alpine:edge",
                "app:main",
                "app:master",
                "app:nightly",
                "app:dev",
                "redis:e2e",
                "app:develop",
                "app:k8s",
                "app:oauth2",
                "app:e2e-tests",
                "app:x86",
                "app:edge",
                "app:prod",
                "team/app:1",
                "app:stable-2",
                "app:production",
                "nginx:stable-alpine3.19",
                "rustlang/rust:nightly-bookworm",
                "messense/rust-musl-cross:x86_64-musl",
                "gcr.io/distroless/static:nonroot",
                "app:feature",
                "app:amd64",
                "app:arm64v8",
                "app:0",
            ],
        );
    }
}
