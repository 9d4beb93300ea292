//! What a pipeline hands out, and whether its tests come first.

use super::command::Does;
use super::run::Run;
use super::{Job, MadeFor, Pipeline};
use crate::model::Project;
use crate::span::{FileId, Span};

/// Workflows that call each other are followed this far.
const MAX_DEPTH: usize = 4;

/// A job that hands something out.
pub(crate) struct Release<'p> {
    pub(crate) job: &'p Job,
    pub(crate) run: &'p Run,
    pub(crate) after: After,
}

/// What comes before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Tests(Span),
    /// Something that may run the tests.
    Unclear(String),
    Nothing,
}

impl Run {
    /// Whether it hands something out. What is applied to a cluster may be for a test of its own.
    fn is_release(&self) -> bool {
        let program = self.command.text.split_whitespace().next().unwrap_or_default();
        match self.command.does {
            Does::Publishes => true,
            Does::Deploys => {
                !matches!(program, "kubectl" | "oc" | "helm" | "helmfile" | "terraform" | "tofu")
            }
            _ => false,
        }
    }
}

impl Project<'_> {
    /// The jobs of a workflow that hand something out, and what each waits for. A job for which a test waits makes what
    /// is tested.
    pub(crate) fn releases<'p>(&'p self, pipeline: &'p Pipeline) -> Vec<Release<'p>> {
        let tests: Vec<&Job> = pipeline
            .jobs
            .iter()
            .filter(|job| self.runs_of(job).iter().any(|run| run.command.tests()))
            .collect();
        let is_for_tests =
            |job: &Job| tests.iter().any(|test| awaited(pipeline, test).any(|other| other.name == job.name));
        let release = |job: &'p Job| {
            let run = self.runs_of(job).into_iter().find(|run| run.is_release())?;
            (!is_for_tests(job)).then(|| Release { job, run, after: self.after(pipeline, job) })
        };
        pipeline.jobs.iter().filter(|job| job.made_for != MadeFor::Changes).filter_map(release).collect()
    }

    /// The first job of a workflow that runs the tests, for whoever relies on them.
    pub(crate) fn testing_job<'p>(&'p self, pipeline: &'p Pipeline) -> Option<(&'p Job, Span)> {
        let mut jobs = pipeline.jobs.iter().filter(|job| job.made_for != MadeFor::Watchers);
        jobs.find_map(|job| {
            let runs = self.runs_of(job);
            let test = runs.iter().find(|run| run.command.does == Does::Tests && run.ignored.is_none())?;
            Some((job, test.span))
        })
    }

    fn after(&self, pipeline: &Pipeline, job: &Job) -> After {
        let mut unclear = None;
        for before in std::iter::once(job).chain(awaited(pipeline, job)) {
            let runs = self.runs_of(before);
            if let Some(test) = runs.iter().find(|run| run.command.tests()) {
                return After::Tests(test.span);
            }
            let anything = runs.iter().find(|run| run.command.does == Does::Anything && !builds_image(run));
            let is_elsewhere = before.calls.is_some() && before.called.is_none();
            if anything.is_some() || is_elsewhere || before.is_partial {
                let what = anything.map_or(&before.name, |run| &run.command.text);
                unclear = unclear.or_else(|| Some(what.clone()));
            }
        }
        unclear.map_or(After::Nothing, After::Unclear)
    }

    /// What a job runs, through the workflows of the repository that it calls.
    fn runs_of<'p>(&'p self, job: &'p Job) -> Vec<&'p Run> {
        let mut found: Vec<&Run> = job.runs.iter().collect();
        let mut open: Vec<(FileId, usize)> = job.called.map(|file| (file, MAX_DEPTH)).into_iter().collect();
        while let Some((file, depth)) = open.pop() {
            let called = self.pipelines.iter().filter(|pipeline| pipeline.file == file);
            for job in called.flat_map(|pipeline| &pipeline.jobs) {
                found.extend(&job.runs);
                open.extend(job.called.filter(|_| 0 < depth).map(|file| (file, depth - 1)));
            }
        }
        found
    }
}

/// Whether it builds an image, which is seldom how tests are run.
fn builds_image(run: &Run) -> bool {
    let words: Vec<&str> = run.command.text.split_whitespace().take(2).collect();
    matches!(words[..], ["docker" | "podman", "build" | "buildx"])
}

/// The jobs for which a job waits, itself left out.
fn awaited<'p>(pipeline: &'p Pipeline, job: &'p Job) -> impl Iterator<Item = &'p Job> {
    let mut found: Vec<&Job> = Vec::new();
    let mut open: Vec<&String> = job.needs.iter().collect();
    while let Some(name) = open.pop() {
        let Some(job) = pipeline.jobs.iter().find(|job| job.name == *name) else { continue };
        if !found.iter().any(|known| known.name == job.name) {
            found.push(job);
            open.extend(&job.needs);
        }
    }
    found.into_iter()
}
