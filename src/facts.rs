//! What each file says on its own: pure functions from a text to facts.
//!
//! Facts know neither their path nor another file. What could not be read is a field of them, never an error.

// Facts are whole: what a file says is taken once, also where no rule asks for it yet.
#[expect(dead_code, reason = "rules on compose files will ask for the rest")]
pub(crate) mod compose;
#[expect(dead_code, reason = "rules on images will ask for the rest")]
pub(crate) mod dockerfile;
pub(crate) mod env_file;
#[cfg_attr(not(test), expect(dead_code, reason = "rules on GitLab pipelines will ask for the rest"))]
pub(crate) mod gitlab;
mod helm;
#[expect(dead_code, reason = "rules on Kubernetes objects will ask for the rest")]
pub(crate) mod kubernetes;
pub(crate) mod kustomize;
pub(crate) mod manifest;
pub(crate) mod owners;
pub(crate) mod prometheus;
pub(crate) mod rust;
pub(crate) mod script;
pub(crate) mod sql;
pub(crate) mod tasks;
pub(crate) mod updates;
pub(crate) mod words;
#[expect(dead_code, reason = "rules on workflows will ask for the rest")]
pub(crate) mod workflow;

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::source::{Kind, Note, Place, SourceFile, Sources};
use crate::span::{At, FileId};

/// The facts of every file, by its number.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Shared with another tree where that has the same file.
    files: Vec<Arc<FileFacts>>,
    /// What Kustomize makes of them.
    pub(crate) kustomized: kustomize::Kustomized,
}

/// The facts of one file.
#[derive(Debug, Default)]
pub(crate) enum FileFacts {
    Rust(Box<rust::RustFacts>),
    Manifest(Box<manifest::ManifestFacts>),
    Lock(manifest::LockFacts),
    Toolchain(manifest::ToolchainFacts),
    Dockerfile(Box<dockerfile::DockerfileFacts>),
    Compose(Box<compose::ComposeFacts>),
    Kubernetes(Box<kubernetes::KubernetesFacts>),
    Kustomization(Box<kubernetes::Kustomization>),
    Workflow(Box<workflow::WorkflowFacts>),
    Action(Box<workflow::ActionFacts>),
    Gitlab(Box<gitlab::GitlabFacts>),
    Script(Box<script::ScriptFacts>),
    EnvFile(env_file::EnvFileFacts),
    Migration(Box<sql::SqlFacts>),
    Owners(owners::OwnersFacts),
    Prometheus(Box<prometheus::PrometheusFacts>),
    Updates(updates::UpdatesFacts),
    Tasks(Box<tasks::TasksFacts>),
    /// A chart, and whether all that it depends on is in the tree.
    Chart {
        is_whole: bool,
    },
    /// A template of a chart that could not be rendered, and why.
    UnreadTemplate(At<String>),
    /// Of a kind that says nothing beyond its words, or could not be read.
    #[default]
    None,
}

impl Facts {
    /// Takes the facts of every file, in parallel.
    pub(crate) fn extract(sources: &Sources) -> Self {
        let files: Vec<&SourceFile> = sources.iter().map(|(_, file)| file).collect();
        Self::of(files.into_par_iter().map(extract).map(Arc::new).collect(), sources)
    }

    fn of(files: Vec<Arc<FileFacts>>, sources: &Sources) -> Self {
        let facts = Self { files, kustomized: kustomize::Kustomized::default() };
        facts.with_charts(sources).with_overlays(sources)
    }

    /// What a template says depends on its whole chart, so it is never shared with another tree.
    fn with_charts(mut self, sources: &Sources) -> Self {
        for (file, facts) in helm::facts(sources) {
            self.files[file.0 as usize] = Arc::new(facts);
        }
        self
    }

    fn with_overlays(mut self, sources: &Sources) -> Self {
        self.kustomized = kustomize::build_all(sources, &self);
        self
    }

    /// Takes the facts of a tree that is like another one: those of equal files are shared, wherever these stand.
    pub(crate) fn extract_beside(sources: &Sources, others: &Sources, facts: &Self) -> Self {
        let known: FxHashMap<Origin<'_>, &Arc<FileFacts>> = others
            .iter()
            .filter_map(|(id, file)| Some((origin(file)?, &facts.files[id.0 as usize])))
            .collect();
        let files: Vec<&SourceFile> = sources.iter().map(|(_, file)| file).collect();
        let files = files.into_par_iter().map(|file| {
            let shared = origin(file).and_then(|origin| known.get(&origin).copied());
            shared.map_or_else(|| Arc::new(extract(file)), Arc::clone)
        });
        Self::of(files.collect(), sources)
    }

    /// Gives the memory back, in parallel: there are a million small pieces of it in a large tree.
    pub(crate) fn release(self) {
        self.files.into_par_iter().for_each(drop);
    }

    pub(crate) fn get(&self, file: FileId) -> &FileFacts {
        &self.files[file.0 as usize]
    }

    /// The facts of a file that was read as Rust.
    pub(crate) fn rust(&self, file: FileId) -> Option<&rust::RustFacts> {
        match self.get(file) {
            FileFacts::Rust(facts) if facts.error.is_none() => Some(facts),
            _ => None,
        }
    }

