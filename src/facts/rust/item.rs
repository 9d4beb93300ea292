//! Items of one file: what modules, functions, types and uses it declares.

use super::expr::{ExprId, PathId};
use super::names::Sym;
use super::pattern::PatId;
use super::types::TypeId;
use crate::span::{At, Range};

/// The number of an item in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemId(pub(crate) u32);

/// An item that is a function.
pub(crate) type FnId = ItemId;

/// One item.
#[derive(Debug)]
pub(crate) struct Item {
    /// The name, or an empty one for `impl` and macro calls.
    pub(crate) name: At<Sym>,
    pub(crate) attrs: Box<[Attr]>,
    pub(crate) is_pub: bool,
    pub(crate) kind: ItemKind,
}

/// What an item is.
#[derive(Debug)]
pub(crate) enum ItemKind {
    Fn(Box<Fn>),
    Struct(Struct),
    /// Variant names with what they hold.
    Enum(Box<[(At<Sym>, Struct)]>),
    Trait(Trait),
    Impl(Impl),
    /// `const` and `static`, `lazy_static!` among them.
    Value(Value),
    Alias(TypeId),
    Mod(ModDecl),
    Use(Box<[UseEntry]>),
    /// `extern crate a as b`: the crate; the item's name is the local one.
    ExternCrate {
        krate: Sym,
        macro_use: bool,
    },
    /// `macro_rules!`: what its arms expand to, as far as that parses.
    MacroRules {
        body: Box<[ExprId]>,
        items: Box<[ItemId]>,
    },
    /// A macro called where an item stands.
    MacroCall {
        call: ExprId,
        items: Box<[ItemId]>,
    },
}

/// A function, method or trait method.
#[derive(Debug)]
pub(crate) struct Fn {
    pub(crate) has_self: bool,
    pub(crate) is_async: bool,
    pub(crate) params: Box<[Param]>,
    pub(crate) ret: Option<TypeId>,
    /// Absent for a required trait method.
    pub(crate) body: Option<ExprId>,
    /// Generic parameters with their bounds: `T: A + B`, from the list and from `where`.
    pub(crate) generics: Box<[(Sym, TypeId)]>,
    /// Items declared within the body.
    pub(crate) items: Box<[ItemId]>,
    pub(crate) range: Range,
}

/// A parameter other than `self`.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) pat: PatId,
    pub(crate) ty: TypeId,
}

/// Named or positional fields.
#[derive(Debug, Default)]
pub(crate) struct Struct {
    pub(crate) fields: Box<[Field]>,
    /// The attributes of a variant. Those of a struct are its item's.
    pub(crate) attrs: Box<[Attr]>,
}

/// One field. The name of a positional one is its number.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: At<Sym>,
    pub(crate) ty: TypeId,
    pub(crate) attrs: Box<[Attr]>,
}

/// `trait Name { … }`.
#[derive(Debug)]
pub(crate) struct Trait {
    pub(crate) fns: Box<[FnId]>,
}

/// `impl Trait for Type { … }`.
#[derive(Debug)]
pub(crate) struct Impl {
    pub(crate) self_ty: TypeId,
    pub(crate) of_trait: Option<PathId>,
    pub(crate) fns: Box<[FnId]>,
    pub(crate) consts: Box<[ItemId]>,
    pub(crate) generics: Box<[(Sym, TypeId)]>,
}

/// A constant or static.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) ty: TypeId,
    pub(crate) value: ExprId,
}

/// `mod name;` or `mod name { … }`.
#[derive(Debug)]
pub(crate) struct ModDecl {
    /// The items of an inline module.
    pub(crate) inline: Option<Box<[ItemId]>>,
    /// `#[path = "…"]`.
    pub(crate) path: Option<Sym>,
    /// Lints on printing that attributes let through in all of it.
    pub(crate) waived: Box<[Sym]>,
}

/// One name that a `use` brings in.
#[derive(Debug)]
pub(crate) struct UseEntry {
    pub(crate) path: Box<[Sym]>,
    pub(crate) leading_colon: bool,
    /// The local name; `None` for a glob, `_` for a trait that is used without a name.
    pub(crate) alias: Option<Sym>,
}

/// `#[path(args)]` or `#[path = value]`. `cfg`, `doc` and lint attributes are left out, except that `doc` is kept as a
/// bare path: that a thing is documented is a fact, its text is not.
#[derive(Debug)]
pub(crate) struct Attr {
    pub(crate) path: Box<[Sym]>,
    pub(crate) args: Box<[AttrArg]>,
    pub(crate) range: Range,
}

/// One argument of an attribute: `"literal"`, `name`, `name = value`, `name(…)`.
#[derive(Debug)]
pub(crate) struct AttrArg {
    pub(crate) name: Option<Sym>,
    /// A string, or the text of another literal.
    pub(crate) value: Option<At<Sym>>,
    /// Arguments in parentheses behind the name.
    pub(crate) nested: Box<[AttrArg]>,
}
