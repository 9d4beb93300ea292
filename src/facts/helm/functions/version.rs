//! Versions and what they are held against (<https://github.com/Masterminds/semver>).

use std::cmp::Ordering;

use gotmpl::Value;
use semver::{BuildMetadata, Prerelease, Version};

use super::{Call, Result, Table, Takes};
use crate::facts::helm::values::{map, string};

pub(super) const TABLE: Table = &[("semver", Takes::Known, parts), ("semverCompare", Takes::Known, compare)];

fn parts(call: &Call<'_>, args: &[Value]) -> Result {
    let written = call.text(args, 0)?;
    let (version, _) = parse(&written).ok_or_else(|| call.error("is no version"))?;
    let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Ok(map([
        ("Major".into(), number(version.major)),
        ("Minor".into(), number(version.minor)),
        ("Patch".into(), number(version.patch)),
        ("Prerelease".into(), string(version.pre.as_str())),
        ("Metadata".into(), string(version.build.as_str())),
        ("Original".into(), string(written)),
    ]))
}

fn compare(call: &Call<'_>, args: &[Value]) -> Result {
    let (version, _) = parse(&call.text(args, 1)?).ok_or_else(|| call.error("is no version"))?;
    let allowed = allows(&call.text(args, 0)?, &version).ok_or_else(|| call.error("is no constraint"))?;
    Ok(Value::Bool(allowed))
}

/// A version and how many of its numbers are written.
fn parse(text: &str) -> Option<(Version, usize)> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    let (text, build) = text.split_once('+').unwrap_or((text, ""));
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut parsed = Vec::new();
    for part in numbers.split('.') {
        if matches!(part, "x" | "X" | "*") {
            break;
        }
        parsed.push(part.parse::<u64>().ok()?);
    }
    let count = parsed.len();
    parsed.resize(3.max(count), 0);
    let [major, minor, patch] = parsed[..] else { return None };
    let pre = Prerelease::new(pre).ok()?;
    let build = BuildMetadata::new(build).unwrap_or(BuildMetadata::EMPTY);
    Some((Version { major, minor, patch, pre, build }, count))
}

fn allows(constraint: &str, version: &Version) -> Option<bool> {
    let mut is_any = false;
    for either in constraint.split("||") {
        let range = either.split_once(" - ");
        let allowed = match range {
            Some((from, to)) => one(">=", from, version)? && one("<=", to, version)?,
            None => all(either, version)?,
        };
        is_any |= allowed;
    }
    Some(is_any)
}

fn all(constraint: &str, version: &Version) -> Option<bool> {
    let mut rest = constraint.trim();
    let mut is_allowed = true;
    if rest.is_empty() || rest == "*" {
        return Some(true);
    }
    while !rest.is_empty() {
        let operator = rest.find(|c: char| !"<>=!~^ ".contains(c))?;
        let (sign, after) = rest.split_at(operator);
        let end = after.find([' ', ',']).unwrap_or(after.len());
        is_allowed &= one(sign.trim(), &after[..end], version)?;
        rest = after[end..].trim_start_matches([' ', ',']);
    }
    Some(is_allowed)
}

fn one(sign: &str, text: &str, version: &Version) -> Option<bool> {
    let (wanted, count) = parse(text)?;
    // A version before a release is meant only where one is named.
    if !version.pre.is_empty() && wanted.pre.is_empty() {
        return Some(false);
    }
    let order = version.cmp_precedence(&wanted);
    let next = |at: usize| {
        let (major, minor, patch) = (wanted.major, wanted.minor, wanted.patch);
        let (major, minor, patch) = match at {
            0 => (major + 1, 0, 0),
            1 => (major, minor + 1, 0),
            _ => (major, minor, patch + 1),
        };
        version.cmp_precedence(&Version::new(major, minor, patch)) == Ordering::Less
    };
    let within = |at: usize| order.is_ge() && next(at);
    Some(match sign {
        "" | "=" if count == 0 => true,
        "" | "=" if count < 3 => within(count - 1),
        "" | "=" => order.is_eq(),
        "!=" if (1..3).contains(&count) => !within(count - 1),
        "!=" => order.is_ne(),
        ">" if (1..3).contains(&count) => order.is_ge() && !next(count - 1),
        ">" => order.is_gt(),
        ">=" | "=>" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" | "=<" if (1..3).contains(&count) => next(count - 1),
        "<=" | "=<" => order.is_le(),
        "~" | "~>" => count == 0 || within(usize::from(count != 1)),
        "^" if wanted.major > 0 || count < 2 => within(0),
        "^" if wanted.minor > 0 || count < 3 => within(1),
        "^" => within(2),
        _ => return None,
    })
}
