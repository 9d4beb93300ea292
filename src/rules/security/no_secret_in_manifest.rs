//! `no-secret-in-manifest`: no secret is written into a manifest.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::secret::{Written, is_secret_name, written, written_in_secret};
use crate::model::workload::{Literal, Platform};
use crate::rule::{Cx, Severity};

const HELP: &str =
    "take it from a `Secret` that is made outside the repository, and replace the one that was written";

/// Variables of containers.
pub(super) fn of_workload(_: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform == Platform::Compose {
        return Verdict::not_applicable("compose files are not judged");
    }
    let literals = || workload.containers.iter().flat_map(|container| &container.literals);
    let problems = literals().filter_map(problem).collect();
    let evidence = literals().next().map(|_| Label::new(workload.span, "its variables hold no secret"));
    Verdict::of_sites(problems, evidence.into_iter().collect(), "it sets no variable")
}

/// What stands in the `ConfigMap`s and `Secret`s of the tree.
pub(super) fn of_repository(cx: &Cx<'_>) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for object in &cx.project.cluster.values {
        let (is_secret, literals) = &object.spec;
        let before = problems.len();
        if *is_secret {
            // Who fills in a template of a `Secret` keeps what comes of it out of the repository.
            let given = || literals.iter().filter(|it| written_in_secret(it) == Some(Written::Value));
            let is_named = |literal: &&Literal| is_secret_name(&literal.name);
            // Where an entry has the name of a secret, the others stand beside it: a user, a host.
            let found =
                if literals.iter().any(|it| is_named(&it)) { given().find(is_named) } else { given().next() };
            problems.extend(found.map(|literal| {
                let message =
                    format!("the secret `{}` is in the repository, where base64 hides nothing", object.name);
                Problem::new(literal.span, message, HELP)
            }));
        } else {
            problems.extend(literals.iter().filter_map(problem));
        }
        if problems.len() == before {
            evidence.push(Label::new(object.span, "no secret is written here"));
        }
    }
    Verdict::of_sites(problems, evidence, "no `ConfigMap` or `Secret` is here")
}

fn problem(literal: &Literal) -> Option<Problem> {
    let name = &literal.name;
    Some(match written(literal)? {
        Written::Value => {
            let message =
                format!("the value of `{name}` is a secret, and whoever reads the repository has it");
            Problem::new(literal.span, message, HELP)
        }
        Written::Placeholder => {
            let message = format!("`{name}` is a secret that is to be written into the manifest");
            Problem::new(literal.span, message, "take it from a `Secret` with `secretKeyRef`")
                .with_severity(Severity::Low)
        }
    })
}
