//! The `ConfigMap`s and `Secret`s that Kustomize makes.

use super::Object;
use crate::facts::kubernetes::Generator;
use crate::facts::kustomize::Built;
use crate::facts::{Facts, FileFacts};
use crate::model::workload::Literal;
use crate::source::{Sources, folder, join};
use crate::span::{At, FileId, Home};

/// What a generator of Kustomize makes.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) is_secret: bool,
    pub(crate) literals: Vec<Literal>,
    /// Whether a file that it takes variables from is not in the tree.
    pub(crate) is_open: bool,
}

/// What the generators of one root make: those of a name are one object, in which the last word holds.
pub(super) fn all_generated(sources: &Sources, facts: &Facts, built: &Built) -> Vec<Object<Generated>> {
    let mut found: Vec<Object<Generated>> = Vec::new();
    for (file, generator) in &built.generators {
        let mut one = generated(sources, facts, *file, generator);
        one.built_by = Some(built.root);
        let same = |it: &Object<Generated>| it.name == one.name && it.spec.is_secret == one.spec.is_secret;
        match found.iter_mut().find(|it| same(it)) {
            Some(known) => {
                known.spec.is_open |= one.spec.is_open;
                known.spec.literals.splice(0..0, one.spec.literals);
            }
            None => found.push(one),
        }
    }
    found
}

fn generated(sources: &Sources, facts: &Facts, file: FileId, generator: &Generator) -> Object<Generated> {
    let here = folder(sources.path(file));
    let literal = |name: &At<String>, value: &str, file: FileId| Literal {
        span: name.span(file),
        name: name.value.clone(),
        value: value.to_owned(),
    };
    let own = generator.literals.iter().map(|(name, value)| literal(name, value, file));
    let files = generator.files.iter().map(|name| literal(name, "", file));
    let mut literals: Vec<Literal> = own.chain(files).collect();
    let mut is_open = false;
    for path in &generator.env_files {
        let found = join(here, path).and_then(|path| sources.find(&path));
        match found.map(|id| (id, facts.get(id))) {
            Some((id, FileFacts::EnvFile(facts))) => {
                let all = facts.variables.iter();
                literals
                    .extend(all.map(|(name, value)| literal(name, value.as_deref().unwrap_or_default(), id)));
            }
            _ => is_open = true,
        }
    }
    Object {
        span: generator.name.span(file),
        home: Home::File(file),
        built_by: None,
        is_open: false,
        name: generator.name.value.clone(),
        namespace: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        spec: Generated { is_secret: generator.is_secret, literals, is_open },
        about: Vec::new(),
    }
}
