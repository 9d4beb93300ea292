//! From the name of a task to what it runs.

use super::{Command, Does, Follower, through};
use crate::facts::FileFacts;
use crate::facts::tasks::{Takes, Task, TasksFacts};
use crate::source::{TaskRunner, folder as folder_of, join};
use crate::span::{FileId, Span};

/// A file with those that it includes has no more than this many.
const MAX_FILES: usize = 32;

/// A file of tasks, with those that belong to it.
struct Book<'a> {
    file: FileId,
    parts: Vec<(FileId, &'a TasksFacts)>,
    /// Whether tasks may be defined where nothing was read.
    is_partial: bool,
}

impl<'a> Follower<'a> {
    /// `make -C folder target`.
    pub(super) fn make(&self, folder: &str, words: &[&str], depth: usize) -> Vec<Command> {
        let asked = Asked::of(words, &["-C", "--directory"], &["-f", "--file", "--makefile"]);
        let book = self.book(TaskRunner::Make, &asked.folder(folder), asked.file);
        let names: Vec<&str> =
            asked.names.into_iter().filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit())).collect();
        self.follow(words, book, &names, depth)
    }

    /// `just --justfile file recipe argument recipe`.
    pub(super) fn just(&self, folder: &str, words: &[&str], depth: usize) -> Vec<Command> {
        let asked = Asked::of(words, &["-d", "--working-directory"], &["-f", "--justfile"]);
        let book = self.book(TaskRunner::Just, &asked.folder(folder), asked.file);
        let names = book.as_ref().map_or_else(|| asked.names.clone(), |book| book.names(&asked.names));
        self.follow(words, book, &names, depth)
    }

    /// `task -d folder name -- arguments`.
    pub(super) fn taskfile(&self, folder: &str, words: &[&str], depth: usize) -> Vec<Command> {
        let asked = Asked::of(words, &["-d", "--dir"], &["-t", "--taskfile"]);
        let book = self.book(TaskRunner::Task, &asked.folder(folder), asked.file);
        self.follow(words, book, &asked.names, depth)
    }

    /// `mise run task`, and `mise exec -- command`.
    pub(super) fn mise(&self, folder: &str, words: &[&str], depth: usize) -> Vec<Command> {
        match words.get(1) {
            Some(&("run" | "r")) => {
                let asked = Asked::of(&words[1..], &["-C", "--cd"], &[]);
                let name: Vec<&str> = asked.names.iter().take(1).copied().collect();
                let book = self.book(TaskRunner::Mise, &asked.folder(folder), None);
                self.follow(words, book, &name, depth)
            }
            Some(&("exec" | "x")) => {
                let at = words.iter().position(|word| *word == "--");
                at.map(|at| self.command(folder, &words[at + 1..], depth)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// `cargo make task`. What its file does not define may be one of its own tasks, of which `test` runs the tests.
    pub(super) fn cargo_make(
        &self,
        folder: &str,
        words: &[&str],
        args: &[&str],
        depth: usize,
    ) -> Vec<Command> {
        let mut with_name = vec!["make"];
        with_name.extend(args);
        let asked = Asked::of(&with_name, &["--cwd"], &["--makefile"]);
        let names: Vec<&str> = asked.names.iter().take(1).copied().collect();
        let book = self.book(TaskRunner::CargoMake, &asked.folder(folder), asked.file);
        let defines = |name: &str| book.as_ref().is_some_and(|book| !book.find(name).is_empty());
        if names.iter().any(|name| is_own_test(name) && !defines(name)) {
            return vec![Does::Tests.by(words)];
        }
        self.follow(words, book, &names, depth)
    }

    /// An alias of Cargo's; `None` where there is none of this name.
    pub(super) fn alias(
        &self,
        folder: &str,
        words: &[&str],
        name: &str,
        rest: &[&str],
        depth: usize,
    ) -> Option<Vec<Command>> {
        let book = self.book(TaskRunner::CargoAlias, folder, None)?;
        let (file, task) = book.find(name).first().copied()?;
        let Some(depth) = depth.checked_sub(1) else {
            return Some(vec![Does::Anything.by(words)]);
        };
        let found = task.commands.iter().flat_map(|command| {
            let mut longer: Vec<&str> = command.value.split_whitespace().collect();
            longer.extend(rest);
            let does = self.command(folder, &longer, depth);
            does.into_iter().map(|does| (command.span(file), does))
        });
        Some(through(words, found.collect::<Vec<_>>()))
    }

    /// The file of a runner for a folder, with those that it includes.
    fn book(&self, runner: TaskRunner, folder: &str, named: Option<&str>) -> Option<Book<'a>> {
        let file = match named {
            Some(path) => self.sources.find(&join(folder, path)?)?,
            None => folders(runner, folder).find_map(|folder| {
                names_of(runner).iter().find_map(|name| self.sources.find(&join(folder, name)?))
            })?,
        };
        let mut book = Book { file, parts: Vec::new(), is_partial: false };
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            if book.parts.iter().any(|(seen, _)| *seen == file) {
                continue;
            }
            match self.facts.get(file) {
                FileFacts::Tasks(tasks) if book.parts.len() < MAX_FILES => {
                    book.is_partial |= tasks.has_parts || !tasks.errors.is_empty();
                    for path in &tasks.includes {
                        let base = folder_of(self.sources.path(file));
                        match join(base, path).and_then(|path| self.sources.find(&path)) {
                            Some(included) => open.push(included),
                            None => book.is_partial = true,
                        }
                    }
                    book.parts.push((file, tasks));
                }
                _ => book.is_partial = true,
            }
        }
        Some(book)
    }

    /// What these tasks of a file run.
    fn follow(&self, words: &[&str], book: Option<Book<'a>>, names: &[&str], depth: usize) -> Vec<Command> {
        let unclear = || vec![Does::Anything.by(words)];
        let (Some(book), Some(depth)) = (book, depth.checked_sub(1)) else { return unclear() };
        let mut is_unclear = false;
        let mut open: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        if open.is_empty() {
            open.extend(book.parts.first().and_then(|(_, facts)| facts.default.clone()));
        }
        let asked = open.len();
        let mut done: Vec<String> = Vec::new();
        let mut found: Vec<(Span, Command)> = Vec::new();
        open.reverse();
        while let Some(name) = open.pop() {
            if done.contains(&name) {
                continue;
            }
            let tasks = book.find(&name);
            // What a Makefile has no rule for is a file.
            is_unclear |= tasks.is_empty() && (done.len() < asked || book.is_partial);
            for (file, task) in tasks {
                is_unclear |= task.is_opaque;
                open.extend(task.needs.iter().cloned());
                found.extend(self.of_task(&book, file, task, depth));
            }
            done.push(name);
        }
        is_unclear |= done.is_empty();
        let mut found = through(words, found);
        if is_unclear && !found.iter().any(Command::is_unclear) {
            found.extend(unclear());
        }
        found
    }

    fn of_task(&self, book: &Book<'a>, file: FileId, task: &Task, depth: usize) -> Vec<(Span, Command)> {
        let base = folder_of(self.sources.path(book.file));
        let folder = task.folder.as_ref().and_then(|folder| join(base, folder));
        let folder = folder.as_deref().unwrap_or(base);
        if !task.is_script {
            let each = task.commands.iter().flat_map(|command| {
                let found = self.script(folder, &command.value, depth);
                found.into_iter().map(|(_, does)| (command.span(file), does))
            });
            return each.collect();
        }
        let lines: Vec<&str> = task.commands.iter().map(|line| line.value.as_str()).collect();
        let text = lines.join("\n");
        // Each command stands where the line begins of which it is a part.
        let place = |at: usize| {
            let line = text.get(..at).unwrap_or_default().matches('\n').count();
            task.commands.get(line).or(task.commands.first()).map(|line| line.span(file))
        };
        let found = self.script(folder, &text, depth);
        found.into_iter().filter_map(|(at, does)| Some((place(at)?, does))).collect()
    }
}

impl<'a> Book<'a> {
    fn find(&self, name: &str) -> Vec<(FileId, &'a Task)> {
        let all =
            || self.parts.iter().flat_map(|(file, facts)| facts.tasks.iter().map(move |task| (*file, task)));
        let exact: Vec<(FileId, &'a Task)> = all().filter(|(_, task)| task.name == name).collect();
        if !exact.is_empty() {
            return exact;
        }
        let fits = |pattern: &str| {
            pattern.split_once('%').is_some_and(|(before, after)| {
                before.len() + after.len() < name.len() && name.starts_with(before) && name.ends_with(after)
            })
        };
        all().filter(|(_, task)| fits(&task.name)).collect()
    }

    /// The recipes among the words after `just`; the others are their arguments.
    fn names<'w>(&self, words: &[&'w str]) -> Vec<&'w str> {
        let mut found = Vec::new();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            found.push(*word);
            match self.find(word).first().map(|(_, task)| task.takes) {
                Some(Takes::All) => break,
                Some(Takes::AtMost(count)) => {
                    rest.by_ref().take(count).for_each(drop);
                }
                Some(Takes::None) | None => {}
            }
        }
        found
    }
}

