//! Secrets that get into the log: by their own name, or within a struct that is written with `{:?}`.

use super::Finder;
use super::condition::Condition;
use super::declared::{Kind, declared, declared_of_name, field_kind};
use crate::facts::rust::{Expr, ExprId, Field, ItemKind, Pat, Sigil, Sym};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, Res, Ty, TypeDefId};
use crate::model::value::{Piece, template_pieces};
use crate::span::Span;

/// Structs within structs, at most.
const MAX_DEPTH: usize = 4;

/// A secret that is written to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) span: Span,
    /// `password`, `Config::api_key`.
    pub(crate) secret: String,
    pub(crate) by: LoggedBy,
    /// The field that holds it, where a struct is written as a whole.
    pub(crate) field: Option<Span>,
}

/// What writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoggedBy {
    /// A log line.
    Line,
    /// A line of a level that is off in most deployments.
    FineLine,
    /// The arguments of a function, as fields of its span.
    Arguments,
    /// The same, of such a level.
    FineArguments,
}

/// A secret and where it is declared.
type Secret = (String, Option<Span>);

impl Finder<'_, '_> {
    pub(super) fn logged(&self) -> Vec<Logged> {
        let mut found = Vec::new();
        for (body, at, ..) in self.calls(Means::Log) {
            if self.condition(body, at) == Condition::Build {
                continue;
            }
            let level = self.path(body, at);
            let is_fine = level.ends_with("::trace!") || level.ends_with("::debug!");
            let by = if is_fine { LoggedBy::FineLine } else { LoggedBy::Line };
            if let Some((secret, field)) = self.in_line(body, at) {
                found.push(Logged { span: self.chains.code.symbols.span(body, at), secret, by, field });
            }
        }
        found.extend(self.arguments());
        found.sort_by_key(|logged| logged.span);
        found
    }

