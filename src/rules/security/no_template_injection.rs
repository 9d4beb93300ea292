//! `no-template-injection`: no text of a stranger becomes part of a command.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::Author;
use crate::rule::{Confidence, Cx, Severity};

pub(super) fn check(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    let untrusted = &pipeline.untrusted;
    let problems: Vec<Problem> = untrusted
        .injected
        .iter()
        .map(|injected| {
            let help = "give it to the step as a variable (`env:`), and use the variable in quotes";
            let expression = &injected.expression;
            match injected.by {
                Author::Anybody => {
                    let message =
                        format!("`{expression}` is written by anybody, and becomes part of the command");
                    Problem::new(injected.span, message, help)
                }
                Author::Caller => {
                    let message =
                        format!("`{expression}` becomes part of the command, whatever the caller was given");
                    let mut problem =
                        Problem::new(injected.span, message, help).with_severity(Severity::Medium);
                    problem.confidence = Some(Confidence::Medium);
                    problem
                }
            }
        })
        .collect();
    let evidence =
        untrusted.has_commands.then(|| Label::new(pipeline.span, "its commands hold no text of a stranger"));
    if problems.is_empty() && pipeline.is_partial {
        return Verdict::unknown("part of it could not be read");
    }
    Verdict::of_sites(problems, evidence.into_iter().collect(), "it runs no commands of its own")
}
