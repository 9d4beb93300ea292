//! `grace-period`: the platform waits for as long as the service drains.

use std::time::Duration;

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::rule::Cx;

const HELP: &str = "give it longer than the hook and the drain take together, or drain for less long";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let grace = &workload.grace;
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for instance in cx.project.instances_in(workload) {
        let Some((_, container)) = instance.deployed else { continue };
        let name = &instance.service.name;
        let patience = instance.service.servers.iter().filter_map(|server| server.patience);
        let patience = patience.max_by_key(|patience| patience.length);
        let is_said = grace.said.is_some() || patience.is_some_and(|patience| !patience.is_default);
        // Who develops does not wait for a drain.
        let is_default = grace.said.is_none() && container.delay.is_none();
        if is_default && !(is_said && workload.is_for_production) {
            continue;
        }
        let Some(given) = grace.length else {
            return Verdict::unknown("how long its containers are given to stop is not written");
        };
        let delay = container.delay.map_or(Duration::ZERO, |delay| delay.length);
        let drain = patience.map_or(Duration::ZERO, |patience| patience.length);
        let at = grace.said.or(container.delay.map(|delay| delay.span)).unwrap_or(container.span);
        let said = format!("its containers are killed after {}", seconds(given));
        let drains = patience.map(|patience| {
            Label::new(patience.span, format!("`{name}` drains for up to {}", seconds(patience.length)))
        });
        if delay + drain > given {
            let message = match container.delay {
                Some(delay) if patience.is_some() => format!(
                    "{said}, and sleeping {} and then draining for up to {} takes longer",
                    seconds(delay.length),
                    seconds(drain)
                ),
                Some(delay) => format!("{said}, and its hook sleeps {}", seconds(delay.length)),
                None => format!("{said}, and `{name}` drains for up to {}", seconds(drain)),
            };
            let problem = Problem::new(at, message, HELP);
            let hook = container.delay.filter(|delay| delay.span != at);
            let labels =
                drains.into_iter().chain(hook.map(|hook| Label::new(hook.span, "the hook sleeps here")));
            problems
                .push(labels.fold(problem, |problem, label| problem.with_related(label.span, label.message)));
        } else if let Some(drains) = drains {
            evidence.extend([Label::new(at, said), drains]);
        }
    }
    Verdict::of_sites(problems, evidence, "nothing that is written bounds how long its services drain")
}

/// "30 s", "1.5 s".
fn seconds(length: Duration) -> String {
    format!("{} s", length.as_secs_f64())
}
