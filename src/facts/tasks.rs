//! What the files of task runners define: the targets of a Makefile, the recipes of a justfile, the tasks of Task,
//! cargo-make and mise, the aliases of Cargo.
//!
//! Only what a task runs is taken, and what it names. Variables of the same file are put in where their values are
//! written down; conditions are not judged, so both sides of an `ifdef` count. Makefiles and justfiles are read line by
//! line by parsers of our own: `just` has no library, and a lossless Makefile tree would be read by lines again.

mod just;
mod make;
mod toml_tasks;

use crate::source::TaskRunner;
use crate::span::At;
use crate::syntax::yaml::{self, Ref};

/// The facts of one such file.
#[derive(Clone, Debug, Default)]
pub(crate) struct TasksFacts {
    /// In order; a Makefile may add to a target later, which is a further task of the same name.
    pub(crate) tasks: Vec<Task>,
    /// Other files whose tasks belong to this one, as written.
    pub(crate) includes: Vec<String>,
    /// What runs when no task is named.
    pub(crate) default: Option<String>,
    /// Of Cargo's configuration: the target that is built for, and the flags for the compiler.
    pub(crate) cargo_target: Option<String>,
    pub(crate) rust_flags: Vec<String>,
    /// Whether it has parts under other names that are not read: modules, namespaces.
    pub(crate) has_parts: bool,
    pub(crate) errors: Vec<At<String>>,
}

/// A named list of commands.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Of a Makefile's pattern rule, it holds a `%`.
    pub(crate) name: String,
    pub(crate) takes: Takes,
    /// Tasks that run with it.
    pub(crate) needs: Vec<String>,
    /// Shell commands, each at its place.
    pub(crate) commands: Vec<At<String>>,
    /// Whether the commands are the lines of one script.
    pub(crate) is_script: bool,
    /// Whether something else than a shell runs it.
    pub(crate) is_opaque: bool,
    /// The folder that it runs in, relative to its file's.
    pub(crate) folder: Option<String>,
}

/// How many of the words that follow its name are arguments of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Takes {
    #[default]
    None,
    AtMost(usize),
    All,
}

impl Task {
    fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            takes: Takes::None,
            needs: Vec::new(),
            commands: Vec::new(),
            is_script: false,
            is_opaque: false,
            folder: None,
        }
    }
}

/// Takes what a file of this runner defines.
pub(crate) fn extract(runner: TaskRunner, text: &str) -> TasksFacts {
    match runner {
        TaskRunner::Make => make::extract(text),
        TaskRunner::Just => just::extract(text),
        TaskRunner::Task => extract_taskfile(text),
        TaskRunner::CargoMake => toml_tasks::cargo_make(text),
        TaskRunner::Mise => toml_tasks::mise(text),
        TaskRunner::CargoAlias => toml_tasks::aliases(text),
    }
}

/// `Taskfile.yml`: <https://taskfile.dev/reference/schema>.
fn extract_taskfile(text: &str) -> TasksFacts {
    let tree = yaml::parse(text);
    let mut facts = TasksFacts { default: Some("default".to_owned()), ..TasksFacts::default() };
    for root in tree.roots() {
        facts.has_parts |= root.get("includes").is_some();
        for (name, value) in root.get("tasks").map(Ref::entries).unwrap_or_default() {
            if let Some(name) = name.text() {
                facts.tasks.push(of_taskfile(name, value));
            }
        }
    }
    facts.errors = tree.into_errors();
    facts
}

fn of_taskfile(name: &str, value: Ref<'_>) -> Task {
    let mut task = Task::named(name);
    let body = if value.is_mapping() { value.get("cmds").or_else(|| value.get("cmd")) } else { Some(value) };
    task.folder = value.get("dir").and_then(Ref::str).map(str::to_owned);
    let mut commands: Vec<Ref<'_>> = body.into_iter().collect();
    if let Some(list) = body.filter(|body| body.is_sequence()) {
        commands = list.items().collect();
    }
    for command in commands {
        let named = command.get("task").and_then(Ref::str);
        task.needs.extend(named.map(str::to_owned));
        task.commands.extend(command.get("cmd").unwrap_or(command).at_str());
    }
    for needed in value.get("deps").into_iter().flat_map(Ref::items) {
        let name = needed.get("task").unwrap_or(needed).str();
        task.needs.extend(name.map(str::to_owned));
    }
    task
}

#[cfg(test)]
mod tests;
