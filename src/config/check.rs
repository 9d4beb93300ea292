//! Holds a configuration against the table of its keys, and collects all that is wrong.

use crate::config::ConfigError;
use crate::config::schema::{Key, Kind};
use crate::rule::Pillar;
use crate::span::Range;
use crate::syntax::toml::{Table, Value};
use crate::{date, rules, score, spelling};

/// Checks a table. `range` is where it begins, for what is missing in it.
pub(super) fn table(of: Table<'_, '_>, keys: &[Key], range: Range, errors: &mut Vec<ConfigError>) {
    for (name, found) in of.entries() {
        match keys.iter().find(|key| key.name == name.value) {
            Some(key) => value(found, key.name, key.kind, errors),
            None => {
                let names = keys.iter().map(|key| key.name);
                let message = format!("there is no key `{}` here", name.value);
                errors.push(ConfigError::new(
                    name.range,
                    message,
                    nearest(&name.value, names.clone()).unwrap_or_else(|| listed(names)),
                ));
            }
        }
    }
    for key in keys.iter().filter(|key| key.required && of.get(key.name).is_none()) {
        errors.push(ConfigError::new(
            range,
            format!("`{}` is missing", key.name),
            format!("it is {}", lower(key.about)),
        ));
    }
}

fn value(found: Value<'_, '_>, name: &str, kind: Kind, errors: &mut Vec<ConfigError>) {
    let wrong = |errors: &mut Vec<ConfigError>| {
        let message = format!("`{name}` is {}, not {}", expected(kind), found.type_name());
        errors.push(ConfigError::new(found.range(), message, String::new()));
    };
    match kind {
        Kind::List(item) if found.is_array() => {
            found.items().into_iter().for_each(|one| value(one, name, *item, errors));
        }
        Kind::List(_) => wrong(errors),
        Kind::Table(keys) => match found.as_table() {
            Some(inner) => table(inner, keys, found.range(), errors),
            None => wrong(errors),
        },
        Kind::Tables(keys) if found.is_array() => {
            for one in found.items() {
                match one.as_table() {
                    Some(inner) => table(inner, keys, one.range(), errors),
                    None => wrong(errors),
                }
            }
        }
        Kind::ByRule(each) => match found.as_table() {
            Some(inner) => {
                for (rule, severity) in inner.entries() {
                    if let Err((message, help)) = word(&rule.value, name, Kind::Rule) {
                        errors.push(ConfigError::new(rule.range, message, help));
                    }
                    value(severity, &rule.value, *each, errors);
                }
            }
            None => wrong(errors),
        },
        Kind::Number(least, most) => match found.as_integer() {
            Some(number) if (least..=most).contains(&number) => {}
            Some(number) => {
                let message = format!("`{name}` is {number}, which is not between {least} and {most}");
                errors.push(ConfigError::new(found.range(), message, String::new()));
            }
            None => wrong(errors),
        },
        _ => match found.as_str().or_else(|| found.as_datetime().filter(|_| matches!(kind, Kind::Day))) {
            Some(text) => {
                if let Err((message, help)) = word(&text.value, name, kind) {
                    errors.push(ConfigError::new(text.range, message, help));
                }
            }
            None => wrong(errors),
        },
    }
}

/// What is wrong with a string, and what would be right.
fn word(text: &str, name: &str, kind: Kind) -> Result<(), (String, String)> {
    let one_of = |what: &str, values: Vec<&'static str>| {
        if values.contains(&text) {
            return Ok(());
        }
        let known = values.iter().copied();
        let help = nearest(text, known.clone()).unwrap_or_else(|| {
            if matches!(kind, Kind::Rule | Kind::Selector) {
                "`forge rules` lists them all".to_owned()
            } else {
                listed(known)
            }
        });
        Err((format!("there is no {what} `{text}`"), help))
    };
    let check = |is_right: bool, message: String, help: &str| {
        if is_right { Ok(()) } else { Err((message, help.to_owned())) }
    };
    match kind {
        Kind::Rule => one_of("rule", rules::ids().collect()),
        Kind::Selector => {
            let pillars = Pillar::ALL.into_iter().map(Pillar::id);
            one_of("rule or pillar", ["all"].into_iter().chain(pillars).chain(rules::ids()).collect())
        }
        Kind::Capability => {
            one_of("capability", score::CAPABILITIES.iter().map(|capability| capability.id).collect())
        }
        Kind::OneOf(values) => one_of(name, values()),
        Kind::Link => {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            let is_link = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
            check(is_link, format!("`{name}` is no link"), "write an address that begins with `https://`")
        }
        Kind::Glob => match super::glob(text) {
            Ok(_) => Ok(()),
            Err(why) => Err((format!("`{text}` is no glob: {why}"), String::new())),
        },
        Kind::Day => {
            check(date::parse(text).is_some(), format!("`{text}` is no day"), "write it as `2027-03-01`")
        }
        _ => check(text.contains(char::is_alphanumeric), format!("`{name}` says nothing"), ""),
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Rule => "the id of a rule",
        Kind::Selector => "a rule or a pillar",
        Kind::Capability => "a capability",
        Kind::OneOf(_) | Kind::Text | Kind::Link => "a string",
        Kind::Glob => "a glob",
        Kind::Day => "a day",
        Kind::Number(..) => "a whole number",
        Kind::List(_) => "a list",
        Kind::ByRule(_) | Kind::Table(_) => "a table",
        Kind::Tables(_) => "a list of tables, each opened by `[[…]]`",
    }
}

/// "did you mean", where a known name is near.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    spelling::nearest(name, known).map(|one| format!("did you mean `{one}`?"))
}

fn listed<'n>(known: impl Iterator<Item = &'n str>) -> String {
    let known: Vec<String> = known.map(|one| format!("`{one}`")).collect();
    format!("one of {}", known.join(", "))
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
