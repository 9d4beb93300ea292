//! The clients that a service makes of whatever it asks, pools among them, and whether they bound their waits.

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Source;
use crate::model::chain::{Chains, Link};
use crate::model::symbols::BodyId;
use crate::span::Span;

/// A time-out around a call is looked for through this many callers.
const MAX_CALLERS: usize = 4;

/// What makes clients for HTTP, and what sends a request without one.
pub(crate) const HTTP: &[Means] = &[Means::HttpClient, Means::HttpRequest];

/// A client, or a request that is sent without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Where it is made.
    pub(crate) span: Span,
    /// `reqwest::Client::new`.
    pub(crate) path: String,
    pub(crate) bound: Bound,
    /// Where the code gives it root certificates of its own.
    pub(crate) rooted: Option<Span>,
}

/// What bounds a client's waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The library, by this long.
    Default(String),
    /// A call on the builder, the client or each of its requests.
    Set(Span),
    /// A call that is made in some cases only.
    Sometimes(Span),
    /// Nothing that Forge can see.
    Nothing,
}

impl Client {
    /// The clients of some kinds.
    pub(crate) fn all(chains: &Chains<'_, '_>, kinds: &[Means]) -> Vec<Self> {
        let code = chains.code;
        let sends = Sends::of(chains);
        let mut found: Vec<Self> = Vec::new();
        for (body, site) in &chains.reach.sites {
            for item in code.symbols.items(site.node) {
                if !item.means.is_some_and(|own| kinds.contains(&own)) || !site.called {
                    continue;
                }
                let span = code.symbols.span(*body, site.at);
                if found.iter().any(|client| client.span == span) {
                    continue;
                }
                let bound = bound(chains, *body, site.at, item, &sends);
                if bound == Bound::Nothing
                    && !item.bounded_by.is_empty()
                    && is_configured(chains, *body, site.at)
                {
                    continue;
                }
                let path = code.symbols.knowledge.full_path(site.node);
                let rooted = rooted(chains, *body, site.at, item);
                found.push(Self { span, path, bound, rooted });
            }
        }
        found.sort_by_key(|client| client.span);
        found
    }
}

fn bound(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, item: &Item, sends: &Sends) -> Bound {
    let bounds = |link: &&Link<'_>| item.bounded_by.iter().any(|name| name == link.name);
    let after = chains.after(body, at);
    let before = chains.before(body, at);
    let set: Vec<&Link<'_>> = after.iter().chain(&before).filter(bounds).collect();
    if let Some(link) = always(chains, &set) {
        return Bound::Set(chains.code.symbols.span(link.body, link.at));
    }
    if let Some(timeout) = &item.default_timeout {
        return Bound::Default(timeout.clone());
    }
    if let Some(timeout) = enclosing_timeout(chains, body, at, MAX_CALLERS) {
        return Bound::Set(timeout);
    }
    let otherwise = match set.first() {
        Some(link) => Bound::Sometimes(chains.code.symbols.span(link.body, link.at)),
        None => Bound::Nothing,
    };
    match item.means {
        Some(Means::HttpRequest) => return otherwise,
        Some(Means::Pool) => return taken(chains, body, at).map_or(otherwise, Bound::Set),
        Some(Means::GrpcClient) => return chains.deadline().map_or(otherwise, Bound::Set),
        _ => {}
    }
    // Requests that this very client sends, else all requests of the service: a client that goes through fields and
    // parameters cannot be told from another.
    let own: Vec<Option<Span>> = after
        .iter()
        .filter(|link| chains.is_send(link.body, link.at))
        .map(|link| request_bound(chains, link.body, link.at))
        .collect();
    let requests = if own.is_empty() { &sends.bounds } else { &own };
    match requests.iter().copied().collect::<Option<Vec<Span>>>() {
        Some(all) if !all.is_empty() => Bound::Set(all[0]),
        _ => otherwise,
    }
}

fn rooted(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, item: &Item) -> Option<Span> {
    if item.rooted_by.is_empty() {
        return None;
    }
    let links = chains.after(body, at);
    let link = links.iter().find(|link| item.rooted_by.iter().any(|name| name == link.name))?;
    Some(chains.code.symbols.span(link.body, link.at))
}

