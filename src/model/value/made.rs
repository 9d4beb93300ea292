//! Fields of structs, followed to where the struct is made: a literal, a constructor of the tree, `Default`, clap, the
//! environment.

mod unset;

use std::collections::BTreeSet;

use super::branch::{choose, same};
use super::clap::{attribute_default, clap_field, find_field};
use super::{Part, Text, Values};
use crate::facts::rust::{Expr, ExprId, ItemKind};
use crate::knowledge::Means;
use crate::model::calls::Source;
use crate::model::symbols::{BodyId, BodyKind, Res, Ty, TypeDefId};

/// A type that is made at more places than this is not followed.
const MAX_MAKERS: usize = 6;

/// Methods that give the struct that they are called on, or the one that is in what they are called on.
const SAME_STRUCT: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "borrow",
    "clone",
    "cloned",
    "context",
    "copied",
    "deref",
    "expect",
    "get_ref",
    "inspect_err",
    "into",
    "into_inner",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "to_owned",
    "unwrap",
    "with_context",
    "wrap_err",
    "wrap_err_with",
    "leak",
    "get",
    "load",
    "read",
    "lock",
    "await",
];

/// What a field is said to be.
pub(super) enum Definition {
    At(BodyId, ExprId),
    Text(Text),
    /// What a configuration says under these names, or this.
    Setting(Vec<String>, Option<Box<Definition>>),
}

/// What makes a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Maker {
    /// A literal, or the call of a tuple struct.
    Literal(BodyId, ExprId),
    /// A derived `Default`.
    Default(TypeDefId),
    /// Variables alone, with the prefix that is written at the call.
    Variables(BodyId, Option<ExprId>),
    /// Something that Forge cannot follow: a file, a library.
    Open,
}

impl Values<'_, '_> {
    /// The text of a field.
    pub(super) fn field(&self, body: BodyId, base: ExprId, name: &str, depth: usize) -> Text {
        self.definitions(body, base, name, depth, |definition| match definition {
            Definition::At(body, at) => self.eval(body, at, depth + 1),
            Definition::Text(text) => text,
            Definition::Setting(..) => Text::unknown(),
        })
    }

    /// What a field holds, by all that may make its struct: one answer, or none.
    pub(super) fn definitions(
        &self,
        body: BodyId,
        base: ExprId,
        name: &str,
        depth: usize,
        read: impl Fn(Definition) -> Text,
    ) -> Text {
        if self.is_spent(depth) {
            return Text::unknown();
        }
        let found = self.sources_of(body, base, name, depth);
        let text = same(found.into_iter().map(|definition| match definition {
            Definition::Setting(keys, default) => Text::setting(keys, default.map(|default| read(*default))),
            definition => read(definition),
        }));
        match self.code.calls.flow(body).ty(base) {
            Ty::Local(id) => self.replaced(id, name, text, depth),
            _ => text,
        }
    }

    /// What a field is said to be, at each place that may make its struct.
    pub(super) fn sources_of(&self, body: BodyId, base: ExprId, name: &str, depth: usize) -> Vec<Definition> {
        let open = || vec![Definition::Text(Text::unknown())];
        let ty = match self.code.calls.flow(body).ty(base) {
            Ty::Local(id) => Some(id),
            _ => None,
        };
        if let Some(text) = ty.and_then(|id| self.said_by_attributes(id, name, depth)) {
            return vec![Definition::Text(text)];
        }
        let mut found = Vec::new();
        let Some(makers) = self.makers(body, base, depth + 1).or_else(|| self.makers_of(ty?)) else {
            return ty.map_or_else(open, |id| vec![self.unset(id, name, depth)]);
        };
        for maker in makers {
            self.of_maker(maker, ty, name, depth, &mut found);
        }
        if found.is_empty() { open() } else { found }
    }

