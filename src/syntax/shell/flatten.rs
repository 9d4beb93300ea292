//! From the parser's tree to the flat list of commands. The depth of the tree is bounded by `guard`.

use brush_parser::ast::{
    AndOr, AndOrList, Assignment, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem,
    CompoundCommand, CompoundList, IoFileRedirectTarget, IoRedirect, Pipeline, Program, SeparatorOperator,
    SimpleCommand as Simple, SourceLocation,
};

use super::{Context, Offsets, SimpleCommand, word::unquote};
use crate::span::Range;

/// The commands of a program, and what they do to SIGTERM.
pub(super) struct Flat {
    pub(super) commands: Vec<SimpleCommand>,
    pub(super) has_trap_term: bool,
}

pub(super) fn flatten(program: &Program, text: &str) -> Flat {
    let mut flattener = Flattener { offsets: Offsets::new(text), commands: Vec::new() };
    for list in &program.complete_commands {
        flattener.list(list, Context::default());
    }
    let has_trap_term = flattener.commands.iter().any(|command| is_term_trap(&command.words));
    Flat { commands: flattener.commands, has_trap_term }
}

/// The words of a command without quotes.
pub(super) fn words(simple: &Simple) -> Vec<String> {
    let first = simple.word_or_name.iter().map(|word| unquote(&word.value));
    let rest = simple.suffix.iter().flat_map(|suffix| &suffix.0).filter_map(|item| match item {
        CommandPrefixOrSuffixItem::Word(word) | CommandPrefixOrSuffixItem::AssignmentWord(_, word) => {
            Some(unquote(&word.value))
        }
        CommandPrefixOrSuffixItem::IoRedirect(_) | CommandPrefixOrSuffixItem::ProcessSubstitution(..) => None,
    });
    first.chain(rest).collect()
}

/// The command that an `exec` hands over to, its own options left out. `None` for any other command, and
/// for an `exec` that only redirects.
pub(super) fn handed_over(words: &[String]) -> Option<&[String]> {
    let mut rest = words.strip_prefix(&["exec".to_owned()][..])?;
    loop {
        match rest {
            [option, after @ ..] if option == "--" => return (!after.is_empty()).then_some(after),
            [option, _, after @ ..] if option == "-a" => rest = after,
            [option, after @ ..] if matches!(option.as_str(), "-c" | "-l" | "-cl" | "-lc") => rest = after,
            [] => return None,
            _ => return Some(rest),
        }
    }
}

/// `trap handler … TERM`. An empty handler ignores the signal, `-` resets it.
fn is_term_trap(words: &[String]) -> bool {
    let Some((name, rest)) = words.split_first() else { return false };
    let rest = rest.strip_prefix(&["--".to_owned()][..]).unwrap_or(rest);
    let Some((handler, signals)) = rest.split_first() else { return false };
    let term = |signal: &String| matches!(signal.to_ascii_uppercase().as_str(), "TERM" | "SIGTERM" | "15");
    name == "trap" && !handler.is_empty() && handler != "-" && signals.iter().any(term)
}

/// Whether it succeeds and leaves no trace: `true`, `:`, `exit 0`, or a message to whoever reads the log. What is written to a
/// file may be asked for later.
fn is_harmless(pipeline: &Pipeline) -> bool {
    let [command] = &pipeline.seq[..] else { return false };
    match command {
        Command::Simple(simple) => {
            let words = words(simple);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words[..] {
                ["true" | ":", ..] | ["exit", "0"] => true,
                ["echo" | "printf", ..] => !writes_file(simple),
                _ => false,
            }
        }
        Command::Compound(CompoundCommand::BraceGroup(group), None) => {
            group.list.0.iter().all(|item| item.0.additional.is_empty() && is_harmless(&item.0.first))
        }
        _ => false,
    }
}

fn writes_file(simple: &Simple) -> bool {
    let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
    let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
    prefix.chain(suffix).any(|item| {
        matches!(
            item,
            CommandPrefixOrSuffixItem::IoRedirect(
                IoRedirect::File(_, _, IoFileRedirectTarget::Filename(_)) | IoRedirect::OutputAndError(..)
            )
        )
    })
}

struct Flattener {
    offsets: Offsets,
    commands: Vec<SimpleCommand>,
}

impl Flattener {
    fn list(&mut self, list: &CompoundList, context: Context) {
        for item in &list.0 {
            let background = context.background || matches!(item.1, SeparatorOperator::Async);
            self.and_or(&item.0, Context { background, ..context });
        }
    }

