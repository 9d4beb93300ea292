//! Attributes, and the conditions under which code exists.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Meta, Token};

use super::super::item::{Attr, AttrArg};
use super::Lowering;
use crate::span::{At, Range};

/// Whether code under these attributes may be part of a Linux service: neither a test nor for another system.
pub(super) fn is_enabled(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().all(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args::<Meta>().map_or(Truth::Maybe, |predicate| holds(&predicate)) != Truth::No
        }
        Meta::Path(path) => !is_test(path),
        _ => true,
    })
}

/// Whether code under a condition of `cfg_select!` may be part of a Linux service: `unix`, `not(test)`, `_`.
pub(in crate::facts::rust) fn may_hold(condition: proc_macro2::TokenStream) -> bool {
    syn::parse2::<Meta>(condition).map_or(Truth::Maybe, |predicate| holds(&predicate)) != Truth::No
}

/// Whether code under these attributes is part of some builds only, as those with a feature.
fn may_be_left_out(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args::<Meta>().map_or(Truth::Maybe, |predicate| holds(&predicate)) == Truth::Maybe
        }
        _ => false,
    })
}

/// The lints on printing that are let through by these attributes: whoever writes them prints on purpose.
fn waived(attrs: &[syn::Attribute]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for attr in attrs {
        let Meta::List(list) = &attr.meta else { continue };
        if !list.path.is_ident("allow") && !list.path.is_ident("expect") {
            continue;
        }
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        for lint in list.parse_args_with(parser).iter().flatten() {
            let Some(last) = lint.path().segments.last() else { continue };
            found.extend(PRINT_LINTS.iter().filter(|name| last.ident == **name));
        }
    }
    found
}

/// Lints of clippy (<https://rust-lang.github.io/rust-clippy/master/#print_stdout>) that are kept as facts.
const PRINT_LINTS: &[&str] = &["print_stdout", "print_stderr", "dbg_macro"];

/// `#[test]`, `#[tokio::test]`, `#[bench]`.
fn is_test(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "test" || last.ident == "bench")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    Maybe,
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
        }
    }
}

/// Whether a feature is for tests by its name: `testing`, `e2e_tests`. What is deployed is built without.
fn is_for_tests(feature: &str) -> bool {
    feature.split(['-', '_']).any(|word| matches!(word, "test" | "tests" | "testing" | "e2e"))
}

fn holds(predicate: &Meta) -> Truth {
    match predicate {
        Meta::Path(path) if path.is_ident("test") || path.is_ident("doctest") || path.is_ident("windows") => {
            Truth::No
        }
        // What is deployed is a release build.
        Meta::Path(path) if path.is_ident("debug_assertions") => Truth::No,
        Meta::Path(path) if path.is_ident("unix") => Truth::Yes,
        Meta::NameValue(pair) => {
            let value = match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
                _ => return Truth::Maybe,
            };
            match (pair.path.get_ident().map(ToString::to_string).as_deref(), value.as_str()) {
                (Some("feature"), name) if is_for_tests(name) => Truth::No,
                (Some("target_os"), "linux") | (Some("target_family"), "unix") => Truth::Yes,
                (Some("target_os" | "target_family"), _) | (Some("target_arch"), "wasm32" | "wasm64") => {
                    Truth::No
                }
                _ => Truth::Maybe,
            }
        }
        Meta::List(list) => {
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            let Ok(inner) = list.parse_args_with(parser) else { return Truth::Maybe };
            let truths: Vec<Truth> = inner.iter().map(holds).collect();
            if list.path.is_ident("not") {
                return truths.first().map_or(Truth::Maybe, |truth| !*truth);
            }
            let (decisive, other) =
                if list.path.is_ident("all") { (Truth::No, Truth::Yes) } else { (Truth::Yes, Truth::No) };
            if truths.contains(&decisive) {
                decisive
            } else if truths.contains(&Truth::Maybe) {
                Truth::Maybe
            } else {
                other
            }
        }
        Meta::Path(_) => Truth::Maybe,
    }
}

