//! Builds the tables of [`Symbols`]: one pass over every module for names, a second over every `impl` for methods.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Body, BodyId, BodyKind, Res, Symbols, Ty, TypeDef, TypeDefId};
use crate::facts::rust::{Expr, ExprId, ItemId, ItemKind, RustFacts, Sym, Type, TypeId};
use crate::facts::{Facts, FileFacts};
use crate::knowledge::Knowledge;
use crate::model::workspace::{ModuleId, Workspace, index};
use crate::source::{Kind, Sources};
use crate::span::FileId;

/// The names of one module.
#[derive(Debug, Default)]
pub(super) struct Scope {
    names: FxHashMap<String, Vec<Entry>>,
    /// Paths of `use a::*`.
    globs: Vec<Vec<String>>,
    /// What those paths mean.
    pub(super) glob_targets: Vec<Res>,
    /// `#[macro_use] extern crate a`: crates whose macros and attributes are in scope everywhere.
    pub(super) macro_crates: Vec<String>,
}

/// What a name in a module stands for. One name may be a module, a function and a macro at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Module(ModuleId),
    Body(BodyId),
    Type(TypeDefId),
    /// `use path as name`.
    Use {
        path: Vec<String>,
        from_root: bool,
    },
    /// `extern crate path as name`.
    Extern(String),
}

impl Scope {
    pub(super) fn entries(&self, name: &str) -> &[Entry] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, name: &str, entry: Entry) {
        self.names.entry(name.to_owned()).or_default().push(entry);
    }
}

impl<'a> Symbols<'a> {
    pub(crate) fn build(
        sources: &Sources,
        facts: &'a Facts,
        workspace: &'a Workspace,
        knowledge: &'a Knowledge,
    ) -> Self {
        let mut symbols = Self {
            facts,
            workspace,
            knowledge,
            versions: locked_versions(sources, facts),
            bodies: Vec::new(),
            types: Vec::new(),
            scopes: Vec::new(),
            macros: FxHashMap::default(),
            methods_by_name: FxHashMap::default(),
            body_of_item: FxHashMap::default(),
            type_of_item: FxHashMap::default(),
            blanket: BTreeSet::new(),
            dispatched: FxHashMap::default(),
            extensions: FxHashMap::default(),
        };
        let mut impls = Vec::new();
        for at in 0..workspace.modules.len() {
            let id = ModuleId(index(at));
            let module = workspace.module(id);
            let mut scope = Scope::default();
            for (name, child) in &module.children {
                scope.add(name, Entry::Module(*child));
            }
            if let Some(rust) = facts.rust(module.file) {
                let mut collecting =
                    Collecting { symbols: &mut symbols, scope: &mut scope, impls: &mut impls };
                collecting.items(id, module.file, rust, &module.items);
            }
            symbols.scopes.push(scope);
        }
        symbols.resolve_globs();
        for (module, file, item) in impls {
            symbols.add_impl(module, file, item);
        }
        for at in 0..symbols.bodies.len() {
            let id = BodyId(index(at));
            if symbols.function(id).is_some_and(|function| function.has_self) {
                let name = symbols.name(id).to_owned();
                symbols.methods_by_name.entry(name).or_default().push(id);
            }
        }
        symbols
    }

    /// Globs are resolved once: each lookup would otherwise walk all of them, and theirs in turn. The second round finds
    /// those whose path leads through another glob.
    fn resolve_globs(&mut self) {
        for _ in 0..2 {
            let targets: Vec<Vec<Res>> = (0..self.scopes.len())
                .into_par_iter()
                .map(|at| {
                    let globs = &self.scopes[at].globs;
                    globs.iter().map(|path| self.resolve_glob(ModuleId(index(at)), path)).collect()
                })
                .collect();
            for (scope, targets) in self.scopes.iter_mut().zip(targets) {
                scope.glob_targets = targets;
            }
        }
    }

