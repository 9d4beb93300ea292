//! What a value is, as far as it is written down: literals, constants, formatted strings, variables of the environment
//! with their defaults, and parameters followed to their callers.

mod address;
mod branch;
mod clap;
mod duration;
mod keys;
mod made;
mod matches;
mod template;
mod text;

use std::cell::{Cell, OnceCell};

use crate::facts::rust::{Expr, ExprId, Fn};
use crate::knowledge::Means;
use crate::model::calls::{Binding, Source};
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::span::Span;

use branch::{choose, same};
pub(crate) use clap::{clap_field, is_optional};
use made::Definition;
pub(crate) use template::{Piece, template_pieces};
pub(crate) use text::{Part, Text};

/// A chain of definitions longer than this is not followed.
const MAX_DEPTH: usize = 24;

/// A question that takes more steps than this is given up: branches within branches multiply.
const MAX_STEPS: u32 = 4_000;

/// Methods that give the same text, or what wraps it.
const SAME_TEXT: &[&str] = &[
    "and_then",
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_os_str",
    "as_ref",
    "as_str",
    "borrow",
    "boxed",
    "clone",
    "cloned",
    "context",
    "copied",
    "deref",
    "display",
    "expect",
    "inspect",
    "inspect_err",
    "into",
    "into_boxed_str",
    "into_inner",
    "into_owned",
    "into_string",
    "leak",
    "map",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "parse",
    "then",
    "to_owned",
    "to_path_buf",
    "to_socket_addrs",
    "to_str",
    "to_string",
    "to_string_lossy",
    "trim",
    "trim_end",
    "trim_matches",
    "trim_start",
    "try_into",
    "unwrap",
    "unwrap_or_default",
    "unwrap_or_log",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "get",
    "next",
    "read",
    "lock",
    "load",
    "as_slice",
    "iter",
    "collect",
    "flatten",
    "filter",
    "transpose",
    "await",
    "expose_secret",
];

/// Evaluates expressions of a binary.
pub(crate) struct Values<'v, 'a> {
    pub(crate) code: &'v Code<'v, 'a>,
    pub(crate) reach: &'v Reach,
    steps: Cell<u32>,
    holders: OnceCell<keys::Holders>,
}

impl<'v, 'a> Values<'v, 'a> {
    pub(crate) fn new(code: &'v Code<'v, 'a>, reach: &'v Reach) -> Self {
        Self { code, reach, steps: Cell::new(0), holders: OnceCell::new() }
    }

    /// The text that an expression yields.
    pub(crate) fn text(&self, body: BodyId, at: ExprId) -> Text {
        self.steps.set(0);
        self.eval(body, at, 0)
    }

    /// The text that `format!` makes of its arguments.
    pub(crate) fn text_of_format(&self, body: BodyId, args: &[ExprId]) -> Text {
        self.steps.set(0);
        self.formatted(body, args, 0)
    }

    /// The address and the port that an expression yields: a string, a tuple, or a `SocketAddr`.
    pub(crate) fn address(&self, body: BodyId, at: ExprId) -> (Text, Text) {
        self.steps.set(0);
        self.socket(body, at, 0)
    }

    /// Whether a question has become too long to be answered.
    fn is_spent(&self, depth: usize) -> bool {
        self.steps.set(self.steps.get() + 1);
        depth > MAX_DEPTH || self.steps.get() > MAX_STEPS
    }

    /// Where a value is written: the `let` that a name stands for, as far back as it goes in the same body.
    pub(crate) fn origin(&self, body: BodyId, at: ExprId) -> Span {
        let mut at = at;
        // Numbers follow the text, so that this always goes back.
        while let Some(Source::Value(value)) =
            self.code.calls.flow(body).binding(at).map(|binding| binding.source)
            && value < at
        {
            at = value;
        }
        self.code.symbols.span(body, at)
    }

