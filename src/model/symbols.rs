//! What a path means: the items of every module, and the way from a path to an item of the tree or of an external crate.
//!
//! Resolution follows Rust's rules as far as they can be followed without expanding macros: modules, `use` with
//! aliases, globs and re-exports, extern crates with renames, associated functions. What cannot be resolved is
//! [`Res::Unknown`], never a guess.

mod index;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::facts::Facts;
use crate::facts::rust::{Expr, ExprId, Fn, ItemId, ItemKind, RustFacts};
use crate::knowledge::{Item, Knowledge, Means, Node};
use crate::model::workspace::{CrateId, ModuleId, Workspace};
use crate::span::{FileId, Range, Span};

pub(crate) use index::Entry;
pub(crate) use resolve::TypeScope;

/// The number of a body: a function, a constant's value, or what a macro expands to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BodyId(pub(crate) u32);

/// The number of a struct, enum, trait or alias of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TypeDefId(pub(crate) u32);

/// Code that runs: what calls lead to.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ItemId,
    /// The type whose `impl` it stands in, or the trait that declares it.
    pub(crate) owner: Option<TypeDefId>,
    /// The `impl` it stands in.
    pub(crate) in_impl: Option<ItemId>,
    /// Expressions to run, in order; a function has one.
    pub(crate) roots: Vec<ExprId>,
    pub(crate) kind: BodyKind,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Fn,
    Value,
    Macro,
}

/// A type of the tree.
#[derive(Debug)]
pub(crate) struct TypeDef {
    pub(crate) module: ModuleId,
    pub(crate) file: FileId,
    pub(crate) item: ItemId,
    /// Methods and associated functions of its own `impl`s and of the tree's traits.
    pub(crate) methods: FxHashMap<String, Vec<BodyId>>,
    /// Functions of `impl ExternalTrait for Type`: a framework calls them.
    pub(crate) called_from_outside: Vec<BodyId>,
    /// For a trait: the types that implement it.
    pub(crate) implementors: BTreeSet<TypeDefId>,
}

/// What a path means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Res {
    Body(BodyId),
    Type(TypeDefId),
    Module(ModuleId),
    /// An item of an external crate that is known, or a prefix of one.
    Known(Node),
    /// An item of an external crate of which nothing is known.
    External,
    Unknown,
}

/// The type of a value, as far as a method's receiver needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ty {
    Local(TypeDefId),
    Known(Node),
    /// A known lock and what it is around: locked, it gives that.
    Lock(Node, Held),
    /// Some type of an external crate.
    External,
    #[default]
    Unknown,
}

/// What a lock is around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Local(TypeDefId),
    Known(Node),
    External,
    Unknown,
}

impl Ty {
    /// A lock around a value of this type.
    pub(crate) fn within(self, lock: Node) -> Self {
        let held = match self.unlocked() {
            Self::Local(id) => Held::Local(id),
            Self::Known(node) => Held::Known(node),
            Self::External => Held::External,
            Self::Lock(..) | Self::Unknown => Held::Unknown,
        };
        Self::Lock(lock, held)
    }

    /// What a lock is around; any other type is itself.
    pub(crate) fn unlocked(self) -> Self {
        match self {
            Self::Lock(_, Held::Local(id)) => Self::Local(id),
            Self::Lock(_, Held::Known(node)) => Self::Known(node),
            Self::Lock(_, Held::External) => Self::External,
            Self::Lock(_, Held::Unknown) => Self::Unknown,
            other => other,
        }
    }
}

/// Every item of the tree by its place, and every body.
#[derive(Debug)]
pub(crate) struct Symbols<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) workspace: &'a Workspace,
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) bodies: Vec<Body>,
    pub(crate) types: Vec<TypeDef>,
    /// The versions of external crates that the lock files of the tree name.
    versions: BTreeMap<String, Vec<semver::Version>>,
    /// Names of each module.
    scopes: Vec<index::Scope>,
    /// `macro_rules!` by name; several crates may have one of a name.
    macros: FxHashMap<String, Vec<BodyId>>,
    /// Functions with a receiver, by name.
    methods_by_name: FxHashMap<String, Vec<BodyId>>,
    body_of_item: FxHashMap<(ModuleId, ItemId), BodyId>,
    type_of_item: FxHashMap<(ModuleId, ItemId), TypeDefId>,
    /// Traits of the tree that any type implements: `impl<T> Trait for T`.
    blanket: BTreeSet<TypeDefId>,
    /// Methods that traits of the tree declare, by name: the traits, and what implements the method.
    dispatched: FxHashMap<String, (BTreeSet<TypeDefId>, BTreeSet<BodyId>)>,
    /// Methods that traits of the tree add to external types.
    extensions: FxHashMap<(Node, String), Vec<BodyId>>,
}

