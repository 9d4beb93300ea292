//! What strangers have a say in: workflows that they start with the repository's rights, and texts of theirs that become
//! part of a command.
//!
//! <https://docs.github.com/en/actions/concepts/security/script-injections> and
//! <https://docs.github.com/en/actions/reference/security/securely-using-pull_request_target>

use crate::facts::workflow::{ActionFacts, Step, WorkflowFacts};
use crate::source::Sources;
use crate::span::{At, FileId, Range, Span};

/// What of a pipeline strangers decide.
#[derive(Debug, Default)]
pub(crate) struct Untrusted {
    /// What starts the workflow with the repository's rights although a stranger may cause it.
    pub(crate) triggers: Vec<(Span, String)>,
    /// Where such a workflow takes the stranger's code.
    pub(crate) checkouts: Vec<Span>,
    /// Whether it runs commands, actions or workflows of its own.
    pub(crate) acts: bool,
    /// Expressions that are put into commands before the shell sees them.
    pub(crate) injected: Vec<Injected>,
    /// Whether there is anything into which an expression could be put.
    pub(crate) has_commands: bool,
}

/// An expression within a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Injected {
    pub(crate) span: Span,
    /// Without its braces.
    pub(crate) expression: String,
    pub(crate) by: Author,
}

/// Who writes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// Whoever opens an issue or a pull request, or comments.
    Anybody,
    /// Whoever calls the action.
    Caller,
}

/// Triggers that run with the secrets and the token of the repository, whoever causes them.
const PRIVILEGED: &[&str] = &["pull_request_target", "workflow_run"];

/// Inputs of actions that are run as a program: by the action's name.
const SCRIPTS: &[(&str, &str)] = &[
    ("actions/github-script", "script"),
    ("azure/cli", "inlineScript"),
    ("azure/powershell", "inlineScript"),
    ("mikefarah/yq", "cmd"),
];

/// What a stranger writes freely, without `github.event.`.
const FREE: &[&str] = &[
    "comment.body",
    "discussion.body",
    "discussion.title",
    "head_commit.author.email",
    "head_commit.author.name",
    "head_commit.message",
    "issue.body",
    "issue.title",
    "pull_request.body",
    "pull_request.head.label",
    "pull_request.head.ref",
    "pull_request.head.repo.default_branch",
    "pull_request.head.repo.description",
    "pull_request.title",
    "review.body",
    "review_comment.body",
    "workflow_run.display_title",
    "workflow_run.head_branch",
    "workflow_run.head_commit.author.email",
    "workflow_run.head_commit.author.name",
    "workflow_run.head_commit.message",
    "workflow_run.head_repository.description",
    "workflow_run.pull_requests[0].head.ref",
];

/// What conditions ask of the author of a change, or of where it comes from. `github.actor` is none: it is who acted last.
const GUARDS: &[&str] = &[
    "author_association",
    "github.event.workflow_run.event",
    "head.repo.fork",
    "head.repo.full_name",
    "head_repository.full_name",
    "pull_request.merged",
    "pull_request.user.login",
];

/// What names the code of a pull request.
const HEADS: &[&str] = &[
    "github.event.number",
    "github.event.pull_request.head",
    "github.event.pull_request.merge_commit_sha",
    "github.event.pull_request.number",
    "github.event.workflow_run.head",
    "github.head_ref",
    "refs/pull/",
];

pub(super) fn of_workflow(sources: &Sources, file: FileId, workflow: &WorkflowFacts) -> Untrusted {
    let privileged = workflow.triggers.iter().filter(|trigger| PRIVILEGED.contains(&trigger.value.as_str()));
    let triggers: Vec<(Span, String)> =
        privileged.map(|trigger| (trigger.span(file), trigger.value.clone())).collect();
    let steps = || workflow.jobs.iter().flat_map(|job| &job.steps);
    let mut found = Untrusted {
        acts: workflow.jobs.iter().any(|job| job.uses.is_some()) || steps().any(acts),
        ..of_steps(sources, file, steps(), Author::Anybody)
    };
    if !triggers.is_empty() {
        let open =
            workflow.jobs.iter().filter(|job| !is_guarded(job.condition.as_ref())).flat_map(|job| &job.steps);
        let open = open.filter(|step| !is_guarded(step.condition.as_ref()));
        found.checkouts = open.filter_map(|step| checkout(file, step)).collect();
    }
    found.triggers = triggers;
    found
}

pub(super) fn of_action(sources: &Sources, file: FileId, action: &ActionFacts) -> Untrusted {
    // Who calls an action of the pipelines stands beside it.
    let is_published = !sources.path(file).starts_with(".github/");
    of_steps(sources, file, action.steps.iter(), if is_published { Author::Caller } else { Author::Anybody })
}