    fn of_maker(
        &self,
        maker: Maker,
        ty: Option<TypeDefId>,
        name: &str,
        depth: usize,
        found: &mut Vec<Definition>,
    ) {
        let open = Definition::Text(Text::unknown());
        if self.is_spent(depth) {
            return found.push(open);
        }
        match maker {
            Maker::Open => found.push(ty.map_or(open, |id| self.unset(id, name, depth))),
            Maker::Default(id) => {
                let text = self.default_by_attribute(id, name, depth).unwrap_or_else(Text::unknown);
                found.push(Definition::Text(text));
            }
            Maker::Variables(body, prefix) => {
                let text = ty.map(|id| self.variable_of_field(id, name, (body, prefix), depth));
                found.push(Definition::Text(text.unwrap_or_else(Text::unknown)));
            }
            Maker::Literal(body, at) => {
                let rust = self.code.symbols.rust_of(body);
                match rust.exprs.get(at) {
                    Expr::Struct(literal) => {
                        let literal = rust.exprs.struct_(literal);
                        let own = literal.fields.iter().find(|(field, _)| rust.name(*field) == name);
                        match (own, literal.base) {
                            (Some((_, value)), _) => found.push(Definition::At(body, *value)),
                            (None, Some(base)) => {
                                let id = match self.code.calls.flow(body).ty(at) {
                                    Ty::Local(id) => Some(id),
                                    _ => None,
                                };
                                let makers = match id.filter(|_| self.is_default(body, base)) {
                                    Some(id) => self.default_makers(id, depth + 1),
                                    None => self.makers(body, base, depth + 1),
                                };
                                for maker in makers.unwrap_or_else(|| vec![Maker::Open]) {
                                    self.of_maker(maker, id, name, depth + 1, found);
                                }
                            }
                            (None, None) => found.push(open),
                        }
                    }
                    Expr::Call(_, args) => {
                        let arg = name.parse().ok().and_then(|at: usize| rust.exprs.list(args).get(at));
                        found.push(arg.map_or(open, |arg| Definition::At(body, *arg)));
                    }
                    _ => found.push(open),
                }
            }
        }
    }

    /// What makes the struct that an expression yields. `None` where the trail is lost, as in a method's `self`: then
    /// whatever makes a struct of that type may have.
    fn makers(&self, body: BodyId, at: ExprId, depth: usize) -> Option<Vec<Maker>> {
        if self.is_spent(depth) {
            return Some(vec![Maker::Open]);
        }
        let symbols = self.code.symbols;
        let rust = symbols.rust_of(body);
        let exprs = &rust.exprs;
        let flow = self.code.calls.flow(body);
        let next = |inner| self.makers(body, inner, depth + 1);
        let closure_or = |arg: ExprId| match exprs.get(arg) {
            Expr::Closure(closure) => next(exprs.closure(closure).body),
            _ => match flow.resolved(arg) {
                Res::Body(id) if symbols.body(id).kind == BodyKind::Fn => self.makers_given(id, depth),
                _ => next(arg),
            },
        };
        match exprs.get(at) {
            Expr::Struct(_) => Some(vec![Maker::Literal(body, at)]),
            Expr::Await(inner)
            | Expr::Try(inner)
            | Expr::Cast(inner, _)
            | Expr::Async(inner)
            | Expr::Return(Some(inner)) => next(inner),
            Expr::Block { stmts, has_tail: true } => next(*exprs.list(stmts).last()?),
            Expr::If { parts, has_else: true } => self.all_makers(body, &exprs.list(parts)[1..], depth),
            Expr::Match { first_arm, arms, .. } => {
                let arms: Vec<ExprId> = exprs.arms(first_arm, arms).iter().map(|arm| arm.body).collect();
                self.all_makers(body, &arms, depth)
            }
            Expr::Path(_) => match flow.binding(at).map(|binding| binding.source) {
                Some(Source::Value(value)) => next(value),
                Some(Source::Param(param)) => match self.callers_with_args(body).as_slice() {
                    [(caller, args)] => self.makers(*caller, *args.get(param)?, depth + 1),
                    _ => None,
                },
                Some(_) => None,
                None => match flow.resolved(at) {
                    Res::Body(id) if symbols.body(id).kind == BodyKind::Value => {
                        self.makers(id, *symbols.body(id).roots.first()?, depth + 1)
                    }
                    _ => None,
                },
            },
            Expr::Field(base, name) => self.makers_of_field(body, at, (base, rust.name(name)), depth),
            Expr::Call(callee, args) => {
                let args = exprs.list(args);
                let last = self.last_name(body, callee);
                match flow.resolved(at) {
                    Res::Body(id) => self.makers_given(id, depth),
                    Res::Type(id) if last == "default" => self.default_makers(id, depth),
                    Res::Type(id) if last == rust_name(self, id) || last == "Self" => {
                        Some(vec![Maker::Literal(body, at)])
                    }
                    Res::Known(node)
                        if symbols.means(node, Means::EnvPrefix).is_some_and(|item| item.fills) =>
                    {
                        Some(vec![Maker::Variables(body, args.first().copied())])
                    }
                    Res::External | Res::Unknown if matches!(last, "default" | "new") && args.is_empty() => {
                        None
                    }
                    Res::External | Res::Unknown | Res::Module(_) => match args {
                        [only] => closure_or(*only),
                        _ => Some(vec![Maker::Open]),
                    },
                    _ => Some(vec![Maker::Open]),
                }
            }
            Expr::Method(call) => {
                let call = exprs.method(call);
                match (rust.name(call.name), exprs.list(call.args), flow.resolved(at)) {
                    (_, _, Res::Body(id)) if !flow.is_ambiguous(at) => self.makers_given(id, depth),
                    ("get_or_init" | "get_or_try_init", [only], _) => closure_or(*only),
                    ("unwrap_or" | "unwrap_or_else" | "or_else", [only], _) => {
                        let mut found = next(call.receiver)?;
                        found.extend(closure_or(*only)?);
                        Some(found)
                    }
                    (name, ..) if SAME_STRUCT.contains(&name) => next(call.receiver),
                    // `envy::prefixed("APP_").from_env()`.
                    _ => match next(call.receiver) {
                        Some(makers) if matches!(makers.as_slice(), [Maker::Variables(..)]) => Some(makers),
                        _ => Some(vec![Maker::Open]),
                    },
                }
            }
            _ => None,
        }
    }

