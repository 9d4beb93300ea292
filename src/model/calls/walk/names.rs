//! What names are bound to: patterns, and the fields that they take apart.

use super::{TRANSPARENT, Walk, with_scope};
use crate::facts::rust::{Expr, ExprId, ItemKind, Pat, PatId, PathId, RustFacts, Sym, Type, TypeId};
use crate::model::calls::{Binding, Source, Target};
use crate::model::symbols::{Body, BodyId, Res, Symbols, Ty, TypeDefId, TypeScope};
use crate::model::workspace::index;

impl Walk<'_, '_> {
    /// The types of the parts of a tuple: of one that is written, or of one that a function of the tree gives back.
    pub(super) fn tuple_of(&self, at: ExprId) -> Vec<Ty> {
        let exprs = &self.rust.exprs;
        let already = |at: ExprId| self.flow.types.iter().rev().find(|(id, _)| *id == at).map(|(_, ty)| *ty);
        match exprs.get(at) {
            Expr::Await(inner) | Expr::Try(inner) => self.tuple_of(inner),
            Expr::Tuple(parts) => {
                exprs.list(parts).iter().map(|part| already(*part).unwrap_or_default()).collect()
            }
            Expr::Method(call) if TRANSPARENT.contains(&self.rust.name(exprs.method(call).name)) => {
                self.tuple_of(exprs.method(call).receiver)
            }
            Expr::Call(..) | Expr::Method(_) => {
                match self.flow.resolved.iter().rev().find(|(id, _)| *id == at).map(|(_, res)| *res) {
                    Some(Res::Body(id)) => returned_tuple(self.symbols, id),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// `T::new()` of a type parameter: what any type of the tree that its bound lets in declares.
    pub(super) fn of_parameter(&mut self, at: ExprId, path: PathId) -> Res {
        let [parameter, name] = &*self.rust.exprs.path(path).segments else { return Res::Unknown };
        let bound = with_scope(self.symbols, self.body, self.rust, |scope| {
            let mut all = scope.generics.iter().flat_map(|list| list.iter());
            let bounds = all.by_ref().filter(|(own, _)| own == parameter);
            let mut types =
                bounds.map(|(_, bound)| self.symbols.type_in(self.body.module, self.rust, *bound, scope, 0));
            types.find(|ty| matches!(ty, Ty::Local(_)))
        });
        let Some(Ty::Local(id)) = bound else { return Res::Unknown };
        let targets = self.symbols.methods_of(id, self.rust.name(*name));
        for target in targets.iter().skip(1) {
            self.edge(at, Target::Body(*target));
            if let Some(owner) = self.symbols.body(*target).owner {
                self.edge(at, Target::Type(owner));
            }
        }
        targets.first().map_or(Res::Unknown, |first| Res::Body(*first))
    }

    /// Brings the names of a pattern into scope.
    pub(super) fn bind(&mut self, pat: PatId, source: Source, ty: Ty) {
        match self.rust.exprs.pat(pat) {
            Pat::Name(name) => {
                let binding = index(self.flow.bindings.len());
                self.flow.bindings.push(Binding { name: *name, source, ty });
                self.names.push((*name, binding));
            }
            Pat::Typed(inner, declared) => {
                let declared = self.type_of(*declared);
                self.bind(*inner, source, if declared == Ty::Unknown { ty } else { declared });
            }
            Pat::TupleStruct(path, parts) => {
                // `Some(x)` holds what the option holds; an extractor such as `State(x)` is typed by its own argument.
                if let Res::Type(id) = self.resolve(*path) {
                    let last =
                        self.rust.exprs.path(*path).segments.last().map_or("", |name| self.rust.name(*name));
                    let types: Vec<Ty> =
                        parts.iter().enumerate().map(|(at, _)| self.numbered_field(id, last, at)).collect();
                    for (part, ty) in parts.iter().zip(types) {
                        self.bind(*part, part_of(source, pat), ty);
                    }
                    return;
                }
                let single = parts.len() == 1;
                for part in parts {
                    self.bind(*part, part_of(source, pat), if single { ty } else { Ty::Unknown });
                }
            }
            Pat::Struct(path, fields) => {
                let of_type = match self.resolve(*path) {
                    Res::Type(id) => Ty::Local(id),
                    _ => ty,
                };
                for (name, part) in fields {
                    let ty = self.field(of_type, *name);
                    self.bind(*part, part_of(source, pat), ty);
                }
            }
            Pat::Tuple(parts) | Pat::Any(parts) => {
                for part in parts {
                    self.bind(*part, part_of(source, pat), Ty::Unknown);
                }
            }
            Pat::Guarded(inner, guard) => {
                self.bind(*inner, source, ty);
                self.visit(*guard);
            }
            Pat::Literal(value) => {
                self.visit(*value);
            }
            Pat::Path(_) | Pat::Wild => {}
        }
    }

    /// The type of a positional field of a struct, or of the variant of an enum.
    fn numbered_field(&self, id: TypeDefId, variant: &str, at: usize) -> Ty {
        let def = self.symbols.ty(id);
        let rust = self.symbols.rust(def.file);
        let fields = match &rust.item(def.item).kind {
            ItemKind::Struct(fields) => Some(fields),
            ItemKind::Enum(variants) => {
                let named = variants.iter().find(|(name, _)| rust.name(name.value) == variant);
                named.map(|(_, fields)| fields)
            }
            _ => None,
        };
        let Some(fields) = fields else { return Ty::Unknown };
        let Some(field) = fields.fields.get(at) else { return Ty::Unknown };
        self.symbols.type_in(def.module, rust, field.ty, &TypeScope { generics: &[], self_type: Some(id) }, 0)
    }

    pub(super) fn field(&self, base: Ty, name: Sym) -> Ty {
        let Ty::Local(id) = base.unlocked() else { return Ty::Unknown };
        let def = self.symbols.ty(id);
        let rust = self.symbols.rust(def.file);
        let ItemKind::Struct(fields) = &rust.item(def.item).kind else { return Ty::Unknown };
        let name = self.rust.name(name);
        let Some(field) = fields.fields.iter().find(|field| rust.name(field.name.value) == name) else {
            return Ty::Unknown;
        };
        // `impl<S: Service> Server<S>` says what `S` is; its fields are mostly declared in the same file.
        if def.file == self.body.file {
            return with_scope(self.symbols, self.body, self.rust, |scope| {
                let scope = TypeScope { generics: scope.generics, self_type: Some(id) };
                self.symbols.type_in(def.module, rust, field.ty, &scope, 0)
            });
        }
        let scope = TypeScope { generics: &[], self_type: Some(id) };
        self.symbols.type_in(def.module, rust, field.ty, &scope, 0)
    }
}

fn part_of(source: Source, pat: PatId) -> Source {
    match source {
        Source::Value(value) => Source::Part(value, pat),
        other => other,
    }
}

/// The types of the parts of the tuple that a body gives back, alone or in a `Result`.
fn returned_tuple(symbols: &Symbols<'_>, id: BodyId) -> Vec<Ty> {
    let body = symbols.body(id);
    let rust = symbols.rust_of(id);
    let ItemKind::Fn(function) = &rust.item(body.item).kind else { return Vec::new() };
    let mut open = function.ret;
    for _ in 0..4 {
        match open.map(|ty| rust.exprs.ty(ty)) {
            Some(Type::Tuple(parts)) => {
                return with_scope(symbols, body, rust, |scope| {
                    parts.iter().map(|part| symbols.type_in(body.module, rust, *part, scope, 0)).collect()
                });
            }
            Some(Type::Path { args, .. }) => open = args.first().copied(),
            _ => break,
        }
    }
    Vec::new()
}

/// The type of the error of a `Result`, also of an alias of the tree that names it.
pub(super) fn error_of(symbols: &Symbols<'_>, body: &Body, rust: &RustFacts, ret: TypeId) -> Option<Ty> {
    let Type::Path { path, args } = rust.exprs.ty(ret) else { return None };
    if let Some(error) = args.get(1) {
        return Some(with_scope(symbols, body, rust, |scope| {
            symbols.type_in(body.module, rust, *error, scope, 0)
        }));
    }
    let path = rust.exprs.path(*path);
    let names: Vec<&str> = path.segments.iter().map(|name| rust.name(*name)).collect();
    let Res::Type(id) = symbols.resolve(body.module, &names, path.leading_colon) else { return None };
    let def = symbols.ty(id);
    let own = symbols.rust(def.file);
    let ItemKind::Alias(target) = &own.item(def.item).kind else { return None };
    let Type::Path { args, .. } = own.exprs.ty(*target) else { return None };
    let error = args.get(1)?;
    Some(symbols.type_in(def.module, own, *error, &TypeScope::default(), 0))
}

impl Walk<'_, '_> {
    /// `Self::routes()` in the default method of a trait is the function of whatever implements it.
    pub(super) fn dispatched(&self, path: PathId, found: Res) -> Vec<BodyId> {
        let (Res::Body(first), [of, name], Some(owner)) =
            (found, &*self.rust.exprs.path(path).segments, self.body.owner)
        else {
            return Vec::new();
        };
        if self.rust.name(*of) != "Self" || self.symbols.ty(owner).implementors.is_empty() {
            return Vec::new();
        }
        let all = self.symbols.methods_of(owner, self.rust.name(*name));
        all.into_iter().filter(|other| *other != first).collect()
    }
}
