//! The walk over one body.

mod handed;
mod methods;
mod names;
mod traits;

use self::methods::{COMBINATORS, TRANSPARENT};
use super::{Edge, Flow, Site, Source, Target};
use crate::facts::rust::{Expr, ExprId, ItemKind, MethodCall, PatId, PathId, RustFacts, Sym, TypeId};
use crate::knowledge::{Means, Node};
use crate::model::symbols::{Body, BodyId, BodyKind, Res, Symbols, Ty, TypeScope};

/// Walks a body.
pub(super) fn flow(symbols: &Symbols<'_>, returns: &[Ty], id: BodyId) -> Flow {
    let body = symbols.body(id);
    let rust = symbols.rust_of(id);
    let mut walk = Walk { symbols, returns, body, rust, names: Vec::new(), flow: Flow::default() };
    if let Some(function) = symbols.function(id) {
        for (at, param) in function.params.iter().enumerate() {
            let ty = walk.type_of(param.ty);
            walk.bind(param.pat, Source::Param(at), ty);
        }
        // `?` makes the error out of another, and whoever is given it back calls what it implements.
        if let (Some(ret), Some(root)) = (function.ret, body.roots.first())
            && let Some(Ty::Local(error)) = names::error_of(symbols, body, rust, ret)
        {
            walk.edge(*root, Target::Type(error));
        }
    }
    for root in &body.roots {
        walk.visit(*root);
    }
    let mut flow = walk.flow;
    flow.uses.sort_unstable_by_key(|(at, _)| *at);
    flow.resolved.sort_unstable_by_key(|(at, _)| *at);
    flow.types.sort_unstable_by_key(|(at, _)| *at);
    flow
}

