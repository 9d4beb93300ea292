//! What clap is told of the fields of an argument struct: variables and defaults.

use crate::facts::rust::{AttrArg, Field, ItemKind, RustFacts, Type, TypeId};
use crate::model::reach::Code;
use crate::model::symbols::TypeDefId;

/// What clap is told of a field.
#[derive(Debug, Default)]
pub(crate) struct ClapField {
    pub(crate) env: Option<String>,
    pub(crate) default: Option<String>,
    /// The place of `env`.
    pub(crate) span_of_env: Option<crate::span::Range>,
    pub(crate) is_flattened: bool,
}

/// Reads `#[arg(long, env = "X", default_value = "y")]` of a field.
pub(crate) fn clap_field(rust: &RustFacts, field: &Field) -> ClapField {
    let mut found = ClapField::default();
    for attr in &field.attrs {
        let [name] = &*attr.path else { continue };
        if !matches!(rust.name(*name), "arg" | "clap" | "structopt" | "command" | "argh") {
            continue;
        }
        for AttrArg { name, value, .. } in &attr.args {
            let Some(name) = name else { continue };
            match (rust.name(*name), value) {
                ("env", Some(value)) => {
                    found.env = Some(rust.name(value.value).to_owned());
                    found.span_of_env = Some(value.range);
                }
                ("env", None) => {
                    found.env = Some(rust.name(field.name.value).to_ascii_uppercase());
                    found.span_of_env = Some(field.name.range);
                }
                ("default_value" | "default_value_t", Some(value)) => {
                    found.default = Some(rust.name(value.value).to_owned());
                }
                ("default_value_t" | "default_values" | "default_value_os", None) => {
                    found.default.get_or_insert_default();
                }
                ("flatten", _) => found.is_flattened = true,
                _ => {}
            }
        }
    }
    found
}

pub(super) fn find_field<'a>(
    code: &Code<'_, 'a>,
    id: TypeDefId,
    name: &str,
) -> Option<(&'a RustFacts, &'a Field)> {
    let def = code.symbols.ty(id);
    let rust = code.symbols.rust(def.file);
    match &rust.item(def.item).kind {
        ItemKind::Struct(fields) => {
            let field = fields.fields.iter().find(|field| rust.name(field.name.value) == name)?;
            Some((rust, field))
        }
        _ => None,
    }
}

/// Whether a field may be left out: `Option`, `Vec`, `bool`.
pub(crate) fn is_optional(rust: &RustFacts, ty: TypeId) -> bool {
    match rust.exprs.ty(ty) {
        Type::Path { path, .. } => rust
            .exprs
            .path(*path)
            .segments
            .last()
            .is_some_and(|name| matches!(rust.name(*name), "Option" | "Vec" | "bool")),
        _ => false,
    }
}
