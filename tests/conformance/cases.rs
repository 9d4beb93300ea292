//! The cases as they are written: one JSON object a line, in files named after the suites.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One file and what a tool says of it.
pub(crate) struct Case {
    pub(crate) id: String,
    /// The tool; the suite's name for cases that are of no tool.
    pub(crate) peer: String,
    /// The tool's rule, or the topic.
    pub(crate) rule: String,
    pub(crate) kind: String,
    pub(crate) content: String,
    pub(crate) expected: Expected,
    /// Where the tool reports it; empty where that is not known.
    pub(crate) lines: Vec<usize>,
    /// Instructions without a `FROM`.
    pub(crate) is_fragment: bool,
    /// A setting of the tool that Forge does not have, and on which the case depends.
    pub(crate) setting: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Fire,
    Clean,
    /// Neither of them: a tool's own third answer.
    Other,
}

/// Comments and annotations by which a tool is told to be silent.
const SILENCERS: &[&str] = &[
    "hadolint ignore=",
    "hadolint global ignore=",
    "checkov.io/skip",
    "checkov:skip",
    "ignore-check.kube-linter.io",
    "kube-score/ignore",
    "kube-score/enable",
    "polaris.fairwinds.com",
    "check=skip",
    "squawk-ignore",
];

/// Every case of the folder, in the order of the files; `None` where there are none.
pub(crate) fn read(folder: &Path) -> Option<Vec<Case>> {
    let entries = fs::read_dir(folder).ok()?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let suite = path.file_stem()?.to_str()?.to_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for line in text.lines().filter(|line| !line.is_empty()) {
            let value: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // Two cases are bytes that are no UTF-8, and have no text.
            cases.extend(case(&suite, &value));
        }
    }
    (!cases.is_empty()).then_some(cases)
}

fn case(suite: &str, value: &Value) -> Option<Case> {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let rule = text("peer_rule").or_else(|| text("topic"))?;
    let lines = value["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = text("content")?;
    Some(Case {
        id: text("case_id")?,
        peer: text("peer").unwrap_or_else(|| suite.to_owned()),
        kind: text("kind")?,
        expected: match value["expected"].as_str() {
            Some("fire") => Expected::Fire,
            Some("clean") => Expected::Clean,
            _ => Expected::Other,
        },
        lines: lines.iter().filter_map(Value::as_u64).filter_map(|line| usize::try_from(line).ok()).collect(),
        is_fragment: value["fragment"].as_bool().unwrap_or(false) || is_fragment(&content),
        setting: setting(value, &rule, &content),
        content,
        rule,
    })
}

/// A Dockerfile that begins with neither `FROM` nor what may stand before it, or that has none.
fn is_fragment(content: &str) -> bool {
    let is = |line: &str, keyword: &str| {
        let word = line.trim_start_matches('\u{feff}').split_whitespace().next().unwrap_or_default();
        word.eq_ignore_ascii_case(keyword)
    };
    let mut lines = content.lines().map(str::trim_start);
    let Some(first) = lines.find(|line| !is_preamble(line)) else { return false };
    let is_whole = is(first, "FROM") || is(first, "ARG") && lines.any(|line| is(line, "FROM"));
    !is_whole
}

/// Comments, among them the directives, stand before the first instruction.
fn is_preamble(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn setting(value: &Value, rule: &str, content: &str) -> Option<String> {
    if let Some(config) = value["config"].as_str().filter(|config| *config != "nil") {
        return Some(format!("config {config}"));
    }
    for key in ["custom", "online", "windows"] {
        if value[key].as_bool() == Some(true) {
            return Some(key.to_owned());
        }
    }
    if !value["build_args"].is_null() {
        return Some("build arguments".to_owned());
    }
    let is_strict = value["persona"].as_str().is_some_and(|persona| persona != "regular");
    let severities = value["severity"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_minor = severities.iter().all(|severity| matches!(severity.as_str(), Some("help" | "info")));
    if is_strict && !severities.is_empty() && is_minor {
        return Some("a stricter persona".to_owned());
    }
    let own = format!("zizmor: ignore[{rule}");
    let silencer =
        SILENCERS.iter().copied().chain([own.as_str()]).find(|silencer| content.contains(silencer));
    silencer.map(str::to_owned)
}

impl Case {
    /// What it is about, for a table.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.peer, self.rule)
    }

    /// Where its file would stand in a repository.
    pub(crate) fn path(&self) -> &'static str {
        match self.kind.as_str() {
            "dockerfile" => "Dockerfile",
            "workflow" => ".github/workflows/ci.yml",
            "action" => "action.yml",
            "compose" => "compose.yaml",
            "k8s" if self.content.trim_start().starts_with('{') => "deploy.json",
            "k8s" => "deploy.yaml",
            "gitlab-ci" => ".gitlab-ci.yml",
            "circleci" => ".circleci/config.yml",
            "azure" => "azure-pipelines.yml",
            "dependabot" => ".github/dependabot.yml",
            "pre-commit" => ".pre-commit-config.yaml",
            "sql" => "migrations/postgres/0002_case.sql",
            kind => panic!("{}: what is a file of kind `{kind}` called?", self.id),
        }
    }

    /// What has to stand beside it: the first migration of a folder meets no version that runs, and is not judged.
    pub(crate) fn beside(&self) -> Option<(&'static str, &'static str)> {
        let first = ("migrations/postgres/0001_first.sql", "CREATE TABLE of_the_first_version (id int);\n");
        (self.kind == "sql").then_some(first)
    }

    /// The text with something in it that cannot be read, and on which no finding depends.
    pub(crate) fn with_fault(&self, text: &str) -> Option<String> {
        let (before, fault) = match self.kind.as_str() {
            "dockerfile" => ("from ", "COPY\nFOO bar\nENV =\nCMD [1]\n"),
            "workflow" => ("jobs:", "broken: \"never closed\n"),
            _ => return None,
        };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let is_place = line.to_ascii_lowercase().starts_with(before);
            let end = at + line.len();
            if is_place && self.kind == "workflow" {
                return Some(format!("{}{fault}{}", &text[..at], &text[at..]));
            }
            if is_place && line.ends_with('\n') {
                return Some(format!("{}{fault}{}", &text[..end], &text[end..]));
            }
            at = end;
        }
        None
    }

    /// The file's text, and by how many lines it moved. Fragments get a stage, without which they would be of no image.
    pub(crate) fn text(&self) -> (String, usize) {
        if self.kind != "dockerfile" || !self.is_fragment {
            return (self.content.clone(), 0);
        }
        let preamble: usize =
            self.content.split_inclusive('\n').take_while(|line| is_preamble(line)).map(str::len).sum();
        let (before, after) = self.content.split_at(preamble);
        (format!("{before}FROM scratch\n{after}"), 1)
    }
}
