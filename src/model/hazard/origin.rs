//! Where a value comes from: whether all that it may be is written in the code, or a request says it.
//!
//! Names are followed to what they are bound to, parameters to every caller, functions of the tree to what they give
//! back. Only what is *declared* as text counts as text: a value of a type that nobody names may be an enum.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::declared::{Declared, Kind, declared, declared_of_name, field_kind};
use crate::facts::rust::{Expr, ExprId, Pat};
use crate::model::calls::{Binding, Source};
use crate::model::symbols::{BodyId, BodyKind, Res, Ty};
use crate::model::value::{Piece, Values, template_pieces};

/// A chain of definitions longer than this is not followed.
const MAX_DEPTH: usize = 16;

/// A question that takes more steps than this is given up.
const MAX_STEPS: u32 = 2_000;

/// Methods that give the text that they are called on, or what wraps it.
const SAME: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "clone",
    "cloned",
    "context",
    "copied",
    "deref",
    "expect",
    "expose_secret",
    "into",
    "into_bytes",
    "into_inner",
    "into_owned",
    "into_string",
    "leak",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "trim",
    "trim_end",
    "trim_start",
    "unwrap",
    "unwrap_or_default",
    "with_context",
    "wrap_err",
];

/// Methods that give a number or a truth value.
const COUNTS: &[&str] = &[
    "len",
    "count",
    "is_some",
    "is_none",
    "is_empty",
    "is_ok",
    "is_err",
    "as_u64",
    "as_i64",
    "timestamp",
    "id",
];

/// Where a value comes from, the most telling last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// One of these, which are written in the code.
    Written(BTreeSet<String>),
    /// A number, or something else that holds no text of others.
    Number,
    Unknown,
    /// What is declared as text and comes from elsewhere: an argument, a field.
    Text,
    /// Text that a request carries.
    Request,
}

impl Origin {
    fn written(text: &str) -> Self {
        Self::Written(BTreeSet::from([text.to_owned()]))
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Request)
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Written(mut own), Self::Written(others)) => {
                own.extend(others);
                Self::Written(own)
            }
            (own, other) => own.max(other),
        }
    }
}

/// Follows values within the code of one binary.
pub(super) struct Origins<'o, 'a> {
    pub(super) values: &'o Values<'o, 'a>,
    steps: Cell<u32>,
}

impl<'o, 'a> Origins<'o, 'a> {
    pub(super) fn new(values: &'o Values<'o, 'a>) -> Self {
        Self { values, steps: Cell::new(0) }
    }

    /// Where the value of an expression comes from.
    pub(super) fn of(&self, body: BodyId, at: ExprId) -> Origin {
        self.steps.set(0);
        self.follow(body, at, 0)
    }

    fn any(of: impl IntoIterator<Item = Origin>) -> Origin {
        of.into_iter().reduce(Origin::or).unwrap_or(Origin::Unknown)
    }