    /// What makes the struct that a field holds.
    fn makers_of_field(
        &self,
        body: BodyId,
        at: ExprId,
        (base, name): (ExprId, &str),
        depth: usize,
    ) -> Option<Vec<Maker>> {
        let flow = self.code.calls.flow(body);
        let sources = self.sources_of(body, base, name, depth + 1);
        let mut found = Vec::new();
        for source in sources {
            match source {
                Definition::At(body, at) => found.extend(self.makers(body, at, depth + 1)?),
                Definition::Setting(_, default) => {
                    if let Some(Definition::At(body, at)) = default.map(|default| *default) {
                        found.extend(self.makers(body, at, depth + 1)?);
                    }
                    found.push(Maker::Open);
                }
                Definition::Text(_) => match (flow.ty(at), flow.ty(base)) {
                    // A derived default of the whole is one of each part.
                    (Ty::Local(id), Ty::Local(whole))
                        if self.makers(body, base, depth + 1) == Some(vec![Maker::Default(whole)]) =>
                    {
                        found.extend(self.default_makers(id, depth + 1)?);
                    }
                    _ => found.push(Maker::Open),
                },
            }
        }
        Some(found)
    }

    fn all_makers(&self, body: BodyId, branches: &[ExprId], depth: usize) -> Option<Vec<Maker>> {
        let mut found = BTreeSet::new();
        for branch in branches.iter().filter(|branch| !self.gives_nothing(body, **branch)) {
            found.extend(self.makers(body, *branch, depth + 1)?);
        }
        Some(found.into_iter().collect())
    }

    fn makers_given(&self, id: BodyId, depth: usize) -> Option<Vec<Maker>> {
        self.all_makers(id, &self.gives(id), depth)
    }