    /// A secret among the arguments of a log macro.
    fn in_line(&self, body: BodyId, at: ExprId) -> Option<Secret> {
        let rust = self.chains.code.symbols.rust_of(body);
        let exprs = &rust.exprs;
        let Expr::Macro(call) = exprs.get(at) else { return None };
        let call = exprs.macro_(call);
        for shown in &call.shown {
            let found = match shown.sigil {
                Sigil::Debug => self.shown_whole(body, shown.value),
                Sigil::Display => None,
            };
            if let Some(secret) = found.or_else(|| self.named(body, shown.value)) {
                return Some(secret);
            }
        }
        let args = exprs.list(call.args);
        let of_template = args.iter().position(|arg| matches!(exprs.get(*arg), Expr::Str(_)));
        let (before, from) = args.split_at(of_template.unwrap_or(args.len()));
        // `password = password`, `login.password`: fields.
        for arg in before.iter().filter(|arg| !call.shown.iter().any(|shown| shown.value == **arg)) {
            let value = match exprs.get(*arg) {
                Expr::Assign(_, value) => value,
                _ => *arg,
            };
            if let Some(secret) = self.named(body, value) {
                return Some(secret);
            }
        }
        let (template, rest) = from.split_first()?;
        let Expr::Str(text) = exprs.get(*template) else { return None };
        let mut positional = 0;
        for hole in holes(rust.name(text)) {
            let found = match hole.name {
                "" => {
                    positional += 1;
                    rest.get(positional - 1).and_then(|arg| self.in_hole(body, *arg, hole.is_debug))
                }
                name => match rest.iter().find_map(|arg| self.assigned_to(body, *arg, name)) {
                    Some(value) => self.in_hole(body, value, hole.is_debug),
                    None => self.captured_secret(body, *template, name, hole.is_debug),
                },
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn in_hole(&self, body: BodyId, at: ExprId, is_debug: bool) -> Option<Secret> {
        let whole = if is_debug { self.shown_whole(body, at) } else { None };
        whole.or_else(|| self.named(body, at))
    }

    fn assigned_to(&self, body: BodyId, at: ExprId, name: &str) -> Option<ExprId> {
        let rust = self.chains.code.symbols.rust_of(body);
        let Expr::Assign(left, right) = rust.exprs.get(at) else { return None };
        (self.origins.label(body, left) == name).then_some(right)
    }

    fn captured_secret(&self, body: BodyId, template: ExprId, name: &str, is_debug: bool) -> Option<Secret> {
        let number = self.origins.captured(body, template, name)?;
        let binding = self.chains.code.calls.flow(body).bindings[number as usize];
        if is_debug
            && let Ty::Local(id) = binding.ty.unlocked()
            && let Some(secret) = self.within(id, 0)
        {
            return Some(secret);
        }
        (is_secret(name) && self.binding_kind(body, number) == Kind::Text).then(|| (name.to_owned(), None))
    }

    /// A value that is a secret by its name, and is plain text.
    fn named(&self, body: BodyId, at: ExprId) -> Option<Secret> {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        match rust.exprs.get(at) {
            Expr::Path(_) => {
                let name = self.origins.label(body, at);
                let number = flow.binding_number(at)?;
                (is_secret(&name) && self.binding_kind(body, number) == Kind::Text).then_some((name, None))
            }
            Expr::Field(base, name) => {
                let Ty::Local(id) = flow.ty(base) else { return None };
                let is_plain =
                    is_secret(rust.name(name)) && field_kind(symbols, id, rust.name(name)) == Kind::Text;
                is_plain.then(|| (self.origins.label(body, at), self.field_span(id, rust.name(name))))
            }
            Expr::Method(call) => {
                let call = rust.exprs.method(call);
                let same = [
                    "as_str",
                    "as_ref",
                    "clone",
                    "to_string",
                    "to_owned",
                    "as_deref",
                    "unwrap",
                    "unwrap_or_default",
                ];
                if !same.contains(&rust.name(call.name)) {
                    return None;
                }
                self.named(body, call.receiver)
            }
            _ => None,
        }
    }

    /// What a variable holds, as far as a type is written: at the parameter, the `let`, or the field that it is.
    fn binding_kind(&self, body: BodyId, number: u32) -> Kind {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        let module = symbols.body(body).module;
        let flow = self.chains.code.calls.flow(body);
        let binding = flow.bindings[number as usize];
        let of_let = |value: ExprId| match exprs.get(exprs.parent(value)?) {
            Expr::Let(let_) => exprs.let_(let_).ty.map(|ty| declared(symbols, module, rust, ty).kind),
            _ => None,
        };
        match binding.source {
            Source::Param(param) => {
                let own = symbols.function(body).and_then(|function| function.params.get(param));
                own.map_or(Kind::Other, |own| {
                    declared_of_name(symbols, module, rust, (own.pat, binding.name), own.ty).kind
                })
            }
            Source::Value(value) => of_let(value).unwrap_or_else(|| self.value_kind(body, value)),
            Source::Part(value, pat) => match exprs.pat(pat) {
                Pat::TupleStruct(_, parts) if parts.len() == 1 => self.value_kind(body, value),
                Pat::Struct(path, fields) => {
                    let is_name = |part: &crate::facts::rust::PatId| matches!(exprs.pat(*part), Pat::Name(own) if *own == binding.name);
                    let field = fields.iter().find(|(_, part)| is_name(part)).map(|(field, _)| *field);
                    match (field, symbols.resolve_path(module, rust, *path, symbols.body(body).owner)) {
                        (Some(field), Res::Type(id)) => field_kind(symbols, id, rust.name(field)),
                        _ => Kind::Other,
                    }
                }
                _ => Kind::Other,
            },
            Source::Other => Kind::Other,
        }
    }

    /// What an expression gives, where it only passes on something declared, or calls a function of the tree.
    fn value_kind(&self, body: BodyId, at: ExprId) -> Kind {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        match rust.exprs.get(at) {
            Expr::Await(inner) | Expr::Try(inner) => self.value_kind(body, inner),
            Expr::Field(base, name) => match flow.ty(base) {
                Ty::Local(id) => field_kind(symbols, id, rust.name(name)),
                _ => Kind::Other,
            },
            Expr::Method(call) => {
                let call = rust.exprs.method(call);
                match rust.name(call.name) {
                    "clone" | "as_str" | "as_ref" | "as_deref" | "unwrap" | "expect" | "to_owned" => {
                        self.value_kind(body, call.receiver)
                    }
                    _ => self.returned_kind(flow.resolved(at)),
                }
            }
            Expr::Call(..) => match flow.resolved(at) {
                Res::Known(node) if symbols.means(node, Means::Env).is_some() => Kind::Text,
                found => self.returned_kind(found),
            },
            _ => Kind::Other,
        }
    }

    fn returned_kind(&self, res: Res) -> Kind {
        let symbols = self.chains.code.symbols;
        let Res::Body(id) = res else { return Kind::Other };
        let Some(ret) = symbols.function(id).and_then(|function| function.ret) else { return Kind::Other };
        declared(symbols, symbols.body(id).module, symbols.rust_of(id), ret).kind
    }

    /// A secret within a struct that is written with `{:?}`.
    fn shown_whole(&self, body: BodyId, at: ExprId) -> Option<Secret> {
        let rust = self.chains.code.symbols.rust_of(body);
        let flow = self.chains.code.calls.flow(body);
        if !matches!(rust.exprs.get(at), Expr::Path(_) | Expr::Field(..)) {
            return None;
        }
        let ty = match flow.binding(at) {
            Some(binding) => binding.ty,
            None => flow.ty(at),
        };
        match ty.unlocked() {
            Ty::Local(id) => self.within(id, 0),
            _ => None,
        }
    }

    /// A field of a struct whose derived `Debug` shows a secret, its own or one of a struct within it.
    fn within(&self, id: TypeDefId, depth: usize) -> Option<Secret> {
        let symbols = self.chains.code.symbols;
        let def = symbols.ty(id);
        let rust = symbols.rust(def.file);
        let item = rust.item(def.item);
        let ItemKind::Struct(fields) = &item.kind else { return None };
        let derives =
            item.attrs.iter().filter(|attr| matches!(&*attr.path, [name] if rust.name(*name) == "derive"));
        let derives_debug = derives
            .flat_map(|attr| &attr.args)
            .any(|arg| arg.name.is_some_and(|name| rust.name(name) == "Debug"));
        if depth > MAX_DEPTH || !derives_debug {
            return None;
        }
        let is_hidden = |field: &Field| {
            let hides = |name: Sym| {
                matches!(
                    rust.name(name),
                    "debug" | "derivative" | "educe" | "redact" | "secret" | "derive_where"
                )
            };
            field.attrs.iter().any(|attr| attr.path.first().is_some_and(|name| hides(*name)))
        };
        fields.fields.iter().filter(|field| !is_hidden(field)).find_map(|field| {
            let name = rust.name(field.name.value);
            match declared(symbols, def.module, rust, field.ty).kind {
                Kind::Text if is_secret(name) && !self.is_masked(id, name) => {
                    let owner = rust.name(item.name.value);
                    Some((format!("{owner}::{name}"), Some(Span::new(def.file, field.name.range))))
                }
                Kind::Local(inner) if inner != id => self.within(inner, depth + 1),
                _ => None,
            }
        })
    }

    /// Whether what makes a struct hides the value of a field: `api_key: mask(&key)`.
    fn is_masked(&self, id: TypeDefId, name: &str) -> bool {
        let code = self.chains.code;
        let hides = |name: &str| {
            let words = ["hide", "mask", "redact", "obfuscate", "censor", "hash", "encrypt", "truncate"];
            name.split('_').any(|part| words.iter().any(|word| part.starts_with(word)))
        };
        self.chains.reach.bodies.keys().any(|body| {
            let rust = code.symbols.rust_of(*body);
            let of_type = code.calls.flow(*body).made.iter().filter(|(made, _)| *made == id);
            let mut values = of_type.filter_map(|(_, at)| match rust.exprs.get(*at) {
                Expr::Struct(literal) => {
                    let fields = &rust.exprs.struct_(literal).fields;
                    fields.iter().find(|(field, _)| rust.name(*field) == name).map(|(_, value)| *value)
                }
                _ => None,
            });
            values.any(|value| {
                let mut open = vec![value];
                while let Some(at) = open.pop() {
                    let called = match rust.exprs.get(at) {
                        Expr::Method(call) => rust.name(rust.exprs.method(call).name).to_owned(),
                        Expr::Call(callee, _) => self.origins.label(*body, callee),
                        _ => String::new(),
                    };
                    if hides(called.rsplit("::").next().unwrap_or_default()) {
                        return true;
                    }
                    open.extend(rust.exprs.children(at));
                }
                false
            })
        })
    }

    fn field_span(&self, id: TypeDefId, name: &str) -> Option<Span> {
        let def = self.chains.code.symbols.ty(id);
        let rust = self.chains.code.symbols.rust(def.file);
        let ItemKind::Struct(fields) = &rust.item(def.item).kind else { return None };
        let field = fields.fields.iter().find(|field| rust.name(field.name.value) == name)?;
        Some(Span::new(def.file, field.name.range))
    }

    /// Functions whose arguments an attribute writes to the log.
    fn arguments(&self) -> Vec<Logged> {
        let symbols = self.chains.code.symbols;
        let mut found = Vec::new();
        for id in self.chains.reach.bodies.keys() {
            let Some(function) = symbols.function(*id) else { continue };
            let body = symbols.body(*id);
            let rust = symbols.rust_of(*id);
            for attr in &rust.item(body.item).attrs {
                let names: Vec<&str> = attr.path.iter().map(|name| rust.name(*name)).collect();
                let is_logging = matches!(symbols.resolve_marked(body.module, &names, "#", ""),
                    Res::Known(node) if symbols.means(node, Means::LogsArguments).is_some());
                let named = |wanted: &str| {
                    attr.args.iter().find(move |arg| arg.name.is_some_and(|name| rust.name(name) == wanted))
                };
                if !is_logging || named("skip_all").is_some() {
                    continue;
                }
                let is_skipped = |name: Sym| {
                    named("skip").is_some_and(|skip| {
                        skip.nested
                            .iter()
                            .any(|arg| arg.name.is_some_and(|own| rust.name(own) == rust.name(name)))
                    })
                };
                let flow = self.chains.code.calls.flow(*id);
                for (number, binding) in flow.bindings.iter().enumerate() {
                    let Source::Param(param) = binding.source else { continue };
                    if is_skipped(binding.name) || param >= function.params.len() {
                        continue;
                    }
                    let name = rust.name(binding.name);
                    let own =
                        u32::try_from(number).map_or(Kind::Other, |number| self.binding_kind(*id, number));
                    let secret = match (own, binding.ty.unlocked()) {
                        (Kind::Text, _) if is_secret(name) => Some((name.to_owned(), None)),
                        (_, Ty::Local(id)) => self.within(id, 0),
                        _ => None,
                    };
                    if let Some((secret, field)) = secret {
                        let span = Span::new(body.file, attr.range);
                        let is_fine =
                            named("level").and_then(|level| level.value.as_ref()).is_some_and(|level| {
                                matches!(&*rust.name(level.value).to_ascii_lowercase(), "trace" | "debug")
                            });
                        let by = if is_fine { LoggedBy::FineArguments } else { LoggedBy::Arguments };
                        found.push(Logged { span, secret, by, field });
                        break;
                    }
                }
            }
        }
        found
    }
}

/// A place in a template.
struct TemplateHole<'t> {
    name: &'t str,
    is_debug: bool,
}

/// The places of a template, with whether they ask for `Debug`.
fn holes(template: &str) -> Vec<TemplateHole<'_>> {
    let mut names = template_pieces(template).into_iter().filter_map(|piece| match piece {
        Piece::Hole(name) => Some(name),
        Piece::Text(_) => None,
    });
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('{') {
            rest = after;
            continue;
        }
        let Some(end) = after.find('}') else { break };
        let format = after[..end].split_once(':').map_or("", |(_, format)| format);
        let Some(name) = names.next() else { break };
        found.push(TemplateHole { name, is_debug: format.trim_end().ends_with('?') });
        rest = &after[end + 1..];
    }
    found
}

