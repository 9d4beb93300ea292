//! Instances: the containers that run a service, and the environment that each gives it.
//!
//! What holds of a variable follows the platform: what a manifest sets by name wins over what it takes whole (the last
//! of those wins), and both win over the image. Where something that is not written here may set it, that is said.

mod links;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::environment::EnvRead;
use super::image::Image;
use super::link::is_binary;
use super::start::Start;
use super::workload::given::{From, Value};
use super::workload::{Deployed, Literal, Platform, Workload};
use super::{Project, Service};
use crate::facts::dockerfile::Base;
use crate::facts::{Facts, FileFacts};
use crate::knowledge::images::user_of;
use crate::source::{Kind, Sources, folder};
use crate::span::{FileId, Span};
use crate::syntax::image_ref::ImageRef;

/// One container that runs a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance<'p> {
    project: &'p Project<'p>,
    pub(crate) service: &'p Service,
    /// What it is made of, where that is built here and known.
    pub(crate) image: Option<&'p Image>,
    /// The manifest that starts it. Without one, it is the image as such, whoever starts that.
    pub(crate) deployed: Option<(&'p Workload, &'p Deployed)>,
}

/// What an instance has for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Without a value where that is not written here.
    Set {
        value: Option<String>,
        span: Span,
    },
    Unset,
    /// Something that is not written here may set it.
    Unknown(String),
}

impl Setting {
    pub(crate) fn value(&self) -> Option<&str> {
        match self {
            Self::Set { value, .. } => value.as_deref(),
            Self::Unset | Self::Unknown(_) => None,
        }
    }
}

pub(super) fn env_files(sources: &Sources, facts: &Facts) -> BTreeMap<FileId, Vec<Literal>> {
    let all = facts.of_kind(sources, Kind::EnvFile).filter_map(|(id, facts)| match facts {
        FileFacts::EnvFile(facts) => Some((id, facts)),
        _ => None,
    });
    let literals = |id: FileId, facts: &crate::facts::env_file::EnvFileFacts| {
        let all = facts.variables.iter().map(|(name, value)| Literal {
            span: name.span(id),
            name: name.value.clone(),
            value: value.clone().unwrap_or_default(),
        });
        all.collect()
    };
    all.map(|(id, facts)| (id, literals(id, facts))).collect()
}

impl Project<'_> {
    /// The containers that run a service: those of its workloads, and its images that none of these is made of.
    pub(crate) fn instances<'p>(&'p self, service: &'p Service) -> Vec<Instance<'p>> {
        let deployed = service.containers.iter().map(|(id, at)| {
            let workload = self.workload(*id);
            let container = &workload.containers[*at];
            let image = self.image_of(service, container);
            Instance { project: self, service, image, deployed: Some((workload, container)) }
        });
        let mut found: Vec<Instance<'p>> = deployed.collect();
        for image in self.images_of(service) {
            if !found.iter().any(|it| it.image.is_some_and(|own| own.id == image.id)) {
                found.push(Instance { project: self, service, image: Some(image), deployed: None });
            }
        }
        found
    }

    /// The containers of a workload that run services of the tree.
    pub(crate) fn instances_in<'p>(&'p self, workload: &Workload) -> Vec<Instance<'p>> {
        let all = self.services_in(workload).flat_map(|service| self.instances(service));
        all.filter(|it| it.deployed.is_some_and(|(own, _)| std::ptr::eq(own, workload))).collect()
    }

    /// What a container that runs a service is made of: what is built under the image's name, else the only image of
    /// the service.
    fn image_of(&self, service: &Service, container: &Deployed) -> Option<&Image> {
        if let Some(build) = &container.build {
            return super::own::built(&self.images, build).map(|id| self.image(id));
        }
        let text = container.image.as_ref().and_then(|image| image.value.as_ref().ok());
        let named =
            text.and_then(|text| ImageRef::parse(text)).and_then(|image| self.own_images.find(&image));
        named
            .or_else(|| service.images.first().copied().filter(|_| service.images.len() == 1))
            .map(|id| self.image(id))
    }
}

