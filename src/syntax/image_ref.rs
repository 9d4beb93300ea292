//! References to container images: their parts, and whether they stay the same image.
//!
//! Responsible for the grammar of a reference and for telling a version from a name that moves. Whether a
//! moving image matters is a rule's affair.

mod floating;

use std::fmt;

pub(crate) use floating::Floating;

/// `registry/repository:tag@digest`, as written: nothing is filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ImageRef {
    /// With its port. `None` is the default registry, `docker.io`.
    pub(crate) registry: Option<String>,
    /// The path without registry and tag: `library/debian`, `debian`, `team/app`.
    pub(crate) repository: String,
    pub(crate) tag: Option<String>,
    /// With its algorithm: `sha256:…`.
    pub(crate) digest: Option<String>,
}

/// The names under which the default registry is written.
const DEFAULT_REGISTRIES: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Registries that mirror the official images, with the path before them.
const MIRRORS: [(&str, &str); 3] = [
    ("public.ecr.aws", "docker/library/"),
    ("mirror.gcr.io", "library/"),
    ("mcr.microsoft.com", "mirror/docker/library/"),
];

impl ImageRef {
    /// Reads a reference. `None` for what no registry would take: variables, upper case, empty parts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (registry, path) = match rest.split_once('/') {
            Some((first, path)) if is_registry(first) => (Some(first), path),
            _ => (None, rest),
        };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        let valid = registry.is_none_or(is_host)
            && repository.split('/').all(is_path_component)
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        valid.then(|| Self {
            registry: registry.map(str::to_owned),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The last component of the path: `cc-debian12` of `gcr.io/distroless/cc-debian12`.
    pub(crate) fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// The name by which an image is known wherever it is pulled from: `debian` for
    /// `docker.io/library/debian` and for the known mirrors of the official images, `bitnami/redis`,
    /// `ghcr.io/team/app`.
    pub(crate) fn family(&self) -> String {
        let Some(registry) = self.registry.as_deref() else { return official(&self.repository).to_owned() };
        if DEFAULT_REGISTRIES.contains(&registry) {
            return official(&self.repository).to_owned();
        }
        let mirrored = MIRRORS.iter().find_map(|(mirror, path)| {
            (*mirror == registry).then(|| self.repository.strip_prefix(path)).flatten()
        });
        mirrored.map_or_else(|| format!("{registry}/{}", self.repository), str::to_owned)
    }

    /// How the reference can come to mean another image; `None` when it names a version or a digest.
    pub(crate) fn floating(&self) -> Option<Floating> {
        floating::floating(self)
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(registry) = &self.registry {
            write!(f, "{registry}/")?;
        }
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn official(repository: &str) -> &str {
    repository.strip_prefix("library/").unwrap_or(repository)
}

/// Whether the first component of a path is a registry and not a name on the default one.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.contains(|c: char| c.is_ascii_uppercase())
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    !host.is_empty()
        && host.chars().all(label)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_path_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// An algorithm and its value. The length is not checked: a shortened digest is still no version that moves.
fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, value)| {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '_' | '-');
        algorithm.starts_with(|c: char| c.is_ascii_alphabetic())
            && algorithm.chars().all(name)
            && !value.is_empty()
            && value.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_reference() {
        let cases = [
            ("debian", (None, "debian", None, None)),
            ("debian:12", (None, "debian", Some("12"), None)),
            ("team/app:1.2", (None, "team/app", Some("1.2"), None)),
            ("docker.io/library/debian:12", (Some("docker.io"), "library/debian", Some("12"), None)),
            ("localhost/app", (Some("localhost"), "app", None, None)),
            ("localhost:5000/team/app", (Some("localhost:5000"), "team/app", None, None)),
            ("localhost:5000/a/b:1.2", (Some("localhost:5000"), "a/b", Some("1.2"), None)),
            ("[::1]:5000/a:b", (Some("[::1]:5000"), "a", Some("b"), None)),
            ("a@sha256:0ef2", (None, "a", None, Some("sha256:0ef2"))),
            ("r.io/a:1@sha256:0ef2", (Some("r.io"), "a", Some("1"), Some("sha256:0ef2"))),
            ("gcr.io/distroless/cc-debian12", (Some("gcr.io"), "distroless/cc-debian12", None, None)),
        ];
        for (text, (registry, repository, tag, digest)) in cases {
            let image = ImageRef::parse(text).expect("the reference is valid");
            assert_eq!(image.registry.as_deref(), registry, "{text}");
            assert_eq!(image.repository, repository, "{text}");
            assert_eq!(image.tag.as_deref(), tag, "{text}");
            assert_eq!(image.digest.as_deref(), digest, "{text}");
            assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn what_no_registry_takes() {
        let bad = [
            "",
            ":1",
            "debian:",
            "debian@",
            "debian@sha256",
            "Debian",
            "a//b",
            "/a",
            "a/",
            "${IMAGE}",
            "a:$TAG",
            "a b",
            "{{ .Values.image }}",
            "a:b:c",
            "r.io:port/a",
            "-a",
            "a:-b",
            "a@sha256:xyz",
            "é",
        ];
        for text in bad {
            assert_eq!(ImageRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_families() {
        let cases = [
            ("debian", "debian", "debian"),
            ("library/debian:12", "debian", "debian"),
            ("docker.io/library/rust:1.80", "rust", "rust"),
            ("index.docker.io/bitnami/redis", "redis", "bitnami/redis"),
            ("public.ecr.aws/docker/library/rust:1", "rust", "rust"),
            ("ghcr.io/team/app:1", "app", "ghcr.io/team/app"),
        ];
        for (text, name, family) in cases {
            let image = ImageRef::parse(text).expect("the reference is valid");
            assert_eq!((image.name(), image.family().as_str()), (name, family), "{text}");
        }
    }
}
