//! From rendered text to the facts of its template.

use std::collections::BTreeSet;

use super::UNKNOWN;
use super::place::Places;
use crate::facts::kubernetes::{KubernetesFacts, extract_objects};
use crate::span::{At, Range};
use crate::syntax::image_ref::ImageRef;
use crate::syntax::yaml::{self, Kind, Ref};

/// Stands for a text that is not known, as Kubernetes itself writes what is filled in later.
const REFERENCE: &str = "$(unknown)";

/// Reads what a template has become. Everything in it stands where it comes from.
pub(super) fn read(text: &str, places: &Places, mut unknown: Vec<At<String>>) -> KubernetesFacts {
    let mut tree = yaml::parse(text);
    tree.move_ranges(&|range| places.of(range));
    // Where a text that is not known stands for more than a text, nothing of the document can be trusted.
    let doubtful: Vec<Option<Range>> = tree.roots().map(essential).collect();
    let mut is_kept = doubtful.iter().map(Option::is_none);
    tree.documents.retain(|_| is_kept.next().unwrap_or(true));
    for range in doubtful.into_iter().flatten() {
        let meets = |why: &&At<String>| why.range.start < range.end && range.start < why.range.end;
        let why = unknown.iter().find(meets).or(unknown.first());
        let why = why.map_or("it depends on the values", |why| why.value.as_str());
        tree.errors.push(At::new(format!("what stands here is not known: {why}"), range));
    }
    for node in &mut tree.nodes {
        if let Kind::Scalar { value, .. } = &mut node.kind
            && value.contains(UNKNOWN)
        {
            *value = value.replace(UNKNOWN, REFERENCE);
        }
    }
    let mut objects = extract_objects(&tree, |object| !is_test(object));
    for pod in objects.iter_mut().filter_map(|object| object.pod.as_mut()) {
        for image in pod.containers.iter_mut().chain(&mut pod.init_containers) {
            if let Some(image) = &mut image.image
                && ImageRef::parse(&image.value).is_none()
                && !image.value.contains('$')
            {
                // Some part is empty by default: whoever installs the chart says it.
                image.value = format!("{}{REFERENCE}", image.value);
            }
        }
    }
    let mut seen = BTreeSet::new();
    unknown.retain(|why| seen.insert(why.value.clone()));
    KubernetesFacts { objects, errors: tree.into_errors(), unknown }
}

/// `helm test` runs it, and nobody else (<https://helm.sh/docs/topics/chart_tests/>).
fn is_test(object: Ref<'_>) -> bool {
    let hooks = object.path(&["metadata", "annotations", "helm.sh/hook"]).and_then(Ref::str);
    hooks.is_some_and(|hooks| hooks.split(',').all(|hook| hook.trim().starts_with("test")))
}

/// Where something is not known that is more than a text of no consequence.
fn essential(root: Ref<'_>) -> Option<Range> {
    let mut next = vec![(root, false)];
    let mut steps = 0_usize;
    while let Some((node, is_free)) = next.pop() {
        steps += 1;
        if 1_000_000 < steps {
            return Some(root.range());
        }
        match node.kind() {
            Kind::Scalar { value, .. } if value.contains(UNKNOWN) && !is_free => return Some(node.range()),
            Kind::Scalar { .. } => {}
            Kind::Sequence(_) => next.extend(node.items().map(|item| (item, is_free))),
            Kind::Mapping(_) => {
                for (key, value) in node.entries() {
                    let name = key.text().unwrap_or_default();
                    if name.contains(UNKNOWN) && !is_free {
                        return Some(key.range());
                    }
                    next.push((value, is_free || is_text(name)));
                }
            }
        }
    }
    None
}

/// Fields that hold texts which may be filled in later, and mappings of such.
fn is_text(key: &str) -> bool {
    matches!(
        key,
        "annotations"
            | "args"
            | "caBundle"
            | "command"
            | "configMapKeyRef"
            | "configMapRef"
            | "data"
            | "host"
            | "hosts"
            | "image"
            | "imagePullSecrets"
            | "secretKeyRef"
            | "secretName"
            | "secretRef"
            | "storageClassName"
            | "stringData"
            | "value"
    )
}
