//! `trusted-triggers`: strangers start nothing with the rights of the repository.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Pipeline;
use crate::model::pipeline::System;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, pipeline: &Pipeline) -> Verdict {
    if pipeline.system != System::GitHub {
        return Verdict::not_applicable("only GitHub workflows have such triggers");
    }
    let untrusted = &pipeline.untrusted;
    if untrusted.triggers.is_empty() && (pipeline.is_partial || pipeline.jobs.is_empty()) {
        return Verdict::unknown("its jobs could not be read");
    }
    let Some((span, trigger)) = untrusted.triggers.first() else {
        return Verdict::Pass(vec![Label::new(
            pipeline.span,
            "what starts it gives strangers no rights of the repository",
        )]);
    };
    if !untrusted.checkouts.is_empty() {
        let problem = |place: &crate::span::Span| {
            let message = format!(
                "the code of a stranger is taken into a workflow that `{trigger}` starts with the repository's rights"
            );
            let help =
                "run it on `pull_request`, and hand what it made on to a workflow that runs none of it";
            Problem::new(*place, message, help)
                .with_related(*span, "anybody who opens a pull request starts it")
        };
        return Verdict::Fail(untrusted.checkouts.iter().map(problem).collect());
    }
    if !untrusted.acts {
        return Verdict::Pass(vec![Label::new(
            *span,
            "it runs nothing but actions of others, and takes no code",
        )]);
    }
    let message =
        format!("`{trigger}` starts it with the secrets and the token of the repository, whoever causes it");
    let help = "use `pull_request` where no secret is needed, and take no code of the pull request here";
    Verdict::fail(Problem::new(*span, message, help).with_severity(Severity::Low))
}
