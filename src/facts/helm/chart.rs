//! Charts: what is in their folders, what they depend on, and the values that they are rendered with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gotmpl::Value;

use super::UNKNOWN;
use super::values::{self, map, over, string};
use crate::source::{Kind, SourceFile, Sources, file_name, folder, join};
use crate::span::FileId;

/// Parents of parents beyond this are not asked for values.
const MAX_PARENTS: usize = 8;
/// Charts beyond this number share no named templates.
const MAX_SCOPE: usize = 64;

/// The charts of a tree.
#[derive(Debug, Default)]
pub(super) struct Charts {
    pub(super) all: Vec<Chart>,
}

#[derive(Debug)]
pub(super) struct Chart {
    pub(super) file: FileId,
    /// Whether all that it depends on is in the tree.
    pub(super) is_whole: bool,
    pub(super) folder: String,
    pub(super) name: String,
    is_library: bool,
    /// What `Chart.yaml` says, under the names of `.Chart`.
    pub(super) about: Value,
    /// `values.yaml`; `None` where it could not be read.
    values: Option<Value>,
    /// The files below `templates`.
    pub(super) templates: Vec<FileId>,
    /// The charts of the tree that it depends on, with the key of their values.
    depends: Vec<(String, usize)>,
}

impl Chart {
    /// Whether a template is rendered, and is not there for its named templates alone.
    pub(super) fn is_rendered(&self, path: &str) -> bool {
        let is_for_tests = path[self.folder.len()..].trim_start_matches('/').starts_with("templates/tests/");
        !self.is_library && !file_name(path).starts_with('_') && !is_for_tests
    }

    /// A path in the folder of the chart.
    pub(super) fn path(&self, relative: &str) -> String {
        if self.folder.is_empty() { relative.to_owned() } else { format!("{}/{relative}", self.folder) }
    }
}

impl Charts {
    pub(super) fn of(sources: &Sources) -> Self {
        let files = sources.iter().filter(|(_, file)| file.kind == Kind::HelmChart);
        let mut found: Vec<(Chart, Value)> =
            files.filter_map(|(id, file)| chart(sources, id, file)).collect();
        let by_folder: BTreeMap<String, usize> =
            found.iter().enumerate().map(|(at, (chart, _))| (chart.folder.clone(), at)).collect();
        for at in 0..found.len() {
            let (chart, raw) = &found[at];
            let (depends, is_whole) = depends(chart, raw, &by_folder, &found);
            (found[at].0.depends, found[at].0.is_whole) = (depends, is_whole);
        }
        Self { all: found.into_iter().map(|(chart, _)| chart).collect() }
    }

    /// The one chart that a chart is a part of, and the key of its values there.
    fn parent(&self, chart: usize) -> Option<(usize, &str)> {
        let mut parents = self.all.iter().enumerate().flat_map(|(at, parent)| {
            let depends = parent.depends.iter().filter(move |(_, part)| *part == chart && at != chart);
            depends.map(move |(key, _)| (at, key.as_str()))
        });
        parents.next().filter(|_| parents.next().is_none())
    }

    /// The values that a chart is rendered with: its own, below those of the one chart that it is a part of. `None` where
    /// some of them could not be read.
    pub(super) fn values(&self, chart: usize) -> Option<Value> {
        self.values_within(chart, MAX_PARENTS)
    }

    fn values_within(&self, at: usize, parents: usize) -> Option<Value> {
        let chart = &self.all[at];
        let mut own = chart.values.clone()?;
        if let (Some((parent, key)), Some(parents)) = (self.parent(at), parents.checked_sub(1)) {
            let above = self.values_within(parent, parents)?;
            if let Some(given) = above.field(key) {
                own = over(given, &own);
            }
            if let Some(global) = above.field("global") {
                let global = own.field("global").map_or_else(|| global.clone(), |own| over(global, own));
                own = with(&own, "global", global);
            }
        }
        for (key, part) in &chart.depends {
            let Some(below) = &self.all[*part].values else { continue };
            let merged = own.field(key).map_or_else(|| below.clone(), |own| over(own, below));
            own = with(&own, key, merged);
        }
        if own.field("global").is_none() && !chart.depends.is_empty() {
            own = with(&own, "global", map([]));
        }
        Some(own)
    }

    /// The charts whose named templates a chart may use, those that win last.
    pub(super) fn scope(&self, chart: usize) -> Vec<usize> {
        let mut top = chart;
        for _ in 0..MAX_PARENTS {
            let Some((parent, _)) = self.parent(top) else { break };
            top = parent;
        }
        let mut found = Vec::new();
        for root in [top, chart] {
            found.clear();
            let mut seen = BTreeSet::new();
            let mut next = vec![root];
            while let Some(at) = next.pop() {
                if seen.insert(at) {
                    found.push(at);
                    next.extend(self.all[at].depends.iter().map(|(_, part)| *part));
                }
            }
            if found.len() <= MAX_SCOPE {
                break;
            }
        }
        found.reverse();
        found
    }
}

fn with(values: &Value, key: &str, value: Value) -> Value {
    let mut all = match values {
        Value::Map(map) => map.as_ref().clone(),
        _ => BTreeMap::new(),
    };
    all.insert(key.into(), value);
    Value::Map(Arc::new(all))
}