    fn follow(&self, body: BodyId, at: ExprId, depth: usize) -> Origin {
        self.steps.set(self.steps.get() + 1);
        if depth > MAX_DEPTH || self.steps.get() > MAX_STEPS {
            return Origin::Unknown;
        }
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.values.code.calls.flow(body);
        let next = |inner: ExprId| self.follow(body, inner, depth + 1);
        match exprs.get(at) {
            Expr::Str(text) | Expr::Int(text) => Origin::written(rust.name(text)),
            Expr::Bool(value) => Origin::written(if value { "true" } else { "false" }),
            Expr::Literal => Origin::written("…"),
            Expr::Cast(..) => Origin::Number,
            Expr::Await(inner) | Expr::Try(inner) | Expr::Async(inner) | Expr::Return(Some(inner)) => {
                next(inner)
            }
            Expr::Block { stmts, has_tail: true } => {
                exprs.list(stmts).last().map_or(Origin::Unknown, |last| next(*last))
            }
            Expr::If { parts, has_else: true } => {
                Self::any(exprs.list(parts)[1..].iter().map(|part| next(*part)))
            }
            Expr::Match { first_arm, arms, .. } => {
                let arms = exprs.arms(first_arm, arms).iter().map(|arm| arm.body);
                Self::any(arms.filter(|arm| !self.values.gives_nothing(body, *arm)).map(next))
            }
            Expr::Path(_) => match flow.binding(at) {
                Some(binding) => self.bound(body, at, *binding, depth),
                None => match flow.resolved(at) {
                    Res::Body(id) if symbols.body(id).kind == BodyKind::Value => {
                        self.follow(id, symbols.body(id).roots[0], depth + 1)
                    }
                    _ => Origin::Unknown,
                },
            },
            Expr::Field(base, name) => self.field(body, (at, base), rust.name(name)),
            Expr::Macro(call) => {
                let call = exprs.macro_(call);
                let path = exprs.path(call.path);
                match path.segments.last().map(|name| rust.name(*name)) {
                    Some("format" | "concat") => self.formatted(body, exprs.list(call.args), depth),
                    _ => Origin::Unknown,
                }
            }
            Expr::Binary(left, right) => next(left).or(next(right)),
            Expr::Index(of, _) => match next(of) {
                Origin::Written(_) => Origin::Unknown,
                found => found,
            },
            Expr::Method(call) => {
                let call = exprs.method(call);
                match (rust.name(call.name), exprs.list(call.args), flow.resolved(at)) {
                    (_, _, Res::Body(id)) if !flow.is_ambiguous(at) => self.given(id, depth),
                    ("unwrap_or" | "or", [default], _) => next(call.receiver).or(next(*default)),
                    ("unwrap_or_else" | "or_else", [default], _) => match exprs.get(*default) {
                        Expr::Closure(closure) => next(call.receiver).or(next(exprs.closure(closure).body)),
                        _ => next(call.receiver).max(Origin::Unknown),
                    },
                    (name, _, _) if COUNTS.contains(&name) => Origin::Number,
                    (name, _, _) if SAME.contains(&name) => next(call.receiver),
                    _ => Origin::Unknown,
                }
            }
            Expr::Call(callee, args) => match (flow.resolved(at), exprs.list(args)) {
                (Res::Body(id), _) => self.given(id, depth),
                (_, [only]) => match exprs.get(callee) {
                    Expr::Path(path) => {
                        let last = exprs.path(path).segments.last().map(|name| rust.name(*name));
                        let wraps = ["from", "new", "Some", "Ok", "Borrowed", "Owned", "AssertSqlSafe"];
                        if last.is_some_and(|last| wraps.contains(&last)) {
                            next(*only)
                        } else {
                            Origin::Unknown
                        }
                    }
                    _ => Origin::Unknown,
                },
                _ => Origin::Unknown,
            },
            _ => Origin::Unknown,
        }
    }

    /// What a function of the tree gives back.
    fn given(&self, id: BodyId, depth: usize) -> Origin {
        Self::any(self.values.gives(id).into_iter().map(|at| self.follow(id, at, depth + 1)))
    }

    fn formatted(&self, body: BodyId, args: &[ExprId], depth: usize) -> Origin {
        if let Some(text) =
            args.first().map(|_| self.values.text_of_format(body, args)).and_then(|t| t.literal())
        {
            return Origin::written(&text);
        }
        let holes = self.holes(body, args);
        Self::any(holes.into_iter().filter_map(|hole| match hole {
            Hole::Text(_) => None,
            Hole::At(at) => Some(self.follow(body, at, depth + 1)),
            Hole::Name(number) => {
                let binding = self.values.code.calls.flow(body).bindings[number as usize];
                Some(self.bound_value(body, binding, depth))
            }
            Hole::Lost => Some(Origin::Unknown),
        }))
    }