    pub(crate) fn of_kind<'f>(
        &'f self,
        sources: &'f Sources,
        kind: Kind,
    ) -> impl Iterator<Item = (FileId, &'f FileFacts)> {
        sources.iter().filter(move |(_, file)| file.kind == kind).map(|(id, _)| (id, self.get(id)))
    }

    /// What Kubernetes is told: by manifests, and by the templates of charts.
    pub(crate) fn kubernetes<'f>(
        &'f self,
        sources: &'f Sources,
    ) -> impl Iterator<Item = (FileId, &'f kubernetes::KubernetesFacts)> {
        sources.iter().filter_map(|(id, _)| match self.get(id) {
            FileFacts::Kubernetes(facts) => Some((id, &**facts)),
            _ => None,
        })
    }

    /// What could not be read, as notes. Rust files are noted by the crates that they are part of: a text that no target
    /// compiles need not be Rust.
    pub(crate) fn notes(&self, sources: &Sources) -> Vec<Note> {
        let mut notes = Vec::new();
        for (id, _) in sources.iter() {
            let (what, errors): (&str, &[At<String>]) = match self.get(id) {
                FileFacts::Manifest(facts) => ("TOML", &facts.errors),
                FileFacts::Toolchain(facts) => ("TOML", &facts.errors),
                FileFacts::Dockerfile(facts) => ("a Dockerfile", &facts.errors),
                FileFacts::Compose(facts) => ("a compose file", &facts.errors),
                FileFacts::Kubernetes(facts) => ("Kubernetes YAML", &facts.errors),
                FileFacts::Kustomization(facts) => ("a kustomization", &facts.errors),
                FileFacts::Workflow(facts) => ("a workflow", &facts.errors),
                FileFacts::Action(facts) => ("an action", &facts.errors),
                FileFacts::Gitlab(facts) => ("a GitLab pipeline", &facts.errors),
                FileFacts::Lock(facts) => ("a lock file", &facts.errors),
                FileFacts::Prometheus(facts) => ("a file of Prometheus", &facts.errors),
                FileFacts::Updates(facts) => ("a configuration of updates", &facts.errors),
                FileFacts::Script(facts) => ("a shell script", &facts.errors),
                FileFacts::Tasks(facts) => ("a file of tasks", &facts.errors),
                FileFacts::UnreadTemplate(why) => ("a Helm template", std::slice::from_ref(why)),
                _ => continue,
            };
            notes.extend(errors.iter().map(|error| {
                Note::warning(
                    Place::Span(error.span(id)),
                    format!("could not be read as {what}: {}", error.value),
                )
            }));
            if let FileFacts::Kubernetes(facts) = self.get(id) {
                let unknown = facts.unknown.iter();
                notes.extend(unknown.map(|why| {
                    Note::info(
                        Place::Span(why.span(id)),
                        format!("is not known before the chart is installed: {}", why.value),
                    )
                }));
            }
        }
        notes
    }
}

/// All that the facts of a file depend on.
type Origin<'f> = (Kind, &'f str, &'f str);

fn origin(file: &SourceFile) -> Option<Origin<'_>> {
    let path = match file.kind {
        Kind::ToolchainFile | Kind::DependencyUpdates => &*file.path,
        _ => "",
    };
    Some((file.kind, path, file.text.as_deref()?))
}

fn extract(file: &SourceFile) -> FileFacts {
    let Some(text) = file.text.as_deref() else { return FileFacts::None };
    match file.kind {
        Kind::Rust => FileFacts::Rust(Box::new(rust::extract(text))),
        Kind::CargoManifest => FileFacts::Manifest(Box::new(manifest::extract(text))),
        Kind::CargoLock => FileFacts::Lock(manifest::extract_lock(text)),
        Kind::ToolchainFile => FileFacts::Toolchain(manifest::extract_toolchain(&file.path, text)),
        Kind::Dockerfile => FileFacts::Dockerfile(Box::new(dockerfile::extract(text))),
        Kind::Compose => FileFacts::Compose(Box::new(compose::extract_compose(text))),
        Kind::Kubernetes => FileFacts::Kubernetes(Box::new(kubernetes::extract_kubernetes(text))),
        Kind::Kustomization => FileFacts::Kustomization(Box::new(kubernetes::extract_kustomization(text))),
        Kind::Workflow => FileFacts::Workflow(Box::new(workflow::extract_workflow(text))),
        Kind::Action => FileFacts::Action(Box::new(workflow::extract_action(text))),
        Kind::GitlabCi => FileFacts::Gitlab(Box::new(gitlab::extract_gitlab(text))),
        Kind::Shell => FileFacts::Script(Box::new(script::extract(text))),
        Kind::EnvFile => FileFacts::EnvFile(env_file::extract(text)),
        Kind::Migration => FileFacts::Migration(Box::new(sql::extract(text))),
        Kind::Prometheus => FileFacts::Prometheus(Box::new(prometheus::extract(text))),
        Kind::CodeOwners => FileFacts::Owners(owners::extract(text)),
        Kind::DependencyUpdates => FileFacts::Updates(updates::extract(&file.path, text)),
        Kind::Tasks(runner) => FileFacts::Tasks(Box::new(tasks::extract(runner, text))),
        _ => FileFacts::None,
    }
}
