//! Strategic merge patches: mappings are merged, lists of some fields by a key of their items, all others are replaced
//! (<https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md>).

use crate::syntax::yaml::{Shape, Tree};

/// Lays a patch over an object. Of a custom resource nothing is known, so that its lists are replaced.
pub(super) fn merge(object: &mut Tree, patch: &Tree, knows_lists: bool) {
    if directive(patch) == Some("replace") {
        object.shape = cleaned(patch).shape;
        return;
    }
    for (key, value) in patch.entries() {
        let Some(name) = key.key() else { continue };
        if name.starts_with('$') {
            continue;
        }
        if value.is_null() || directive(value) == Some("delete") {
            object.remove(name);
            continue;
        }
        let own = object.get_mut(name);
        if !own.is_some_and(|own| merge_value(own, value, name, knows_lists)) {
            object.set(key.clone(), cleaned(value));
        }
    }
}

/// Whether a value becomes a part of another one, and does not replace it.
fn merge_value(own: &mut Tree, value: &Tree, name: &str, knows_lists: bool) -> bool {
    match (&mut own.shape, &value.shape) {
        (Shape::Mapping(_), Shape::Mapping(_)) => merge(own, value, knows_lists),
        (Shape::Sequence(all), Shape::Sequence(items)) if knows_lists => return merge_list(all, items, name),
        _ => return false,
    }
    true
}

fn merge_list(all: &mut Vec<Tree>, items: &[Tree], name: &str) -> bool {
    let replaces = items.iter().any(|item| directive(item) == Some("replace"));
    let (Some(key), false) = (merge_key(name, items), replaces) else { return false };
    for item in items {
        let same = |other: &Tree| {
            let (a, b) = (other.get(key).and_then(Tree::str), item.get(key).and_then(Tree::str));
            a.is_some() && a == b
        };
        if directive(item) == Some("delete") {
            all.retain(|other| !same(other));
        } else if let Some(other) = all.iter_mut().find(|other| same(other)) {
            merge(other, item, true);
        } else {
            all.push(cleaned(item));
        }
    }
    true
}

fn directive(node: &Tree) -> Option<&str> {
    node.get("$patch").and_then(Tree::str)
}

/// A value without directives and without keys that are to be deleted.
fn cleaned(value: &Tree) -> Tree {
    let shape = match &value.shape {
        Shape::Scalar { .. } => return value.clone(),
        Shape::Sequence(items) => {
            let kept = items.iter().filter(|item| {
                directive(item).is_none() || item.entries().len() > 1 && directive(item) != Some("delete")
            });
            Shape::Sequence(kept.map(cleaned).collect())
        }
        Shape::Mapping(entries) => {
            let kept = entries.iter().filter(|(key, value)| {
                !value.is_null() && !key.key().is_some_and(|key| key.starts_with('$'))
            });
            Shape::Mapping(kept.map(|(key, value)| (key.clone(), cleaned(value))).collect())
        }
    };
    Tree { shape, ..value.clone() }
}

/// The key that tells the items of a list apart (`x-kubernetes-patch-merge-key` of Kubernetes' schema).
fn merge_key(list: &str, items: &[Tree]) -> Option<&'static str> {
    Some(match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "secrets"
        | "resourceClaims" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => "containerPort",
        "ports" if items.iter().all(|item| item.get("port").is_some()) => "port",
        _ => return None,
    })
}
