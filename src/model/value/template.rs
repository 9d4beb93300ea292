//! Texts taken apart: format strings into pieces, addresses into halves.

use super::{Part, Text};

/// A part of a format string.
pub(crate) enum Piece<'t> {
    Text(String),
    Hole(&'t str),
}

/// `"{}:{port:>5}"` in pieces; the format after a colon does not matter.
pub(crate) fn template_pieces(template: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut literal) = (Vec::new(), String::new());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (sign, after) = (&rest[at..=at], &rest[at + 1..]);
        if let Some(after) = after.strip_prefix(sign) {
            literal.push_str(sign);
            rest = after;
            continue;
        }
        let Some(end) = after.find('}').filter(|_| sign == "{") else {
            rest = after;
            continue;
        };
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Hole(after[..end].split(':').next().unwrap_or_default().trim()));
        rest = &after[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}

/// `host:port`, in parts. Only text that is written down is searched for the colon.
pub(super) fn split(text: &Text) -> (Text, Text) {
    // One variable may hold the whole address; then each half is that variable's half.
    if let [Part::Env { default, .. } | Part::Arg { default, .. }] = text.parts.as_slice() {
        let halves = default.as_ref().map(|default| split(default));
        let (host, port) = halves.map_or((None, None), |(host, port)| (Some(host), Some(port)));
        let part = |default: Option<Text>| {
            let default = default.map(Box::new);
            let part = match &text.parts[0] {
                Part::Arg { names, .. } => Part::Arg { names: names.clone(), default },
                Part::Env { name, .. } => Part::Env { name: name.clone(), default },
                part => part.clone(),
            };
            Text { parts: vec![part] }
        };
        return (part(host), part(port));
    }
    if let [Part::Setting { keys, default }] = text.parts.as_slice() {
        let (host, port) = default.as_ref().map(|default| split(default)).unzip();
        return (Text::setting(keys.clone(), host), Text::setting(keys.clone(), port));
    }
    let colon = text.parts.iter().enumerate().rev().find_map(|(at, part)| match part {
        Part::Known(known) => known.rfind(':').map(|colon| (at, colon)),
        _ => None,
    });
    let Some((at, colon)) = colon else { return (Text::unknown(), Text::unknown()) };
    let Part::Known(known) = &text.parts[at] else { return (Text::unknown(), Text::unknown()) };
    let (before, after) = (known[..colon].to_owned(), known[colon + 1..].to_owned());
    let mut host = Text { parts: text.parts[..at].to_vec() };
    let mut port = Text::default();
    if !before.is_empty() {
        host = host.join(Text::known(before.trim_matches(['[', ']'])));
    }
    if !after.is_empty() {
        port = port.join(Text::known(after));
    }
    port.parts.extend_from_slice(&text.parts[at + 1..]);
    (host, port)
}
