//! `tls-verification`: no client turns off the check of the other side's certificate.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::tls::Off;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for check in &service.hazards.tls {
        let name = check.path.rsplit("::").next().unwrap_or_default();
        match check.off {
            Off::Always => problems.push(Problem::new(
                check.span,
                format!(
                    "`{name}` takes whoever answers for the right one: the connection can be read and changed"
                ),
                "remove it, and add the certificate of your own authority as a root",
            )),
            Off::BySetting => problems.push(
                Problem::new(
                    check.span,
                    format!("a setting turns the check of certificates off: `{name}`"),
                    "offer to add the certificate of an authority as a root instead",
                )
                .with_severity(Severity::Medium),
            ),
            Off::Never => evidence.push(Label::new(check.span, "this leaves the check on")),
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let clients = service.clients.iter();
    evidence.extend(clients.map(|client| Label::new(client.span, "this client checks certificates")));
    match (evidence.is_empty(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("makes no client"),
        (false, None) => Verdict::Pass(evidence),
    }
}
