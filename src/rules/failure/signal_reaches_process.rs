//! `signal-reaches-process`: the signal that the platform sends reaches the process that handles it.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Signal;
use crate::model::server::Stop;
use crate::model::start::{By, Start};
use crate::model::{Image, Service};
use crate::rule::{Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let images: Vec<&Image> = cx.project.images_of(service).collect();
    if images.is_empty() {
        return Verdict::not_applicable("no image runs it");
    }
    let handles = service.handles(Signal::Sigterm)
        || service.servers.iter().any(|server| matches!(server.stop, Stop::ByDefault | Stop::AtOnce(_)));
    let has_init = cx
        .project
        .workloads_of(service)
        .flat_map(|workload| &workload.containers)
        .any(|container| container.has_init);
    // An image that starts nothing of its own beside one that does is for something else.
    let starts = |image: &&Image| image.start != Start::Inherited;
    let all_inherit = !images.iter().any(starts);
    let mut verdicts = images
        .into_iter()
        .filter(|image| all_inherit || starts(image))
        .map(|image| of_image(service, image, handles, has_init));
    let first = verdicts.next().unwrap_or_else(|| Verdict::not_applicable("no image runs it"));
    verdicts.fold(first, worse)
}

fn of_image(service: &Service, image: &Image, handles: bool, has_init: bool) -> Verdict {
    let name = &service.name;
    match &image.start {
        Start::Inherited => Verdict::unknown("the base image says what is started"),
        Start::Unclear { why, span } => {
            Verdict::Unknown(why.clone(), vec![Label::new(*span, "this is what the container starts")])
        }
        Start::BehindShell { span, why, related, .. } => {
            let mut problem = Problem::new(
                *span,
                format!("SIGTERM never reaches `{name}`: {why}"),
                "start the program in exec form, or hand over to it with `exec`",
            )
            .with_related(service.main, "the process that should receive it");
            problem.related.extend(related.iter().map(|(span, message)| Label::new(*span, message.clone())));
            // Without a handler the signal would change nothing; the missing handler is the defect then.
            Verdict::fail(if handles { problem } else { problem.with_severity(Severity::High) })
        }
        Start::Program { span, by, .. } => match by {
            By::Init(init) => Verdict::pass(*span, format!("`{init}` hands signals on")),
            By::Exec(at) => Verdict::pass(*at, "the shell replaces itself by the program"),
            By::Itself if handles || has_init => Verdict::pass(*span, "the program is process 1"),
            // The kernel drops signals that process 1 has no handler for (pid_namespaces(7)).
            By::Itself => service.unseen_signal().map_or_else(
                || {
                    Verdict::fail(
                        Problem::new(
                            *span,
                            format!("`{name}` is process 1 and handles no SIGTERM, so that the signal has no effect"),
                            "handle SIGTERM in the program, or put an init such as tini in front",
                        )
                        .with_related(service.start(), "nothing here waits for SIGTERM")
                        .with_severity(Severity::High)
                        .subsumed_by("sigterm-handling"),
                    )
                },
                Verdict::unknown,
            ),
        },
    }
}

/// Of two images that run the service, what is wrong with one is wrong.
fn worse(a: Verdict, b: Verdict) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Fail(_) => 3,
        Verdict::Unknown(..) => 2,
        Verdict::Pass(_) => 1,
        Verdict::NotApplicable(_) => 0,
    };
    match (a, b) {
        (Verdict::Fail(mut a), Verdict::Fail(b)) => {
            a.extend(
                b.into_iter()
                    .filter(|problem| !a.iter().any(|known| known.span == problem.span))
                    .collect::<Vec<_>>(),
            );
            Verdict::Fail(a)
        }
        (a, b) if rank(&b) > rank(&a) => b,
        (a, _) => a,
    }
}
