//! What a binary can run: everything that its `main` reaches, and of that what it runs while it serves.
//!
//! A binary with subcommands is not all service. Where a branch leads to the server and its sibling does not, the
//! sibling is left out of the serving part: a migration command's `println!` is not a service's log.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::rust::{Expr, ExprId, LoopKind};
use crate::knowledge::{Item, Means};
use crate::model::calls::{Calls, Site, Target};
use crate::model::symbols::{BodyId, Symbols, TypeDefId};
use crate::model::workspace::CrateId;

/// A method on a receiver that is not evident may be any of that name; with more candidates than this it is taken to be
/// none of them, unless all are what types have for one trait of the tree.
const MAX_CANDIDATES: usize = 3;

/// Types that have a trait of the tree; more of them are no tasks or parts of a program, but its data.
const MAX_TYPES: usize = 40;

/// The linked code of one binary.
pub(crate) struct Code<'c, 'a> {
    pub(crate) symbols: &'c Symbols<'a>,
    pub(crate) calls: &'c Calls,
}

/// What a binary can run.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Bodies, each with the calls that lead to it.
    pub(crate) bodies: BTreeMap<BodyId, Vec<(BodyId, ExprId)>>,
    pub(crate) types: BTreeSet<TypeDefId>,
    /// Calls whose target is only guessed by its name.
    guessed: BTreeSet<(BodyId, ExprId)>,
    /// Parts of bodies that are not run while serving.
    aside: BTreeMap<BodyId, Vec<ExprId>>,
    /// Calls of known items, in the order of their bodies.
    pub(crate) sites: Vec<(BodyId, Site)>,
}

impl Reach {
    /// Everything that `roots` can run, of the crates in `closure`.
    pub(crate) fn from(code: &Code<'_, '_>, roots: &[BodyId], closure: &BTreeSet<CrateId>) -> Self {
        let mut reach = Self::default();
        reach.expand(code, roots, closure);
        reach
    }

    /// The part of it that runs while serving: without the branches beside those that lead to a server.
    pub(crate) fn serving(&self, code: &Code<'_, '_>, roots: &[BodyId], closure: &BTreeSet<CrateId>) -> Self {
        // What is certain first: by guesses nearly everything leads everywhere.
        let certain = self.leads_to(self.sites_of(code, &[Means::Server, Means::Wrapper]), false);
        let leads = if roots.iter().any(|root| certain.contains_key(root)) {
            certain
        } else {
            let starts = [Means::Server, Means::Wrapper, Means::Consumer, Means::Scheduler];
            self.leads_to(self.sites_of(code, &starts), true)
        };
        self.without_branches_aside(code, roots, closure, &leads)
    }

    /// The part of it that runs while something at `starts` does: a loop that works and waits.
    pub(crate) fn running(
        &self,
        code: &Code<'_, '_>,
        roots: &[BodyId],
        closure: &BTreeSet<CrateId>,
        starts: &[(BodyId, ExprId)],
    ) -> Self {
        let certain = self.leads_to(starts.to_vec(), false);
        self.without_branches_aside(code, roots, closure, &certain)
    }

    fn without_branches_aside(
        &self,
        code: &Code<'_, '_>,
        roots: &[BodyId],
        closure: &BTreeSet<CrateId>,
        leads: &BTreeMap<BodyId, BTreeSet<ExprId>>,
    ) -> Self {
        let mut serving = Self::default();
        for id in self.bodies.keys().filter(|id| leads.contains_key(id)) {
            let aside = branches_aside(code, *id, &leads[id]);
            if !aside.is_empty() {
                serving.aside.insert(*id, aside);
            }
        }
        serving.expand(code, roots, closure);
        serving
    }

    /// Whether some branches are left out: a binary that does other things with other arguments.
    pub(crate) fn has_branches_aside(&self) -> bool {
        !self.aside.is_empty()
    }

    /// Whether an expression of a reached body runs while serving.
    pub(crate) fn runs(&self, code: &Code<'_, '_>, body: BodyId, at: ExprId) -> bool {
        let Some(aside) = self.aside.get(&body) else { return true };
        let exprs = &code.symbols.rust_of(body).exprs;
        !aside.contains(&at) && !exprs.ancestors(at).any(|ancestor| aside.contains(&ancestor))
    }

    /// For each body: the expressions that start a server, or through which one is started.
    pub(crate) fn serving_exprs(&self, code: &Code<'_, '_>) -> BTreeMap<BodyId, BTreeSet<ExprId>> {
        let starts = [Means::Server, Means::Wrapper, Means::Consumer, Means::Scheduler];
        self.leads_to(self.sites_of(code, &starts), false)
    }

