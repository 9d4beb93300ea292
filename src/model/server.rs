//! The servers that a service starts, and what becomes of requests in flight when it is told to stop.

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Drain, Item, Means, Node, Signal};
use crate::model::ServiceKind;
use crate::model::calls::Target;
use crate::model::chain::{Chains, Link};
use crate::model::symbols::{BodyId, BodyKind, Res};
use crate::model::workspace::PackageId;
use crate::span::Span;

mod drain;
mod handle;
mod held;
mod made;
mod patience;
mod wrapper;

use handle::Drains;
pub(crate) use held::Held;
pub(crate) use made::Made;
use made::Origins;
pub(crate) use patience::Patience;
pub(crate) use wrapper::Wrapper;

/// A body, and an expression of it.
pub(crate) type Place = (BodyId, ExprId);

/// A server, consumer or scheduler that a service starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// The call that starts it.
    pub(crate) span: Span,
    /// The same call, unless an attribute starts it, or it is a loop.
    pub(crate) place: Option<Place>,
    pub(crate) framework: String,
    pub(crate) kind: ServiceKind,
    pub(crate) stop: Stop,
    /// Whether it waits for what is in flight only so long.
    pub(crate) limit: Limit,
    /// How long, where that is written or the framework says it.
    pub(crate) patience: Option<Patience>,
    /// Whether it is handed connections instead of an address.
    pub(crate) takes_stream: bool,
    /// Whether it is started in the binary's own package.
    pub(crate) is_own: bool,
    /// The crate of which nothing is known and that says when it drains.
    pub(crate) told_by: Option<String>,
    pub(crate) audience: Audience,
}

/// For whom a server answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audience {
    Users,
    /// Those who run the service alone: probes, metrics.
    Operators,
    #[default]
    Unknown,
}

impl Audience {
    /// For whom some servers answer.
    pub(crate) fn of_all<'s>(servers: impl Iterator<Item = &'s Server>) -> Self {
        let audiences: Vec<Self> = servers.map(|server| server.audience).collect();
        if audiences.contains(&Self::Users) {
            Self::Users
        } else if !audiences.is_empty() && audiences.iter().all(|audience| *audience == Self::Operators) {
            Self::Operators
        } else {
            Self::Unknown
        }
    }
}

/// What a server does when the process is told to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The framework handles SIGTERM and drains.
    ByDefault,
    /// It is told to drain, here.
    Drains(Span),
    /// The framework handles SIGTERM, and what is written here leaves it no time to drain.
    AtOnce(Span),
    /// The default is switched off, here.
    SwitchedOff(Span),
    /// The future that should start the shutdown never completes.
    Never(Span),
    /// It is dropped when another branch of this `select!` completes.
    Dropped(Span),
    /// Nothing tells it to stop.
    Nothing,
    /// Code that Forge cannot follow may drain it.
    Unclear(String),
}

/// How long a server that drains waits for what is in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Something here ends the wait.
    Set(Span),
    /// As long as it takes.
    Nothing,
    /// It does not drain, or the framework has a limit of its own.
    NotAsked,
    /// Code that Forge cannot follow may end the wait.
    Unclear(String),
}

