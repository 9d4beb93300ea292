//! A text that is put together in the code: what of it is written, and what is put in between.

use super::origin::{Hole, Origin, Origins};
use crate::facts::rust::{Expr, ExprId};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::span::Span;

/// Functions and variables that a text passes through, at most.
const MAX_DEPTH: usize = 8;

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Written(String),
    /// A value that is put in.
    Put {
        origin: Origin,
        span: Span,
        label: String,
    },
}

impl Piece {
    pub(crate) fn written(&self) -> Option<&str> {
        match self {
            Self::Written(text) => Some(text),
            Self::Put { .. } => None,
        }
    }
}

impl Origins<'_, '_> {
    /// The parts of the text that an expression yields.
    pub(super) fn pieces(&self, body: BodyId, at: ExprId) -> Vec<Piece> {
        let mut found = Vec::new();
        self.split(body, at, &mut found, 0);
        found
    }

    fn split(&self, body: BodyId, at: ExprId, found: &mut Vec<Piece>, depth: usize) {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.values.code.calls.flow(body);
        if depth > MAX_DEPTH {
            return found.push(self.put(body, at));
        }
        match exprs.get(at) {
            Expr::Str(text) => found.push(Piece::Written(rust.name(text).to_owned())),
            Expr::Await(inner) | Expr::Try(inner) => self.split(body, inner, found, depth),
            Expr::Binary(left, right) => {
                self.split(body, left, found, depth + 1);
                self.split(body, right, found, depth + 1);
            }
            Expr::Block { stmts, has_tail: true } => match exprs.list(stmts).last() {
                Some(last) => self.split(body, *last, found, depth + 1),
                None => found.push(self.put(body, at)),
            },
            Expr::Macro(call) => {
                let call = exprs.macro_(call);
                let name = exprs.path(call.path).segments.last().map(|name| rust.name(*name));
                match name {
                    Some("format") => self.split_format(body, at, exprs.list(call.args), found, depth),
                    _ => found.push(self.put(body, at)),
                }
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                let same = ["to_string", "to_owned", "into", "as_str", "as_ref", "clone", "as_bytes", "trim"];
                match flow.resolved(at) {
                    Res::Body(id) if !flow.is_ambiguous(at) => self.split_given(body, at, id, found, depth),
                    _ if same.contains(&rust.name(call.name)) => {
                        self.split(body, call.receiver, found, depth + 1);
                    }
                    _ => found.push(self.put(body, at)),
                }
            }
            Expr::Call(callee, args) => match (flow.resolved(at), exprs.list(args)) {
                (Res::Body(id), _) => self.split_given(body, at, id, found, depth),
                (_, [only]) if self.wraps(body, callee) => self.split(body, *only, found, depth + 1),
                _ => found.push(self.put(body, at)),
            },
            Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) if value < at && !self.is_reassigned(body, at) => {
                    self.split(body, value, found, depth + 1);
                    self.split_additions(body, value, at, found, depth);
                }
                Some(Source::Param(param)) => match self.values.callers_with_args(body).as_slice() {
                    [(caller, args)] if args.len() > param => {
                        self.split(*caller, args[param], found, depth + 1);
                    }
                    _ => found.push(self.put(body, at)),
                },
                Some(_) => found.push(self.put(body, at)),
                None => match flow.resolved(at) {
                    Res::Body(id) if symbols.body(id).kind == BodyKind::Value => {
                        self.split(id, symbols.body(id).roots[0], found, depth + 1);
                    }
                    _ => found.push(self.put(body, at)),
                },
            },
            _ => found.push(self.put(body, at)),
        }
    }

    /// What a function of the tree gives back, where that is one value.
    fn split_given(&self, body: BodyId, at: ExprId, id: BodyId, found: &mut Vec<Piece>, depth: usize) {
        match self.values.gives(id).as_slice() {
            [only] => self.split(id, *only, found, depth + 1),
            _ => found.push(self.put(body, at)),
        }
    }

    fn split_format(&self, body: BodyId, at: ExprId, args: &[ExprId], found: &mut Vec<Piece>, depth: usize) {
        for hole in self.holes(body, args) {
            match hole {
                Hole::Text(text) => found.push(Piece::Written(text)),
                Hole::At(arg) => self.split(body, arg, found, depth + 1),
                Hole::Name(number) => {
                    let binding = self.values.code.calls.flow(body).bindings[number as usize];
                    match binding.source {
                        Source::Value(value) => self.split(body, value, found, depth + 1),
                        _ => found.push(Piece::Put {
                            origin: self.of_binding(body, number),
                            span: self.values.code.symbols.span(body, at),
                            label: self.values.code.symbols.rust_of(body).name(binding.name).to_owned(),
                        }),
                    }
                }
                Hole::Lost => found.push(Piece::Put {
                    origin: Origin::Unknown,
                    span: self.values.code.symbols.span(body, at),
                    label: String::new(),
                }),
            }
        }
    }

    /// `sql.push_str(…)`, `sql += …` and `write!(sql, …)` between a variable's `let` and its use.
    fn split_additions(
        &self,
        body: BodyId,
        value: ExprId,
        until: ExprId,
        found: &mut Vec<Piece>,
        depth: usize,
    ) {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let uses: Vec<ExprId> = self.values.code.calls.flow(body).uses_of_value(value).collect();
        for used in uses.into_iter().filter(|used| *used < until) {
            let Some(parent) = exprs.parent(used) else { continue };
            match exprs.get(parent) {
                Expr::Method(call) if exprs.method(call).receiver == used => {
                    let call = exprs.method(call);
                    if let ("push_str", [added]) = (rust.name(call.name), exprs.list(call.args)) {
                        self.split(body, *added, found, depth + 1);
                    }
                }
                Expr::Binary(left, right) if left == used => self.split(body, right, found, depth + 1),
                Expr::Macro(call) => {
                    let call = exprs.macro_(call);
                    let name = exprs.path(call.path).segments.last().map(|name| rust.name(*name));
                    if let (Some("write" | "writeln"), [first, rest @ ..]) = (name, exprs.list(call.args))
                        && *first == used
                    {
                        self.split_format(body, parent, rest, found, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn is_reassigned(&self, body: BodyId, at: ExprId) -> bool {
        let flow = self.values.code.calls.flow(body);
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let number = flow.binding_number(at);
        flow.assigned.iter().any(|assigned| {
            matches!(exprs.get(*assigned), Expr::Assign(left, _) if flow.binding_number(left) == number)
        })
    }

    fn wraps(&self, body: BodyId, callee: ExprId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let Expr::Path(path) = rust.exprs.get(callee) else { return false };
        let last = rust.exprs.path(path).segments.last().map(|name| rust.name(*name));
        last.is_some_and(|last| ["from", "new", "Borrowed", "Owned", "AssertSqlSafe"].contains(&last))
    }

    fn put(&self, body: BodyId, at: ExprId) -> Piece {
        match self.of(body, at) {
            Origin::Written(texts) if texts.len() == 1 => {
                Piece::Written(texts.into_iter().next().unwrap_or_default())
            }
            origin => Piece::Put {
                origin,
                span: self.values.code.symbols.span(body, at),
                label: self.label(body, at),
            },
        }
    }
}
