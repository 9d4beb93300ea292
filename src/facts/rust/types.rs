//! Types as far as a receiver's type matters: paths with arguments, and the traits behind `impl` and `dyn`.

use super::expr::PathId;

/// The number of a type in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TypeId(pub(crate) u32);

/// A type as it is written. References, pointers, parentheses and slices stand for what they hold.
#[derive(Debug)]
pub(crate) enum Type {
    /// `a::B<C, D>`: lifetimes and constants are left out of the arguments.
    Path {
        path: PathId,
        args: Box<[TypeId]>,
    },
    /// `impl A + B`, `dyn A + B`; an associated type such as `Output = T` comes after its trait.
    Bounds(Box<[TypeId]>),
    Tuple(Box<[TypeId]>),
    /// `_`.
    Inferred,
    Other,
}
