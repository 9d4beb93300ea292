//! Texts: printed, cut, indented, matched; and what is random or of the moment, which is a fixed text.

use gotmpl::{Template, Value};
use regex::{Regex, RegexBuilder};

use super::core::shown;
use super::{Call, MAX_TEXT, Result, Table, Takes, text};
use crate::facts::helm::UNKNOWN;
use crate::facts::helm::values::{json_string, map, string};

pub(super) const TABLE: Table = &[
    ("abbrev", Takes::Text, abbrev),
    ("base", Takes::Text, base),
    ("bcrypt", Takes::Text, secret),
    ("camelcase", Takes::Known, camel_case),
    ("cat", Takes::Text, cat),
    ("contains", Takes::Known, contains),
    ("ago", Takes::Raw, moment),
    ("date", Takes::Raw, moment),
    ("dateInZone", Takes::Raw, moment),
    ("dateModify", Takes::Raw, moment),
    ("date_in_zone", Takes::Raw, moment),
    ("date_modify", Takes::Raw, moment),
    ("decryptAES", Takes::Raw, secret),
    ("derivePassword", Takes::Raw, secret),
    ("dir", Takes::Text, dir),
    ("encryptAES", Takes::Raw, secret),
    ("env", Takes::Raw, nothing),
    ("expandenv", Takes::Raw, nothing),
    ("ext", Takes::Text, ext),
    ("genCA", Takes::Raw, certificate),
    ("genCAWithKey", Takes::Raw, certificate),
    ("genPrivateKey", Takes::Raw, secret),
    ("genSelfSignedCert", Takes::Raw, certificate),
    ("genSelfSignedCertWithKey", Takes::Raw, certificate),
    ("genSignedCert", Takes::Raw, certificate),
    ("genSignedCertWithKey", Takes::Raw, certificate),
    ("getHostByName", Takes::Raw, nothing),
    ("hasPrefix", Takes::Known, has_prefix),
    ("hasSuffix", Takes::Known, has_suffix),
    ("html", Takes::Text, html),
    ("htmlDate", Takes::Raw, moment),
    ("htpasswd", Takes::Raw, secret),
    ("indent", Takes::Text, indent),
    ("js", Takes::Text, js),
    ("kebabcase", Takes::Known, kebab_case),
    ("lower", Takes::Text, lower),
    ("mustDateModify", Takes::Raw, moment),
    ("mustRegexFind", Takes::Known, regex_find),
    ("mustRegexMatch", Takes::Known, regex_match),
    ("mustRegexReplaceAll", Takes::Known, regex_replace),
    ("nindent", Takes::Text, indent),
    ("nospace", Takes::Text, no_space),
    ("now", Takes::Raw, moment),
    ("plural", Takes::Known, plural),
    ("print", Takes::Text, print),
    ("printf", Takes::Text, printf),
    ("println", Takes::Text, print),
    ("quote", Takes::Text, quote),
    ("randAlpha", Takes::Raw, secret),
    ("randAlphaNum", Takes::Raw, secret),
    ("randAscii", Takes::Raw, secret),
    ("randBytes", Takes::Raw, secret),
    ("randInt", Takes::Known, least),
    ("randNumeric", Takes::Raw, secret),
    ("regexFind", Takes::Known, regex_find),
    ("regexFindAll", Takes::Known, regex_find_all),
    ("regexMatch", Takes::Known, regex_match),
    ("regexQuoteMeta", Takes::Known, regex_quote),
    ("regexReplaceAll", Takes::Known, regex_replace),
    ("regexReplaceAllLiteral", Takes::Known, regex_replace),
    ("regexSplit", Takes::Known, regex_split),
    ("repeat", Takes::Text, repeat),
    ("replace", Takes::Text, replace),
    ("snakecase", Takes::Known, snake_case),
    ("squote", Takes::Text, squote),
    ("substr", Takes::Known, substr),
    ("title", Takes::Text, title),
    ("mustToDate", Takes::Raw, moment),
    ("toDate", Takes::Raw, moment),
    ("trim", Takes::Text, trim),
    ("trimAll", Takes::Text, trim_all),
    ("trimPrefix", Takes::Text, trim_prefix),
    ("trimSuffix", Takes::Text, trim_suffix),
    ("trimall", Takes::Text, trim_all),
    ("trunc", Takes::Known, trunc),
    ("unixEpoch", Takes::Raw, number),
    ("untitle", Takes::Text, untitle),
    ("upper", Takes::Text, upper),
    ("urlJoin", Takes::Known, url_join),
    ("urlParse", Takes::Known, url_parse),
    ("urlquery", Takes::Text, url_query),
    ("uuidv4", Takes::Raw, uuid),
];