/// Whether a name says that what it holds is secret. `token` and `secret` alone are: what only looks like them says so by
/// what follows, as in `token_count`.
fn is_secret(name: &str) -> bool {
    let name = name.rsplit(['.', ':']).next().unwrap_or(name).trim_start_matches("r#");
    let exact = ["token", "secret", "passwd", "pwd", "passphrase", "jwt", "bearer", "credentials"];
    let ends = [
        "password",
        "api_key",
        "apikey",
        "private_key",
        "access_key",
        "secret_key",
        "client_secret",
        "jwt_secret",
        "access_token",
        "refresh_token",
        "auth_token",
        "bearer_token",
        "api_token",
        "session_token",
        "_secret",
        "signing_key",
        "encryption_key",
        "_passwd",
        "_passphrase",
    ];
    // `person_attr_password` is the name of an attribute, and `hashed_password` no password.
    let about = ["attr", "attribute", "column", "header", "hashed", "encrypted", "masked", "public", "fake"];
    if name.split('_').any(|word| about.contains(&word)) {
        return false;
    }
    exact.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_secret() {
        for name in ["password", "db_password", "token", "self.api_key", "webhook_secret", "refresh_token"] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "password_hash",
            "token_count",
            "page_token",
            "secret_name",
            "public_key",
            "tokens",
            "key",
            "attr_password",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn debug_is_told_from_display() {
        let of = |template| {
            holes(template).iter().map(|hole| (hole.name.to_owned(), hole.is_debug)).collect::<Vec<_>>()
        };
        assert_eq!(
            of("{} {a:?} {{x}} {:#?} {b:>5}"),
            [(String::new(), false), ("a".to_owned(), true), (String::new(), true), ("b".to_owned(), false),]
        );
    }
}
