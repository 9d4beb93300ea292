//! `config-in-one-place`: variables of the environment are read in one place.

use std::collections::BTreeMap;

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::environment::EnvRead;
use crate::rule::Cx;

/// As many modules that read variables beside the settings are scattered.
const SCATTERED: usize = 3;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let reads = || service.environment.reads.iter().filter(|read| !read.is_of_platform);
    let mut modules: BTreeMap<&str, &EnvRead> = BTreeMap::new();
    for read in reads().filter(|read| !read.is_in_settings) {
        let first = modules.entry(&read.module).or_insert(read);
        if read.span < first.span {
            *first = read;
        }
    }
    if modules.len() >= SCATTERED {
        let count = modules.len();
        let mut reads: Vec<&EnvRead> = modules.into_values().collect();
        reads.sort_by_key(|read| read.span);
        let (first, others) = reads.split_first().expect("there are at least three");
        let problem = Problem::new(
            first.span,
            format!("`{}` reads variables of the environment in {count} modules", service.name),
            "read them in one module or struct when the service starts, and hand the values on",
        );
        return Verdict::fail(others.iter().fold(problem, |problem, read| {
            problem.with_related(read.span, format!("`{}` is read here", read.name))
        }));
    }
    let named = reads().map(|read| Label::new(read.span, format!("`{}` is read here", read.name)));
    let open = service.environment.open.iter().map(|span| Label::new(*span, "variables are read here"));
    let evidence: Vec<Label> = named.chain(open).collect();
    match (evidence.is_empty(), service.blind_spot()) {
        (_, Some(why)) => Verdict::unknown(why),
        (false, None) => Verdict::Pass(evidence),
        (true, None) => Verdict::not_applicable("reads no variables of its own"),
    }
}
