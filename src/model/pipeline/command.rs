//! What the commands of a pipeline do, also where they name a task, a script or an alias of the repository.

mod deed;
mod tasks;

pub(super) use deed::of_action;

use crate::facts::workflow::ActionFacts;
use crate::facts::{Facts, FileFacts};
use crate::source::{Sources, file_name, join};
use crate::span::{At, FileId, Range, Span};
use crate::syntax::shell::{self, SimpleCommand};

/// Tasks that call tasks are followed this far.
const MAX_DEPTH: usize = 6;

/// A command of a pipeline that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) does: Does,
    /// As the pipeline has it.
    pub(crate) text: String,
    /// Where it runs; empty is the root.
    pub(crate) folder: String,
    /// Where it is done, if the command runs something of the repository that does it.
    pub(crate) place: Option<Span>,
    /// What becomes of its failure.
    pub(crate) fate: Fate,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Does {
    /// Runs the tests of the crates.
    Tests,
    /// Runs them to see what they reach.
    Coverage,
    /// Runs Clippy.
    Lints,
    /// Runs rustfmt.
    Formats,
    /// Looks the dependencies up among the known vulnerabilities.
    Audits,
    /// Runs the hooks of pre-commit and its like, which mostly lint.
    Hooks,
    /// Gives something to others: a crate, an image, a chart, a release.
    Publishes,
    /// Changes what runs.
    Deploys,
    /// May do anything and cannot be followed.
    Anything,
}

/// What becomes of a command's failure within its script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fate {
    #[default]
    Ends,
    /// `|| true` follows.
    Forgiven,
    /// It is the exit code of another command that counts, since nothing sets `pipefail`.
    Piped,
}

impl Command {
    fn is_unclear(&self) -> bool {
        self.does == Does::Anything
    }

    /// Its program and what it is told to do, without what follows.
    pub(crate) fn brief(&self) -> String {
        let words = self.text.split_whitespace().take_while(|word| !word.starts_with('-'));
        words.take(3).collect::<Vec<_>>().join(" ")
    }

    /// Whether it runs tests, for whatever reason.
    pub(crate) fn tests(&self) -> bool {
        matches!(self.does, Does::Tests | Does::Coverage)
    }
}

/// Finds what commands name.
pub(super) struct Follower<'a> {
    pub(super) sources: &'a Sources,
    pub(super) facts: &'a Facts,
}

impl<'a> Follower<'a> {
    /// What the commands of a pipeline's text do, of those that matter, each at its line.
    pub(super) fn runs(&self, file: FileId, folder: &str, text: &At<String>) -> Vec<(Span, Command)> {
        let plain = without_expressions(&text.value);
        let found = self.script(folder, &plain, MAX_DEPTH).into_iter();
        found.map(|(at, command)| (self.line_of(file, text, &plain, at), command)).collect()
    }

    /// The line of a script in a file of YAML. A literal block has a line for each line of the script.
    fn line_of(&self, file: FileId, text: &At<String>, plain: &str, at: usize) -> Span {
        let whole = text.span(file);
        let raw = self.sources.text(file).get(text.range.as_usize()).unwrap_or_default();
        if !raw.starts_with('|') || plain.lines().count() != text.value.lines().count() {
            return whole;
        }
        let above = plain[..at.min(plain.len())].matches('\n').count() + 1;
        let Some(line) = raw.split_inclusive('\n').nth(above) else { return whole };
        let start =
            text.range.as_usize().start + raw.split_inclusive('\n').take(above).map(str::len).sum::<usize>();
        let indent = line.len() - line.trim_start().len();
        Span::new(file, Range::new(start + indent, start + line.trim_end().len()))
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

    /// The commands of a script that matter, each with its offset.
    fn script(&self, folder: &str, text: &str, depth: usize) -> Vec<(usize, Command)> {
        let text = without_expressions(text);
        let script = shell::parse(&text);
        if script.errors.is_empty() {
            let found = self.simple(folder, &script.commands, depth);
            return found.into_iter().map(|(command, does)| (command.range.as_usize().start, does)).collect();
        }
        // Another shell than bash, or a template.
        let mut at = 0;
        let mut found = Vec::new();
        for line in text.split_inclusive('\n') {
            let words: Vec<&str> = line.split_whitespace().collect();
            found.extend(self.command(folder, &words, depth).into_iter().map(|does| (at, does)));
            at += line.len();
        }
        found
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
            let fate = match command.context {
                context if context.forgiven => Fate::Forgiven,
                context if context.feeds => Fate::Piped,
                _ => Fate::Ends,
            };
            found.extend(self.command(&folder, &words, depth).into_iter().map(|mut does| {
                does.fate = if fate == Fate::Ends { does.fate } else { fate };
                does.folder.clone_from(&folder);
                (command, does)
            }));
        }
        found
    }