    /// The parts of a `format!`.
    pub(super) fn holes(&self, body: BodyId, args: &[ExprId]) -> Vec<Hole> {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let Some((first, rest)) = args.split_first() else { return Vec::new() };
        let Expr::Str(template) = exprs.get(*first) else { return vec![Hole::Lost] };
        let named = |name: &str| {
            rest.iter().find_map(|arg| match exprs.get(*arg) {
                Expr::Assign(left, right) => match exprs.get(left) {
                    Expr::Path(path) => {
                        let segments = &exprs.path(path).segments;
                        (segments.len() == 1 && rust.name(segments[0]) == name).then_some(right)
                    }
                    _ => None,
                },
                _ => None,
            })
        };
        let mut positional = 0;
        let pieces = template_pieces(rust.name(template)).into_iter().map(|piece| match piece {
            Piece::Text(text) => Hole::Text(text),
            Piece::Hole("") => {
                positional += 1;
                rest.get(positional - 1).map_or(Hole::Lost, |arg| Hole::At(*arg))
            }
            Piece::Hole(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let arg = number.parse().ok().and_then(|at: usize| rest.get(at));
                arg.map_or(Hole::Lost, |arg| Hole::At(*arg))
            }
            Piece::Hole(name) => match named(name) {
                Some(value) => Hole::At(value),
                None => self.captured(body, *first, name).map_or(Hole::Lost, Hole::Name),
            },
        });
        pieces.collect()
    }

    /// The variable that `{name}` in a template means: the last one of that name before it.
    pub(super) fn captured(&self, body: BodyId, template: ExprId, name: &str) -> Option<u32> {
        let rust = self.values.code.symbols.rust_of(body);
        let flow = self.values.code.calls.flow(body);
        let mut of_name = flow.bindings.iter().enumerate().filter(|(_, binding)| {
            rust.name(binding.name) == name
                && match binding.source {
                    Source::Value(value) | Source::Part(value, _) => value < template,
                    Source::Param(_) | Source::Other => true,
                }
        });
        let last = of_name.next_back()?;
        u32::try_from(last.0).ok()
    }

    /// Where a variable's value comes from, however it is named.
    pub(super) fn of_binding(&self, body: BodyId, number: u32) -> Origin {
        self.steps.set(0);
        let binding = self.values.code.calls.flow(body).bindings[number as usize];
        self.bound_value(body, binding, 0)
    }

    fn bound(&self, body: BodyId, at: ExprId, binding: Binding, depth: usize) -> Origin {
        let flow = self.values.code.calls.flow(body);
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let number = flow.binding_number(at);
        let mut found = self.bound_value(body, binding, depth);
        for assigned in &flow.assigned {
            if let Expr::Assign(left, right) = exprs.get(*assigned)
                && flow.binding_number(left) == number
            {
                found = found.or(self.follow(body, right, depth + 1));
            }
        }
        found
    }

    fn bound_value(&self, body: BodyId, binding: Binding, depth: usize) -> Origin {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        match binding.source {
            Source::Value(value) => match self.declared_by_let(body, value) {
                Some(Declared { kind: Kind::Number, .. }) => match self.follow(body, value, depth + 1) {
                    Origin::Written(values) => Origin::Written(values),
                    _ => Origin::Number,
                },
                _ => self.follow(body, value, depth + 1),
            },
            Source::Param(param) => self.param(body, binding, param, depth),
            Source::Part(value, pat) => match exprs.pat(pat) {
                Pat::Name(_) => self.follow(body, value, depth + 1),
                Pat::TupleStruct(_, parts) if parts.len() == 1 => match self.follow(body, value, depth + 1) {
                    Origin::Written(_) => Origin::Unknown,
                    found => found,
                },
                _ => Origin::Unknown,
            },
            Source::Other => Origin::Unknown,
        }
    }

    /// What a `let` says of its value's type.
    fn declared_by_let(&self, body: BodyId, value: ExprId) -> Option<Declared> {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let Expr::Let(let_) = rust.exprs.get(rust.exprs.parent(value)?) else { return None };
        let ty = rust.exprs.let_(let_).ty?;
        Some(declared(symbols, symbols.body(body).module, rust, ty))
    }

