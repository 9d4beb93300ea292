//! Items.

use super::super::expr::PathId;
use super::super::item::{
    Field, Fn, Impl, Item, ItemId, ItemKind, ModDecl, Param, Struct, Trait, UseEntry, Value,
};
use super::super::names::Sym;
use super::super::types::{Type, TypeId};
use super::attr::{NOWHERE, is_enabled};
use super::{Lowering, index};
use crate::span::At;

impl Lowering<'_> {
    pub(super) fn items(&mut self, items: &[syn::Item]) -> Vec<ItemId> {
        items.iter().filter_map(|item| self.item(item)).collect()
    }

    pub(super) fn item(&mut self, item: &syn::Item) -> Option<ItemId> {
        match item {
            syn::Item::Fn(item) => self.named(&item.attrs, Some(&item.vis), &item.sig.ident, |this| {
                this.function(&item.sig, Some(&item.block))
            }),
            syn::Item::Struct(item) => self.named(&item.attrs, Some(&item.vis), &item.ident, |this| {
                ItemKind::Struct(this.fields(&item.fields))
            }),
            syn::Item::Enum(item) => self.named(&item.attrs, Some(&item.vis), &item.ident, |this| {
                let variants = item.variants.iter().map(|variant| {
                    let range = this.range(variant.ident.span());
                    let attrs = this.attrs(&variant.attrs);
                    (
                        At::new(this.ident(&variant.ident), range),
                        Struct { attrs, ..this.fields(&variant.fields) },
                    )
                });
                ItemKind::Enum(variants.collect())
            }),
            syn::Item::Trait(item) => self.named(&item.attrs, Some(&item.vis), &item.ident, |this| {
                let fns = item.items.iter().filter_map(|item| this.trait_item(item)).collect();
                ItemKind::Trait(Trait { fns })
            }),
            syn::Item::Impl(item) => self.impl_(item),
            syn::Item::Const(item) => self.value(&item.attrs, &item.vis, &item.ident, &item.ty, &item.expr),
            syn::Item::Static(item) => self.value(&item.attrs, &item.vis, &item.ident, &item.ty, &item.expr),
            syn::Item::Type(item) => self
                .named(&item.attrs, Some(&item.vis), &item.ident, |this| ItemKind::Alias(this.ty(&item.ty))),
            syn::Item::Mod(item) => self.module(item),
            syn::Item::Use(item) => self.use_(item),
            syn::Item::ExternCrate(item) => {
                let local = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
                let macro_use = item.attrs.iter().any(|attr| attr.path().is_ident("macro_use"));
                self.named(&item.attrs, Some(&item.vis), local, |this| ItemKind::ExternCrate {
                    krate: this.ident(&item.ident),
                    macro_use,
                })
            }
            syn::Item::Macro(item) => self.item_macro(item),
            _ => None,
        }
    }

    /// Reserves a number for an item before what is below it, so that numbers follow the text.
    pub(super) fn add(
        &mut self,
        name: At<Sym>,
        attrs: &[syn::Attribute],
        is_pub: bool,
        kind: impl FnOnce(&mut Self) -> ItemKind,
    ) -> Option<ItemId> {
        if !is_enabled(attrs) {
            return None;
        }
        let id = ItemId(index(self.items.len()));
        self.items.push(None);
        let kind = self.under(attrs, kind);
        let attrs = self.attrs(attrs);
        self.items[id.0 as usize] = Some(Item { name, attrs, is_pub, kind });
        Some(id)
    }

    fn named(
        &mut self,
        attrs: &[syn::Attribute],
        vis: Option<&syn::Visibility>,
        name: &proc_macro2::Ident,
        kind: impl FnOnce(&mut Self) -> ItemKind,
    ) -> Option<ItemId> {
        let name = At::new(self.ident(name), self.range(name.span()));
        let is_pub = vis.is_some_and(|vis| !matches!(vis, syn::Visibility::Inherited));
        self.add(name, attrs, is_pub, kind)
    }

    pub(super) fn value(
        &mut self,
        attrs: &[syn::Attribute],
        vis: &syn::Visibility,
        name: &proc_macro2::Ident,
        ty: &syn::Type,
        value: &syn::Expr,
    ) -> Option<ItemId> {
        self.named(attrs, Some(vis), name, |this| {
            ItemKind::Value(Value { ty: this.ty(ty), value: this.expr(value) })
        })
    }

    fn function(&mut self, sig: &syn::Signature, body: Option<&syn::Block>) -> ItemKind {
        let has_self = matches!(sig.inputs.first(), Some(syn::FnArg::Receiver(_)));
        let params = sig
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(typed) => Some(Param { pat: self.pat(&typed.pat), ty: self.ty(&typed.ty) }),
                syn::FnArg::Receiver(_) => None,
            })
            .collect();
        let ret = match &sig.output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some(self.ty(ty)),
        };
        let generics = self.generics(&sig.generics);
        self.local_items.push(Vec::new());
        let lowered = body.map(|body| self.block(body));
        let items = self.local_items.pop().unwrap_or_default().into();
        let start = self.range(sig.fn_token.span);
        let range = body.map_or(start, |body| start.cover(self.range(body.brace_token.span.close())));
        let is_async = sig.asyncness.is_some();
        ItemKind::Fn(Box::new(Fn { has_self, is_async, params, ret, body: lowered, generics, items, range }))
    }

    fn generics(&mut self, generics: &syn::Generics) -> Box<[(Sym, TypeId)]> {
        let mut bounds = Vec::new();
        for param in &generics.params {
            if let syn::GenericParam::Type(param) = param {
                let name = self.ident(&param.ident);
                let lowered = self.bounds(&param.bounds);
                bounds.push((name, self.push_type(Type::Bounds(lowered))));
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let syn::WherePredicate::Type(predicate) = predicate
                && let syn::Type::Path(path) = &predicate.bounded_ty
                && let Some(ident) = path.path.get_ident()
            {
                let name = self.ident(ident);
                let lowered = self.bounds(&predicate.bounds);
                bounds.push((name, self.push_type(Type::Bounds(lowered))));
            }
        }
        bounds.into()
    }

    fn fields(&mut self, fields: &syn::Fields) -> Struct {
        let fields = fields
            .iter()
            .enumerate()
            .filter(|(_, field)| is_enabled(&field.attrs))
            .map(|(at, field)| {
                let name = match &field.ident {
                    Some(ident) => At::new(self.ident(ident), self.range(ident.span())),
                    None => At::new(self.name(&at.to_string()), NOWHERE),
                };
                Field { name, ty: self.ty(&field.ty), attrs: self.attrs(&field.attrs) }
            })
            .collect();
        Struct { fields, attrs: Box::default() }
    }

    fn impl_(&mut self, item: &syn::ItemImpl) -> Option<ItemId> {
        let name = At::new(self.name(""), self.range(item.impl_token.span));
        self.add(name, &item.attrs, false, |this| {
            let self_ty = this.ty(&item.self_ty);
            let of_trait: Option<PathId> = item.trait_.as_ref().map(|(path, _)| this.path(path));
            let generics = this.generics(&item.generics);
            let (mut fns, mut consts) = (Vec::new(), Vec::new());
            for item in &item.items {
                match item {
                    syn::ImplItem::Fn(item) => {
                        let id = this.named(&item.attrs, Some(&item.vis), &item.sig.ident, |this| {
                            this.function(&item.sig, Some(&item.block))
                        });
                        fns.extend(id);
                    }
                    syn::ImplItem::Const(item) => {
                        let id = this.value(&item.attrs, &item.vis, &item.ident, &item.ty, &item.expr);
                        consts.extend(id);
                    }
                    _ => {}
                }
            }
            ItemKind::Impl(Impl { self_ty, of_trait, fns: fns.into(), consts: consts.into(), generics })
        })
    }

    fn trait_item(&mut self, item: &syn::TraitItem) -> Option<ItemId> {
        let syn::TraitItem::Fn(item) = item else { return None };
        self.named(&item.attrs, None, &item.sig.ident, |this| this.function(&item.sig, item.default.as_ref()))
    }

    fn module(&mut self, item: &syn::ItemMod) -> Option<ItemId> {
        let path = item.attrs.iter().find(|attr| attr.path().is_ident("path")).and_then(|attr| {
            match &attr.meta.require_name_value().ok()?.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            }
        });
        self.named(&item.attrs, Some(&item.vis), &item.ident, |this| {
            let inline = item.content.as_ref().map(|(_, items)| this.items(items).into());
            let waived = this.waived.as_slice().into();
            ItemKind::Mod(ModDecl { inline, path: path.map(|path| this.name(&path)), waived })
        })
    }

    fn use_(&mut self, item: &syn::ItemUse) -> Option<ItemId> {
        let name = At::new(self.name(""), self.range(item.use_token.span));
        let is_pub = !matches!(item.vis, syn::Visibility::Inherited);
        self.add(name, &item.attrs, is_pub, |this| {
            let mut entries = Vec::new();
            this.use_tree(&item.tree, &mut Vec::new(), item.leading_colon.is_some(), &mut entries);
            ItemKind::Use(entries.into())
        })
    }

    fn use_tree(
        &mut self,
        tree: &syn::UseTree,
        prefix: &mut Vec<Sym>,
        leading_colon: bool,
        entries: &mut Vec<UseEntry>,
    ) {
        match tree {
            syn::UseTree::Path(path) => {
                let name = self.ident(&path.ident);
                prefix.push(name);
                self.use_tree(&path.tree, prefix, leading_colon, entries);
                prefix.pop();
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, prefix, leading_colon, entries);
                }
            }
            syn::UseTree::Glob(_) => {
                entries.push(UseEntry { path: prefix.as_slice().into(), leading_colon, alias: None });
            }
            syn::UseTree::Name(_) | syn::UseTree::Rename(_) => {
                let (ident, rename) = match tree {
                    syn::UseTree::Rename(tree) => (&tree.ident, Some(&tree.rename)),
                    syn::UseTree::Name(tree) => (&tree.ident, None),
                    _ => return,
                };
                let mut path = prefix.clone();
                // `use a::b::{self}` names `b`.
                if ident != "self" || prefix.is_empty() {
                    path.push(self.ident(ident));
                }
                let alias = rename.map_or_else(|| path.last().copied(), |rename| Some(self.ident(rename)));
                entries.push(UseEntry { path: path.into(), leading_colon, alias });
            }
        }
    }

    pub(super) fn macro_range(&self, mac: &syn::Macro) -> crate::span::Range {
        let close = match &mac.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span.close(),
            syn::MacroDelimiter::Brace(token) => token.span.close(),
            syn::MacroDelimiter::Bracket(token) => token.span.close(),
        };
        let start = mac.path.segments.first().map_or(close, |first| first.ident.span());
        self.between(start, close)
    }
}
