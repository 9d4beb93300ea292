//! Which service of the base is which service of the head, and what became of each.

use std::collections::BTreeMap;

use super::before::ServiceBefore;
use super::{Before, ServiceChange, Vanished, assessed};
use crate::report::{Evidence, Report, ServiceReport};

/// The index on the head of each service of the base that is still there.
pub(super) type Pairs = BTreeMap<usize, usize>;

/// By id; of the rest by the name of the binary, then by the file of its `main`, where only one has it on each side.
pub(super) fn pair(before: &Before, report: &Report) -> Pairs {
    let mut pairs = Pairs::new();
    pair_by(&mut pairs, before, report, |old| &old.id, |new| &new.id);
    pair_by(&mut pairs, before, report, |old| &old.name, |new| &new.name);
    pair_by(&mut pairs, before, report, |old| &old.main, |new| &new.main);
    pairs
}

fn pair_by(
    pairs: &mut Pairs,
    before: &Before,
    report: &Report,
    old_key: fn(&ServiceBefore) -> &str,
    new_key: fn(&ServiceReport) -> &str,
) {
    let mut sides: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (at, service) in before.services.iter().enumerate().filter(|(at, _)| !pairs.contains_key(at)) {
        sides.entry(old_key(service)).or_default().0.push(at);
    }
    let taken: Vec<usize> = pairs.values().copied().collect();
    for (at, service) in report.services.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        sides.entry(new_key(service)).or_default().1.push(at);
    }
    for (old, new) in sides.values() {
        if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
            pairs.insert(*old, *new);
        }
    }
}

/// The scores of every service that either side has.
pub(super) fn changes(before: &Before, report: &Report, pairs: &Pairs) -> Vec<ServiceChange> {
    let old_of: BTreeMap<usize, usize> = pairs.iter().map(|(old, new)| (*new, *old)).collect();
    let mut changes: Vec<ServiceChange> = report
        .services
        .iter()
        .enumerate()
        .map(|(at, service)| {
            let old = old_of.get(&at).map(|old| &before.services[*old]);
            ServiceChange {
                id: service.id.clone(),
                was: old.filter(|old| old.id != service.id).map(|old| old.id.clone()),
                before: old.and_then(|old| old.score.clone()),
                after: assessed(&service.score).cloned(),
            }
        })
        .collect();
    let gone = before.services.iter().enumerate().filter(|(at, _)| !pairs.contains_key(at));
    changes.extend(gone.map(|(_, service)| ServiceChange {
        id: service.id.clone(),
        was: None,
        before: service.score.clone(),
        after: None,
    }));
    changes.sort_by(|a, b| a.id.cmp(&b.id));
    changes
}

/// What was proven of a service and is not any more, though its profile still asks for it.
pub(super) fn vanished(before: &Before, report: &Report, pairs: &Pairs) -> Vec<Vanished> {
    let mut vanished = Vec::new();
    for (old, new) in pairs {
        let (old, new) = (&before.services[*old], &report.services[*new]);
        for capability in new.capabilities.iter().filter(|one| one.evidence != Evidence::Found) {
            if let Some((_, was)) = old.found.iter().find(|(id, _)| id == capability.id) {
                vanished.push(Vanished {
                    service: new.id.clone(),
                    capability: capability.id,
                    was: was.clone(),
                    is_unknown: capability.evidence == Evidence::Unknown,
                });
            }
        }
    }
    vanished.sort_by(|a, b| a.service.cmp(&b.service));
    vanished
}