impl Server {
    /// The servers among the sites of a service, and what each is made of.
    pub(crate) fn all(chains: &Chains<'_, '_>, own: PackageId, handles_signals: bool) -> (Vec<Self>, Made) {
        let symbols = chains.code.symbols;
        let starts = starts(chains);
        let made = match starts.as_slice() {
            [_, _, ..] => starts
                .iter()
                .map(|start| {
                    ((start.body, start.at), Origins::of_server(chains, start.body, start.at, start.item))
                })
                .collect(),
            _ => Made::new(),
        };
        let drains = Drains::all(chains, &made);
        let mut found: Vec<Self> = starts
            .into_iter()
            .map(|start| {
                let Start { body, at, item, kind, node, span } = start;
                let framework = item.framework.as_deref();
                let framework = framework.unwrap_or_else(|| symbols.knowledge.crate_of(node)).to_owned();
                let drained = drains.of((body, at), &framework, &made);
                let stop = stop(chains, body, at, item, drained, handles_signals);
                let package = symbols.workspace.krate(symbols.crate_of(body)).package;
                let takes_stream = symbols.knowledge.name(node).contains("incoming");
                let limit = drain::limit(chains, body, at, item, &stop);
                let patience = patience::patience(chains, body, at, item, (&stop, &limit));
                let (place, is_own) = (Some((body, at)), package == own);
                Self {
                    span,
                    place,
                    framework,
                    kind,
                    stop,
                    limit,
                    patience,
                    takes_stream,
                    is_own,
                    told_by: wrapper::told_by(chains, body, at, item),
                    audience: Audience::Unknown,
                }
            })
            .collect();
        found.sort_by_key(|server| server.span);
        (found, made)
    }
}

/// A call that starts a server.
struct Start<'a> {
    body: BodyId,
    at: ExprId,
    item: &'a Item,
    kind: ServiceKind,
    node: Node,
    span: Span,
}

fn starts<'a>(chains: &Chains<'_, 'a>) -> Vec<Start<'a>> {
    let symbols = chains.code.symbols;
    let mut found: Vec<Start<'a>> = Vec::new();
    for (body, site) in &chains.reach.sites {
        for item in symbols.items(site.node) {
            let kind = match item.means {
                Some(Means::Server) => item.kind.unwrap_or(ServiceKind::Http),
                Some(Means::Consumer) => ServiceKind::Worker,
                Some(Means::Scheduler) => ServiceKind::Scheduler,
                _ => continue,
            };
            if !site.called || (item.in_loop && !is_in_loop(chains, *body, site.at, 2)) {
                continue;
            }
            let span = symbols.span(*body, site.at);
            if !found.iter().any(|start| start.span == span) {
                found.push(Start { body: *body, at: site.at, item, kind, node: site.node, span });
            }
        }
    }
    found
}

fn stop(
    chains: &Chains<'_, '_>,
    body: BodyId,
    at: ExprId,
    item: &Item,
    drained: Option<Span>,
    handles_signals: bool,
) -> Stop {
    let span = |link: &Link<'_>| chains.code.symbols.method_span(link.body, link.at);
    let in_code = |(body, at): (BodyId, ExprId)| chains.code.symbols.span(body, at);
    let (before, after) = (chains.before(body, at), chains.after(body, at));
    let links = || before.iter().chain(&after);
    if let Some(link) = links().find(|link| item.drained_by.iter().any(|name| name == link.name)) {
        return match link.args.iter().find(|arg| never_completes(chains, link.body, **arg)) {
            Some(arg) => Stop::Never(chains.code.symbols.span(link.body, *arg)),
            None => Stop::Drains(span(link)),
        };
    }
    let switched_off = links().find(|link| item.undrained_by.iter().any(|name| name == link.name));
    if item.drain == Drain::Default && switched_off.is_none() {
        let is_zero = |link: &Link<'_>| {
            let rust = chains.code.symbols.rust_of(link.body);
            let is_zero =
                |arg: &ExprId| matches!(rust.exprs.get(*arg), Expr::Int(text) if rust.name(text) == "0");
            link.args.first().is_some_and(is_zero)
        };
        let hurried =
            links().find(|link| item.hurried_by.iter().any(|name| name == link.name) && is_zero(link));
        // Its own handler and the other branch hear the same signal, and the other branch does not drain.
        let raced = if drained.is_none() { racing_select(chains, body, at) } else { None };
        let raced = raced.filter(|select| hears_sigterm(chains, select.0, 1)).map(in_code);
        return match (hurried, raced) {
            (Some(link), _) => Stop::AtOnce(span(link)),
            (None, Some(select)) => Stop::Dropped(select),
            (None, None) => Stop::ByDefault,
        };
    }
    if let Some(drain) = drained.or_else(|| drain_by_name(chains, item)) {
        return Stop::Drains(drain);
    }
    if let Some(link) = switched_off {
        return Stop::SwitchedOff(span(link));
    }
    // Accept loops and consumers are written by hand: whether they finish their work after a signal is not written in
    // any one call.
    if item.in_loop || item.means != Some(Means::Server) {
        return if handles_signals {
            Stop::Unclear(
                "the loop is written by hand; whether it finishes its work after a signal cannot be told"
                    .into(),
            )
        } else {
            Stop::Nothing
        };
    }
    if let Some(select) = racing_select(chains, body, at) {
        return Stop::Dropped(in_code(select));
    }
    Stop::Nothing
}

