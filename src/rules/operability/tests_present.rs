//! `tests-present`: the crates of the service have tests that are run.

use crate::finding::{Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let tests = &service.tests;
    if let Some(first) = tests.files.first().filter(|_| tests.run > 0) {
        return Verdict::pass(*first, format!("its crates declare {} tests, some of them here", tests.run));
    }
    if let Some(unread) = service.unread.first() {
        return Verdict::unknown(format!("a file of the service could not be read ({})", unread.why));
    }
    if tests.beside.is_some() && tests.files.is_empty() {
        return Verdict::unknown("other packages have tests; whether they test this service cannot be told");
    }
    let problem = if let Some(first) = tests.files.first() {
        let message = format!("all tests of `{}` are ignored", service.name);
        Problem::new(
            service.manifest,
            message,
            "run them, or say in CI with `-- --include-ignored` that they are",
        )
        .with_related(*first, "these are ignored")
    } else {
        let message = format!("`{}` has no tests", service.name);
        Problem::new(
            service.manifest,
            message,
            "test what would hurt most if it broke, first through its routes",
        )
    };
    Verdict::fail(problem)
}
