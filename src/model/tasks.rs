//! The tasks that a service starts once and lets run by themselves: loops without an end that nobody waits for.
//!
//! Such a task may end without a word, by an error that its loop passes on or by a panic; and it may never learn that the
//! process is told to stop. Both are said only where they are evident.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId, LoopKind, Pat};
use crate::knowledge::Means;
use crate::model::calls::{Source, Target};
use crate::model::panics::{Outside, Panic, Why};
use crate::model::reach::Code;
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::model::work::Phase;
use crate::span::Span;

/// How deep the loop of a task may lie in the functions that it awaits.
const MAX_DEPTH: usize = 4;

/// What a loop asks that may learn from it that it should end.
const LISTENS: &[&str] = &[
    "recv",
    "recv_many",
    "try_recv",
    "changed",
    "has_changed",
    "wait_for",
    "notified",
    "closed",
    "is_closed",
    "load",
    "is_set",
    "poll",
    "poll_next",
    "now_or_never",
    "upgrade",
    "is_terminated",
    "is_finished",
    "select_next_some",
];

/// Parts of names that speak of an end.
const ENDS: &[&str] = &[
    "shutdown",
    "shut_down",
    "cancel",
    "stop",
    "exit",
    "terminat",
    "quit",
    "running",
    "drain",
    "kill",
    "alive",
    "done",
    "closing",
    "abort",
    "signal",
];

/// A task with a loop without an end, whose handle is dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    /// The call that starts it.
    pub(crate) span: Span,
    /// `tokio::spawn`.
    pub(crate) path: String,
    /// The head of its loop.
    pub(crate) looped: Span,
    /// What ends the loop without a word, and where.
    pub(crate) dies: Option<(Span, String)>,
    /// What it asks of the world: a query, a request, a message.
    pub(crate) asks: Option<(Span, String)>,
    /// Whether something in it may tell it to end.
    pub(crate) may_listen: bool,
    /// Whether it works by the clock.
    pub(crate) by_clock: bool,
}

impl Task {
    pub(crate) fn all(outside: &Outside<'_, '_>, panics: &[Panic]) -> Vec<Self> {
        let code = outside.values.code;
        let mut found: Vec<Self> = Vec::new();
        for (body, site) in &outside.values.reach.sites {
            let detaches = site.called && code.symbols.means(site.node, Means::Detached).is_some();
            let is_once = outside.work.phase(code, *body, site.at) == Phase::Start;
            if !detaches || !is_once || !is_dropped(code, *body, site.at) {
                continue;
            }
            let exprs = &code.symbols.rust_of(*body).exprs;
            let args = exprs.args(site.at);
            let Some(place) = args.first().and_then(|task| find_loop(code, *body, *task, 0)) else {
                continue;
            };
            let inside = Inside::of(outside, &place, true);
            let direct = Inside::of(outside, &place, false);
            found.push(Self {
                span: code.symbols.span_of_head(*body, callee_or_self(code, *body, site.at)),
                path: code.symbols.knowledge.full_path(site.node),
                looped: code.symbols.span_of_head(place.body, place.at),
                dies: place
                    .is_unwatched
                    .then(|| direct.passed_on(outside))
                    .flatten()
                    .or_else(|| direct.panic(panics)),
                asks: inside.first_of(&[
                    Means::Dependency,
                    Means::HttpSend,
                    Means::HttpRequest,
                    Means::Sql,
                    Means::Consumer,
                ]),
                may_listen: place.is_raced || inside.may_listen(),
                by_clock: inside.first_of(&[Means::Pause]).is_some(),
            });
        }
        found.sort();
        found.dedup_by_key(|task| task.span);
        found
    }
}

