//! Whether what a manifest writes down is a secret: by the name that it has, and by what it looks like.

use super::workload::Literal;

/// How sure it is that a value is one that somebody could use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// It stands for the secret that somebody is to write in its place.
    Placeholder,
    Value,
}

/// Words of a name that make its value a secret.
const SECRET: &[&str] = &["apikey", "passphrase", "passwd", "password", "pwd", "secret", "token"];

/// What a `key` has to be a key of.
const KEYS: &[&str] =
    &["access", "account", "api", "auth", "azure", "encryption", "master", "oci", "private", "signing"];

/// Last words of names that tell of a secret without being one.
const ABOUT: &[&str] = &[
    "alg",
    "algorithm",
    "arn",
    "audience",
    "class",
    "count",
    "dir",
    "enabled",
    "endpoint",
    "expiration",
    "expiry",
    "field",
    "file",
    "header",
    "host",
    "id",
    "interval",
    "issuer",
    "keys",
    "length",
    "lifetime",
    "mount",
    "name",
    "path",
    "policy",
    "prefix",
    "provider",
    "ref",
    "region",
    "seconds",
    "size",
    "store",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "version",
];

/// What people write where a secret is to be filled in.
const STANDS_FOR: &[&str] =
    &["change", "dummy", "example", "insert", "placeholder", "replace", "sample", "todo", "xxx", "your"];

/// What a variable or an entry of a `ConfigMap` gives away.
pub(crate) fn written(literal: &Literal) -> Option<Written> {
    let value = literal.value.trim();
    if value.contains("PRIVATE KEY-----") {
        return Some(Written::Value);
    }
    if let Some(password) = password_of_url(value) {
        return is_text(password).then(|| of_value(password));
    }
    (is_secret_name(&literal.name) && is_text(value)).then(|| of_value(value))
}

/// What an entry of a `Secret` gives away, in base64 or not. Public certificates give nothing.
pub(crate) fn written_in_secret(literal: &Literal) -> Option<Written> {
    let is_public = [".crt", ".pub", ".cer"].iter().any(|ending| literal.name.ends_with(ending));
    let value = literal.value.trim();
    let plain = decoded(value);
    let value = plain.as_deref().unwrap_or(value).trim();
    let is_given = !is_public && !value.is_empty() && !value.starts_with("ENC[") && !is_reference(value);
    is_given.then(|| of_value(value))
}

fn of_value(value: &str) -> Written {
    let lower = value.to_ascii_lowercase();
    let is_masked = lower.chars().all(|c| matches!(c, 'x' | '*' | '.'));
    let stands = STANDS_FOR.iter().any(|word| lower.contains(word)) || lower.starts_with('<');
    if is_masked || stands { Written::Placeholder } else { Written::Value }
}

/// Whether it can be a secret as it stands: no reference, no switch, no path to where the secret is.
fn is_text(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_switch = matches!(lower.as_str(), "" | "true" | "false" | "yes" | "no" | "null" | "none");
    let is_elsewhere = value.starts_with('/') || value.contains("://") || value.starts_with("ENC[");
    !is_switch && !is_elsewhere && !is_reference(value) && !value.contains('\n')
}

/// `$(OTHER)`, `${OTHER}`, `$OTHER`, `{{ .Values.other }}`.
fn is_reference(value: &str) -> bool {
    value.starts_with('$') || value.contains("{{") || value.contains("${") || value.contains("$(")
}

pub(crate) fn is_secret_name(name: &str) -> bool {
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    let has = |word: &str| words.iter().any(|own| own == word);
    let is_key = has("key") && !has("public") && words.iter().any(|word| KEYS.contains(&word.as_str()));
    is_key || words.iter().any(|word| SECRET.contains(&word.as_str()))
}

/// The password of `scheme://user:password@host`.
fn password_of_url(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (user_info, _) = authority.rsplit_once('@')?;
    user_info.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty())
}

/// What a text in base64 holds, if that is text. Lines may be broken, and `=` be left out.
fn decoded(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = data_encoding::BASE64_NOPAD.decode(digits.trim_end_matches('=').as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{FileId, Range, Span};

    fn literal(name: &str, value: &str) -> Literal {
        Literal { span: Span::new(FileId(0), Range::default()), name: name.into(), value: value.into() }
    }

    #[test]
    fn secrets_are_told_by_name_and_value() {
        use Written::{Placeholder, Value};
        for (name, value, expected) in [
            ("DB_PASSWORD", "hunter2", Some(Value)),
            ("password", "abc123", Some(Value)),
            ("SECRET_BLAH", "secretsquirrels", Some(Value)),
            ("AWS_SECRET_ACCESS_KEY", "xxxxx", Some(Placeholder)),
            ("API_KEY", "<your key>", Some(Placeholder)),
            ("DATABASE_URL", "postgres://app:hunter2@db/app", Some(Value)),
            ("DATABASE_URL", "postgres://app:$(PASSWORD)@db/app", None),
            ("DATABASE_URL", "postgres://app@db/app", None),
            ("ssh", "-----BEGIN PRIVATE KEY-----\nx", Some(Value)),
            ("DB_PASSWORD_FILE", "hunter2", None),
            ("DB_PASSWORD", "/run/secrets/db", None),
            ("DB_PASSWORD", "$(OTHER)", None),
            ("TOKEN", "", None),
            ("MAX_TOKENS", "4096", None),
            ("PUBLIC_KEY", "abc", None),
            ("BLAH", "secretsquirrels", None),
        ] {
            assert_eq!(written(&literal(name, value)), expected, "{name}={value}");
        }
    }

    #[test]
    fn a_secrets_entries_are_decoded_first() {
        use Written::{Placeholder, Value};
        for (name, value, expected) in [
            ("password", "aHVudGVyMg==", Some(Value)),
            ("password", "Y2hhbmdlbWU=", Some(Placeholder)),
            ("password", "ENC[AES256_GCM,data:x]", None),
            ("tls.crt", "aHVudGVyMg==", None),
            ("password", "", None),
        ] {
            assert_eq!(written_in_secret(&literal(name, value)), expected, "{name}={value}");
        }
    }
}
