//! One root: its resources and those of what it takes, each changed by every kustomization on its way.

use std::collections::BTreeSet;

use super::select::{Target, is_named};
use super::texts::Texts;
use super::{All, Built, BuiltObject, change, json_patch, merge};
use crate::facts::kubernetes::{KubeObject, extract_objects};
use crate::facts::{Facts, FileFacts};
use crate::source::{Sources, join};
use crate::span::FileId;
use crate::syntax::yaml::{Shape, Tree, Yaml};

/// An object on its way.
pub(super) struct Item {
    pub(super) tree: Tree,
    pub(super) file: FileId,
    /// The names that it had before its present one: patches may use any.
    pub(super) earlier: Vec<String>,
    pub(super) open: Option<String>,
}

impl Item {
    /// Group, version and kind.
    pub(super) fn kind(&self) -> (&str, &str, &str) {
        let text = |key| self.tree.get(key).and_then(Tree::str).unwrap_or_default();
        let (group, version) = group_of(text("apiVersion"));
        (group, version, text("kind"))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.earlier.iter().map(String::as_str).chain(self.name())
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.tree.path(&["metadata", "name"]).and_then(Tree::str)
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.tree.path(&["metadata", "namespace"]).and_then(Tree::str)
    }

    /// Whether its kind is one of Kubernetes itself.
    fn is_built_in(&self) -> bool {
        let (group, ..) = self.kind();
        !group.contains('.') || group.ends_with(".k8s.io")
    }
}

/// The group and the version of an `apiVersion`.
pub(super) fn group_of(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

struct Build<'b> {
    sources: &'b Sources,
    facts: &'b Facts,
    all: &'b All<'b>,
    texts: Texts<'b>,
    generators: Vec<(FileId, crate::facts::kubernetes::Generator)>,
    is_whole: bool,
    folders: BTreeSet<String>,
    /// The folders that are being built, so that a circle ends.
    trail: Vec<String>,
}

pub(super) fn build(sources: &Sources, facts: &Facts, all: &All<'_>, root: &str) -> Built {
    let mut build = Build {
        sources,
        facts,
        all,
        texts: Texts::new(sources),
        generators: Vec::new(),
        is_whole: true,
        folders: BTreeSet::new(),
        trail: Vec::new(),
    };
    let mut items = Vec::new();
    build.take(root, &mut items);
    let objects = items.iter().flat_map(|item| {
        let all = extract_objects(&Yaml::of_tree(&item.tree), |_| true).into_iter();
        let first_name = item.names().next().unwrap_or_default();
        all.map(|object| BuiltObject {
            file: item.file,
            first_name: first_name.to_owned(),
            object,
            open: item.open.clone(),
        })
    });
    Built {
        root: all[root].0,
        objects: objects.collect(),
        generators: build.generators,
        is_whole: build.is_whole,
        folders: build.folders,
        home: build.texts.home(),
    }
}

