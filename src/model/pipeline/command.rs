//! What the commands of a pipeline do, also where they name a task, a script or an alias of the repository.

mod tasks;

use crate::facts::workflow::ActionFacts;
use crate::facts::{Facts, FileFacts};
use crate::source::{Sources, file_name, join};
use crate::span::{At, FileId, Span};
use crate::syntax::shell::{self, SimpleCommand};

/// Tasks that call tasks are followed this far.
const MAX_DEPTH: usize = 6;

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Runs the tests of the crates.
    Tests,
    /// Runs something of the repository that runs them: this command, and where the tests are run.
    TestsThrough(String, Span),
    /// Runs something that may do anything and cannot be followed.
    HandsOver(String),
}

impl Command {
    fn is_unclear(&self) -> bool {
        matches!(self, Self::HandsOver(_))
    }
}

/// Finds what commands name.
pub(super) struct Follower<'a> {
    pub(super) sources: &'a Sources,
    pub(super) facts: &'a Facts,
}

impl<'a> Follower<'a> {
    /// What the commands of a pipeline's text do, of those that matter.
    pub(super) fn runs(&self, file: FileId, folder: &str, text: &At<String>) -> Vec<(Span, Command)> {
        let span = text.span(file);
        self.script(folder, &text.value, MAX_DEPTH).into_iter().map(|command| (span, command)).collect()
    }

    /// The action of the repository that a `uses: ./path` means.
    pub(super) fn action(&self, uses: &str) -> Option<(FileId, &'a ActionFacts)> {
        let folder = join("", uses.strip_prefix("./").or_else(|| uses.strip_prefix("$/"))?)?;
        let names = ["action.yml", "action.yaml"];
        let file = names.iter().find_map(|name| self.sources.find(&join(&folder, name)?))?;
        match self.facts.get(file) {
            FileFacts::Action(action) => Some((file, action)),
            _ => None,
        }
    }

