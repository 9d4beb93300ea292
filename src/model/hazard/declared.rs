//! What a type holds, as far as its declaration says: text, or only numbers and the like.

use crate::facts::rust::{ItemKind, Pat, PatId, RustFacts, Sym, Type, TypeId};
use crate::knowledge::Means;
use crate::model::symbols::{Res, Symbols, TypeDefId};
use crate::model::workspace::ModuleId;

/// Aliases and wrappers nest no deeper in practice.
const MAX_DEPTH: usize = 6;

/// What values of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text, or bytes.
    Text,
    /// Numbers, truth values, points in time, identifiers of a fixed form.
    Number,
    /// A struct or an enum of the tree.
    Local(TypeDefId),
    Other,
}

/// A declared type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) kind: Kind,
    /// Whether a framework fills it with what a request carries.
    pub(crate) from_request: bool,
}

const OTHER: Declared = Declared { kind: Kind::Other, from_request: false };

/// Reads a type as it is written in a module.
pub(crate) fn declared(symbols: &Symbols<'_>, module: ModuleId, rust: &RustFacts, ty: TypeId) -> Declared {
    read(symbols, module, rust, ty, 0)
}

/// The type of what a pattern binds to a name: the second part of `Path((tenant, id)): Path<(String, i64)>`.
pub(crate) fn declared_of_name(
    symbols: &Symbols<'_>,
    module: ModuleId,
    rust: &RustFacts,
    (pat, name): (PatId, Sym),
    ty: TypeId,
) -> Declared {
    let whole = declared(symbols, module, rust, ty);
    let mut pat = pat;
    for _ in 0..MAX_DEPTH {
        match rust.exprs.pat(pat) {
            Pat::Typed(inner, _) => pat = *inner,
            Pat::TupleStruct(_, parts) if parts.len() == 1 => pat = parts[0],
            Pat::Tuple(parts) => {
                let is_name = |part: &PatId| matches!(rust.exprs.pat(*part), Pat::Name(own) if *own == name);
                let (Some(at), Some(types)) = (parts.iter().position(is_name), tuple(rust, ty)) else {
                    return OTHER;
                };
                let Some(part) = types.get(at) else { return OTHER };
                let part = declared(symbols, module, rust, *part);
                return Declared { kind: part.kind, from_request: whole.from_request || part.from_request };
            }
            Pat::Struct(_, fields) => {
                let is_name = |part: &PatId| matches!(rust.exprs.pat(*part), Pat::Name(own) if *own == name);
                let Some((field, _)) = fields.iter().find(|(_, part)| is_name(part)) else { return OTHER };
                let Kind::Local(id) = whole.kind else { return OTHER };
                return Declared { kind: field_kind(symbols, id, rust.name(*field)), ..whole };
            }
            _ => return whole,
        }
    }
    OTHER
}

/// What a field of a struct of the tree holds.
pub(crate) fn field_kind(symbols: &Symbols<'_>, id: TypeDefId, name: &str) -> Kind {
    let def = symbols.ty(id);
    let rust = symbols.rust(def.file);
    let ItemKind::Struct(fields) = &rust.item(def.item).kind else { return Kind::Other };
    let field = fields.fields.iter().find(|field| rust.name(field.name.value) == name);
    field.map_or(Kind::Other, |field| declared(symbols, def.module, rust, field.ty).kind)
}

fn tuple(rust: &RustFacts, ty: TypeId) -> Option<&[TypeId]> {
    match rust.exprs.ty(ty) {
        Type::Tuple(parts) => Some(parts),
        Type::Path { args, .. } => args.iter().find_map(|arg| tuple(rust, *arg)),
        _ => None,
    }
}

fn read(symbols: &Symbols<'_>, module: ModuleId, rust: &RustFacts, ty: TypeId, depth: usize) -> Declared {
    if depth > MAX_DEPTH {
        return OTHER;
    }
    let next = |ty: TypeId| read(symbols, module, rust, ty, depth + 1);
    match rust.exprs.ty(ty) {
        Type::Path { path, args } => {
            let path = rust.exprs.path(*path);
            let names: Vec<&str> = path.segments.iter().map(|name| rust.name(*name)).collect();
            match symbols.resolve(module, &names, path.leading_colon) {
                Res::Known(node) if !args.is_empty() && symbols.means(node, Means::Input).is_some() => {
                    let kind = args.first().map_or(Kind::Other, |arg| next(*arg).kind);
                    return Declared { kind, from_request: true };
                }
                Res::Type(id) => {
                    let def = symbols.ty(id);
                    let own = symbols.rust(def.file);
                    return match &own.item(def.item).kind {
                        ItemKind::Alias(target) => read(symbols, def.module, own, *target, depth + 1),
                        _ => Declared { kind: Kind::Local(id), from_request: false },
                    };
                }
                _ => {}
            }
            match (names.last().copied().unwrap_or_default(), &**args) {
                ("String" | "str" | "OsString" | "OsStr" | "Bytes", _) => {
                    Declared { kind: Kind::Text, from_request: false }
                }
                ("u8", _) if depth > 0 => Declared { kind: Kind::Text, from_request: false },
                (name, _) if is_number(name) => Declared { kind: Kind::Number, from_request: false },
                (
                    "Option" | "Vec" | "Arc" | "Rc" | "Box" | "Cow" | "AsRef" | "Into" | "Borrow" | "Deref",
                    [first, ..],
                ) => next(*first),
                _ => OTHER,
            }
        }
        Type::Bounds(bounds) => {
            bounds.iter().map(|bound| next(*bound)).find(|own| *own != OTHER).unwrap_or(OTHER)
        }
        Type::Tuple(_) | Type::Inferred | Type::Other => OTHER,
    }
}

fn is_number(name: &str) -> bool {
    matches!(
        name,
        "u8" | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "f32"
            | "f64"
            | "bool"
            | "Uuid"
            | "Ulid"
            | "Decimal"
            | "BigDecimal"
            | "NaiveDate"
            | "NaiveDateTime"
            | "NaiveTime"
            | "DateTime"
            | "OffsetDateTime"
            | "Duration"
            | "IpAddr"
            | "Ipv4Addr"
            | "Ipv6Addr"
            | "SocketAddr"
            | "NonZeroU32"
            | "NonZeroU64"
            | "NonZeroUsize"
    )
}