/// A call of a method that makes this kind of connection drain, on a receiver that is not evident: within a macro, or on
/// a parameter whose type is a trait of the tree.
fn drain_by_name(chains: &Chains<'_, '_>, item: &Item) -> Option<Span> {
    if !item.in_loop || item.means != Some(Means::Server) || item.drained_by.is_empty() {
        return None;
    }
    let symbols = chains.code.symbols;
    chains.reach.bodies.keys().find_map(|body| {
        let rust = symbols.rust_of(*body);
        let edges = &chains.code.calls.flow(*body).edges;
        let drains = edges.iter().find(|edge| {
            matches!(edge.to, Target::Named(name) if item.drained_by.iter().any(|own| own == rust.name(name)))
                && chains.reach.runs(chains.code, *body, edge.at)
        })?;
        Some(symbols.span(*body, drains.at))
    })
}

/// Whether a future waits for nothing that can happen: `std::future::pending()`, alone or in an async block or a function
/// of the tree.
fn never_completes(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let code = chains.code;
    let is_pending = |body: BodyId, at: ExprId| {
        code.calls.flow(body).site(at).is_some_and(|node| code.symbols.means(node, Means::Pending).is_some())
    };
    let mut open = vec![(body, at)];
    let mut steps = 0;
    while let Some((body, at)) = open.pop() {
        steps += 1;
        if steps > 16 {
            return false;
        }
        let exprs = &code.symbols.rust_of(body).exprs;
        if is_pending(body, at) {
            return true;
        }
        match exprs.get(at) {
            Expr::Await(inner) | Expr::Async(inner) | Expr::Try(inner) => open.push((body, inner)),
            Expr::Block { stmts, .. } => match exprs.list(stmts) {
                [only] => open.push((body, *only)),
                _ => return false,
            },
            Expr::Closure(closure) => open.push((body, exprs.closure(closure).body)),
            Expr::Call(..) | Expr::Method(_) => match code.calls.flow(body).resolved(at) {
                Res::Body(id) if code.symbols.body(id).kind == BodyKind::Fn => {
                    open.extend(code.symbols.body(id).roots.iter().map(|root| (id, *root)));
                }
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The `select!` in which the server's future stands beside another one: whichever is first, the other is dropped.
fn racing_select(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Option<(BodyId, ExprId)> {
    let mut places = chains.tops(body, at);
    // A function that does nothing but serve may be raced by its caller.
    for (caller, at) in chains.reach.bodies.get(&body).into_iter().flatten() {
        places.push((*caller, *at));
        places.extend(joined(chains, *caller, *at).into_iter().map(|used| (*caller, used)));
    }
    places.into_iter().find_map(|(body, at)| {
        let exprs = &chains.code.symbols.rust_of(body).exprs;
        let select =
            std::iter::once(at).chain(exprs.ancestors(at)).find(|ancestor| match exprs.get(*ancestor) {
                Expr::Macro(call) => {
                    let arms = &exprs.macro_(call).arms;
                    arms.len() > 1
                        && arms.iter().any(|arm| {
                            arm.future.is_some_and(|future| {
                                future == at || exprs.ancestors(at).any(|ancestor| ancestor == future)
                            })
                        })
                        && arms.iter().any(|arm| {
                            arm.future.is_some_and(|future| waits_for_signal(chains, body, future))
                        })
                }
                _ => false,
            })?;
        Some((body, select))
    })
}

/// Whether a body, or one that it calls, waits for SIGTERM.
fn hears_sigterm(chains: &Chains<'_, '_>, body: BodyId, callees: usize) -> bool {
    let code = chains.code;
    let flow = code.calls.flow(body);
    let is_it = |item: &Item| item.signals.contains(&Signal::Sigterm);
    flow.sites.iter().any(|site| {
        [Means::Signal, Means::SignalName]
            .iter()
            .any(|it| code.symbols.means(site.node, *it).is_some_and(is_it))
    }) || callees > 0
        && flow
            .edges
            .iter()
            .any(|edge| matches!(edge.to, Target::Body(id) if hears_sigterm(chains, id, callees - 1)))
}

/// Where a future is used that holds the one at `at`, alone or joined with others, by the name that it is given. A task runs on
/// when its handle is dropped, and is none.
fn joined(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Vec<ExprId> {
    let code = chains.code;
    let exprs = &code.symbols.rust_of(body).exprs;
    let flow = code.calls.flow(body);
    let runs_on = |at: ExprId| {
        let means = |means| flow.site(at).is_some_and(|node| code.symbols.means(node, means).is_some());
        means(Means::Spawn) || means(Means::Detached)
    };
    let mut at = at;
    while let Some(parent) = exprs.parent(at) {
        match exprs.get(parent) {
            Expr::Call(..) | Expr::Method(_) | Expr::Macro(_) if !runs_on(parent) => at = parent,
            Expr::Let(_) => return flow.uses_of_value(at).collect(),
            _ => break,
        }
    }
    Vec::new()
}

/// Whether a future's own code, or a function of the tree that it calls, waits for a signal.
fn waits_for_signal(chains: &Chains<'_, '_>, body: BodyId, future: ExprId) -> bool {
    let code = chains.code;
    let is_signal = |body: BodyId, within: Option<ExprId>| {
        let exprs = &code.symbols.rust_of(body).exprs;
        code.calls.flow(body).sites.iter().any(|site| {
            [Means::Signal, Means::SignalHandler].iter().any(|m| code.symbols.means(site.node, *m).is_some())
                && within
                    .is_none_or(|outer| site.at == outer || exprs.ancestors(site.at).any(|at| at == outer))
        })
    };
    if is_signal(body, Some(future)) {
        return true;
    }
    let exprs = &code.symbols.rust_of(body).exprs;
    let mut values = vec![future];
    // `let shutdown = ctrl_c();` before the select.
    let mut open = vec![future];
    while let Some(at) = open.pop() {
        open.extend(exprs.children(at));
        if let Some(binding) = code.calls.flow(body).binding(at)
            && let crate::model::calls::Source::Value(value) = binding.source
        {
            values.push(value);
        }
    }
    values.iter().any(|value| {
        is_signal(body, Some(*value))
            || code.calls.flow(body).edges.iter().any(|edge| {
                let inside = edge.at == *value || exprs.ancestors(edge.at).any(|at| at == *value);
                matches!(edge.to, Target::Body(id) if inside && is_signal(id, None))
            })
    })
}

/// Whether an expression stands in a loop of its body, or in a body that a loop calls.
fn is_in_loop(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, callers: usize) -> bool {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    if exprs.ancestors(at).any(|ancestor| matches!(exprs.get(ancestor), Expr::Loop { .. })) {
        return true;
    }
    let calls = chains.reach.bodies.get(&body).into_iter().flatten();
    callers > 0 && calls.into_iter().any(|(caller, at)| is_in_loop(chains, *caller, *at, callers - 1))
}

#[cfg(test)]
mod tests;
