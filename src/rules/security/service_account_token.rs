//! `service-account-token`: a service that asks nothing of Kubernetes has no token for it.

use crate::finding::{Problem, Verdict};
use crate::model::Workload;
use crate::model::cluster::Token;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    match cx.project.token_of(workload) {
        Token::Absent(place) => Verdict::pass(place, "its pods have no token"),
        Token::Needed(why) => Verdict::not_applicable(why),
        Token::Unclear(why) => Verdict::unknown(why),
        Token::Unused => {
            let place = workload.account.as_ref().map_or(workload.span, |account| workload.home.at(account));
            let message = format!(
                "`{}` is given a token for the API of Kubernetes, which it does not use",
                workload.name
            );
            Verdict::fail(Problem::new(place, message, "set `automountServiceAccountToken: false`"))
        }
    }
}
