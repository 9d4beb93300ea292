//! `PromQL`, as far as the names of metrics go (<https://prometheus.io/docs/prometheus/latest/querying/basics/>).
//!
//! Names are all that is asked of an expression, and a lexer tells them: a name is no metric where it is called, is an operator's
//! word, or stands in the braces of a selector or the parentheses of a grouping. The parser there is for Rust brings a generator
//! of parsers and thirty-five crates for the same answer.

/// Words of operators and modifiers.
const WORDS: &[&str] = &[
    "and",
    "atan2",
    "bool",
    "by",
    "end",
    "group_left",
    "group_right",
    "ignoring",
    "inf",
    "nan",
    "offset",
    "on",
    "or",
    "start",
    "unless",
    "without",
];

/// Words that a list of labels in parentheses follows.
const BEFORE_LABELS: &[&str] = &["by", "group_left", "group_right", "ignoring", "on", "without"];

/// The names of the metrics that an expression asks for, in order; `None` where it is no expression that can be told: it holds
/// what a template leaves open, or a bracket or a quote that nothing closes.
pub(crate) fn metrics(expression: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = expression;
    let mut labels_follow = false;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Some(found) };
        match first {
            '#' => rest = rest.split_once('\n').map_or("", |(_, after)| after),
            '"' | '\'' | '`' => rest = after_quote(rest)?,
            '{' => {
                let (inside, after) = inside(rest, '}')?;
                found.extend(named_inside(inside));
                rest = after;
            }
            // A range: `[5m]`.
            '[' => rest = rest.split_once(']')?.1,
            '(' if labels_follow => rest = inside(rest, ')')?.1,
            _ if is_start(first) => {
                let end = rest.find(|c| !is_start(c) && !char::is_ascii_digit(&c)).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                let lower = name.to_ascii_lowercase();
                labels_follow = BEFORE_LABELS.contains(&&*lower);
                let is_called = after.trim_start().starts_with('(');
                // `sum by (job) (…)`: the word of an aggregation is followed by a word.
                let is_aggregation = BEFORE_LABELS.iter().any(|word| {
                    after.trim_start().strip_prefix(word).is_some_and(|it| it.trim_start().starts_with('('))
                });
                let is_word = WORDS.contains(&&*lower)
                    || is_called
                    || is_aggregation && AGGREGATIONS.contains(&&*lower);
                if !is_word {
                    found.push(name.to_owned());
                }
                rest = after;
                continue;
            }
            '0'..='9' => {
                rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
            }
            '$' => return None,
            _ => rest = &rest[first.len_utf8()..],
        }
        labels_follow = false;
    }
}

const AGGREGATIONS: &[&str] = &[
    "avg",
    "bottomk",
    "count",
    "count_values",
    "group",
    "limit_ratio",
    "limitk",
    "max",
    "min",
    "quantile",
    "stddev",
    "stdvar",
    "sum",
    "topk",
];

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':'
}

/// What follows a quoted text.
fn after_quote(text: &str) -> Option<&str> {
    let quote = text.chars().next()?;
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            _ if c == quote => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

/// What stands between a bracket and the one that closes it, and what follows.
fn inside(text: &str, close: char) -> Option<(&str, &str)> {
    let mut rest = &text[1..];
    loop {
        let at = rest.find(['"', '\'', '`', close])?;
        let before = text.len() - rest.len() + at;
        if rest[at..].starts_with(close) {
            return Some((&text[1..before], &text[before + 1..]));
        }
        rest = after_quote(&rest[at..])?;
    }
}

/// `{__name__="up"}`, and `{"up"}` of newer versions.
fn named_inside(selector: &str) -> Option<String> {
    let value = match selector.split_once("__name__") {
        Some((_, rest)) => rest.trim_start().strip_prefix('=')?.trim_start(),
        None => selector.trim_start(),
    };
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = value[1..].split(quote).next()?;
    let is_name = !name.is_empty() && name.chars().all(|c| is_start(c) || c.is_ascii_digit());
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::metrics;

    #[test]
    fn names_are_told_from_functions_labels_and_words() {
        for (expression, expected) in [
            ("up == 0", &["up"][..]),
            ("sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) > 0.05", &["http_requests_total"]),
            ("sum(rate(a_total[5m])) by (path) / sum(rate(b_total[5m])) by (path)", &["a_total", "b_total"]),
            ("a{x=\"}\"} unless on (instance) b offset 5m", &["a", "b"]),
            ("histogram_quantile(0.99, sum(rate(d_bucket[5m])) by (le)) > 1e3", &["d_bucket"]),
            ("{__name__=\"queue_depth\", pod=\"x\"} > 10", &["queue_depth"]),
            ("{\"queue_depth\"} > 10", &["queue_depth"]),
            ("absent(job:latency:p99)", &["job:latency:p99"]),
            ("a * on(x) group_left(y) b", &["a", "b"]),
            ("count(x) by(y) > bool 3 # count of y", &["x"]),
            ("rate(a[5m]) > -Inf and time() - b > 60", &["a", "b"]),
            ("sum without (x) (max_over_time(a[1h:5m]))", &["a"]),
            ("sum", &["sum"]),
            ("", &[]),
        ] {
            assert_eq!(
                metrics(expression).as_deref(),
                Some(expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>().as_slice()),
                "{expression}"
            );
        }
        for open in ["rate($metric[5m])", "a{b=\"", "rate(a[5m", "a{b"] {
            assert_eq!(metrics(open), None, "{open}");
        }
    }
}
