//! `no-process-exit`: no request and no message ends the process.

use crate::finding::{Problem, Verdict};
use crate::model::Service;
use crate::model::exits::Exit;
use crate::model::work::Phase;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problem = |exit: &Exit| {
        Problem::new(
            exit.span,
            format!("`{}` in `{}` ends the process for everybody while it serves", exit.path, exit.function),
            "return an error; where nothing helps but a restart, ask the main task to shut down",
        )
    };
    let problems: Vec<Problem> =
        service.exits.iter().filter(|exit| exit.phase != Phase::Start).map(problem).collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match service.unread.first() {
        Some(unread) => Verdict::unknown(unread.why.clone()),
        None if service.works => {
            Verdict::pass(service.start(), "nothing that it runs for a request ends the process")
        }
        None => Verdict::not_applicable("runs no code for each request that Forge can see"),
    }
}
