//! What the text of a variable has to be, by the type that it is parsed to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize};

use crate::facts::rust::{Expr, ExprId, ItemKind, RustFacts, Type, TypeId};
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, Ty};
use crate::model::value::Values;

/// A type of the standard library that a text is parsed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form(&'static str);

/// Whether a text can be parsed to one type.
type Fits = fn(&str) -> bool;

fn parses<T: std::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

/// The types, each with what its own `FromStr` takes.
const FORMS: &[(&str, Fits)] = &[
    ("bool", parses::<bool>),
    ("f32", parses::<f32>),
    ("f64", parses::<f64>),
    ("i8", parses::<i8>),
    ("i16", parses::<i16>),
    ("i32", parses::<i32>),
    ("i64", parses::<i64>),
    ("i128", parses::<i128>),
    ("isize", parses::<isize>),
    ("u8", parses::<u8>),
    ("u16", parses::<u16>),
    ("u32", parses::<u32>),
    ("u64", parses::<u64>),
    ("u128", parses::<u128>),
    ("usize", parses::<usize>),
    ("IpAddr", parses::<IpAddr>),
    ("Ipv4Addr", parses::<Ipv4Addr>),
    ("Ipv6Addr", parses::<Ipv6Addr>),
    ("NonZeroU16", parses::<NonZeroU16>),
    ("NonZeroU32", parses::<NonZeroU32>),
    ("NonZeroU64", parses::<NonZeroU64>),
    ("NonZeroUsize", parses::<NonZeroUsize>),
    ("SocketAddr", parses::<SocketAddr>),
];

impl Form {
    /// The name of the type.
    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    /// Whether a text can be parsed to it. What surrounds it may be trimmed.
    pub(crate) fn fits(self, text: &str) -> bool {
        FORMS.iter().any(|(name, fits)| *name == self.0 && fits(text.trim()))
    }

    fn named(name: &str) -> Option<Self> {
        FORMS.iter().find(|(own, _)| *own == name).map(|(own, _)| Self(own))
    }

    /// Of a type as it is written, also within `Option` and `Result`.
    fn of_type(rust: &RustFacts, ty: TypeId) -> Option<Self> {
        let Type::Path { path, args } = rust.exprs.ty(ty) else { return None };
        match rust.name(*rust.exprs.path(*path).segments.last()?) {
            "Option" | "Result" => Self::of_type(rust, *args.first()?),
            name => Self::named(name),
        }
    }

    /// Of an argument of clap whose type alone says how it is parsed. What it takes for a `bool` is more than `true` and
    /// `false`.
    pub(super) fn of_argument<'f>(
        rust: &RustFacts,
        ty: TypeId,
        mut settings: impl Iterator<Item = &'f str>,
    ) -> Option<Self> {
        let is_plain = settings.all(|name| {
            !matches!(
                name,
                "value_parser" | "parse" | "value_delimiter" | "action" | "try_from_str" | "from_str"
            )
        });
        Self::of_type(rust, ty).filter(|form| is_plain && form.0 != "bool")
    }

    /// Of the variable that the call at `at` reads: the type to which its text is parsed in the same body.
    pub(super) fn of_read(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> Option<Self> {
        of_text(values, body, at, 0)
    }
}

/// A text is followed through so many names.
const MAX_NAMES: usize = 4;

/// Methods that hand on the text that they are called on.
fn hands_on(name: &str) -> bool {
    matches!(
        name,
        "ok" | "unwrap"
            | "expect"
            | "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "as_str"
            | "as_deref"
            | "as_ref"
            | "trim"
            | "to_string"
            | "clone"
            | "map_err"
            | "context"
            | "with_context"
            | "wrap_err"
            | "ok_or"
            | "ok_or_else"
    )
}