fn of_steps<'s>(
    sources: &Sources,
    file: FileId,
    steps: impl Iterator<Item = &'s Step>,
    owner: Author,
) -> Untrusted {
    let mut found = Untrusted::default();
    let text = sources.file(file).text.as_deref().unwrap_or_default();
    for step in steps {
        for script in step.run.iter().chain(script_of(step)) {
            found.has_commands = true;
            found.injected.extend(expressions(text, script.range).into_iter().filter_map(
                |(range, expression)| {
                    let by = author(&expression, owner)?;
                    Some(Injected { span: Span::new(file, range), expression, by })
                },
            ));
        }
    }
    found
}

/// Whether a step runs what the repository or the workflow says. An action from elsewhere does what it is made for.
fn acts(step: &Step) -> bool {
    step.run.is_some() || step.uses.as_ref().is_some_and(|uses| uses.value.starts_with("./"))
}

/// Whether a condition asks who wrote the change, or that it comes from the repository itself.
fn is_guarded(condition: Option<&At<String>>) -> bool {
    condition.is_some_and(|condition| GUARDS.iter().any(|guard| condition.value.contains(guard)))
}

fn action_name(uses: &str) -> &str {
    uses.split('@').next().unwrap_or_default()
}

fn script_of(step: &Step) -> Option<&At<String>> {
    let name = action_name(&step.uses.as_ref()?.value).to_ascii_lowercase();
    let (_, input) = SCRIPTS.iter().find(|(action, _)| *action == name)?;
    let (_, script) = step.with.iter().find(|(name, _)| name.value == *input)?;
    Some(script)
}

fn checkout(file: FileId, step: &Step) -> Option<Span> {
    let takes = |text: &At<String>| HEADS.iter().any(|head| text.value.contains(head));
    let input = |name: &str| step.with.iter().find(|(own, _)| own.value == name).map(|(_, value)| value);
    let is_checkout = step.uses.as_ref().is_some_and(|uses| action_name(&uses.value) == "actions/checkout");
    let by_action =
        [input("ref"), input("repository")].into_iter().flatten().find(|it| is_checkout && takes(it));
    let fetches = |text: &At<String>| text.value.contains("git ") && takes(text);
    let by_command = step.run.as_ref().filter(|run| run.value.contains("gh pr checkout") || fetches(run));
    by_action.or(by_command).map(|at| at.span(file))
}

/// The expressions in a part of a file, with their places, braces included.
fn expressions(text: &str, range: Range) -> Vec<(Range, String)> {
    let mut found = Vec::new();
    let (mut at, end) = (range.as_usize().start, range.as_usize().end);
    while let Some(open) = text.get(at..end).and_then(|rest| rest.find("${{")) {
        let start = at + open;
        let Some(close) = text.get(start..end).and_then(|rest| rest.find("}}")) else { break };
        let expression = text[start + 3..start + close].trim().to_owned();
        at = start + close + 2;
        found.push((Range::new(start, at), expression));
    }
    found
}

/// Who writes what an expression gives; nothing where that is the repository, or a value that is no free text.
fn author(expression: &str, owner: Author) -> Option<Author> {
    let plain = plain(expression);
    if let Some(event) = plain.strip_prefix("github.event.") {
        let is_commit = event.starts_with("commits[")
            && [".message", ".author.name", ".author.email"].iter().any(|end| event.ends_with(end));
        let is_page = event.starts_with("pages[") && event.ends_with(".page_name");
        return (FREE.contains(&event) || is_commit || is_page).then_some(Author::Anybody);
    }
    match plain.split_once('.') {
        _ if plain == "github.head_ref" => Some(Author::Anybody),
        Some(("inputs", name)) if owner == Author::Caller && is_name(name) => Some(Author::Caller),
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// `github['event'].issue.title` as `github.event.issue.title`; contexts are named in any case. What is more than the name
/// of a value stays as it is, and is none.
fn plain(expression: &str) -> String {
    let mut plain = expression.to_ascii_lowercase();
    for quote in ['\'', '"'] {
        plain = plain.replace(&format!("[{quote}"), ".").replace(&format!("{quote}]"), "");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_texts_are_told_from_names_and_numbers() {
        for (expression, owner, expected) in [
            ("github.event.issue.title", Author::Anybody, Some(Author::Anybody)),
            ("github['event'].pull_request.head.ref", Author::Anybody, Some(Author::Anybody)),
            ("github.HEAD_REF", Author::Anybody, Some(Author::Anybody)),
            ("github.event.commits[0].message", Author::Caller, Some(Author::Anybody)),
            ("github.event.pull_request.number", Author::Anybody, None),
            ("github.event.issue.title == 'x'", Author::Anybody, None),
            ("github.sha", Author::Anybody, None),
            ("inputs.name", Author::Anybody, None),
            ("inputs.name", Author::Caller, Some(Author::Caller)),
            ("inputs.name == 'true'", Author::Caller, None),
        ] {
            assert_eq!(author(expression, owner), expected, "{expression}");
        }
        let text = "run: echo ${{ a }} ${{b}} ${{ open";
        let found = expressions(text, Range::new(5, text.len()));
        let found: Vec<_> = found.iter().map(|(range, it)| (&text[range.as_usize()], it.as_str())).collect();
        assert_eq!(found, [("${{ a }}", "a"), ("${{b}}", "b")]);
    }
}