    fn param(&self, body: BodyId, binding: Binding, param: usize, depth: usize) -> Origin {
        let Some(declared) = self.declared_param(body, binding, param) else { return Origin::Unknown };
        match declared.kind {
            Kind::Number => {
                return match self.given_by_callers(body, param, depth) {
                    Some(Origin::Written(values)) => Origin::Written(values),
                    _ => Origin::Number,
                };
            }
            Kind::Text if declared.from_request => return Origin::Request,
            Kind::Text => {}
            Kind::Local(_) | Kind::Other => {
                // A parameter that is generic or wrapped is what its callers give.
                return match self.given_by_callers(body, param, depth) {
                    Some(found) if !found.is_text() => found,
                    _ => Origin::Unknown,
                };
            }
        }
        match self.given_by_callers(body, param, depth) {
            Some(Origin::Unknown) | None => Origin::Text,
            Some(found) => found,
        }
    }

    fn given_by_callers(&self, body: BodyId, param: usize, depth: usize) -> Option<Origin> {
        let callers = self.values.callers_with_args(body);
        let given = callers.iter().map(|(caller, args)| {
            args.get(param).map_or(Origin::Unknown, |arg| self.follow(*caller, *arg, depth + 1))
        });
        given.reduce(Origin::or)
    }

    pub(super) fn declared_param(&self, body: BodyId, binding: Binding, param: usize) -> Option<Declared> {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let own = symbols.function(body)?.params.get(param)?;
        Some(declared_of_name(symbols, symbols.body(body).module, rust, (own.pat, binding.name), own.ty))
    }

    fn field(&self, body: BodyId, (at, base): (ExprId, ExprId), name: &str) -> Origin {
        let code = self.values.code;
        let kind = match code.calls.flow(body).ty(base) {
            Ty::Local(id) => field_kind(code.symbols, id, name),
            _ => return Origin::Unknown,
        };
        match kind {
            Kind::Number => match self.values.text(body, at).literal() {
                Some(text) => Origin::written(&text),
                None => Origin::Number,
            },
            Kind::Text if self.is_request(body, base, 0) => Origin::Request,
            Kind::Text => match self.values.text(body, at).literal() {
                Some(text) => Origin::written(&text),
                None => Origin::Text,
            },
            Kind::Local(_) | Kind::Other => Origin::Unknown,
        }
    }

    /// Whether a struct is what a framework made of a request.
    fn is_request(&self, body: BodyId, at: ExprId, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let rust = self.values.code.symbols.rust_of(body);
        let flow = self.values.code.calls.flow(body);
        let next = |inner| self.is_request(body, inner, depth + 1);
        match rust.exprs.get(at) {
            Expr::Field(base, _) | Expr::Await(base) | Expr::Try(base) => next(base),
            Expr::Method(call) if SAME.contains(&rust.name(rust.exprs.method(call).name)) => {
                next(rust.exprs.method(call).receiver)
            }
            Expr::Path(_) => match flow.binding(at).map(|binding| (binding.source, *binding)) {
                Some((Source::Value(value) | Source::Part(value, _), _)) => next(value),
                Some((Source::Param(param), binding)) => {
                    self.declared_param(body, binding, param).is_some_and(|own| own.from_request)
                        || self.values.callers_with_args(body).iter().any(|(caller, args)| {
                            args.get(param).is_some_and(|arg| self.is_request(*caller, *arg, depth + 4))
                        })
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// What an expression is called, for messages.
    pub(super) fn label(&self, body: BodyId, at: ExprId) -> String {
        let rust = self.values.code.symbols.rust_of(body);
        match rust.exprs.get(at) {
            Expr::Path(path) => {
                let names: Vec<&str> =
                    rust.exprs.path(path).segments.iter().map(|name| rust.name(*name)).collect();
                names.join("::")
            }
            Expr::Field(base, name) => match &*self.label(body, base) {
                "" => rust.name(name).to_owned(),
                base => format!("{base}.{}", rust.name(name)),
            },
            Expr::Method(call) => self.label(body, rust.exprs.method(call).receiver),
            Expr::Await(inner) | Expr::Try(inner) => self.label(body, inner),
            _ => String::new(),
        }
    }
}

/// One part of a `format!`.
pub(super) enum Hole {
    Text(String),
    /// The value of an argument.
    At(ExprId),
    /// A variable that the template names: the number of its binding.
    Name(u32),
    /// What could not be told.
    Lost,
}
