//! From the tree to the facts.

use super::{ActionFacts, Filter, Job, Permissions, PermissionsKind, Step, WorkflowFacts};
use crate::span::At;
use crate::syntax::yaml::{self, Ref};

pub(crate) fn extract_workflow(text: &str) -> WorkflowFacts {
    let tree = yaml::parse_around(text);
    let mut facts = tree.root().map(workflow).unwrap_or_default();
    facts.errors.append(&mut tree.into_errors());
    let ends: Vec<u32> = facts.jobs.iter().skip(1).map(|job| job.range.start).chain([u32::MAX]).collect();
    for (job, end) in facts.jobs.iter_mut().zip(ends) {
        // What was left out at the end of a job is no part of its range.
        job.is_partial =
            facts.errors.iter().any(|error| job.range.start <= error.range.start && error.range.start < end);
    }
    facts
}

pub(crate) fn extract_action(text: &str) -> ActionFacts {
    let tree = yaml::parse_around(text);
    let mut facts = tree.root().map(action).unwrap_or_default();
    facts.errors.append(&mut tree.into_errors());
    facts
}

fn workflow(root: Ref<'_>) -> WorkflowFacts {
    let jobs = root.entry("jobs");
    let mut errors = Vec::new();
    if !root.is_mapping() {
        errors.push(root.at("the workflow is not a mapping".to_owned()));
    }
    WorkflowFacts {
        name: string(root, "name"),
        triggers: root.get("on").map(triggers).unwrap_or_default(),
        filters: root.get("on").map(filters).unwrap_or_default(),
        permissions: permissions(root),
        env: pairs(root, "env"),
        shell: root.path(&["defaults", "run", "shell"]).and_then(Ref::at_str),
        jobs: jobs.map(|(_, jobs)| jobs.entries()).unwrap_or_default().into_iter().filter_map(job).collect(),
        jobs_key: jobs.map(|(key, _)| key.range()),
        errors,
    }
}

fn action(root: Ref<'_>) -> ActionFacts {
    let runs = root.get("runs");
    let inputs = root.get("inputs").map(Ref::entries).unwrap_or_default();
    ActionFacts {
        name: string(root, "name"),
        using: runs.and_then(|runs| string(runs, "using")),
        image: runs.and_then(|runs| string(runs, "image")),
        inputs: inputs.into_iter().filter_map(|(name, _)| name.at_text()).collect(),
        steps: runs.map(steps).unwrap_or_default(),
        errors: Vec::new(),
    }
}

/// A single event, a list of them, or a mapping from events to their filters.
fn triggers(on: Ref<'_>) -> Vec<At<String>> {
    if on.is_mapping() {
        on.entries().into_iter().filter_map(|(event, _)| event.at_text()).collect()
    } else {
        on.strings()
    }
}

fn filters(on: Ref<'_>) -> Vec<Filter> {
    let list = |value: Ref<'_>, key: &str| -> Vec<String> {
        let list = value.get(key).map(Ref::strings).unwrap_or_default();
        list.into_iter().map(|item| item.value).collect()
    };
    let filter = |(event, value): (Ref<'_>, Ref<'_>)| {
        Some(Filter {
            event: event.text()?.to_owned(),
            branches: list(value, "branches"),
            tags: list(value, "tags"),
        })
    };
    if on.is_mapping() { on.entries().into_iter().filter_map(filter).collect() } else { Vec::new() }
}

fn permissions(parent: Ref<'_>) -> Option<Permissions> {
    let (key, value) = parent.entry("permissions")?;
    let kind = match value.text() {
        Some("read-all") => PermissionsKind::ReadAll,
        Some("write-all") => PermissionsKind::WriteAll,
        None if value.is_mapping() => match value.pairs() {
            scopes if scopes.is_empty() => PermissionsKind::Empty,
            scopes => PermissionsKind::Map(scopes),
        },
        _ => PermissionsKind::Unclear,
    };
    Some(Permissions { range: key.range().cover(value.range()), kind })
}

fn job((id, job): (Ref<'_>, Ref<'_>)) -> Option<Job> {
    Some(Job {
        id: id.at_text()?,
        name: string(job, "name"),
        range: id.through(job),
        runs_on: job.get("runs-on").map(runs_on).unwrap_or_default(),
        timeout: string(job, "timeout-minutes"),
        permissions: permissions(job),
        uses: string(job, "uses"),
        container: job.get("container").and_then(image),
        services: job.get("services").map(services).unwrap_or_default(),
        steps: steps(job),
        needs: job.get("needs").map(Ref::strings).unwrap_or_default(),
        condition: string(job, "if"),
        continue_on_error: string(job, "continue-on-error"),
        matrix: job.path(&["strategy", "matrix"]).map(matrix).unwrap_or_default(),
        env: pairs(job, "env"),
        shell: job.path(&["defaults", "run", "shell"]).and_then(Ref::at_str),
        is_partial: false,
    })
}

