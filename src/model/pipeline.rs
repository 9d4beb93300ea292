//! CI pipelines: GitHub workflows and GitLab pipelines, with what they run and what they are allowed.

pub(crate) mod asked;
pub(crate) mod build;
mod command;
pub(crate) mod pushed;
pub(crate) mod release;
pub(crate) mod run;
mod untrusted;

pub(crate) use command::Does;
pub(crate) use untrusted::{Author, Untrusted};

use self::command::Follower;
use self::run::Run;
use crate::facts::workflow::{PermissionsKind, Step, Uses, is_commit_sha, parse_uses};
use crate::facts::{Facts, FileFacts};
use crate::source::{Kind, Sources, file_name};
use crate::span::{At, FileId, Span};
use crate::syntax::image_ref::ImageRef;

/// One workflow, composite action or GitLab pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// The path of its file.
    pub(crate) id: String,
    pub(crate) system: System,
    pub(crate) span: Span,
    /// Where the jobs begin.
    pub(crate) jobs_key: Option<Span>,
    /// Of the workflow; `None` when it says nothing.
    pub(crate) permissions: Option<Granted>,
    pub(crate) jobs: Vec<Job>,
    /// The images that its jobs build.
    pub(crate) builds: Vec<build::ImageBuild>,
    /// Whether changes run it before they are merged.
    pub(crate) runs_for_changes: bool,
    /// Every `uses:` of the file, in order.
    pub(crate) actions: Vec<ActionUse>,
    /// Images of containers, services and steps.
    pub(crate) images: Vec<ImageUse>,
    pub(crate) file: FileId,
    /// Whether only other workflows call it, with the permissions of their job.
    pub(crate) is_only_called: bool,
    /// Whether part of it could not be read.
    pub(crate) is_partial: bool,
    /// What of it strangers decide.
    pub(crate) untrusted: Untrusted,
}

/// What runs a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    GitHub,
    /// A composite action: steps without jobs of its own.
    Action,
    Gitlab,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// Whether it has a time-out of its own; a called workflow brings its own.
    pub(crate) has_timeout: bool,
    pub(crate) calls: Option<Called>,
    pub(crate) permissions: Option<Granted>,
    /// What its commands and actions do, as far as it matters.
    pub(crate) runs: Vec<Run>,
    /// The jobs that it waits for.
    pub(crate) needs: Vec<String>,
    /// The workflow of the repository that it calls.
    pub(crate) called: Option<FileId>,
    pub(crate) made_for: MadeFor,
    pub(crate) toolchains: Vec<At<String>>,
    pub(crate) has_matrix: bool,
    /// Whether part of it could not be read, so that what is missing may be there.
    pub(crate) is_partial: bool,
}

/// Whom a job is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeFor {
    Everybody,
    /// It runs for pull requests alone, by its condition.
    Changes,
    /// It is there to be watched: on a compiler of tomorrow, or an experiment by its name.
    Watchers,
}

/// Where a workflow stands that a job calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    Here,
    Elsewhere,
}

/// What a token may do.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) span: Span,
    pub(crate) is_write_all: bool,
    /// The scopes in which it may write, with their places.
    pub(crate) writes: Vec<At<String>>,
}

/// An image that something of a pipeline runs in.
#[derive(Clone, Debug)]
pub(crate) struct ImageUse {
    pub(crate) span: Span,
    /// Without `docker://`; `Err` where an expression or a variable decides.
    pub(crate) image: Result<ImageRef, String>,
    /// Whether it stands in a `uses:`, where it is an action too.
    pub(crate) is_action: bool,
}

/// One `uses:`.
#[derive(Clone, Debug)]
pub(crate) struct ActionUse {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) pin: Pin,
}

/// What an action's reference is pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pin {
    /// In the repository itself.
    Local,
    Commit,
    Digest,
    /// A tag, a branch, or nothing at all.
    Moving,
    /// An expression decides.
    Unclear,
}

impl Job {
    /// What somebody relies on to stop a change.
    pub(crate) fn gates(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.is_gate())
    }
}

