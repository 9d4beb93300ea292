//! Which Rust the repository is built with: every place that says so, what the services need at least, and where these
//! contradict each other.

use super::Project;
use crate::span::Span;

/// A Rust version, as far as it is written: `1.80` has no patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: Option<u32>,
}

/// Who names a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    BuilderImage,
    ToolchainFile,
    CiJob,
}

/// A place that names the version that something is built with.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) place: Place,
    /// As written.
    pub(crate) text: String,
    pub(crate) span: Span,
    /// `None` for what floats, and so agrees with anything.
    version: Option<Version>,
}

/// The version that the services need at least.
#[derive(Clone, Debug)]
pub(crate) struct Needed {
    /// What needs it: `edition 2024`.
    pub(crate) by: String,
    pub(crate) span: Span,
    version: Version,
}

/// What the repository says of its toolchain.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// Images first, then toolchain files, then jobs; no place twice.
    pub(crate) stated: Vec<Stated>,
    pub(crate) needed: Option<Needed>,
}

/// Two places that contradict each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contradiction<'t> {
    /// It cannot build what needs more.
    TooOld(&'t Stated, &'t Needed),
    /// The image is built with another version than the toolchain file names.
    Differs(&'t Stated, &'t Stated),
}

impl Toolchain {
    pub(crate) fn of(project: &Project<'_>) -> Self {
        let mut stated: Vec<Stated> = Vec::new();
        let mut add = |place: Place, text: &str, span: Span, version: Option<Version>| {
            // Two images may be built from one stage.
            if stated.iter().all(|known| known.span != span) {
                stated.push(Stated { place, text: text.to_owned(), span, version });
            }
        };
        let images = project.images.iter().filter(|image| !image.is_aside);
        for (text, span) in images.flat_map(|image| &image.rust_versions) {
            add(Place::BuilderImage, text, *span, Version::parse(text));
        }
        for (text, span) in &project.repository.channels {
            add(Place::ToolchainFile, text, *span, Version::parse(text));
        }
        for pipeline in &project.pipelines {
            for job in &pipeline.jobs {
                for toolchain in &job.toolchains {
                    // A matrix tests several versions on purpose.
                    let version = Version::parse(&toolchain.value).filter(|_| !job.has_matrix);
                    add(Place::CiJob, &toolchain.value, toolchain.span(pipeline.file), version);
                }
            }
        }
        Self { stated, needed: needed(project) }
    }

    /// How many places say something, those that agree with anything included.
    pub(crate) fn places(&self) -> usize {
        self.stated.len() + usize::from(self.needed.is_some())
    }

    pub(crate) fn contradictions(&self) -> Vec<Contradiction<'_>> {
        let is_too_old = |stated: &Stated| {
            self.needed
                .as_ref()
                .filter(|needed| stated.version.is_some_and(|own| own.is_older_than(needed.version)))
        };
        let too_old = self.stated.iter().filter_map(|own| Some(Contradiction::TooOld(own, is_too_old(own)?)));
        let of = |place: Place| self.stated.iter().filter(move |stated| stated.place == place);
        let differs =
            of(Place::BuilderImage).filter(|image| is_too_old(image).is_none()).filter_map(|image| {
                let version = image.version?;
                let other = of(Place::ToolchainFile)
                    .find(|file| file.version.is_some_and(|other| version.differs_from(other)))?;
                Some(Contradiction::Differs(image, other))
            });
        too_old.chain(differs).collect()
    }
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BuilderImage => "builder image",
            Self::ToolchainFile => "toolchain file",
            Self::CiJob => "CI job",
        }
    }
}

/// `rust-version`, or what the edition needs (<https://doc.rust-lang.org/edition-guide/>).
fn needed(project: &Project<'_>) -> Option<Needed> {
    let repository = &project.repository;
    let by_version = repository.rust_versions.iter().filter_map(|(text, span)| {
        let version = Version::parse(text)?;
        Some(Needed { by: format!("`rust-version = \"{text}\"`"), span: *span, version })
    });
    let by_edition = repository.editions.iter().filter_map(|(text, span)| {
        let minor = match text.as_str() {
            "2024" => 85,
            "2021" => 56,
            "2018" => 31,
            _ => return None,
        };
        let version = Version { major: 1, minor, patch: None };
        Some(Needed { by: format!("edition {text}"), span: *span, version })
    });
    let key =
        |needed: &Needed| (needed.version.major, needed.version.minor, needed.version.patch.unwrap_or(0));
    by_version.chain(by_edition).max_by_key(key)
}

impl Version {
    /// `1.80`, `1.80.1`; `stable` and `nightly-2024-01-01` are no versions.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        let digits = |patch: &str| patch.chars().take_while(char::is_ascii_digit).collect::<String>();
        Some(Self { major, minor, patch: parts.next().and_then(|patch| digits(patch).parse().ok()) })
    }

    fn is_older_than(self, least: Self) -> bool {
        match (self.major, self.minor).cmp(&(least.major, least.minor)) {
            // An image `1.80` is the newest patch of it.
            std::cmp::Ordering::Equal => {
                matches!((self.patch, least.patch), (Some(own), Some(least)) if own < least)
            }
            order => order.is_lt(),
        }
    }

    fn differs_from(self, other: Self) -> bool {
        (self.major, self.minor) != (other.major, other.minor)
            || matches!((self.patch, other.patch), (Some(own), Some(other)) if own != other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_far_as_they_are_written() {
        let of = |text: &str| Version::parse(text).expect("a version");
        for (own, least, is_older) in [
            ("1.79", "1.80", true),
            ("1.80", "1.80.1", false),
            ("1.80.0", "1.80.1", true),
            ("1.80.1", "1.80", false),
            ("1.85.0", "1.80", false),
        ] {
            assert_eq!(of(own).is_older_than(of(least)), is_older, "{own} {least}");
        }
        assert!(!of("1.80").differs_from(of("1.80.1")));
        assert!(of("1.80.0").differs_from(of("1.80.1")));
        assert_eq!(Version::parse("stable"), None);
        assert_eq!(Version::parse("nightly-2024-01-01"), None);
    }
}
