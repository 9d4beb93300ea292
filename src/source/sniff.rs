//! Tells manifests from other YAML without parsing it.

/// Whether any document has the keys `apiVersion` and `kind` at its top level. Cheap, and meant to be: a file
/// that passes may still hold no object, one that does not pass holds none.
pub(super) fn sniff(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut document = Document::default();
    text.split(['\n', '\r']).any(|line| document.is_object_after(line))
}

/// What is known of the document that is being scanned.
#[derive(Default)]
struct Document {
    /// The indentation of the top level, once its first line has been seen.
    indent: Option<usize>,
    /// Flow style (JSON): keys stand anywhere, and indentation means nothing.
    is_flow: bool,
    has_version: bool,
    has_kind: bool,
}

impl Document {
    fn is_object_after(&mut self, line: &str) -> bool {
        let mut line = line;
        if let Some(rest) = line.strip_prefix("---") {
            *self = Self::default();
            // The root may begin on the line of the marker.
            line = rest;
        }
        let content = line.trim_start();
        if content.is_empty() || content.starts_with(['#', '%']) {
            return false;
        }
        let indent = line.len() - content.len();
        let top = *self.indent.get_or_insert_with(|| {
            self.is_flow = content.starts_with('{');
            indent
        });
        if self.is_flow {
            self.has_version |= holds_key(content, "apiVersion");
            self.has_kind |= holds_key(content, "kind");
        } else if indent == top {
            self.has_version |= starts_with_key(content, "apiVersion");
            self.has_kind |= starts_with_key(content, "kind");
        }
        self.has_version && self.has_kind
    }
}

fn starts_with_key(content: &str, key: &str) -> bool {
    let content = content.trim_start_matches(['"', '\'']);
    content.strip_prefix(key).is_some_and(ends_key)
}

fn holds_key(content: &str, key: &str) -> bool {
    content.match_indices(key).any(|(at, _)| {
        let before = content[..at].chars().next_back();
        let begins = before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != '-');
        begins && ends_key(&content[at + key.len()..])
    })
}

fn ends_key(rest: &str) -> bool {
    rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_told_from_other_files() {
        for (text, expected) in [
            ("apiVersion: v1\nkind: Pod", true),
            ("\u{feff}# c\r\napiVersion : v1\r\n'kind': Pod\r\n", true),
            ("a: 1\n---\nkind: Pod\nspec:\n  x: 1\napiVersion: v1", true),
            ("--- {apiVersion: v1, kind: Pod}", true),
            ("{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\"\n}", true),
            ("{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", true),
            ("  kind: Pod\n  apiVersion: v1", true),
            ("apiVersion: v1\n{{ if x }}\nkind: Pod", true),
            ("apiVersion: v1\n---\nkind: Pod", false),
            ("spec:\n  apiVersion: v1\n  kind: Pod", false),
            ("apiVersion: v2\nname: chart", false),
            ("# apiVersion: v1\n# kind: Pod", false),
            ("kindly: x\napiVersions: y", false),
            ("", false),
        ] {
            assert_eq!(sniff(text), expected, "{text}");
        }
    }
}
