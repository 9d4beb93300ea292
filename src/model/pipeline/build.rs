//! The images that workflows build: from which Dockerfile, under which tags, and whether before a change is merged.

use super::command::Does;
use super::{Job, Pipeline};
use crate::facts::workflow::{self, Step, Uses, WorkflowFacts, parse_uses};
use crate::model::Project;
use crate::source::join;
use crate::span::{FileId, Span};

/// An image that a step builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageBuild {
    pub(crate) span: Span,
    /// The Dockerfiles that it may be, one for each entry of a matrix; none where that is not written down.
    pub(crate) dockerfiles: Vec<String>,
    /// The names that it is given, as written.
    pub(crate) tags: Vec<String>,
    pub(crate) is_pushed: bool,
    /// Whether labels say more of it than its tags.
    pub(crate) has_labels: bool,
    /// Whether its job and step run for a pull request, as far as their conditions say.
    pub(crate) is_for_changes: bool,
}

/// Whether a change builds an image before it is merged.
pub(crate) enum Tried<'p> {
    Yes(&'p ImageBuild),
    /// Something builds an image for a change, and which is not known.
    Perhaps(Span),
    /// The first place that builds it.
    No(&'p ImageBuild),
    /// Nothing is known to build it.
    NotBuilt,
}

/// Events that happen before a change is merged.
const CHANGES: &[&str] = &["pull_request", "pull_request_target", "merge_group"];

/// What a condition says that does not hold for a pull request.
const AFTERWARDS: &[&str] = &[
    "event_name!='pull_request'",
    "event_name=='push'",
    "event_name=='release'",
    "event_name=='schedule'",
    "event_name=='workflow_dispatch'",
    "github.ref=='refs/heads/",
    "github.ref_type=='tag'",
    "github.ref_name=='ma",
    "startswith(github.ref,'refs/",
];

/// What is in the names of tasks and scripts that build images.
const HINTS: &[&str] =
    &["bake", "build", "ci", "compose", "container", "docker", "e2e", "image", "integration"];

pub(super) fn of_workflow(file: FileId, workflow: &WorkflowFacts, jobs: &[Job]) -> Vec<ImageBuild> {
    let mut found = Vec::new();
    for (facts, job) in workflow.jobs.iter().zip(jobs) {
        let for_changes = |step: &Step| holds(facts.condition.as_ref()) && holds(step.condition.as_ref());
        for step in &facts.steps {
            found.extend(of_action(file, facts, step).map(|mut build| {
                build.is_for_changes = for_changes(step);
                build
            }));
        }
        let commands = job.runs.iter().filter(|run| run.command.does == Does::Anything);
        found.extend(commands.filter_map(|run| {
            let mut build = of_command(run.span, &run.command.folder, &run.command.text)?;
            let step = facts.steps.iter().find(|step| {
                let run_of = step.run.as_ref().map(|text| text.range);
                run_of.is_some_and(|at| at.start <= run.span.range.start && run.span.range.end <= at.end)
            });
            build.is_for_changes = step.map_or_else(|| holds(facts.condition.as_ref()), for_changes);
            Some(build)
        }));
    }
    found
}

/// Whether changes run a workflow before they are merged: pull requests, or pushes to any branch.
pub(super) fn runs_for_changes(workflow: &WorkflowFacts) -> bool {
    workflow.triggers.iter().any(|trigger| {
        let filter = workflow.filters.iter().find(|filter| filter.event == trigger.value);
        let is_any = filter.is_none_or(|filter| {
            (filter.branches.is_empty() && filter.tags.is_empty())
                || filter.branches.iter().any(|it| it == "**")
        });
        CHANGES.contains(&trigger.value.as_str()) || (trigger.value == "push" && is_any)
    })
}

fn holds(condition: Option<&crate::span::At<String>>) -> bool {
    condition.is_none_or(|condition| {
        let plain = condition.value.replace(' ', "").replace('"', "'").to_ascii_lowercase();
        plain.contains("||") || !AFTERWARDS.iter().any(|word| plain.contains(word))
    })
}

fn of_action(file: FileId, job: &workflow::Job, step: &Step) -> Option<ImageBuild> {
    let uses = step.uses.as_ref()?;
    let Uses::Action { owner, repo, .. } = parse_uses(&uses.value) else { return None };
    if !matches!((owner.as_str(), repo.as_str()), ("docker" | "depot", "build-push-action")) {
        return None;
    }
    let input = |key: &str| {
        step.with.iter().find(|(name, _)| name.value == key).map(|(_, value)| value.value.as_str())
    };
    let contexts = spelled(job, input("context").unwrap_or("."));
    let dockerfiles = match input("file") {
        Some(path) => spelled(job, path).iter().filter_map(|path| join("", path)).collect(),
        None => {
            let folders = contexts.iter().filter_map(|context| join("", context));
            folders.filter_map(|folder| join(&folder, "Dockerfile")).collect()
        }
    };
    let tags = input("tags").unwrap_or_default().split(['\n', ',']).map(str::trim);
    let is_on = |key: &str| input(key).is_some_and(|value| !matches!(value, "false" | ""));
    Some(ImageBuild {
        span: uses.span(file),
        dockerfiles,
        tags: tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        is_pushed: is_on("push") || input("outputs").is_some_and(|outputs| outputs.contains("push=true")),
        has_labels: is_on("labels"),
        is_for_changes: true,
    })
}

/// A text with each value that a matrix has for it; none where something else decides.
fn spelled(job: &workflow::Job, text: &str) -> Vec<String> {
    let Some((before, rest)) = text.split_once("${{") else { return vec![text.to_owned()] };
    let Some((inside, after)) = rest.split_once("}}") else { return Vec::new() };
    let axis = inside.trim().strip_prefix("matrix.");
    let Some((_, values)) = job.matrix.iter().find(|(name, _)| Some(name.as_str()) == axis) else {
        return Vec::new();
    };
    values.iter().flat_map(|value| spelled(job, &format!("{before}{}{after}", value.value))).collect()
}

/// `docker build -t name -f file context`.
fn of_command(span: Span, folder: &str, text: &str) -> Option<ImageBuild> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let rest = match words[..] {
        ["docker" | "podman", "build", ..] => &words[2..],
        ["docker", "buildx" | "image", "build", ..] => &words[3..],
        _ => return None,
    };
    let (mut file, mut context, mut tags) = (None, None, Vec::new());
    let mut rest = rest.iter().copied();
    while let Some(word) = rest.next() {
        let (flag, joined) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
        match flag {
            "-f" | "--file" => file = joined.or_else(|| rest.next()),
            "-t" | "--tag" => tags.extend(joined.or_else(|| rest.next()).map(str::to_owned)),
            "--build-arg" | "--platform" | "--target" | "--label" | "--secret" | "--cache-from"
            | "--cache-to" | "--build-context" | "--network" | "-o" | "--output" | "--progress"
            | "--builder" | "--ssh" | "--annotation" | "--iidfile" | "--metadata-file"
                if joined.is_none() =>
            {
                rest.next();
            }
            _ if !flag.starts_with('-') => context = context.or(Some(word)),
            _ => {}
        }
    }
    let path = match file {
        Some(file) => join(folder, file),
        None => join(folder, context.unwrap_or(".")).and_then(|context| join(&context, "Dockerfile")),
    };
    Some(ImageBuild {
        span,
        dockerfiles: path.filter(|path| !path.contains('$')).into_iter().collect(),
        tags,
        is_pushed: words.contains(&"--push"),
        has_labels: words.iter().any(|word| word.starts_with("--label")),
        is_for_changes: true,
    })
}

