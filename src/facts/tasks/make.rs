//! Makefiles, line by line: <https://www.gnu.org/software/make/manual/make.html>.

use std::collections::BTreeMap;

use super::{Task, TasksFacts};
use crate::span::{At, Range};

/// References within references are followed this far, and never make a text longer than this.
const MAX_DEPTH: usize = 8;
const LONGEST: usize = 8 * 1024;

pub(super) fn extract(text: &str) -> TasksFacts {
    let mut facts = TasksFacts::default();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Vec<usize> = Vec::new();
    let mut in_define = false;
    for line in logical_lines(text) {
        let trimmed = line.value.trim();
        if in_define {
            in_define = trimmed != "endef";
            continue;
        }
        if line.value.starts_with('\t') {
            for at in &open {
                push_command(&mut facts.tasks[*at], trimmed, line.range);
            }
            continue;
        }
        let code = without_comment(trimmed).trim_end();
        let first = code.split_whitespace().next().unwrap_or_default();
        match first {
            "" | "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" | "undefine" | "vpath" => {}
            "define" => in_define = true,
            "include" | "-include" | "sinclude" => {
                facts.includes.extend(code.split_whitespace().skip(1).map(str::to_owned));
            }
            _ => {
                if let Some((name, value)) = assignment(code) {
                    variables.insert(name.to_owned(), value.to_owned());
                } else if let Some((targets, rest)) = rule(code) {
                    open = begin(&mut facts, targets, rest, line.range);
                }
            }
        }
    }
    let first = facts.tasks.iter().map(|task| task.name.clone()).find(|name| !name.contains('%'));
    facts.default = variables.get(".DEFAULT_GOAL").cloned().or(first);
    for task in &mut facts.tasks {
        for command in &mut task.commands {
            command.value = expand(&command.value, &variables, &task.name);
        }
        task.needs = task
            .needs
            .iter()
            .flat_map(|name| {
                let name = expand(name, &variables, &task.name);
                name.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
    }
    facts
}

/// Adds a rule's targets and gives their places in the list.
fn begin(facts: &mut TasksFacts, targets: &str, rest: &str, range: Range) -> Vec<usize> {
    let (needs, command) = rest.split_once(';').unwrap_or((rest, ""));
    let mut added = Vec::new();
    for target in targets.split_whitespace().filter(|name| !is_special(name)) {
        let mut task = Task::named(target);
        let names = needs.split_whitespace().map(|word| word.trim_end_matches('|'));
        task.needs = names.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        push_command(&mut task, command.trim(), range);
        added.push(facts.tasks.len());
        facts.tasks.push(task);
    }
    added
}

/// `.PHONY` and its like begin with a dot and are in capitals.
fn is_special(target: &str) -> bool {
    target
        .strip_prefix('.')
        .is_some_and(|rest| rest.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
}

fn push_command(task: &mut Task, text: &str, range: Range) {
    let command = text.trim_start_matches(['@', '-', '+', ' ']);
    if !command.is_empty() && !command.starts_with('#') {
        task.commands.push(At::new(command.to_owned(), range));
    }
}

/// Lines with those that continue them.
fn logical_lines(text: &str) -> Vec<At<String>> {
    let mut found: Vec<At<String>> = Vec::new();
    let mut start = 0;
    let mut continues = false;
    for line in text.split_inclusive('\n') {
        let range = Range::new(start, start + line.trim_end().len());
        start += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let (content, goes_on) = match content.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (content, false),
        };
        match found.last_mut().filter(|_| continues) {
            Some(last) => {
                last.value.push(' ');
                last.value.push_str(content.trim_start());
            }
            None => found.push(At::new(content.to_owned(), range)),
        }
        continues = goes_on;
    }
    found
}

fn without_comment(line: &str) -> &str {
    let mut before = None;
    for (at, letter) in line.char_indices() {
        if letter == '#' && before != Some('\\') {
            return &line[..at];
        }
        before = Some(letter);
    }
    line
}

/// `NAME := value`, with `=`, `?=`, `+=` and `!=`, and `export` before it.
fn assignment(code: &str) -> Option<(&str, &str)> {
    let at = code.find('=')?;
    let name = code[..at].trim_end_matches([':', '?', '+', '!']).trim();
    let name = name.trim_start_matches("export ").trim_start_matches("override ").trim();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, code[at + 1..].trim()))
}

/// `targets : prerequisites`; variables of a target are no rule.
fn rule(code: &str) -> Option<(&str, &str)> {
    let (targets, rest) = code.split_once(':')?;
    let rest = rest.trim_start_matches(':').trim_start_matches('&').trim();
    (!targets.trim().is_empty() && assignment(rest).is_none()).then_some((targets, rest))
}

/// Puts in what references mean; those without a value that is written down stay.
fn expand(text: &str, variables: &BTreeMap<String, String>, target: &str) -> String {
    let mut current = text.to_owned();
    for _ in 0..MAX_DEPTH {
        let next = expand_once(&current, variables, target);
        if next == current || LONGEST < next.len() {
            break;
        }
        current = next;
    }
    current.replace("$$", "$")
}

fn expand_once(text: &str, variables: &BTreeMap<String, String>, target: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        found.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            found.push_str("$$");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("$@") {
            found.push_str(target);
            rest = after;
            continue;
        }
        let reference = ["$(", "${"].iter().zip([')', '}']).find_map(|(opens, closes)| {
            let inner = rest.strip_prefix(opens)?;
            let end = inner.find(closes)?;
            Some((&inner[..end], &inner[end + 1..]))
        });
        match reference {
            Some(("MAKE", after)) => {
                found.push_str("make");
                rest = after;
            }
            Some((name, after)) if variables.contains_key(name) => {
                found.push_str(&variables[name]);
                rest = after;
            }
            // A variable of the environment, or of a file that is not here.
            Some((name, after))
                if name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') =>
            {
                found.extend(["${", name, "}"]);
                rest = after;
            }
            _ => {
                found.push('$');
                rest = &rest[1..];
            }
        }
    }
    found + rest
}
