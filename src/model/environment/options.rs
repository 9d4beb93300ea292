//! The arguments of clap: which of them a service has whenever it starts, and how they may be given.

use std::collections::BTreeSet;

use crate::facts::rust::{Field, ItemKind, RustFacts, Struct};
use crate::model::symbols::TypeDefId;
use crate::model::value::{Values, clap_field, is_optional};

/// The structs that are filled from the arguments on every start: the only one that nothing else of clap's holds, and
/// what is flattened into it. Those of subcommands are not.
pub(super) fn parsed(values: &Values<'_, '_>) -> BTreeSet<TypeDefId> {
    let symbols = values.code.symbols;
    let (mut roots, mut held) = (BTreeSet::new(), BTreeSet::new());
    for id in &values.reach.types {
        let def = symbols.ty(*id);
        let rust = symbols.rust(def.file);
        let item = rust.item(def.item);
        if derives(rust, &item.attrs, &["Parser", "StructOpt"]) && matches!(item.kind, ItemKind::Struct(_)) {
            roots.insert(*id);
        }
        if derives(rust, &item.attrs, &["Parser", "Args", "Subcommand", "StructOpt"]) {
            let fields = structs(&item.kind).into_iter().flat_map(|it| &it.fields);
            held.extend(
                fields.filter_map(|field| super::inner_type(values, def.module, *id, rust, field.ty)),
            );
        }
    }
    let mut roots = roots.difference(&held).copied();
    let (Some(root), None) = (roots.next(), roots.next()) else { return BTreeSet::new() };
    let (mut found, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        let def = symbols.ty(id);
        let rust = symbols.rust(def.file);
        let ItemKind::Struct(fields) = &rust.item(def.item).kind else { continue };
        if found.insert(id) {
            let flat = fields
                .fields
                .iter()
                .filter(|field| clap_field(rust, field).is_flattened && !is_optional(rust, field.ty));
            open.extend(flat.filter_map(|field| super::inner_type(values, def.module, id, rust, field.ty)));
        }
    }
    found
}

fn structs(kind: &ItemKind) -> Vec<&Struct> {
    match kind {
        ItemKind::Struct(fields) => vec![fields],
        ItemKind::Enum(variants) => variants.iter().map(|(_, fields)| fields).collect(),
        _ => Vec::new(),
    }
}

fn derives(rust: &RustFacts, attrs: &[crate::facts::rust::Attr], names: &[&str]) -> bool {
    attrs.iter().any(|attr| {
        attr.path.len() == 1
            && rust.name(attr.path[0]) == "derive"
            && attr.args.iter().any(|arg| {
                let name = arg.name.or(arg.value.as_ref().map(|value| value.value));
                name.is_some_and(|name| {
                    names.contains(&rust.name(name).rsplit("::").next().unwrap_or_default())
                })
            })
    })
}

fn arguments<'f>(rust: &'f RustFacts, field: &'f Field) -> impl Iterator<Item = (&'f str, Option<&'f str>)> {
    let is_clap = |name: &str| matches!(name, "arg" | "clap" | "structopt");
    let attrs =
        field.attrs.iter().filter(move |attr| matches!(&*attr.path, [name] if is_clap(rust.name(*name))));
    attrs.flat_map(|attr| &attr.args).filter_map(|arg| {
        let value = arg.value.as_ref().map(|value| rust.name(value.value));
        Some((rust.name(arg.name?), value))
    })
}

/// The names of what clap is told of a field.
pub(super) fn settings<'f>(rust: &'f RustFacts, field: &'f Field) -> impl Iterator<Item = &'f str> {
    arguments(rust, field).map(|(name, _)| name)
}

/// Whether other arguments decide if one is needed.
pub(super) fn is_conditional(rust: &RustFacts, field: &Field) -> bool {
    let known = [
        "long",
        "short",
        "env",
        "value_name",
        "help",
        "long_help",
        "hide_env_values",
        "alias",
        "value_parser",
    ];
    let more = [
        "help_heading",
        "value_enum",
        "display_order",
        "hide_env",
        "parse",
        "value_delimiter",
        "index",
        "name",
    ];
    let is_known = |name: &str| known.contains(&name) || more.contains(&name);
    arguments(rust, field).any(|(name, _)| !is_known(name))
}

/// `database-url` of `--database-url`; empty where it has no long name.
pub(super) fn name(rust: &RustFacts, field: &Field) -> String {
    let long = arguments(rust, field).find(|(name, _)| *name == "long");
    let of_field = || rust.name(field.name.value).replace('_', "-");
    long.map_or_else(String::new, |(_, value)| value.map_or_else(of_field, str::to_owned))
}
