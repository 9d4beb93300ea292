//! From `syn`'s tree to [`RustFacts`].
//!
//! Recursion is bounded by `guard`. Ranges come from the tokens at the ends of a construct: `syn`'s own `Spanned` walks
//! the whole of it each time.

mod attr;
mod expr;
mod item;
mod macros;

pub(super) use attr::may_hold;

use proc_macro2::Span as TokenSpan;

use super::RustFacts;
use super::expr::{Expr, ExprId, Exprs, List, PathId, PathRef};
use super::item::{Item, ItemId};
use super::names::{Interner, Sym};
use super::pattern::{Pat, PatId};
use super::types::{Type, TypeId};
use crate::span::Range;

/// Lowers one file.
pub(super) struct Lowering<'a> {
    source: &'a str,
    /// What stood before the source in its file, in bytes.
    offset: usize,
    /// Byte offsets at which the lines of the source begin.
    lines: Vec<usize>,
    is_ascii: bool,
    names: Interner,
    exprs: Exprs,
    items: Vec<Option<Item>>,
    /// Items met within the bodies that are being lowered, innermost last.
    local_items: Vec<Vec<ItemId>>,
    /// Lints on printing that attributes around the current place let through.
    waived: Vec<Sym>,
    /// Arguments with a sigil, of the macro calls that are being lowered.
    shown: Vec<super::expr::Shown>,
    children: Vec<ExprId>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(source: &'a str, offset: usize) -> Self {
        let newlines = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self {
            source,
            offset,
            lines: std::iter::once(0).chain(newlines).collect(),
            is_ascii: source.is_ascii(),
            names: Interner::default(),
            exprs: Exprs::default(),
            items: Vec::new(),
            local_items: Vec::new(),
            waived: Vec::new(),
            shown: Vec::new(),
            children: Vec::new(),
        }
    }

    pub(super) fn file(mut self, file: &syn::File) -> RustFacts {
        let is_enabled = attr::is_enabled(&file.attrs);
        let items = if is_enabled { &*file.items } else { &[] };
        let root = self.under(&file.attrs, |this| this.items(items));
        let items = self.items.into_iter().map(|item| item.expect("each reserved item is filled")).collect();
        RustFacts {
            items,
            root,
            exprs: self.exprs,
            names: self.names.finish(),
            error: None,
            ..RustFacts::default()
        }
    }

    /// The place of an error, as an empty range.
    pub(super) fn point(&self, span: TokenSpan) -> Range {
        let at = self.byte(span.start());
        Range::new(at, at)
    }

    fn range(&self, span: TokenSpan) -> Range {
        Range::new(self.byte(span.start()), self.byte(span.end()))
    }

    fn between(&self, start: TokenSpan, end: TokenSpan) -> Range {
        Range::new(self.byte(start.start()), self.byte(end.end()))
    }

    /// `proc_macro2` counts lines from 1 and columns in characters.
    fn byte(&self, at: proc_macro2::LineColumn) -> usize {
        let Some(line) = self.lines.get(at.line.saturating_sub(1)).copied() else {
            return self.offset + self.source.len();
        };
        let column = if self.is_ascii {
            at.column
        } else {
            let rest = &self.source[line..];
            rest.char_indices().nth(at.column).map_or(rest.len(), |(byte, _)| byte)
        };
        self.offset + line + column
    }

    fn name(&mut self, text: &str) -> Sym {
        self.names.intern(text)
    }

    fn ident(&mut self, ident: &proc_macro2::Ident) -> Sym {
        let start = self.byte(ident.span().start()) - self.offset;
        let rest = self.source.get(start..).unwrap_or_default();
        let rest = rest.strip_prefix("r#").unwrap_or(rest);
        // Names that are no ASCII are as rare as those that stand nowhere in the file, because a macro's text made them.
        let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let written = &rest[..len];
        if len > 0 && *ident == *written {
            return self.names.intern(written);
        }
        let text = ident.to_string();
        self.names.intern(text.strip_prefix("r#").unwrap_or(&text))
    }

    fn push(&mut self, expr: Expr, range: Range) -> ExprId {
        let id = ExprId(index(self.exprs.nodes.len()));
        let mut children = std::mem::take(&mut self.children);
        self.exprs.push_children(expr, &mut children);
        for child in children.drain(..) {
            self.exprs.parents[child.0 as usize] = id;
        }
        self.children = children;
        self.exprs.nodes.push(expr);
        self.exprs.ranges.push(range);
        self.exprs.parents.push(id);
        id
    }

    fn list(&mut self, ids: &[ExprId]) -> List {
        let start = index(self.exprs.lists.len());
        self.exprs.lists.extend_from_slice(ids);
        List { start, len: index(ids.len()) }
    }

    fn path(&mut self, path: &syn::Path) -> PathId {
        self.path_with_self(None, path)
    }

    fn path_with_self(&mut self, self_type: Option<&syn::QSelf>, path: &syn::Path) -> PathId {
        let self_type = self_type.map(|qself| self.ty(&qself.ty));
        let segments: Box<[Sym]> = path.segments.iter().map(|segment| self.ident(&segment.ident)).collect();
        let mut args: Box<[TypeId]> = Box::default();
        for segment in &path.segments {
            let lowered = self.path_arguments(&segment.arguments);
            if !lowered.is_empty() {
                args = lowered;
            }
        }
        let range = match (path.segments.first(), path.segments.last()) {
            (Some(first), Some(last)) => self.between(first.ident.span(), last.ident.span()),
            _ => Range::default(),
        };
        let leading_colon = path.leading_colon.is_some();
        self.exprs.paths.push(PathRef { segments, leading_colon, args, self_type, range });
        PathId(index(self.exprs.paths.len() - 1))
    }

    fn path_arguments(&mut self, arguments: &syn::PathArguments) -> Box<[TypeId]> {
        match arguments {
            syn::PathArguments::None => Box::default(),
            syn::PathArguments::AngleBracketed(arguments) => self.generic_args(&arguments.args),
            syn::PathArguments::Parenthesized(arguments) => match &arguments.output {
                syn::ReturnType::Default => Box::default(),
                syn::ReturnType::Type(_, ty) => Box::new([self.ty(ty)]),
            },
        }
    }

    fn generic_args<'t>(
        &mut self,
        args: impl IntoIterator<Item = &'t syn::GenericArgument>,
    ) -> Box<[TypeId]> {
        args.into_iter()
            .filter_map(|arg| match arg {
                syn::GenericArgument::Type(ty) => Some(self.ty(ty)),
                syn::GenericArgument::AssocType(assoc) => Some(self.ty(&assoc.ty)),
                _ => None,
            })
            .collect()
    }

    fn ty(&mut self, ty: &syn::Type) -> TypeId {
        let lowered = match ty {
            syn::Type::Path(path) => {
                let args = path.path.segments.last().map(|last| self.path_arguments(&last.arguments));
                Type::Path {
                    path: self.path_with_self(path.qself.as_ref(), &path.path),
                    args: args.unwrap_or_default(),
                }
            }
            syn::Type::Reference(reference) => return self.ty(&reference.elem),
            syn::Type::Ptr(pointer) => return self.ty(&pointer.elem),
            syn::Type::Paren(paren) => return self.ty(&paren.elem),
            syn::Type::Group(group) => return self.ty(&group.elem),
            syn::Type::Slice(slice) => return self.ty(&slice.elem),
            syn::Type::Array(array) => return self.ty(&array.elem),
            syn::Type::ImplTrait(bounds) => Type::Bounds(self.bounds(&bounds.bounds)),
            syn::Type::TraitObject(bounds) => Type::Bounds(self.bounds(&bounds.bounds)),
            syn::Type::Tuple(tuple) => Type::Tuple(tuple.elems.iter().map(|elem| self.ty(elem)).collect()),
            syn::Type::Infer(_) => Type::Inferred,
            _ => Type::Other,
        };
        self.push_type(lowered)
    }

    fn push_type(&mut self, ty: Type) -> TypeId {
        self.exprs.types.push(ty);
        TypeId(index(self.exprs.types.len() - 1))
    }

    fn bounds<'t>(&mut self, bounds: impl IntoIterator<Item = &'t syn::TypeParamBound>) -> Box<[TypeId]> {
        bounds
            .into_iter()
            .filter_map(|bound| match bound {
                syn::TypeParamBound::Trait(bound) => {
                    let args = bound.path.segments.last().map(|last| self.path_arguments(&last.arguments));
                    let path = self.path(&bound.path);
                    Some(self.push_type(Type::Path { path, args: args.unwrap_or_default() }))
                }
                _ => None,
            })
            .collect()
    }

    fn push_pat(&mut self, pat: Pat) -> PatId {
        self.exprs.pats.push(pat);
        PatId(index(self.exprs.pats.len() - 1))
    }

    fn pats<'p>(&mut self, pats: impl IntoIterator<Item = &'p syn::Pat>) -> Box<[PatId]> {
        pats.into_iter().map(|pat| self.pat(pat)).collect()
    }

    fn pat(&mut self, pat: &syn::Pat) -> PatId {
        let lowered = match pat {
            syn::Pat::Ident(ident) => match &ident.subpat {
                Some((_, inner)) => {
                    let name = self.ident(&ident.ident);
                    let name = self.push_pat(Pat::Name(name));
                    Pat::Any(Box::new([name, self.pat(inner)]))
                }
                None => Pat::Name(self.ident(&ident.ident)),
            },
            syn::Pat::Type(typed) => Pat::Typed(self.pat(&typed.pat), self.ty(&typed.ty)),
            syn::Pat::Tuple(tuple) => Pat::Tuple(self.pats(&tuple.elems)),
            syn::Pat::TupleStruct(tuple) => Pat::TupleStruct(
                self.path_with_self(tuple.qself.as_ref(), &tuple.path),
                self.pats(&tuple.elems),
            ),
            syn::Pat::Struct(fields) => {
                let path = self.path_with_self(fields.qself.as_ref(), &fields.path);
                let fields =
                    fields.fields.iter().map(|field| (self.member(&field.member), self.pat(&field.pat)));
                Pat::Struct(path, fields.collect())
            }
            syn::Pat::Path(path) => Pat::Path(self.path_with_self(path.qself.as_ref(), &path.path)),
            syn::Pat::Lit(literal) => Pat::Literal(self.literal(&literal.lit)),
            syn::Pat::Or(or) => Pat::Any(self.pats(&or.cases)),
            syn::Pat::Slice(slice) => Pat::Any(self.pats(&slice.elems)),
            syn::Pat::Reference(reference) => return self.pat(&reference.pat),
            syn::Pat::Paren(paren) => return self.pat(&paren.pat),
            syn::Pat::Guard(guard) => Pat::Guarded(self.pat(&guard.pat), self.expr(&guard.guard)),
            _ => Pat::Wild,
        };
        self.push_pat(lowered)
    }

    fn member(&mut self, member: &syn::Member) -> Sym {
        match member {
            syn::Member::Named(ident) => self.ident(ident),
            syn::Member::Unnamed(index) => self.name(&index.index.to_string()),
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
