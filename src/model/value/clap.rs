//! What attributes say of the fields of a struct that a derive fills: variables and defaults. clap, envconfig and confique
//! name them alike; serde and smart-default name the value that holds without one.

use crate::facts::rust::{AttrArg, Field, ItemKind, RustFacts, Type, TypeId};
use crate::model::reach::Code;
use crate::model::symbols::TypeDefId;

/// What clap is told of a field.
#[derive(Debug, Default)]
pub(crate) struct ClapField {
    pub(crate) env: Option<String>,
    pub(crate) default: Option<String>,
    /// Whether there is a default, also one that is no literal.
    pub(crate) has_default: bool,
    /// The place of `env`.
    pub(crate) span_of_env: Option<crate::span::Range>,
    pub(crate) is_flattened: bool,
    /// What it is called on the command line: `--port`, `-p`.
    pub(crate) flags: Vec<String>,
}

/// Reads `#[arg(long, env = "X", default_value = "y")]` of a field.
pub(crate) fn clap_field(rust: &RustFacts, field: &Field) -> ClapField {
    let mut found = ClapField::default();
    for attr in &field.attrs {
        let [name] = &*attr.path else { continue };
        if !matches!(
            rust.name(*name),
            "arg" | "clap" | "structopt" | "command" | "argh" | "envconfig" | "config"
        ) {
            continue;
        }
        for AttrArg { name, value, .. } in &attr.args {
            let Some(name) = name else { continue };
            match (rust.name(*name), value) {
                ("env" | "from", Some(value)) => {
                    found.env = Some(rust.name(value.value).to_owned());
                    found.span_of_env = Some(value.range);
                }
                ("env", None) => {
                    found.env = Some(rust.name(field.name.value).to_ascii_uppercase());
                    found.span_of_env = Some(field.name.range);
                }
                (
                    "default_value" | "default_value_t" | "default" | "default_values" | "default_values_t"
                    | "default_value_os",
                    value,
                ) => {
                    found.has_default = true;
                    found.default = value.as_ref().map(|value| rust.name(value.value).to_owned());
                }
                ("flatten", _) => found.is_flattened = true,
                ("long", name) => {
                    let own = || rust.name(field.name.value).trim_matches('_').replace('_', "-");
                    let name = name.as_ref().map_or_else(own, |name| rust.name(name.value).to_owned());
                    found.flags.push(format!("--{name}"));
                }
                ("short", name) => {
                    let name = name.as_ref().map_or(rust.name(field.name.value), |it| rust.name(it.value));
                    found.flags.extend(name.trim_matches('\'').chars().next().map(|name| format!("-{name}")));
                }
                _ => {}
            }
        }
    }
    found
}

/// What serde is told of a field.
#[derive(Debug, Default)]
pub(super) struct SerdeField {
    pub(super) rename: Option<String>,
    /// The function that gives the default.
    pub(super) default: Option<String>,
    pub(super) has_default: bool,
}

/// Reads `#[serde(rename = "x", default = "function")]` of a field.
pub(super) fn serde_field(rust: &RustFacts, field: &Field) -> SerdeField {
    let mut found = SerdeField::default();
    let of_serde =
        |attr: &&crate::facts::rust::Attr| matches!(&*attr.path, [name] if rust.name(*name) == "serde");
    for AttrArg { name, value, .. } in field.attrs.iter().filter(of_serde).flat_map(|attr| &attr.args) {
        let text = value.as_ref().map(|value| rust.name(value.value).to_owned());
        match name.map(|name| rust.name(name)) {
            Some("rename") => found.rename = text,
            Some("default") => (found.default, found.has_default) = (text, true),
            _ => {}
        }
    }
    found
}

/// Reads `#[default = 8080]`, `#[default(8080)]`, `#[default(_code = "…")]`, `#[educe(Default = 8080)]` of a field.
pub(super) fn attribute_default(rust: &RustFacts, field: &Field) -> Option<String> {
    let (attr, name) = field.attrs.iter().find_map(|attr| match &*attr.path {
        [name] => Some((attr, rust.name(*name)))
            .filter(|(_, name)| matches!(*name, "default" | "educe" | "derivative")),
        _ => None,
    })?;
    let text = |arg: &AttrArg| arg.value.as_ref().map(|value| rust.name(value.value).to_owned());
    if name != "default" {
        let own = attr.args.iter().find(|arg| arg.name.is_some_and(|name| rust.name(name) == "Default"))?;
        return text(own);
    }
    let [only] = &*attr.args else { return None };
    match only.name.map(|name| rust.name(name)) {
        None => text(only),
        Some("_code") => literal_code(&text(only)?),
        Some(constant) if only.value.is_none() => Some(constant.to_owned()),
        Some(_) => None,
    }
}

/// The literal in `"0.0.0.0".into()`, `String::from("0.0.0.0")`, `8080`.
fn literal_code(code: &str) -> Option<String> {
    let code = code.trim();
    let inner = code.strip_prefix("String::from(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(code);
    let inner = [".into()", ".to_string()", ".to_owned()"]
        .iter()
        .find_map(|end| inner.strip_suffix(end))
        .unwrap_or(inner);
    let quoted = inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(text) => (!text.contains(['"', '\\'])).then(|| text.to_owned()),
        None => inner.bytes().all(|byte| byte.is_ascii_digit()).then(|| inner.to_owned()),
    }
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