impl<'p> Instance<'p> {
    pub(crate) fn new(
        project: &'p Project<'p>,
        service: &'p Service,
        image: Option<&'p Image>,
        deployed: Option<(&'p Workload, &'p Deployed)>,
    ) -> Self {
        Self { project, service, image, deployed }
    }

    pub(super) fn sources(&self) -> &'p Sources {
        self.project.sources
    }

    /// The container of the manifest that starts it.
    pub(crate) fn span(&self) -> Option<Span> {
        self.deployed.map(|(_, container)| container.span)
    }

    /// What it has for a variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Setting {
        let mut open = None;
        if let Some((workload, container)) = self.deployed {
            match self.given(workload, container, name) {
                Setting::Unset => {}
                Setting::Unknown(why) => open = Some(why),
                set @ Setting::Set { .. } => return set,
            }
        }
        match (self.of_image(name), open) {
            (Setting::Set { span, .. }, Some(_)) => Setting::Set { value: None, span },
            (_, Some(why)) => Setting::Unknown(why),
            (Setting::Unset, None) => self.of_platform(name),
            (setting, None) => setting,
        }
    }

    /// What a container has for a variable that nothing written here sets.
    fn of_platform(&self, name: &str) -> Setting {
        let Some((workload, container)) = self.deployed else { return Setting::Unset };
        let is_set = match workload.platform {
            Platform::Kubernetes => links::is_set_for_all(name),
            Platform::Compose => false,
        };
        if is_set || matches!(name, "HOME" | "HOSTNAME" | "PATH") {
            return Setting::Set { value: None, span: container.span };
        }
        if workload.platform == Platform::Kubernetes && links::names_a_service(name) {
            return Setting::Unknown(format!(
                "`{name}` is set where a service of that name is in the namespace"
            ));
        }
        Setting::Unset
    }

    /// What it has for a variable that is read, or for the option that says the same.
    pub(crate) fn read(&self, read: &EnvRead) -> Setting {
        let setting = self.variable(&read.name);
        let Some(option) = read.option.as_ref().filter(|_| setting == Setting::Unset) else { return setting };
        let Some((words, span)) = self.arguments() else {
            return Setting::Unknown("the arguments that it is started with are not known".into());
        };
        let is_named = |word: &&String| {
            let name = word.split('=').next().unwrap_or_default();
            !option.is_empty() && name.strip_prefix("--") == Some(option)
        };
        if words.iter().any(|word| is_named(&word)) {
            return Setting::Set { value: None, span };
        }
        // A short option, or an argument that has its meaning by its place.
        let may_be =
            |word: &String| word.starts_with('-') && !word.starts_with("--") || word.contains(['$', ' ']);
        if words.iter().any(may_be) || option.is_empty() && !words.is_empty() {
            return Setting::Unknown("which arguments it is started with is not clear".into());
        }
        setting
    }

    /// The words that follow the program.
    fn arguments(&self) -> Option<(Vec<String>, Span)> {
        let given = self.deployed.map(|(_, container)| (&container.given, container.span));
        if let Some((given, span)) = given.filter(|(given, _)| given.entrypoint.is_some()) {
            let all = given.entrypoint.iter().flatten().skip(1).chain(given.command.iter().flatten());
            return Some((all.cloned().collect(), span));
        }
        let image = self.image?;
        if let Some((given, span)) = given
            && let Some(words) = &given.command
        {
            // Words after an ENTRYPOINT, or all of them.
            return Some((words.clone(), span));
        }
        match &image.start {
            Start::Program { args, span, .. } => Some((args.clone(), *span)),
            _ => None,
        }
    }

    /// What the manifest gives it.
    fn given(&self, workload: &'p Workload, container: &'p Deployed, name: &str) -> Setting {
        let given = &container.given;
        if let Some(set) = given.variables.iter().rev().find(|variable| variable.name == name) {
            let value = match &set.value {
                Value::Text(text) => Some(text.clone()),
                Value::Hidden => None,
                Value::Key(is_secret, object, key) => self.key(workload, *is_secret, object, key),
                Value::Caller => {
                    return Setting::Unknown(format!("`{name}` is taken from whoever starts the container"));
                }
            };
            return Setting::Set { value, span: set.span };
        }
        let mut open = given.open.clone();
        for (from, span) in given.from.iter().rev() {
            match self.taken(workload, from, name) {
                Setting::Set { value, .. } => {
                    return Setting::Set { value: value.filter(|_| open.is_none()), span: *span };
                }
                Setting::Unknown(why) => open = Some(why),
                Setting::Unset => {}
            }
        }
        if given.exports.names.contains(name) {
            return Setting::Set { value: None, span: container.span };
        }
        let open = open
            .or_else(|| given.exports.open.clone())
            .or_else(|| workload.completed_by())
            .or_else(|| self.laid_over(workload, name))
            .or_else(|| self.read_from_files(container));
        open.map_or(Setting::Unset, Setting::Unknown)
    }

    /// What a file or an object that is taken whole has for a variable.
    fn taken(&self, workload: &Workload, from: &From, name: &str) -> Setting {
        match from {
            From::File(Err(path)) => Setting::Unknown(format!("`{path}` is not in the tree")),
            From::File(Ok(file)) => match self.project.env_files.get(file) {
                None => Setting::Unknown("a file of variables could not be read".into()),
                Some(all) => found(all.iter().rev().find(|it| it.name == name), false),
            },
            From::Object(is_secret, object, prefix) => match name.strip_prefix(prefix.as_str()) {
                Some(key) => self.entry(workload, *is_secret, object, key),
                None => Setting::Unset,
            },
        }
    }

    fn key(&self, workload: &Workload, is_secret: bool, object: &str, key: &str) -> Option<String> {
        self.entry(workload, is_secret, object, key).value().map(str::to_owned)
    }

    /// A key of a `ConfigMap` or a `Secret`.
    fn entry(&self, workload: &Workload, is_secret: bool, object: &str, key: &str) -> Setting {
        let cluster = &self.project.cluster;
        let written =
            self.project.named_for(workload, object, &cluster.values, |(secret, _)| *secret == is_secret);
        let generated =
            self.project.named_for(workload, object, &cluster.generated, |it| it.is_secret == is_secret);
        let literals = written.iter().flat_map(|it| &it.spec.1);
        let mut all = literals.chain(generated.iter().flat_map(|it| &it.spec.literals));
        let set = all.find(|literal| literal.name == key);
        let kind = if is_secret { "Secret" } else { "ConfigMap" };
        if set.is_none() && written.is_empty() && generated.is_empty() {
            return Setting::Unknown(format!("the {kind} `{object}` is not in the tree"));
        }
        let is_changed = generated.iter().any(|it| it.spec.is_open) || written.iter().any(|it| it.is_open);
        if set.is_none() && is_changed {
            return Setting::Unknown(format!("the {kind} `{object}` is not all written here"));
        }
        found(set, is_secret)
    }

    /// Another Compose file that may be laid over this one, and that sets the variable or takes others whole.
    fn laid_over(&self, workload: &Workload, name: &str) -> Option<String> {
        let path = |workload: &Workload| self.project.sources.path(workload.span.file);
        let is_beside = |other: &&Workload| {
            other.platform == Platform::Compose
                && other.name == workload.name
                && other.span.file != workload.span.file
                && folder(path(other)) == folder(path(workload))
        };
        let sets = |other: &&Workload| {
            other.containers.iter().any(|it| {
                !it.given.from.is_empty() || it.given.variables.iter().any(|variable| variable.name == name)
            })
        };
        let mut others = self.project.workloads.iter().filter(|_| workload.platform == Platform::Compose);
        let other = others.find(|other| is_beside(other) && sets(other))?;
        Some(format!("`{}` may be laid over it", path(other)))
    }

    /// Whether the service reads a file of variables that may be in the container.
    fn read_from_files(&self, container: &Deployed) -> Option<String> {
        let holds = container.given.has_mounts || self.image.is_none_or(|image| image.holds_env_files);
        (holds && self.service.environment.reads_files)
            .then(|| "the service reads a file of variables, which its container may have".into())
    }

    /// What the image sets.
    fn of_image(&self, name: &str) -> Setting {
        let Some(image) = self.image else {
            if self.service.images.is_empty() {
                return Setting::Unknown("what its image sets is not known".into());
            }
            return self.of_any_image(name);
        };
        let setting = self.project.env_of(image, name, 0);
        let is_replaced = self.deployed.is_some_and(|(_, container)| container.given.entrypoint.is_some());
        if setting != Setting::Unset || is_replaced {
            return self
                .started(image)
                .filter(|_| setting == Setting::Unset)
                .map_or(setting, Setting::Unknown);
        }
        if image.exports.names.contains(name) {
            return Setting::Set { value: None, span: image.from };
        }
        let open = image.exports.open.clone().or_else(|| self.started(image));
        open.map_or(Setting::Unset, Setting::Unknown)
    }

    /// It is made of one of several images.
    fn of_any_image(&self, name: &str) -> Setting {
        let all = self.project.images_of(self.service);
        let sets = |image: &&Image| {
            image.exports.names.contains(name)
                || image.exports.open.is_some()
                || self.project.env_of(image, name, 0) != Setting::Unset
        };
        let is_set = all.filter(sets).count() > 0;
        if is_set {
            Setting::Unknown("which of the images it runs is not known".into())
        } else {
            Setting::Unset
        }
    }

    /// What it starts other than the service itself, which may set variables.
    fn started(&self, image: &Image) -> Option<String> {
        let given = self.deployed.map(|(_, container)| &container.given);
        let program = match given.and_then(|given| given.entrypoint.as_ref()) {
            Some(words) => words.first().map(|word| crate::source::file_name(word)),
            None => image.start.program(),
        };
        let is_shell = program.is_some_and(|program| matches!(program, "sh" | "bash" | "ash" | "dash"));
        match program {
            // What a shell is given was looked through.
            _ if is_shell => None,
            Some(program) if is_binary(self.service, Some(image), program) => None,
            Some(program) => Some(format!("`{program}` may set it before it starts the service")),
            None => Some("what starts the service could not be told".into()),
        }
    }
}