    fn add_impl(&mut self, module: ModuleId, file: FileId, item: ItemId) {
        let rust = self.rust(file);
        let ItemKind::Impl(impl_) = &rust.item(item).kind else { return };
        let scope = super::resolve::TypeScope { generics: &[&impl_.generics], self_type: None };
        let self_ty = self.type_in(module, rust, impl_.self_ty, &scope, 0).unlocked();
        let of_trait = impl_.of_trait.map(|path| self.resolve_path(module, rust, path, None));
        let functions: Vec<(String, BodyId)> = impl_
            .fns
            .iter()
            .filter_map(|function| {
                let id = self.add_body(module, file, rust, *function)?;
                let body = &mut self.bodies[id.0 as usize];
                body.in_impl = Some(item);
                if let Ty::Local(ty) = self_ty {
                    body.owner = Some(ty);
                }
                Some((rust.name(rust.item(*function).name.value).to_owned(), id))
            })
            .collect();
        for constant in &impl_.consts {
            if let Some(id) = self.add_body(module, file, rust, *constant)
                && let Ty::Local(ty) = self_ty
            {
                let name = rust.name(rust.item(*constant).name.value).to_owned();
                self.types[ty.0 as usize].methods.entry(name).or_default().push(id);
            }
        }
        let local_trait = match of_trait {
            Some(Res::Type(id)) => Some(id),
            _ => None,
        };
        if let Some(of_trait) = local_trait {
            for (name, id) in &functions {
                let of_name = self.dispatched.entry(name.clone()).or_default();
                of_name.0.insert(of_trait);
                of_name.1.insert(*id);
            }
        }
        match self_ty {
            Ty::Local(ty) => {
                let is_foreign = of_trait.is_some() && local_trait.is_none();
                for (name, id) in functions {
                    let builder = self.builder_of(id);
                    let entry = &mut self.types[ty.0 as usize];
                    entry.methods.entry(name).or_default().push(id);
                    if is_foreign {
                        entry.called_from_outside.push(id);
                    }
                    if let Some(builder) = builder {
                        entry.methods.entry(builder).or_insert_with(|| vec![id]);
                    }
                }
                if let Some(id) = local_trait {
                    self.types[id.0 as usize].implementors.insert(ty);
                    self.inherit_defaults(ty, id);
                }
            }
            Ty::Known(node) => {
                for (name, id) in functions {
                    self.extensions.entry((node, name)).or_default().push(id);
                }
            }
            // `impl<T> Trait for T`: whoever calls a method of the trait may reach it.
            Ty::Lock(..) | Ty::External | Ty::Unknown => {
                if let Some(id) = local_trait {
                    if is_parameter(rust, impl_.self_ty, &impl_.generics) {
                        self.blanket.insert(id);
                    }
                    for (name, body) in functions {
                        self.types[id.0 as usize].methods.entry(name).or_default().push(body);
                    }
                }
            }
        }
    }

    /// The associated function that `#[builder]` on a function makes: the chain that it begins ends in a call of that
    /// function (<https://docs.rs/buildstructor>, <https://docs.rs/bon>).
    fn builder_of(&self, id: BodyId) -> Option<String> {
        let rust = self.rust_of(id);
        let attrs = &rust.item(self.body(id).item).attrs;
        let attr =
            attrs.iter().find(|attr| attr.path.last().is_some_and(|name| rust.name(*name) == "builder"))?;
        let named = attr
            .args
            .iter()
            .find(|arg| arg.name.is_some_and(|name| matches!(rust.name(name), "entry" | "start_fn")));
        let name = named.and_then(|arg| arg.value.as_ref()).map_or("builder", |value| rust.name(value.value));
        Some(name.to_owned())
    }

    /// A type has the default methods of the traits that it implements, unless it overrides them.
    fn inherit_defaults(&mut self, ty: TypeDefId, of_trait: TypeDefId) {
        let defaults: Vec<(String, Vec<BodyId>)> = self.types[of_trait.0 as usize]
            .methods
            .iter()
            .map(|(name, bodies)| (name.clone(), bodies.clone()))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
        for (name, bodies) in defaults {
            self.types[ty.0 as usize].methods.entry(name).or_insert(bodies);
        }
    }

    fn add_body(&mut self, module: ModuleId, file: FileId, rust: &RustFacts, item: ItemId) -> Option<BodyId> {
        let (roots, kind) = match &rust.item(item).kind {
            ItemKind::Fn(function) => (function.body.into_iter().collect::<Vec<ExprId>>(), BodyKind::Fn),
            ItemKind::Value(value) => (vec![value.value], BodyKind::Value),
            ItemKind::MacroRules { body, .. } => (body.to_vec(), BodyKind::Macro),
            ItemKind::MacroCall { call, .. } => (vec![*call], BodyKind::Macro),
            _ => return None,
        };
        let id = BodyId(index(self.bodies.len()));
        self.bodies.push(Body { module, file, item, owner: None, in_impl: None, roots, kind });
        self.body_of_item.insert((module, item), id);
        Some(id)
    }
}

/// Whether an `impl` is for its own parameter: `impl<T> Trait for T`.
fn is_parameter(rust: &RustFacts, self_ty: TypeId, generics: &[(Sym, TypeId)]) -> bool {
    let Type::Path { path, .. } = rust.exprs.ty(self_ty) else { return false };
    let segments = &rust.exprs.path(*path).segments;
    matches!(&**segments, [single] if generics.iter().any(|(name, _)| name == single))
}

struct Collecting<'s, 'a> {
    symbols: &'s mut Symbols<'a>,
    scope: &'s mut Scope,
    impls: &'s mut Vec<(ModuleId, FileId, ItemId)>,
}

impl Collecting<'_, '_> {
    fn items(&mut self, module: ModuleId, file: FileId, rust: &RustFacts, items: &[ItemId]) {
        for id in items {
            self.item(module, file, rust, *id);
        }
    }

