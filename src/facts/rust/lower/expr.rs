//! Expressions and statements.

use super::super::expr::{Arm, Closure, Expr, ExprId, Let, List, LoopKind, MethodCall, StructLit};
use super::super::pattern::PatId;
use super::attr::is_enabled;
use super::{Lowering, index};
use crate::span::Range;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, expr: &syn::Expr) -> ExprId {
        match expr {
            syn::Expr::Paren(inner) => self.expr(&inner.expr),
            syn::Expr::Group(inner) => self.expr(&inner.expr),
            syn::Expr::Reference(inner) => self.expr(&inner.expr),
            syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => self.expr(expr),
            syn::Expr::Path(path) => {
                let id = self.path_with_self(path.qself.as_ref(), &path.path);
                let range = self.exprs.path(id).range;
                self.push(Expr::Path(id), range)
            }
            syn::Expr::Lit(literal) => self.literal(&literal.lit),
            syn::Expr::Call(call) => self.call(call),
            syn::Expr::MethodCall(call) => self.method_call(call),
            syn::Expr::Field(field) => {
                let base = self.expr(&field.base);
                let name = self.member(&field.member);
                let end = match &field.member {
                    syn::Member::Named(ident) => ident.span(),
                    syn::Member::Unnamed(at) => at.span,
                };
                self.push_after(Expr::Field(base, name), base, end)
            }
            syn::Expr::Await(inner) => {
                let base = self.expr(&inner.base);
                self.push_after(Expr::Await(base), base, inner.await_token.span)
            }
            syn::Expr::Try(inner) => {
                let base = self.expr(&inner.expr);
                self.push_after(Expr::Try(base), base, inner.question_token.span)
            }
            syn::Expr::Macro(call) => self.macro_call(&call.mac),
            syn::Expr::Struct(literal) => self.struct_literal(literal),
            syn::Expr::Closure(closure) => {
                let params = self.pats(&closure.inputs);
                let body = self.expr(&closure.body);
                let range = self.range(closure.inputs_begin.span).cover(self.exprs.range(body));
                self.exprs.closures.push(Closure { params, body });
                let at = index(self.exprs.closures.len() - 1);
                self.push(Expr::Closure(at), range)
            }
            syn::Expr::Let(let_) => {
                let pat = self.pat(&let_.pat);
                let init = Some(self.expr(&let_.expr));
                let start = self.range(let_.let_token.span);
                self.push_let(Let { pat, ty: None, init, otherwise: None, is_indirect: true }, start)
            }
            _ => self.control(expr),
        }
    }

    /// Blocks, branches, loops and jumps.
    fn control(&mut self, expr: &syn::Expr) -> ExprId {
        match expr {
            syn::Expr::Block(block) => self.block(&block.block),
            syn::Expr::Unsafe(block) => self.block(&block.block),
            syn::Expr::Const(block) => self.block(&block.block),
            syn::Expr::TryBlock(block) => self.block(&block.block),
            syn::Expr::Async(block) => {
                let body = self.block(&block.block);
                let range = self.range(block.async_token.span).cover(self.exprs.range(body));
                self.push(Expr::Async(body), range)
            }
            syn::Expr::If(branch) => {
                let mut parts = vec![self.expr(&branch.cond), self.block(&branch.then_branch)];
                parts.extend(branch.else_branch.as_ref().map(|(_, other)| self.expr(other)));
                let range = self.spread(self.range(branch.if_token.span), &parts);
                let has_else = parts.len() == 3;
                let parts = self.list(&parts);
                self.push(Expr::If { parts, has_else }, range)
            }
            syn::Expr::Match(branches) => self.match_(branches),
            syn::Expr::Loop(looped) => {
                let body = self.block(&looped.body);
                self.push_loop(LoopKind::Loop, None, body, looped.loop_token.span)
            }
            syn::Expr::While(looped) => {
                let head = self.expr(&looped.cond);
                let body = self.block(&looped.body);
                self.push_loop(LoopKind::While, Some(head), body, looped.while_token.span)
            }
            syn::Expr::ForLoop(looped) => self.for_loop(looped),
            syn::Expr::Return(jump) => {
                let value = jump.expr.as_ref().map(|value| self.expr(value));
                let range = self.spread(self.range(jump.return_token.span), value.as_slice());
                self.push(Expr::Return(value), range)
            }
            syn::Expr::Break(jump) => {
                let value = jump.expr.as_ref().map(|value| self.expr(value));
                let range = self.spread(self.range(jump.break_token.span), value.as_slice());
                self.push(Expr::Break(value), range)
            }
            _ => self.operation(expr),
        }
    }

    /// Operators and composites.
    fn operation(&mut self, expr: &syn::Expr) -> ExprId {
        match expr {
            syn::Expr::Assign(assign) => self.pair(&assign.left, &assign.right, Expr::Assign),
            syn::Expr::Binary(binary) => {
                let make = match binary.op {
                    syn::BinOp::And(_) => Expr::And,
                    syn::BinOp::Or(_) => Expr::Or,
                    _ => Expr::Binary,
                };
                self.pair(&binary.left, &binary.right, make)
            }
            syn::Expr::Index(at) => self.pair(&at.expr, &at.index, Expr::Index),
            syn::Expr::Tuple(tuple) => {
                let range = self.between(tuple.paren_token.span.open(), tuple.paren_token.span.close());
                let parts = self.all(&tuple.elems);
                self.push(Expr::Tuple(parts), range)
            }
            syn::Expr::Array(array) => {
                let range = self.between(array.bracket_token.span.open(), array.bracket_token.span.close());
                let parts = self.all(&array.elems);
                self.push(Expr::Array(parts), range)
            }
            syn::Expr::Repeat(array) => {
                let range = self.between(array.bracket_token.span.open(), array.bracket_token.span.close());
                let parts = self.all([&*array.expr, &*array.len]);
                self.push(Expr::Array(parts), range)
            }
            syn::Expr::Cast(cast) => {
                let inner = self.expr(&cast.expr);
                let ty = self.ty(&cast.ty);
                let range = self.exprs.range(inner);
                self.push(Expr::Cast(inner, ty), range)
            }
            syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Not(_), expr, .. }) => {
                let inner = self.expr(expr);
                let range = self.exprs.range(inner);
                self.push(Expr::Not(inner), range)
            }
            syn::Expr::Unary(unary) => self.other(&[&unary.expr]),
            syn::Expr::RawAddr(address) => self.other(&[&address.expr]),
            syn::Expr::Yield(jump) => self.other(&jump.expr.as_deref().into_iter().collect::<Vec<_>>()),
            syn::Expr::Range(range) => {
                let ends: Vec<&syn::Expr> =
                    range.start.as_deref().into_iter().chain(range.end.as_deref()).collect();
                self.other(&ends)
            }
            _ => self.push(Expr::Literal, Range::default()),
        }
    }

    pub(super) fn literal(&mut self, literal: &syn::Lit) -> ExprId {
        let range = self.range(literal.span());
        let expr = match literal {
            syn::Lit::Str(text) => Expr::Str(self.name(&text.value())),
            syn::Lit::Int(digits) => Expr::Int(self.name(digits.base10_digits())),
            syn::Lit::Float(digits)
                if digits.base10_digits().chars().all(|digit| matches!(digit, '0' | '.')) =>
            {
                Expr::Int(self.name("0"))
            }
            syn::Lit::Bool(value) => Expr::Bool(value.value),
            _ => Expr::Literal,
        };
        self.push(expr, range)
    }

    fn call(&mut self, call: &syn::ExprCall) -> ExprId {
        let callee = self.expr(&call.func);
        let args = self.all(&call.args);
        self.push_after(Expr::Call(callee, args), callee, call.paren_token.span.close())
    }

    fn method_call(&mut self, call: &syn::ExprMethodCall) -> ExprId {
        let receiver = self.expr(&call.receiver);
        let name = self.ident(&call.method);
        let name_range = self.range(call.method.span());
        let args = self.all(&call.args);
        let turbofish =
            call.turbofish.as_ref().map(|generics| self.generic_args(&generics.args)).unwrap_or_default();
        self.exprs.methods.push(MethodCall { receiver, name, name_range, args, turbofish });
        let at = index(self.exprs.methods.len() - 1);
        self.push_after(Expr::Method(at), receiver, call.paren_token.span.close())
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> ExprId {
        let path = self.path_with_self(literal.qself.as_ref(), &literal.path);
        let fields = literal
            .fields
            .iter()
            .filter(|field| is_enabled(&field.attrs))
            .map(|field| (self.member(&field.member), self.expr(&field.expr)))
            .collect();
        let base = literal.rest.as_ref().map(|base| self.expr(base));
        let range = self.exprs.path(path).range.cover(self.range(literal.brace_token.span.close()));
        self.exprs.structs.push(StructLit { path, fields, base });
        let at = index(self.exprs.structs.len() - 1);
        self.push(Expr::Struct(at), range)
    }

    fn match_(&mut self, branches: &syn::ExprMatch) -> ExprId {
        let scrutinee = self.expr(&branches.expr);
        let arms: Vec<Arm> = branches
            .arms
            .iter()
            .filter(|arm| is_enabled(&arm.attrs))
            .map(|arm| Arm {
                pat: self.pat(&arm.pat),
                body: self.under(&arm.attrs, |this| this.expr(&arm.body)),
            })
            .collect();
        let first_arm = index(self.exprs.arms.len());
        let count = index(arms.len());
        self.exprs.arms.extend(arms);
        let range = self.between(branches.match_token.span, branches.brace_token.span.close());
        self.push(Expr::Match { scrutinee, first_arm, arms: count }, range)
    }

    /// `for pat in head` binds as `let pat = head` does, so it is lowered as one.
    fn for_loop(&mut self, looped: &syn::ExprForLoop) -> ExprId {
        let pat = self.pat(&looped.pat);
        let init = Some(self.expr(&looped.expr));
        let start = self.range(looped.for_token.span);
        let head = self.push_let(Let { pat, ty: None, init, otherwise: None, is_indirect: true }, start);
        let body = self.block(&looped.body);
        self.push_loop(LoopKind::For, Some(head), body, looped.for_token.span)
    }

    fn push_loop(
        &mut self,
        kind: LoopKind,
        head: Option<ExprId>,
        body: ExprId,
        keyword: proc_macro2::Span,
    ) -> ExprId {
        let range = self.range(keyword).cover(self.exprs.range(body));
        self.push(Expr::Loop { kind, head, body }, range)
    }

    pub(super) fn block(&mut self, block: &syn::Block) -> ExprId {
        let range = self.between(block.brace_token.span.open(), block.brace_token.span.close());
        self.statements(&block.stmts, range)
    }

    pub(super) fn statements(&mut self, statements: &[syn::Stmt], range: Range) -> ExprId {
        let has_tail = matches!(
            statements.last(),
            Some(syn::Stmt::Expr(_, None) | syn::Stmt::Macro(syn::StmtMacro { semi_token: None, .. }))
        );
        let lowered: Vec<ExprId> =
            statements.iter().filter_map(|statement| self.statement(statement)).collect();
        let stmts = self.list(&lowered);
        self.push(Expr::Block { stmts, has_tail }, range)
    }

    fn statement(&mut self, statement: &syn::Stmt) -> Option<ExprId> {
        match statement {
            syn::Stmt::Local(local) if is_enabled(&local.attrs) => {
                Some(self.under(&local.attrs, |this| this.local(local)))
            }
            syn::Stmt::Expr(expr, _) if is_enabled(expr_attrs(expr)) => {
                Some(self.under(expr_attrs(expr), |this| this.expr(expr)))
            }
            syn::Stmt::Macro(call) if is_enabled(&call.attrs) => {
                Some(self.under(&call.attrs, |this| this.macro_call(&call.mac)))
            }
            syn::Stmt::Item(item) => {
                if let Some(id) = self.item(item) {
                    self.local_items.last_mut()?.push(id);
                }
                None
            }
            _ => None,
        }
    }

    fn local(&mut self, local: &syn::Local) -> ExprId {
        let (pat, ty) = match &local.pat {
            syn::Pat::Type(typed) => (self.pat(&typed.pat), Some(self.ty(&typed.ty))),
            pat => (self.pat(pat), None),
        };
        let init = local.init.as_ref().map(|init| self.expr(&init.expr));
        let otherwise = local
            .init
            .as_ref()
            .and_then(|init| init.diverge.as_ref())
            .map(|(_, otherwise)| self.expr(otherwise));
        let is_indirect = local.init.as_ref().is_some_and(|init| {
            let is_deref = |op: &syn::UnOp| matches!(op, syn::UnOp::Deref(_));
            matches!(&*init.expr, syn::Expr::Reference(_))
                || matches!(&*init.expr, syn::Expr::Unary(unary) if is_deref(&unary.op))
        });
        let range = self.range(local.let_token.span);
        self.push_let(Let { pat, ty, init, otherwise, is_indirect }, range)
    }

    fn push_let(&mut self, let_: Let, start: Range) -> ExprId {
        let range = let_.init.map_or(start, |init| start.cover(self.exprs.range(init)));
        self.exprs.lets.push(let_);
        let at = index(self.exprs.lets.len() - 1);
        self.push(Expr::Let(at), range)
    }

    fn pair(
        &mut self,
        left: &syn::Expr,
        right: &syn::Expr,
        make: impl FnOnce(ExprId, ExprId) -> Expr,
    ) -> ExprId {
        let (left, right) = (self.expr(left), self.expr(right));
        let range = self.exprs.range(left).cover(self.exprs.range(right));
        self.push(make(left, right), range)
    }

    fn other(&mut self, parts: &[&syn::Expr]) -> ExprId {
        let parts: Vec<ExprId> = parts.iter().map(|part| self.expr(part)).collect();
        let range = parts.first().map_or_else(Range::default, |first| self.exprs.range(*first));
        let range = self.spread(range, &parts);
        let parts = self.list(&parts);
        self.push(Expr::Other(parts), range)
    }

    pub(super) fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e syn::Expr>) -> List {
        let lowered: Vec<ExprId> = exprs.into_iter().map(|expr| self.expr(expr)).collect();
        self.list(&lowered)
    }

    /// An expression that begins where `first` does and ends with a token.
    fn push_after(&mut self, expr: Expr, first: ExprId, last: proc_macro2::Span) -> ExprId {
        let range = self.exprs.range(first).cover(self.range(last));
        self.push(expr, range)
    }

    fn spread(&self, start: Range, parts: &[ExprId]) -> Range {
        parts.iter().fold(start, |range, part| range.cover(self.exprs.range(*part)))
    }

    pub(super) fn wild(&mut self) -> PatId {
        self.push_pat(super::super::pattern::Pat::Wild)
    }
}

/// The attributes of the expressions on which `cfg` is used in practice.
fn expr_attrs(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(expr) => &expr.attrs,
        syn::Expr::Call(expr) => &expr.attrs,
        syn::Expr::MethodCall(expr) => &expr.attrs,
        syn::Expr::If(expr) => &expr.attrs,
        syn::Expr::Match(expr) => &expr.attrs,
        syn::Expr::Assign(expr) => &expr.attrs,
        syn::Expr::Macro(expr) => &expr.attrs,
        syn::Expr::Await(expr) => &expr.attrs,
        syn::Expr::Try(expr) => &expr.attrs,
        syn::Expr::Return(expr) => &expr.attrs,
        syn::Expr::Unsafe(expr) => &expr.attrs,
        syn::Expr::ForLoop(expr) => &expr.attrs,
        syn::Expr::While(expr) => &expr.attrs,
        syn::Expr::Loop(expr) => &expr.attrs,
        _ => &[],
    }
}
