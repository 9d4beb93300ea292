//! Whether a value comes from outside, and whether a result may be an error for that reason.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::facts::rust::{Expr, ExprId, ItemKind, LoopKind, MethodCall, Pat, RustFacts, Type, TypeId};
use crate::knowledge::{Item, Means, Node};
use crate::model::body::{self, is_of_request};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::model::value::Values;
use crate::model::work::Work;
use crate::span::Range;

use super::takes_failure;

/// Definitions and calls beyond this are not followed.
const MAX_DEPTH: usize = 6;

/// Of a function with more callers than this it is not asked what they hand it.
const MAX_CALLERS: usize = 8;

/// Methods that give an error on.
const KEEPS_ERROR: &[&str] = &[
    "map",
    "map_err",
    "and_then",
    "ok",
    "as_ref",
    "as_mut",
    "as_deref",
    "context",
    "with_context",
    "cloned",
    "copied",
    "transpose",
    "flatten",
    "ok_or",
    "ok_or_else",
    "inspect_err",
    "inspect",
    "wrap_err",
    "wrap_err_with",
    "boxed",
    "change_context",
    "instrument",
    "in_current_span",
];

/// Methods that ask whether a value is there before it is taken.
const ASKS: &[&str] = &[
    "contains_key",
    "contains",
    "is_some",
    "is_none",
    "is_ok",
    "is_err",
    "is_some_and",
    "is_none_or",
    "is_ok_and",
    "is_empty",
    "len",
    "is_match",
    "starts_with",
    "ends_with",
    "all",
    "any",
    "validate",
];

/// What fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cause {
    /// The path of the call.
    pub(crate) path: String,
    /// Whether it is settled when the process starts: a variable of the environment.
    pub(crate) is_settled: bool,
}

impl Cause {
    fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), is_settled: false }
    }
}

pub(crate) struct Outside<'o, 'a> {
    pub(crate) values: &'o Values<'o, 'a>,
    pub(crate) work: &'o Work,
    /// What was found of functions; a function that is still being looked at passes nothing on.
    seen: RefCell<BTreeMap<BodyId, Option<Cause>>>,
}

impl<'o, 'a> Outside<'o, 'a> {
    pub(crate) fn new(values: &'o Values<'o, 'a>, work: &'o Work) -> Self {
        Self { values, work, seen: RefCell::default() }
    }

    /// What fails, when the value of an expression can be an error for a reason that lies outside.
    pub(crate) fn failure(&self, body: BodyId, at: ExprId) -> Option<Cause> {
        self.failure_within(body, at, 0)
    }

    fn failure_within(&self, body: BodyId, at: ExprId, depth: usize) -> Option<Cause> {
        if depth > MAX_DEPTH {
            return None;
        }
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        match exprs.get(at) {
            Expr::Await(inner) => {
                self.failure_within(body, inner, depth).or_else(|| self.awaited(body, inner))
            }
            Expr::Method(call) => self.method(body, at, exprs.method(call), depth),
            Expr::Call(_, args) => self.known(body, at, exprs.list(args)).or_else(|| {
                match self.values.code.calls.flow(body).resolved(at) {
                    Res::Body(id) => self.fails(id, depth + 1),
                    _ => None,
                }
            }),
            Expr::Path(_) => match self.values.code.calls.flow(body).binding(at)?.source {
                Source::Value(value) if value < at && !self.is_asked(body, at, at) => {
                    self.failure_within(body, value, depth + 1)
                }
                _ => None,
            },
            Expr::Block { stmts, has_tail: true } => {
                self.failure_within(body, *exprs.list(stmts).last()?, depth)
            }
            _ => None,
        }
    }

