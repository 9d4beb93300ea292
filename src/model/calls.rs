//! What a body does: which bodies it may reach, which known items it uses, and what its names hold.
//!
//! One walk over a body in the order of evaluation infers the types of receivers as far as they are evident, so that a
//! method is known to be `axum::Router::route` and not just something called `route`. A method whose receiver is not
//! evident is an edge by name alone, which the reader of the graph may use with care.

mod returns;
mod walk;

use rayon::prelude::*;

use crate::facts::rust::{ExprId, PatId, Sym};
use crate::knowledge::Node;
use crate::model::symbols::{BodyId, Res, Symbols, Ty, TypeDefId};
use crate::model::workspace::index;

/// What every body does, by its number.
#[derive(Debug)]
pub(crate) struct Calls {
    flows: Vec<Flow>,
}

/// What one body does. The vectors that are looked up by expression are sorted by it.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) edges: Vec<Edge>,
    pub(crate) sites: Vec<Site>,
    pub(crate) bindings: Vec<Binding>,
    /// Which binding the use of a name means.
    uses: Vec<(ExprId, u32)>,
    /// What paths and method calls mean, where that is something of the tree or something known.
    resolved: Vec<(ExprId, Res)>,
    types: Vec<(ExprId, Ty)>,
    /// Struct literals, with the type of the tree that they make.
    pub(crate) made: Vec<(TypeDefId, ExprId)>,
    /// Assignments, in order.
    pub(crate) assigned: Vec<ExprId>,
}

/// Something that may run because the body runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) at: ExprId,
    pub(crate) to: Target,
}

/// Where an edge leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Body(BodyId),
    /// A value of the type is made: a framework may call what the type implements for it.
    Type(TypeDefId),
    /// A method of this name, on a receiver that is not evident.
    Named(Sym),
}

/// The use of a known item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    /// The call, or the path or macro itself.
    pub(crate) at: ExprId,
    pub(crate) node: Node,
    /// Whether it is called here; else it is named, as a value.
    pub(crate) called: bool,
}

/// What a name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) name: Sym,
    pub(crate) source: Source,
    pub(crate) ty: Ty,
}

/// Where a binding's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The whole value of an expression.
    Value(ExprId),
    /// A part of the value of an expression: a field, an element, what is in `Some`.
    Part(ExprId, PatId),
    /// The body's own parameter, by position without `self`.
    Param(usize),
    /// A closure's parameter, a match arm's.
    Other,
}

impl Calls {
    pub(crate) fn link(symbols: &Symbols<'_>) -> Self {
        let returns: Vec<Ty> = (0..symbols.bodies.len())
            .into_par_iter()
            .map(|at| returns::returned(symbols, BodyId(index(at))))
            .collect();
        let returns = returns::inferred(symbols, &returns);
        let flows = (0..symbols.bodies.len())
            .into_par_iter()
            .map(|at| walk::flow(symbols, &returns, BodyId(index(at))))
            .collect();
        Self { flows }
    }

    pub(crate) fn flow(&self, body: BodyId) -> &Flow {
        &self.flows[body.0 as usize]
    }
}

impl Flow {
    /// The binding that a name means here.
    pub(crate) fn binding(&self, at: ExprId) -> Option<&Binding> {
        Some(&self.bindings[lookup(&self.uses, at)? as usize])
    }

    /// Which binding a name means here: two uses of one name may mean two.
    pub(crate) fn binding_number(&self, at: ExprId) -> Option<u32> {
        lookup(&self.uses, at)
    }

    /// Whether a call may run several functions of the tree: a trait's method, which many types have.
    pub(crate) fn is_ambiguous(&self, at: ExprId) -> bool {
        let targets = self.edges.iter().filter(|edge| edge.at == at && matches!(edge.to, Target::Body(_)));
        targets.count() > 1
    }

    /// The places where the value bound by a `let` is used.
    pub(crate) fn uses_of_value(&self, value: ExprId) -> impl Iterator<Item = ExprId> {
        self.uses
            .iter()
            .filter(move |(_, binding)| self.bindings[*binding as usize].source == Source::Value(value))
            .map(|(at, _)| *at)
    }

    /// The places where names are used whose bindings are wanted.
    pub(crate) fn uses_where(&self, wanted: impl Fn(&Binding) -> bool) -> impl Iterator<Item = ExprId> {
        self.uses.iter().filter(move |(_, at)| wanted(&self.bindings[*at as usize])).map(|(at, _)| *at)
    }

    /// The places where a parameter is used.
    pub(crate) fn uses_of_param(&self, param: usize) -> impl Iterator<Item = ExprId> {
        self.uses
            .iter()
            .filter(move |(_, binding)| self.bindings[*binding as usize].source == Source::Param(param))
            .map(|(at, _)| *at)
    }

    pub(crate) fn resolved(&self, at: ExprId) -> Res {
        lookup(&self.resolved, at).unwrap_or(Res::Unknown)
    }

    pub(crate) fn ty(&self, at: ExprId) -> Ty {
        lookup(&self.types, at).unwrap_or_default()
    }

    /// The known item that is called or named here.
    pub(crate) fn site(&self, at: ExprId) -> Option<Node> {
        match self.resolved(at) {
            Res::Known(node) => Some(node),
            _ => None,
        }
    }
}

fn lookup<T: Copy>(sorted: &[(ExprId, T)], at: ExprId) -> Option<T> {
    let found = sorted.binary_search_by_key(&at, |(id, _)| *id).ok()?;
    Some(sorted[found].1)
}
