//! The variables of the environment that a service reads.

mod certain;
mod form;
mod options;
mod place;

use std::collections::BTreeSet;

use self::certain::{Missing, Ways};
pub(crate) use self::form::Form;
use crate::facts::rust::{Expr, ExprId, ItemKind, Type, TypeId};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::settings::Naming;
use crate::model::symbols::{BodyId, Res, Ty, TypeDefId, TypeScope};
use crate::model::value::{Values, clap_field, is_optional};
use crate::model::work::Work;
use crate::span::Span;

/// Functions that wrap `env::var` are followed through this many callers.
const MAX_WRAPPERS: usize = 3;

/// A variable that is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties of a read, each asked for alone")]
pub(crate) struct EnvRead {
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    /// Whether the service fails without it.
    pub(crate) required: bool,
    /// Whether `--help` describes it: clap lists variables with the text of their argument.
    pub(crate) in_help: bool,
    /// Whether a platform, a shell or a widespread library defines it: its documentation is elsewhere.
    pub(crate) is_of_platform: bool,
    /// The module that reads it, with its crate's name in front.
    pub(crate) module: String,
    /// Whether what reads it is there to read settings, by its name: a module, a type or a function.
    pub(crate) is_in_settings: bool,
    /// Whether it is read for each request, and the request fails when the variable is missing or wrong.
    pub(crate) fails_at_work: bool,
    /// Whether the service certainly does not start without it.
    pub(crate) is_fatal: bool,
    /// The option that gives the value as well: its name without dashes, or nothing for an argument without one.
    pub(crate) option: Option<String>,
    /// What its text is parsed to, of types whose form is known.
    pub(crate) form: Option<Form>,
}

/// What a service reads from the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(crate) reads: Vec<EnvRead>,
    /// Reads whose names are not written down: a prefix, a computed name.
    pub(crate) open: Vec<Span>,
    /// How the variables are named that fill a configuration.
    pub(crate) namings: Vec<Naming>,
    /// Whether it takes variables from files such as `.env`.
    pub(crate) reads_files: bool,
}

/// A call that reads a variable.
#[derive(Clone, Copy)]
struct Call {
    body: BodyId,
    at: ExprId,
    /// Which argument is the name.
    arg: usize,
    /// What is known of what happens without the variable.
    required: Option<bool>,
    /// What is known of whether it fails when the variable is missing or wrong.
    fails: Option<bool>,
    /// What the function that takes the name does without it.
    without: Option<Missing>,
    /// Whether `--help` describes it.
    in_help: bool,
    /// What the function that takes the name parses it to.
    form: Option<Form>,
}

impl Environment {
    pub(crate) fn of(values: &Values<'_, '_>, work: &Work, roots: &[BodyId]) -> Self {
        let mut found = Self::default();
        let ways = Ways::new(values, roots);
        let parsed = options::parsed(values);
        for (body, site) in &values.reach.sites {
            for item in values.code.symbols.items(site.node) {
                match item.means {
                    Some(Means::Env) if site.called => {
                        let call = Call {
                            body: *body,
                            at: site.at,
                            arg: item.arg.unwrap_or(0),
                            required: item.required,
                            fails: None,
                            without: None,
                            in_help: item.described,
                            form: None,
                        };
                        found.read(values, work, &ways, call, MAX_WRAPPERS);
                    }
                    Some(Means::EnvFile) => found.reads_files = true,
                    Some(Means::EnvPrefix) => {
                        found.open.push(values.code.symbols.span(*body, site.at));
                        found.namings.extend(Naming::of(values, *body, site.at, item));
                    }
                    _ => {}
                }
            }
        }
        let mut seen = BTreeSet::new();
        for ty in &values.reach.types {
            found.arguments(values, *ty, &parsed, &mut seen);
        }
        found.reads.sort();
        found.reads.dedup_by(|a, b| a.name == b.name && a.span == b.span);
        found.open.sort();
        found.open.dedup();
        found
    }

    fn read(
        &mut self,
        values: &Values<'_, '_>,
        work: &Work,
        ways: &Ways<'_, '_, '_>,
        call: Call,
        wrappers: usize,
    ) {
        let Call { body, at, arg, .. } = call;
        let code = values.code;
        let exprs = &code.symbols.rust_of(body).exprs;
        let args = exprs.args(at);
        let Some(name_at) = args.get(arg).copied() else { return };
        let required = call.required.unwrap_or_else(|| is_required(values, body, at));
        let fails = call.fails.unwrap_or_else(|| required || place::parses(values, body, at));
        let without = ways.without(body, at, call.without);
        let form = call.form.or_else(|| Form::of_read(values, body, at));
        // A wrapper takes the name as a parameter: each caller reads its own variable.
        if let Some(Source::Param(param)) =
            code.calls.flow(body).binding(name_at).map(|binding| binding.source)
        {
            if wrappers == 0 {
                return self.open.push(code.symbols.span(body, name_at));
            }
            let has_self = code.symbols.function(body).is_some_and(|function| function.has_self);
            for (caller, at) in values.reach.bodies.get(&body).into_iter().flatten() {
                let is_path = matches!(code.symbols.rust_of(*caller).exprs.get(*at), Expr::Call(..));
                let arg = param + usize::from(has_self && is_path);
                let call = Call {
                    body: *caller,
                    at: *at,
                    arg,
                    required: Some(required),
                    fails: Some(fails),
                    without: Some(without),
                    in_help: call.in_help,
                    form,
                };
                self.read(values, work, ways, call, wrappers - 1);
            }
            return;
        }
        match values.text(body, name_at).literal() {
            Some(name) if !name.is_empty() => {
                let is_of_platform = code.symbols.knowledge.is_of_platform(&name);
                self.reads.push(EnvRead {
                    name,
                    span: code.symbols.span(body, name_at),
                    required,
                    in_help: call.in_help,
                    is_of_platform,
                    module: place::module(code, body),
                    is_in_settings: place::is_settings(code, body),
                    fails_at_work: fails && place::is_only_at_work(values, work, body, at),
                    is_fatal: ways.is_fatal(body, without),
                    option: None,
                    form,
                });
            }
            _ => self.open.push(code.symbols.span(body, name_at)),
        }
    }