    fn command(&self, folder: &str, words: &[&str], depth: usize) -> Vec<Command> {
        let Some((program, args)) = words.split_first() else { return Vec::new() };
        let own = deed::of_words(words).map(|does| does.by(words));
        let anything = || vec![Does::Anything.by(words)];
        match file_name(program) {
            "cargo" | "cross" | "cargo-nextest" => self.cargo(folder, words, args, depth),
            "make" | "gmake" => self.make(folder, words, depth),
            "just" => self.just(folder, words, depth),
            "task" | "go-task" => self.taskfile(folder, words, depth),
            "mise" => self.mise(folder, words, depth),
            // What wraps a command is followed by it.
            "sudo" | "time" | "timeout" | "xvfb-run" | "env" | "nix" | "retry" | "exec" | "command"
            | "uv" | "poetry" | "pipenv" | "nice" => {
                let at = args.iter().position(|word| is_program(word));
                at.map(|at| self.command(folder, &args[at..], depth)).unwrap_or_default()
            }
            "docker" | "podman" | "docker-compose" | "podman-compose" => {
                match args.iter().position(|word| matches!(*word, "cargo" | "make" | "just")) {
                    Some(at) => self.command("", &args[at..], depth),
                    None => {
                        let is_own = args.iter().any(|word| matches!(*word, "build" | "compose"))
                            || program.ends_with("compose");
                        own.into_iter().chain(is_own.then(|| Does::Anything.by(words))).collect()
                    }
                }
            }
            _ if own.is_some() => own.into_iter().collect(),
            "bash" | "sh" | "zsh" => self.shell(folder, words, args, depth),
            // What is not of the tree sets up the environment.
            "source" | "." => {
                let found = self.shell(folder, words, args, depth).into_iter();
                found.filter(|does| !does.is_unclear()).collect()
            }
            // What was just built.
            _ if program.starts_with("./target/") || program.starts_with("target/") => Vec::new(),
            "tox" | "nox" | "bazel" | "bazelisk" | "earthly" | "dagger" | "x.py" | "moon" | "nx" => {
                anything()
            }
            "python" | "python3" if args.iter().any(|word| word.contains('.')) => anything(),
            _ if program.starts_with("./") || program.ends_with(".sh") => {
                self.shell(folder, words, words, depth)
            }
            // A variable that names the program, or a script in a folder of the tree.
            _ if program.starts_with('$') && program.len() > 1 && !program.starts_with("$(") => anything(),
            _ if program.contains('/')
                && join(folder, program).is_some_and(|p| self.sources.find(&p).is_some()) =>
            {
                self.shell(folder, words, words, depth)
            }
            _ => Vec::new(),
        }
    }

    /// Cargo's own words, those of the tools that run through it, and aliases.
    fn cargo(&self, folder: &str, words: &[&str], args: &[&str], depth: usize) -> Vec<Command> {
        let Some(at) = args.iter().position(|word| !word.starts_with(['+', '-'])) else { return Vec::new() };
        let (name, rest) = (args[at], &args[at + 1..]);
        match name {
            "make" => self.cargo_make(folder, words, rest, depth),
            "run" | "r" | "just" => vec![Does::Anything.by(words)],
            _ => match deed::of_cargo(name, rest) {
                Ok(does) => does.map(|does| does.by(words)).into_iter().collect(),
                Err(deed::NotCargos) => self.alias(folder, words, name, rest, depth).unwrap_or_else(|| {
                    let may = name == "xtask" || name.contains("test");
                    may.then(|| Does::Anything.by(words)).into_iter().collect()
                }),
            },
        }
    }

    /// `bash scripts/test.sh`, `./test.sh`, `sh -c '…'`. `args` begins before or at the script.
    fn shell(&self, folder: &str, words: &[&str], args: &[&str], depth: usize) -> Vec<Command> {
        let anything = || vec![Does::Anything.by(words)];
        if let Some(at) = args.iter().position(|word| word.starts_with('-') && word.ends_with('c')) {
            let (Some(text), Some(depth)) = (args.get(at + 1), depth.checked_sub(1)) else {
                return Vec::new();
            };
            return self.script(folder, text, depth).into_iter().map(|(_, does)| does).collect();
        }
        let Some(path) = args.iter().find(|word| !word.starts_with(['-', '+'])) else { return Vec::new() };
        let file = [folder, ""].iter().find_map(|base| self.sources.find(&join(base, path)?));
        let Some((file, FileFacts::Script(facts))) = file.map(|file| (file, self.facts.get(file))) else {
            return anything();
        };
        if depth == 0 || !facts.errors.is_empty() {
            return anything();
        }
        let found = self.simple(folder, &facts.script.commands, depth - 1);
        through(words, found.into_iter().map(|(command, does)| (Span::new(file, command.range), does)))
    }
}

/// What a command does that runs these, each with its place: of each kind the first.
fn through(words: &[&str], commands: impl IntoIterator<Item = (Span, Command)>) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    for (place, command) in commands {
        let place = command.place.or((!command.is_unclear()).then_some(place));
        let known = found.iter_mut().find(|known| known.does == command.does);
        match known {
            // What ends the script where it fails counts, and not what runs the same again.
            Some(known) if command.fate == Fate::Ends => known.fate = Fate::Ends,
            Some(_) => {}
            None => found.push(Command { place, fate: command.fate, ..command.does.by(words) }),
        }
    }
    found
}

fn is_program(word: &str) -> bool {
    matches!(word, "cargo" | "cross" | "make" | "just" | "task" | "mise" | "bash" | "sh" | "docker")
        || word.starts_with("./")
        || word.ends_with(".sh")
}

/// A script in which `${{ … }}` of GitHub and `{{ … }}` of Task are variables of the shell. What GitHub sets as a variable too
/// has the name of that.
fn without_expressions(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(end) = rest[at..].find("}}") else { break };
        let before = &rest[..at];
        found.push_str(before.strip_suffix('$').unwrap_or(before));
        let inside = rest[at + 2..at + end].trim();
        match inside
            .strip_prefix("github.")
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        {
            Some(name) => {
                found.push_str("$GITHUB_");
                found.push_str(&name.to_ascii_uppercase());
            }
            None => found.push_str("$UNCLEAR"),
        }
        rest = &rest[at + end + 2..];
    }
    found + rest
}

#[cfg(test)]
mod tests;