    fn method(&self, body: BodyId, at: ExprId, call: &MethodCall, depth: usize) -> Option<Cause> {
        let rust = self.values.code.symbols.rust_of(body);
        let name = rust.name(call.name);
        let args = rust.exprs.list(call.args);
        if let Some(cause) = self.known(body, at, args) {
            return Some(cause);
        }
        if KEEPS_ERROR.contains(&name) {
            return self.failure_within(body, call.receiver, depth);
        }
        if let Res::Body(id) = self.values.code.calls.flow(body).resolved(at) {
            return self.fails(id, depth + 1);
        }
        match (name, args) {
            ("parse", []) if !is_parsed_to_text(rust, call) => (self.is_outside(body, call.receiver, 0)
                && !self.is_asked(body, at, call.receiver))
            .then(|| Cause::of("str::parse")),
            ("get", [key]) if matches!(rust.exprs.get(*key), Expr::Str(_)) => {
                (self.is_map_of_input(body, call.receiver) && !self.is_asked(body, at, call.receiver))
                    .then(|| Cause::of("HashMap::get"))
            }
            _ => None,
        }
    }

    /// The known item that is called here, if it can fail for a reason outside.
    fn known(&self, body: BodyId, at: ExprId, args: &[ExprId]) -> Option<Cause> {
        let (node, item) = self.fallible(body, at)?;
        if item.means == Some(Means::Fallible)
            && let Some(position) = item.arg
        {
            let data = *args.get(position)?;
            if !self.is_outside(body, data, 0) || self.is_asked(body, at, data) {
                return None;
            }
        } else if item.means == Some(Means::Fallible)
            && (self.is_asked(body, at, at) || self.is_checked(body, at, node))
        {
            return None;
        }
        Some(Cause {
            path: self.values.code.symbols.knowledge.full_path(node),
            is_settled: item.means == Some(Means::Env),
        })
    }

