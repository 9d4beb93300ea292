//! What a value is, as far as it is written down: literals, constants, formatted strings, variables of the environment
//! with their defaults, and parameters followed to their callers.

mod clap;
mod template;

use crate::facts::rust::{Expr, ExprId, Fn};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, BodyKind, Res, Ty};
use crate::span::Span;

use clap::find_field;
pub(crate) use clap::{clap_field, is_optional};
use template::{Piece, split, template_pieces};

/// A chain of definitions longer than this is not followed.
const MAX_DEPTH: usize = 12;

/// A text in parts, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) parts: Vec<Part>,
}

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Known(String),
    /// What the environment says when the program runs.
    Env {
        name: String,
        default: Option<Box<Text>>,
    },
    Unknown,
}

impl Text {
    pub(crate) fn known(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Known(text.into())] }
    }

    pub(crate) fn unknown() -> Self {
        Self { parts: vec![Part::Unknown] }
    }

    /// A variable of the environment, with what holds without it.
    pub(crate) fn env(name: String, default: Self) -> Self {
        Self { parts: vec![Part::Env { name, default: Some(Box::new(default)) }] }
    }

    /// The text, where all of it is written down.
    pub(crate) fn literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The text with `provided` for each variable, and the default where it provides none.
    pub(crate) fn with_env(&self, provided: &dyn core::ops::Fn(&str) -> Option<String>) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Known(text) => Some(text.clone()),
                Part::Env { name, default } => {
                    provided(name).or_else(|| default.as_ref()?.with_env(provided))
                }
                Part::Unknown => None,
            })
            .collect()
    }

    /// The variables that it is made of.
    pub(crate) fn variables(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for part in &self.parts {
            if let Part::Env { name, default } = part {
                found.push(name.as_str());
                found.extend(default.iter().flat_map(|default| default.variables()));
            }
        }
        found
    }

    fn join(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }
}

/// Evaluates expressions of a binary.
pub(crate) struct Values<'v, 'a> {
    pub(crate) code: &'v Code<'v, 'a>,
    pub(crate) reach: &'v Reach,
}

impl Values<'_, '_> {
    /// The text that an expression yields.
    pub(crate) fn text(&self, body: BodyId, at: ExprId) -> Text {
        self.eval(body, at, 0)
    }