impl Pipeline {
    pub(crate) fn all(sources: &Sources, facts: &Facts) -> Vec<Self> {
        let follower = &Follower { sources, facts };
        let mut found = Vec::new();
        for (file, source) in sources.iter() {
            match (source.kind, facts.get(file)) {
                (Kind::Workflow, FileFacts::Workflow(workflow)) => {
                    found.push(of_workflow(follower, file, workflow));
                }
                (Kind::Action, FileFacts::Action(action)) => found.push(of_action(sources, file, action)),
                (Kind::GitlabCi, FileFacts::Gitlab(gitlab)) => found.push(of_gitlab(follower, file, gitlab)),
                _ => {}
            }
        }
        found
    }
}

fn of_workflow(
    follower: &Follower<'_>,
    file: FileId,
    workflow: &crate::facts::workflow::WorkflowFacts,
) -> Pipeline {
    let mut actions = Vec::new();
    let mut images = Vec::new();
    let mut jobs = Vec::new();
    for job in &workflow.jobs {
        actions.extend(job.uses.iter().map(|uses| action_use(file, uses)));
        actions.extend(
            job.steps.iter().filter_map(|step| step.uses.as_ref()).map(|uses| action_use(file, uses)),
        );
        let named = job.container.iter().chain(job.services.iter().map(|(_, image)| image));
        images.extend(named.map(|image| image_use(file, image, false)));
        images.extend(images_of_steps(file, &job.steps));
        jobs.push(Job {
            name: job.id.value.clone(),
            span: Span::new(file, job.id.range),
            has_timeout: job.timeout.is_some(),
            calls: job.uses.as_ref().map(|uses| match parse_uses(&uses.value) {
                Uses::Local(_) => Called::Here,
                _ => Called::Elsewhere,
            }),
            permissions: job.permissions.as_ref().map(|granted| self::granted(file, granted)),
            runs: run::of_job(follower, file, workflow, job),
            needs: job.needs.iter().map(|needed| needed.value.clone()).collect(),
            called: job.uses.as_ref().and_then(|uses| {
                let path = uses.value.strip_prefix("./").or_else(|| uses.value.strip_prefix("$/"))?;
                follower.sources.find(path)
            }),
            made_for: match &job.condition {
                _ if run::is_trial(follower.sources.path(file), workflow, job) => MadeFor::Watchers,
                Some(condition) if is_for_changes(&condition.value) => MadeFor::Changes,
                _ => MadeFor::Everybody,
            },
            toolchains: job.steps.iter().filter_map(toolchain).collect(),
            has_matrix: !job.matrix.is_empty(),
            is_partial: job.is_partial,
        });
    }
    let only_called = !workflow.triggers.is_empty()
        && workflow.triggers.iter().all(|trigger| trigger.value == "workflow_call");
    Pipeline {
        id: follower.sources.path(file).to_owned(),
        system: System::GitHub,
        span: follower.sources.first_line(file),
        builds: build::of_workflow(file, workflow, &jobs),
        runs_for_changes: build::runs_for_changes(workflow),
        jobs_key: workflow.jobs_key.map(|range| Span::new(file, range)),
        permissions: workflow.permissions.as_ref().map(|granted| self::granted(file, granted)),
        jobs,
        actions,
        images,
        file,
        is_only_called: only_called,
        is_partial: !workflow.errors.is_empty(),
        untrusted: untrusted::of_workflow(follower.sources, file, workflow),
    }
}

fn of_action(sources: &Sources, file: FileId, action: &crate::facts::workflow::ActionFacts) -> Pipeline {
    Pipeline {
        id: sources.path(file).to_owned(),
        system: System::Action,
        span: sources.first_line(file),
        builds: Vec::new(),
        runs_for_changes: false,
        jobs_key: None,
        permissions: None,
        jobs: Vec::new(),
        actions: action
            .steps
            .iter()
            .filter_map(|step| step.uses.as_ref())
            .map(|uses| action_use(file, uses))
            .collect(),
        images: action
            .image
            .iter()
            .filter(|image| image.value.starts_with(DOCKER))
            .map(|image| image_use(file, image, false))
            .chain(images_of_steps(file, &action.steps))
            .collect(),
        file,
        is_only_called: true,
        is_partial: !action.errors.is_empty(),
        untrusted: untrusted::of_action(sources, file, action),
    }
}

