//! `exclusive-store`: two pods never hold a database that is made for one process.

use crate::facts::kubernetes::Strategy;
use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::store::{Lying, Place};
use crate::model::workload::{Kind, Platform};
use crate::rule::Cx;
use crate::span::Span;

const HELP: &str = "set `strategy.type: Recreate` and one replica, run a `StatefulSet` with `volumeClaimTemplates`, or move the \
                    data to a database server";

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    if workload.platform != Platform::Kubernetes || !workload.is_long_running() {
        return Verdict::not_applicable("nothing replaces its containers while they run");
    }
    let stores = cx.project.stores_in(workload);
    if stores.is_empty() {
        return Verdict::not_applicable("no service in it keeps a database in its own process");
    }
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for lying in &stores {
        let opened = || Label::new(lying.store.span, format!("`{}` opens it here", lying.service.name));
        match &lying.place {
            Place::Own => {}
            Place::Unclear(why) => unclear = Some((why.clone(), opened())),
            Place::Kept(path, volume) if volume.is_per_pod => evidence.extend([
                opened(),
                Label::new(volume.span, format!("each pod has its own volume for `{path}`")),
            ]),
            Place::Kept(..) if workload.kind == Kind::DaemonSet => {
                unclear = Some(("how many nodes share its volume is not written here".to_owned(), opened()));
            }
            Place::Kept(path, volume) => match overlap(cx, workload) {
                Some((span, how)) => problems.push(
                    problem(lying, path, span, &how)
                        .with_related(volume.span, "the volume that both pods would hold is mounted here"),
                ),
                None => {
                    evidence
                        .extend([opened(), Label::new(volume.span, "one pod at a time holds the volume")]);
                }
            },
        }
    }
    match unclear.filter(|_| problems.is_empty()) {
        Some((why, label)) => Verdict::Unknown(why, vec![label]),
        None => Verdict::of_sites(problems, evidence, "its databases are gone with their pods"),
    }
}

fn problem(lying: &Lying<'_>, path: &str, span: Span, how: &str) -> Problem {
    let (service, store) = (&lying.service.name, &lying.store.name);
    let message =
        format!("{how}, and `{service}` keeps a {store} database at `{path}`, which is made for one process");
    Problem::new(span, message, HELP).with_related(lying.store.span, format!("`{service}` opens it here"))
}

/// Where and how two pods of it are there at once.
fn overlap(cx: &Cx<'_>, workload: &Workload) -> Option<(Span, String)> {
    let name = &workload.name;
    let most = cx.project.most_pods(workload);
    if most.pods > 1 {
        return Some((most.said.unwrap_or(workload.span), format!("`{name}` may run in {} pods", most.pods)));
    }
    let update = workload.update.as_ref();
    let kind = update.and_then(|update| update.kind.as_ref());
    let starts_none_before = kind
        .is_some_and(|kind| matches!(kind.value, Strategy::Recreate | Strategy::OnDelete))
        || update.and_then(|update| update.max_surge.as_ref()).is_some_and(|surge| surge.value.is_none());
    if workload.kind != Kind::Deployment || starts_none_before {
        return None;
    }
    let place = kind.map_or(workload.span, |kind| workload.home.at(kind));
    Some((place, format!("an update of `{name}` starts the new pod before it stops the old one")))
}