    fn expand(&mut self, code: &Code<'_, '_>, roots: &[BodyId], closure: &BTreeSet<CrateId>) {
        let mut open: Vec<BodyId> = roots.to_vec();
        for root in roots {
            self.bodies.insert(*root, Vec::new());
        }
        while let Some(id) = open.pop() {
            let flow = code.calls.flow(id);
            for site in &flow.sites {
                if self.runs(code, id, site.at) {
                    self.sites.push((id, *site));
                }
            }
            for edge in &flow.edges {
                if !self.runs(code, id, edge.at) {
                    continue;
                }
                if matches!(edge.to, Target::Named(_)) {
                    self.guessed.insert((id, edge.at));
                }
                for target in self.targets(code, id, edge.to, closure) {
                    match self.bodies.get_mut(&target) {
                        Some(callers) => callers.push((id, edge.at)),
                        None => {
                            self.bodies.insert(target, vec![(id, edge.at)]);
                            open.push(target);
                        }
                    }
                }
            }
        }
        self.sites.sort_by_key(|(body, site)| (*body, site.at, site.node));
    }

    fn targets(
        &mut self,
        code: &Code<'_, '_>,
        from: BodyId,
        to: Target,
        closure: &BTreeSet<CrateId>,
    ) -> Vec<BodyId> {
        let symbols = code.symbols;
        let inside = |id: &BodyId| closure.contains(&symbols.crate_of(*id));
        match to {
            Target::Body(id) if inside(&id) => vec![id],
            Target::Body(_) => Vec::new(),
            Target::Type(id) => {
                if !self.types.insert(id) {
                    return Vec::new();
                }
                symbols.ty(id).called_from_outside.iter().copied().filter(inside).collect()
            }
            Target::Named(name) => {
                let name = symbols.rust_of(from).name(name);
                let candidates: Vec<BodyId> =
                    symbols.methods_named(name).iter().copied().filter(inside).collect();
                let is_dispatch =
                    || candidates.len() <= MAX_TYPES && symbols.are_of_one_trait(name, &candidates);
                let are_few = candidates.len() <= MAX_CANDIDATES;
                if are_few || is_dispatch() { candidates } else { Vec::new() }
            }
        }
    }

    fn sites_of(&self, code: &Code<'_, '_>, means: &[Means]) -> Vec<(BodyId, ExprId)> {
        let starts = self
            .sites
            .iter()
            .filter(|(_, site)| means.iter().any(|means| code.symbols.means(site.node, *means).is_some()));
        starts.map(|(body, site)| (*body, site.at)).collect()
    }

    /// For each body that leads to one of `starts`: the expressions in it through which it does.
    fn leads_to(
        &self,
        starts: Vec<(BodyId, ExprId)>,
        with_guesses: bool,
    ) -> BTreeMap<BodyId, BTreeSet<ExprId>> {
        let mut leads: BTreeMap<BodyId, BTreeSet<ExprId>> = BTreeMap::new();
        let mut open = Vec::new();
        for (body, at) in starts {
            leads.entry(body).or_default().insert(at);
            open.push(body);
        }
        while let Some(body) = open.pop() {
            for (caller, at) in self.bodies.get(&body).into_iter().flatten() {
                if !with_guesses && self.guessed.contains(&(*caller, *at)) {
                    continue;
                }
                let known = leads.contains_key(caller);
                leads.entry(*caller).or_default().insert(*at);
                if !known {
                    open.push(*caller);
                }
            }
        }
        leads
    }
}

/// The branches of a body that lead to no server while a sibling of theirs, or what follows them, does.
fn branches_aside(code: &Code<'_, '_>, body: BodyId, serving: &BTreeSet<ExprId>) -> Vec<ExprId> {
    let exprs = &code.symbols.rust_of(body).exprs;
    // Everything on the way from a serving expression up to the root.
    let way: BTreeSet<ExprId> =
        serving.iter().flat_map(|at| std::iter::once(*at).chain(exprs.ancestors(*at))).collect();
    let mut aside = Vec::new();
    for at in &way {
        let branches: Vec<ExprId> = match exprs.get(*at) {
            Expr::If { parts, .. } => exprs.list(parts)[1..].to_vec(),
            Expr::Match { first_arm, arms, .. } => {
                exprs.arms(first_arm, arms).iter().map(|arm| arm.body).collect()
            }
            Expr::Block { stmts, .. } => {
                aside.extend(early_exits(code, body, exprs.list(stmts), &way));
                continue;
            }
            _ => continue,
        };
        if branches.iter().any(|branch| way.contains(branch)) {
            aside.extend(branches.into_iter().filter(|branch| !way.contains(branch)));
        }
    }
    aside
}