fn piped(call: &Call<'_>, args: &[Value], change: impl FnOnce(&str) -> String) -> Result {
    Ok(string(change(&text(call.last(args)?))))
}

/// With the first argument, of the last.
fn two(call: &Call<'_>, args: &[Value], change: impl FnOnce(&str, &str) -> String) -> Result {
    call.arg(args, 1)?;
    let first = call.text(args, 0)?;
    piped(call, args, |last| change(&first, last))
}

fn nothing(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(string(""))
}

fn lower(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, str::to_lowercase)
}

fn upper(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, str::to_uppercase)
}

fn trim(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| text.trim().to_owned())
}

fn no_space(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| text.chars().filter(|c| !c.is_whitespace()).collect())
}

fn title(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| {
        let mut begins = true;
        let upper = |c: char| {
            let shown: String = if begins { c.to_uppercase().collect() } else { c.to_string() };
            begins = !c.is_alphanumeric();
            shown
        };
        text.chars().map(upper).collect()
    })
}

fn untitle(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| {
        let mut characters = text.chars();
        characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
    })
}

fn trim_all(call: &Call<'_>, args: &[Value]) -> Result {
    two(call, args, |cut, text| text.trim_matches(|c| cut.contains(c)).to_owned())
}

fn trim_prefix(call: &Call<'_>, args: &[Value]) -> Result {
    two(call, args, |cut, text| text.strip_prefix(cut).unwrap_or(text).to_owned())
}

fn trim_suffix(call: &Call<'_>, args: &[Value]) -> Result {
    two(call, args, |cut, text| text.strip_suffix(cut).unwrap_or(text).to_owned())
}

fn contains(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(call.text(args, 1)?.contains(&*call.text(args, 0)?)))
}

fn has_prefix(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(call.text(args, 1)?.starts_with(&*call.text(args, 0)?)))
}

fn has_suffix(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(call.text(args, 1)?.ends_with(&*call.text(args, 0)?)))
}

/// The first characters, or the last where the number is negative.
fn trunc(call: &Call<'_>, args: &[Value]) -> Result {
    let count = call.int(args, 0)?;
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    piped(call, args, |text| {
        let all = text.chars().count();
        if count < 0 {
            text.chars().skip(all.saturating_sub(length)).collect()
        } else {
            text.chars().take(length).collect()
        }
    })
}

fn abbrev(call: &Call<'_>, args: &[Value]) -> Result {
    let width = usize::try_from(call.int(args, 0)?).unwrap_or(0);
    piped(call, args, |text| {
        if text.chars().count() <= width || width < 4 {
            return text.to_owned();
        }
        text.chars().take(width - 3).chain("...".chars()).collect()
    })
}

fn substr(call: &Call<'_>, args: &[Value]) -> Result {
    let (start, end) = (call.int(args, 0)?, call.int(args, 1)?);
    let start = usize::try_from(start).unwrap_or(0);
    piped(call, args, |text| {
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        text.chars().skip(start).take(end.saturating_sub(start)).collect()
    })
}

fn indent(call: &Call<'_>, args: &[Value]) -> Result {
    const WIDEST: usize = 1_000;
    call.arg(args, 1)?;
    let width = usize::try_from(call.int(args, 0)?).unwrap_or(0);
    let whole = text(call.last(args)?);
    if WIDEST < width || MAX_TEXT < whole.len() + (1 + whole.matches('\n').count()) * width {
        return Err(call.error("makes too much"));
    }
    let pad = " ".repeat(width);
    let begin = if call.name == "nindent" { "\n" } else { "" };
    Ok(string(format!("{begin}{pad}{}", whole.replace('\n', &format!("\n{pad}")))))
}