/// Calls with the meaning of the names of types within a body.
pub(super) fn with_scope<T>(
    symbols: &Symbols<'_>,
    body: &Body,
    rust: &RustFacts,
    then: impl FnOnce(&TypeScope<'_>) -> T,
) -> T {
    let of_function = match &rust.item(body.item).kind {
        ItemKind::Fn(function) => &*function.generics,
        _ => &[],
    };
    let of_impl = match body.in_impl.map(|item| &symbols.rust(body.file).item(item).kind) {
        Some(ItemKind::Impl(impl_)) => &*impl_.generics,
        _ => &[],
    };
    then(&TypeScope { generics: &[of_function, of_impl], self_type: body.owner })
}

struct Walk<'w, 'a> {
    symbols: &'w Symbols<'a>,
    returns: &'w [Ty],
    body: &'w Body,
    rust: &'w RustFacts,
    /// Names in scope, innermost last, with their binding.
    names: Vec<(Sym, u32)>,
    flow: Flow,
}

impl Walk<'_, '_> {
    fn visit(&mut self, at: ExprId) -> Ty {
        let ty = self.visit_untyped(at);
        if let of @ (Ty::Local(_) | Ty::Known(_)) = ty.unlocked() {
            self.flow.types.push((at, of));
        }
        ty
    }

    fn visit_untyped(&mut self, at: ExprId) -> Ty {
        let exprs = &self.rust.exprs;
        match exprs.get(at) {
            Expr::Path(path) => self.path(at, path),
            Expr::Call(callee, args) => self.call(at, callee, exprs.list(args)),
            Expr::Method(call) => self.method(at, exprs.method(call)),
            Expr::Field(base, name) => {
                let base = self.visit(base);
                self.field(base, name)
            }
            Expr::Await(inner) | Expr::Try(inner) | Expr::Cast(inner, _) => self.visit(inner),
            Expr::Async(block) => self.visit(block),
            Expr::Closure(closure) => {
                let closure = exprs.closure(closure);
                self.closure(&closure.params, closure.body, Ty::Unknown)
            }
            Expr::Block { stmts, has_tail } => self.scoped(|walk| {
                let mut last = Ty::Unknown;
                for statement in exprs.list(stmts) {
                    last = walk.visit(*statement);
                }
                if has_tail { last } else { Ty::Unknown }
            }),
            Expr::If { parts, has_else } => self.scoped(|walk| {
                let parts = exprs.list(parts);
                walk.visit(parts[0]);
                let then = walk.visit(parts[1]);
                let otherwise = if has_else { walk.visit(parts[2]) } else { Ty::Unknown };
                if then == Ty::Unknown { otherwise } else { then }
            }),
            Expr::Match { scrutinee, first_arm, arms } => {
                let ty = self.visit(scrutinee);
                let mut result = Ty::Unknown;
                for arm in exprs.arms(first_arm, arms) {
                    let arm_ty = self.scoped(|walk| {
                        walk.bind(arm.pat, Source::Part(scrutinee, arm.pat), ty);
                        walk.visit(arm.body)
                    });
                    if result == Ty::Unknown {
                        result = arm_ty;
                    }
                }
                result
            }
            Expr::Loop { head, body, .. } => self.scoped(|walk| {
                if let Some(head) = head {
                    walk.visit(head);
                }
                walk.visit(body);
                Ty::Unknown
            }),
            Expr::Let(let_) => self.let_(let_),
            Expr::Struct(literal) => {
                let literal = exprs.struct_(literal);
                for (_, value) in &literal.fields {
                    self.visit(*value);
                }
                if let Some(base) = literal.base {
                    self.visit(base);
                }
                let ty = self.constructed(at, literal.path);
                if let Ty::Local(id) = ty {
                    self.flow.made.push((id, at));
                }
                ty
            }
            Expr::Assign(left, right) => {
                self.visit(left);
                self.visit(right);
                self.flow.assigned.push(at);
                Ty::Unknown
            }
            Expr::Macro(call) => self.macro_call(at, call),
            _ => {
                for child in exprs.children(at) {
                    self.visit(child);
                }
                Ty::Unknown
            }
        }
    }

    fn scoped<T>(&mut self, then: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.names.len();
        let result = then(self);
        self.names.truncate(depth);
        result
    }

    fn closure(&mut self, params: &[PatId], body: ExprId, first: Ty) -> Ty {
        self.scoped(|walk| {
            for (at, param) in params.iter().enumerate() {
                walk.bind(*param, Source::Other, if at == 0 { first } else { Ty::Unknown });
            }
            walk.visit(body)
        })
    }

    fn path(&mut self, at: ExprId, path: PathId) -> Ty {
        if let Some((binding, ty)) = self.local(path) {
            self.flow.uses.push((at, binding));
            return ty;
        }
        let names = &self.rust.exprs.path(path).segments;
        if let [single] = &**names
            && self.rust.name(*single) == "self"
        {
            return self.body.owner.map_or(Ty::Unknown, Ty::Local);
        }
        let res = self.resolve(path);
        self.note(at, res, false);
        match res {
            Res::Body(id) if self.symbols.body(id).kind == BodyKind::Value => self.returns[id.0 as usize],
            Res::Type(id) => Ty::Local(id),
            Res::Known(node) if self.symbols.knowledge.is_type(node) => Ty::Known(node),
            Res::External => Ty::External,
            _ => Ty::Unknown,
        }
    }

    fn local(&self, path: PathId) -> Option<(u32, Ty)> {
        let [name] = &*self.rust.exprs.path(path).segments else { return None };
        let (_, binding) = self.names.iter().rev().find(|(known, _)| known == name)?;
        Some((*binding, self.flow.bindings[*binding as usize].ty))
    }

    fn resolve(&self, path: PathId) -> Res {
        self.symbols.resolve_path(self.body.module, self.rust, path, self.body.owner)
    }

    /// Keeps what a path or call means, with the edge or site that follows from it.
    fn note(&mut self, at: ExprId, res: Res, called: bool) {
        match res {
            Res::Body(id) => self.edge(at, Target::Body(id)),
            Res::Type(id) => self.edge(at, Target::Type(id)),
            Res::Known(node) => {
                if !self.symbols.knowledge.items(node).is_empty() {
                    self.flow.sites.push(Site { at, node, called });
                }
            }
            Res::Module(_) | Res::External | Res::Unknown => return,
        }
        self.flow.resolved.push((at, res));
    }

    fn edge(&mut self, at: ExprId, to: Target) {
        self.flow.edges.push(Edge { at, to });
    }

    fn constructed(&mut self, at: ExprId, path: PathId) -> Ty {
        let res = self.resolve(path);
        self.note(at, res, false);
        match res {
            Res::Type(id) => Ty::Local(id),
            Res::Known(node) => Ty::Known(node),
            _ => Ty::Unknown,
        }
    }

    fn call(&mut self, at: ExprId, callee: ExprId, args: &[ExprId]) -> Ty {
        let res = match self.rust.exprs.get(callee) {
            Expr::Path(path) if self.local(path).is_none() => {
                let res = match self.of_parameter(at, path) {
                    Res::Unknown => self.resolve(path),
                    found => found,
                };
                // The type before `::` is used as well: its constructor makes a value of it.
                if let Res::Body(id) = res
                    && let Some(owner) = self.symbols.body(id).owner
                    && !self.symbols.function(id).is_some_and(|function| function.has_self)
                {
                    self.edge(at, Target::Type(owner));
                }
                self.note(at, res, true);
                for other in self.dispatched(path, res) {
                    self.edge(at, Target::Body(other));
                }
                res
            }
            _ => {
                self.visit(callee);
                Res::Unknown
            }
        };
        let first = self.visit_args(args, Ty::Unknown, res);
        match res {
            Res::Body(id) => self.returns[id.0 as usize],
            Res::Type(id) => Ty::Local(id),
            Res::Known(node) => match self.returned_by(node).unwrap_or_default() {
                Ty::Known(lock) if self.symbols.knowledge.is_lock(lock) => first.within(lock),
                ty => ty,
            },
            Res::External => Ty::External,
            // `Some(x)`, `Ok(x)`, `Box::new(x)`: what it wraps.
            Res::Unknown | Res::Module(_) => first,
        }
    }

    fn returned_by(&self, node: Node) -> Option<Ty> {
        let knowledge = self.symbols.knowledge;
        let returned = knowledge.returned_by(node)?;
        Some(if knowledge.is_anything(returned) { Ty::Unknown } else { Ty::Known(returned) })
    }

    /// Visits arguments; gives the type of the first.
    fn visit_args(&mut self, args: &[ExprId], receiver: Ty, res: Res) -> Ty {
        // `.configure(|cfg| …)`, `.scope("/x", |scope| …)`: the closure is handed a router like the one it configures.
        let handed = match res {
            Res::Known(node) if self.takes_router(node) => receiver,
            _ => Ty::Unknown,
        };
        let mut first = Ty::Unknown;
        for (position, arg) in args.iter().enumerate() {
            let ty = match self.rust.exprs.get(*arg) {
                Expr::Closure(closure) => {
                    let closure = self.rust.exprs.closure(closure);
                    self.closure(&closure.params, closure.body, handed)
                }
                _ => self.visit(*arg),
            };
            if position == 0 {
                first = ty;
            }
        }
        first
    }

    /// Visits the arguments of a method of `Option`, `Result` or an iterator: a closure is handed what it holds, or its items.
    fn visit_combined(&mut self, args: &[ExprId], held: Ty) {
        for arg in args {
            match self.rust.exprs.get(*arg) {
                Expr::Closure(closure) => {
                    let closure = self.rust.exprs.closure(closure);
                    self.closure(&closure.params, closure.body, held);
                }
                _ => {
                    self.visit(*arg);
                }
            }
        }
    }

    fn takes_router(&self, node: Node) -> bool {
        [Means::Merge, Means::Nest, Means::Scope, Means::Resource]
            .iter()
            .any(|means| self.symbols.means(node, *means).is_some())
    }

    fn method(&mut self, at: ExprId, call: &MethodCall) -> Ty {
        let receiver = self.visit(call.receiver);
        let name = self.rust.name(call.name);
        let args = self.rust.exprs.list(call.args);
        if let Ty::Lock(lock, _) = receiver {
            if let Some(method) = self.symbols.knowledge.child(lock, name) {
                self.note(at, Res::Known(method), true);
                self.visit_args(args, receiver, Res::Known(method));
                return receiver.unlocked();
            }
            if TRANSPARENT.contains(&name) {
                self.visit_args(args, receiver, Res::Unknown);
                return receiver;
            }
        }
        match receiver.unlocked() {
            Ty::Known(node) => self.known_method(at, call, node, name, args),
            Ty::Local(id) => {
                let targets = self.symbols.methods_of(id, name);
                if targets.is_empty() {
                    if let Some(ty) = self.of_trait(at, call, receiver) {
                        return ty;
                    }
                    if COMBINATORS.contains(&name) {
                        self.visit_combined(args, receiver);
                    } else {
                        self.visit_args(args, receiver, Res::Unknown);
                    }
                    if TRANSPARENT.contains(&name) {
                        return receiver;
                    }
                    // A method that no code of the tree declares is mostly one that a derive made: a builder's.
                    if self.symbols.methods_named(name).is_empty() {
                        return receiver;
                    }
                    self.edge(at, Target::Named(call.name));
                    return Ty::Unknown;
                }
                for target in &targets {
                    self.edge(at, Target::Body(*target));
                }
                self.flow.resolved.push((at, Res::Body(targets[0])));
                self.visit_args(args, receiver, Res::Unknown);
                match self.returns[targets[0].0 as usize] {
                    Ty::Unknown if TRANSPARENT.contains(&name) => receiver,
                    ty => ty,
                }
            }
            Ty::Lock(..) | Ty::External | Ty::Unknown => {
                if let ("fold" | "try_fold", [first, then]) = (name, args) {
                    return self.fold(*first, *then);
                }
                if let Some(ty) = self.of_trait(at, call, receiver) {
                    return ty;
                }
                if !self.hand_on(call, Ty::Unknown) {
                    self.visit_args(args, receiver, Res::Unknown);
                }
                if TRANSPARENT.contains(&name) {
                    return receiver;
                }
                self.edge(at, Target::Named(call.name));
                // `.from_env::<Config>()`, `.extract::<Config>()`.
                if let [only] = &*call.turbofish
                    && let Ty::Local(id) = self.type_of(*only)
                {
                    return Ty::Local(id);
                }
                match self.symbols.methods_named(name) {
                    [only] if receiver == Ty::Unknown => self.returns[only.0 as usize],
                    _ => receiver,
                }
            }
        }
    }

    fn known_method(&mut self, at: ExprId, call: &MethodCall, node: Node, name: &str, args: &[ExprId]) -> Ty {
        match self.symbols.knowledge.child(node, name) {
            Some(method) => {
                self.note(at, Res::Known(method), true);
                self.visit_args(args, Ty::Known(node), Res::Known(method));
                self.returned_by(method).unwrap_or(Ty::Known(node))
            }
            None => {
                let extensions = self.symbols.extension(node, name);
                for target in extensions {
                    self.edge(at, Target::Body(*target));
                }
                if let [only] = extensions {
                    self.flow.resolved.push((at, Res::Body(*only)));
                }
                self.visit_args(args, Ty::Known(node), Res::Unknown);
                // A trait of the tree for any `T` may add the method.
                if extensions.is_empty() && !TRANSPARENT.contains(&name) && self.is_trait_method(name) {
                    self.edge(at, Target::Named(call.name));
                }
                Ty::Known(node)
            }
        }
    }

    fn is_trait_method(&self, name: &str) -> bool {
        self.symbols.methods_named(name).iter().any(|id| {
            let body = self.symbols.body(*id);
            body.in_impl.is_none()
        })
    }

    fn macro_call(&mut self, at: ExprId, call: u32) -> Ty {
        let exprs = &self.rust.exprs;
        let call = exprs.macro_(call);
        let names: Vec<&str> =
            exprs.path(call.path).segments.iter().map(|name| self.rust.name(*name)).collect();
        match self.symbols.resolve_marked(self.body.module, &names, "", "!") {
            Res::Known(node) => self.note(at, Res::Known(node), true),
            Res::External => {}
            _ => {
                let name = names.last().copied().unwrap_or_default();
                let targets: Vec<BodyId> = self.symbols.macros_named(name).to_vec();
                for target in targets {
                    self.edge(at, Target::Body(target));
                }
            }
        }
        let args = exprs.list(call.args);
        let mut last = Ty::Unknown;
        for arg in args {
            last = self.visit(*arg);
        }
        for arm in &call.arms {
            self.scoped(|walk| {
                let ty = arm.future.map_or(Ty::Unknown, |future| walk.visit(future));
                if let Some(pat) = arm.pat {
                    walk.bind(pat, Source::Other, ty);
                }
                walk.visit(arm.handler);
            });
        }
        if args.len() == 1 { last } else { Ty::Unknown }
    }

    fn type_of(&self, ty: TypeId) -> Ty {
        with_scope(self.symbols, self.body, self.rust, |scope| {
            self.symbols.type_in(self.body.module, self.rust, ty, scope, 0)
        })
    }
}