fn chart(sources: &Sources, id: FileId, file: &SourceFile) -> Option<(Chart, Value)> {
    let raw = values::parse(file.text.as_deref()?)?;
    let here = folder(&file.path).to_owned();
    let text = |key: &str| raw.field(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut chart = Chart {
        file: id,
        is_whole: true,
        name: text("name"),
        is_library: text("type") == "library",
        about: about(&raw),
        values: None,
        templates: Vec::new(),
        depends: Vec::new(),
        folder: here,
    };
    chart.values = match sources.find(&chart.path("values.yaml")).map(|file| sources.file(file)) {
        None => Some(map([])),
        Some(file) => {
            file.text.as_deref().and_then(values::parse).filter(|values| matches!(values, Value::Map(_)))
        }
    };
    let prefix = chart.path("templates/");
    let files = sources.below(&prefix).filter(|(_, file)| file.text.is_some());
    chart.templates = files.filter_map(|(_, file)| sources.find(&file.path)).collect();
    Some((chart, raw))
}

/// `Chart.yaml` under the names of Go's fields.
fn about(raw: &Value) -> Value {
    let Value::Map(raw) = raw else { return map([]) };
    let named = raw.iter().map(|(key, value)| {
        let name = match &**key {
            "apiVersion" => "APIVersion".to_owned(),
            other => {
                let mut characters = other.chars();
                characters
                    .next()
                    .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
            }
        };
        // Versions are texts, however they are written.
        let value = match value {
            Value::Int(_) | Value::Float(_) => string(value.to_string()),
            other => other.clone(),
        };
        (Arc::from(name), value)
    });
    with(&map(named), "IsRoot", Value::Bool(true))
}

/// The charts of the tree that a chart depends on: by a path, or as a copy in its folder.
fn depends(
    chart: &Chart,
    raw: &Value,
    by_folder: &BTreeMap<String, usize>,
    all: &[(Chart, Value)],
) -> (Vec<(String, usize)>, bool) {
    let mut found = Vec::new();
    let mut is_whole = true;
    let copies = chart.path("charts/");
    let copied: Vec<usize> = by_folder
        .range(copies.clone()..)
        .take_while(|(folder, _)| folder.starts_with(&copies))
        .filter(|(folder, _)| !folder[copies.len()..].contains('/'))
        .map(|(_, at)| *at)
        .collect();
    let mut named = BTreeSet::new();
    let items: &[Value] = match raw.field("dependencies") {
        Some(Value::List(items)) => items,
        _ => &[],
    };
    for item in items {
        let text = |key: &str| item.field(key).and_then(Value::as_str);
        let Some(name) = text("name") else { continue };
        let key = text("alias").unwrap_or(name).to_owned();
        let by_path = text("repository").and_then(|repository| repository.strip_prefix("file://"));
        let part = by_path
            .and_then(|path| join(&chart.folder, path.trim_end_matches('/')))
            .and_then(|folder| by_folder.get(&folder).copied())
            .or_else(|| copied.iter().copied().find(|copy| all[*copy].0.name == name));
        is_whole &= part.is_some();
        if let Some(part) = part {
            named.insert(part);
            found.push((key, part));
        }
    }
    let others = copied.into_iter().filter(|copy| !named.contains(copy));
    found.extend(others.map(|copy| (all[copy].0.name.clone(), copy)));
    (found, is_whole)
}

/// What a template is given beside its values. The cluster is one of today, in which nothing is installed.
pub(super) fn context(
    sources: &Sources,
    chart: &Chart,
    values: Value,
    template: &str,
    uses_files: bool,
) -> Value {
    let release = [
        ("Name", string("release-name")),
        ("Namespace", string("default")),
        ("Service", string("Helm")),
        ("IsInstall", Value::Bool(true)),
        ("IsUpgrade", Value::Bool(false)),
        ("Revision", Value::Int(1)),
    ];
    let version = [
        ("Version", string(KUBERNETES)),
        ("GitVersion", string(KUBERNETES)),
        ("Major", string("1")),
        ("Minor", string("33")),
    ];
    let helm = [("Version", string("v3.18.0")), ("GoVersion", string("go1.24"))];
    let capabilities = [
        ("KubeVersion", named(version)),
        ("APIVersions", Value::List(API_VERSIONS.iter().map(string).collect())),
        ("HelmVersion", named(helm)),
    ];
    let base = format!("{}/templates", chart.name);
    let about = [("Name", string(format!("{}/{template}", chart.name))), ("BasePath", string(base))];
    named([
        ("Values", values),
        ("Chart", chart.about.clone()),
        ("Release", named(release)),
        ("Capabilities", named(capabilities)),
        ("Template", named(about)),
        ("Files", if uses_files { files(sources, chart) } else { map([]) }),
        ("Subcharts", map([])),
    ])
}

fn named<const N: usize>(entries: [(&str, Value); N]) -> Value {
    map(entries.map(|(key, value)| (key.into(), value)))
}

/// The files of a chart that are no part of its definition. Of some only their existence is known.
fn files(sources: &Sources, chart: &Chart) -> Value {
    let is_definition = |path: &str| {
        path.starts_with("templates/")
            || path.starts_with("charts/")
            || matches!(path, "Chart.yaml" | "values.yaml")
    };
    let prefix = chart.path("");
    let files = sources.below(&prefix).filter(|(path, _)| !is_definition(path));
    map(files.map(|(path, file)| {
        let text = file.text.as_ref().map_or_else(|| string(UNKNOWN), |text| Value::String(Arc::clone(text)));
        (path.into(), text)
    }))
}

const KUBERNETES: &str = "v1.33.0";

/// What a cluster of today serves by itself.
const API_VERSIONS: [&str; 24] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/NetworkPolicy",
    "node.k8s.io/v1",
    "policy/v1",
    "policy/v1/PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
];