impl Project<'_> {
    /// Whether a change builds what a Dockerfile says before it is merged.
    pub(crate) fn is_tried(&self, dockerfile: &str) -> Tried<'_> {
        let of_it = |build: &&ImageBuild| build.dockerfiles.iter().any(|path| path == dockerfile);
        let Some(first) = self.pipelines.iter().flat_map(|pipeline| &pipeline.builds).find(of_it) else {
            return Tried::NotBuilt;
        };
        let early = || self.pipelines.iter().filter(|pipeline| self.is_early(pipeline, 0));
        let mut builds = early().flat_map(|pipeline| &pipeline.builds).filter(|build| build.is_for_changes);
        if let Some(build) = builds.clone().find(of_it) {
            return Tried::Yes(build);
        }
        let unclear = builds.find(|build| build.dockerfiles.is_empty()).map(|build| build.span);
        let is_direct =
            |pipeline: &Pipeline, span: Span| pipeline.builds.iter().any(|build| build.span == span);
        let may = early().find_map(|pipeline| {
            let runs = pipeline.jobs.iter().flat_map(|job| &job.runs);
            let mut may = runs.filter(|run| match run.command.does {
                Does::Anything => !is_direct(pipeline, run.span) && has_hint(&run.command.text),
                Does::Publishes => run.command.text.contains("bake"),
                _ => false,
            });
            may.next().map(|run| run.span).or_else(|| {
                let used = pipeline
                    .actions
                    .iter()
                    .find(|used| has_hint(&used.text) && !is_direct(pipeline, used.span));
                used.filter(|used| !used.text.contains("setup") && !used.text.contains("login"))
                    .map(|used| used.span)
            })
        });
        unclear.or(may).map_or(Tried::No(first), Tried::Perhaps)
    }

    /// Whether a workflow runs for changes, by itself or because one calls it that does.
    fn is_early(&self, pipeline: &Pipeline, depth: usize) -> bool {
        let calls = |other: &&Pipeline| other.jobs.iter().any(|job| job.called == Some(pipeline.file));
        pipeline.runs_for_changes
            || (depth < 4
                && self.pipelines.iter().filter(calls).any(|caller| self.is_early(caller, depth + 1)))
    }
}

