//! Where a variable is read, and whether that is early enough.

use std::collections::BTreeSet;

use crate::facts::rust::{Expr, ExprId};
use crate::knowledge::Means;
use crate::model::reach::Code;
use crate::model::symbols::{BodyId, BodyKind};
use crate::model::value::Values;
use crate::model::work::{Phase, Work};
use crate::model::workspace::ModuleId;

/// Words for what is there to read settings.
const SETTINGS: &[&str] = &[
    "config",
    "configs",
    "configuration",
    "conf",
    "cfg",
    "settings",
    "setting",
    "env",
    "environment",
    "option",
    "options",
    "flags",
    "opts",
    "args",
    "arguments",
    "cli",
    "params",
    "parameters",
];

/// The module that a body stands in: `api::db::pool`.
pub(super) fn module(code: &Code<'_, '_>, body: BodyId) -> String {
    path(code, code.symbols.body(body).module).join("::")
}

/// Whether a body is there to read settings, by the names of its crate, its modules, its type or itself.
pub(super) fn is_settings(code: &Code<'_, '_>, id: BodyId) -> bool {
    let symbols = code.symbols;
    let body = symbols.body(id);
    let owner = body.owner.map(|owner| {
        let def = symbols.ty(owner);
        let rust = symbols.rust(def.file);
        rust.name(rust.item(def.item).name.value)
    });
    path(code, body.module).into_iter().chain(owner).chain([symbols.name(id)]).any(has_settings_word)
}

fn path<'c>(code: &Code<'c, '_>, module: ModuleId) -> Vec<&'c str> {
    let workspace = code.symbols.workspace;
    let mut found = Vec::new();
    let mut at = module;
    while let Some(parent) = workspace.module(at).parent {
        let child = workspace.module(parent).children.iter().find(|(_, id)| *id == at);
        found.extend(child.map(|(name, _)| name.as_str()));
        at = parent;
    }
    found.push(&workspace.krate(workspace.module(module).krate).name);
    found.reverse();
    found
}

/// `db_config`, `AppSettings`, `from_env`.
fn has_settings_word(name: &str) -> bool {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_is_lower = false;
    for letter in name.chars() {
        if matches!(letter, '_' | '-') || (letter.is_uppercase() && before_is_lower) {
            words.push(String::new());
        }
        before_is_lower = letter.is_lowercase() || letter.is_numeric();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.iter().any(|word| SETTINGS.contains(&word.as_str()))
}

/// Whether a read happens for each request or message, and neither at the start nor once.
pub(super) fn is_only_at_work(values: &Values<'_, '_>, work: &Work, body: BodyId, at: ExprId) -> bool {
    is_at_work(values, work, body, at) && !starts_with(values, work, body, &mut BTreeSet::new())
}

fn is_at_work(values: &Values<'_, '_>, work: &Work, body: BodyId, at: ExprId) -> bool {
    work.phase(values.code, body, at) != Phase::Start && !is_once(values, body, at)
}

/// Whether what runs at the start calls a body as well: then it fails there first.
fn starts_with(values: &Values<'_, '_>, work: &Work, body: BodyId, seen: &mut BTreeSet<BodyId>) -> bool {
    if !seen.insert(body) {
        return false;
    }
    let callers = values.reach.bodies.get(&body).into_iter().flatten();
    callers.copied().any(|(caller, at)| {
        let exprs = &values.code.symbols.rust_of(caller).exprs;
        // A handler that is named where the router is made is not called there.
        if matches!(exprs.get(at), Expr::Path(_)) && !is_callee(values, caller, at) {
            return false;
        }
        !is_at_work(values, work, caller, at) || starts_with(values, work, caller, seen)
    })
}

fn is_callee(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let exprs = &values.code.symbols.rust_of(body).exprs;
    exprs.parent(at).is_some_and(|parent| matches!(exprs.get(parent), Expr::Call(callee, _) if callee == at))
}

/// Whether an expression stands in what runs the first time only: a static's value, `get_or_init(|| …)`.
fn is_once(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let code = values.code;
    if code.symbols.body(body).kind == BodyKind::Value {
        return true;
    }
    let exprs = &code.symbols.rust_of(body).exprs;
    exprs.ancestors(at).any(|ancestor| {
        let site = code.calls.flow(body).site(ancestor);
        site.is_some_and(|node| code.symbols.means(node, Means::Once).is_some())
    })
}

/// Whether the variable's text is parsed by the same chain, which then fails: `.unwrap_or("5".into()).parse()?`.
pub(super) fn parses(values: &Values<'_, '_>, body: BodyId, at: ExprId) -> bool {
    let rust = values.code.symbols.rust_of(body);
    let exprs = &rust.exprs;
    let mut at = at;
    let mut is_parsed = false;
    while let Some(parent) = exprs.parent(at) {
        match exprs.get(parent) {
            Expr::Try(_) => return is_parsed,
            Expr::Method(call) if exprs.method(call).receiver == at => {
                match rust.name(exprs.method(call).name) {
                    "expect" | "unwrap" => return is_parsed,
                    "parse" => is_parsed = true,
                    "unwrap_or" | "unwrap_or_else" | "unwrap_or_default" | "ok" if is_parsed => return false,
                    "unwrap_or" | "unwrap_or_else" | "unwrap_or_default" | "as_str" | "as_ref" | "trim"
                    | "to_lowercase" | "to_string" | "map_err" | "context" | "with_context" => {}
                    _ => return false,
                }
            }
            _ => return false,
        }
        at = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_by_a_word_of_a_name() {
        for name in ["config", "AppConfig", "db-settings", "from_env", "CliArgs", "env2"] {
            assert_eq!(has_settings_word(name), name != "env2", "{name}");
        }
        for name in ["main", "environs", "invent", "reconfigure"] {
            assert!(!has_settings_word(name), "{name}");
        }
    }
}