fn repeat(call: &Call<'_>, args: &[Value]) -> Result {
    let count = usize::try_from(call.int(args, 0)?).unwrap_or(0);
    let part = call.text(args, 1)?;
    if MAX_TEXT < part.len().saturating_mul(count) {
        return Err(call.error("makes too much"));
    }
    Ok(string(part.repeat(count)))
}

fn replace(call: &Call<'_>, args: &[Value]) -> Result {
    let (old, new, whole) = (call.text(args, 0)?, call.text(args, 1)?, call.text(args, 2)?);
    if MAX_TEXT < (1 + whole.len()).saturating_mul(1 + new.len())
        && MAX_TEXT < whole.len() + whole.matches(&*old).count().saturating_mul(new.len())
    {
        return Err(call.error("makes too much"));
    }
    Ok(string(whole.replace(&*old, &new)))
}

/// Of several values, with a blank between; nothing is left out.
fn quoted(args: &[Value], form: impl Fn(&str) -> String) -> Result {
    let given = args.iter().filter(|arg| !matches!(arg, Value::Nil));
    Ok(string(given.map(|arg| form(&text(arg))).collect::<Vec<_>>().join(" ")))
}

fn quote(_: &Call<'_>, args: &[Value]) -> Result {
    quoted(args, json_string)
}

fn squote(_: &Call<'_>, args: &[Value]) -> Result {
    quoted(args, |text| format!("'{text}'"))
}

fn cat(_: &Call<'_>, args: &[Value]) -> Result {
    quoted(args, str::to_owned)
}

/// A blank stands between operands neither of which is a text.
fn print(call: &Call<'_>, args: &[Value]) -> Result {
    let mut out = String::new();
    let is_line = call.name == "println";
    for (at, arg) in args.iter().enumerate() {
        let is_text = |value: &Value| matches!(value, Value::String(_));
        if at > 0 && (is_line || !is_text(arg) && !is_text(&args[at - 1])) {
            out.push(' ');
        }
        out.push_str(&shown(arg).ok_or_else(|| call.error("makes too much"))?);
        if MAX_TEXT < out.len() {
            return Err(call.error("makes too much"));
        }
    }
    out.push_str(if is_line { "\n" } else { "" });
    Ok(string(out))
}

/// The engine's own, which is Go's to the letter.
fn printf(call: &Call<'_>, args: &[Value]) -> Result {
    const MOST: usize = 64;
    if MOST < args.len() {
        return Err(call.error("has too many arguments"));
    }
    let names: Vec<String> = (0..args.len()).map(|at| format!(" .a{at}")).collect();
    let names = names.concat();
    let template = Template::new("").parse(&format!("{{{{printf{names}}}}}"))?;
    let values = args.iter().enumerate().map(|(at, arg)| (format!("a{at}").into(), arg.clone()));
    let mut out = super::core::Text::default();
    template.execute_fmt(&mut out, &map(values))?;
    Ok(string(out.0))
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    let mut is_within = false;
    for character in text.chars() {
        if !character.is_alphanumeric() {
            is_within = false;
            continue;
        }
        if !is_within || was_lower && character.is_uppercase() {
            words.push(String::new());
        }
        is_within = true;
        was_lower = character.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

fn kebab_case(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| words(text).join("-"))
}

fn snake_case(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| words(text).join("_"))
}

fn camel_case(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| {
        words(text).iter().fold(String::new(), |mut all, word| {
            let mut characters = word.chars();
            all.extend(characters.next().into_iter().flat_map(char::to_uppercase).chain(characters));
            all
        })
    })
}

fn plural(call: &Call<'_>, args: &[Value]) -> Result {
    let count = call.int(args, 2)?;
    Ok(args[usize::from(count != 1)].clone())
}

fn base(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |path| path.trim_end_matches('/').rsplit('/').next().unwrap_or(".").to_owned())
}

fn dir(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |path| path.rsplit_once('/').map_or(".", |(dir, _)| dir).to_owned())
}

fn ext(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |path| path.rfind('.').map_or_else(String::new, |at| path[at..].to_owned()))
}

