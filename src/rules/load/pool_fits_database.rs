//! `pool-fits-database`: all pods together hold no more connections than their database takes.

use std::collections::BTreeSet;

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::pool::{Capacity, Demand};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let demands = cx.project.demands(workload);
    let databases: BTreeSet<&str> = demands.iter().map(|demand| demand.database.id.as_str()).collect();
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for id in databases {
        let own: Vec<&Demand<'_>> = demands.iter().filter(|demand| demand.database.id == id).collect();
        let database = own[0].database;
        let all = cx.project.demands_of(database);
        if let Some((demand, why)) = all.iter().find_map(|it| Some((it, it.each.as_ref().err()?))) {
            let label = Label::new(demand.pool.span, "this pool is one of those that lead to it");
            return Verdict::Unknown(why.clone(), vec![label]);
        }
        let Some(capacity) = Capacity::of(database) else {
            return Verdict::unknown(format!(
                "how many connections `{}` takes is in a file that is not read",
                database.name
            ));
        };
        let total: i64 = all.iter().filter_map(Demand::connections).sum();
        let most = own.iter().max_by_key(|demand| demand.connections().unwrap_or_default());
        let Some(most) = most else { continue };
        let (name, takes) = (&database.name, capacity.connections);
        let how = if capacity.is_written { "" } else { ", which is its default" };
        let limit = format!("`{name}` takes {takes}{how}");
        let each = most.each.as_ref().copied().unwrap_or_default();
        let own_most = most.connections().unwrap_or_default();
        if total <= takes {
            evidence.push(Label::new(most.sized, format!("at most {total} connections lead to `{name}`")));
            evidence.push(Label::new(capacity.span, limit));
        } else if all.iter().any(|other| other.connections() > Some(own_most)) {
            evidence.push(Label::new(
                most.sized,
                format!("{own_most} of {total} connections to `{name}` are its own"),
            ));
        } else {
            let of = format!("{} pods with {each} connections each", most.pods);
            let rest = if total > own_most { format!(", of {total} in all") } else { String::new() };
            let message =
                format!("`{}` may hold {own_most} connections{rest}, and {limit}", most.service.name);
            let help = "make the pool smaller, put a pooler such as PgBouncer in between, or let the database take more";
            let said = cx.project.most_pods(workload).said.unwrap_or(workload.span);
            problems.push(
                Problem::new(most.sized, message, help)
                    .with_related(said, of)
                    .with_related(capacity.span, limit),
            );
        }
    }
    Verdict::of_sites(problems, evidence, "no pool in it leads to a database that is deployed beside it")
}
