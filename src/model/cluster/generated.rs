//! The `ConfigMap`s and `Secret`s that Kustomize makes.

use super::Object;
use crate::facts::kubernetes::Generator;
use crate::facts::{Facts, FileFacts};
use crate::model::workload::Literal;
use crate::source::{Sources, folder, join};
use crate::span::{At, FileId};

/// What a generator of Kustomize makes.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) is_secret: bool,
    pub(crate) literals: Vec<Literal>,
    /// Whether a file that it takes variables from is not in the tree.
    pub(crate) is_open: bool,
}

pub(super) fn generated(
    sources: &Sources,
    facts: &Facts,
    file: FileId,
    generator: &Generator,
) -> Object<Generated> {
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
        name: generator.name.value.clone(),
        namespace: None,
        labels: Vec::new(),
        annotations: Vec::new(),
        spec: Generated { is_secret: generator.is_secret, literals, is_open },
        about: Vec::new(),
    }
}
