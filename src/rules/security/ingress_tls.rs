//! `ingress-tls`: what comes in from outside is encrypted.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for ingress in &cx.project.cluster.ingresses {
        let entrance = &ingress.spec;
        if let Some(tls) = entrance.ingress.tls {
            evidence.push(Label::new(ingress.home.span(tls), "requests are encrypted"));
        } else if let Some(by) = entrance.secured_by() {
            evidence.push(Label::new(ingress.span, format!("`{by}` encrypts requests")));
        } else if entrance.is_internal() {
        } else if entrance.has_optional_tls {
            unclear.push(Label::new(ingress.span, "the values of its chart say whether it has TLS"));
        } else if ingress.is_open {
            unclear.push(Label::new(ingress.span, "Kustomize may give it TLS"));
        } else {
            let message = format!("`{}` takes requests that everybody on their way can read", ingress.name);
            let help = "add `tls` with the secret of a certificate, such as cert-manager keeps current";
            problems.push(Problem::new(ingress.span, message, help));
        }
    }
    match unclear.first().filter(|_| problems.is_empty()).map(|label| label.message.clone()) {
        Some(why) => Verdict::Unknown(why, unclear),
        None => Verdict::of_sites(problems, evidence, "no ingress leads in from outside"),
    }
}