fn has_hint(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| HINTS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::source::Sources;

    fn builds(workflow: &str) -> Vec<(String, String, bool, bool)> {
        let sources = Sources::from_texts([(".github/workflows/ci.yml", workflow)]);
        let facts = Facts::extract(&sources);
        let pipelines = Pipeline::all(&sources, &facts);
        let builds = pipelines[0].builds.iter();
        builds
            .map(|it| (it.dockerfiles.join(" "), it.tags.join(" "), it.is_pushed, it.is_for_changes))
            .collect()
    }

    #[test]
    fn builds_are_read_from_commands_and_actions() {
        let found = builds(
            "on: push\njobs:\n  a:\n    strategy: {matrix: {app: [api, web]}}\n    steps:\n      - uses: docker/build-push-action@v6\n        if: github.event_name != 'pull_request'\n        with: {file: 'docker/${{ matrix.app }}.Dockerfile', push: true, tags: 'x:1,x:latest'}\n      - uses: docker/build-push-action@v6\n        with: {context: ./api, push: false}\n      - uses: docker/build-push-action@v6\n        with: {file: '${{ inputs.file }}'}\n      - run: |\n          cd web\n          docker build --build-arg A=b -t y:${{ github.sha }} -f ../Dockerfile.web --push ..\n      - run: docker build .\n",
        );
        let of = |file: &str, tags: &str, push, changes| (file.to_owned(), tags.to_owned(), push, changes);
        assert_eq!(
            found,
            [
                of("docker/api.Dockerfile docker/web.Dockerfile", "x:1 x:latest", true, false),
                of("api/Dockerfile", "", false, true),
                of("", "", false, true),
                of("Dockerfile.web", "y:$GITHUB_SHA", true, true),
                of("Dockerfile", "", false, true),
            ]
        );
    }
}
