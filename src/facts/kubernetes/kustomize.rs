//! `kustomization.yaml`: what it is made of, and whether it changes that.

use crate::span::At;
use crate::syntax::yaml::{self, Ref};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kustomization {
    /// The files and folders that it is made of, relative to its own.
    pub(crate) resources: Vec<String>,
    /// Whether it adds to fields of those, or takes some from elsewhere.
    pub(crate) patches: bool,
    /// The files that hold what it adds, relative to its own folder: parts of objects, no objects.
    pub(crate) patch_files: Vec<String>,
    pub(crate) errors: Vec<At<String>>,
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

pub(crate) fn extract_kustomization(text: &str) -> Kustomization {
    let tree = yaml::parse(text);
    let mut found = Kustomization::default();
    for root in tree.roots() {
        let strings = |key| root.get(key).map(Ref::strings).unwrap_or_default();
        for key in ["resources", "bases", "components"] {
            found.resources.extend(strings(key).into_iter().map(|path| path.value));
        }
        found.patches |= PATCHES.iter().any(|key| root.get(key).is_some_and(|node| !node.is_null()));
        // A patch of the older field is a path, or the patch itself.
        let older = strings("patchesStrategicMerge").into_iter().filter(|path| !path.value.contains('\n'));
        found.patch_files.extend(older.map(|path| path.value));
        let patches = ["patches", "patchesJson6902"].into_iter().filter_map(|key| root.get(key));
        let paths = patches.flat_map(Ref::items).filter_map(|patch| patch.get("path")?.str());
        found.patch_files.extend(paths.map(str::to_owned));
    }
    found.errors = tree.into_errors();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_told_from_resources() {
        let read = |text: &str| {
            let it = extract_kustomization(text);
            (it.resources, it.patches, it.patch_files, it.errors.len())
        };
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read("resources: [../base]\npatches:\n- path: replicas.yaml\n- patch: '- op: remove'\n"),
            (texts(&["../base"]), true, texts(&["replicas.yaml"]), 0)
        );
        assert_eq!(
            read("patchesStrategicMerge:\n- a.yaml\n- |-\n  kind: Deployment\n  metadata: {}\n"),
            (texts(&[]), true, texts(&["a.yaml"]), 0)
        );
        assert_eq!(
            read("resources: [app.yaml]\nimages:\n- {name: a, newTag: '1'}\npatches:\n"),
            (texts(&["app.yaml"]), false, texts(&[]), 0)
        );
        assert_eq!(read("resources: [app.yaml\n").3, 1);
    }
}