impl<'a> Symbols<'a> {
    /// What the item at a node means in the versions that the tree uses.
    pub(crate) fn items(&self, node: Node) -> impl Iterator<Item = &'a Item> {
        let knowledge = self.knowledge;
        knowledge.items(node).iter().filter(move |item| self.holds(node, item))
    }

    /// The item at a node, if it has this meaning in the versions that the tree uses.
    pub(crate) fn means(&self, node: Node, means: Means) -> Option<&'a Item> {
        self.items(node).find(|item| item.means == Some(means))
    }

    /// Whether the package of a body turns a feature of a crate on.
    pub(crate) fn has_feature(&self, body: BodyId, krate: &str, feature: &str) -> bool {
        let package = self.workspace.package(self.workspace.krate(self.crate_of(body)).package);
        let mut own = package.dependencies.iter().filter(|dep| dep.package.replace('-', "_") == krate);
        own.any(|dep| dep.features.iter().any(|own| own == feature))
    }

    fn holds(&self, node: Node, item: &Item) -> bool {
        let Some(requirement) =
            item.versions.as_deref().and_then(|text| semver::VersionReq::parse(text).ok())
        else {
            return true;
        };
        match self.versions.get(self.knowledge.crate_of(node)) {
            Some(versions) => versions.iter().any(|version| requirement.matches(version)),
            None => true,
        }
    }

    pub(crate) fn body(&self, id: BodyId) -> &Body {
        &self.bodies[id.0 as usize]
    }

    pub(crate) fn ty(&self, id: TypeDefId) -> &TypeDef {
        &self.types[id.0 as usize]
    }

    pub(crate) fn rust(&self, file: FileId) -> &'a RustFacts {
        self.facts.rust(file).expect("bodies and types come from files that were read as Rust")
    }

    /// The facts of the file that a body stands in.
    pub(crate) fn rust_of(&self, id: BodyId) -> &'a RustFacts {
        self.rust(self.body(id).file)
    }

    /// The function that a body is; `None` for constants and macros.
    pub(crate) fn function(&self, id: BodyId) -> Option<&'a Fn> {
        let body = self.body(id);
        match &self.rust(body.file).item(body.item).kind {
            ItemKind::Fn(function) => Some(function),
            _ => None,
        }
    }

    pub(crate) fn name(&self, id: BodyId) -> &'a str {
        let rust = self.rust_of(id);
        rust.name(rust.item(self.body(id).item).name.value)
    }

    /// The place of a body's name.
    pub(crate) fn name_span(&self, id: BodyId) -> Span {
        let body = self.body(id);
        Span::new(body.file, self.rust(body.file).item(body.item).name.range)
    }

    pub(crate) fn span(&self, body: BodyId, expr: ExprId) -> Span {
        let file = self.body(body).file;
        Span::new(file, self.rust(file).exprs.range(expr))
    }

    /// The first line of an expression: what stands for a loop is its head, not all that it holds.
    pub(crate) fn span_of_head(&self, body: BodyId, expr: ExprId) -> Span {
        let file = self.body(body).file;
        let exprs = &self.rust(file).exprs;
        let range = exprs.range(expr);
        let inner = match exprs.get(expr) {
            Expr::Loop { body, .. } => exprs.range(body).start,
            _ => range.end,
        };
        Span::new(file, Range { start: range.start, end: inner.max(range.start + 1) })
    }

    /// The place of the name of a method that is called, and not of the chain before it; of anything else, all of it.
    pub(crate) fn method_span(&self, body: BodyId, expr: ExprId) -> Span {
        let file = self.body(body).file;
        let exprs = &self.rust(file).exprs;
        match exprs.get(expr) {
            Expr::Method(call) => Span::new(file, exprs.method(call).name_range),
            _ => self.span(body, expr),
        }
    }

    pub(crate) fn crate_of(&self, id: BodyId) -> CrateId {
        self.workspace.module(self.body(id).module).krate
    }

    pub(crate) fn methods_named(&self, name: &str) -> &[BodyId] {
        self.methods_by_name.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn macros_named(&self, name: &str) -> &[BodyId] {
        self.macros.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn extension(&self, on: Node, name: &str) -> &[BodyId] {
        self.extensions.get(&(on, name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The bodies of the functions declared in a crate's root module under a name: `main`, in its `cfg` variants.
    pub(crate) fn functions_named(&self, module: ModuleId, name: &str) -> Vec<BodyId> {
        let entries = self.scopes[module.0 as usize].entries(name);
        entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Body(id) if self.body(*id).kind == BodyKind::Fn => Some(*id),
                _ => None,
            })
            .collect()
    }

    /// Every function declared in a module.
    pub(crate) fn functions_in(&self, module: ModuleId) -> Vec<BodyId> {
        let is_there =
            |body: &Body| body.module == module && body.kind == BodyKind::Fn && body.owner.is_none();
        let bodies = self.bodies.iter().enumerate().filter(|(_, body)| is_there(body));
        bodies.map(|(at, _)| BodyId(crate::model::workspace::index(at))).collect()
    }

    /// Whether methods are those that the types of the tree have for one and the same trait.
    pub(crate) fn are_of_one_trait(&self, name: &str, methods: &[BodyId]) -> bool {
        self.dispatched.get(name).is_some_and(|(traits, of_types)| {
            traits.len() == 1 && methods.iter().all(|id| of_types.contains(id))
        })
    }

    /// The methods of a type of the tree, or of a trait and everything that implements it.
    pub(crate) fn methods_of(&self, ty: TypeDefId, name: &str) -> Vec<BodyId> {
        let own = self.ty(ty).methods.get(name).map_or(&[][..], Vec::as_slice);
        let of_implementors =
            self.ty(ty).implementors.iter().flat_map(|implementor| {
                self.ty(*implementor).methods.get(name).map_or(&[][..], Vec::as_slice)
            });
        let mut found: Vec<BodyId> = own.iter().chain(of_implementors).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