/// The name that is called: the arguments of a `spawn` are the whole task.
fn callee_or_self(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> ExprId {
    match code.symbols.rust_of(body).exprs.get(at) {
        Expr::Call(callee, _) => callee,
        Expr::Method(call) => code.symbols.rust_of(body).exprs.method(call).receiver,
        _ => at,
    }
}

/// Whether nobody keeps what a call gives: a statement of its own, `let _ = …`, `let _task = …` that is not used again.
fn is_dropped(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    let Some(parent) = exprs.parent(at) else { return false };
    match exprs.get(parent) {
        Expr::Block { stmts, has_tail } => !has_tail || exprs.list(stmts).last() != Some(&at),
        Expr::Let(let_) => match exprs.pat(exprs.let_(let_).pat) {
            Pat::Wild => true,
            Pat::Name(_) => code.calls.flow(body).uses_of_value(at).next().is_none(),
            _ => false,
        },
        _ => false,
    }
}

/// Where the loop of a task stands.
#[derive(Clone, Copy)]
struct Place {
    body: BodyId,
    at: ExprId,
    /// Whether an error that the loop passes on is seen by nobody.
    is_unwatched: bool,
    /// Whether something else may end it: it is one branch of a `select!`, or is handed to what ends it.
    is_raced: bool,
}

/// The loop that a future runs to its end, if that is what it does.
fn find_loop(code: &Code<'_, '_>, body: BodyId, at: ExprId, depth: usize) -> Option<Place> {
    if depth > MAX_DEPTH {
        return None;
    }
    let rust = code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let next = |inner| find_loop(code, body, inner, depth);
    match exprs.get(at) {
        Expr::Async(inner) | Expr::Await(inner) | Expr::Try(inner) => next(inner),
        Expr::Block { stmts, .. } => exprs.list(stmts).iter().find_map(|statement| next(*statement)),
        Expr::Let(let_) => {
            let init = exprs.let_(let_).init?;
            matches!(exprs.get(init), Expr::Await(_)).then(|| next(init)).flatten().map(watched)
        }
        Expr::If { parts, .. } => exprs.list(parts).first().and_then(|head| next(*head)).map(watched),
        Expr::Match { scrutinee, .. } => next(scrutinee).map(watched),
        Expr::Loop { kind, head, .. } => {
            let takes_messages =
                kind == LoopKind::While && head.is_some_and(|head| holds(code, body, head, Means::Consumer));
            (code.is_endless(body, at) || takes_messages).then_some(Place {
                body,
                at,
                is_unwatched: true,
                is_raced: false,
            })
        }
        Expr::Macro(call) => {
            let arms = &exprs.macro_(call).arms;
            let found = arms.iter().filter_map(|arm| arm.future).find_map(next)?;
            Some(Place { is_raced: true, ..watched(found) })
        }
        Expr::Path(_) => match code.calls.flow(body).binding(at)?.source {
            Source::Value(value) if value < at => next(value),
            _ => None,
        },
        Expr::Call(..) | Expr::Method(_) => match code.calls.flow(body).resolved(at) {
            Res::Body(id) if code.symbols.body(id).kind == BodyKind::Fn => {
                let roots = &code.symbols.body(id).roots;
                roots.iter().find_map(|root| find_loop(code, id, *root, depth + 1))
            }
            // `worker().instrument(span)`, `token.run_until_cancelled(worker())`.
            _ => {
                let is_ended =
                    code.means(body, at, Means::ShutdownToken) || code.means(body, at, Means::Timeout);
                let inner = match exprs.get(at) {
                    Expr::Method(call) => {
                        let call = exprs.method(call);
                        next(call.receiver)
                            .or_else(|| exprs.list(call.args).iter().find_map(|arg| next(*arg)))
                    }
                    Expr::Call(_, args) => exprs.list(args).iter().find_map(|arg| next(*arg)),
                    _ => None,
                };
                // What an unknown function does with a future cannot be told.
                inner.map(|place| Place { is_raced: place.is_raced || is_ended, ..watched(place) })
            }
        },
        _ => None,
    }
}

fn watched(place: Place) -> Place {
    Place { is_unwatched: false, ..place }
}

fn holds(code: &Code<'_, '_>, body: BodyId, at: ExprId, means: Means) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    code.means(body, at, means) || exprs.children(at).into_iter().any(|child| holds(code, body, child, means))
}

/// Everything that a loop runs: its own expressions, and the functions that it calls.
struct Inside<'i, 'a> {
    code: &'i Code<'i, 'a>,
    place: (BodyId, ExprId),
    own: Vec<ExprId>,
    called: BTreeSet<BodyId>,
    is_left: bool,
}

