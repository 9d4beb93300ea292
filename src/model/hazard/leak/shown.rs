//! What the text of an error tells: only what is written for it, or also what the error that caused it says.

use super::super::Finder;
use crate::facts::rust::{Attr, Field, ItemKind, RustFacts, Struct, Type, TypeId};
use crate::model::symbols::{BodyId, Res, TypeDefId};
use crate::model::value::{Piece, template_pieces};
use crate::model::workspace::ModuleId;

impl Finder<'_, '_> {
    /// Whether the text of an error of the tree holds that of another: of one variant, or of any.
    pub(super) fn shows_inside(&self, id: TypeDefId, variant: Option<&str>) -> bool {
        let symbols = self.chains.code.symbols;
        let def = symbols.ty(id);
        let rust = symbols.rust(def.file);
        let item = rust.item(def.item);
        match &item.kind {
            ItemKind::Enum(variants) => variants
                .iter()
                .filter(|(name, _)| variant.is_none_or(|wanted| rust.name(name.value) == wanted))
                .any(|(_, fields)| self.text_shows_inside(def.module, rust, &fields.attrs, fields)),
            ItemKind::Struct(fields) => self.text_shows_inside(def.module, rust, &item.attrs, fields),
            ItemKind::Alias(_) => self.alias_shows_inside(id),
            _ => false,
        }
    }

    /// `#[error("…: {0}")]` with a cause in it, `#[error(transparent)]`.
    fn text_shows_inside(&self, module: ModuleId, rust: &RustFacts, attrs: &[Attr], fields: &Struct) -> bool {
        let is_error = |attr: &&Attr| matches!(&*attr.path, [name] if rust.name(*name) == "error");
        let Some(arg) = attrs.iter().find(is_error).and_then(|attr| attr.args.first()) else { return false };
        let is_cause = |field: &Field| self.is_cause(module, rust, field);
        if arg.name.is_some_and(|name| rust.name(name) == "transparent") {
            return fields.fields.iter().any(is_cause);
        }
        let Some(template) = &arg.value else { return false };
        let pieces = template_pieces(rust.name(template.value)).into_iter();
        let mut names = pieces.filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name),
            Piece::Text(_) => None,
        });
        names.any(|name| {
            fields.fields.iter().any(|field| rust.name(field.name.value) == name && is_cause(field))
        })
    }

    fn is_cause(&self, module: ModuleId, rust: &RustFacts, field: &Field) -> bool {
        self.is_inside_error(module, rust, field.ty)
    }

    /// Whether a field is an error of another crate, or shows one.
    pub(super) fn field_shows_inside(&self, id: TypeDefId, name: &str) -> bool {
        let def = self.chains.code.symbols.ty(id);
        let rust = self.chains.code.symbols.rust(def.file);
        let ItemKind::Struct(fields) = &rust.item(def.item).kind else { return false };
        let field = fields.fields.iter().find(|field| rust.name(field.name.value) == name);
        field.is_some_and(|field| self.is_inside_error(def.module, rust, field.ty))
    }

    /// The same of what a variant holds.
    pub(super) fn variant_field_shows_inside(&self, id: TypeDefId, variant: &str) -> bool {
        let def = self.chains.code.symbols.ty(id);
        let rust = self.chains.code.symbols.rust(def.file);
        let fields = match &rust.item(def.item).kind {
            ItemKind::Enum(variants) => {
                variants.iter().find(|(name, _)| rust.name(name.value) == variant).map(|(_, fields)| fields)
            }
            ItemKind::Struct(fields) => Some(fields),
            _ => None,
        };
        let field = fields.and_then(|fields| fields.fields.first());
        field.is_some_and(|field| self.is_inside_error(def.module, rust, field.ty))
    }

    /// Whether values of a type, as a body names it, are errors whose text tells of the inside.
    pub(super) fn type_shows_inside(&self, body: BodyId, ty: TypeId) -> bool {
        let symbols = self.chains.code.symbols;
        let rust = symbols.rust_of(body);
        if let Type::Path { path, .. } = rust.exprs.ty(ty)
            && let [single] = &*rust.exprs.path(*path).segments
            && let Some(function) = symbols.function(body)
        {
            // `E: std::error::Error`, `E: Into<anyhow::Error>`.
            let mut bounds = function.generics.iter().filter(|(name, _)| name == single).peekable();
            if bounds.peek().is_some() {
                return bounds.any(|(_, bound)| names_error(rust, *bound, 0));
            }
        }
        self.is_inside_error(symbols.body(body).module, rust, ty)
    }

    fn is_inside_error(&self, module: ModuleId, rust: &RustFacts, ty: TypeId) -> bool {
        let symbols = self.chains.code.symbols;
        let Type::Path { path, args } = rust.exprs.ty(ty) else { return names_error(rust, ty, 0) };
        let path = rust.exprs.path(*path);
        let names: Vec<&str> = path.segments.iter().map(|name| rust.name(*name)).collect();
        match symbols.resolve(module, &names, path.leading_colon) {
            Res::Type(id) => self.shows_inside(id, None),
            _ if matches!(names.last(), Some(&("Box" | "Arc"))) => {
                args.first().is_some_and(|arg| self.is_inside_error(module, rust, *arg))
            }
            _ => names_error(rust, ty, 0),
        }
    }

    /// `type Result<T> = std::result::Result<T, sqlx::Error>`.
    pub(super) fn alias_shows_inside(&self, id: TypeDefId) -> bool {
        let def = self.chains.code.symbols.ty(id);
        let rust = self.chains.code.symbols.rust(def.file);
        let ItemKind::Alias(target) = &rust.item(def.item).kind else { return false };
        let Type::Path { args, .. } = rust.exprs.ty(*target) else { return false };
        args.get(1).is_some_and(|error| self.is_inside_error(def.module, rust, *error))
    }
}

/// Whether a type is named as an error: `sqlx::Error`, `dyn Error`, `eyre::Report`.
fn names_error(rust: &RustFacts, ty: TypeId, depth: usize) -> bool {
    match rust.exprs.ty(ty) {
        Type::Path { path, args } => {
            let last = rust.exprs.path(*path).segments.last().map_or("", |name| rust.name(*name));
            last.ends_with("Error")
                || last == "Report"
                || (depth < 3 && args.iter().any(|arg| names_error(rust, *arg, depth + 1)))
        }
        Type::Bounds(bounds) => bounds.iter().any(|bound| names_error(rust, *bound, depth + 1)),
        _ => false,
    }
}