impl Lowering<'_> {
    /// Lowers what stands under these attributes.
    pub(super) fn under<T>(&mut self, attrs: &[syn::Attribute], lower: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.waived.len();
        for lint in waived(attrs) {
            let lint = self.name(lint);
            self.waived.push(lint);
        }
        let first = self.exprs.nodes.len();
        let lowered = lower(self);
        self.waived.truncate(depth);
        if may_be_left_out(attrs) {
            self.exprs.gated.push((super::index(first), super::index(self.exprs.nodes.len())));
        }
        lowered
    }

    pub(super) fn attrs(&mut self, attrs: &[syn::Attribute]) -> Box<[Attr]> {
        attrs.iter().filter_map(|attr| self.attr(attr)).collect()
    }

    fn attr(&mut self, attr: &syn::Attribute) -> Option<Attr> {
        let path = attr.meta.path();
        if ["cfg", "allow", "expect", "warn", "deny", "must_use", "inline", "cfg_attr"]
            .iter()
            .any(|name| path.is_ident(name))
        {
            return None;
        }
        let range = self.between(attr.pound_token.span, attr.bracket_token.span.close());
        let is_doc = path.is_ident("doc");
        let segments = path.segments.iter().map(|segment| self.ident(&segment.ident)).collect();
        let args: Box<[AttrArg]> = match &attr.meta {
            Meta::Path(_) => Box::default(),
            _ if is_doc => Box::default(),
            Meta::NameValue(pair) => {
                let value = self.attr_value(&pair.value);
                Box::new([AttrArg { name: None, value, nested: Box::default() }])
            }
            Meta::List(list) => self.attr_args(list.tokens.clone()),
        };
        Some(Attr { path: segments, args, range })
    }

    fn attr_args(&mut self, tokens: proc_macro2::TokenStream) -> Box<[AttrArg]> {
        let Ok(args) = syn::parse::Parser::parse2(raw_args, tokens) else { return Box::default() };
        args.into_iter().map(|arg| self.attr_arg(arg)).collect()
    }

    fn attr_arg(&mut self, arg: RawArg) -> AttrArg {
        match arg {
            RawArg::Value(value) => {
                AttrArg { name: None, value: self.attr_value(&value), nested: Box::default() }
            }
            RawArg::Named(name, Some(value)) => AttrArg {
                name: Some(self.ident(&name)),
                value: self.attr_value(&value),
                nested: Box::default(),
            },
            RawArg::Named(name, None) => {
                AttrArg { name: Some(self.ident(&name)), value: None, nested: Box::default() }
            }
            RawArg::Nested(name, tokens) => {
                AttrArg { name: Some(self.ident(&name)), value: None, nested: self.attr_args(tokens) }
            }
        }
    }

    fn attr_value(&mut self, value: &syn::Expr) -> Option<At<super::Sym>> {
        match value {
            syn::Expr::Lit(literal) => {
                let range = self.range(literal.lit.span());
                let text = match &literal.lit {
                    syn::Lit::Str(text) => text.value(),
                    syn::Lit::Int(digits) => digits.base10_digits().to_owned(),
                    syn::Lit::Bool(value) => value.value.to_string(),
                    _ => return None,
                };
                Some(At::new(self.name(&text), range))
            }
            // `flavor = CurrentThread`, `default_value_t = DEFAULT_PORT`.
            syn::Expr::Path(path) => {
                let last = path.path.segments.last()?;
                let range = self.range(last.ident.span());
                Some(At::new(self.ident(&last.ident), range))
            }
            other => {
                let text = written(other)?;
                let span = match other {
                    syn::Expr::MethodCall(call) => call.method.span(),
                    syn::Expr::Call(call) => call.paren_token.span.open(),
                    _ => return None,
                };
                let range = self.range(span);
                Some(At::new(self.name(&text), range))
            }
        }
    }
}

/// The text of an expression that only wraps one, or writes an address in numbers: `String::from("x")`, `"x".into()`,
/// `IpAddr::V4(Ipv4Addr::new(0, 0, 0, 0))`.
fn written(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(digits), .. }) => {
            Some(digits.base10_digits().to_owned())
        }
        syn::Expr::Path(path) => {
            let last = path.path.segments.last()?;
            matches!(last.ident.to_string().as_str(), "LOCALHOST" | "UNSPECIFIED")
                .then(|| last.ident.to_string())
        }
        syn::Expr::MethodCall(call) => {
            let is_same = ["into", "to_string", "to_owned", "parse", "unwrap", "expect"];
            is_same.iter().any(|name| call.method == name).then(|| written(&call.receiver))?
        }
        syn::Expr::Call(call) => {
            let syn::Expr::Path(callee) = &*call.func else { return None };
            let last = callee.path.segments.last()?.ident.to_string();
            let args: Vec<String> = call.args.iter().map(written).collect::<Option<_>>()?;
            match (last.as_str(), args.as_slice()) {
                ("from" | "V4" | "V6" | "new", [only]) => Some(only.clone()),
                ("new", [_, _, _, _]) => Some(args.join(".")),
                ("new", [first @ .., _]) if args.len() == 8 && first.iter().all(|part| part == "0") => {
                    match args[7].as_str() {
                        "0" => Some("::".to_owned()),
                        "1" => Some("::1".to_owned()),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Arguments between commas, some of which some attributes let people leave out: `skip_all fields(…)`.
fn raw_args(input: ParseStream<'_>) -> syn::Result<Vec<RawArg>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        found.push(input.parse()?);
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(found)
}

/// An argument of an attribute as it is parsed.
enum RawArg {
    Value(syn::Expr),
    Named(proc_macro2::Ident, Option<syn::Expr>),
    Nested(proc_macro2::Ident, proc_macro2::TokenStream),
}

impl Parse for RawArg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        use syn::ext::IdentExt as _;
        if !input.peek(proc_macro2::Ident::peek_any) {
            return input.parse().map(Self::Value);
        }
        if input.peek2(Token![=]) {
            let name = proc_macro2::Ident::parse_any(input)?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Named(name, Some(input.parse()?)));
        }
        if input.peek2(syn::token::Paren) {
            let name = proc_macro2::Ident::parse_any(input)?;
            let content;
            syn::parenthesized!(content in input);
            return Ok(Self::Nested(name, content.parse()?));
        }
        if input.peek2(Token![,])
            || input.peek2(syn::Ident)
            || input.cursor().token_tree().is_some_and(|(_, rest)| rest.eof())
        {
            return Ok(Self::Named(proc_macro2::Ident::parse_any(input)?, None));
        }
        input.parse().map(Self::Value)
    }
}

/// An empty range where an attribute's place does not matter.
pub(super) const NOWHERE: Range = Range { start: 0, end: 0 };
