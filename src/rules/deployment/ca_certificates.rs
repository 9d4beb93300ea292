//! `ca-certificates`: the runtime stage has the root certificates that the code needs.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Image;
use crate::model::image::content::Holds;
use crate::model::trust::{Roots, Trust};
use crate::rule::{Confidence, Cx, Severity};

pub(super) fn check(cx: &Cx<'_>, image: &Image) -> Verdict {
    if !cx.project.is_run_in(image) {
        return Verdict::not_applicable("it runs no service of the tree");
    }
    let trusted = cx.project.trusted_in(image);
    let asks = |trust: &&&Trust| matches!(trust.roots, Roots::System { .. });
    // Of several clients, the one that cannot be made without any says most.
    let worst = trusted.iter().filter(asks).max_by_key(|trust| trust.roots.are_needed_at_once());
    let Some(trust) = worst else { return without(image, &trusted) };
    let Roots::System { by, at_once } = &trust.roots else { return without(image, &trusted) };
    let needs = format!("`{}` trusts the root certificates of the system, by `{by}`", trust.client);
    match image.content.roots() {
        Holds::Has(span, why) => Verdict::Pass(vec![Label::new(span, why), Label::new(trust.span, needs)]),
        Holds::Unknown(why) => Verdict::unknown(why),
        Holds::Lacks(span, why) => {
            if let Some(why) = cx.project.roots_from_outside(image) {
                return Verdict::unknown(why);
            }
            let help =
                "install `ca-certificates` in the final stage, or copy `/etc/ssl/certs/ca-certificates.crt`";
            let mut problem = Problem::new(span, why, help);
            if *at_once {
                problem =
                    problem.with_related(trust.span, format!("{needs}, and cannot be made without any"));
            } else {
                // Whether it asks anything over TLS is not told by its addresses.
                problem = problem.with_related(trust.span, needs).with_severity(Severity::High);
                problem.confidence = Some(Confidence::Medium);
            }
            Verdict::fail(problem)
        }
    }
}

/// No client asks the system for root certificates.
fn without(image: &Image, trusted: &[&Trust]) -> Verdict {
    if let Some(why) = trusted.iter().find_map(|trust| trust.roots.unknown()) {
        // What has them gives them to whatever asks.
        return match image.content.roots() {
            Holds::Has(span, why) => Verdict::pass(span, why),
            Holds::Unknown(_) | Holds::Lacks(..) => Verdict::unknown(why),
        };
    }
    let bundled = trusted.iter().filter_map(|trust| match &trust.roots {
        Roots::Bundled(by) => {
            Some(Label::new(trust.span, format!("`{}` has its own root certificates, `{by}`", trust.client)))
        }
        _ => None,
    });
    Verdict::of_sites(
        Vec::new(),
        bundled.collect(),
        "no client of its services is known to check certificates",
    )
}
