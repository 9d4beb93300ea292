//! Justfiles, line by line: <https://just.systems/man/en/>.

use std::collections::BTreeMap;

use super::{Takes, Task, TasksFacts};
use crate::span::{At, Range};

pub(super) fn extract(text: &str) -> TasksFacts {
    let mut facts = TasksFacts::default();
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    let mut folder: Option<String> = None;
    let mut in_recipe = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = Range::new(start, start + line.trim_end().len());
        start += line.len();
        let content = line.trim_end();
        if content.is_empty() || content.starts_with([' ', '\t']) {
            if let Some(task) = facts.tasks.last_mut().filter(|_| in_recipe) {
                push_line(task, content, range);
            }
            continue;
        }
        in_recipe = false;
        if content.starts_with('[') {
            folder = working_directory(content).or(folder);
        } else if let Some((name, value)) = assignment(content) {
            if let Some(aliased) = name.strip_prefix("alias ") {
                let mut task = Task::named(aliased.trim());
                task.needs.push(value.to_owned());
                facts.tasks.push(task);
            } else {
                variables.insert(name.trim_start_matches("export ").trim().to_owned(), value.to_owned());
            }
        } else if let Some(path) = content.strip_prefix("import") {
            facts.includes.extend(quoted(path));
        } else if content.starts_with("mod ") || content.starts_with("mod? ") {
            facts.has_parts = true;
        } else if let Some(mut task) = header(content) {
            task.folder = folder.take();
            facts.tasks.push(task);
            in_recipe = true;
        }
    }
    facts.default = facts.tasks.first().map(|task| task.name.clone());
    for task in &mut facts.tasks {
        finish(task, &variables);
    }
    facts
}

/// A line of a recipe, with its indentation until the recipe is whole.
fn push_line(task: &mut Task, content: &str, range: Range) {
    if let Some(last) = task.commands.last_mut()
        && let Some(before) = last.value.strip_suffix('\\')
    {
        last.value = format!("{before} {}", content.trim());
        return;
    }
    if !content.is_empty() {
        task.commands.push(At::new(content.to_owned(), range));
    }
}

/// A recipe that begins with `#!` is one script; of others each line is.
fn finish(task: &mut Task, variables: &BTreeMap<String, String>) {
    let Some(first) = task.commands.first() else { return };
    if let Some(shebang) = first.value.trim_start().strip_prefix("#!") {
        let program =
            shebang.split_whitespace().find(|word| !word.starts_with('-') && !word.ends_with("env"));
        task.is_script = true;
        task.is_opaque = !program.is_some_and(|program| program.ends_with("sh"));
    }
    for command in &mut task.commands {
        let text = command.value.trim_start().trim_start_matches(['@', '-']);
        command.value = expand(text, variables);
    }
    task.commands.retain(|command| !command.value.is_empty() && !command.value.starts_with('#'));
}

/// `name := value`, where it is no recipe.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(":=")?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | ' ');
    name.chars().all(is_name).then(|| (name.trim(), value.trim()))
}

/// `name parameters: dependencies`.
fn header(line: &str) -> Option<Task> {
    let colon = outside_quotes(line, ':')?;
    let (head, needs) = (line[..colon].trim_start_matches('@'), &line[colon + 1..]);
    let head = without_quoted(head);
    let mut words = head.split_whitespace();
    let name = words.next()?;
    if !name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-')) {
        return None;
    }
    let params: Vec<&str> = words.collect();
    let mut task = Task::named(name);
    task.takes = if params.iter().any(|param| param.starts_with(['*', '+'])) {
        Takes::All
    } else if params.is_empty() {
        Takes::None
    } else {
        Takes::AtMost(params.len())
    };
    let needs = outside_quotes(needs, '#').map_or(needs, |at| &needs[..at]);
    // `(build "release")` names `build`; what follows it within the parentheses are its arguments.
    let mut depth = 0_usize;
    for word in needs.split_whitespace() {
        let opened = word.matches('(').count();
        if word != "&&" && (depth == 0 || word.starts_with('(')) {
            task.needs.push(word.trim_matches(['(', ')']).to_owned());
        }
        depth = (depth + opened).saturating_sub(word.matches(')').count());
    }
    Some(task)
}

/// The text without its strings.
fn without_quoted(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'']) {
        found.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        let end = inner.find(&rest[at..=at]).map_or(inner.len(), |end| end + 1);
        rest = &inner[end..];
    }
    found + rest
}

fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'' | '`') => quote = Some(letter),
            None if letter == wanted => return Some(at),
            Some(_) | None => {}
        }
    }
    None
}

/// `[working-directory: 'docs']`, in either of its forms.
fn working_directory(attribute: &str) -> Option<String> {
    quoted(attribute.split_once("working-directory")?.1)
}

fn quoted(text: &str) -> Option<String> {
    let start = text.find(['"', '\''])?;
    let quote = text[start..].chars().next()?;
    let inner = &text[start + 1..];
    Some(inner[..inner.find(quote)?].to_owned())
}

/// Puts variables in that are plain strings; other `{{ … }}` become one word.
fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(end) = rest[at..].find("}}") else { break };
        found.push_str(&rest[..at]);
        let inner = rest[at + 2..at + end].trim();
        match variables.get(inner).and_then(|value| plain(value)) {
            Some(value) => found.push_str(&value),
            None => found.push_str("$UNCLEAR"),
        }
        rest = &rest[at + end + 2..];
    }
    found + rest
}

/// A string alone, without escapes.
fn plain(value: &str) -> Option<String> {
    let inner = quoted(value)?;
    (inner.len() + 2 == value.len() && !inner.contains('\\')).then_some(inner)
}
