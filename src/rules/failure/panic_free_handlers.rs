//! `panic-free-handlers`: nothing that comes from outside makes the code of a request panic.

use crate::finding::{Problem, Verdict};
use crate::model::Service;
use crate::model::panics::{Panic, Why};
use crate::model::work::Phase;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems: Vec<Problem> =
        service.panics.iter().filter(|panic| panic.phase != Phase::Start).map(problem).collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match service.unread.first() {
        Some(unread) => Verdict::unknown(unread.why.clone()),
        None if service.works => {
            Verdict::pass(service.start(), "nothing from outside makes what it runs panic")
        }
        None => Verdict::not_applicable("runs no code for each request that Forge can see"),
    }
}

fn problem(panic: &Panic) -> Problem {
    let (how, function) = (&panic.how, &panic.function);
    match &panic.why {
        Why::Fails(cause) => Problem::new(
            panic.span,
            format!("`{how}` panics in `{function}` when `{}` fails", cause.path),
            "handle the error: pass it on with `?`, and answer with a status that says whose fault it is",
        ),
        Why::Unfinished => Problem::new(
            panic.span,
            format!("`{how}` panics whenever `{function}` is run"),
            "write the missing code, or answer that it is not supported, such as with status 501",
        )
        .with_severity(Severity::High),
        Why::Always => Problem::new(
            panic.span,
            format!("`{how}` panics whenever `{function}` is run"),
            "return an error instead",
        ),
    }
}
