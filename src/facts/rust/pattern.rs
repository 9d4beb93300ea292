//! Patterns as far as names and matched constants matter.

use super::expr::{ExprId, PathId};
use super::names::Sym;
use super::types::TypeId;

/// The number of a pattern in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PatId(pub(crate) u32);

/// A pattern.
#[derive(Debug)]
pub(crate) enum Pat {
    /// A name, which may also be a constant or a unit variant.
    Name(Sym),
    /// `pat: Type`.
    Typed(PatId, TypeId),
    Tuple(Box<[PatId]>),
    /// `Some(x)`, `State(pool)`.
    TupleStruct(PathId, Box<[PatId]>),
    /// `Config { port, host: address }`.
    Struct(PathId, Box<[(Sym, PatId)]>),
    Path(PathId),
    Literal(ExprId),
    /// Alternatives, slices: what is bound below is bound.
    Any(Box<[PatId]>),
    /// `pat if guard`.
    Guarded(PatId, ExprId),
    Wild,
}
