//! From a path to what it means.

use super::index::Entry;
use super::{BodyId, Res, Symbols, Ty, TypeDefId};
use crate::facts::rust::{ItemKind, PathId, RustFacts, Sym, Type, TypeId};
use crate::knowledge::Node;
use crate::model::workspace::ModuleId;

/// Re-exports of re-exports end here; a cycle of them would not end at all.
const MAX_HOPS: usize = 12;

/// Types nest in practice four deep; a parameter that is bounded by itself would nest for ever.
const MAX_TYPE_DEPTH: usize = 6;

/// What else a type's name may mean where it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TypeScope<'f> {
    /// Generic parameters with their bounds, innermost first.
    pub(crate) generics: &'f [&'f [(Sym, TypeId)]],
    /// What `Self` is.
    pub(crate) self_type: Option<TypeDefId>,
}

/// Rust's three namespaces, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    /// Modules, types, crates: what may stand before `::`.
    Types,
    /// Functions and values; a type too, whose constructor is meant.
    Values,
}

impl Symbols<'_> {
    /// What a path in an expression means. Local variables are the caller's business.
    pub(crate) fn resolve_path(
        &self,
        module: ModuleId,
        rust: &RustFacts,
        path: PathId,
        self_type: Option<TypeDefId>,
    ) -> Res {
        let path = rust.exprs.path(path);
        if let Some(ty) = path.self_type {
            let scope = TypeScope { generics: &[], self_type };
            let base = self.type_in(module, rust, ty, &scope, 0);
            let Some(last) = path.segments.last() else { return Res::Unknown };
            return self.associated(base, rust.name(*last));
        }
        let names: Vec<&str> = path.segments.iter().map(|name| rust.name(*name)).collect();
        if names.first() == Some(&"Self") {
            return match (self_type, names.as_slice()) {
                (Some(ty), [_]) => Res::Type(ty),
                (Some(ty), [_, name]) => self.associated(Ty::Local(ty), name),
                _ => Res::Unknown,
            };
        }
        self.resolve(module, &names, path.leading_colon)
    }

    /// What a path means, seen from a module.
    pub(crate) fn resolve(&self, module: ModuleId, path: &[&str], from_root: bool) -> Res {
        self.walk(module, path, from_root, Space::Values, 0)
    }

    /// Whether the methods of an external trait may be called in a module: it is imported there, as itself or as `_`.
    pub(crate) fn has_in_scope(&self, module: ModuleId, of_trait: Node) -> bool {
        let by_name = self.in_module(module, self.knowledge.name(of_trait), Space::Types, 0, &mut Vec::new());
        let unnamed = self.scopes[module.0 as usize].entries("_").iter().any(|entry| match entry {
            Entry::Use { path, from_root } => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                self.walk(module, &path, *from_root, Space::Types, 1) == Res::Known(of_trait)
            }
            _ => false,
        });
        unnamed || by_name == Res::Known(of_trait)
    }

    /// What the path of `use path::*` means.
    pub(super) fn resolve_glob(&self, module: ModuleId, path: &[String]) -> Res {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.walk(module, &path, false, Space::Types, 0)
    }

    /// What a macro or an attribute means: `println!`, `tokio::select!`, `#[get("/")]`. `suffix` and `prefix` are how
    /// the knowledge marks them.
    pub(crate) fn resolve_marked(&self, module: ModuleId, path: &[&str], prefix: &str, suffix: &str) -> Res {
        let Some((last, parents)) = path.split_last() else { return Res::Unknown };
        let marked = format!("{prefix}{last}{suffix}");
        if parents.is_empty() {
            return self.marked_in_scope(module, last, &marked, 0);
        }
        match self.walk(module, parents, false, Space::Types, 0) {
            Res::Known(node) => self.known_child(node, &marked),
            // A macro that a module of the tree re-exports.
            Res::Module(id) => self.marked_in_scope(id, last, &marked, 1),
            other => other,
        }
    }

    fn marked_in_scope(&self, module: ModuleId, name: &str, marked: &str, hops: usize) -> Res {
        if hops > MAX_HOPS {
            return Res::Unknown;
        }
        let mut at = Some(module);
        // Names of macros brought in by `use` do not pass to child modules, but `#[macro_use]` at the root does.
        while let Some(id) = at {
            let scope = &self.scopes[id.0 as usize];
            for entry in scope.entries(name) {
                if id == module
                    && let Entry::Use { path, .. } = entry
                    && let Some((last, parents)) = path.split_last()
                {
                    let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
                    let marked = marked.replace(name, last);
                    return match self.walk(module, &parents, false, Space::Types, 1) {
                        Res::Known(node) => {
                            self.knowledge.child(node, &marked).map_or(Res::External, Res::Known)
                        }
                        Res::Module(id) if id != module => self.marked_in_scope(id, last, &marked, hops + 1),
                        _ => Res::External,
                    };
                }
            }
            let globs = scope.glob_targets.iter().filter(|_| id == module).copied();
            let crates = scope.macro_crates.iter().map(|name| self.extern_crate(id, name));
            for parent in globs.chain(crates) {
                let found = match parent {
                    Res::Known(node) => self.knowledge.child(node, marked).map_or(Res::Unknown, Res::Known),
                    Res::Module(other) if other != id => self.marked_in_scope(other, name, marked, hops + 1),
                    _ => Res::Unknown,
                };
                if let Res::Known(_) = found {
                    return found;
                }
            }
            at = self.workspace.module(id).parent;
        }
        match self.knowledge.krate("std").and_then(|std| self.knowledge.child(std, marked)) {
            Some(node) => Res::Known(node),
            None => Res::Unknown,
        }
    }

    /// The type that is written, with wrappers peeled: `Result<Arc<Router>, E>` is a `Router`.
    pub(crate) fn type_in(
        &self,
        module: ModuleId,
        rust: &RustFacts,
        ty: TypeId,
        scope: &TypeScope<'_>,
        depth: usize,
    ) -> Ty {
        if depth > MAX_TYPE_DEPTH {
            return Ty::Unknown;
        }
        match rust.exprs.ty(ty) {
            Type::Path { path, args } => {
                let path_ref = rust.exprs.path(*path);
                if let [single] = &*path_ref.segments {
                    let bounds =
                        scope.generics.iter().flat_map(|list| list.iter()).filter(|(name, _)| name == single);
                    let mut bounds = bounds.peekable();
                    if bounds.peek().is_some() {
                        let found =
                            bounds.map(|(_, bounds)| self.type_in(module, rust, *bounds, scope, depth + 1));
                        return best(found);
                    }
                    if rust.name(*single) == "Self" {
                        return scope.self_type.map_or(Ty::Unknown, Ty::Local);
                    }
                }
                let names: Vec<&str> = path_ref.segments.iter().map(|name| rust.name(*name)).collect();
                let inner = || args.iter().map(|arg| self.type_in(module, rust, *arg, scope, depth + 1));
                match self.walk(module, &names, path_ref.leading_colon, Space::Types, 0) {
                    Res::Type(id) => match self.behind_alias(id, depth) {
                        Ty::Unknown => inner().next().unwrap_or(Ty::Unknown),
                        found => found,
                    },
                    Res::Known(node) if self.knowledge.is_lock(node) => {
                        inner().next().unwrap_or(Ty::External).within(node)
                    }
                    Res::Known(node) if self.knowledge.is_mere_wrapper(node) => {
                        inner().next().unwrap_or(Ty::Known(node))
                    }
                    Res::Known(node) if self.knowledge.is_type(node) => Ty::Known(node),
                    // A wrapper of which nothing is known is as good as what it holds.
                    Res::Known(_) | Res::External | Res::Unknown => match inner().next() {
                        Some(first) => first,
                        None => Ty::External,
                    },
                    Res::Body(_) | Res::Module(_) => Ty::Unknown,
                }
            }
            Type::Bounds(bounds) => {
                best(bounds.iter().map(|bound| self.type_in(module, rust, *bound, scope, depth + 1)))
            }
            Type::Tuple(_) | Type::Inferred | Type::Other => Ty::Unknown,
        }
    }

    /// What an alias stands for; any other type is itself.
    fn behind_alias(&self, id: TypeDefId, depth: usize) -> Ty {
        let def = self.ty(id);
        let rust = self.rust(def.file);
        match &rust.item(def.item).kind {
            ItemKind::Alias(target) => {
                match self.type_in(def.module, rust, *target, &TypeScope::default(), depth + 1) {
                    // `type Result<T> = std::result::Result<T, Error>`: what it holds is said where it is used.
                    Ty::External => Ty::Unknown,
                    found => found,
                }
            }
            _ => Ty::Local(id),
        }
    }

    /// The method of the one trait that any type implements and that has it.
    fn blanket_method(&self, name: &str) -> Option<&BodyId> {
        let mut all =
            self.blanket.iter().filter_map(|of_trait| self.ty(*of_trait).methods.get(name)?.first());
        all.next().filter(|_| all.next().is_none())
    }

    /// An associated function, constant or variant of a type.
    pub(crate) fn associated(&self, ty: Ty, name: &str) -> Res {
        match ty {
            Ty::Local(id) => match self.methods_of(id, name).first().or_else(|| self.blanket_method(name)) {
                Some(body) => Res::Body(*body),
                None => Res::Type(id),
            },
            Ty::Known(node) | Ty::Lock(node, _) => self.known_child(node, name),
            Ty::External => Res::External,
            Ty::Unknown => Res::Unknown,
        }
    }

    fn walk(&self, module: ModuleId, path: &[&str], from_root: bool, space: Space, hops: usize) -> Res {
        let Some((first, rest)) = path.split_first() else { return Res::Unknown };
        if hops > MAX_HOPS {
            return Res::Unknown;
        }
        let space_of_first = if rest.is_empty() { space } else { Space::Types };
        let base = match *first {
            "crate" | "$crate" => Res::Module(self.root_of(module)),
            "self" => Res::Module(module),
            "super" => match self.workspace.module(module).parent {
                Some(parent) => Res::Module(parent),
                None => Res::Unknown,
            },
            name if from_root => self.extern_crate(module, name),
            name => match self.in_module(module, name, space_of_first, hops, &mut Vec::new()) {
                Res::Unknown => self.beyond_module(module, name, space_of_first, hops),
                found => found,
            },
        };
        self.descend(base, rest, space, hops)
    }

    fn descend(&self, base: Res, rest: &[&str], space: Space, hops: usize) -> Res {
        let Some((name, rest)) = rest.split_first() else { return base };
        let space_here = if rest.is_empty() { space } else { Space::Types };
        let next = match base {
            Res::Module(id) if *name == "super" => {
                self.workspace.module(id).parent.map_or(Res::Unknown, Res::Module)
            }
            Res::Module(id) if *name == "self" => Res::Module(id),
            Res::Module(id) => self.in_module(id, name, space_here, hops + 1, &mut Vec::new()),
            Res::Type(id) => {
                let ty = self.behind_alias(id, 0);
                self.associated(if ty == Ty::Unknown { Ty::Local(id) } else { ty }, name)
            }
            Res::Known(node) => self.known_child(node, name),
            Res::External => Res::External,
            Res::Body(_) | Res::Unknown => Res::Unknown,
        };
        self.descend(next, rest, space, hops)
    }

    fn known_child(&self, node: Node, name: &str) -> Res {
        match self.knowledge.child(node, name) {
            Some(child) => Res::Known(child),
            // A constructor of which nothing is known still makes a value of its type.
            None if self.knowledge.is_type(node) => Res::Known(node),
            None => Res::External,
        }
    }

    /// A name that a module declares or brings in.
    fn in_module(
        &self,
        module: ModuleId,
        name: &str,
        space: Space,
        hops: usize,
        seen: &mut Vec<ModuleId>,
    ) -> Res {
        if hops > MAX_HOPS || seen.contains(&module) {
            return Res::Unknown;
        }
        seen.push(module);
        let scope = &self.scopes[module.0 as usize];
        let (mut external, mut of_types) = (Res::Unknown, Res::Unknown);
        for entry in scope.entries(name) {
            let found = match entry {
                Entry::Module(id) => Res::Module(*id),
                Entry::Type(id) => Res::Type(*id),
                Entry::Body(id) => Res::Body(*id),
                Entry::Extern(krate) => self.extern_crate(module, krate),
                Entry::Use { path, from_root } => {
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    // `use kube::Client` beside `mod kube` of another module means the crate; `use foo` of itself never ends.
                    if path.as_slice() == [name] {
                        self.extern_crate(module, name)
                    } else {
                        self.walk(module, &path, *from_root, space, hops + 1)
                    }
                }
            };
            match (found, space) {
                (Res::Unknown, _) | (Res::Body(_), Space::Types) => {}
                (Res::External, _) => external = Res::External,
                // A module is no value: `mod a; pub use a::*` has a function `a` as well, if `a` declares one. Nor is a crate:
                // `extern crate rocket` and `use rocket::{self}` stand beside `fn rocket`.
                (Res::Module(_), Space::Values) => of_types = found,
                (_, Space::Values) if is_crate(entry, name) => of_types = found,
                (found, _) => return found,
            }
        }
        if external != Res::Unknown {
            return external;
        }
        for glob in &scope.glob_targets {
            let found = match *glob {
                Res::Module(id) => self.in_module(id, name, space, hops + 1, seen),
                Res::Known(node) => self.knowledge.child(node, name).map_or(Res::Unknown, Res::Known),
                Res::Type(id) => self
                    .ty(id)
                    .methods
                    .get(name)
                    .and_then(|all| all.first())
                    .map_or(Res::Unknown, |id| Res::Body(*id)),
                _ => Res::Unknown,
            };
            match (found, space) {
                (Res::Unknown, _) => {}
                (Res::Module(_), Space::Values) => of_types = found,
                _ => return found,
            }
        }
        of_types
    }

    /// A name that its module does not know: a crate, or, in the 2015 edition, a name of the crate's root.
    fn beyond_module(&self, module: ModuleId, name: &str, space: Space, hops: usize) -> Res {
        match self.extern_crate(module, name) {
            Res::Unknown => {}
            found => return found,
        }
        let root = self.root_of(module);
        if root == module {
            Res::Unknown
        } else {
            self.in_module(root, name, space, hops + 1, &mut Vec::new())
        }
    }

    /// A crate by its name in code: a dependency, the package's own library, or `std`.
    fn extern_crate(&self, module: ModuleId, name: &str) -> Res {
        let krate = self.workspace.krate(self.workspace.module(module).krate);
        let package = self.workspace.package(krate.package);
        if let Some(dep) = package.dependencies.iter().find(|dep| dep.name == name) {
            if let Some(library) = dep.local {
                return Res::Module(self.workspace.krate(library).root);
            }
            let real = dep.package.replace('-', "_");
            return self.knowledge.krate(&real).map_or(Res::External, Res::Known);
        }
        if krate.kind == crate::cargo::CargoTargetKind::Bin
            && let Some(library) = self.workspace.library(krate.package)
            && self.workspace.krate(library).name.replace('-', "_") == name
        {
            return Res::Module(self.workspace.krate(library).root);
        }
        self.knowledge.krate(name).map_or(Res::Unknown, Res::Known)
    }

    /// The crate of which nothing is known that a path leads into, by its name in code.
    pub(crate) fn unknown_crate(&self, module: ModuleId, path: &[&str]) -> Option<String> {
        let (mut name, mut hops) = ((*path.first()?).to_owned(), 0);
        loop {
            let entries = self.scopes[module.0 as usize].entries(&name);
            let used = entries.iter().find_map(|entry| match entry {
                Entry::Use { path, .. } => path.first().filter(|first| **first != name),
                _ => None,
            });
            match used {
                Some(first) if hops < MAX_HOPS => (name, hops) = (first.clone(), hops + 1),
                _ => break,
            }
        }
        let is_unknown = match self.extern_crate(module, &name) {
            Res::External => true,
            Res::Known(_) => !self.knowledge.is_known(&name),
            _ => false,
        };
        is_unknown.then_some(name)
    }

    fn root_of(&self, module: ModuleId) -> ModuleId {
        self.workspace.krate(self.workspace.module(module).krate).root
    }
}

/// Whether an entry of this name stands for a crate.
fn is_crate(entry: &Entry, name: &str) -> bool {
    match entry {
        Entry::Extern(_) => true,
        Entry::Use { path, .. } => matches!(path.as_slice(), [only] if only == name),
        Entry::Module(_) | Entry::Type(_) | Entry::Body(_) => false,
    }
}

/// The first type that is known at all.
fn best(found: impl Iterator<Item = Ty>) -> Ty {
    let mut fallback = Ty::Unknown;
    for ty in found {
        match ty {
            Ty::Local(_) | Ty::Known(_) | Ty::Lock(..) => return ty,
            Ty::External => fallback = ty,
            Ty::Unknown => {}
        }
    }
    fallback
}
