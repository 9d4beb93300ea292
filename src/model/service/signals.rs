//! The signals that a service handles.
//!
//! Some calls wait for a signal by themselves. The name of a signal handles nothing: `kill(pid, SIGTERM)` sends one. So a
//! name is followed to where it goes, and counts where that is something that handles what it is given.

use super::{SignalUse, has_feature};
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
                if has_feature(symbols, *body, krate, &extra.feature) {
                    signals.extend(extra.signals.iter().copied());
                }
            }
            found.push(SignalUse { span, path: path(), signals, is_certain: true });
        }
        if let Some(item) = symbols.means(site.node, Means::SignalName) {
            let purpose = Names { code, reach }.purpose(*body, site.at, 0);
            if purpose != Purpose::Other {
                let is_certain = purpose == Purpose::Handled;
                found.push(SignalUse { span, path: path(), signals: item.signals.clone(), is_certain });
            }
        }
    }
    found.sort_by_key(|used| used.span);
    found
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
