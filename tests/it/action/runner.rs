//! As much of GitHub's runner as `action.yml` needs: its steps in order, with variables, conditions and outputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::yaml;
use crate::common::Forge;
use crate::gate::git::GitTree;
use crate::story::TODAY;

/// Programs that could reach the network or build something; in their stead stands a script that writes down its call.
const RECORDED: &[&str] = &["cargo", "curl", "gh", "wget"];

/// A run of the Action.
pub(super) struct Job<'t> {
    tree: &'t GitTree,
    /// What expressions name: `inputs.path`, `github.event.before`.
    context: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    has_forge: bool,
    /// What `gh` answers when it is asked for comments; it fails where this is `None`.
    comments: Option<String>,
}

/// What a run left behind.
#[derive(Debug)]
pub(super) struct Ended {
    /// The exit code of the first step that failed, or 0.
    pub(super) code: i32,
    /// The Action's own outputs.
    pub(super) outputs: BTreeMap<String, String>,
    /// What the steps wrote.
    pub(super) log: String,
    pub(super) summary: String,
    /// The files that would have been uploaded to code scanning.
    pub(super) uploaded: Vec<String>,
    /// The calls of programs that could reach the network.
    pub(super) calls: Vec<String>,
    /// What is put on the path of later steps.
    pub(super) path: String,
}

impl<'t> Job<'t> {
    pub(super) fn new(tree: &'t GitTree) -> Self {
        for program in ["bash", "git"] {
            let found = Command::new(program).arg("--version").output();
            assert!(
                found.is_ok_and(|output| output.status.success()),
                "the tests of the Action need {program}"
            );
        }
        let job = Self {
            tree,
            context: BTreeMap::new(),
            environment: BTreeMap::new(),
            has_forge: true,
            comments: Some("0 ".to_owned()),
        };
        job.variable("GITHUB_REPOSITORY", "shop/orders")
    }

    /// A pull request for `main` from the same repository.
    pub(super) fn pull_request(tree: &'t GitTree) -> Self {
        tree.git(&["update-ref", "refs/remotes/origin/main", "main"]);
        Self::new(tree)
            .event("pull_request")
            .variable("GITHUB_BASE_REF", "main")
            .context("github.event.pull_request.base.sha", &tree.id("main"))
            .context("github.event.pull_request.number", "7")
            .context("github.event.pull_request.head.repo.full_name", "shop/orders")
    }

    pub(super) fn push(tree: &'t GitTree, before: &str) -> Self {
        Self::new(tree).event("push").context("github.event.before", before)
    }

    fn event(self, name: &str) -> Self {
        self.variable("GITHUB_EVENT_NAME", name)
    }

    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn context(mut self, name: &str, value: &str) -> Self {
        self.context.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn input(self, name: &str, value: &str) -> Self {
        self.context(&format!("inputs.{name}"), value)
    }

    pub(super) fn without_forge(mut self) -> Self {
        self.has_forge = false;
        self
    }

    pub(super) fn comments(mut self, answer: Option<&str>) -> Self {
        self.comments = answer.map(str::to_owned);
        self
    }

    /// The value of an expression: the first of its alternatives that is not empty.
    fn value(&self, expression: &str) -> String {
        let names = expression.split("||").map(str::trim);
        let known = |name: &str| {
            ["inputs.", "steps.audit.outputs.", "github.event."].iter().any(|start| name.starts_with(start))
                || name == "github.token"
        };
        names
            .inspect(|name| assert!(known(name), "`{name}` is not known"))
            .map(|name| self.context.get(name).cloned().unwrap_or_default())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
    }

    /// A text that may be one expression.
    fn filled(&self, text: &str) -> String {
        let expression = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}"));
        expression.map_or_else(|| text.to_owned(), |expression| self.value(expression))
    }

    fn holds(&self, condition: Option<&Value>, has_failed: bool) -> bool {
        match condition.and_then(Value::as_str) {
            Some("${{ !cancelled() }}") => true,
            _ if has_failed => false,
            None => true,
            Some(condition) => condition.split("&&").all(|part| {
                let (is_equal, sides) = match part.split_once("!=") {
                    Some(sides) => (false, sides),
                    None => (true, part.split_once("==").expect("a comparison")),
                };
                (self.value(sides.0) == sides.1.trim().trim_matches('\'')) == is_equal
            }),
        }
    }

