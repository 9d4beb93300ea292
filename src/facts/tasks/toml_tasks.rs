//! Tasks that are written in TOML: those of cargo-make and of mise, and Cargo's aliases.

use super::{Takes, Task, TasksFacts};
use crate::span::At;
use crate::syntax::toml::{self, Table, Value};

/// `Makefile.toml`: <https://sagiegurari.github.io/cargo-make/>.
pub(super) fn cargo_make(text: &str) -> TasksFacts {
    let document = toml::parse(text);
    let root = document.root();
    let mut facts = TasksFacts { default: Some("default".to_owned()), ..TasksFacts::default() };
    facts.has_parts = root.get("extend").is_some();
    for (name, table) in tasks(root) {
        let mut task = Task { takes: Takes::All, ..Task::named(name) };
        task.needs = table.strings("dependencies").into_iter().map(|name| name.value).collect();
        for key in ["alias", "linux_alias", "run_task"] {
            task.needs.extend(table.str(key).map(|name| name.value));
        }
        if let Some(run) = table.table("run_task") {
            task.needs.extend(strings(run.get("name")).into_iter().map(|name| name.value));
        }
        task.folder = table.str("cwd").map(|folder| folder.value);
        if let Some(command) = table.str("command") {
            let args = table.strings("args").into_iter().map(|arg| arg.value);
            let words: Vec<String> = std::iter::once(command.value).chain(args).collect();
            task.commands.push(At::new(words.join(" "), command.range));
        }
        task.is_opaque = table.str("script_runner").is_some_and(|runner| !runner.value.ends_with("sh"))
            || table.table("script").is_some();
        let script = strings(table.get("script"));
        if let Some(first) = script.first() {
            let lines: Vec<&str> = script.iter().map(|line| line.value.as_str()).collect();
            task.commands.push(At::new(lines.join("\n"), first.range));
        }
        facts.tasks.push(task);
    }
    facts.errors = document.errors;
    facts
}

/// `mise.toml`: <https://mise.jdx.dev/tasks/toml-tasks.html>.
pub(super) fn mise(text: &str) -> TasksFacts {
    let document = toml::parse(text);
    let mut facts = TasksFacts::default();
    if let Some(table) = document.root().table("tasks") {
        for (name, value) in table.entries() {
            let mut task = Task { takes: Takes::All, ..Task::named(name.value) };
            match value.as_table() {
                Some(table) => {
                    task.commands = strings(table.get("run"));
                    task.needs = ["depends", "depends_post"]
                        .into_iter()
                        .flat_map(|key| strings(table.get(key)))
                        .map(|name| name.value)
                        .collect();
                    task.folder = table.str("dir").map(|folder| folder.value);
                    task.is_opaque = table.get("file").is_some();
                }
                None => task.commands = strings(Some(value)),
            }
            facts.tasks.push(task);
        }
    }
    facts.errors = document.errors;
    facts
}

/// `[alias]` of `.cargo/config.toml`: <https://doc.rust-lang.org/cargo/reference/config.html#alias>.
pub(super) fn aliases(text: &str) -> TasksFacts {
    let document = toml::parse(text);
    let mut facts = TasksFacts::default();
    if let Some(table) = document.root().table("alias") {
        for (name, value) in table.entries() {
            let words: Vec<String> = strings(Some(value)).into_iter().map(|word| word.value).collect();
            let mut task = Task { takes: Takes::All, ..Task::named(name.value) };
            task.commands.push(At::new(format!("cargo {}", words.join(" ")), value.range()));
            facts.tasks.push(task);
        }
    }
    // https://doc.rust-lang.org/cargo/reference/config.html#build
    let build = document.root().table("build");
    let flags = |table: Table<'_, '_>| strings(table.get("rustflags")).into_iter().map(|flag| flag.value);
    facts.cargo_target = build.and_then(|build| build.str("target")).map(|target| target.value);
    facts.rust_flags = build.into_iter().flat_map(flags).collect();
    let targets = document.root().table("target");
    for (name, target) in targets.iter().flat_map(|targets| targets.entries()) {
        // What is built for other systems is not what images run.
        if !name.value.contains("linux") {
            continue;
        }
        facts.rust_flags.extend(target.as_table().into_iter().flat_map(flags));
    }
    facts.errors = document.errors;
    facts
}

fn tasks<'d, 't>(root: Table<'d, 't>) -> Vec<(String, Table<'d, 't>)> {
    let entries = root.table("tasks").map(|tasks| tasks.entries().collect::<Vec<_>>()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, value)| Some((name.value, value.as_table()?))).collect()
}

/// A string, or a list of them.
fn strings(value: Option<Value<'_, '_>>) -> Vec<At<String>> {
    let Some(value) = value else { return Vec::new() };
    value.as_str().map_or_else(|| value.strings(), |text| vec![text])
}
