//! The signals that a service handles.
//!
//! Some calls wait for a signal by themselves. The name of a signal handles nothing: `kill(pid, SIGTERM)` sends one. So a
//! name is followed to where it goes, and counts where that is something that handles what it is given.

use super::{Pause, SignalUse};
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};

/// A name that passes through more variables, constants and functions than this is not followed further.
const MAX_DEPTH: usize = 8;

/// What is done with the name of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    /// It is sent, or written somewhere.
    Other,
    Unclear,
    Handled,
}

pub(super) fn all(code: &Code<'_, '_>, reach: &Reach) -> Vec<SignalUse> {
    let symbols = code.symbols;
    let mut found: Vec<SignalUse> = Vec::new();
    for (body, site) in &reach.sites {
        let span = symbols.span(*body, site.at);
        let path = || symbols.knowledge.full_path(site.node);
        if let Some(item) = symbols.means(site.node, Means::Signal) {
            let mut signals = item.signals.clone();
            let krate = symbols.knowledge.crate_of(site.node);
            for extra in &item.with_feature {
                if symbols.has_feature(*body, krate, &extra.feature) {
                    signals.extend(extra.signals.iter().copied());
                }
            }
            found.push(SignalUse {
                span,
                path: path(),
                signals,
                is_certain: true,
                exits_at_once: exits_at_once(code, *body, site.at),
                pause: pause(code, reach, *body, site.at),
            });
        }
        if let Some(item) = symbols.means(site.node, Means::SignalName) {
            let purpose = Names { code, reach }.purpose(*body, site.at, 0);
            if purpose != Purpose::Other {
                let is_certain = purpose == Purpose::Handled;
                let signals = item.signals.clone();
                let pause = pause(code, reach, *body, site.at);
                found.push(SignalUse {
                    span,
                    path: path(),
                    signals,
                    is_certain,
                    exits_at_once: false,
                    pause,
                });
            }
        }
    }
    found.sort_by_key(|used| used.span);
    found
}

/// Whether what handles a signal sleeps before it does anything else, or something near it sleeps for whatever reason.
fn pause(code: &Code<'_, '_>, reach: &Reach, body: BodyId, at: ExprId) -> Pause {
    let symbols = code.symbols;
    let callers = |of: BodyId| -> Vec<BodyId> {
        let direct = |of: BodyId| reach.bodies.get(&of).into_iter().flatten().map(|(body, _)| *body);
        direct(of).chain(direct(of).flat_map(direct)).collect()
    };
    let above = callers(body);
    let sleeps = reach.sites.iter().filter(|(_, site)| symbols.means(site.node, Means::Pause).is_some());
    let found = sleeps.map(|(other, site)| {
        let span = symbols.span(*other, site.at);
        if *other == body && is_next(code, body, at, site.at) {
            Pause::Here(span)
        } else if *other == body || above.contains(other) || callers(*other).contains(&body) {
            Pause::Near(span)
        } else {
            Pause::No
        }
    });
    found.max().unwrap_or(Pause::No)
}

/// Whether the first statement after the wait for a signal is the one that sleeps. What is only written to the log, noted in a
/// flag, or made to be waited for with it, does nothing by itself.
fn is_next(code: &Code<'_, '_>, body: BodyId, wait: ExprId, sleep: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let does_nothing = |statement: ExprId| match exprs.get(statement) {
        Expr::Macro(_) => true,
        // A flag that says that the service is not ready any more.
        Expr::Method(call) => matches!(rust.name(exprs.method(call).name), "store" | "set_not_serving"),
        Expr::Let(let_) => exprs
            .let_(let_)
            .init
            .is_none_or(|init| matches!(exprs.get(init), Expr::Async(_) | Expr::Closure(_))),
        _ => false,
    };
    let mut inner = wait;
    for ancestor in exprs.ancestors(wait) {
        if let Expr::Block { stmts, .. } = exprs.get(ancestor) {
            let after = exprs.list(stmts).iter().copied().skip_while(|statement| *statement != inner);
            let next = after.skip(1).find(|statement| !does_nothing(*statement));
            if next.is_some_and(|next| next == sleep || exprs.ancestors(sleep).any(|outer| outer == next)) {
                return true;
            }
        }
        inner = ancestor;
    }
    false
}

/// Whether all that the code does once a signal is there is to exit: in what follows the wait, in the arm of `select!`, or in
/// the closure that handles it.
fn exits_at_once(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let mut is_called_back = exprs.children(at).into_iter().filter_map(|arg| match exprs.get(arg) {
        Expr::Closure(closure) => Some(exprs.closure(closure).body),
        _ => None,
    });
    if let Some(closure) = is_called_back.next() {
        return exits_first(code, body, &[closure]);
    }
    let mut waits = vec![at];
    let held = exprs.ancestors(at).find_map(|ancestor| match exprs.get(ancestor) {
        Expr::Let(let_) => Some(exprs.let_(let_).init),
        Expr::Block { .. } | Expr::Closure(_) | Expr::Async(_) => Some(None),
        _ => None,
    });
    if let Some(Some(value)) = held {
        waits = code.calls.flow(body).uses_of_value(value).collect();
    }
    !waits.is_empty() && waits.into_iter().all(|wait| exits_after(code, body, wait))
}

