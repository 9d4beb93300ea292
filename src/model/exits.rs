//! Where a service ends its own process, and whether its release profile turns every panic into such an end.

use std::collections::BTreeSet;

use crate::facts::FileFacts;
use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::reach::{Code, Reach};
use crate::model::symbols::{BodyId, Symbols};
use crate::model::work::{Phase, Work};
use crate::model::workspace::Package;
use crate::span::Span;

/// How many callers up a signal is looked for.
const MAX_CALLERS: usize = 4;

/// A call that ends the process, and is no answer to a signal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exit {
    pub(crate) span: Span,
    /// `std::process::exit`.
    pub(crate) path: String,
    /// The function that it stands in.
    pub(crate) function: String,
    pub(crate) phase: Phase,
}

impl Exit {
    pub(crate) fn all(code: &Code<'_, '_>, reach: &Reach, work: &Work) -> Vec<Self> {
        let symbols = code.symbols;
        let mut found: Vec<Self> = Vec::new();
        for (body, site) in &reach.sites {
            let exits = site.called && symbols.means(site.node, Means::Exit).is_some();
            if !exits
                || runs_at_start(code, reach, work, *body)
                || answers_signal(code, reach, *body, &mut BTreeSet::new())
                || is_hook(code, *body, site.at)
            {
                continue;
            }
            found.push(Self {
                span: symbols.span(*body, site.at),
                path: symbols.knowledge.full_path(site.node),
                function: symbols.name(*body).to_owned(),
                phase: work.phase(code, *body, site.at),
            });
        }
        found.sort();
        found.dedup_by_key(|exit| exit.span);
        found
    }
}

/// Whether a body, or each that calls it, waits for a signal: a second ctrl-c may end the process at once.
fn answers_signal(code: &Code<'_, '_>, reach: &Reach, body: BodyId, seen: &mut BTreeSet<BodyId>) -> bool {
    let sites = &code.calls.flow(body).sites;
    if sites.iter().any(|site| code.symbols.means(site.node, Means::Signal).is_some()) {
        return true;
    }
    if !seen.insert(body) || seen.len() > MAX_CALLERS {
        return false;
    }
    let callers: BTreeSet<BodyId> =
        reach.bodies.get(&body).into_iter().flatten().map(|(caller, _)| *caller).collect();
    !callers.is_empty() && callers.into_iter().all(|caller| answers_signal(code, reach, caller, seen))
}

/// Whether the start of the process runs the same function: what it cannot bear is found out there.
fn runs_at_start(code: &Code<'_, '_>, reach: &Reach, work: &Work, body: BodyId) -> bool {
    // A handler that is named where it is registered is not called there; what is spawned is.
    let calls = |caller: BodyId, at: ExprId| {
        let exprs = &code.symbols.rust_of(caller).exprs;
        let spawns =
            |at| code.means(caller, at, Means::Spawn) || code.means(caller, at, Means::BlockingAside);
        matches!(exprs.get(at), Expr::Call(..) | Expr::Method(_)) || exprs.parent(at).is_some_and(spawns)
    };
    let mut callers = reach.bodies.get(&body).into_iter().flatten();
    work.phase(code, body, code.symbols.body(body).roots[0]) != Phase::Start
        && callers.any(|(caller, at)| calls(*caller, *at) && work.phase(code, *caller, *at) == Phase::Start)
}

/// Whether it stands in what is handed to `std::panic::set_hook`.
fn is_hook(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = code.symbols.rust_of(body);
    rust.exprs.ancestors(at).any(|ancestor| match rust.exprs.get(ancestor) {
        Expr::Call(callee, _) => match rust.exprs.get(callee) {
            Expr::Path(path) => {
                let last = rust.exprs.path(path).segments.last();
                last.is_some_and(|name| rust.name(*name) == "set_hook")
            }
            _ => false,
        },
        _ => false,
    })
}

/// Where the release profile of a package says `panic = "abort"`: profiles are those of the workspace's root.
pub(crate) fn aborts(symbols: &Symbols<'_>, package: &Package) -> Option<Span> {
    let file = package.workspace.unwrap_or(package.manifest);
    let FileFacts::Manifest(manifest) = symbols.facts.get(file) else { return None };
    let panic = manifest.release_panic.as_ref()?;
    (panic.value == "abort").then(|| panic.span(file))
}
