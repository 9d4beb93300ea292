//! `kustomization.yaml`: what it is made of. What it makes of that is for `facts::kustomize`.

use crate::span::At;
use crate::syntax::yaml::{self, Ref};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kustomization {
    /// The files and folders that it is made of, relative to its own.
    pub(crate) resources: Vec<String>,
    /// Whether it only changes what others have (`kind: Component`).
    pub(crate) is_component: bool,
    /// The files that hold what it adds, relative to its own folder: parts of objects, no objects.
    pub(crate) patch_files: Vec<String>,
    pub(crate) errors: Vec<At<String>>,
    pub(crate) generators: Vec<Generator>,
}

/// A `configMapGenerator` or a `secretGenerator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generator {
    pub(crate) name: At<String>,
    pub(crate) is_secret: bool,
    pub(crate) literals: Vec<(At<String>, String)>,
    /// Files of variables, relative to the folder.
    pub(crate) env_files: Vec<String>,
    /// The names under which whole files are taken.
    pub(crate) files: Vec<At<String>>,
}

pub(crate) fn extract_kustomization(text: &str) -> Kustomization {
    let tree = yaml::parse(text);
    let mut found = Kustomization::default();
    for root in tree.roots() {
        let strings = |key| root.get(key).map(Ref::strings).unwrap_or_default();
        for key in ["resources", "bases", "components"] {
            found.resources.extend(strings(key).into_iter().map(|path| path.value));
        }
        for (key, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            let made = root.get(key).into_iter().flat_map(Ref::items);
            found.generators.extend(made.filter_map(|node| generator(node, is_secret)));
        }
        found.is_component |= root.get("kind").and_then(Ref::str) == Some("Component");
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

fn generator(node: Ref<'_>, is_secret: bool) -> Option<Generator> {
    let strings = |key| node.get(key).map(Ref::strings).unwrap_or_default();
    let pair = |literal: At<String>| {
        let (name, value) = literal.value.split_once('=')?;
        let value = value.trim_matches(['"', '\'']).to_owned();
        Some((At::new(name.to_owned(), literal.range), value))
    };
    let key = |file: At<String>| {
        let name = file.value.split_once('=').map_or(file.value.as_str(), |(name, _)| name);
        At::new(name.rsplit('/').next().unwrap_or_default().to_owned(), file.range)
    };
    let env_files = strings("envs").into_iter().chain(strings("env")).map(|path| path.value);
    Some(Generator {
        name: node.get("name")?.at_str()?,
        is_secret,
        literals: strings("literals").into_iter().filter_map(pair).collect(),
        env_files: env_files.collect(),
        files: strings("files").into_iter().map(key).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_read() {
        let text = "secretGenerator:\n- name: s\n  envs: [.env]\n  literals: [A=1, 'B=\"x\"']\n  files: [k=d/f, d/g]\n";
        let found = &extract_kustomization(text).generators[0];
        let names: Vec<_> = found.literals.iter().map(|(name, value)| (&*name.value, &**value)).collect();
        assert_eq!((names, found.is_secret), (vec![("A", "1"), ("B", "x")], true));
        assert_eq!(found.env_files, [".env"]);
        assert_eq!(found.files.iter().map(|file| &*file.value).collect::<Vec<_>>(), ["k", "g"]);
    }

    #[test]
    fn patches_are_told_from_resources() {
        let read = |text: &str| {
            let it = extract_kustomization(text);
            (it.resources, it.is_component, it.patch_files, it.errors.len())
        };
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            read("resources: [../base]\npatches:\n- path: replicas.yaml\n- patch: '- op: remove'\n"),
            (texts(&["../base"]), false, texts(&["replicas.yaml"]), 0)
        );
        assert_eq!(
            read(
                "kind: Component\npatchesStrategicMerge:\n- a.yaml\n- |-\n  kind: Deployment\n  metadata: {}\n"
            ),
            (texts(&[]), true, texts(&["a.yaml"]), 0)
        );
        assert_eq!(
            read("resources: [app.yaml]\nimages:\n- {name: a, newTag: '1'}\npatches:\n"),
            (texts(&["app.yaml"]), false, texts(&[]), 0)
        );
        assert_eq!(read("resources: [app.yaml\n").3, 1);
    }
}