fn exits_after(code: &Code<'_, '_>, body: BodyId, wait: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let mut inner = wait;
    for ancestor in exprs.ancestors(wait) {
        match exprs.get(ancestor) {
            Expr::Macro(call) => {
                let arm = exprs.macro_(call).arms.iter().find(|arm| arm.future == Some(inner));
                return arm.is_some_and(|arm| exits_first(code, body, &[arm.handler]));
            }
            Expr::Block { stmts, .. } => {
                let after = exprs.list(stmts).iter().copied().skip_while(|statement| *statement != inner);
                return exits_first(code, body, &after.skip(1).collect::<Vec<_>>());
            }
            Expr::Closure(_) | Expr::Async(_) | Expr::If { .. } | Expr::Match { .. } | Expr::Loop { .. } => {
                return false;
            }
            _ => {}
        }
        inner = ancestor;
    }
    false
}

/// Whether the first statement that does more than to write a line ends the process.
fn exits_first(code: &Code<'_, '_>, body: BodyId, statements: &[ExprId]) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let flow = code.calls.flow(body);
    let means =
        |at: ExprId, means| flow.site(at).is_some_and(|node| code.symbols.means(node, means).is_some());
    let first = statements.iter().find(|at| !means(**at, Means::Log) && !means(**at, Means::Print));
    first.is_some_and(|at| match exprs.get(*at) {
        Expr::Block { stmts, .. } => exits_first(code, body, exprs.list(stmts)),
        _ => means(*at, Means::Exit),
    })
}

struct Names<'n, 'a> {
    code: &'n Code<'n, 'a>,
    reach: &'n Reach,
}

impl Names<'_, '_> {
    /// What becomes of the value at `at`, which is a signal's name or holds one.
    fn purpose(&self, body: BodyId, at: ExprId, depth: usize) -> Purpose {
        if depth > MAX_DEPTH {
            return Purpose::Unclear;
        }
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let flow = self.code.calls.flow(body);
        let mut at = at;
        while let Some(parent) = exprs.parent(at) {
            match exprs.get(parent) {
                Expr::Call(callee, args) if callee != at => {
                    let position = exprs.list(args).iter().position(|arg| *arg == at);
                    if let Some(purpose) = self.of_argument(body, parent, position, depth) {
                        return purpose;
                    }
                }
                Expr::Method(call) if exprs.method(call).receiver != at => {
                    let args = exprs.list(exprs.method(call).args);
                    let position = args.iter().position(|arg| *arg == at);
                    if let Some(purpose) = self.of_argument(body, parent, position, depth) {
                        return purpose;
                    }
                }
                Expr::Macro(_) => {
                    let node = flow.site(parent);
                    let is_text = |node| {
                        [Means::Log, Means::Print].iter().any(|m| self.code.symbols.means(node, *m).is_some())
                    };
                    if node.is_some_and(is_text) {
                        return Purpose::Other;
                    }
                }
                Expr::Let(let_) if exprs.let_(let_).init == Some(at) => {
                    let uses: Vec<ExprId> = flow.uses_of_value(at).collect();
                    return self.of_all(uses.into_iter().map(|used| (body, used)), depth);
                }
                Expr::Method(_)
                | Expr::Array(_)
                | Expr::Tuple(_)
                | Expr::Cast(..)
                | Expr::Try(_)
                | Expr::Await(_)
                | Expr::Other(_)
                | Expr::Not(_)
                | Expr::Return(_) => {}
                Expr::Block { stmts, has_tail: true } if exprs.list(stmts).last() == Some(&at) => {}
                _ => return Purpose::Unclear,
            }
            at = parent;
        }
        // A constant, or what a function gives back: it goes where that is named or called.
        let callers = self.reach.bodies.get(&body).map_or(&[][..], Vec::as_slice);
        match self.code.symbols.body(body).kind {
            BodyKind::Value | BodyKind::Fn => self.of_all(callers.iter().copied(), depth),
            BodyKind::Macro => Purpose::Unclear,
        }
    }

    /// What a call does with its argument; `None` where the argument becomes part of what the call gives.
    fn of_argument(
        &self,
        body: BodyId,
        call: ExprId,
        position: Option<usize>,
        depth: usize,
    ) -> Option<Purpose> {
        let symbols = self.code.symbols;
        match self.code.calls.flow(body).resolved(call) {
            Res::Known(node) if symbols.means(node, Means::SignalHandler).is_some() => Some(Purpose::Handled),
            Res::Known(node) if symbols.means(node, Means::SignalSend).is_some() => Some(Purpose::Other),
            Res::Body(callee) => {
                let flow = self.code.calls.flow(callee);
                let uses: Vec<ExprId> = flow.uses_of_param(position?).collect();
                Some(self.of_all(uses.into_iter().map(|used| (callee, used)), depth))
            }
            // `Some(SIGTERM)`, `Pin::new(…)`, and what is not known: what they give may still be handled.
            _ => None,
        }
    }

    fn of_all(&self, places: impl Iterator<Item = (BodyId, ExprId)>, depth: usize) -> Purpose {
        places.map(|(body, at)| self.purpose(body, at, depth + 1)).max().unwrap_or(Purpose::Unclear)
    }
}
