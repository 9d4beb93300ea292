//! What the jobs of a pipeline run, and whether it matters that it fails.

use super::command::{Command, Does, Fate, Follower, of_action};
use crate::facts::gitlab::{GitlabFacts, GitlabJob};
use crate::facts::workflow::{Job, Step, Uses, WorkflowFacts, parse_uses};
use crate::source::{file_name, join};
use crate::span::{At, FileId, Span};

/// Actions of the repository that use each other are followed this far.
const MAX_DEPTH: usize = 4;

/// A command or an action of a job that matters.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) span: Span,
    pub(crate) command: Command,
    /// Why the pipeline passes although it fails.
    pub(crate) ignored: Option<Ignored>,
}

/// Why a pipeline passes although something of it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// `|| true`.
    Forgiven,
    /// The exit code is that of the command that reads its output.
    Piped,
    /// The step goes on, and nothing asks for its outcome.
    Step(Span),
    /// The job may fail.
    Job(Span),
}

impl Run {
    /// Whether somebody relies on it to stop a change: a test, a check, a deployment. What only writes a report, or mends what
    /// it finds, is read elsewhere.
    pub(crate) fn is_gate(&self) -> bool {
        let says = |word: &str| self.command.text.split_whitespace().any(|own| own.starts_with(word));
        let is_report = says("--message-format") || says("--format") || says("--json") || says("--output");
        match self.command.does {
            Does::Tests | Does::Deploys => true,
            Does::Lints => !is_report && !says("--fix"),
            Does::Audits => !is_report,
            // Without `--check` it changes files and never fails.
            Does::Formats => self.command.place.is_some() || says("--check"),
            Does::Coverage | Does::Hooks | Does::Publishes | Does::Anything => false,
        }
    }
}

/// What names something that is watched and not relied on.
const TRIALS: &[&str] = &[
    "nightly",
    "beta",
    "canary",
    "experimental",
    "experiment",
    "unstable",
    "optional",
    "flaky",
    "miri",
    "msrv",
];

pub(super) fn of_job(follower: &Follower<'_>, file: FileId, workflow: &WorkflowFacts, job: &Job) -> Vec<Run> {
    let of_job = literally_true(job.continue_on_error.as_ref()).map(|at| Ignored::Job(at.span(file)));
    let text = follower.sources.text(file);
    let mut runs = Vec::new();
    for step in &job.steps {
        // Later steps may ask what became of it.
        let is_asked =
            step.id.as_ref().is_some_and(|id| text.contains(&format!("steps.{}.outcome", id.value)));
        let of_step = literally_true(step.continue_on_error.as_ref()).filter(|_| !is_asked);
        let of_step = of_step.map(|at| Ignored::Step(at.span(file)));
        let shell = step.shell.as_ref().or(job.shell.as_ref()).or(workflow.shell.as_ref());
        for (span, command) in of_step_runs(follower, file, step, MAX_DEPTH) {
            let own = match command.fate {
                Fate::Forgiven => Some(Ignored::Forgiven),
                // GitHub's own choice is `bash -e`; `shell: bash` adds `pipefail`.
                Fate::Piped if shell.is_none() && command.place.is_none() => {
                    let script = step.run.as_ref().map_or("", |run| &run.value);
                    let is_asked = script.contains("pipefail") || script.contains("PIPESTATUS");
                    (!is_asked).then_some(Ignored::Piped)
                }
                Fate::Piped | Fate::Ends => None,
            };
            runs.push(Run { span, ignored: own.or(of_step).or(of_job), command });
        }
    }
    runs
}

pub(super) fn of_gitlab(
    follower: &Follower<'_>,
    file: FileId,
    gitlab: &GitlabFacts,
    job: &GitlabJob,
) -> Vec<Run> {
    let of_job = literally_true(job.allow_failure.as_ref()).map(|at| Ignored::Job(at.span(file)));
    let scripts = gitlab.before_script.iter().chain(&job.script);
    let found = scripts.flat_map(|text| follower.runs(file, "", text));
    found
        .map(|(span, command)| {
            let own = (command.fate == Fate::Forgiven).then_some(Ignored::Forgiven);
            Run { span, ignored: own.or(of_job), command }
        })
        .collect()
}

fn literally_true(value: Option<&At<String>>) -> Option<&At<String>> {
    value.filter(|value| value.value == "true")
}

/// What the commands of a step do, its action, and those of an action of the repository that it uses.
fn of_step_runs(follower: &Follower<'_>, file: FileId, step: &Step, depth: usize) -> Vec<(Span, Command)> {
    let folder = step.working_directory.as_ref().map_or("", |folder| folder.value.as_str());
    let folder = join("", folder).unwrap_or_default();
    let mut found: Vec<(Span, Command)> =
        step.run.iter().flat_map(|text| follower.runs(file, &folder, text)).collect();
    let Some(uses) = &step.uses else { return found };
    let input = |key: &str| {
        let (_, value) = step.with.iter().find(|(name, _)| name.value.eq_ignore_ascii_case(key))?;
        Some(value.value.clone())
    };
    if let Uses::Action { owner, repo, path, .. } = parse_uses(&uses.value) {
        let name = [owner.as_str(), repo.as_str(), path.as_str()].join("/");
        let name = name.trim_end_matches('/');
        if let Some(does) = of_action(name, input) {
            found.push((uses.span(file), does.by(&[name])));
        }
    }
    // `actions-rs/cargo` and its like take Cargo's words as inputs.
    if uses.value.contains("cargo")
        && !uses.value.contains("cargo-deny")
        && let Some((_, command)) = step.with.iter().find(|(name, _)| name.value == "command")
    {
        let text = format!("cargo {} {}", command.value, input("args").unwrap_or_default());
        found.extend(follower.runs(file, &folder, &At::new(text, command.range)));
    }
    if let (Some((inner, action)), Some(depth)) = (follower.action(&uses.value), depth.checked_sub(1)) {
        for inner_step in &action.steps {
            let is_ignored = literally_true(inner_step.continue_on_error.as_ref()).is_some();
            let commands = of_step_runs(follower, inner, inner_step, depth).into_iter();
            found.extend(commands.map(|(span, mut command)| {
                if is_ignored {
                    command.fate = Fate::Forgiven;
                }
                (span, command)
            }));
        }
    }
    found
}

/// Whether a job is there to be watched.
pub(super) fn is_trial(path: &str, workflow: &WorkflowFacts, job: &Job) -> bool {
    let names = [workflow.name.as_ref(), Some(&job.id), job.name.as_ref()];
    let scripts = job.steps.iter().flat_map(|step| step.run.iter().chain(&step.name));
    let toolchain = |script: &At<String>| {
        ["+nightly", "+beta", "install nightly", "install beta", "default nightly", "=beta", "=nightly"]
            .iter()
            .any(|way| script.value.contains(way))
    };
    names_trial(file_name(path))
        || names.into_iter().flatten().any(|name| names_trial(&name.value))
        || scripts.clone().any(toolchain)
        || job.steps.iter().filter_map(super::toolchain).any(|at| names_trial(&at.value))
}

pub(super) fn names_trial(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| TRIALS.contains(&word))
}