    /// Whatever makes a struct of a type in the code that runs.
    fn makers_of(&self, id: TypeDefId) -> Option<Vec<Maker>> {
        if self.derives(id, &["Deserialize", "Parser", "Args", "StructOpt", "Envconfig", "Config"]) {
            return None;
        }
        let mut found = Vec::new();
        for body in self.reach.bodies.keys() {
            let made = self.code.calls.flow(*body).made.iter().filter(|(ty, _)| *ty == id);
            found.extend(made.map(|(_, at)| Maker::Literal(*body, *at)));
            if found.len() > MAX_MAKERS {
                return None;
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// `Config::default()`: what `impl Default` gives, else what a derive makes.
    fn default_makers(&self, id: TypeDefId, depth: usize) -> Option<Vec<Maker>> {
        match self.code.symbols.ty(id).methods.get("default").map(Vec::as_slice) {
            Some([only]) => self.makers_given(*only, depth + 1),
            Some(_) => Some(vec![Maker::Open]),
            None => Some(vec![Maker::Default(id)]),
        }
    }

    fn is_default(&self, body: BodyId, at: ExprId) -> bool {
        match self.code.symbols.rust_of(body).exprs.get(at) {
            Expr::Call(callee, args) => args.len == 0 && self.last_name(body, callee) == "default",
            _ => false,
        }
    }

    /// A field that is assigned to after its struct was made.
    fn replaced(&self, id: TypeDefId, name: &str, first: Text, depth: usize) -> Text {
        let mut text = None;
        for body in self.reach.bodies.keys() {
            let flow = self.code.calls.flow(*body);
            if flow.assigned.is_empty() {
                continue;
            }
            let rust = self.code.symbols.rust_of(*body);
            for at in &flow.assigned {
                let Expr::Assign(left, right) = rust.exprs.get(*at) else { continue };
                let Expr::Field(base, field) = rust.exprs.get(left) else { continue };
                if rust.name(field) != name || flow.ty(base) != Ty::Local(id) {
                    continue;
                }
                if text.is_some() {
                    return Text::unknown();
                }
                text = Some(self.overridden(*body, right, first.clone(), depth));
            }
        }
        text.unwrap_or(first)
    }

    /// What attributes of a field say of its variable and its default: clap's, envconfig's.
    fn said_by_attributes(&self, id: TypeDefId, name: &str, depth: usize) -> Option<Text> {
        let (rust, field) = find_field(self.code, id, name)?;
        let clap = clap_field(rust, field);
        let default = clap
            .has_default
            .then(|| clap.default.map_or_else(Text::unknown, |default| self.written(id, &default, depth)));
        let text = match (clap.env, default) {
            (Some(name), default) => {
                Some(Text { parts: vec![Part::Env { name, default: default.map(Box::new) }] })
            }
            (None, default) => default,
        };
        // What the command line says holds before the variable and before the default.
        match clap.flags {
            flags if flags.is_empty() => text,
            names => Some(Text { parts: vec![Part::Arg { names, default: text.map(Box::new) }] }),
        }
    }

    /// `#[default = 8080]`, `#[default(_code = "…")]`.
    fn default_by_attribute(&self, id: TypeDefId, name: &str, depth: usize) -> Option<Text> {
        let (rust, field) = find_field(self.code, id, name)?;
        Some(self.written(id, &attribute_default(rust, field)?, depth))
    }

    /// A default that an attribute writes: a literal, or the name of a constant.
    fn written(&self, id: TypeDefId, default: &str, depth: usize) -> Text {
        let is_constant = default.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && default.starts_with(|c: char| c.is_ascii_uppercase());
        match default {
            "LOCALHOST" => Text::known("127.0.0.1"),
            "UNSPECIFIED" => Text::known("0.0.0.0"),
            name if is_constant => {
                let module = self.code.symbols.ty(id).module;
                self.constant(self.code.symbols.resolve(module, &[name], false), depth + 1)
            }
            text => Text::known(text),
        }
    }

    /// A field that is filled from the variable of its name.
    fn variable_of_field(
        &self,
        id: TypeDefId,
        name: &str,
        (body, prefix): (BodyId, Option<ExprId>),
        depth: usize,
    ) -> Text {
        let prefix = match prefix.map(|at| self.eval(body, at, depth + 1)) {
            None => Some(String::new()),
            Some(text) => text.literal(),
        };
        let (Some(prefix), Some((rust, field))) = (prefix, find_field(self.code, id, name)) else {
            return Text::unknown();
        };
        let serde = super::clap::serde_field(rust, field);
        let variable = format!("{prefix}{}", serde.rename.as_deref().unwrap_or(name)).to_ascii_uppercase();
        let given = Text { parts: vec![Part::Env { name: variable, default: None }] };
        if !serde.has_default {
            return given;
        }
        let default = serde.default.and_then(|path| self.function_of(id, &path));
        let default = default.map(|body| self.returned(body, depth + 1));
        choose(given, default.unwrap_or_else(Text::unknown))
    }

    pub(super) fn derives(&self, id: TypeDefId, names: &[&str]) -> bool {
        let def = self.code.symbols.ty(id);
        let rust = self.code.symbols.rust(def.file);
        rust.item(def.item).attrs.iter().any(|attr| {
            attr.path.last().is_some_and(|name| rust.name(*name) == "derive")
                && attr.args.iter().any(|arg| {
                    let name = arg.name.or(arg.value.as_ref().map(|value| value.value));
                    name.is_some_and(|name| names.contains(&rust.name(name)))
                })
        })
    }
}

fn rust_name<'s>(values: &'s Values<'_, '_>, id: TypeDefId) -> &'s str {
    let def = values.code.symbols.ty(id);
    let rust = values.code.symbols.rust(def.file);
    match &rust.item(def.item).kind {
        ItemKind::Struct(_) => rust.name(rust.item(def.item).name.value),
        _ => "",
    }
}
