//! From a table that was checked to the configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Config, ConfigError, ConfigErrors, ConfigWaiver, Declared, Elsewhere, Handled, PathSettings, Paths,
    WAIVERS_RULE, check, glob, schema,
};
use crate::date;
use crate::gate;
use crate::model::ServiceKind;
use crate::rule::{Confidence, Level, Severity};
use crate::rules;
use crate::span::{At, FileId, Range, Span};
use crate::syntax::toml::{Table, Value};

/// Reads the configuration. `range` is where it begins.
pub(super) fn config(
    table: Table<'_, '_>,
    file: FileId,
    path: &str,
    range: Range,
) -> Result<Config, ConfigErrors> {
    let mut errors = Vec::new();
    check::table(table, schema::ROOT, range, &mut errors);
    together(table, &mut errors);
    if !errors.is_empty() {
        return Err(ConfigErrors::of(file, errors));
    }
    let is_strict = table.str("preset").is_some_and(|preset| preset.value == "strict");
    let days = table.get("max_waiver_days").and_then(Value::as_integer);
    let rules = table.table("rules");
    Ok(Config {
        path: Some(path.to_owned()),
        text: String::new(),
        exclude: globs(table, "exclude"),
        max_waiver_days: days.unwrap_or(if is_strict { 90 } else { 365 }),
        off: off(rules),
        severity: severities(rules),
        paths: tables(table, "path").map(|(of, _)| path_settings(of)).collect(),
        services: tables(table, "service").filter_map(|(of, _)| declared(of, file)).collect(),
        gate: gate(table.table("gate"), is_strict),
        waivers: tables(table, "waiver").filter_map(|(of, at)| waiver(of, Span::new(file, at))).collect(),
        notes: Vec::new(),
    })
}

/// What no single key can be blamed for.
fn together(table: Table<'_, '_>, errors: &mut Vec<ConfigError>) {
    for (waiver, range) in tables(table, "waiver") {
        if waiver.get("path").is_none() && waiver.get("service").is_none() {
            let message = "the waiver has no place".to_owned();
            errors.push(ConfigError::new(range, message, "add `path`, `service` or both".to_owned()));
        }
        if let Some(rule) = waiver.str("rule").filter(|rule| rule.value == WAIVERS_RULE) {
            errors.push(cannot_be_off(&rule, "waived"));
        }
    }
    for (service, _) in tables(table, "service") {
        for (elsewhere, range) in tables(service, "handled_elsewhere") {
            if elsewhere.get("rule").is_some() == elsewhere.get("capability").is_some() {
                let message = "it has to be told what is handled elsewhere".to_owned();
                errors.push(ConfigError::new(range, message, "add either `rule` or `capability`".to_owned()));
            }
        }
    }
    let lists = table.table("rules").into_iter().chain(tables(table, "path").map(|(of, _)| of));
    for rule in lists.flat_map(|of| of.strings("ignore")).filter(|rule| rule.value == WAIVERS_RULE) {
        errors.push(cannot_be_off(&rule, "ignored"));
    }
}

fn cannot_be_off(rule: &At<String>, how: &str) -> ConfigError {
    let help = "mend or remove the waivers that it finds".to_owned();
    ConfigError::new(rule.range, format!("`{}` cannot be {how}", rule.value), help)
}

/// The tables of a list, with where each stands.
fn tables<'d, 't>(
    of: Table<'d, 't>,
    key: &str,
) -> impl Iterator<Item = (Table<'d, 't>, Range)> + use<'d, 't> {
    let items = of.get(key).map(Value::items).unwrap_or_default();
    items.into_iter().filter_map(|item| Some((item.as_table()?, item.range())))
}

fn globs(of: Table<'_, '_>, key: &str) -> Vec<Paths> {
    of.strings(key).iter().filter_map(|text| glob(&text.value).ok()).collect()
}