fn regex(call: &Call<'_>, args: &[Value]) -> Result<Regex> {
    const LARGEST: usize = 1 << 20;
    let pattern = call.text(args, 0)?;
    let regex = RegexBuilder::new(&pattern).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
    regex.map_err(|_| call.error("is no regular expression"))
}

fn regex_match(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Bool(regex(call, args)?.is_match(&call.text(args, 1)?)))
}

fn regex_find(call: &Call<'_>, args: &[Value]) -> Result {
    let whole = call.text(args, 1)?;
    Ok(string(regex(call, args)?.find(&whole).map_or("", |found| found.as_str())))
}

fn regex_find_all(call: &Call<'_>, args: &[Value]) -> Result {
    let whole = call.text(args, 1)?;
    let most = usize::try_from(call.int(args, 2)?).unwrap_or(super::MAX_ITEMS);
    let regex = regex(call, args)?;
    Ok(Value::List(regex.find_iter(&whole).take(most).map(|found| string(found.as_str())).collect()))
}

fn regex_split(call: &Call<'_>, args: &[Value]) -> Result {
    let whole = call.text(args, 1)?;
    Ok(Value::List(regex(call, args)?.split(&whole).take(super::MAX_ITEMS).map(string).collect()))
}

fn regex_quote(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, regex::escape)
}

fn regex_replace(call: &Call<'_>, args: &[Value]) -> Result {
    let (whole, new) = (call.text(args, 1)?, call.text(args, 2)?);
    let regex = regex(call, args)?;
    let mut out = String::new();
    let mut end = 0;
    for found in regex.captures_iter(&whole) {
        let Some(all) = found.get(0) else { continue };
        out.push_str(&whole[end..all.start()]);
        if call.name.ends_with("Literal") {
            out.push_str(&new);
        } else {
            found.expand(&new, &mut out);
        }
        end = all.end();
        if MAX_TEXT < out.len() {
            return Err(call.error("makes too much"));
        }
    }
    out.push_str(&whole[end..]);
    Ok(string(out))
}

/// What is made anew at each installation is not written here.
fn secret(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(string(UNKNOWN))
}

fn certificate(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(map([("Cert".into(), string(UNKNOWN)), ("Key".into(), string(UNKNOWN))]))
}

fn moment(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(string("2000-01-01"))
}

fn number(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(Value::Int(946_684_800))
}

/// Of the numbers that it may be, the least: that is a port where a port is meant.
fn least(call: &Call<'_>, args: &[Value]) -> Result {
    Ok(Value::Int(call.int(args, 0)?))
}

fn uuid(_: &Call<'_>, _: &[Value]) -> Result {
    Ok(string("00000000-0000-4000-8000-000000000000"))
}

fn html(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| gotmpl::html_escape(text).clone())
}

fn js(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| gotmpl::js_escape(text).clone())
}

fn url_query(call: &Call<'_>, args: &[Value]) -> Result {
    piped(call, args, |text| gotmpl::url_encode(text).clone())
}

fn url_parse(call: &Call<'_>, args: &[Value]) -> Result {
    let whole = text(call.last(args)?);
    let (scheme, rest) = whole.split_once("://").unwrap_or(("", &whole));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (userinfo, host) = host.rsplit_once('@').unwrap_or(("", host));
    let hostname = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let parts = [
        ("scheme", scheme),
        ("userinfo", userinfo),
        ("host", host),
        ("hostname", hostname),
        ("path", path),
        ("query", query),
        ("fragment", fragment),
        ("opaque", ""),
    ];
    Ok(map(parts.map(|(name, part)| (name.into(), string(part)))))
}

fn url_join(call: &Call<'_>, args: &[Value]) -> Result {
    let parts = call.arg(args, 0)?;
    let part = |name: &str| parts.field(name).map(|part| text(part).into_owned()).unwrap_or_default();
    let mut out = format!("{}://{}{}", part("scheme"), part("host"), part("path"));
    for (begin, rest) in [('?', part("query")), ('#', part("fragment"))] {
        if !rest.is_empty() {
            out.push(begin);
            out.push_str(&rest);
        }
    }
    Ok(string(out))
}