    /// `#[arg(env)]` of the fields of a struct that clap fills, and of those that it flattens.
    fn arguments(
        &mut self,
        values: &Values<'_, '_>,
        ty: TypeDefId,
        parsed: &BTreeSet<TypeDefId>,
        seen: &mut BTreeSet<TypeDefId>,
    ) {
        if !seen.insert(ty) {
            return;
        }
        let symbols = values.code.symbols;
        let def = symbols.ty(ty);
        let rust = symbols.rust(def.file);
        let item = rust.item(def.item);
        let structs: Vec<&crate::facts::rust::Struct> = match &item.kind {
            ItemKind::Struct(fields) => vec![fields],
            ItemKind::Enum(variants) => variants.iter().map(|(_, fields)| fields).collect(),
            _ => return,
        };
        let derives_clap = item.attrs.iter().any(|attr| {
            attr.path.len() == 1
                && rust.name(attr.path[0]) == "derive"
                && attr.args.iter().any(|arg| {
                    arg.name.or(arg.value.as_ref().map(|value| value.value)).is_some_and(|name| {
                        matches!(rust.name(name), "Parser" | "Args" | "Subcommand" | "StructOpt")
                    })
                })
        });
        for field in structs.iter().flat_map(|fields| &fields.fields) {
            let clap = clap_field(rust, field);
            if let (Some(name), Some(range)) = (clap.env, clap.span_of_env) {
                let required = !clap.has_default && !is_optional(rust, field.ty);
                let in_help = field.attrs.iter().any(|attr| {
                    attr.path.len() == 1
                        && (rust.name(attr.path[0]) == "doc"
                            || attr.args.iter().any(|arg| {
                                arg.name.is_some_and(|name| matches!(rust.name(name), "help" | "long_help"))
                            }))
                });
                let is_of_platform = symbols.knowledge.is_of_platform(&name);
                let span = Span::new(def.file, range);
                self.reads.push(EnvRead {
                    name,
                    span,
                    required,
                    in_help,
                    is_of_platform,
                    module: String::new(),
                    is_in_settings: true,
                    fails_at_work: false,
                    is_fatal: required && parsed.contains(&ty) && !options::is_conditional(rust, field),
                    option: Some(options::name(rust, field)),
                    form: Form::of_argument(rust, field.ty, options::settings(rust, field)),
                });
            }
            if derives_clap && let Some(inner) = inner_type(values, def.module, ty, rust, field.ty) {
                self.arguments(values, inner, parsed, seen);
            }
        }
    }
}

fn inner_type(
    values: &Values<'_, '_>,
    module: crate::model::workspace::ModuleId,
    owner: TypeDefId,
    rust: &crate::facts::rust::RustFacts,
    ty: TypeId,
) -> Option<TypeDefId> {
    if !matches!(rust.exprs.ty(ty), Type::Path { .. }) {
        return None;
    }
    let scope = TypeScope { generics: &[], self_type: Some(owner) };
    match values.code.symbols.type_in(module, rust, ty, &scope, 0).unlocked() {
        Ty::Local(id) => Some(id),
        _ => None,
    }
}

/// Whether the code fails when the variable is not there: `.expect(…)`, `?`, `.unwrap()`, or a `match` that leaves.
fn is_required(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = values.code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut at = at;
    while let Some(parent) = exprs.parent(at) {
        match exprs.get(parent) {
            Expr::Try(_) => return true,
            Expr::Method(call) if exprs.method(call).receiver == at => {
                match rust.name(exprs.method(call).name) {
                    "expect" | "unwrap" => return true,
                    "context" | "with_context" | "map_err" | "map" | "and_then" | "wrap_err"
                    | "wrap_err_with" | "inspect_err" => at = parent,
                    "unwrap_or_else" => {
                        let args = exprs.list(exprs.method(call).args);
                        return args.first().is_some_and(|arg| match exprs.get(*arg) {
                            Expr::Closure(closure) => leaves(values, body, exprs.closure(closure).body),
                            _ => false,
                        });
                    }
                    _ => return false,
                }
            }
            Expr::Await(_) => at = parent,
            _ => return false,
        }
    }
    false
}

/// `panic!`, `process::exit`, alone or at the end of a block.
fn leaves(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = values.code.symbols.rust_of(body);
    match rust.exprs.get(at) {
        Expr::Macro(call) => {
            let path = rust.exprs.path(rust.exprs.macro_(call).path);
            path.segments
                .last()
                .is_some_and(|name| matches!(rust.name(*name), "panic" | "unreachable" | "bail"))
        }
        Expr::Block { stmts, .. } => {
            rust.exprs.list(stmts).last().is_some_and(|last| leaves(values, body, *last))
        }
        _ => {
            values.code.always_leaves(body, at)
                || matches!(values.code.calls.flow(body).resolved(at), Res::Known(node)
                    if values.code.symbols.means(node, Means::Exit).is_some())
        }
    }
}