/// The words of a task runner's command line.
struct Asked<'w> {
    names: Vec<&'w str>,
    folder: Option<&'w str>,
    file: Option<&'w str>,
}

impl<'w> Asked<'w> {
    fn of(words: &[&'w str], folder: &[&str], file: &[&str]) -> Self {
        let mut asked = Self { names: Vec::new(), folder: None, file: None };
        let mut rest = words.iter().skip(1).copied();
        while let Some(word) = rest.next() {
            let (flag, joined) =
                word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
            if word == "--" {
                break;
            } else if folder.contains(&flag) {
                asked.folder = joined.or_else(|| rest.next());
            } else if file.contains(&flag) {
                asked.file = joined.or_else(|| rest.next());
            } else if !word.starts_with(['-', '+']) && joined.is_none() {
                asked.names.push(word);
            }
        }
        asked
    }

    fn folder(&self, base: &str) -> String {
        self.folder.map_or_else(|| base.to_owned(), |folder| join(base, folder).unwrap_or_default())
    }
}

/// The folders that a runner looks through: its own, and for all but make those above.
fn folders(runner: TaskRunner, folder: &str) -> impl Iterator<Item = &str> {
    let up = std::iter::successors(Some(folder), |at| (!at.is_empty()).then(|| folder_of(at)));
    up.take(if runner == TaskRunner::Make { 1 } else { usize::MAX })
}

fn names_of(runner: TaskRunner) -> &'static [&'static str] {
    match runner {
        TaskRunner::Make => &["GNUmakefile", "makefile", "Makefile"],
        TaskRunner::Just => &["justfile", "Justfile", ".justfile", "JUSTFILE"],
        TaskRunner::Task => &[
            "Taskfile.yml",
            "taskfile.yml",
            "Taskfile.yaml",
            "taskfile.yaml",
            "Taskfile.dist.yml",
            "taskfile.dist.yml",
            "Taskfile.dist.yaml",
            "taskfile.dist.yaml",
        ],
        TaskRunner::CargoMake => &["Makefile.toml"],
        TaskRunner::Mise => &["mise.toml", ".mise.toml"],
        TaskRunner::CargoAlias => &[".cargo/config.toml", ".cargo/config"],
    }
}

/// Tasks that cargo-make brings (<https://sagiegurari.github.io/cargo-make/#usage-predefined-tasks>).
fn is_own_test(name: &str) -> bool {
    matches!(name, "test" | "test-flow" | "ci-flow" | "dev-test-flow" | "default")
}