/// The call that bounds the client in every case: one outside of all branches, or one of those that stand in each branch.
fn always<'l, 'a>(chains: &Chains<'_, 'a>, set: &[&'l Link<'a>]) -> Option<&'l Link<'a>> {
    let branches: Vec<Option<(ExprId, ExprId)>> =
        set.iter().map(|link| branch_of(chains, link.body, link.at)).collect();
    let is_always = |at: usize| {
        let Some((conditional, _)) = branches[at] else { return true };
        let exprs = &chains.code.symbols.rust_of(set[at].body).exprs;
        let all: Vec<ExprId> = match exprs.get(conditional) {
            Expr::If { parts, has_else: true } => exprs.list(parts)[1..].to_vec(),
            Expr::Match { first_arm, arms, .. } => {
                exprs.arms(first_arm, arms).iter().map(|arm| arm.body).collect()
            }
            _ => return false,
        };
        all.iter().all(|branch| {
            let is_set = |other: usize| {
                set[other].body == set[at].body && branches[other] == Some((conditional, *branch))
            };
            chains.code.always_leaves(set[at].body, *branch) || (0..set.len()).any(is_set)
        })
    };
    (0..set.len()).find(|at| is_always(*at)).map(|at| set[at])
}

/// The `if` or `match`, and the branch of it, in which a method is called on a value that was there before.
fn branch_of(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Option<(ExprId, ExprId)> {
    let exprs = &chains.code.symbols.rust_of(body).exprs;
    let mut base = at;
    loop {
        base = match exprs.get(base) {
            Expr::Method(call) => exprs.method(call).receiver,
            Expr::Await(inner) | Expr::Try(inner) => inner,
            _ => break,
        };
    }
    // A chain that begins in the branch is whole.
    let made =
        match (exprs.get(base), chains.code.calls.flow(body).binding(base).map(|binding| binding.source)) {
            (Expr::Path(_), Some(Source::Value(value) | Source::Part(value, _))) => Some(value),
            (Expr::Path(_), Some(Source::Param(_))) => None,
            _ => return None,
        };
    let mut below = at;
    for ancestor in exprs.ancestors(at) {
        let is_branch = match exprs.get(ancestor) {
            Expr::If { parts, .. } => exprs.list(parts)[1..].contains(&below),
            Expr::Match { scrutinee, .. } => scrutinee != below,
            _ => false,
        };
        let holds_value =
            made.is_some_and(|value| value == below || exprs.ancestors(value).any(|at| at == below));
        if is_branch && !holds_value {
            return Some((ancestor, below));
        }
        below = ancestor;
    }
    None
}

/// Whether a pool is made by a configuration that comes from elsewhere, or whose fields are set: what is in it cannot be
/// told.
fn is_configured(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let code = chains.code;
    let exprs = &code.symbols.rust_of(body).exprs;
    let flow = code.calls.flow(body);
    let is_pool = flow.site(at).is_some_and(|node| code.symbols.means(node, Means::Pool).is_some());
    let Expr::Method(call) = exprs.get(at) else { return false };
    let mut base = exprs.method(call).receiver;
    while let Expr::Method(call) = exprs.get(base) {
        base = exprs.method(call).receiver;
    }
    let Some(Source::Value(value)) = flow.binding(base).map(|binding| binding.source) else {
        return is_pool && !matches!(exprs.get(base), Expr::Call(..));
    };
    let sets_field = |used: ExprId| {
        exprs.parent(used).is_some_and(|field| {
            let set = exprs.parent(field).map(|parent| exprs.get(parent));
            matches!(exprs.get(field), Expr::Field(..))
                && matches!(set, Some(Expr::Assign(left, _)) if left == field)
        })
    };
    is_pool && (!matches!(exprs.get(value), Expr::Call(..)) || flow.uses_of_value(value).any(sets_field))
}

/// What bounds each wait for a connection of a pool: a time-out around each call that takes one of a pool of its crate.
fn taken(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Option<Span> {
    let symbols = chains.code.symbols;
    let krate = |node| symbols.knowledge.crate_of(node);
    let own = krate(chains.code.calls.flow(body).site(at)?);
    let takes =
        chains.reach.sites.iter().filter(|(_, site)| {
            krate(site.node) == own && symbols.means(site.node, Means::Dependency).is_some()
        });
    let bounds = takes.map(|(body, site)| enclosing_timeout(chains, *body, site.at, MAX_CALLERS));
    bounds.collect::<Option<Vec<Span>>>()?.first().copied()
}

/// Every request that the service sends, with what bounds it.
struct Sends {
    bounds: Vec<Option<Span>>,
}

impl Sends {
    fn of(chains: &Chains<'_, '_>) -> Self {
        let bounds = chains
            .reach
            .sites
            .iter()
            .filter(|(body, site)| chains.is_send(*body, site.at))
            .map(|(body, site)| request_bound(chains, *body, site.at))
            .collect();
        Self { bounds }
    }
}

impl Chains<'_, '_> {
    /// Where some gRPC request is given a deadline of its own: which client sends it cannot be told.
    fn deadline(&self) -> Option<Span> {
        let symbols = self.code.symbols;
        let sets = |node| symbols.means(node, Means::GrpcDeadline).is_some();
        let (body, site) = self.reach.sites.iter().find(|(_, site)| sets(site.node))?;
        Some(symbols.span(*body, site.at))
    }

    fn is_send(&self, body: BodyId, at: ExprId) -> bool {
        self.code
            .calls
            .flow(body)
            .site(at)
            .is_some_and(|node| self.code.symbols.means(node, Means::HttpSend).is_some())
    }
}

/// What bounds the request that is sent at `at`: `.timeout(…)` in its chain or in that of its argument, or a time-out around it.
fn request_bound(chains: &Chains<'_, '_>, body: BodyId, at: ExprId) -> Option<Span> {
    let named = |link: &Link<'_>| matches!(link.name, "timeout" | "timeout_mut");
    // `client.execute(request)`: what bounds it was said of the request.
    let requests = chains.code.symbols.rust_of(body).exprs.args(at).iter().copied();
    let own = std::iter::once(at).chain(requests).flat_map(|at| chains.before(body, at)).find(named);
    own.map(|link| chains.code.symbols.span(link.body, link.at))
        .or_else(|| enclosing_timeout(chains, body, at, MAX_CALLERS))
}

/// `tokio::time::timeout(limit, …)` around an expression, in its body or wherever its body is called.
pub(crate) fn enclosing_timeout(
    chains: &Chains<'_, '_>,
    body: BodyId,
    at: ExprId,
    callers: usize,
) -> Option<Span> {
    let (body, call) = timeout_around(chains, body, at, callers)?;
    Some(chains.code.symbols.span(body, call))
}

/// The call of that time-out.
pub(crate) fn timeout_around(
    chains: &Chains<'_, '_>,
    body: BodyId,
    at: ExprId,
    callers: usize,
) -> Option<(BodyId, ExprId)> {
    let within = |body: BodyId, at: ExprId| {
        let code = chains.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let mut places = vec![at];
        // `let request = client.get(…).send(); timeout(limit, request)`.
        places.extend(chains.tops(body, at).into_iter().map(|(_, top)| top));
        // `let request = async { client.get(…).send().await }; timeout(limit, request)`.
        let is_kept = |block: &ExprId| {
            matches!(exprs.get(*block), Expr::Async(_))
                && exprs.parent(*block).is_some_and(|parent| matches!(exprs.get(parent), Expr::Let(_)))
        };
        let kept = exprs.ancestors(at).find(is_kept);
        places.extend(kept.into_iter().flat_map(|block| code.calls.flow(body).uses_of_value(block)));
        places.into_iter().flat_map(|at| exprs.ancestors(at)).find(|ancestor| {
            matches!(exprs.get(*ancestor), Expr::Call(..) | Expr::Method(_))
                && code
                    .calls
                    .flow(body)
                    .site(*ancestor)
                    .is_some_and(|node| code.symbols.means(node, Means::Timeout).is_some())
        })
    };
    if let Some(found) = within(body, at) {
        return Some((body, found));
    }
    // A wrapper may be bounded by all that call it, or by all that call those.
    let mut bounds = chains.reach.bodies.get(&body).filter(|_| callers > 0)?.iter().map(|(caller, at)| {
        if *caller == body { None } else { timeout_around(chains, *caller, *at, callers - 1) }
    });
    let first = bounds.next()??;
    bounds.all(|bound| bound.is_some()).then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::engine::audit;
    use crate::finding::Verdict;
    use crate::source::Sources;

    /// What is said of the wait for a pool's connections.
    fn said(chain: &str) -> String {
        let main = format!(
            "use std::time::Duration;\nuse sqlx::postgres::PgPoolOptions;\n#[tokio::main]\nasync fn main() -> anyhow::Result<()> \
             {{\n    let pool = PgPoolOptions::new(){chain}.connect(\"postgres://db\").await?;\n    \
             let app = axum::Router::new().with_state(pool);\n    \
             Ok(axum::serve(tokio::net::TcpListener::bind(\"0.0.0.0:80\").await?, app).await?)\n}}\n"
        );
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        let report = audit(&Sources::from_texts([("Cargo.toml", manifest), ("src/main.rs", &*main)]));
        let judged = report.checks.iter().find(|judged| judged.rule.id == "pool-wait-bounded");
        match judged.map(|judged| &judged.verdict) {
            Some(Verdict::Pass(evidence)) => evidence[0].message.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_default_holds_only_where_nothing_is_set() {
        assert_eq!(said(""), "`sqlx::pool::PoolOptions::connect` waits 30 s at most");
        assert_eq!(
            said(
                ".acquire_timeout(Duration::from_secs(2)).after_connect(|c, _| Box::pin(async move { Ok(()) }))"
            ),
            "this bounds the wait"
        );
    }
}