    fn and_or(&mut self, list: &AndOrList, context: Context) {
        // What fails leads to the next alternative after it.
        let inside = |at: usize| {
            let next = list.additional[at..].iter().find_map(|item| match item {
                AndOr::Or(pipeline) => Some(is_harmless(pipeline)),
                AndOr::And(_) => None,
            });
            Context { forgiven: context.forgiven || next == Some(true), ..context }
        };
        self.pipeline(&list.first, inside(0));
        for (at, item) in list.additional.iter().enumerate() {
            match item {
                AndOr::And(pipeline) => self.pipeline(pipeline, inside(at + 1)),
                AndOr::Or(pipeline) => {
                    self.pipeline(pipeline, Context { conditional: true, ..inside(at + 1) });
                }
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, context: Context) {
        let piped = context.piped || pipeline.seq.len() > 1;
        let last = pipeline.seq.len().saturating_sub(1);
        for (at, command) in pipeline.seq.iter().enumerate() {
            self.command(command, Context { piped, feeds: context.feeds || at < last, ..context });
        }
    }

    fn command(&mut self, command: &Command, context: Context) {
        match command {
            Command::Simple(simple) => self.simple(simple, context),
            Command::Compound(compound, redirects) => {
                self.compound(compound, context);
                for redirect in redirects.iter().flat_map(|redirects| &redirects.0) {
                    self.redirect(redirect, context);
                }
            }
            Command::Function(function) => {
                self.compound(&function.body.0, Context { function: true, ..context });
            }
            Command::ExtendedTest(..) => {}
        }
    }

    fn compound(&mut self, compound: &CompoundCommand, context: Context) {
        let branch = Context { conditional: true, ..context };
        let looped = Context { looped: true, ..context };
        let subshell = Context { subshell: true, ..context };
        match compound {
            CompoundCommand::Arithmetic(_) => {}
            CompoundCommand::BraceGroup(group) => self.list(&group.list, context),
            CompoundCommand::Subshell(group) => self.list(&group.list, subshell),
            CompoundCommand::ArithmeticForClause(clause) => self.list(&clause.body.list, looped),
            CompoundCommand::ForClause(clause) => self.list(&clause.body.list, looped),
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0, looped);
                self.list(&clause.1.list, looped);
            }
            CompoundCommand::CaseClause(clause) => {
                for case in clause.cases.iter().filter_map(|case| case.cmd.as_ref()) {
                    self.list(case, branch);
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition, context);
                self.list(&clause.then, branch);
                for alternative in clause.elses.iter().flatten() {
                    if let Some(condition) = &alternative.condition {
                        self.list(condition, branch);
                    }
                    self.list(&alternative.body, branch);
                }
            }
            CompoundCommand::Coprocess(coprocess) => {
                self.command(&coprocess.body, Context { background: true, ..subshell });
            }
        }
    }

    fn simple(&mut self, simple: &Simple, context: Context) {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let mut assignments = Vec::new();
        let start = self.commands.len();
        for item in prefix.clone() {
            if let CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) = item {
                assignments.push(pair(assignment));
            }
        }
        for item in prefix.chain(suffix) {
            match item {
                CommandPrefixOrSuffixItem::ProcessSubstitution(_, group) => {
                    self.list(&group.list, Context { subshell: true, ..context });
                }
                CommandPrefixOrSuffixItem::IoRedirect(redirect) => self.redirect(redirect, context),
                CommandPrefixOrSuffixItem::Word(_) | CommandPrefixOrSuffixItem::AssignmentWord(..) => {}
            }
        }
        let words = words(simple);
        if words.is_empty() && assignments.is_empty() {
            return;
        }
        let range = self.range(simple);
        let exec = handed_over(&words).is_some();
        // What stands in its process substitutions comes after the command itself.
        self.commands.insert(start, SimpleCommand { assignments, words, context, exec, range });
    }

    /// The place from the words: the parser gives none to redirections, and so none to a command that ends
    /// in one.
    fn range(&self, simple: &Simple) -> Range {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let of_item =
            |item: &CommandPrefixOrSuffixItem| match item {
                CommandPrefixOrSuffixItem::Word(word)
                | CommandPrefixOrSuffixItem::AssignmentWord(_, word) => word.location(),
                CommandPrefixOrSuffixItem::IoRedirect(_)
                | CommandPrefixOrSuffixItem::ProcessSubstitution(..) => None,
            };
        let name = simple.word_or_name.as_ref().and_then(SourceLocation::location);
        let spans = prefix.filter_map(of_item).chain(name).chain(suffix.filter_map(of_item));
        spans.map(|span| self.offsets.range(&span.start, &span.end)).reduce(Range::cover).unwrap_or_default()
    }

    fn redirect(&mut self, redirect: &IoRedirect, context: Context) {
        if let IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, group)) = redirect {
            self.list(&group.list, Context { subshell: true, ..context });
        }
    }
}

fn pair(assignment: &Assignment) -> (String, String) {
    let name = match &assignment.name {
        AssignmentName::VariableName(name) => name.clone(),
        AssignmentName::ArrayElementName(name, index) => format!("{name}[{index}]"),
    };
    let value = match &assignment.value {
        AssignmentValue::Scalar(word) => unquote(&word.value),
        AssignmentValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|(_, word)| unquote(&word.value)).collect();
            items.join(" ")
        }
    };
    (name, value)
}
