//! What becomes of the shell's process: the verdict on the last command that runs.
//!
//! Follows branches and the functions of the script. A path that ends in `exit`, or in nothing but
//! builtins, is no process that could be signalled, so it does not count where other paths exist. Depth is
//! bounded by `guard` and, for functions that call each other, by [`CALLS`].

use std::collections::BTreeMap;

use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundCommand, CompoundList, Pipeline, Program, SeparatorOperator,
    SimpleCommand as Simple,
};

use super::{
    Last,
    flatten::{handed_over, words},
};

/// How many calls of functions are followed along one path.
const CALLS: usize = 8;

/// How many lists are looked at in all: functions that call each other twice would otherwise double per
/// level.
const STEPS: usize = 100_000;

/// Builtins that start no process that lives on.
const BUILTINS: [&str; 32] = [
    ":", "[", "alias", "break", "cd", "continue", "declare", "echo", "exit", "export", "false", "getopts",
    "hash", "kill", "let", "local", "printf", "pwd", "read", "readonly", "return", "set", "shift", "shopt",
    "test", "trap", "true", "type", "ulimit", "umask", "unalias", "unset",
];

pub(super) fn last(program: &Program, has_trap_term: bool) -> Last {
    let mut judge = Judge { functions: BTreeMap::new(), has_trap_term, background: false, steps: STEPS };
    for list in &program.complete_commands {
        judge.define(list);
    }
    let items: Vec<_> = program.complete_commands.iter().flat_map(|list| &list.0).collect();
    match judge.items(items.iter().map(|item| (&item.0, &item.1)), 0) {
        Path::Exec(words) => Last::Exec(words),
        Path::Foreground(words) => Last::Foreground(words),
        Path::Wait if has_trap_term => Last::Wait,
        Path::Wait => {
            Last::Other("the script waits for background processes without a handler for TERM".to_owned())
        }
        Path::Ends => Last::Other("the script ends without starting a process".to_owned()),
        Path::Other(what) => Last::Other(what.to_owned()),
    }
}

/// The verdict on one path.
#[derive(Clone, Debug)]
enum Path {
    Exec(Vec<String>),
    Foreground(Vec<String>),
    Wait,
    /// Only builtins at the end, or nothing.
    Ends,
    Other(&'static str),
}

impl Path {
    /// The verdict on two paths of which one is taken. A path that keeps the shell outweighs one that does
    /// not.
    fn or(self, other: Self) -> Self {
        let weight = |path: &Self| match path {
            Self::Ends => 0,
            Self::Exec(_) => 1,
            Self::Wait => 2,
            Self::Other(_) => 3,
            Self::Foreground(_) => 4,
        };
        if weight(&other) > weight(&self) { other } else { self }
    }
}

struct Judge<'a> {
    functions: BTreeMap<String, &'a CompoundCommand>,
    has_trap_term: bool,
    /// Whether something was started with `&` so far.
    background: bool,
    steps: usize,
}