    /// Whether the call takes a part of what a client wrote from a place where it may stand checked: `self.headers.get(…)`.
    fn is_checked(&self, body: BodyId, at: ExprId, node: Node) -> bool {
        let symbols = self.values.code.symbols;
        let exprs = &symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Method(call) if symbols.means(symbols.knowledge.parent(node), Means::Input).is_some() => {
                !self.is_outside(body, exprs.method(call).receiver, 0)
            }
            _ => false,
        }
    }

    fn fallible(&self, body: BodyId, at: ExprId) -> Option<(Node, &Item)> {
        let code = self.values.code;
        let node = code.calls.flow(body).site(at)?;
        let fails = [
            Means::Fallible,
            Means::Dependency,
            Means::HttpSend,
            Means::HttpRequest,
            Means::Timeout,
            Means::Env,
        ];
        let item = fails.into_iter().find_map(|means| code.symbols.means(node, means))?;
        Some((node, item))
    }

    /// What a chain that is waited for asks: `query!(…).bind(…).fetch_one(&pool).await`.
    fn awaited(&self, body: BodyId, at: ExprId) -> Option<Cause> {
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let mut at = at;
        loop {
            let node = code.calls.flow(body).site(at);
            let asks = [Means::Dependency, Means::Sql, Means::HttpSend, Means::HttpRequest];
            if let Some(node) =
                node.filter(|node| asks.iter().any(|means| code.symbols.means(*node, *means).is_some()))
            {
                return Some(Cause::of(code.symbols.knowledge.full_path(node)));
            }
            let Expr::Method(call) = exprs.get(at) else { return None };
            let call = exprs.method(call);
            // A client may go away before it has sent all of its body.
            if code.symbols.rust_of(body).name(call.name) == "collect"
                && is_of_request(code, body, call.receiver, body::MAX_DEPTH)
            {
                return Some(Cause::of("collect"));
            }
            at = call.receiver;
        }
    }

    /// Whether a function of the tree passes on an error that comes from outside.
    fn fails(&self, id: BodyId, depth: usize) -> Option<Cause> {
        if depth > MAX_DEPTH || self.values.code.symbols.body(id).kind != BodyKind::Fn {
            return None;
        }
        if let Some(seen) = self.seen.borrow().get(&id) {
            return seen.clone();
        }
        self.seen.borrow_mut().insert(id, None);
        let found = self.passes_on(id, depth);
        self.seen.borrow_mut().insert(id, found.clone());
        found
    }

    fn passes_on(&self, id: BodyId, depth: usize) -> Option<Cause> {
        let exprs = &self.values.code.symbols.rust_of(id).exprs;
        let roots = &self.values.code.symbols.body(id).roots;
        if let Some(cause) = roots.iter().find_map(|root| self.failure_within(id, *root, depth + 1)) {
            return Some(cause);
        }
        let mut open = roots.clone();
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Closure(_) | Expr::Async(_) => continue,
                Expr::Try(inner) => {
                    if let Some(cause) = self.failure_within(id, inner, depth + 1) {
                        return Some(cause);
                    }
                }
                _ => {}
            }
            open.extend(exprs.children(at));
        }
        None
    }

    /// What failed where a `panic!` stands in the branch that takes the failure.
    pub(super) fn failed_before(&self, body: BodyId, at: ExprId) -> Option<Cause> {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let mut inner = at;
        for ancestor in exprs.ancestors(at) {
            match exprs.get(ancestor) {
                Expr::Match { scrutinee, first_arm, arms } => {
                    let arm = exprs.arms(first_arm, arms).iter().find(|arm| arm.body == inner)?;
                    if !takes_failure(rust, exprs.pat(arm.pat)) {
                        return None;
                    }
                    return self.failure(body, scrutinee).or_else(|| self.of_error(body, scrutinee));
                }
                Expr::If { parts, .. } => {
                    let parts = exprs.list(parts);
                    let Expr::Let(let_) = exprs.get(parts[0]) else { return None };
                    let let_ = exprs.let_(let_);
                    let takes = takes_failure(rust, exprs.pat(let_.pat));
                    let is_then = parts[1] == inner;
                    return (takes == is_then).then(|| self.failure(body, let_.init?)).flatten();
                }
                Expr::Let(let_) if exprs.let_(let_).otherwise == Some(inner) => {
                    return self.failure(body, exprs.let_(let_).init?);
                }
                Expr::Method(call) if exprs.method(call).receiver != inner => {
                    let call = exprs.method(call);
                    let name = rust.name(call.name);
                    return (name == "unwrap_or_else").then(|| self.failure(body, call.receiver)).flatten();
                }
                Expr::Block { .. } | Expr::Closure(_) | Expr::Not(_) | Expr::Other(_) => {}
                _ => return None,
            }
            inner = ancestor;
        }
        None
    }

    /// What failed with the error that a name stands for: `Err(error) => match error { … }`.
    fn of_error(&self, body: BodyId, at: ExprId) -> Option<Cause> {
        let rust = self.values.code.symbols.rust_of(body);
        let Source::Part(value, pat) = self.values.code.calls.flow(body).binding(at)?.source else {
            return None;
        };
        let Pat::TupleStruct(path, _) = rust.exprs.pat(pat) else { return None };
        let last = rust.exprs.path(*path).segments.last()?;
        (rust.name(*last) == "Err").then(|| self.failure(body, value)).flatten()
    }

    /// Whether the value of an expression is what a client, a file or another program wrote.
    fn is_outside(&self, body: BodyId, at: ExprId, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let code = self.values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let next = |inner| self.is_outside(body, inner, depth);
        match exprs.get(at) {
            Expr::Try(inner)
            | Expr::Await(inner)
            | Expr::Field(inner, _)
            | Expr::Cast(inner, _)
            | Expr::Index(inner, _) => next(inner),
            Expr::Method(call) => {
                self.fallible(body, at).is_some_and(|(_, item)| item.arg.is_none())
                    || !matches!(code.calls.flow(body).resolved(at), Res::Body(_))
                        && next(exprs.method(call).receiver)
            }
            Expr::Call(..) => self
                .fallible(body, at)
                .is_some_and(|(_, item)| item.arg.is_none() || item.means == Some(Means::Env)),
            Expr::Path(_) => match code.calls.flow(body).binding(at).map(|binding| binding.source) {
                Some(Source::Value(value) | Source::Part(value, _)) if value < at => {
                    self.is_outside(body, value, depth + 1)
                }
                Some(Source::Param(param)) => self.is_param_outside(body, param, depth),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_param_outside(&self, body: BodyId, param: usize, depth: usize) -> bool {
        if self.work.is_entry(body) {
            return self.input_of(body, param).is_some();
        }
        let callers = self.values.callers_with_args(body);
        callers.len() <= MAX_CALLERS
            && callers.into_iter().any(|(caller, args)| {
                args.get(param).is_some_and(|arg| self.is_outside(caller, *arg, depth + 1))
            })
    }

    /// The extractor by which a parameter of a handler is handed what a client wrote; `None` inside for a plain text.
    fn input_of(&self, body: BodyId, param: usize) -> Option<(Option<Node>, &[TypeId])> {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let ItemKind::Fn(function) = &rust.item(symbols.body(body).item).kind else { return None };
        let Type::Path { path, args } = rust.exprs.ty(function.params.get(param)?.ty) else { return None };
        let path_ref = rust.exprs.path(*path);
        let names: Vec<&str> = path_ref.segments.iter().map(|name| rust.name(*name)).collect();
        match symbols.resolve_path(symbols.body(body).module, rust, *path, symbols.body(body).owner) {
            Res::Known(node) => symbols.means(node, Means::Input).map(|_| (Some(node), &**args)),
            Res::Unknown => matches!(names.as_slice(), ["String" | "str"]).then_some((None, &**args)),
            _ => None,
        }
    }

    /// `Query<HashMap<String, String>>`: the client says which keys there are. A path's own parameters are always there.
    fn is_map_of_input(&self, body: BodyId, at: ExprId) -> bool {
        let symbols = self.values.code.symbols;
        let rust = symbols.rust_of(body);
        let mut at = at;
        while let Expr::Field(inner, _) = rust.exprs.get(at) {
            at = inner;
        }
        let binding = self.values.code.calls.flow(body).binding(at);
        let Some(Source::Param(param)) = binding.map(|binding| binding.source) else { return false };
        let Some((Some(node), args)) = self.input_of(body, param).filter(|_| self.work.is_entry(body)) else {
            return false;
        };
        let is_map = args.first().is_some_and(|ty| match rust.exprs.ty(*ty) {
            Type::Path { path, .. } => {
                let last = rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
                matches!(last, "HashMap" | "BTreeMap")
            }
            _ => false,
        });
        is_map && symbols.knowledge.name(node) != "Path"
    }

    /// Whether the code asks, before `site`, about a name that the value at `at` is made of.
    fn is_asked(&self, body: BodyId, site: ExprId, at: ExprId) -> bool {
        let rust = self.values.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let names = self.names_in(body, at);
        if names.is_empty() {
            return false;
        }
        let before: Range = exprs.range(site);
        let mut open = self.values.code.symbols.body(body).roots.clone();
        while let Some(at) = open.pop() {
            if exprs.range(at).start > before.end {
                continue;
            }
            let asked = match exprs.get(at) {
                Expr::Method(call) if ASKS.contains(&rust.name(exprs.method(call).name)) => {
                    Some(at).filter(|_| at != site)
                }
                // `if let Ok(x) = value`, `match value { … }` take it apart.
                Expr::Match { scrutinee, .. } => Some(scrutinee),
                Expr::If { parts, .. } => exprs.list(parts).first().copied(),
                Expr::Loop { kind: LoopKind::While, head, .. } => head,
                Expr::Let(let_) if exprs.let_(let_).otherwise.is_some() => exprs.let_(let_).init,
                _ => None,
            };
            let is_before = |asked: ExprId| exprs.range(asked).end <= before.start;
            if asked.is_some_and(|asked| {
                is_before(asked) && self.names_in(body, asked).iter().any(|name| names.contains(name))
            }) {
                return true;
            }
            open.extend(exprs.children(at));
        }
        false
    }

    /// The local names that an expression uses.
    fn names_in(&self, body: BodyId, at: ExprId) -> Vec<(Source, crate::facts::rust::Sym)> {
        let exprs = &self.values.code.symbols.rust_of(body).exprs;
        let flow = self.values.code.calls.flow(body);
        let mut found = Vec::new();
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            found.extend(flow.binding(at).map(|binding| (binding.source, binding.name)));
            open.extend(exprs.children(at));
        }
        found
    }
}

/// `text.parse::<String>()`, whose error cannot be made (<https://doc.rust-lang.org/std/string/struct.String.html>).
fn is_parsed_to_text(rust: &RustFacts, call: &MethodCall) -> bool {
    let [only] = &*call.turbofish else { return false };
    let Type::Path { path, .. } = rust.exprs.ty(*only) else { return false };
    rust.exprs
        .path(*path)
        .segments
        .last()
        .is_some_and(|name| matches!(rust.name(*name), "String" | "PathBuf"))
}
