//! Published ports, in short and long syntax.

use super::PortMapping;
use super::interpolate::end_of_braces;
use crate::syntax::yaml::Ref;

pub(super) fn port_mapping(item: Ref<'_>) -> Option<PortMapping> {
    if !item.is_mapping() {
        let raw = item.str()?;
        return Some(PortMapping { range: item.range(), ..short(raw) });
    }
    let part = |key| item.get(key).and_then(Ref::str).map(str::to_owned);
    let (host_ip, published, target, protocol) =
        (part("host_ip"), part("published"), part("target"), part("protocol"));
    let mut raw = String::new();
    for part in [&host_ip, &published].into_iter().flatten() {
        raw.push_str(part);
        raw.push(':');
    }
    raw.push_str(target.as_deref().unwrap_or_default());
    Some(PortMapping { range: item.range(), raw, host_ip, published, target, protocol })
}

fn short(raw: &str) -> PortMapping {
    let (mapping, protocol) = match raw.rsplit_once('/') {
        // A slash within an interpolation's default is none of ours.
        Some((mapping, protocol)) if !protocol.contains('}') => (mapping, Some(protocol.to_owned())),
        _ => (raw, None),
    };
    let mut parts = split(mapping);
    let mut take = || parts.pop().filter(|part| !part.is_empty()).map(str::to_owned);
    let (target, published) = (take(), take());
    // What is left is one address; an unbracketed IPv6 one was split at its colons.
    let address = parts.join(":");
    let host_ip = address.trim_start_matches('[').trim_end_matches(']');
    PortMapping {
        raw: raw.to_owned(),
        host_ip: (!host_ip.is_empty()).then(|| host_ip.to_owned()),
        published,
        target,
        protocol,
        range: crate::span::Range::default(),
    }
}

/// Splits at colons, but not at those of `[::1]` and `${X:-1}`.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                at = end_of_braces(text, at + 2).unwrap_or(bytes.len());
            }
            b'[' => at += text[at..].find(']').unwrap_or(0),
            b':' => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_syntax_has_up_to_four_parts() {
        for (text, host_ip, published, target, protocol) in [
            ("80", None, None, Some("80"), None),
            ("8080:80", None, Some("8080"), Some("80"), None),
            ("127.0.0.1:8080:80/udp", Some("127.0.0.1"), Some("8080"), Some("80"), Some("udp")),
            ("127.0.0.1::80", Some("127.0.0.1"), None, Some("80"), None),
            ("[::1]:8080:80", Some("::1"), Some("8080"), Some("80"), None),
            ("::1:8080:80", Some("::1"), Some("8080"), Some("80"), None),
            ("3000-3005:3000-3005", None, Some("3000-3005"), Some("3000-3005"), None),
            ("${PORT:-8080}:80", None, Some("${PORT:-8080}"), Some("80"), None),
            ("${A:-${B:-1}}:${C}/tcp", None, Some("${A:-${B:-1}}"), Some("${C}"), Some("tcp")),
            ("${X:-a/b}", None, None, Some("${X:-a/b}"), None),
            ("${X", None, None, Some("${X"), None),
            ("", None, None, None, None),
        ] {
            let mapping = short(text);
            let read = [&mapping.host_ip, &mapping.published, &mapping.target, &mapping.protocol];
            assert_eq!(read.map(Option::as_deref), [host_ip, published, target, protocol], "{text}");
        }
    }
}
