//! `consistent-bootstrap`: services of one kind in one workspace set up the same.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::neighbours::Setup;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let peers: Vec<&Service> = cx.project.peers(service).collect();
    let Some(first) = peers.first() else {
        return Verdict::not_applicable("no other service of this kind is in its workspace");
    };
    let mut missing = Vec::new();
    let mut related: Vec<Label> = Vec::new();
    let mut is_split = false;
    for setup in Setup::ALL {
        if setup.of(service) != Some(false) {
            continue;
        }
        let (have, have_not): (Vec<&Service>, Vec<&Service>) = peers
            .iter()
            .filter(|peer| setup.of(peer).is_some())
            .partition(|peer| setup.of(peer) == Some(true));
        // This one is among those that have it not.
        if have.len() > have_not.len() + 1 {
            missing.push(setup.words());
            related.extend(
                have.first()
                    .map(|peer| Label::new(peer.start(), format!("`{}` has {}", peer.name, setup.words()))),
            );
        } else {
            is_split |= have.len() == have_not.len() + 1;
        }
    }
    if missing.is_empty() {
        return match service.blind_spot() {
            Some(why) => Verdict::unknown(why),
            None if is_split => Verdict::unknown("as many services differ from it as are alike"),
            None => Verdict::Pass(vec![
                Label::new(service.start(), format!("`{}` sets up what its peers do", service.name)),
                Label::new(first.start(), format!("`{}` is one of them", first.name)),
            ]),
        };
    }
    let message = format!("`{}` lacks what other services here have: {}", service.name, missing.join(", "));
    let problem = Problem::new(
        service.start(),
        message,
        "put what every service sets up into a library of the workspace, and call it first in each `main`",
    );
    related.sort();
    Verdict::fail(Problem { related, ..problem })
}
