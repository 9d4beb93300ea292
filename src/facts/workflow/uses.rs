//! What a `uses:` refers to. Only the text is read; whether the commit exists is not for an offline tool.

/// The target of a `uses:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Uses {
    /// A path within the repository, `./` or `$/` included.
    Local(String),
    /// An image, without `docker://`.
    Docker(String),
    Action {
        owner: String,
        repo: String,
        /// Below the repository's root, without a leading slash; empty for the root itself.
        path: String,
        /// What follows the `@`.
        reference: Option<String>,
    },
    /// An expression, or no form that GitHub knows.
    Dynamic,
}

pub(crate) fn parse_uses(text: &str) -> Uses {
    let text = text.trim();
    if let Some(image) = text.strip_prefix("docker://") {
        return Uses::Docker(image.to_owned());
    }
    if text.contains("${{") {
        return Uses::Dynamic;
    }
    // `$/` is the repository of the workflow itself, at the commit that runs.
    if ["./", "../", "$/"].iter().any(|start| text.starts_with(start)) {
        return Uses::Local(text.to_owned());
    }
    // Neither an owner nor a repository may hold an `@`, a tag may (`a/b@scope/name@1.0`).
    let (target, reference) = match text.split_once('@') {
        Some((target, reference)) => (target, Some(reference)),
        None => (text, None),
    };
    let mut parts = target.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(owner), Some(repo), path) if !owner.is_empty() && !repo.is_empty() => Uses::Action {
            owner: owner.to_owned(),
            repo: repo.to_owned(),
            path: path.unwrap_or_default().trim_matches('/').to_owned(),
            reference: reference.filter(|reference| !reference.is_empty()).map(str::to_owned),
        },
        _ => Uses::Dynamic,
    }
}

/// Whether a reference is a full commit id, of SHA-1 or SHA-256. An abbreviated one can be taken by a tag.
pub(crate) fn is_commit_sha(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_apart() {
        let action = |owner: &str, repo: &str, path: &str, reference: Option<&str>| Uses::Action {
            owner: owner.to_owned(),
            repo: repo.to_owned(),
            path: path.to_owned(),
            reference: reference.map(str::to_owned),
        };
        for (text, expected) in [
            ("actions/checkout@v4", action("actions", "checkout", "", Some("v4"))),
            (" a/b@v1 ", action("a", "b", "", Some("v1"))),
            ("a/b/c/d@main", action("a", "b", "c/d", Some("main"))),
            ("o/r/.github/workflows/x.yml@main", action("o", "r", ".github/workflows/x.yml", Some("main"))),
            ("a/b", action("a", "b", "", None)),
            ("a/b@", action("a", "b", "", None)),
            ("a/b@@scope/name@1", action("a", "b", "", Some("@scope/name@1"))),
            ("./.github/actions/x", Uses::Local("./.github/actions/x".to_owned())),
            ("$/.github/actions/x", Uses::Local("$/.github/actions/x".to_owned())),
            ("docker://alpine:3.20", Uses::Docker("alpine:3.20".to_owned())),
            ("${{ matrix.action }}", Uses::Dynamic),
            ("checkout@v4", Uses::Dynamic),
            ("/x@v1", Uses::Dynamic),
            ("", Uses::Dynamic),
        ] {
            assert_eq!(parse_uses(text), expected, "{text}");
        }
    }

    #[test]
    fn only_a_full_id_is_a_commit() {
        for (text, expected) in [
            ("8e5e7e5ab8b370d6c329ec480221332ada57f0ab", true),
            ("8E5E7E5AB8B370D6C329EC480221332ADA57F0AB", true),
            ("8e5e7e5", false),
            ("ge5e7e5ab8b370d6c329ec480221332ada57f0ab", false),
            ("v4", false),
        ] {
            assert_eq!(is_commit_sha(text), expected, "{text}");
        }
        assert!(is_commit_sha(&"a".repeat(64)));
        assert!(!is_commit_sha(&"a".repeat(41)));
    }
}