    fn folder(&self) -> PathBuf {
        self.tree.outside().join("runner")
    }

    /// Makes the folder of the runner, with the programs that are recorded.
    fn prepare(&self) {
        let folder = self.folder();
        let _ = fs::remove_dir_all(&folder);
        for name in ["bin", "temp"] {
            fs::create_dir_all(folder.join(name)).expect("the folder is writable");
        }
        for program in RECORDED {
            let answer = match (*program, &self.comments) {
                ("gh", None) => "exit 1".to_owned(),
                ("gh", Some(answer)) => format!("case \"$*\" in *--jq*) printf '%s' '{answer}' ;; esac"),
                _ => String::new(),
            };
            let calls = folder.join("calls");
            let script = format!(
                "#!/bin/sh\nprintf '%s: {program} %s\\n' \"$PWD\" \"$*\" >>'{}'\n{answer}\n",
                calls.display()
            );
            let path = folder.join("bin").join(program);
            fs::write(&path, script).expect("the folder is writable");
            executable(&path);
        }
        if self.has_forge {
            let path = folder.join("bin/forge");
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_forge"), path).expect("the folder is writable");
        }
    }

    fn shell(&self, step: &Value, output: &Path) -> Forge {
        let folder = self.folder();
        let script = step["run"].as_str().expect("a step runs or uses something");
        assert_eq!(step["shell"], "bash", "{script}");
        let path = std::env::var("PATH").expect("there is a path");
        let mut call = Forge::of(Command::new("bash"))
            .args(&["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(&self.tree.path())
            .env("PATH", format!("{}:{path}", folder.join("bin").display()))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", output)
            .env("GITHUB_PATH", folder.join("path"))
            .env("GITHUB_STEP_SUMMARY", folder.join("summary"))
            .env("RUNNER_TEMP", folder.join("temp"))
            .env("FORGE_TODAY", TODAY);
        for (name, value) in &self.environment {
            call = call.env(name, value);
        }
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            call = call.env(name, self.filled(value.as_str().expect("a variable is text")));
        }
        call
    }

    /// Runs the steps in order.
    pub(super) fn run(mut self) -> Ended {
        let action = yaml::read("action.yml");
        for (name, input) in action["inputs"].as_object().expect("there are inputs") {
            let default = self.filled(input["default"].as_str().expect("every input has a default"));
            self.context.entry(format!("inputs.{name}")).or_insert(default);
        }
        self.prepare();
        let folder = self.folder();
        let (mut code, mut log, mut uploaded) = (0, String::new(), Vec::new());
        for (at, step) in action["runs"]["steps"].as_array().expect("there are steps").iter().enumerate() {
            if !self.holds(step.get("if"), code != 0) {
                continue;
            }
            if step.get("uses").is_some() {
                uploaded.push(self.filled(step["with"]["sarif_file"].as_str().expect("it uploads a file")));
                continue;
            }
            let output = folder.join(format!("output{at}"));
            let run = self.shell(step, &output).run();
            log += &run.stdout;
            log += &run.stderr;
            if code == 0 {
                code = run.code.expect("nothing ends it");
            }
            for line in read(&output).lines() {
                let (name, value) = line.split_once('=').expect("an output has a name");
                let id = step["id"].as_str().expect("a step with outputs has an id");
                self.context.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
        }
        let outputs = action["outputs"].as_object().expect("there are outputs").iter();
        let value = |output: &Value| self.filled(output["value"].as_str().expect("an output has a value"));
        Ended {
            code,
            outputs: outputs.map(|(name, output)| (name.clone(), value(output))).collect(),
            log,
            summary: read(&folder.join("summary")),
            uploaded,
            calls: read(&folder.join("calls")).lines().map(str::to_owned).collect(),
            path: read(&folder.join("path")),
        }
    }
}

/// The text of a file, or nothing.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}
