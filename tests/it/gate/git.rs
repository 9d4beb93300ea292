//! Repositories as Git makes them, and what the gate says of them.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::{Forge, Run, Tree};

/// A tree with a repository on the branch `main`.
pub(crate) struct GitTree {
    tree: Tree,
}

impl Deref for GitTree {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.tree
    }
}

impl GitTree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::init(Tree::new(files))
    }

    pub(crate) fn of_fixture(name: &str) -> Self {
        let tree = Tree::empty();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), &tree.path());
        Self::init(tree)
    }

    fn init(tree: Tree) -> Self {
        git(&tree.path(), &["init", "--quiet"]);
        Self { tree }
    }

    /// Runs Git in the tree and returns what it says.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.path(), args)
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    pub(crate) fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path().join(path)).expect("the file can be read");
        assert!(text.contains(old), "{path} has {old:?}");
        self.write(path, text.replace(old, new));
    }

    /// Tracked files with a word in their text.
    pub(crate) fn files_with(&self, word: &str) -> Vec<String> {
        self.git(&["grep", "--files-with-matches", "--fixed-strings", word])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Runs the program on the tree.
    pub(crate) fn forge(&self, args: &[&str]) -> Run {
        Forge::new().args(args).path(&self.path()).run()
    }
}

/// Runs Git with nothing of this machine's configuration.
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "author"),
        ("GIT_AUTHOR_EMAIL", "author@example.org"),
        ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
        ("GIT_COMMITTER_NAME", "author"),
        ("GIT_COMMITTER_EMAIL", "author@example.org"),
        ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
    ] {
        command.env(name, value);
    }
    let output = command.args(args).output().expect("the tests need git");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {told}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is writable");
    for entry in fs::read_dir(from).expect("the fixture is there") {
        let entry = entry.expect("the fixture can be listed");
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().expect("it has a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the folder is writable");
        }
    }
}

pub(crate) fn gate(tree: &GitTree, options: &[&str]) -> Run {
    gate_at(&tree.path(), options)
}

pub(crate) fn gate_at(path: &Path, options: &[&str]) -> Run {
    Forge::new().args(&["gate"]).args(options).path(path).run()
}

/// The report, whose exit code must be that of its status.
pub(crate) fn gate_json(tree: &GitTree, options: &[&str]) -> Value {
    json_at(&tree.path(), options)
}

pub(crate) fn json_at(path: &Path, options: &[&str]) -> Value {
    let run = Forge::new().args(&["gate", "--format", "json"]).args(options).path(path).run();
    assert_eq!(run.stderr, "", "{options:?}");
    let report: Value = serde_json::from_str(&run.stdout).expect("standard output is one JSON value");
    let code = match status(&report) {
        "passed" => 0,
        "failed" => 1,
        _ => 3,
    };
    assert_eq!(run.code, Some(code), "{:#}", report["gate"]);
    report
}

pub(crate) fn status(report: &Value) -> &str {
    report["gate"]["status"].as_str().unwrap_or_default()
}

pub(crate) fn reasons(report: &Value) -> Vec<&str> {
    let reasons = report["gate"]["reasons"].as_array();
    reasons.into_iter().flatten().filter_map(Value::as_str).collect()
}