fn of_gitlab(follower: &Follower<'_>, file: FileId, gitlab: &crate::facts::gitlab::GitlabFacts) -> Pipeline {
    let mut images: Vec<&At<String>> = gitlab.image.iter().chain(&gitlab.services).collect();
    let mut jobs = Vec::new();
    for job in &gitlab.jobs {
        images.extend(job.image.iter().chain(&job.services));
        jobs.push(Job {
            name: job.name.value.clone(),
            span: Span::new(file, job.name.range),
            // GitLab bounds every job by the project's setting, one hour unless it is changed.
            has_timeout: true,
            calls: job.trigger.then_some(Called::Elsewhere),
            permissions: None,
            runs: run::of_gitlab(follower, file, gitlab, job),
            needs: Vec::new(),
            called: None,
            made_for: if run::names_trial(&job.name.value) { MadeFor::Watchers } else { MadeFor::Everybody },
            toolchains: Vec::new(),
            has_matrix: false,
            is_partial: !gitlab.errors.is_empty(),
        });
    }
    Pipeline {
        id: follower.sources.path(file).to_owned(),
        system: System::Gitlab,
        span: follower.sources.first_line(file),
        builds: Vec::new(),
        runs_for_changes: false,
        jobs_key: None,
        permissions: None,
        jobs,
        actions: Vec::new(),
        images: images.into_iter().map(|image| image_use(file, image, false)).collect(),
        file,
        is_only_called: false,
        is_partial: !gitlab.errors.is_empty() || !gitlab.includes.is_empty(),
        untrusted: Untrusted::default(),
    }
}

/// Whether a condition holds for pull requests alone.
fn is_for_changes(condition: &str) -> bool {
    let plain = condition.replace(' ', "").replace('"', "'");
    plain.contains("event_name=='pull_request'") && !plain.contains("||")
}

/// What GitHub writes before an image where an action may stand too.
const DOCKER: &str = "docker://";

fn images_of_steps(file: FileId, steps: &[Step]) -> impl Iterator<Item = ImageUse> {
    let uses = steps.iter().filter_map(|step| step.uses.as_ref());
    uses.filter(|uses| uses.value.starts_with(DOCKER)).map(move |uses| image_use(file, uses, true))
}

fn image_use(file: FileId, image: &At<String>, is_action: bool) -> ImageUse {
    let text = image.value.strip_prefix(DOCKER).unwrap_or(&image.value);
    let image_ref = if text.contains(['$', '{']) { None } else { ImageRef::parse(text) };
    ImageUse { span: image.span(file), image: image_ref.ok_or_else(|| text.to_owned()), is_action }
}

fn granted(file: FileId, permissions: &crate::facts::workflow::Permissions) -> Granted {
    Granted {
        span: Span::new(file, permissions.range),
        is_write_all: permissions.kind == PermissionsKind::WriteAll,
        writes: match &permissions.kind {
            PermissionsKind::Map(scopes) => scopes
                .iter()
                .filter(|(_, what)| what.value == "write")
                .map(|(scope, _)| scope.clone())
                .collect(),
            _ => Vec::new(),
        },
    }
}

/// The Rust version that a step installs: `dtolnay/rust-toolchain@1.80.0`, `toolchain: 1.80`.
fn toolchain(step: &Step) -> Option<At<String>> {
    let uses = step.uses.as_ref()?;
    if !uses.value.contains("toolchain") && !uses.value.contains("rust") {
        return None;
    }
    if let Some((_, version)) = step.with.iter().find(|(name, _)| name.value == "toolchain") {
        return Some(version.clone());
    }
    let version = uses.value.split_once('@')?.1;
    (file_name(uses.value.split('@').next()?) == "rust-toolchain")
        .then(|| At::new(version.to_owned(), uses.range))
}

fn action_use(file: FileId, uses: &At<String>) -> ActionUse {
    let pin = match parse_uses(&uses.value) {
        Uses::Local(_) => Pin::Local,
        Uses::Docker(image) if image.contains("@sha256:") => Pin::Digest,
        Uses::Action { reference: Some(reference), .. } if is_commit_sha(&reference) => Pin::Commit,
        Uses::Docker(_) => Pin::Moving,
        Uses::Action { reference, .. } if !reference.as_ref().is_some_and(|text| text.contains("${{")) => {
            Pin::Moving
        }
        Uses::Action { .. } | Uses::Dynamic => Pin::Unclear,
    };
    ActionUse { span: Span::new(file, uses.range), text: uses.value.clone(), pin }
}
