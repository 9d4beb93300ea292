//! Prints to standard output and error while a service serves.
//!
//! Three kinds are left out, because they are no substitute for a log line: what is printed before logging is set up, what is
//! printed right before the process ends, and what a panic hook or a usage text prints.

use std::collections::BTreeMap;

use super::Use;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::calls::Target;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::BodyId;
use crate::model::work::Phase;

pub(super) fn all(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId]) -> Vec<Use> {
    let symbols = code.symbols;
    let set_up = where_logging_is_set_up(code, reach, roots);
    let mut found: Vec<Use> = Vec::new();
    for (body, site) in &reach.sites {
        if symbols.means(site.node, Means::Print).is_none() {
            continue;
        }
        if is_before_logging(reach, &set_up, roots, *body, site.at) || precedes_exit(code, *body, site.at) {
            continue;
        }
        found.push(Use {
            span: symbols.span(*body, site.at),
            path: symbols.knowledge.full_path(site.node),
            phase: Phase::Start,
        });
    }
    found.sort();
    found.dedup();
    found
}

/// For each body through which logging is set up: the last expression that does it.
fn where_logging_is_set_up(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId]) -> BTreeMap<BodyId, ExprId> {
    let mut found: BTreeMap<BodyId, ExprId> = BTreeMap::new();
    let mut open = Vec::new();
    for (body, site) in &reach.sites {
        if code.symbols.means(site.node, Means::Logger).is_some() {
            let last = found.entry(*body).or_insert(site.at);
            *last = (*last).max(site.at);
            open.push(*body);
        }
    }
    let mut steps = 0;
    while let Some(body) = open.pop() {
        steps += 1;
        if steps > 1_000 || roots.contains(&body) {
            continue;
        }
        for (caller, at) in reach.bodies.get(&body).into_iter().flatten() {
            if !found.contains_key(caller) {
                found.insert(*caller, *at);
                open.push(*caller);
            }
        }
    }
    found
}

/// Whether a print runs before logging does: earlier in a body that sets it up, or in a function that only such a place
/// calls.
fn is_before_logging(
    reach: &Reach,
    set_up: &BTreeMap<BodyId, ExprId>,
    roots: &[BodyId],
    body: BodyId,
    at: ExprId,
) -> bool {
    let mut open = vec![(body, at)];
    let mut seen = std::collections::BTreeSet::new();
    while let Some((body, at)) = open.pop() {
        if !seen.insert((body, at)) || seen.len() > 200 {
            continue;
        }
        match set_up.get(&body) {
            Some(logging) if at < *logging => {}
            Some(_) => return false,
            None if roots.contains(&body) => return false,
            None => {
                let callers = reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
                if callers.is_empty() {
                    return false;
                }
                open.extend(callers.iter().copied());
            }
        }
    }
    true
}

/// Whether the same block ends the process, or leaves `main`, after the print.
fn precedes_exit(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let flow = code.calls.flow(body);
    let exits = |statement: ExprId| {
        let mut open = vec![statement];
        while let Some(at) = open.pop() {
            let is_exit = flow.site(at).is_some_and(|node| code.symbols.means(node, Means::Exit).is_some());
            if is_exit || matches!(exprs.get(at), Expr::Return(_)) && code.symbols.name(body) == "main" {
                return true;
            }
            // A function of the tree whose last statement exits.
            let leaves = flow.edges.iter().any(|edge| {
                edge.at == at
                    && matches!(edge.to, Target::Body(id)
                        if code.symbols.body(id).roots.iter().any(|root| code.always_leaves(id, *root)))
            });
            if leaves {
                return true;
            }
            open.extend(exprs.children(at));
        }
        false
    };
    let mut inner = at;
    for ancestor in exprs.ancestors(at) {
        if let Expr::Block { stmts, .. } = exprs.get(ancestor) {
            let after = exprs.list(stmts).iter().skip_while(|statement| **statement != inner).skip(1);
            if after.copied().any(exits) {
                return true;
            }
            // Only the blocks of branches: leaving the function's own block says nothing.
            if exprs.parent(ancestor).is_none() {
                return false;
            }
        }
        inner = ancestor;
    }
    false
}