fn runs_on(value: Ref<'_>) -> Vec<At<String>> {
    match value.get("labels").or_else(|| value.get("group")) {
        Some(labels) => labels.strings(),
        None => value.strings(),
    }
}

/// An image by itself, or the `image` of a mapping.
fn image(value: Ref<'_>) -> Option<At<String>> {
    value.get("image").unwrap_or(value).at_str()
}

fn services(value: Ref<'_>) -> Vec<(At<String>, At<String>)> {
    let service = |(name, value): (Ref<'_>, Ref<'_>)| Some((name.at_text()?, image(value)?));
    value.entries().into_iter().filter_map(service).collect()
}

fn matrix(value: Ref<'_>) -> Vec<(String, Vec<At<String>>)> {
    let mut axes: Vec<(String, Vec<At<String>>)> = Vec::new();
    for (name, values) in value.pairs_of_lists() {
        if name.value != "include" && name.value != "exclude" {
            axes.push((name.value, values));
        }
    }
    let included = value.get("include").into_iter().flat_map(Ref::items).flat_map(Ref::pairs);
    for (name, value) in included {
        match axes.iter_mut().find(|(axis, _)| *axis == name.value) {
            Some((_, values)) => values.push(value),
            None => axes.push((name.value, vec![value])),
        }
    }
    axes
}

fn steps(parent: Ref<'_>) -> Vec<Step> {
    parent.get("steps").into_iter().flat_map(Ref::items).filter(|step| step.is_mapping()).map(step).collect()
}

fn step(step: Ref<'_>) -> Step {
    Step {
        range: step.range(),
        name: string(step, "name"),
        id: string(step, "id"),
        uses: string(step, "uses"),
        with: pairs(step, "with"),
        run: string(step, "run"),
        shell: string(step, "shell"),
        env: pairs(step, "env"),
        timeout: string(step, "timeout-minutes"),
        continue_on_error: string(step, "continue-on-error"),
        condition: string(step, "if"),
        working_directory: string(step, "working-directory"),
    }
}

fn string(parent: Ref<'_>, key: &str) -> Option<At<String>> {
    parent.get(key).and_then(Ref::at_str)
}

