//! Whether what a manifest writes down is a secret: by the name that it has, and by what it looks like.

use super::workload::Literal;

/// How sure it is that a value is one that somebody could use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// It stands for the secret that somebody is to write in its place.
    Placeholder,
    Value,
}

/// Last words of names whose values are secrets. A longer word may end in one of the long ones: `PGPASSWORD`.
const SECRET: &[&str] =
    &["apikey", "pass", "passphrase", "passwd", "password", "pwd", "secret", "secretkey", "token"];

/// What a `key` has to be a key of.
const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "auth",
    "azure",
    "encryption",
    "master",
    "oci",
    "private",
    "secret",
    "signing",
];

/// Last words that say which of several secrets, or in what form it is written.
const WHICH: &[&str] = &[
    "b64",
    "base",
    "base64",
    "content",
    "current",
    "default",
    "dev",
    "main",
    "new",
    "next",
    "old",
    "plain",
    "previous",
    "primary",
    "prod",
    "production",
    "raw",
    "secondary",
    "staging",
    "string",
    "test",
    "text",
    "value",
];

/// Words that tell of a secret without being one, wherever else in a name `secret` stands.
const ABOUT: &[&str] = &[
    "arn",
    "audience",
    "backend",
    "class",
    "dir",
    "enabled",
    "endpoint",
    "engine",
    "field",
    "file",
    "header",
    "host",
    "id",
    "interval",
    "key",
    "keys",
    "kind",
    "length",
    "manager",
    "mode",
    "mount",
    "name",
    "names",
    "namespace",
    "path",
    "policy",
    "prefix",
    "project",
    "provider",
    "pull",
    "ref",
    "region",
    "size",
    "source",
    "store",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "version",
];

/// What people write where a secret is to be filled in: words, or what words begin with.
const STANDS_FOR: &[&str] =
    &["change", "dummy", "example", "insert", "placeholder", "replace", "sample", "todo", "xxx", "your"];

/// Longer runs of letters and digits are no words: a key in base64 may hold any.
const MAX_WORD: usize = 24;

/// What a variable or an entry of a `ConfigMap` gives away.
pub(crate) fn written(literal: &Literal) -> Option<Written> {
    written_as(&literal.name, &literal.value)
}

/// What a value gives away under a name.
pub(crate) fn written_as(name: &str, value: &str) -> Option<Written> {
    let value = value.trim();
    if is_private_key(value) {
        return Some(Written::Value);
    }
    if let Some(password) = password_of_url(value) {
        return is_text(password).then(|| of_value(password));
    }
    (is_secret_name(name) && is_text(value)).then(|| of_value(value))
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
    if is_private_key(value) {
        return Written::Value;
    }
    let lower = value.to_ascii_lowercase();
    let is_masked = lower.chars().all(|c| matches!(c, 'x' | '*' | '.'));
    let stands = |word: &str| word.len() <= MAX_WORD && STANDS_FOR.iter().any(|it| word.starts_with(it));
    let stands = lower.split(|c: char| !c.is_ascii_alphanumeric()).any(stands) || lower.starts_with('<');
    if is_masked || stands { Written::Placeholder } else { Written::Value }
}

fn is_private_key(value: &str) -> bool {
    value.contains("PRIVATE KEY-----")
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
    let mut words = words(name);
    let ends = |words: &[String]| {
        words.last().is_some_and(|last| {
            WHICH.contains(&last.as_str()) || last.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    while ends(&words) {
        words.pop();
    }
    let Some((last, before)) = words.split_last() else { return false };
    let has = |word: &str| words.iter().any(|own| own == word);
    let is_secret = |word: &str| {
        SECRET.contains(&word) || SECRET.iter().any(|it| it.len() > "secret".len() && word.ends_with(it))
    };
    if last == "key" {
        return !has("public") && before.iter().any(|word| KEYS.contains(&word.as_str()));
    }
    // `IMAGE_PULL_SECRET` names a `Secret`.
    let is_named = has("pull");
    let is_about = words.iter().any(|word| ABOUT.contains(&word.as_str()));
    !is_named && (is_secret(last) || has("secret") && !is_about)
}

/// `dbPassword` and `DB_PASSWORD` are both `db` and `password`.
fn words(name: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || was_lower && c.is_ascii_uppercase() {
            found.push(String::new());
        }
        if let Some(word) = found.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    found.retain(|word| !word.is_empty());
    found
}

/// The password of `scheme://user:password@host`.
fn password_of_url(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(|c: char| matches!(c, '/' | '?' | ',') || c.is_whitespace()).next()?;
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
            ("PGPASSWORD", "hunter2", Some(Value)),
            ("dbPassword", "hunter2", Some(Value)),
            ("DB_PASS", "hunter2", Some(Value)),
            ("SECRET_KEY_BASE", "hunter2", Some(Value)),
            ("API_TOKEN_2", "hunter2", Some(Value)),
            ("DB_PASSWORD", "changeme", Some(Placeholder)),
            ("DB_PASSWORD", "9fKxxxQ2yourZ7", Some(Value)),
            ("AWS_SECRET_ACCESS_KEY_ID", "hunter2", None),
            ("PASSWORD_MIN_LENGTH", "8", None),
            ("PASSWORD_HASHER", "argon2", None),
            ("TOKEN_ENDPOINT_AUTH_METHOD", "client_secret_basic", None),
            ("TOKEN_CACHE", "redis", None),
            ("SECRET_BACKEND", "vault", None),
            ("TLS_KEY_SECRET_NAMESPACE", "prod", None),
            ("IMAGE_PULL_SECRET", "regcred", None),
            ("TARGETS", "http://prometheus:9090,mail=ops@example.com", None),
            ("TARGETS", "http://prometheus:9090 mail ops@example.com", None),
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
            ("ssh", "-----BEGIN PRIVATE KEY-----\nyour xxx\n-----END PRIVATE KEY-----", Some(Value)),
        ] {
            assert_eq!(written_in_secret(&literal(name, value)), expected, "{name}={value}");
        }
    }
}
