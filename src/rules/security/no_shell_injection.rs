//! `no-shell-injection`: no shell is handed a script that text of others stands in.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::shell::By;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for start in &service.hazards.shells {
        match &start.by {
            By::Spliced { shell, label } => {
                let what = if label.is_empty() { "text".to_owned() } else { format!("`{label}`") };
                problems.push(Problem::new(
                    start.span,
                    format!(
                        "{what} is part of a script that `{shell}` runs: a `;` in it starts the next command"
                    ),
                    "start the program itself and hand it the value with `.arg`",
                ));
            }
            By::Itself => evidence.push(Label::new(start.span, "this starts a program without a shell")),
            By::Script => evidence.push(Label::new(start.span, "this script is written in the code")),
            By::Unclear => unclear.push(Label::new(start.span, "this script comes from elsewhere")),
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if !unclear.is_empty() {
        return Verdict::Unknown("who writes a script that a shell runs cannot be told".into(), unclear);
    }
    match (evidence.is_empty(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("starts no program"),
        (false, None) => Verdict::Pass(evidence),
    }
}
