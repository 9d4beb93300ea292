//! `kustomization.yaml`: what it is made of, and whether it changes that.

use crate::syntax::yaml::{self, Ref};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kustomization {
    /// The files and folders that it is made of, relative to its own.
    pub(crate) resources: Vec<String>,
    /// Whether it adds to fields of those, or takes some from elsewhere.
    pub(crate) patches: bool,
}

/// The fields that change more than names, labels and images
/// (<https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>).
const PATCHES: &[&str] = &[
    "components",
    "helmCharts",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "replicas",
    "transformers",
];

pub(crate) fn kustomization(text: &str) -> Kustomization {
    let tree = yaml::parse(text);
    let mut found = Kustomization::default();
    for root in tree.roots() {
        let strings = |key| root.get(key).map(Ref::strings).unwrap_or_default();
        for key in ["resources", "bases", "components"] {
            found.resources.extend(strings(key).into_iter().map(|path| path.value));
        }
        found.patches |= PATCHES.iter().any(|key| root.get(key).is_some_and(|node| !node.is_null()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_told_from_resources() {
        let overlay = kustomization("resources: [../base]\npatches:\n- path: replicas.yaml\n");
        assert_eq!(overlay, Kustomization { resources: vec!["../base".into()], patches: true });
        let base = kustomization("resources: [app.yaml]\nimages:\n- {name: a, newTag: '1'}\npatches:\n");
        assert_eq!(base, Kustomization { resources: vec!["app.yaml".into()], patches: false });
    }
}
