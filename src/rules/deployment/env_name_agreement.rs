//! `env-name-agreement`: what a deployment sets has the name that the service reads.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::rule::{Confidence, Cx};

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for instance in cx.project.instances_in(workload) {
        let name = &instance.service.name;
        for slip in instance.misspelt() {
            let (set, read) = (&slip.set.name, &slip.read.name);
            let message =
                format!("nothing reads `{set}`, and `{name}` reads `{read}`, which nothing here sets");
            let mut problem = Problem::new(slip.set.span, message, format!("call it `{read}`"))
                .with_related(slip.read.span, format!("`{name}` reads `{read}` here"));
            if !slip.read.required {
                problem.confidence = Some(Confidence::Medium);
            }
            problems.push(problem);
        }
        let Some((_, container)) = instance.deployed else { continue };
        for set in &container.given.variables {
            if let Some(read) = instance.service.environment.reads.iter().find(|read| read.name == set.name) {
                evidence.push(Label::new(set.span, format!("`{}` is set here", set.name)));
                evidence.push(Label::new(read.span, "and read here"));
            }
        }
    }
    Verdict::of_sites(problems, evidence, "it sets no variable that a service of the tree reads")
}