impl<'a> Judge<'a> {
    /// Finds the functions defined at the top of the script, and in its groups and branches.
    fn define(&mut self, list: &'a CompoundList) {
        for pipeline in list.0.iter().flat_map(|item| pipelines(&item.0)) {
            for command in &pipeline.seq {
                match command {
                    Command::Function(function) => {
                        self.functions.insert(function.fname.value.clone(), &function.body.0);
                    }
                    Command::Compound(CompoundCommand::BraceGroup(group), _) => self.define(&group.list),
                    Command::Compound(CompoundCommand::IfClause(clause), _) => {
                        self.define(&clause.then);
                        for alternative in clause.elses.iter().flatten() {
                            self.define(&alternative.body);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn list(&mut self, list: &'a CompoundList, calls: usize) -> Path {
        self.items(list.0.iter().map(|item| (&item.0, &item.1)), calls)
    }

    /// Goes through the commands of a list in order. Only the last one that starts something counts, except
    /// that nothing runs after an `exec`.
    fn items(
        &mut self,
        items: impl Iterator<Item = (&'a AndOrList, &'a SeparatorOperator)>,
        calls: usize,
    ) -> Path {
        let mut path = Path::Ends;
        for (list, separator) in items {
            let Some(steps) = self.steps.checked_sub(1) else {
                return Path::Other("the script is too involved");
            };
            self.steps = steps;
            if matches!(separator, SeparatorOperator::Async) {
                self.background = true;
                path = Path::Other("the script ends while a background process runs");
                continue;
            }
            if is_definition(list) {
                continue;
            }
            match (self.and_or(list, calls), &path) {
                (Path::Exec(words), _) if is_unconditional(list) => return Path::Exec(words),
                // `app; exit $?` leaves `app` the last process, and `wait` can be followed by cleaning up.
                (Path::Ends, Path::Foreground(_) | Path::Wait | Path::Other(_))
                | (Path::Foreground(_), Path::Wait) => {}
                (next, _) => path = next,
            }
        }
        path
    }

    fn and_or(&mut self, list: &'a AndOrList, calls: usize) -> Path {
        let mut path = self.pipeline(&list.first, calls);
        for item in &list.additional {
            path = match item {
                // Nothing runs after an `exec`, and what follows it with `||` runs only when it failed.
                _ if matches!(path, Path::Exec(_)) => return path,
                AndOr::And(pipeline) => match self.pipeline(pipeline, calls) {
                    Path::Ends => path,
                    next => next,
                },
                AndOr::Or(pipeline) => {
                    let other = self.pipeline(pipeline, calls);
                    path.or(other)
                }
            };
        }
        path
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, calls: usize) -> Path {
        match pipeline.seq.as_slice() {
            [only] => self.command(only, calls),
            [] => Path::Ends,
            _ => Path::Other("the last command is a pipeline, which the shell waits for"),
        }
    }

    fn command(&mut self, command: &'a Command, calls: usize) -> Path {
        match command {
            Command::Simple(simple) => self.simple(simple, calls),
            Command::Compound(compound, _) => self.compound(compound, calls),
            Command::Function(_) | Command::ExtendedTest(..) => Path::Ends,
        }
    }

    fn simple(&mut self, simple: &Simple, calls: usize) -> Path {
        let words = words(simple);
        if let Some(command) = handed_over(&words) {
            return Path::Exec(command.to_vec());
        }
        let Some(name) = words.first() else { return Path::Ends };
        if let Some(body) = self.functions.get(name).copied() {
            return if calls < CALLS {
                self.compound(body, calls + 1)
            } else {
                Path::Other("the functions of the script call each other")
            };
        }
        match name.as_str() {
            "wait" if self.background => Path::Wait,
            "wait" | "exec" => Path::Ends,
            "eval" | "." | "source" => Path::Other("the last command is another script that the shell reads"),
            // `command app` and `builtin x` are what follows them.
            "command" | "builtin" if words.len() > 1 => Path::Foreground(words[1..].to_vec()),
            name if BUILTINS.contains(&name) => Path::Ends,
            _ => Path::Foreground(words),
        }
    }

    fn compound(&mut self, compound: &'a CompoundCommand, calls: usize) -> Path {
        match compound {
            CompoundCommand::Arithmetic(_) => Path::Ends,
            CompoundCommand::BraceGroup(group) => self.list(&group.list, calls),
            CompoundCommand::Subshell(group) => match self.list(&group.list, calls) {
                Path::Ends => Path::Ends,
                _ => Path::Other("the last command is a subshell, which the shell waits for"),
            },
            CompoundCommand::ForClause(clause) => self.looped(&clause.body.list, calls),
            CompoundCommand::ArithmeticForClause(clause) => self.looped(&clause.body.list, calls),
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                if let Path::Wait = self.list(&clause.0, calls) {
                    return Path::Wait;
                }
                self.looped(&clause.1.list, calls)
            }
            CompoundCommand::CaseClause(clause) => {
                let lists = clause.cases.iter().filter_map(|case| case.cmd.as_ref());
                lists.fold(Path::Ends, |path, list| path.or(self.list(list, calls)))
            }
            CompoundCommand::IfClause(clause) => {
                let then = self.list(&clause.then, calls);
                clause
                    .elses
                    .iter()
                    .flatten()
                    .fold(then, |path, clause| path.or(self.list(&clause.body, calls)))
            }
            CompoundCommand::Coprocess(_) => {
                self.background = true;
                Path::Other("the script ends while a background process runs")
            }
        }
    }

    /// A loop that hands over or waits does what its body does; any other keeps the shell.
    fn looped(&mut self, body: &'a CompoundList, calls: usize) -> Path {
        match self.list(body, calls) {
            Path::Wait => Path::Wait,
            Path::Exec(words) => Path::Exec(words),
            _ if self.background && self.has_trap_term => Path::Wait,
            _ => Path::Other("the last command is a loop, which the shell stays for"),
        }
    }
}

fn pipelines(list: &AndOrList) -> impl Iterator<Item = &Pipeline> {
    let rest = list.additional.iter().map(|item| match item {
        AndOr::And(pipeline) | AndOr::Or(pipeline) => pipeline,
    });
    std::iter::once(&list.first).chain(rest)
}

fn is_definition(list: &AndOrList) -> bool {
    list.additional.is_empty() && matches!(list.first.seq.as_slice(), [Command::Function(_)])
}

/// Whether an `exec` in the list is certain to be reached.
fn is_unconditional(list: &AndOrList) -> bool {
    matches!(list.first.seq.as_slice(), [Command::Simple(simple)] if handed_over(&words(simple)).is_some())
}