    fn eval(&self, body: BodyId, at: ExprId, depth: usize) -> Text {
        if self.is_spent(depth) {
            return Text::unknown();
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let next = |inner| self.eval(body, inner, depth + 1);
        match exprs.get(at) {
            Expr::Str(text) | Expr::Int(text) => Text::known(rust.name(text)),
            Expr::Bool(value) => Text::known(value.to_string()),
            Expr::Await(inner)
            | Expr::Try(inner)
            | Expr::Cast(inner, _)
            | Expr::Async(inner)
            | Expr::Return(Some(inner)) => next(inner),
            Expr::Path(_) => match flow.binding(at) {
                Some(binding) => {
                    let text = self.bound(body, *binding, depth);
                    self.assigned(body, flow.binding_number(at), text, depth)
                }
                None => match self.constant(flow.resolved(at), depth) {
                    text if text == Text::unknown() => self.address_constant(body, at),
                    text => text,
                },
            },
            Expr::Block { stmts, has_tail: true } => {
                exprs.list(stmts).last().map_or_else(Text::unknown, |tail| next(*tail))
            }
            Expr::Field(base, name) => {
                self.definitions(body, base, rust.name(name), depth, |definition| match definition {
                    Definition::At(body, at) => self.eval(body, at, depth + 1),
                    Definition::Text(text) => text,
                    Definition::Setting(..) => Text::unknown(),
                })
            }
            Expr::Macro(call) => {
                let call = exprs.macro_(call);
                let path = exprs.path(call.path);
                let name = path.segments.last().map(|name| rust.name(*name)).unwrap_or_default();
                match name {
                    "format" | "concat" => self.formatted(body, exprs.list(call.args), depth),
                    _ => Text::unknown(),
                }
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                self.method_value(body, at, call.receiver, rust.name(call.name), exprs.list(call.args), depth)
            }
            Expr::Call(callee, args) => self.call_value(body, at, callee, exprs.list(args), depth),
            Expr::If { .. } | Expr::Match { .. } => self.branches(body, at, depth),
            _ => Text::unknown(),
        }
    }

    fn bound(&self, body: BodyId, binding: Binding, depth: usize) -> Text {
        match binding.source {
            Source::Value(value) => self.eval(body, value, depth + 1),
            Source::Param(param) => {
                self.argument(body, param, depth, |caller, arg| self.eval(caller, arg, depth + 1))
            }
            Source::Part(value, pat) => self.part(body, value, pat, binding.name, depth),
            Source::Other => Text::unknown(),
        }
    }

    /// What a parameter holds: what its one caller gives it. Several callers would need as many answers.
    fn argument(
        &self,
        body: BodyId,
        param: usize,
        depth: usize,
        then: impl FnOnce(BodyId, ExprId) -> Text,
    ) -> Text {
        match self.callers_with_args(body).as_slice() {
            [(caller, args)] if depth < MAX_DEPTH => {
                args.get(param).map_or_else(Text::unknown, |arg| then(*caller, *arg))
            }
            _ => Text::unknown(),
        }
    }

    /// The calls that lead to a body, with their arguments without the receiver.
    pub(crate) fn callers_with_args(&self, body: BodyId) -> Vec<(BodyId, Vec<ExprId>)> {
        let has_self = self.code.symbols.function(body).is_some_and(|function: &Fn| function.has_self);
        let mut found = Vec::new();
        for (caller, at) in self.reach.bodies.get(&body).into_iter().flatten() {
            let exprs = &self.code.symbols.rust_of(*caller).exprs;
            match exprs.get(*at) {
                Expr::Call(_, args) => {
                    let args = exprs.list(args);
                    found.push((*caller, args[usize::from(has_self && !args.is_empty())..].to_vec()));
                }
                Expr::Method(call) => found.push((*caller, exprs.list(exprs.method(call).args).to_vec())),
                _ => {}
            }
        }
        found
    }

    fn constant(&self, res: Res, depth: usize) -> Text {
        match res {
            Res::Body(id) if self.code.symbols.body(id).kind == BodyKind::Value => {
                let root = self.code.symbols.body(id).roots[0];
                self.eval(id, root, depth + 1)
            }
            Res::Known(node) => match self.code.symbols.knowledge.name(node) {
                "LOCALHOST" => Text::known("127.0.0.1"),
                "UNSPECIFIED" => Text::known("0.0.0.0"),
                _ => Text::unknown(),
            },
            _ => Text::unknown(),
        }
    }

    fn formatted(&self, body: BodyId, args: &[ExprId], depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let Some((Expr::Str(template), rest)) =
            args.split_first().map(|(first, rest)| (rust.exprs.get(*first), rest))
        else {
            return Text::unknown();
        };
        let named = |name: &str| {
            rest.iter().find_map(|arg| match rust.exprs.get(*arg) {
                Expr::Assign(left, right) => match rust.exprs.get(left) {
                    Expr::Path(path) => {
                        let path = rust.exprs.path(path);
                        (path.segments.len() == 1 && rust.name(path.segments[0]) == name).then_some(right)
                    }
                    _ => None,
                },
                _ => None,
            })
        };
        let mut text = Text::default();
        let mut positional = 0;
        for piece in template_pieces(rust.name(template)) {
            let part = match piece {
                Piece::Text(literal) => Text::known(literal),
                Piece::Hole("") => {
                    let arg = rest.get(positional);
                    positional += 1;
                    arg.map_or_else(Text::unknown, |arg| self.eval(body, *arg, depth + 1))
                }
                Piece::Hole(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => number
                    .parse::<usize>()
                    .ok()
                    .and_then(|at| rest.get(at))
                    .map_or_else(Text::unknown, |arg| self.eval(body, *arg, depth + 1)),
                Piece::Hole(name) => match named(name) {
                    Some(value) => self.eval(body, value, depth + 1),
                    None => self.captured(body, name, depth),
                },
            };
            text = text.join(part);
        }
        text
    }

    /// `format!("{port}")`: a local variable, or a constant in scope.
    fn captured(&self, body: BodyId, name: &str, depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let flow = self.code.calls.flow(body);
        match flow.bindings.iter().rev().find(|binding| rust.name(binding.name) == name) {
            Some(binding) => self.bound(body, *binding, depth),
            None => {
                let module = self.code.symbols.body(body).module;
                self.constant(self.code.symbols.resolve(module, &[name], false), depth)
            }
        }
    }

    fn method_value(
        &self,
        body: BodyId,
        at: ExprId,
        receiver: ExprId,
        name: &str,
        args: &[ExprId],
        depth: usize,
    ) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let inner = || self.eval(body, receiver, depth + 1);
        // What a closure gives, or what is passed.
        let given = |arg: &ExprId| match rust.exprs.get(*arg) {
            Expr::Closure(closure) => self.eval(body, rust.exprs.closure(closure).body, depth + 1),
            _ => self.eval(body, *arg, depth + 1),
        };
        if let Res::Body(id) = self.code.calls.flow(body).resolved(at) {
            let is_ambiguous = self.code.calls.flow(body).is_ambiguous(at);
            return if is_ambiguous { Text::unknown() } else { self.returned(id, depth) };
        }
        match (name, args) {
            ("get_one" | "remove_one" | "get_raw" | "value_of", [id])
                if let Some(text) =
                    self.eval(body, *id, depth + 1).literal().and_then(|id| self.matched(&id, depth)) =>
            {
                text
            }
            ("unwrap_or" | "unwrap_or_else" | "or" | "or_else", [default]) => choose(inner(), given(default)),
            ("map_or" | "map_or_else", [default, then]) => {
                choose(self.mapped(body, receiver, *then, depth), given(default))
            }
            ("map" | "and_then", [then]) => self.mapped(body, receiver, *then, depth),
            _ => self.joined(body, receiver, name, args, depth),
        }
    }

    /// `x.map(f)`: what `f` gives, where it is a closure; conversions that are passed by name give what they take.
    fn mapped(&self, body: BodyId, receiver: ExprId, then: ExprId, depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        match rust.exprs.get(then) {
            Expr::Closure(closure) => self.eval(body, rust.exprs.closure(closure).body, depth + 1),
            Expr::Path(_) => match self.last_name(body, then) {
                "from" | "into" | "to_string" | "to_owned" | "parse" | "from_str" | "Some" | "Ok" | "new" => {
                    self.eval(body, receiver, depth + 1)
                }
                _ => Text::unknown(),
            },
            _ => Text::unknown(),
        }
    }

    fn joined(&self, body: BodyId, receiver: ExprId, name: &str, args: &[ExprId], depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let inner = || self.eval(body, receiver, depth + 1);
        match name {
            "join" => match rust.exprs.get(receiver) {
                Expr::Array(items) => {
                    let separator =
                        args.first().map_or_else(Text::unknown, |arg| self.eval(body, *arg, depth + 1));
                    let mut text = Text::default();
                    for (at, item) in rust.exprs.list(items).iter().enumerate() {
                        if at > 0 {
                            text = text.join(separator.clone());
                        }
                        text = text.join(self.eval(body, *item, depth + 1));
                    }
                    text
                }
                _ => Text::unknown(),
            },
            "concat" => match rust.exprs.get(receiver) {
                Expr::Array(items) => rust
                    .exprs
                    .list(items)
                    .iter()
                    .fold(Text::default(), |text, item| text.join(self.eval(body, *item, depth + 1))),
                _ => Text::unknown(),
            },
            "to_ascii_uppercase" | "to_uppercase" => inner().cased(str::to_ascii_uppercase),
            "to_ascii_lowercase" | "to_lowercase" => inner().cased(str::to_ascii_lowercase),
            name if SAME_TEXT.contains(&name) => inner(),
            _ => Text::unknown(),
        }
    }

    fn call_value(&self, body: BodyId, at: ExprId, callee: ExprId, args: &[ExprId], depth: usize) -> Text {
        let flow = self.code.calls.flow(body);
        let rust = self.code.symbols.rust_of(body);
        match flow.resolved(at) {
            Res::Known(node) => match self.code.symbols.means(node, Means::Env) {
                Some(item) => {
                    let name = args.get(item.arg.unwrap_or(0)).map(|arg| self.eval(body, *arg, depth + 1));
                    match name.and_then(|name| name.literal()) {
                        Some(name) => Text { parts: vec![Part::Env { name, default: None }] },
                        None => Text::unknown(),
                    }
                }
                None => Text::unknown(),
            },
            Res::Body(id) => self.returned(id, depth),
            // `String::from("x")`, `Some("x")`, `Cow::Borrowed("x")`, `LazyLock::new(|| "x")`.
            _ => match (args, self.last_name(body, callee)) {
                (
                    [only],
                    "from" | "new" | "Some" | "Ok" | "Borrowed" | "Owned" | "Box" | "from_str" | "to_string",
                ) => match rust.exprs.get(*only) {
                    Expr::Closure(closure) => self.eval(body, rust.exprs.closure(closure).body, depth + 1),
                    _ => self.eval(body, *only, depth + 1),
                },
                _ => Text::unknown(),
            },
        }
    }

    /// What a function of the tree gives back, with parameters followed to the caller. Where it gives several values,
    /// they must be one text.
    fn returned(&self, id: BodyId, depth: usize) -> Text {
        let mut texts: Vec<Text> = self.gives(id).iter().map(|at| self.eval(id, *at, depth + 1)).collect();
        let Some(last) = texts.pop() else { return Text::unknown() };
        // `if let Ok(port) = env::var("PORT") { return port }` before the default.
        texts.into_iter().rev().fold(last, |default, early| {
            if early.has_no_default() { choose(early, default) } else { same([early, default]) }
        })
    }

    fn last_name(&self, body: BodyId, callee: ExprId) -> &str {
        let rust = self.code.symbols.rust_of(body);
        match rust.exprs.get(callee) {
            Expr::Path(path) => rust.exprs.path(path).segments.last().map_or("", |name| rust.name(*name)),
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests;
