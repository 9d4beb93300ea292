//! Which versions of Kubernetes' APIs are gone: `rules/knowledge/kubernetes.toml`, made easy to ask.

use std::sync::LazyLock;

use serde::Deserialize;

/// The file, below `rules/`. Its form is another than that of the files about crates.
pub(super) const FILE: &str = "knowledge/kubernetes.toml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// For the reader.
    #[serde(rename = "source")]
    _source: String,
    removed: Vec<Removed>,
}

/// Kinds that clusters do not serve any more under these versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removed {
    api: Vec<String>,
    kind: Vec<String>,
    /// The release that was the first without.
    pub(crate) since: String,
    /// The version that is served, if there is any.
    pub(crate) instead: Option<String>,
}

/// Whether a kind is gone under a version.
pub(crate) fn removed(api_version: &str, kind: &str) -> Option<&'static Removed> {
    static KNOWN: LazyLock<File> = LazyLock::new(|| super::parsed(FILE));
    let is_it =
        |it: &&Removed| it.api.iter().any(|api| api == api_version) && it.kind.iter().any(|own| own == kind);
    KNOWN.removed.iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::removed;

    #[test]
    fn versions_that_are_gone() {
        let since = |api, kind| removed(api, kind).map(|it| it.since.as_str());
        assert_eq!(since("extensions/v1beta1", "Deployment"), Some("1.16"));
        assert_eq!(since("extensions/v1beta1", "Ingress"), Some("1.22"));
        assert_eq!(since("policy/v1beta1", "PodDisruptionBudget"), Some("1.25"));
        assert_eq!(since("apps/v1", "Deployment"), None);
        // Another project's.
        assert_eq!(since("networking.istio.io/v1beta1", "Gateway"), None);
    }
}