fn found(literal: Option<&Literal>, is_secret: bool) -> Setting {
    let value = |literal: &Literal| Some(literal.value.clone()).filter(|_| !is_secret);
    literal.map_or(Setting::Unset, |literal| Setting::Set { value: value(literal), span: literal.span })
}

impl Project<'_> {
    /// What an image and those below it set.
    fn env_of(&self, image: &Image, name: &str, depth: usize) -> Setting {
        /// Images that are built on one another in a circle are not followed for ever.
        const MAX_DEPTH: usize = 8;
        if let Some(value) = image.env.get(name) {
            return Setting::Set { value: value.clone(), span: image.from };
        }
        let base = match &image.base {
            Base::Scratch | Base::Stage(_) => return Setting::Unset,
            Base::Unresolved(what) => {
                return Setting::Unknown(format!("the base image `{what}` is not written here"));
            }
            Base::Image(base) => base,
        };
        if let Some(id) = self.own_images.find(base).filter(|_| depth < MAX_DEPTH) {
            return self.env_of(self.image(id), name, depth + 1);
        }
        // Images for everybody set nothing of a program of their users.
        let is_common = user_of(base).is_some() || !base.family().contains('/');
        if is_common && !self.own_images.has(base) {
            return Setting::Unset;
        }
        Setting::Unknown(format!("what the base image `{}` sets is not known", base.family()))
    }
}