/// `if args.migrate { migrate(); return; }` before the server starts.
fn early_exits(
    code: &Code<'_, '_>,
    body: BodyId,
    statements: &[ExprId],
    way: &BTreeSet<ExprId>,
) -> Vec<ExprId> {
    let exprs = &code.symbols.rust_of(body).exprs;
    let Some(last) = statements.iter().rposition(|at| way.contains(at)) else { return Vec::new() };
    let mut found = Vec::new();
    for statement in &statements[..last] {
        if way.contains(statement) {
            continue;
        }
        match exprs.get(*statement) {
            Expr::If { parts, .. } => found.extend(
                exprs.list(parts)[1..].iter().copied().filter(|branch| code.always_leaves(body, *branch)),
            ),
            Expr::Match { first_arm, arms, .. } => found.extend(
                exprs
                    .arms(first_arm, arms)
                    .iter()
                    .map(|arm| arm.body)
                    .filter(|arm| code.always_leaves(body, *arm)),
            ),
            _ => {}
        }
    }
    found
}

impl Code<'_, '_> {
    /// Whether an item means what it says at this call: some do so only with a certain argument.
    pub(crate) fn holds(&self, body: BodyId, at: ExprId, item: &Item) -> bool {
        if let Some(feature) = &item.feature {
            let krate = item.path[0].split("::").next().unwrap_or_default();
            if !self.symbols.has_feature(body, krate, feature) {
                return false;
            }
        }
        let Some(wanted) = &item.when else { return true };
        let rust = self.symbols.rust_of(body);
        let args = match rust.exprs.get(at) {
            Expr::Call(_, args) => args,
            Expr::Method(call) => rust.exprs.method(call).args,
            _ => return false,
        };
        let Some(arg) = rust.exprs.list(args).get(item.arg.unwrap_or(0)) else { return false };
        match rust.exprs.get(*arg) {
            Expr::Bool(value) => wanted == if value { "true" } else { "false" },
            Expr::Path(path) => {
                let names: Vec<&str> =
                    rust.exprs.path(path).segments.iter().map(|name| rust.name(*name)).collect();
                names.join("::").ends_with(wanted.as_str())
            }
            Expr::Int(text) | Expr::Str(text) => rust.name(text) == wanted,
            _ => false,
        }
    }

    /// Whether an expression ends its function or the process: its last statement returns or exits.
    pub(crate) fn always_leaves(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Return(_) => true,
            Expr::Block { stmts, .. } => {
                exprs.list(stmts).last().is_some_and(|last| self.always_leaves(body, *last))
            }
            Expr::Call(..) | Expr::Method(_) | Expr::Macro(_) => {
                let node = self.calls.flow(body).site(at);
                node.is_some_and(|node| self.symbols.means(node, Means::Exit).is_some())
            }
            _ => false,
        }
    }

    /// `loop { … }`, `while true { … }`.
    pub(crate) fn is_endless(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.symbols.rust_of(body).exprs;
        match exprs.get(at) {
            Expr::Loop { kind: LoopKind::Loop, .. } => true,
            Expr::Loop { kind: LoopKind::While, head: Some(head), .. } => exprs.get(head) == Expr::Bool(true),
            _ => false,
        }
    }

    /// Whether a loop is left somewhere, other than by an error that is passed on.
    pub(crate) fn is_left(&self, body: BodyId, at: ExprId) -> bool {
        let exprs = &self.symbols.rust_of(body).exprs;
        let mut open = exprs.children(at);
        while let Some(at) = open.pop() {
            match exprs.get(at) {
                Expr::Break(_) | Expr::Return(_) => return true,
                // What leaves these does not leave the loop. A labelled break may; that is rare.
                Expr::Closure(_) | Expr::Async(_) | Expr::Loop { .. } => {}
                _ => open.extend(exprs.children(at)),
            }
            if self.means(body, at, Means::Exit) {
                return true;
            }
        }
        false
    }

    /// Whether what is called or named at a place has a meaning.
    pub(crate) fn means(&self, body: BodyId, at: ExprId, means: Means) -> bool {
        self.calls.flow(body).site(at).is_some_and(|node| self.symbols.means(node, means).is_some())
    }
}