fn of_text(values: &Values<'_, '_>, body: BodyId, at: ExprId, depth: usize) -> Option<Form> {
    let rust = values.code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut at = at;
    loop {
        let parent = exprs.parent(at)?;
        match exprs.get(parent) {
            Expr::Try(_) => {}
            Expr::Method(call) if exprs.method(call).receiver == at => {
                let call = exprs.method(call);
                match rust.name(call.name) {
                    "parse" => {
                        let said = call.turbofish.first().and_then(|ty| Form::of_type(rust, *ty));
                        return said.or_else(|| expected(values, body, parent));
                    }
                    // `.and_then(|text| text.parse::<u16>().ok())`
                    "map" | "and_then" => {
                        let [arg] = exprs.list(call.args) else { return None };
                        let Expr::Closure(closure) = exprs.get(*arg) else { return None };
                        return within(rust, exprs.closure(closure).body);
                    }
                    name if hands_on(name) => {}
                    _ => return None,
                }
            }
            Expr::Call(callee, _) if callee == at => {}
            Expr::Let(let_) if depth < MAX_NAMES && exprs.let_(let_).init == Some(at) => {
                return of_names(values, body, at, depth);
            }
            Expr::Match { scrutinee, .. } if depth < MAX_NAMES && scrutinee == at => {
                return of_names(values, body, at, depth);
            }
            _ => return None,
        }
        at = parent;
    }
}

/// What becomes of the names that hold a value, or what is in it.
fn of_names(values: &Values<'_, '_>, body: BodyId, value: ExprId, depth: usize) -> Option<Form> {
    let holds = |source| matches!(source, Source::Value(of) | Source::Part(of, _) if of == value);
    let mut uses = values.code.calls.flow(body).uses_where(|binding| holds(binding.source));
    uses.find_map(|used| of_text(values, body, used, depth + 1))
}

/// `text.parse::<u16>()` in a closure that does little else.
fn within(rust: &RustFacts, at: ExprId) -> Option<Form> {
    let exprs = &rust.exprs;
    let mut at = at;
    while let Expr::Method(call) = exprs.get(at) {
        let call = exprs.method(call);
        if rust.name(call.name) == "parse" {
            return call.turbofish.first().and_then(|ty| Form::of_type(rust, *ty));
        }
        if !hands_on(rust.name(call.name)) {
            return None;
        }
        at = call.receiver;
    }
    None
}

/// The type that is expected of an expression: by its `let`, by the field that it fills, by the function that returns it.
fn expected(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> Option<Form> {
    let symbols = values.code.symbols;
    let rust = symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut at = at;
    loop {
        let Some(parent) = exprs.parent(at) else {
            return Form::of_type(rust, symbols.function(body)?.ret?);
        };
        match exprs.get(parent) {
            Expr::Try(_) => {}
            Expr::Method(call) if exprs.method(call).receiver == at => {
                if !hands_on(rust.name(exprs.method(call).name)) {
                    return None;
                }
            }
            Expr::Block { stmts, has_tail: true } if exprs.list(stmts).last() == Some(&at) => {}
            Expr::Let(let_) if exprs.let_(let_).init == Some(at) => {
                return Form::of_type(rust, exprs.let_(let_).ty?);
            }
            Expr::Struct(literal) => {
                let Ty::Local(id) = values.code.calls.flow(body).ty(parent) else { return None };
                let fields = &exprs.struct_(literal).fields;
                let name = fields.iter().find(|(_, value)| *value == at).map(|(name, _)| rust.name(*name))?;
                let def = symbols.ty(id);
                let rust = symbols.rust(def.file);
                let ItemKind::Struct(fields) = &rust.item(def.item).kind else { return None };
                let field = fields.fields.iter().find(|field| rust.name(field.name.value) == name)?;
                return Form::of_type(rust, field.ty);
            }
            _ => return None,
        }
        at = parent;
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_text_fits_as_the_type_itself_says() {
        let fits = |name: &str, text: &str| Form::named(name).map(|form| form.fits(text));
        assert_eq!(fits("u16", "8080"), Some(true));
        assert_eq!(fits("u16", "80800"), Some(false));
        assert_eq!(fits("u16", "0.0.0.0:80"), Some(false));
        assert_eq!(fits("bool", "1"), Some(false));
        assert_eq!(fits("SocketAddr", "localhost:80"), Some(false));
        assert_eq!(fits("SocketAddr", "[::]:80"), Some(true));
        assert_eq!(fits("u64", "30s"), Some(false));
        assert_eq!(fits("String", "x"), None);
    }
}
