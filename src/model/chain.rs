//! Builder chains: the methods that are called on a value, before a call and after it, across the variables and
//! functions that hold the value in between.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, Res};

/// A chain that passes through more variables and functions than this is not followed further.
const MAX_DEPTH: usize = 8;

/// One method of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    pub(crate) name: &'a str,
    pub(crate) body: BodyId,
    pub(crate) at: ExprId,
    pub(crate) args: Vec<ExprId>,
}

/// Follows chains within the code of one binary.
pub(crate) struct Chains<'v, 'a> {
    pub(crate) code: &'v Code<'v, 'a>,
    pub(crate) reach: &'v Reach,
}

impl<'a> Chains<'_, 'a> {
    /// Every method called on the value of `at` and on what these give back, wherever the value goes.
    pub(crate) fn after(&self, body: BodyId, at: ExprId) -> Vec<Link<'a>> {
        let mut found = Vec::new();
        self.follow(body, at, &mut found, &mut BTreeSet::new(), 0);
        found
    }

    /// The methods that `at` is chained to, nearest first, with those called on the variable that it begins with.
    pub(crate) fn before(&self, body: BodyId, at: ExprId) -> Vec<Link<'a>> {
        let mut found = Vec::new();
        self.back(body, at, &mut found, 0);
        found
    }

    /// The places where the value of `at` ends up: the outermost expression of each chain that it is part of.
    pub(crate) fn tops(&self, body: BodyId, at: ExprId) -> Vec<(BodyId, ExprId)> {
        let mut found = vec![(body, self.top(body, at))];
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let top = found[0].1;
        if let Some(parent) = exprs.parent(top)
            && matches!(exprs.get(parent), Expr::Let(_))
        {
            for used in self.code.calls.flow(body).uses_of_value(top) {
                found.push((body, self.top(body, used)));
            }
        }
        found
    }

    /// The outermost expression of the chain that `at` is part of: `a` of `a.b()?.c().await` is part of all of it.
    fn top(&self, body: BodyId, at: ExprId) -> ExprId {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let mut at = at;
        while let Some(parent) = exprs.parent(at) {
            at = match exprs.get(parent) {
                Expr::Method(call) if exprs.method(call).receiver == at => parent,
                Expr::Await(_) | Expr::Try(_) => parent,
                _ => break,
            };
        }
        at
    }

    fn follow(
        &self,
        body: BodyId,
        at: ExprId,
        found: &mut Vec<Link<'a>>,
        seen: &mut BTreeSet<(BodyId, ExprId)>,
        depth: usize,
    ) {
        if depth > MAX_DEPTH || !seen.insert((body, at)) {
            return;
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let mut at = at;
        while let Some(parent) = exprs.parent(at) {
            match exprs.get(parent) {
                Expr::Method(call) if exprs.method(call).receiver == at => {
                    let call = exprs.method(call);
                    let args = exprs.list(call.args).to_vec();
                    found.push(Link { name: rust.name(call.name), body, at: parent, args });
                }
                Expr::Await(_) | Expr::Try(_) | Expr::If { .. } | Expr::Match { .. } => {}
                Expr::Block { stmts, has_tail } if has_tail && exprs.list(stmts).last() == Some(&at) => {}
                Expr::Let(let_) if exprs.let_(let_).init == Some(at) => {
                    let uses: Vec<ExprId> = flow.uses_of_value(at).collect();
                    for used in uses {
                        self.follow(body, used, found, seen, depth + 1);
                    }
                    return;
                }
                Expr::Assign(left, right) if right == at => {
                    if let Some(Source::Value(value)) = flow.binding(left).map(|binding| binding.source) {
                        for used in
                            flow.uses_of_value(value).filter(|used| *used > parent).collect::<Vec<_>>()
                        {
                            self.follow(body, used, found, seen, depth + 1);
                        }
                    }
                    return;
                }
                // `configure(builder)` hands the value to a function of the tree.
                Expr::Call(_, args) => {
                    if let Res::Body(callee) = flow.resolved(parent)
                        && let Some(position) = exprs.list(args).iter().position(|arg| *arg == at)
                    {
                        let uses: Vec<ExprId> =
                            self.code.calls.flow(callee).uses_of_param(position).collect();
                        for used in uses {
                            self.follow(callee, used, found, seen, depth + 1);
                        }
                    }
                    // `Ok(builder)` and `Some(builder)` give it on.
                    if !matches!(flow.resolved(parent), Res::Unknown) {
                        return;
                    }
                }
                // `pin!(connection)` gives what it is given.
                Expr::Macro(call) if exprs.list(exprs.macro_(call).args) == [at] => {}
                Expr::Return(_) => break,
                _ => return,
            }
            at = parent;
        }
        // What a function gives back is followed to its callers.
        for (caller, at) in self.reach.bodies.get(&body).into_iter().flatten() {
            self.follow(*caller, *at, found, seen, depth + 1);
        }
    }

    fn back(&self, body: BodyId, at: ExprId, found: &mut Vec<Link<'a>>, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let mut at = at;
        loop {
            match exprs.get(at) {
                Expr::Method(call) => {
                    let call = exprs.method(call);
                    let args = exprs.list(call.args).to_vec();
                    found.push(Link { name: rust.name(call.name), body, at, args });
                    if let Res::Body(callee) = flow.resolved(at) {
                        self.back_into(callee, found, depth);
                    }
                    at = call.receiver;
                }
                Expr::Await(inner) | Expr::Try(inner) => at = inner,
                Expr::Call(..) => {
                    if let Res::Body(callee) = flow.resolved(at) {
                        self.back_into(callee, found, depth);
                    }
                    return;
                }
                Expr::Path(_) => {
                    match flow.binding(at).map(|binding| binding.source) {
                        Some(Source::Value(value)) if value < at => {
                            // What is called on the variable before this use.
                            for used in flow.uses_of_value(value).filter(|used| *used < at) {
                                self.forward_only(body, used, found);
                            }
                            self.back(body, value, found, depth + 1);
                        }
                        Some(Source::Param(param)) => {
                            for (caller, call) in self.reach.bodies.get(&body).into_iter().flatten() {
                                let exprs = &self.code.symbols.rust_of(*caller).exprs;
                                let args = exprs.args(*call);
                                if let Some(arg) = args.get(param) {
                                    self.back(*caller, *arg, found, depth + 1);
                                }
                            }
                        }
                        _ => {}
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// The methods of what a function of the tree gives back.
    fn back_into(&self, callee: BodyId, found: &mut Vec<Link<'a>>, depth: usize) {
        let exprs = &self.code.symbols.rust_of(callee).exprs;
        let mut open = self.code.symbols.body(callee).roots.clone();
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Block { stmts, has_tail: true } => open.extend(exprs.list(stmts).last()),
                Expr::Call(_, args) if args.len == 1 => {
                    self.back(callee, at, found, depth + 1);
                    open.extend(exprs.list(args));
                }
                _ => self.back(callee, at, found, depth + 1),
            }
        }
    }

    fn forward_only(&self, body: BodyId, at: ExprId, found: &mut Vec<Link<'a>>) {
        let rust = self.code.symbols.rust_of(body);
        let mut at = at;
        while let Some(parent) = rust.exprs.parent(at) {
            match rust.exprs.get(parent) {
                Expr::Method(call) if rust.exprs.method(call).receiver == at => {
                    let call = rust.exprs.method(call);
                    let args = rust.exprs.list(call.args).to_vec();
                    found.push(Link { name: rust.name(call.name), body, at: parent, args });
                }
                Expr::Await(_) | Expr::Try(_) => {}
                _ => return,
            }
            at = parent;
        }
    }
}