    fn item(&mut self, module: ModuleId, file: FileId, rust: &RustFacts, id: ItemId) {
        let item = rust.item(id);
        let name = rust.name(item.name.value);
        match &item.kind {
            ItemKind::Fn(function) => {
                self.body(name, module, file, rust, id);
                // Items within a body are seen from it alone; a clash of names is rare enough.
                self.items(module, file, rust, &function.items);
            }
            ItemKind::Value(_) => self.body(name, module, file, rust, id),
            ItemKind::Struct(_) | ItemKind::Enum(_) | ItemKind::Alias(_) => {
                self.ty(name, module, file, id);
            }
            ItemKind::Trait(of_trait) => {
                let ty = self.ty(name, module, file, id);
                for function in &of_trait.fns {
                    if let Some(body) = self.symbols.add_body(module, file, rust, *function) {
                        self.symbols.bodies[body.0 as usize].owner = Some(ty);
                        let name = rust.name(rust.item(*function).name.value).to_owned();
                        self.symbols.types[ty.0 as usize].methods.entry(name).or_default().push(body);
                    }
                }
            }
            ItemKind::Impl(_) => self.impls.push((module, file, id)),
            // Inline modules are modules of their own.
            ItemKind::Mod(_) => {}
            ItemKind::Use(entries) => {
                for entry in entries {
                    let path = texts(rust, &entry.path);
                    match entry.alias {
                        None => self.scope.globs.push(path),
                        Some(alias) => {
                            let entry = Entry::Use { path, from_root: entry.leading_colon };
                            self.scope.add(rust.name(alias), entry);
                        }
                    }
                }
            }
            ItemKind::ExternCrate { krate, macro_use } => {
                let krate = rust.name(*krate).to_owned();
                if *macro_use {
                    self.scope.macro_crates.push(krate.clone());
                }
                self.scope.add(name, Entry::Extern(krate));
            }
            ItemKind::MacroRules { items, .. } => {
                if let Some(body) = self.symbols.add_body(module, file, rust, id) {
                    self.symbols.macros.entry(name.to_owned()).or_default().push(body);
                }
                self.items(module, file, rust, items);
            }
            ItemKind::MacroCall { call, items } => {
                if matches!(rust.exprs.get(*call), Expr::Macro(at) if rust.exprs.macro_(at).args.len > 0) {
                    self.symbols.add_body(module, file, rust, id);
                }
                self.items(module, file, rust, items);
            }
        }
    }

    fn body(&mut self, name: &str, module: ModuleId, file: FileId, rust: &RustFacts, id: ItemId) {
        if let Some(body) = self.symbols.add_body(module, file, rust, id) {
            self.scope.add(name, Entry::Body(body));
        }
    }

    fn ty(&mut self, name: &str, module: ModuleId, file: FileId, item: ItemId) -> TypeDefId {
        let id = TypeDefId(index(self.symbols.types.len()));
        self.symbols.types.push(TypeDef {
            module,
            file,
            item,
            methods: FxHashMap::default(),
            called_from_outside: Vec::new(),
            implementors: BTreeSet::new(),
        });
        self.symbols.type_of_item.insert((module, item), id);
        self.scope.add(name, Entry::Type(id));
        id
    }
}

/// The versions in every lock file, by the crate's name in code. A requirement of a manifest stands in where there is no
/// lock file: its least version is what Cargo would at least take.
fn locked_versions(sources: &Sources, facts: &Facts) -> BTreeMap<String, Vec<semver::Version>> {
    let mut versions: BTreeMap<String, Vec<semver::Version>> = BTreeMap::new();
    for (_, lock) in facts.of_kind(sources, Kind::CargoLock) {
        let FileFacts::Lock(lock) = lock else { continue };
        for (name, version) in &lock.packages {
            if let Ok(version) = semver::Version::parse(version) {
                versions.entry(name.replace('-', "_")).or_default().push(version);
            }
        }
    }
    for (_, manifest) in facts.of_kind(sources, Kind::CargoManifest) {
        let FileFacts::Manifest(manifest) = manifest else { continue };
        let shared = manifest.workspace.iter().flat_map(|workspace| &workspace.dependencies);
        for dependency in manifest.dependencies.iter().chain(shared) {
            let name = dependency.package.as_ref().unwrap_or(&dependency.key.value).replace('-', "_");
            let Some(least) = dependency.version.as_deref().and_then(least_version) else { continue };
            let known = versions.entry(name).or_default();
            if known.is_empty() {
                known.push(least);
            }
        }
    }
    versions
}

fn least_version(requirement: &str) -> Option<semver::Version> {
    let requirement = semver::VersionReq::parse(requirement).ok()?;
    let first = requirement.comparators.first()?;
    Some(semver::Version::new(first.major, first.minor.unwrap_or(0), first.patch.unwrap_or(0)))
}

pub(super) fn texts(rust: &RustFacts, path: &[Sym]) -> Vec<String> {
    path.iter().map(|name| rust.name(*name).to_owned()).collect()
}