fn pairs(parent: Ref<'_>, key: &str) -> Vec<(At<String>, At<String>)> {
    parent.get(key).map(Ref::pairs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[At<String>]) -> Vec<&str> {
        list.iter().map(|item| item.value.as_str()).collect()
    }

    #[test]
    fn every_form_of_on_names_its_events() {
        for (text, expected) in [
            ("on: push", vec!["push"]),
            ("'on': push", vec!["push"]),
            ("on: [push, pull_request_target]", vec!["push", "pull_request_target"]),
            ("on:\n  push:\n  schedule:\n    - cron: '0 0 * * *'", vec!["push", "schedule"]),
            ("on:\n- push\n- workflow_call", vec!["push", "workflow_call"]),
            ("name: x", vec![]),
            ("on:", vec![]),
        ] {
            assert_eq!(values(&extract_workflow(text).triggers), expected, "{text}");
        }
    }

    #[test]
    fn events_have_filters_and_jobs_a_shell() {
        let facts = extract_workflow(
            "on:\n  push:\n    tags: ['v*']\n    branches: main\n  pull_request:\n    paths: [a]\ndefaults: {run: {shell: bash}}\njobs:\n  a:\n    name: A\n    defaults:\n      run:\n        shell: pwsh\n",
        );
        let filters: Vec<_> = facts.filters.iter().map(|it| (&*it.event, it.tags.len())).collect();
        assert_eq!(filters, [("push", 1), ("pull_request", 0)]);
        assert_eq!(facts.filters[0].branches, ["main"]);
        assert_eq!(facts.shell.map(|at| at.value).as_deref(), Some("bash"));
        let job = &facts.jobs[0];
        assert_eq!(job.shell.as_ref().map(|at| &*at.value), Some("pwsh"));
        assert_eq!(job.name.as_ref().map(|at| &*at.value), Some("A"));
    }

    #[test]
    fn permissions_have_five_forms_and_may_be_absent() {
        let map = |facts: &WorkflowFacts| match &facts.permissions.as_ref()?.kind {
            PermissionsKind::ReadAll => Some("read-all".to_owned()),
            PermissionsKind::WriteAll => Some("write-all".to_owned()),
            PermissionsKind::Empty => Some("empty".to_owned()),
            PermissionsKind::Unclear => Some("unclear".to_owned()),
            PermissionsKind::Map(scopes) => {
                let scopes = scopes.iter().map(|(scope, level)| format!("{}={}", scope.value, level.value));
                Some(scopes.collect::<Vec<_>>().join(" "))
            }
        };
        for (text, expected) in [
            ("permissions: read-all", Some("read-all")),
            ("permissions: write-all", Some("write-all")),
            ("permissions: {}", Some("empty")),
            ("permissions:", Some("unclear")),
            ("permissions: ${{ x }}", Some("unclear")),
            ("permissions:\n  contents: read\n  id-token: write", Some("contents=read id-token=write")),
            ("name: x", None),
        ] {
            assert_eq!(map(&extract_workflow(text)).as_deref(), expected, "{text}");
        }
    }

    const WORKFLOW: &str = "\
name: ci
on: push
env: {CI: true, EMPTY: }
jobs:
  build:
    needs: lint
    if: github.ref == 'refs/heads/main'
    runs-on: [self-hosted, linux]
    timeout-minutes: 10
    permissions: {contents: read}
    container: {image: 'rust:1.95'}
    services:
      db: {image: postgres:17, ports: [5432]}
      cache: redis
    strategy:
      matrix:
        os: [a, b]
        pair: [{x: 1}]
        include:
          - os: c
            extra: 1
        exclude: [{os: a}]
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - name: test
        id: t
        shell: bash
        working-directory: sub
        continue-on-error: true
        timeout-minutes: 5
        if: always()
        env: {A: b}
        run: |
          cargo test
          echo done
  call:
    uses: ./.github/workflows/x.yml
    needs: [build, lint]
  group:
    runs-on: {group: big, labels: [fast]}
";

    #[test]
    fn jobs_and_steps_are_read_with_their_places() {
        let facts = extract_workflow(WORKFLOW);
        assert_eq!(facts.errors, []);
        assert_eq!(&WORKFLOW[facts.jobs_key.expect("there is a key").as_usize()], "jobs");
        assert_eq!(facts.env[1].1.value, "");
        let [build, call, group] = &facts.jobs[..] else { panic!("three jobs") };
        assert!(WORKFLOW[build.range.as_usize()].starts_with("build:\n"));
        assert!(WORKFLOW[build.range.as_usize()].ends_with("echo done"));
        assert_eq!(values(&build.needs), ["lint"]);
        assert_eq!(values(&build.runs_on), ["self-hosted", "linux"]);
        assert_eq!(build.timeout.as_ref().map(|at| at.value.as_str()), Some("10"));
        assert!(matches!(&build.permissions, Some(Permissions { kind: PermissionsKind::Map(_), .. })));
        assert_eq!(build.container.as_ref().map(|at| at.value.as_str()), Some("rust:1.95"));
        let services: Vec<_> =
            build.services.iter().map(|(name, image)| (&*name.value, &*image.value)).collect();
        assert_eq!(services, [("db", "postgres:17"), ("cache", "redis")]);
        let matrix: Vec<_> = build.matrix.iter().map(|(axis, list)| (axis.as_str(), values(list))).collect();
        assert_eq!(matrix, [("os", vec!["a", "b", "c"]), ("extra", vec!["1"])]);
        let [checkout, test] = &build.steps[..] else { panic!("two steps") };
        assert_eq!(checkout.with[0].1.value, "false");
        let run = test.run.as_ref().expect("the step runs a script");
        assert_eq!(run.value, "cargo test\necho done\n");
        assert!(WORKFLOW[run.range.as_usize()].starts_with("|\n"));
        assert!(test.condition.is_some() && test.shell.is_some() && test.working_directory.is_some());
        assert!(test.continue_on_error.is_some() && test.timeout.is_some() && test.env.len() == 1);
        assert_eq!(call.uses.as_ref().map(|at| at.value.as_str()), Some("./.github/workflows/x.yml"));
        assert_eq!(values(&call.needs), ["build", "lint"]);
        assert_eq!(values(&group.runs_on), ["fast"]);
    }

    #[test]
    fn actions_are_composite_or_docker() {
        let composite =
            extract_action("inputs: {a: {}}\nruns:\n  using: composite\n  steps: [{run: ls, shell: bash}]");
        assert_eq!(values(&composite.inputs), ["a"]);
        assert_eq!(composite.steps.len(), 1);
        let docker = extract_action("name: d\nruns: {using: docker, image: 'docker://alpine:3.20'}");
        assert_eq!(docker.image.map(|at| at.value).as_deref(), Some("docker://alpine:3.20"));
        assert!(docker.steps.is_empty());
    }

    #[test]
    fn what_is_no_workflow_is_an_error_and_what_is_empty_is_not() {
        for (text, errors) in [("- a", 1), ("", 0), ("jobs: [", 1), ("on: push\non: push", 1)] {
            assert_eq!(extract_workflow(text).errors.len(), errors, "{text}");
        }
    }
}