impl Build<'_> {
    /// Adds what a kustomization makes; `items` are what it changes beside its own resources, as a component does.
    fn take(&mut self, here: &str, items: &mut Vec<Item>) {
        let Some((file, kustomization)) = self.all.get(here).copied() else { return };
        let tree = self.texts.documents(file).and_then(|all| all.into_iter().next());
        if self.trail.iter().any(|open| open == here) {
            return;
        }
        let Some(tree) = tree else {
            self.is_whole = false;
            leave_open(items, "its kustomization could not be read");
            return;
        };
        self.trail.push(here.to_owned());
        self.folders.insert(here.to_owned());
        for resource in texts(&tree, "resources").chain(texts(&tree, "bases")) {
            self.resource(here, resource, items);
        }
        self.generators.extend(kustomization.generators.iter().map(|made| (file, made.clone())));
        for component in texts(&tree, "components") {
            match join(here, component).filter(|path| self.all.contains_key(path.as_str())) {
                Some(path) => self.take(&path, items),
                None => {
                    self.is_whole = false;
                    leave_open(items, &format!("the component `{component}` is not in the tree"));
                }
            }
        }
        for (key, adds_only) in [
            ("helmCharts", true),
            ("helmChartInflationGenerator", true),
            ("generators", true),
            ("replacements", false),
            ("transformers", false),
        ] {
            if tree.get(key).is_some_and(|node| !node.is_null()) {
                self.is_whole = false;
                if !adds_only {
                    leave_open(items, &format!("`{key}` of Kustomize changes it, which is not followed"));
                }
            }
        }
        self.change(here, file, &tree, items);
        self.trail.pop();
    }

    fn resource(&mut self, here: &str, written: &str, items: &mut Vec<Item>) {
        let path = join(here, written);
        if let Some(folder) = path.as_deref().filter(|path| self.all.contains_key(path)) {
            let mut own = Vec::new();
            self.take(folder, &mut own);
            items.append(&mut own);
            return;
        }
        let file = path.and_then(|path| self.sources.find(&path));
        let manifest = file.and_then(|file| match self.facts.get(file) {
            FileFacts::Kubernetes(facts) if facts.errors.is_empty() => Some(facts),
            _ => None,
        });
        // Definitions of resources are long, and deploy nothing.
        let is_definition = |object: &KubeObject| object.kind.value == "CustomResourceDefinition";
        if manifest.is_some_and(|manifest| manifest.objects.iter().all(is_definition)) {
            return;
        }
        let is_read = |_: &FileId| manifest.is_some();
        let documents = file.filter(is_read).and_then(|file| Some((file, self.texts.documents(file)?)));
        let Some((file, documents)) = documents else {
            self.is_whole = false;
            return;
        };
        for tree in documents.into_iter().flat_map(unlisted) {
            items.push(Item { tree, file, earlier: Vec::new(), open: None });
        }
    }

    /// The built-in transformers, in their order.
    fn change(&mut self, here: &str, file: FileId, tree: &Tree, items: &mut [Item]) {
        for patch in entries(tree, "patchesStrategicMerge") {
            let (written, is_inline) = (patch.str().unwrap_or_default(), patch.items().is_empty());
            let inline = (is_inline && written.contains('\n')).then_some(patch);
            self.patch(here, file, (inline, Some(written)), None, items);
        }
        let of_both = entries(tree, "patches").iter().chain(entries(tree, "patchesJson6902"));
        for patch in of_both {
            let path = patch.get("path").and_then(Tree::str);
            self.patch(here, file, (patch.get("patch"), path), patch.get("target"), items);
        }
        change::all(tree, items);
    }

    fn patch(
        &mut self,
        here: &str,
        file: FileId,
        (inline, path): (Option<&Tree>, Option<&str>),
        target: Option<&Tree>,
        items: &mut [Item],
    ) {
        let documents = match (inline, path) {
            (Some(text), _) => self.texts.inline(file, text),
            (None, Some(path)) => join(here, path)
                .and_then(|path| self.sources.find(&path))
                .and_then(|file| self.texts.documents(file)),
            (None, None) => None,
        };
        let is_read = documents.is_some();
        let wanted = target.map(Target::of);
        let is_for = |item: &Item| match &wanted {
            Some(Some(target)) => target.has(item),
            // What it is for is not understood, or would be said by what is not there.
            Some(None) => true,
            None => !is_read,
        };
        if !is_read || matches!(wanted, Some(None)) {
            let why = match path.filter(|_| inline.is_none()) {
                Some(path) => format!("the patch `{path}` of Kustomize could not be read"),
                None => "a patch of Kustomize could not be read".to_owned(),
            };
            items.iter_mut().filter(|item| is_for(item)).for_each(|item| item.leave_open(&why));
            return;
        }
        for patch in documents.unwrap_or_default().iter().flat_map(|patch| unlisted(patch.clone())) {
            let meant = |item: &Item| if target.is_some() { is_for(item) } else { is_named(&patch, item) };
            for item in items.iter_mut().filter(|item| meant(item)) {
                item.lay_over(&patch);
            }
        }
    }
}

impl Item {
    fn leave_open(&mut self, why: &str) {
        self.open.get_or_insert_with(|| why.to_owned());
    }

    fn lay_over(&mut self, patch: &Tree) {
        if let Shape::Sequence(operations) = &patch.shape {
            if json_patch::apply(&mut self.tree, operations).is_none() {
                self.leave_open("a patch of Kustomize does not fit it");
            }
            return;
        }
        let metadata = |tree: &Tree, key| tree.path(&["metadata", key]).cloned();
        let (name, namespace) = (metadata(&self.tree, "name"), metadata(&self.tree, "namespace"));
        let (version, kind) = (self.tree.get("apiVersion").cloned(), self.tree.get("kind").cloned());
        let knows_lists = self.is_built_in();
        merge::merge(&mut self.tree, patch, knows_lists);
        // What a patch is for is no change.
        for (key, value) in [("apiVersion", version), ("kind", kind)] {
            if let (Some(own), Some(value)) = (self.tree.get_mut(key), value) {
                *own = value;
            }
        }
        if let Some(metadata) = self.tree.get_mut("metadata") {
            for (key, value) in [("name", name), ("namespace", namespace)] {
                if let (Some(own), Some(value)) = (metadata.get_mut(key), value) {
                    *own = value;
                }
            }
        }
    }
}

fn leave_open(items: &mut [Item], why: &str) {
    for item in items {
        item.leave_open(why);
    }
}

/// The objects of a document: those of a list one by one.
fn unlisted(tree: Tree) -> Vec<Tree> {
    let is_list = tree.get("kind").and_then(Tree::str).is_some_and(|kind| kind.ends_with("List"));
    match tree.get("items").filter(|items| is_list && matches!(items.shape, Shape::Sequence(_))) {
        Some(items) => items.items().to_vec(),
        None => vec![tree],
    }
}

fn entries<'t>(tree: &'t Tree, key: &str) -> &'t [Tree] {
    tree.get(key).map(Tree::items).unwrap_or_default()
}

fn texts<'t>(tree: &'t Tree, key: &str) -> impl Iterator<Item = &'t str> {
    entries(tree, key).iter().filter_map(Tree::str)
}
