//! References to objects that have other names now
//! (<https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/konfig/builtinpluginconsts/namereference.go>).

use crate::syntax::yaml::{Shape, Tree};

/// A kind, its name before and its name now.
pub(super) type Renamed = (String, String, String);

pub(super) fn references(object: &mut Tree, renamed: &[Renamed]) {
    let Shape::Mapping(entries) = &mut object.shape else { return };
    for (key, value) in entries {
        if key.key() != Some("metadata") {
            let key = key.key().unwrap_or_default().to_owned();
            within(value, &key, renamed);
        }
    }
}

/// `field` is the key that a node stands under, in whatever list.
fn within(node: &mut Tree, field: &str, renamed: &[Renamed]) {
    match &mut node.shape {
        Shape::Scalar { .. } => {}
        Shape::Sequence(items) => items.iter_mut().for_each(|item| within(item, field, renamed)),
        Shape::Mapping(_) => {
            let own_kind = node.get("kind").and_then(Tree::str).map(str::to_owned);
            let Shape::Mapping(entries) = &mut node.shape else { return };
            for (key, value) in entries {
                let key = key.key().unwrap_or_default();
                match kind_of(field, key, own_kind.as_deref()) {
                    Some(kind) => rename(value, kind, renamed),
                    None => within(value, key, renamed),
                }
            }
        }
    }
}

/// The kind that is named by a key of what stands under a field.
fn kind_of<'k>(field: &str, key: &str, own_kind: Option<&'k str>) -> Option<&'k str> {
    Some(match (field, key) {
        ("configMapKeyRef" | "configMapRef" | "configMap", "name") => "ConfigMap",
        ("secretKeyRef" | "secretRef" | "imagePullSecrets", "name") | ("secret" | "tls", "secretName") => {
            "Secret"
        }
        ("persistentVolumeClaim", "claimName") => "PersistentVolumeClaim",
        ("spec", "serviceAccountName") => "ServiceAccount",
        ("spec" | "backend" | "defaultBackend", "serviceName") | ("service", "name") => "Service",
        ("scaleTargetRef" | "roleRef" | "subjects" | "targetRef", "name") => own_kind?,
        _ => return None,
    })
}

fn rename(value: &mut Tree, kind: &str, renamed: &[Renamed]) {
    let new = value.str().and_then(|old| {
        let known = renamed.iter().find(|(of, before, _)| of == kind && before == old);
        known.map(|(_, _, new)| new.clone())
    });
    if let Some(new) = new {
        *value = Tree::text_at(new, value.range);
    }
}
