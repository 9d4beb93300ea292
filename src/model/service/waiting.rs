//! Workers written by hand: a loop that works, waits and works again, with no framework to name it.
//!
//! Command-line programs poll in loops as well. Such a loop makes a service only when it has no end, and together with
//! something that no such program has: the code handles SIGTERM, or an image starts the binary (`model::link`) and the
//! loop is what `main` itself runs, not a task beside it. With SIGTERM, a loop that selects from several events counts as one
//! that waits.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::{Means, Signal};
use crate::model::ServiceKind;
use crate::model::reach::{Code, Reach};
use crate::model::server::{Audience, Limit, Server, Stop};
use crate::model::symbols::BodyId;

use super::{Needs, SignalUse};

/// The loops of a binary that wait.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) loops: Vec<(BodyId, ExprId)>,
    /// Whether `main` itself runs one of them.
    is_main: bool,
    /// Whether they wait for events alone, as programs for the desktop do as well.
    selects: bool,
}

impl Waiting {
    pub(super) fn of(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId]) -> Self {
        let mut found = Self::default();
        for (body, site) in &reach.sites {
            if !site.called || code.symbols.means(site.node, Means::Pause).is_none() {
                continue;
            }
            let exprs = &code.symbols.rust_of(*body).exprs;
            let outermost = exprs.ancestors(site.at).filter(|at| code.is_endless(*body, *at)).last();
            let Some(outermost) = outermost else { continue };
            if code.is_left(*body, outermost) || found.loops.contains(&(*body, outermost)) {
                continue;
            }
            found.loops.push((*body, outermost));
        }
        if found.loops.is_empty() {
            found.loops.extend(selecting(code, reach));
            found.selects = !found.loops.is_empty();
        }
        let (main, beside): (Vec<_>, Vec<_>) =
            found.loops.into_iter().partition(|(body, at)| is_run_by(code, reach, roots, *body, *at));
        let is_main = !main.is_empty();
        // What `main` runs is the work; tasks beside it are housekeeping.
        Self { loops: if is_main { main } else { beside }, is_main, selects: found.selects }
    }

    /// A subcommand that waits for events is mostly a tool.
    pub(super) fn unless_tool(&self, reach: Reach) -> Option<Reach> {
        (!(self.selects && reach.has_branches_aside())).then_some(reach)
    }

    /// Whether the loops make a service: by themselves, or only if an image starts the binary.
    pub(super) fn makes_service(&self, signals: &[SignalUse]) -> Option<bool> {
        let handles_term = signals.iter().any(|used| used.signals.contains(&Signal::Sigterm));
        match (self.loops.is_empty(), handles_term) {
            (false, true) => Some(true),
            (false, false) if self.is_main && !self.selects => Some(false),
            _ => None,
        }
    }

    pub(super) fn servers(&self, code: &Code<'_, '_>, handles_signals: bool) -> Vec<Server> {
        let stop = || {
            if handles_signals {
                Stop::Unclear(
                    "the loop is written by hand; whether it finishes its work after a signal cannot be told"
                        .into(),
                )
            } else {
                Stop::Nothing
            }
        };
        let server = |(body, at): &(BodyId, ExprId)| Server {
            span: code.symbols.span_of_head(*body, *at),
            place: None,
            framework: "loop".into(),
            kind: ServiceKind::Worker,
            stop: stop(),
            limit: Limit::NotAsked,
            patience: None,
            takes_stream: false,
            is_own: true,
            told_by: None,
            audience: Audience::Unknown,
        };
        self.loops.iter().map(server).collect()
    }
}

/// What an image has to say for a binary to be a service.
pub(super) fn needs(reach: &Reach) -> Needs {
    if reach.has_branches_aside() { Needs::Arguments } else { Needs::Start }
}

/// The first endless loop that takes whatever comes next, of several things that it waits for: `loop { select! { … } }`. A
/// signal may end it.
fn selecting(code: &Code<'_, '_>, reach: &Reach) -> Option<(BodyId, ExprId)> {
    reach.sites.iter().find_map(|(body, site)| {
        let exprs = &code.symbols.rust_of(*body).exprs;
        let is_select =
            |at: &ExprId| matches!(exprs.get(*at), Expr::Macro(call) if exprs.macro_(call).arms.len() > 1);
        let select = exprs.ancestors(site.at).find(is_select)?;
        let around = exprs.ancestors(select).find(|at| code.is_endless(*body, *at))?;
        Some((*body, around))
    })
}

/// Whether `main` waits for what stands at `at`: no closure or async block, which may be a task, lies between.
fn is_run_by(code: &Code<'_, '_>, reach: &Reach, roots: &[BodyId], body: BodyId, at: ExprId) -> bool {
    let mut open = vec![(body, at)];
    let mut seen = BTreeSet::new();
    while let Some((body, at)) = open.pop() {
        if !seen.insert(body) || is_beside(code, body, at) {
            continue;
        }
        if roots.contains(&body) {
            return true;
        }
        open.extend(reach.bodies.get(&body).into_iter().flatten().copied());
    }
    false
}

fn is_beside(code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &code.symbols.rust_of(body).exprs;
    exprs.ancestors(at).any(|ancestor| match exprs.get(ancestor) {
        Expr::Closure(_) | Expr::Async(_) => true,
        Expr::Call(..) | Expr::Method(_) => code
            .calls
            .flow(body)
            .site(ancestor)
            .is_some_and(|node| code.symbols.means(node, Means::Spawn).is_some()),
        _ => false,
    })
}