fn off(rules: Option<Table<'_, '_>>) -> BTreeSet<String> {
    let Some(table) = rules else { return BTreeSet::new() };
    let ignored = chosen(table, "ignore");
    let selected = table.get("select").map(|_| chosen(table, "select"));
    rules::all()
        .iter()
        .map(|rule| &rule.page.meta.id)
        .filter(|id| ignored.contains(*id) || selected.as_ref().is_some_and(|on| !on.contains(*id)))
        .filter(|id| *id != WAIVERS_RULE)
        .cloned()
        .collect()
}

/// The rules that a list of selectors names.
fn chosen(of: Table<'_, '_>, key: &str) -> BTreeSet<String> {
    let selectors = of.strings(key);
    rules::all()
        .iter()
        .map(|rule| &rule.page.meta)
        .filter(|meta| {
            selectors
                .iter()
                .any(|one| one.value == "all" || one.value == meta.pillar.id() || one.value == meta.id)
        })
        .map(|meta| meta.id.clone())
        .collect()
}

fn severities(of: Option<Table<'_, '_>>) -> BTreeMap<String, Severity> {
    let table = of.and_then(|of| of.table("severity"));
    let entries = table.into_iter().flat_map(Table::entries);
    entries.filter_map(|(rule, value)| Some((rule.value, Severity::of(&value.as_str()?.value)?))).collect()
}

fn path_settings(of: Table<'_, '_>) -> PathSettings {
    let mut ignore = chosen(of, "ignore");
    ignore.remove(WAIVERS_RULE);
    PathSettings { paths: globs(of, "paths"), ignore, severity: severities(Some(of)) }
}

fn gate(of: Option<Table<'_, '_>>, is_strict: bool) -> gate::Policy {
    let preset = if is_strict { gate::Policy::strict() } else { gate::Policy::default() };
    let Some(of) = of else { return preset };
    let text = |key: &str| of.str(key).map(|text| text.value);
    let points = |key: &str| {
        let number = of.get(key).and_then(Value::as_integer).and_then(|number| i32::try_from(number).ok());
        number.map(f64::from)
    };
    gate::Policy {
        severity: text("fail_on").and_then(|text| Severity::of(&text)).unwrap_or(preset.severity),
        confidence: text("min_confidence")
            .and_then(|text| Confidence::of(&text))
            .unwrap_or(preset.confidence),
        max_drop: points("max_drop").unwrap_or(preset.max_drop),
        fail_under: points("fail_under"),
        require_level: text("require_level").and_then(|text| Level::of(&text)),
    }
}

fn declared(of: Table<'_, '_>, file: FileId) -> Option<Declared> {
    Some(Declared {
        name: of.str("name")?.value,
        tier: of.str("tier").map(|tier| tier.value),
        kind: of.str("kind").and_then(|kind| ServiceKind::of(&kind.value)),
        elsewhere: tables(of, "handled_elsewhere")
            .filter_map(|(of, at)| elsewhere(of, Span::new(file, at)))
            .collect(),
    })
}

fn elsewhere(of: Table<'_, '_>, span: Span) -> Option<Elsewhere> {
    let what = match (of.str("rule"), of.str("capability")) {
        (Some(rule), _) => Handled::Rule(rule.value),
        (None, Some(capability)) => Handled::Capability(capability.value),
        (None, None) => return None,
    };
    Some(Elsewhere {
        what,
        link: of.str("link")?.value,
        reason: of.str("reason")?.value,
        until: day(of)?,
        span,
    })
}

fn waiver(of: Table<'_, '_>, span: Span) -> Option<ConfigWaiver> {
    Some(ConfigWaiver {
        rule: of.str("rule")?.value,
        path: of.str("path").and_then(|text| glob(&text.value).ok()),
        service: of.str("service").map(|name| name.value),
        reason: of.str("reason")?.value,
        until: day(of)?,
        span,
    })
}

fn day(of: Table<'_, '_>) -> Option<jiff::civil::Date> {
    let until = of.get("until")?;
    date::parse(&until.as_str().or_else(|| until.as_datetime())?.value)
}
