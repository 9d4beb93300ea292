//! The fields of a kustomization that change many objects at once: namespaces, names, labels, replicas, images.

use super::build::Item;
use super::rename;
use crate::span::Range;
use crate::syntax::yaml::{Shape, Style, Tree};

/// Kinds without a namespace (<https://kubernetes.io/docs/reference/kubernetes-api/>).
const CLUSTER_WIDE: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Kinds whose names no prefix changes.
const FIXED_NAMES: &[&str] = &["APIService", "CustomResourceDefinition", "Namespace"];

pub(super) fn all(kustomization: &Tree, items: &mut [Item]) {
    if let Some(namespace) = kustomization.get("namespace") {
        for item in items.iter_mut().filter(|item| !CLUSTER_WIDE.contains(&item.kind().2)) {
            set_metadata(&mut item.tree, "namespace", namespace);
        }
    }
    let affix = |key| kustomization.get(key).and_then(Tree::str).unwrap_or_default();
    let (prefix, suffix) = (affix("namePrefix"), affix("nameSuffix"));
    if !prefix.is_empty() || !suffix.is_empty() {
        rename_all(items, prefix, suffix);
    }
    labels(kustomization, items);
    if let Some(annotations) = kustomization.get("commonAnnotations") {
        for item in items.iter_mut() {
            add_pairs(&mut item.tree, &["metadata", "annotations"], annotations);
        }
    }
    for entry in kustomization.get("replicas").map(Tree::items).unwrap_or_default() {
        replicas(entry, items);
    }
    for image in kustomization.get("images").map(Tree::items).unwrap_or_default() {
        for item in items.iter_mut() {
            images(&mut item.tree, image);
        }
    }
}

fn set_metadata(object: &mut Tree, key: &str, value: &Tree) {
    let range = object.range;
    if let Some(metadata) = object.mapping_at("metadata", Range { end: range.start, ..range }) {
        metadata.set(Tree::text_at(key, value.range), value.clone());
    }
}

fn rename_all(items: &mut [Item], prefix: &str, suffix: &str) {
    let mut renamed = Vec::new();
    for item in items.iter_mut() {
        let kind = item.kind().2.to_owned();
        if FIXED_NAMES.contains(&kind.as_str()) {
            continue;
        }
        let Some(name) = item.tree.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) else {
            continue;
        };
        let Some(old) = name.str().map(str::to_owned) else { continue };
        let new = format!("{prefix}{old}{suffix}");
        *name = Tree::text_at(new.clone(), name.range);
        renamed.push((kind, old.clone(), new));
        item.earlier.push(old);
    }
    for item in items.iter_mut() {
        rename::references(&mut item.tree, &renamed);
    }
}

/// A selector that gains a label which all pods gain as well selects the same, so that those of pods are enough here.
fn labels(kustomization: &Tree, items: &mut [Item]) {
    const OF_OBJECT: &[&str] = &["metadata", "labels"];
    let flag = |entry: &Tree, key| entry.get(key).and_then(Tree::str) == Some("true");
    let mut add = |pairs: &Tree, to_pods: bool| {
        for item in items.iter_mut() {
            add_pairs(&mut item.tree, OF_OBJECT, pairs);
            for template in templates(item.kind().2).iter().filter(|_| to_pods) {
                if item.tree.path(template).is_some() {
                    add_pairs(&mut item.tree, &[template, OF_OBJECT].concat(), pairs);
                }
            }
        }
    };
    if let Some(pairs) = kustomization.get("commonLabels") {
        add(pairs, true);
    }
    for entry in kustomization.get("labels").map(Tree::items).unwrap_or_default() {
        if let Some(pairs) = entry.get("pairs") {
            add(pairs, flag(entry, "includeSelectors") || flag(entry, "includeTemplates"));
        }
    }
}

/// Where a kind has the template of its pods.
fn templates(kind: &str) -> &'static [&'static [&'static str]] {
    match kind {
        "CronJob" => &[&["spec", "jobTemplate", "spec", "template"]],
        _ => &[&["spec", "template"]],
    }
}

fn add_pairs(object: &mut Tree, path: &[&str], pairs: &Tree) {
    let range = Range { end: object.range.start, ..object.range };
    let mut node = Some(object);
    for key in path {
        node = node.and_then(|node| node.mapping_at(key, range));
    }
    if let Some(node) = node {
        pairs.entries().iter().for_each(|(key, value)| node.set(key.clone(), value.clone()));
    }
}

fn replicas(entry: &Tree, items: &mut [Item]) {
    let (Some(name), Some(count)) = (entry.get("name").and_then(Tree::str), entry.get("count")) else {
        return;
    };
    for item in items {
        let has_some =
            matches!(item.kind().2, "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet");
        if has_some
            && item.names().any(|own| own == name)
            && let Some(spec) = item.tree.get_mut("spec")
        {
            spec.set(Tree::text_at("replicas", count.range), count.clone());
        }
    }
}

/// Gives each container of a name another image.
fn images(node: &mut Tree, entry: &Tree) {
    match &mut node.shape {
        Shape::Scalar { .. } => {}
        Shape::Sequence(items) => items.iter_mut().for_each(|item| images(item, entry)),
        Shape::Mapping(entries) => {
            for (key, value) in entries {
                if matches!(key.key(), Some("containers" | "initContainers"))
                    && let Shape::Sequence(containers) = &mut value.shape
                {
                    let all = containers.iter_mut().filter_map(|container| container.get_mut("image"));
                    all.for_each(|image| one_image(image, entry));
                } else {
                    images(value, entry);
                }
            }
        }
    }
}

fn one_image(image: &mut Tree, entry: &Tree) {
    let text = |key| entry.get(key).and_then(Tree::str);
    let Some(written) = image.str() else { return };
    let (rest, digest) = written.split_once('@').map_or((written, None), |(rest, it)| (rest, Some(it)));
    let colon = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
    let (name, tag) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    if text("name") != Some(name) {
        return;
    }
    let (new_tag, new_digest) = (text("newTag"), text("digest"));
    let (tag, digest) =
        if new_tag.is_some() || new_digest.is_some() { (new_tag, new_digest) } else { (tag, digest) };
    let mut made = text("newName").unwrap_or(name).to_owned();
    for (mark, part) in [(':', tag), ('@', digest)] {
        if let Some(part) = part {
            made.push(mark);
            made.push_str(part);
        }
    }
    let place = ["digest", "newTag", "newName"].iter().find_map(|key| entry.get(key));
    if let Some(place) = place {
        image.shape = Shape::Scalar { value: made, style: Style::Quoted };
        image.range = place.range;
    }
}
