//! `pool-wait-bounded`: whoever needs a connection waits for it in finite time.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::clients::Bound;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for pool in &service.load.pools {
        match &pool.bound {
            Bound::Set(span) => evidence.push(Label::new(*span, "this bounds the wait")),
            Bound::Default(limit) => {
                evidence.push(Label::new(pool.span, format!("`{}` waits {limit} at most", pool.path)));
            }
            Bound::Nothing => problems.push(Problem::new(
                pool.span,
                format!(
                    "`{}` may wait for ever for what `{}` gives: no time-out is set",
                    service.name, pool.path
                ),
                "give the pool a time-out for the wait, or put one around each use",
            )),
            Bound::Sometimes(span) => problems.push(
                Problem::new(
                    pool.span,
                    format!(
                        "`{}` waits for ever in some cases: the time-out of `{}` is set only sometimes",
                        service.name, pool.path
                    ),
                    "set the time-out in every case",
                )
                .with_related(*span, "this is set in some cases only"),
            ),
        }
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, false) => Verdict::Pass(evidence),
        (true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::not_applicable("makes no pool"),
        },
    }
}