    fn script(&self, folder: &str, text: &str, depth: usize) -> Vec<Command> {
        let text = without_expressions(text);
        let script = shell::parse(&text);
        if script.errors.is_empty() {
            return self
                .simple(folder, &script.commands, depth)
                .into_iter()
                .map(|(_, found)| found)
                .collect();
        }
        // Another shell than bash, or a template.
        let lines = text.lines().filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            self.command(folder, &words, depth)
        });
        lines.collect()
    }

    fn simple<'c>(
        &self,
        folder: &str,
        commands: &'c [SimpleCommand],
        depth: usize,
    ) -> Vec<(&'c SimpleCommand, Command)> {
        let mut folder = folder.to_owned();
        let mut found = Vec::new();
        for command in commands {
            let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
            if let ["cd" | "pushd", to] = words[..] {
                folder = join(&folder, to).unwrap_or(folder);
            }
            found.extend(self.command(&folder, &words, depth).map(|does| (command, does)));
        }
        found
    }

    fn command(&self, folder: &str, words: &[&str], depth: usize) -> Option<Command> {
        let (program, args) = words.split_first()?;
        let text = || words.join(" ");
        match file_name(program) {
            "cargo" | "cross" | "cargo-nextest" => self.cargo(folder, words, args, depth),
            "make" | "gmake" => self.make(folder, words, depth),
            "just" => self.just(folder, words, depth),
            "task" | "go-task" => self.taskfile(folder, words, depth),
            "mise" => self.mise(folder, words, depth),
            // What wraps a command is followed by it.
            "sudo" | "time" | "timeout" | "xvfb-run" | "env" | "nix" | "retry" | "exec" | "command"
            | "uv" | "poetry" | "pipenv" | "nice" => {
                let at = args.iter().position(|word| is_program(word))?;
                self.command(folder, &args[at..], depth)
            }
            "docker" | "podman" | "docker-compose" | "podman-compose" => {
                match args.iter().position(|word| matches!(*word, "cargo" | "make" | "just")) {
                    Some(at) => self.command("", &args[at..], depth),
                    None => {
                        let is_own = args.iter().any(|word| matches!(*word, "build" | "compose"))
                            || program.ends_with("compose");
                        is_own.then(|| Command::HandsOver(text()))
                    }
                }
            }
            "bash" | "sh" | "zsh" => self.shell(folder, words, args, depth),
            // What is not of the tree sets up the environment.
            "source" | "." => self.shell(folder, words, args, depth).filter(|does| !does.is_unclear()),
            // What was just built.
            _ if program.starts_with("./target/") || program.starts_with("target/") => None,
            "tox" | "nox" | "bazel" | "bazelisk" | "earthly" | "dagger" | "x.py" | "moon" | "nx" => {
                Some(Command::HandsOver(text()))
            }
            "python" | "python3" if args.iter().any(|word| word.contains('.')) => {
                Some(Command::HandsOver(text()))
            }
            _ if program.starts_with("./") || program.ends_with(".sh") => {
                self.shell(folder, words, words, depth)
            }
            // A variable that names the program, or a script in a folder of the tree.
            _ if program.starts_with('$') && program.len() > 1 && !program.starts_with("$(") => {
                Some(Command::HandsOver(text()))
            }
            _ if program.contains('/')
                && join(folder, program).is_some_and(|p| self.sources.find(&p).is_some()) =>
            {
                self.shell(folder, words, words, depth)
            }
            _ => None,
        }
    }

    /// Cargo's own words, those of the tools that run tests through it, and aliases. `--no-run` only builds tests.
    fn cargo(&self, folder: &str, words: &[&str], args: &[&str], depth: usize) -> Option<Command> {
        if args.contains(&"--no-run") {
            return None;
        }
        let at = args.iter().position(|word| !word.starts_with(['+', '-']))?;
        let (name, rest) = (args[at], &args[at + 1..]);
        match name {
            "test" | "t" | "nextest" | "llvm-cov" | "tarpaulin" | "careful" | "mutants" | "insta" => {
                Some(Command::Tests)
            }
            "hack" | "all-features" | "with" | "ci" | "fc" => {
                rest.iter().any(|word| matches!(*word, "test" | "nextest")).then_some(Command::Tests)
            }
            "make" => self.cargo_make(folder, words, rest, depth),
            "run" | "r" | "just" => Some(Command::HandsOver(words.join(" "))),
            _ => match self.alias(folder, words, name, rest, depth) {
                Some(found) => found,
                None => {
                    (name == "xtask" || name.contains("test")).then(|| Command::HandsOver(words.join(" ")))
                }
            },
        }
    }

    /// `bash scripts/test.sh`, `./test.sh`, `sh -c '…'`. `args` begins before or at the script.
    fn shell(&self, folder: &str, words: &[&str], args: &[&str], depth: usize) -> Option<Command> {
        let text = words.join(" ");
        if let Some(at) = args.iter().position(|word| word.starts_with('-') && word.ends_with('c')) {
            let inner = self.script(folder, args.get(at + 1)?, depth.checked_sub(1)?);
            return most_telling(inner);
        }
        let path = args.iter().find(|word| !word.starts_with(['-', '+']))?;
        let file = [folder, ""].iter().find_map(|base| self.sources.find(&join(base, path)?));
        let Some((file, FileFacts::Script(facts))) = file.map(|file| (file, self.facts.get(file))) else {
            return Some(Command::HandsOver(text));
        };
        if depth == 0 || !facts.errors.is_empty() {
            return Some(Command::HandsOver(text));
        }
        let found = self.simple(folder, &facts.script.commands, depth - 1);
        let places = found.into_iter().map(|(command, does)| (Span::new(file, command.range), does));
        through(&text, places)
    }
}

/// What a command does that runs these, each with its place.
fn through(text: &str, commands: impl IntoIterator<Item = (Span, Command)>) -> Option<Command> {
    let commands = commands.into_iter().map(|(place, command)| match command {
        Command::Tests => Command::TestsThrough(text.to_owned(), place),
        Command::TestsThrough(_, place) => Command::TestsThrough(text.to_owned(), place),
        Command::HandsOver(_) => Command::HandsOver(text.to_owned()),
    });
    most_telling(commands)
}

/// Tests, where any command runs them; else what cannot be followed, if anything.
fn most_telling(commands: impl IntoIterator<Item = Command>) -> Option<Command> {
    let mut unclear = None;
    for command in commands {
        match command {
            Command::Tests | Command::TestsThrough(..) => return Some(command),
            Command::HandsOver(_) => unclear = unclear.or(Some(command)),
        }
    }
    unclear
}

fn is_program(word: &str) -> bool {
    matches!(word, "cargo" | "cross" | "make" | "just" | "task" | "mise" | "bash" | "sh" | "docker")
        || word.starts_with("./")
        || word.ends_with(".sh")
}

/// A script in which `${{ … }}` of GitHub and `{{ … }}` of Task are variables of the shell.
fn without_expressions(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(end) = rest[at..].find("}}") else { break };
        let before = &rest[..at];
        found.push_str(before.strip_suffix('$').unwrap_or(before));
        found.push_str("$UNCLEAR");
        rest = &rest[at + end + 2..];
    }
    found + rest
}

#[cfg(test)]
mod tests;
