//! `hook-binary-present`: the image has the programs that probes and hooks of its container run.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::image::content::Holds;
use crate::model::tools::{Hook, Tool};
use crate::model::workload::{Deployed, Platform};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Kubernetes {
        return Verdict::not_applicable("it is no workload of Kubernetes");
    }
    let mut found = Found::default();
    workload.containers.iter().for_each(|container| of_container(cx, container, &mut found));
    found.verdict("no probe and no hook runs a program which is known")
}

/// What was found of the programs that hooks run.
#[derive(Default)]
pub(super) struct Found {
    problems: Vec<Problem>,
    evidence: Vec<Label>,
    unclear: Option<String>,
}

pub(super) fn of_container(cx: &Cx<'_>, container: &Deployed, found: &mut Found) {
    for hook in &container.hooks {
        match cx.project.content_of(container, |content| hook.run.tools(content)) {
            Ok(tools) => found.add(hook, tools),
            Err(why) => found.unclear = Some(why),
        }
    }
}

impl Found {
    pub(super) fn add(&mut self, hook: &Hook, tools: Vec<Tool>) {
        for Tool { name, holds } in tools {
            match holds {
                Holds::Has(span, why) => {
                    self.evidence.push(Label::new(hook.span, format!("the {} runs `{name}`", hook.what)));
                    self.evidence.push(Label::new(span, why));
                }
                Holds::Lacks(span, why) => {
                    let message = format!("the {} runs `{name}`, which the image does not have", hook.what);
                    let help = format!("bring `{name}` into the final stage, or ask without it");
                    self.problems.push(Problem::new(hook.span, message, help).with_related(span, why));
                    // Without its shell the rest does not matter.
                    return;
                }
                Holds::Unknown(why) => self.unclear = Some(why),
            }
        }
    }

    pub(super) fn verdict(self, neither: &str) -> Verdict {
        match self.unclear {
            Some(why) if self.problems.is_empty() => Verdict::unknown(why),
            _ => Verdict::of_sites(self.problems, self.evidence, neither),
        }
    }
}
