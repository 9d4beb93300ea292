//! GitLab CI: the jobs of a `.gitlab-ci.yml`.
//!
//! Responsible for the shape of this one file. Includes are named and not followed, `extends` is named and
//! not applied, and variables stay text.

use crate::span::{At, Range};
use crate::syntax::yaml::{self, Ref};

/// Scripts may nest lists (<https://docs.gitlab.com/ci/yaml/#script>), up to ten levels.
const MAX_NESTING: usize = 10;

/// Top-level keys that are no jobs: <https://docs.gitlab.com/ci/yaml/#keywords>. `types` is the old `stages`.
const KEYWORDS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

#[derive(Clone, Debug, Default)]
pub(crate) struct GitlabFacts {
    /// The image of jobs that name none, from `default` or the top level.
    pub(crate) image: Option<At<String>>,
    pub(crate) services: Vec<At<String>>,
    pub(crate) default_timeout: Option<At<String>>,
    /// Commands that run before the script of each job that has no `before_script` of its own.
    pub(crate) before_script: Vec<At<String>>,
    pub(crate) stages: Vec<At<String>>,
    pub(crate) includes: Vec<Include>,
    pub(crate) jobs: Vec<GitlabJob>,
    pub(crate) errors: Vec<At<String>>,
}

/// Another file that the pipeline consists of.
#[derive(Clone, Debug)]
pub(crate) struct Include {
    pub(crate) kind: IncludeKind,
    /// A path, an address, a project or a component.
    pub(crate) target: At<String>,
    /// The `ref` of a project.
    pub(crate) reference: Option<At<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IncludeKind {
    Local,
    Remote,
    Template,
    Project,
    Component,
}

#[derive(Clone, Debug)]
pub(crate) struct GitlabJob {
    pub(crate) name: At<String>,
    /// From the job's key to its end.
    pub(crate) range: Range,
    pub(crate) image: Option<At<String>>,
    pub(crate) services: Vec<At<String>>,
    /// The job's own `before_script`, then its `script`, nested lists flattened.
    pub(crate) script: Vec<At<String>>,
    /// `!reference` tags in `script`: commands that stand in another job, perhaps of another file.
    pub(crate) unclear: Vec<Range>,
    pub(crate) timeout: Option<At<String>>,
    pub(crate) extends: Vec<At<String>>,
    /// `allow_failure`, where it is no list of exit codes.
    pub(crate) allow_failure: Option<At<String>>,
    /// It starts another pipeline and runs no script.
    pub(crate) trigger: bool,
    /// Its name begins with a dot: a template that does not run by itself.
    pub(crate) hidden: bool,
}

pub(crate) fn extract_gitlab(text: &str) -> GitlabFacts {
    let tree = yaml::parse(text);
    // A document with `spec` declares inputs for the one that follows it.
    let root = tree.roots().find(|root| root.is_mapping() && root.get("spec").is_none());
    let mut facts = root.map(pipeline).unwrap_or_default();
    facts.errors.append(&mut tree.into_errors());
    facts
}

fn pipeline(root: Ref<'_>) -> GitlabFacts {
    let default = root.get("default");
    let setting = |key| default.and_then(|default| default.get(key)).or_else(|| root.get(key));
    let is_job = |(name, value): &(Ref<'_>, Ref<'_>)| {
        value.is_mapping() && name.text().is_some_and(|name| !KEYWORDS.contains(&name))
    };
    let mut before_script = Vec::new();
    if let Some(commands) = setting("before_script") {
        flatten(commands, MAX_NESTING, &mut before_script, &mut Vec::new());
    }
    GitlabFacts {
        image: setting("image").and_then(image),
        services: setting("services").map(services).unwrap_or_default(),
        default_timeout: default.and_then(|default| default.get("timeout")).and_then(Ref::at_str),
        before_script,
        stages: root.get("stages").or_else(|| root.get("types")).map(Ref::strings).unwrap_or_default(),
        includes: root.get("include").map(includes).unwrap_or_default(),
        jobs: root.entries().into_iter().filter(is_job).filter_map(job).collect(),
        errors: Vec::new(),
    }
}

fn job((name, value): (Ref<'_>, Ref<'_>)) -> Option<GitlabJob> {
    let key = name;
    let name = name.at_text()?;
    let (mut script, mut unclear) = (Vec::new(), Vec::new());
    for commands in ["before_script", "script"].into_iter().filter_map(|key| value.get(key)) {
        flatten(commands, MAX_NESTING, &mut script, &mut unclear);
    }
    Some(GitlabJob {
        range: key.through(value),
        image: value.get("image").and_then(image),
        services: value.get("services").map(services).unwrap_or_default(),
        script,
        unclear,
        timeout: value.get("timeout").and_then(Ref::at_str),
        extends: value.get("extends").map(Ref::strings).unwrap_or_default(),
        allow_failure: value.get("allow_failure").and_then(Ref::at_str),
        trigger: value.get("trigger").is_some(),
        hidden: name.value.starts_with('.'),
        name,
    })
}

/// The commands of a script: a scalar, or lists of them within lists.
fn flatten(node: Ref<'_>, levels: usize, commands: &mut Vec<At<String>>, unclear: &mut Vec<Range>) {
    if node.tag() == Some("!reference") {
        unclear.push(node.range());
    } else if node.is_sequence() && 0 < levels {
        for item in node.items() {
            flatten(item, levels - 1, commands, unclear);
        }
    } else if node.text().is_some() {
        commands.extend(node.at_str());
    } else {
        unclear.push(node.range());
    }
}

fn image(value: Ref<'_>) -> Option<At<String>> {
    value.get("name").unwrap_or(value).at_str()
}

fn services(value: Ref<'_>) -> Vec<At<String>> {
    value.items().filter_map(image).collect()
}

/// A path, a mapping, or a list of either.
fn includes(value: Ref<'_>) -> Vec<Include> {
    if value.is_sequence() {
        value.items().filter_map(include).collect()
    } else {
        include(value).into_iter().collect()
    }
}

fn include(value: Ref<'_>) -> Option<Include> {
    let kinds = [
        ("local", IncludeKind::Local),
        ("remote", IncludeKind::Remote),
        ("template", IncludeKind::Template),
        ("project", IncludeKind::Project),
        ("component", IncludeKind::Component),
    ];
    if let Some(target) = value.at_str() {
        let is_address = target.value.starts_with("http://") || target.value.starts_with("https://");
        let kind = if is_address { IncludeKind::Remote } else { IncludeKind::Local };
        return Some(Include { kind, target, reference: None });
    }
    let (kind, target) = kinds.into_iter().find_map(|(key, kind)| Some((kind, value.get(key)?.at_str()?)))?;
    Some(Include { kind, target, reference: value.get("ref").and_then(Ref::at_str) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[At<String>]) -> Vec<&str> {
        list.iter().map(|item| item.value.as_str()).collect()
    }

    const PIPELINE: &str = "\
spec: {inputs: {x: {}}}
---
default:
  image: {name: 'rust:1.95', entrypoint: ['']}
  timeout: 1h
  services: [postgres:17, {name: redis, alias: r}]
before_script: [date]
stages: [build, deploy]
include:
  - local: /a.yml
  - project: group/p
    ref: main
    file: /b.yml
  - https://example.com/c.yml
variables: {A: b}
.base: &base
  timeout: 10m
  script: [setup]
build:
  <<: *base
  extends: .base
  image: alpine
  before_script: [one]
  script:
    - two
    - [three, [four]]
    - !reference [.base, script]
    - |
      five
      six
pages:
  allow_failure: true
  script: ls
deploy:
  trigger: group/other
";

    #[test]
    fn a_pipeline_is_read() {
        let facts = extract_gitlab(PIPELINE);
        assert_eq!(facts.errors, []);
        assert_eq!(facts.image.map(|at| at.value).as_deref(), Some("rust:1.95"));
        assert_eq!(values(&facts.services), ["postgres:17", "redis"]);
        assert_eq!(facts.default_timeout.map(|at| at.value).as_deref(), Some("1h"));
        assert_eq!(values(&facts.before_script), ["date"]);
        assert_eq!(values(&facts.stages), ["build", "deploy"]);
        let includes: Vec<_> = facts.includes.iter().map(|i| (i.kind, &*i.target.value)).collect();
        assert_eq!(
            includes,
            [
                (IncludeKind::Local, "/a.yml"),
                (IncludeKind::Project, "group/p"),
                (IncludeKind::Remote, "https://example.com/c.yml")
            ]
        );
        assert_eq!(facts.includes[1].reference.as_ref().map(|at| &*at.value), Some("main"));
        let names: Vec<_> = facts.jobs.iter().map(|job| (&*job.name.value, job.hidden)).collect();
        assert_eq!(names, [(".base", true), ("build", false), ("pages", false), ("deploy", false)]);
        let build = &facts.jobs[1];
        assert_eq!(values(&build.script), ["one", "two", "three", "four", "five\nsix\n"]);
        assert_eq!(build.unclear.len(), 1);
        assert_eq!(build.timeout.as_ref().map(|at| &*at.value), Some("10m"), "merged");
        assert_eq!(values(&build.extends), [".base"]);
        assert!(PIPELINE[build.range.as_usize()].starts_with("build:\n"));
        assert!(PIPELINE[build.range.as_usize()].ends_with("six"));
        assert_eq!(facts.jobs[2].allow_failure.as_ref().map(|at| &*at.value), Some("true"));
        assert!(facts.jobs[3].trigger && !build.trigger);
    }
}
