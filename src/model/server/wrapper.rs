//! What happens out of sight: servers that a crate starts, and drains that one decides on.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Item, Means};
use crate::model::calls::Source;
use crate::model::chain::Chains;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::BodyId;
use crate::span::Span;

/// Names of functions that start what they are given.
const STARTS: &[&str] =
    &["launch", "run", "run_app", "run_server", "serve", "serve_with", "start", "start_server"];

/// Values are followed through this many variables.
const MAX_DEPTH: usize = 8;

/// What a service's binary hands to a crate that starts a server out of sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrapper {
    pub(crate) span: Span,
    pub(crate) framework: String,
}

impl Wrapper {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach) -> Vec<Self> {
        let knowledge = code.symbols.knowledge;
        let mut found: Vec<Self> = reach
            .sites
            .iter()
            .filter_map(|(body, site)| {
                let item = code.symbols.means(site.node, Means::Wrapper)?;
                let framework =
                    item.framework.clone().unwrap_or_else(|| knowledge.crate_of(site.node).to_owned());
                Some(Self { span: code.symbols.span(*body, site.at), framework })
            })
            .collect();
        found.dedup_by_key(|wrapper| wrapper.span);
        found
    }

    /// Calls of functions of crates of which nothing is known but that they depend on a framework that serves, by names that
    /// start something: `launcher::launch(&settings, router)`.
    pub(crate) fn of_unknown(
        code: &Code<'_, '_>,
        reach: &Reach,
        serving: &BTreeSet<String>,
    ) -> Vec<(BodyId, ExprId, Self)> {
        let mut found = Vec::new();
        for body in reach.bodies.keys().filter(|_| !serving.is_empty()) {
            let symbols = code.symbols;
            let rust = symbols.rust_of(*body);
            let mut open = symbols.body(*body).roots.clone();
            while let Some(at) = open.pop() {
                open.extend(rust.exprs.children(at));
                let Expr::Call(callee, _) = rust.exprs.get(at) else { continue };
                let Expr::Path(path) = rust.exprs.get(callee) else { continue };
                // A variable of that name is called.
                if code.calls.flow(*body).binding(callee).is_some() {
                    continue;
                }
                let names: Vec<&str> =
                    rust.exprs.path(path).segments.iter().map(|it| rust.name(*it)).collect();
                if !names.last().is_some_and(|last| STARTS.contains(last)) {
                    continue;
                }
                let krate = symbols.unknown_crate(symbols.body(*body).module, &names);
                if let Some(framework) = krate.filter(|krate| serving.contains(krate)) {
                    let framework = framework.replace('_', "-");
                    found.push((*body, at, Self { span: symbols.span(*body, at), framework }));
                }
            }
        }
        found.sort_by_key(|(.., wrapper)| wrapper.span);
        found
    }
}

/// The crate of which nothing is known and that makes what a server's drain waits for: `graceful_shutdown_on(watcher.handle())`.
pub(super) fn told_by(chains: &Chains<'_, '_>, body: BodyId, at: ExprId, item: &Item) -> Option<String> {
    let links = chains.before(body, at).into_iter().chain(chains.after(body, at));
    let mut drains = links.filter(|link| item.drained_by.iter().any(|name| name == link.name));
    drains.find_map(|link| link.args.iter().find_map(|arg| maker(chains.code, link.body, *arg)))
}

/// The unknown crate whose function makes a value.
fn maker(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> Option<String> {
    let rust = code.symbols.rust_of(body);
    let flow = code.calls.flow(body);
    let (mut at, mut depth) = (at, 0);
    loop {
        at = match rust.exprs.get(at) {
            Expr::Method(call) => rust.exprs.method(call).receiver,
            Expr::Await(inner) | Expr::Try(inner) => inner,
            Expr::Call(callee, _) => {
                let Expr::Path(path) = rust.exprs.get(callee) else { return None };
                let names = rust.exprs.path(path).segments.iter().map(|it| rust.name(*it));
                return code
                    .symbols
                    .unknown_crate(code.symbols.body(body).module, &names.collect::<Vec<_>>());
            }
            _ => match flow.binding(at)?.source {
                Source::Value(value) | Source::Part(value, _) if depth < MAX_DEPTH => {
                    depth += 1;
                    value
                }
                _ => return None,
            },
        };
    }
}
