//! `database-not-published`: a database is not reached from outside of its machine.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if !workload.is_store() {
        return Verdict::not_applicable("it is no database, cache or queue");
    }
    if !cx.project.is_for_users(workload) {
        return Verdict::not_applicable("nothing says that this compose file is for production");
    }
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for port in workload.containers.iter().flat_map(|container| &container.published) {
        match &port.address {
            Some(Err(text)) => unclear.push(format!("which address `{text}` stands for is not written here")),
            Some(Ok(address)) if !matches!(address.as_str(), "0.0.0.0" | "::" | "*") => {
                evidence.push(Label::new(port.span, format!("it is reached at `{address}` alone")));
            }
            _ => {
                let message =
                    format!("`{}` is reached from outside, past the machine's firewall", workload.name);
                let help = "remove the port: services of the file reach it by its name; or publish it at `127.0.0.1`";
                problems.push(Problem::new(port.span, message, help));
            }
        }
    }
    match unclear.into_iter().next() {
        Some(why) if problems.is_empty() => Verdict::unknown(why),
        _ if problems.is_empty() && evidence.is_empty() => {
            Verdict::pass(workload.span, "it is reached by the services of its file alone")
        }
        _ => Verdict::of_sites(problems, evidence, ""),
    }
}