    /// The address and the port that an expression yields: a string, a tuple, or a `SocketAddr`.
    pub(crate) fn address(&self, body: BodyId, at: ExprId) -> (Text, Text) {
        self.socket(body, at, 0)
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
        if depth > MAX_DEPTH {
            return Text::unknown();
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let next = |inner| self.eval(body, inner, depth + 1);
        match exprs.get(at) {
            Expr::Str(text) | Expr::Int(text) => Text::known(rust.name(text)),
            Expr::Bool(value) => Text::known(value.to_string()),
            Expr::Await(inner) | Expr::Try(inner) | Expr::Cast(inner, _) | Expr::Async(inner) => next(inner),
            Expr::Path(_) => match flow.binding(at) {
                Some(binding) => self.bound(body, binding.source, depth),
                None => self.constant(flow.resolved(at), depth),
            },
            Expr::Block { stmts, has_tail: true } => {
                exprs.list(stmts).last().map_or_else(Text::unknown, |tail| next(*tail))
            }
            Expr::Field(base, name) => self.field(flow.ty(base), rust.name(name)),
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
            Expr::Match { scrutinee, .. } => match self.eval(body, scrutinee, depth + 1) {
                // `match env::var("X") { Ok(x) => x, Err(_) => … }`: the variable is what matters.
                text if matches!(text.parts.as_slice(), [Part::Env { .. }]) => text,
                _ => Text::unknown(),
            },
            _ => Text::unknown(),
        }
    }

    fn bound(&self, body: BodyId, source: Source, depth: usize) -> Text {
        match source {
            Source::Value(value) => self.eval(body, value, depth + 1),
            Source::Param(param) => {
                self.argument(body, param, depth, |caller, arg| self.eval(caller, arg, depth + 1))
            }
            Source::Part(value, _) => match self.eval(body, value, depth + 1) {
                text if matches!(text.parts.as_slice(), [Part::Env { .. }]) => text,
                _ => Text::unknown(),
            },
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
            Some(binding) => self.bound(body, binding.source, depth),
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
        match name {
            "unwrap_or" | "unwrap_or_else" | "map_or" | "or" | "or_else" => {
                let default = args.first().map(|arg| match rust.exprs.get(*arg) {
                    Expr::Closure(closure) => self.eval(body, rust.exprs.closure(closure).body, depth + 1),
                    _ => self.eval(body, *arg, depth + 1),
                });
                let mut text = inner();
                if let [Part::Env { default: slot, .. }] = text.parts.as_mut_slice()
                    && slot.is_none()
                {
                    *slot = default.map(Box::new);
                }
                text
            }
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
            _ => match self.code.calls.flow(body).resolved(at) {
                Res::Body(id) => self.returned(id, depth),
                _ => inner(),
            },
        }
    }

    fn call_value(&self, body: BodyId, at: ExprId, callee: ExprId, args: &[ExprId], depth: usize) -> Text {
        let flow = self.code.calls.flow(body);
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
            // `String::from("x")`, `Some("x")`, `Cow::Borrowed("x")`.
            _ => match (args, self.last_name(body, callee)) {
                ([only], "from" | "new" | "Some" | "Ok" | "Borrowed" | "Box") => {
                    self.eval(body, *only, depth + 1)
                }
                _ => Text::unknown(),
            },
        }
    }

    /// What a function of the tree gives back: its last expression, with parameters followed to the caller.
    fn returned(&self, id: BodyId, depth: usize) -> Text {
        match self.code.symbols.body(id).roots.as_slice() {
            [root] => self.eval(id, *root, depth + 1),
            _ => Text::unknown(),
        }
    }

    fn last_name(&self, body: BodyId, callee: ExprId) -> &str {
        let rust = self.code.symbols.rust_of(body);
        match rust.exprs.get(callee) {
            Expr::Path(path) => rust.exprs.path(path).segments.last().map_or("", |name| rust.name(*name)),
            _ => "",
        }
    }

    /// A field of a configuration struct: what clap says of its variable and its default.
    fn field(&self, of: Ty, name: &str) -> Text {
        let Ty::Local(id) = of else { return Text::unknown() };
        let Some((rust, field)) = find_field(self.code, id, name) else { return Text::unknown() };
        let clap = clap_field(rust, field);
        let default = clap.default.map(|text| Box::new(Text::known(text)));
        match (clap.env, default) {
            (Some(name), default) => Text { parts: vec![Part::Env { name, default }] },
            // An argument of the command line: its default holds unless the container says otherwise.
            (None, Some(default)) => *default,
            (None, None) => Text::unknown(),
        }
    }

    fn socket(&self, body: BodyId, at: ExprId, depth: usize) -> (Text, Text) {
        let unknown = || (Text::unknown(), Text::unknown());
        if depth > MAX_DEPTH {
            return unknown();
        }
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        match exprs.get(at) {
            Expr::Await(inner) | Expr::Try(inner) => self.socket(body, inner, depth + 1),
            Expr::Tuple(parts) => match exprs.list(parts) {
                [host, port] => (self.ip(body, *host, depth + 1), self.eval(body, *port, depth + 1)),
                _ => unknown(),
            },
            Expr::Call(callee, args) => {
                let args = exprs.list(args);
                match (args, self.last_name(body, callee)) {
                    ([host, port], "new") => {
                        (self.ip(body, *host, depth + 1), self.eval(body, *port, depth + 1))
                    }
                    ([only], "from" | "V4" | "V6" | "Some" | "Ok") => self.socket(body, *only, depth + 1),
                    _ => match flow.resolved(at) {
                        Res::Body(id) if self.code.symbols.body(id).roots.len() == 1 => {
                            self.socket(id, self.code.symbols.body(id).roots[0], depth + 1)
                        }
                        _ => split(&self.eval(body, at, depth + 1)),
                    },
                }
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                match (rust.name(call.name), flow.resolved(at)) {
                    (_, Res::Body(id)) if self.code.symbols.body(id).roots.len() == 1 => {
                        self.socket(id, self.code.symbols.body(id).roots[0], depth + 1)
                    }
                    ("unwrap_or" | "unwrap_or_else" | "join" | "concat", _) => {
                        split(&self.eval(body, at, depth + 1))
                    }
                    _ => self.socket(body, call.receiver, depth + 1),
                }
            }
            Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) => self.socket(body, value, depth + 1),
                Some(Source::Param(param)) => match self.callers_with_args(body).as_slice() {
                    [(caller, args)] => {
                        args.get(param).map_or_else(unknown, |arg| self.socket(*caller, *arg, depth + 1))
                    }
                    _ => unknown(),
                },
                Some(_) => unknown(),
                None => match flow.resolved(at) {
                    Res::Body(id) if self.code.symbols.body(id).kind == BodyKind::Value => {
                        self.socket(id, self.code.symbols.body(id).roots[0], depth + 1)
                    }
                    _ => split(&self.eval(body, at, depth + 1)),
                },
            },
            Expr::Block { stmts, has_tail: true } => {
                exprs.list(stmts).last().map_or_else(unknown, |tail| self.socket(body, *tail, depth + 1))
            }
            _ => split(&self.eval(body, at, depth + 1)),
        }
    }

    /// `[127, 0, 0, 1]`, `Ipv4Addr::new(0, 0, 0, 0)`, `IpAddr::V4(…)`, `Ipv4Addr::LOCALHOST`, or a string.
    fn ip(&self, body: BodyId, at: ExprId, depth: usize) -> Text {
        let rust = self.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let digits = |parts: &[ExprId]| {
            let parts: Option<Vec<String>> =
                parts.iter().map(|part| self.eval(body, *part, depth + 1).literal()).collect();
            match parts {
                Some(parts) if parts.len() == 4 => Text::known(parts.join(".")),
                Some(parts) if parts.len() == 8 && parts.iter().all(|part| part == "0") => Text::known("::"),
                _ => Text::unknown(),
            }
        };
        match exprs.get(at) {
            Expr::Array(parts) => digits(exprs.list(parts)),
            Expr::Call(_, args) if args.len == 4 || args.len == 8 => digits(exprs.list(args)),
            Expr::Call(_, args) if args.len == 1 => self.ip(body, exprs.list(args)[0], depth + 1),
            Expr::Path(path) if exprs.path(path).segments.len() > 1 => {
                match exprs.path(path).segments.last().map(|name| rust.name(*name)) {
                    Some("LOCALHOST") => Text::known("127.0.0.1"),
                    Some("UNSPECIFIED") => Text::known("0.0.0.0"),
                    _ => self.eval(body, at, depth + 1),
                }
            }
            _ => self.eval(body, at, depth + 1),
        }
    }
}