impl<'i, 'a> Inside<'i, 'a> {
    /// With or without what it spawns, whose panics are not its own.
    fn of(outside: &Outside<'i, 'a>, place: &Place, with_spawned: bool) -> Self {
        let code = outside.values.code;
        let exprs = &code.symbols.rust_of(place.body).exprs;
        let apart = [Means::Spawn, Means::BlockingAside, Means::CatchUnwind];
        let mut own = vec![place.at];
        let mut at = 0;
        while at < own.len() {
            let children = exprs.children(own[at]);
            if with_spawned || !apart.iter().any(|means| code.means(place.body, own[at], *means)) {
                own.extend(children);
            }
            at += 1;
        }
        own.sort_unstable();
        let mut called = BTreeSet::new();
        let mut open: Vec<BodyId> = Vec::new();
        let target = |to| match to {
            Target::Body(id) if code.symbols.body(id).kind != BodyKind::Value => Some(id),
            _ => None,
        };
        let edges = code.calls.flow(place.body).edges.iter();
        open.extend(
            edges.filter(|edge| own.binary_search(&edge.at).is_ok()).filter_map(|edge| target(edge.to)),
        );
        while let Some(id) = open.pop() {
            if called.insert(id) {
                open.extend(code.calls.flow(id).edges.iter().filter_map(|edge| target(edge.to)));
            }
        }
        let is_left = code.is_left(place.body, place.at);
        Self { code, place: (place.body, place.at), own, called, is_left }
    }

    fn first_of(&self, means: &[Means]) -> Option<(Span, String)> {
        let symbols = self.code.symbols;
        let own = self.code.calls.flow(self.place.0).sites.iter();
        let own =
            own.filter(|site| self.own.binary_search(&site.at).is_ok()).map(|site| (self.place.0, site));
        let called = self
            .called
            .iter()
            .flat_map(|id| self.code.calls.flow(*id).sites.iter().map(move |site| (*id, site)));
        let mut sites = own.chain(called).filter(|(_, site)| site.called);
        let (body, site) =
            sites.find(|(_, site)| means.iter().any(|means| symbols.means(site.node, *means).is_some()))?;
        Some((symbols.span(body, site.at), symbols.knowledge.full_path(site.node)))
    }

    /// The first `?` of the loop that gives an error from outside to nobody.
    fn passed_on(&self, outside: &Outside<'_, '_>) -> Option<(Span, String)> {
        let (body, looped) = self.place;
        let exprs = &self.code.symbols.rust_of(body).exprs;
        let is_own = |at: ExprId| {
            let between = exprs.ancestors(at).take_while(|ancestor| *ancestor != looped);
            !between
                .into_iter()
                .any(|ancestor| matches!(exprs.get(ancestor), Expr::Closure(_) | Expr::Async(_)))
        };
        self.own.iter().find_map(|at| match exprs.get(*at) {
            Expr::Try(inner) if is_own(*at) => {
                let cause = outside.failure(body, inner).filter(|cause| !cause.is_settled)?;
                Some((self.code.symbols.span(body, *at), cause.path))
            }
            _ => None,
        })
    }

    /// The first panic of the loop that comes from outside.
    fn panic(&self, panics: &[Panic]) -> Option<(Span, String)> {
        let is_inside = |panic: &&Panic| {
            panic.body == self.place.0 && self.own.binary_search(&panic.at).is_ok()
                || self.called.contains(&panic.body) && panic.phase == Phase::Start
        };
        panics.iter().filter(is_inside).find_map(|panic| match &panic.why {
            Why::Fails(cause) => (!cause.is_settled).then(|| (panic.span, cause.path.clone())),
            Why::Unfinished | Why::Always => Some((panic.span, panic.how.clone())),
        })
    }

    fn may_listen(&self) -> bool {
        self.is_left
            || self.first_of(&[Means::ShutdownToken, Means::Signal, Means::Exit]).is_some()
            || self.own.iter().any(|at| self.listens(self.place.0, *at))
            || self.called.iter().any(|id| {
                let roots = &self.code.symbols.body(*id).roots;
                roots.iter().any(|root| self.listens_below(*id, *root))
            })
    }

    fn listens_below(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.code.symbols.rust_of(body).exprs;
        self.listens(body, at) || exprs.children(at).into_iter().any(|child| self.listens_below(body, child))
    }

    fn listens(&self, body: BodyId, at: ExprId) -> bool {
        let rust = self.code.symbols.rust_of(body);
        let speaks = |name: &str| {
            let name = name.to_ascii_lowercase();
            ENDS.iter().any(|word| name.contains(word))
        };
        match rust.exprs.get(at) {
            Expr::Method(call) => {
                let name = rust.name(rust.exprs.method(call).name);
                LISTENS.contains(&name) || speaks(name)
            }
            Expr::Field(_, name) => speaks(rust.name(name)),
            Expr::Path(path) => rust.exprs.path(path).segments.iter().any(|name| speaks(rust.name(*name))),
            Expr::Macro(call) => rust.exprs.macro_(call).arms.len() > 1,
            _ => false,
        }
    }
}
